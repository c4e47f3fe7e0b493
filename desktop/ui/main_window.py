"""The one window: reads the floor's state on two clocks (text once a second, curves ten times) and sends intents."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QCloseEvent, QPalette
from PySide6.QtWidgets import QApplication, QMainWindow

from desktop.dashboard import captions, curves, floor_sentences, link_pills, link_sentences
from desktop.dashboard.alert_rows import alert_rows
from desktop.dashboard.call_view import CallView
from desktop.dashboard.capacity import Planner
from desktop.dashboard.filters import CallFilter
from desktop.dashboard.listing import sections
from desktop.dashboard.ordering import Order, ideal_order, needs_you
from desktop.dashboard.rows import row
from desktop.dashboard.state import Changes, FloorState
from desktop.dashboard.volume import Volume
from desktop.domain.alert import Alert
from desktop.domain.insight import KeywordRule
from desktop.domain.intents import AcknowledgeAlert, Intent, JoinCall, ReplaceKeywords, SnoozeAlert
from desktop.ui.announce import Announcer
from desktop.ui.application import apply_theme, is_dark
from desktop.ui.connections_desk import ConnectionsDesk
from desktop.ui.forward import come_forward
from desktop.ui.keyboard import Keyboard
from desktop.ui.keys_sheet import KeysSheet
from desktop.ui.keyword_editor import Check, KeywordEditor, Remark
from desktop.ui.look import Look
from desktop.ui.page import Page
from desktop.ui.paint_watch import PaintWatch
from desktop.ui.palette import DARK, LIGHT
from desktop.ui.sparkline import spark_of

TEXT_EVERY_MS = 1_000


class MainWindow(QMainWindow):
    """The composition root calls `take` for every batch, `refresh_text` at 1 Hz and `refresh_curves` at about 10 Hz.

    What concerns connections and sign-ins is done by `connections` (a ConnectionsDesk), and can be reached here too.
    `planner` says what is known of what this computer bears; without one nobody is asked for it.
    """

    painted = Signal()  # what the last refresh_text produced is on the screen
    call_opened = Signal(str)
    theme_chosen = Signal(str)
    closed = Signal()

    def __init__(
        self,
        state: FloorState,
        send: Callable[[Intent], None],
        *,
        theme: str = "system",
        check: Check = lambda rules: None,
        remark: Remark = lambda rules: "",
        default_keywords: tuple[KeywordRule, ...] = (),
        planner: Planner | None = None,
    ) -> None:
        super().__init__()
        self.setWindowTitle(captions.APP)
        self._state, self._send = state, send
        self._edit = partial(KeywordEditor, defaults=default_keywords, check=check, remark=remark)
        app = QApplication.instance()
        assert isinstance(app, QApplication), "make_application comes first"
        self._app, self._theme = app, theme
        self.look = Look(DARK if is_dark(app, theme) else LIGHT, self)
        apply_theme(app, theme)
        self.order, self._filter, self._volume = Order(), CallFilter(), Volume()
        self.selected: str | None = None
        self._by_hand = False
        self._waiting = Changes()
        self._now_ms = 0
        self._span_ms = 0
        self.late_ms = 0.0
        self.editor: KeywordEditor | None = None
        self.page = Page(self.look, state, planner, self)
        self.setCentralWidget(self.page)
        desk = self.connections = ConnectionsDesk(self.look, state, send, self.page)
        self.sign_in_asked, self.sign_out_asked = desk.sign_in_asked, desk.sign_out_asked
        self.sign_in_cancelled, self.show_browser_wait = desk.sign_in_cancelled, desk.show_browser_wait
        self.connection_wanted, self.connection_unwanted = desk.connection_wanted, desk.connection_unwanted
        self.secret_replaced, self.keyring_usable = desk.secret_replaced, desk.keyring_usable
        self.listener_wanted, self.listener_setup_asked = desk.listener.wanted, desk.listener.setup_asked
        self.show_listener_setup = desk.listener.show_setup
        self.show_settings, self.show_notice = desk.show_settings, desk.show_notice
        self._paint = PaintWatch(self)
        self.calls, self.alerts, self.detail = self.page.calls, self.page.alerts, self.page.detail
        self.setMinimumSize(1000, 620)
        self.resize(1440, 900)
        self.calls.view.setFocus()
        self.keys = KeysSheet(self)
        self.keyboard = Keyboard(self)
        self._announcer = Announcer(self.alerts)
        self._connect()
        app.styleHints().colorSchemeChanged.connect(self._desktop_changed)

    def _connect(self) -> None:
        top = self.page.top
        top.theme_asked.connect(self.toggle_theme)
        top.keywords_asked.connect(self.edit_keywords)
        top.keys_asked.connect(self.keys.toggle)
        top.alerts_asked.connect(self.page.toggle_alerts)
        self.calls.call_chosen.connect(self._select)
        self.calls.filter_changed.connect(self._filter_changed)
        self.calls.sort_asked.connect(partial(self._show_list, sort=True))
        self.alerts.call_chosen.connect(self._select)
        for part in (self.alerts, self.detail):
            part.acknowledge.connect(self._acknowledge)
            part.snooze.connect(self._snooze)
        self.detail.join_asked.connect(lambda call, how: self._send(JoinCall(call, how)))
        for view in (self.calls.view, self.detail.transcript.view):
            view.painted.connect(partial(self._paint.was_painted, view.viewport()))
        self._paint.painted.connect(self.painted)

    # -- the two clocks ------------------------------------------------------------------------------------------

    def take(self, changes: Changes) -> None:
        """Remember what a batch touched until the next refresh."""
        self._waiting.calls |= changes.calls
        self._waiting.listing |= changes.listing
        self._waiting.links |= changes.links
        self._waiting.keywords |= changes.keywords
        self._announcer.announce(self._state, changes.alerts)

    def refresh_text(self, now_ms: int) -> None:
        """Rows, numbers, transcript, alerts, status line. `now_ms` is the wall clock (Unix epoch)."""
        self.late_ms = max(0.0, now_ms - self._now_ms - TEXT_EVERY_MS) if self._now_ms else 0.0
        self._now_ms = now_ms
        self._volume.note(self._state, now_ms)
        self._show_list()
        self._open_by_itself()
        self.page.figures.show_floor(self._state, self._volume, now_ms)
        self.page.top.show_pills(link_pills.pills(self._state))
        self.connections.refresh(now_ms)
        self.page.top.show_alerts(self._state.alerts_waiting(now_ms), floor_sentences.bell(self._state, now_ms))
        self.alerts.show_rows(alert_rows(self._state, now_ms), floor_sentences.open_count(self._state))
        self.page.status.show_floor(self._state, self.late_ms)
        self.page.recognition_desk.refresh()
        self.setWindowTitle(floor_sentences.title(self._state, now_ms))
        words_moved = self.detail.show_text(self._state, self.view, now_ms)
        touched = [self.calls.view.viewport()]
        touched += [self.detail.transcript.view.viewport()] if words_moved else []
        self._paint.expect(touched)

    def refresh_curves(self, now_ms: int) -> None:
        """Sparklines of rows in sight and the selected call's curve, if anything moved."""
        moved, self._waiting.calls = self._waiting.calls, set()
        in_sight = self.calls.calls_in_sight()
        span = curves.spark_span(self._state)
        if span != self._span_ms:
            self._span_ms = span
            moved |= self._state.calls.keys()
        fresh = [call for call in in_sight if call in moved or call not in self.calls.sparks]
        views = [view for call in fresh if (view := self._state.calls.get(call)) is not None]
        self.calls.show_sparks({view.call: spark_of(view, span) for view in views}, span)
        out_of_sight = moved.difference(in_sight)
        self.calls.forget_sparks(call for call in self._state.calls if call not in out_of_sight)
        if self.selected is not None:
            self.detail.show_curve(self.view, self._alerts_of(self.selected))

    # -- what the supervisor does --------------------------------------------------------------------------------

    @property
    def view(self) -> CallView | None:
        """The selected call, while it is kept."""
        return self._state.calls.get(self.selected) if self.selected is not None else None

    def open_call(self, call_id: str) -> None:
        """Select the call, whatever the filter hides, and bring the floor and the window up."""
        self.page.bring(self.page.floor)
        if not self.calls.choose(call_id) and call_id in self._state.calls:
            self.calls.filter.clear()
            self._show_list()
            self.calls.choose(call_id)
        self._select(call_id)
        come_forward(self)

    def open_neediest(self) -> None:
        """Space: the call that needs me most."""
        calls, _ = ideal_order(self._state, self._now_ms)
        if calls:
            self.open_call(calls[0])

    def toggle_theme(self) -> None:
        """Light to dark and back."""
        self._theme = "light" if self.look.colours.dark else "dark"
        apply_theme(self._app, self._theme)
        self.theme_chosen.emit(self._theme)

    def edit_keywords(self) -> None:
        """Open the keyword editor (once)."""
        if self.editor is None:
            editor = self._edit(self._state.keywords, parent=self)
            editor.saved.connect(lambda rules: self._send(ReplaceKeywords(rules)))
            editor.finished.connect(self._editor_closed)
            self.editor = editor
        self.editor.open()

    def acknowledge(self) -> None:
        """A: the chosen alert if the alert list has the focus, else the selected call's worst one."""
        alert = self._alert_in_hand()
        if alert is not None:
            self._acknowledge(alert.alert_id, not alert.acknowledged)

    def snooze(self, minutes: int = captions.SNOOZE_MINUTES[0]) -> None:
        """S: for the shortest time."""
        alert = self._alert_in_hand()
        if alert is not None:
            self._snooze(alert.alert_id, minutes)

    def grab_png(self, path: Path | str) -> bool:
        """Save what the window shows; True if it was written."""
        return self.grab().save(str(path), "PNG")

    # -- Qt --------------------------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's palette, whoever changed it."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self.look.use(dark=self._app.palette().color(QPalette.ColorRole.Window).lightness() < 128)
        elif event.type() is QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.keyboard.release_all()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Say so; the composition root decides what it means."""
        super().closeEvent(event)
        self.closed.emit()

    # -- inside ----------------------------------------------------------------------------------------------------

    def _show_list(self, *, sort: bool = False) -> None:
        held = not sort and (self.calls.held or self.keyboard.held)
        if sort:
            self.order.sorted_ms = self._now_ms - 1_000_000
        self.order.refresh(self._state, self._now_ms, held=held)
        calls, parts = self._state.calls, sections(self._state, self.order, self._filter)
        names, now = link_sentences.homes(self._state), self._now_ms
        rows = {call: row(calls[call], now, names.get(calls[call].link, "")) for _, part in parts for call in part}
        empty = captions.NO_MATCH if calls and not rows else link_sentences.empty_floor(self._state)
        self.calls.show_rows(parts, rows, self.order.waiting if held else 0, empty)

    def _filter_changed(self, text: str) -> None:
        self._filter = CallFilter.parse(text)
        self._show_list()

    def _open_by_itself(self) -> None:
        """Until the supervisor chooses: show the call that needs a human most, and stay with it while it does."""
        if self._by_hand or not self.order.calls:
            return
        first, now = self._state.calls[self.order.calls[0]], self.view
        at = self._now_ms
        if now is None or (first is not now and (now.over or (needs_you(first, at) and not needs_you(now, at)))):
            self._show_call(first.call)

    def _select(self, call: str) -> None:
        self._by_hand = True
        self._show_call(call)

    def _show_call(self, call: str) -> None:
        if call not in self._state.calls:
            return
        other = call != self.selected
        self.selected = call
        if self.calls.current != call:
            self.calls.choose(call)
        if other:
            self.detail.show_text(self._state, self.view, self._now_ms)
            self.detail.show_curve(self.view, self._alerts_of(call))
            self.call_opened.emit(call)

    def _alerts_of(self, call: str) -> tuple[Alert, ...]:
        return tuple(alert for alert in self._state.alerts.values() if alert.call == call)

    def _alert_in_hand(self) -> Alert | None:
        if self.alerts.view.hasFocus() and (chosen := self.alerts.current) is not None:
            return self._state.alerts.get(chosen.alert_id)
        return self.view.worst(self._now_ms) if self.view is not None else None

    def _acknowledge(self, alert_id: int, on: bool) -> None:
        self._send(AcknowledgeAlert(alert_id, on))

    def _snooze(self, alert_id: int, minutes: int) -> None:
        self._send(SnoozeAlert(alert_id, minutes))

    def _editor_closed(self) -> None:
        self.editor = None
        self.calls.take_focus()  # else Space would press the button again

    def _desktop_changed(self) -> None:
        if self._theme == "system":
            apply_theme(self._app, "system")
