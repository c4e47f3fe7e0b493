"""The chosen connection: its state and buttons, figures, delays over time, findings, regions."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from desktop.dashboard import connection_captions as words
from desktop.dashboard import link_cards, link_sentences
from desktop.dashboard import listener_captions as listener_words
from desktop.dashboard.link_cards import FindingRow, RegionRow
from desktop.dashboard.links import LinkView
from desktop.dashboard.sentences import joined
from desktop.dashboard.state import FloorState
from desktop.domain.events import Measure
from desktop.domain.finding import Remedy
from desktop.domain.insight import Severity
from desktop.settings.model import SourceKind
from desktop.ui import fonts
from desktop.ui.badges import Elided
from desktop.ui.delays import Delays
from desktop.ui.empty import EmptyState
from desktop.ui.findings import FindingLine, RegionLine
from desktop.ui.look import Look
from desktop.ui.rows_box import RowsBox
from desktop.ui.secret_ways import PERSON, SecretWay

_INKS = {Severity.INFO: "", Severity.WARNING: "warn", Severity.CRITICAL: "bad"}


class _Figure(QWidget):
    """A caption over a number."""

    def __init__(self, caption: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.caption, self.value = QLabel(caption, self), QLabel(self)
        self.caption.setObjectName("muted")
        self.caption.setFont(fonts.font(fonts.TINY, fonts.MEDIUM))
        self.value.setFont(fonts.font(fonts.LARGE, fonts.BOLD))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(1)
        box.addWidget(self.caption)
        box.addWidget(self.value)

    def tell(self, value: str, *, high: bool = False) -> None:
        """`high` marks a value beyond the limit of document E."""
        self.value.setText(f"▲ {value}" if high else value)
        _dress(self.value, "warn" if high else "")
        self.setAccessibleName(f"{self.caption.text()}: {value}")


def _dress(label: QWidget, name: str) -> None:
    if label.objectName() != name:
        label.setObjectName(name)
        label.style().unpolish(label)
        label.style().polish(label)


class LinkDetail(QWidget):
    """Says what was pressed."""

    action_asked = Signal(str, object)  # link, Remedy
    remove_asked = Signal(str)
    setup_asked = Signal(str)
    secret_asked = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._link = ""
        self._name = Elided(fonts.font(fonts.LARGE, fonts.BOLD), parent=self)
        self._what = Elided(fonts.font(fonts.SMALL), muted=True, parent=self)
        self._state = QLabel(self)
        self._state.setFont(fonts.font(fonts.SMALL, fonts.MEDIUM))
        self._state.setWordWrap(True)
        self.retry, self.remedy = QPushButton(words.RETRY, self), QPushButton(self)
        self.remove = QPushButton(words.REMOVE, self)
        self.remove.setObjectName("quiet")
        self.retry.clicked.connect(lambda: self.action_asked.emit(self._link, Remedy.RETRY))
        self.remedy.clicked.connect(lambda: self.action_asked.emit(self._link, self._remedy))
        self.secret = QPushButton(self)
        self.secret.clicked.connect(lambda: self.secret_asked.emit(self._link))
        self.setup = QPushButton(listener_words.SHOW_SETUP, self)
        self.setup.clicked.connect(lambda: self.setup_asked.emit(self._link))
        self.remove.clicked.connect(lambda: self.remove_asked.emit(self._link))
        self._remedy: Remedy | None = None
        self.figures = [_Figure(c, self) for c in (words.NOW, words.AVERAGE, words.P95, words.DROPS, words.ENGINE)]
        ours = (listener_words.CALLS_NOW, listener_words.OPENED_P50, listener_words.OPENED_P95)
        self.listening = [_Figure(c, self) for c in (*ours, listener_words.ROUND_TRIP_NOW)]
        self.delays = Delays(look, self)
        act = self._act
        self.findings: RowsBox[FindingRow] = RowsBox(lambda inside: FindingLine(act, inside), lambda r: r.subject, self)
        self.regions: RowsBox[RegionRow] = RowsBox(RegionLine, lambda r: r.region, self)
        self._region_title, self._finding_title = QLabel(words.REGIONS, self), QLabel(words.FINDINGS, self)
        for title in (self._region_title, self._finding_title):
            title.setFont(fonts.font(fonts.SMALL, fonts.BOLD))
        self._none = QLabel(words.NO_FINDINGS, self)
        self._none.setObjectName("muted")
        inside = QWidget(self)
        self._lay_out(inside)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(inside)
        self._stack.addWidget(EmptyState(look, words.NO_LINK_CHOSEN, parent=self))

    def _lay_out(self, inside: QWidget) -> None:
        title, top, figures = QVBoxLayout(), QHBoxLayout(), QHBoxLayout()
        title.setSpacing(2)
        title.addWidget(self._name)
        title.addWidget(self._what)
        top.setSpacing(8)
        top.addLayout(title, 1)
        for button in (self.remove, self.setup, self.secret, self.remedy, self.retry):
            top.addWidget(button)
        figures.setSpacing(28)
        for figure in (*self.figures, *self.listening):
            figures.addWidget(figure)
        figures.addStretch(1)
        box = self._box = QVBoxLayout(inside)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        box.addLayout(top)
        box.addWidget(self._state)
        box.addLayout(figures)
        box.addWidget(self.delays, 5)
        box.addWidget(self._region_title)
        box.addWidget(self.regions)
        box.addWidget(self._finding_title)
        box.addWidget(self._none)
        box.addWidget(self.findings, 4)

    def show_link(
        self, state: FloorState, view: LinkView | None, now_ms: int, kind: SourceKind | None, way: SecretWay = PERSON
    ) -> None:
        """Show it as it is at `now_ms`; `kind` and `way` as the settings have it, None for one that they don't hold."""
        self._stack.setCurrentIndex(1 if view is None else 0)
        if view is None:
            return
        self._link = view.link
        glyph, word = link_sentences.state_word(view)
        detail = "" if view.change is None or view.down else view.change.detail  # else it is the first finding
        self._name.setText(view.link)
        self._what.setText(link_sentences.what(view))
        since = f"{word} {link_sentences.since(view, now_ms)}".strip()
        self._state.setText(f"{glyph}  {joined(since, detail)}")
        _dress(self._state, _INKS[link_cards.state_severity(view.state)])
        self.retry.setVisible(view.down)
        self._remedy = (
            view.change.action if view.change is not None and view.change.action is not Remedy.RETRY else None
        )
        self.remedy.setText(link_cards.button(self._remedy))
        helpless = not way.sign_in and self._remedy is Remedy.SIGN_IN
        self.remedy.setVisible(self._remedy is not None and not helpless)
        self.secret.setText(way.replace)
        self.secret.setVisible(bool(way.replace))
        _dress(self.secret, "primary" if helpless else "")
        self.remove.setVisible(kind is not None)
        self.setup.setVisible(kind is SourceKind.AUDIOHOOK)
        self._show_figures(state, view)
        self._box.setStretchFactor(self.delays, 3 if view.listens else 5)  # a listener's findings say more
        self._box.setStretchFactor(self.findings, 6 if view.listens else 4)
        self.delays.show_link(view, now_ms)
        regions = link_cards.regions(state, view, now_ms)
        self.regions.show_rows(regions)
        self.regions.setFixedHeight(min(3, len(regions)) * 30)
        for part in (self.regions, self._region_title):
            part.setVisible(bool(regions))
        findings = link_cards.findings(view)
        if not way.sign_in:
            findings = [replace(row, button=way.replace) if row.action is Remedy.SIGN_IN else row for row in findings]
        self.findings.show_rows(findings)
        self._none.setVisible(not findings)
        self.findings.setVisible(bool(findings))

    def _show_figures(self, state: FloorState, view: LinkView) -> None:
        nothing = link_sentences.took(None)
        for figure in self.figures:
            figure.setVisible(not view.listens)
        for figure in self.listening:
            figure.setVisible(view.listens)
        if view.listens:
            opened, trip = link_cards.figures(view, Measure.HANDLING), link_cards.figures(view, Measure.ROUND_TRIP)
            calls, half, p95, now = self.listening
            calls.tell(f"{link_sentences.calls_now(state, view):,}")
            half.tell(nothing if opened is None else opened.p50)
            p95.tell(nothing if opened is None else opened.p95, high=opened is not None and opened.high)
            now.tell(nothing if trip is None else trip.now, high=trip is not None and trip.high)
            return
        socket = link_cards.figures(view, Measure.ROUND_TRIP)
        engine = link_cards.figures(view, Measure.ENGINE)
        now, average, p95, drops, by_engine = self.figures
        now.tell(nothing if socket is None else socket.now, high=socket is not None and socket.high)
        average.tell(nothing if socket is None else socket.average)
        p95.tell(nothing if socket is None else socket.p95)
        drops.tell(f"{view.monitor.drop_count}")
        by_engine.setVisible(engine is not None)
        if engine is not None:
            by_engine.tell(engine.now, high=engine.high)

    def _act(self, action: Remedy) -> None:
        self.action_asked.emit(self._link, action)
