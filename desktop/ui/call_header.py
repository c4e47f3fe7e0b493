"""Above the curve: whose call it is, and the alert that is open, with its plain evidence and what to do about it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from desktop.dashboard import captions, sentences
from desktop.dashboard.call_view import CallView
from desktop.dashboard.service_sentences import service_line
from desktop.domain.alert import Alert
from desktop.domain.insight import Severity
from desktop.ui import fonts
from desktop.ui.badges import Chip, Elided, SeverityMark
from desktop.ui.look import Look


class AlertBanner(QFrame):
    """The worst open alert of the call. Hidden without one."""

    acknowledge = Signal(int, bool)  # alert id, on
    snooze = Signal(int, int)  # alert id, minutes

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.alert: Alert | None = None
        self._mark = SeverityMark(look, 20, self)
        self._headline = Elided(fonts.font(fonts.BODY, fonts.BOLD), parent=self)
        self._evidence = Elided(fonts.font(fonts.SMALL), parent=self)
        self._when = QLabel(self)
        self._when.setFont(fonts.font(fonts.SMALL))
        self.button = QPushButton(captions.ACKNOWLEDGE, self)
        self.button.clicked.connect(self._acknowledged)
        self.later = QPushButton(captions.SNOOZE, self)
        self.menu = QMenu(self)
        for minutes in captions.SNOOZE_MINUTES:
            self.menu.addAction(sentences.snooze(minutes)).setData(minutes)
        self.menu.triggered.connect(lambda action: self._snoozed(action.data()))
        self.later.clicked.connect(self._offer)
        upper, lower = QHBoxLayout(), QHBoxLayout()
        upper.setSpacing(10)
        upper.addWidget(self._mark)
        upper.addWidget(self._headline, 1)
        upper.addWidget(self._when)
        lower.setSpacing(8)
        lower.addSpacing(30)
        lower.addWidget(self._evidence, 1)
        lower.addWidget(self.button)
        lower.addWidget(self.later)
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 8, 8, 8)
        box.setSpacing(2)
        box.addLayout(upper)
        box.addLayout(lower)
        self.hide()

    def show_alert(self, alert: Alert | None, now_ms: int) -> None:
        """Show it, or nothing."""
        self.alert = alert
        self.setVisible(alert is not None)
        if alert is None:
            return
        severity = Severity.INFO if alert.acknowledged else alert.severity
        if self.property("severity") != severity.value:
            self.setProperty("severity", severity.value)
            for each in (self, self._headline, self._evidence, self._when):
                each.style().unpolish(each)
                each.style().polish(each)
        self._mark.severity = alert.severity
        self._mark.update()
        self._headline.setText(sentences.alert_headline(alert))
        self._evidence.setText(alert.evidence)
        self._when.setText(sentences.alert_when(alert, now_ms))
        self.setAccessibleName(sentences.alert_headline(alert))
        self.button.setText(captions.UNDO if alert.acknowledged else captions.ACKNOWLEDGE)

    def _acknowledged(self) -> None:
        if self.alert is not None:
            self.acknowledge.emit(self.alert.alert_id, not self.alert.acknowledged)

    def _offer(self) -> None:
        self.menu.popup(self.later.mapToGlobal(self.later.rect().bottomLeft()))

    def _snoozed(self, minutes: int) -> None:
        if self.alert is not None:
            self.snooze.emit(self.alert.alert_id, minutes)


class CallHeader(QWidget):
    """Name, queue, direction, duration, stage; the value now."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._name = Elided(fonts.font(fonts.LARGE, fonts.BOLD), parent=self)
        self._line = Elided(fonts.font(fonts.SMALL), muted=True, parent=self)
        self._service = Elided(fonts.font(fonts.SMALL), muted=True, parent=self)
        self._service.hide()
        self._value = QLabel(self)
        self._value.setFont(fonts.font(fonts.HUGE, fonts.BOLD))
        self._trend = QLabel(self)
        self._trend.setObjectName("muted")
        self._trend.setFont(fonts.font(fonts.SMALL))
        self._stage = Chip(look, self)
        self._late = Chip(look, self)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._name)
        words.addWidget(self._line)
        box = QHBoxLayout()
        box.setSpacing(8)
        box.addLayout(words, 1)
        box.addWidget(self._late)
        box.addWidget(self._stage)
        box.addSpacing(4)
        box.addWidget(self._trend)
        box.addWidget(self._value)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(2)
        whole.addLayout(box)
        whole.addWidget(self._service)
        self._mood: float | None = None
        self._past = False
        look.changed.connect(self._dress)

    def show_call(self, view: CallView, now_ms: int, origin: str = "") -> None:
        """Show whose call it is; `origin`: which connection brings it, where there are several."""
        self._name.setText(sentences.who(view))
        self._line.setText(sentences.call_line(view, now_ms, origin))
        said = service_line(view)
        self._service.setText(said)
        self._service.setVisible(bool(said))
        self._stage.say(sentences.stage(view))
        self._late.say(sentences.short_freshness(view) or sentences.lost(view))
        self._value.setText(sentences.signed(view.mood) if view.mood is not None else "")
        self._trend.setText(sentences.trend(view) or sentences.signed(view.mood))
        self._mood, self._past = view.mood, view.outdated
        self._dress()

    def _dress(self) -> None:
        colours = self._look.colours
        wanted = colours.text if colours.mood(self._mood) == colours.muted else colours.mood(self._mood)
        wanted = colours.muted if self._past else wanted
        self._value.setStyleSheet(f"color: {wanted};")
