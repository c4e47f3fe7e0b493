"""Everything about connections that the window does: the page, the bars, the dialogs, and who is asked for what."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from desktop.dashboard import connection_captions as words
from desktop.dashboard import link_cards
from desktop.dashboard.state import FloorState
from desktop.domain.finding import Level, Remedy
from desktop.domain.intents import Intent, RetryLink
from desktop.settings.model import Connection, Listener, Organisation, SourceKind
from desktop.ui.confirm import Confirm
from desktop.ui.connection_dialog import ConnectionDialog
from desktop.ui.listener_desk import ListenerDesk
from desktop.ui.look import Look
from desktop.ui.page import Page
from desktop.ui.secret_dialog import SecretDialog


class ConnectionsDesk(QObject):
    """The composition root keeps what `connection_wanted` carries and forgets what `connection_unwanted` names."""

    sign_in_asked = Signal(str)
    sign_out_asked = Signal(str)
    sign_in_cancelled = Signal(str)
    connection_wanted = Signal(object, object, str)  # Organisation | None, Connection, secret
    connection_unwanted = Signal(str)
    secret_replaced = Signal(str, str)  # organisation, or a connection without one; its new secret or token

    def __init__(self, look: Look, state: FloorState, send: Callable[[Intent], None], page: Page) -> None:
        super().__init__(page)
        self._state, self._send, self._page = state, send, page
        self._organisations: tuple[Organisation, ...] = ()
        self._connections: tuple[Connection, ...] = ()
        self._now_ms = 0
        self.dialog: ConnectionDialog | None = None
        self.question: Confirm | None = None
        self.secret: SecretDialog | None = None
        self._keyring = True
        self.listener = ListenerDesk(look, state, page)
        bars, part = page.bars, page.connections
        for source in (bars, part.sign_ins):
            source.sign_in_asked.connect(self.sign_in_asked)
        part.sign_ins.sign_out_asked.connect(self.sign_out_asked)
        bars.sign_in_cancelled.connect(self.sign_in_cancelled)
        bars.focus_left.connect(self._focus_list)
        for asks in (bars, part.sign_ins, part.detail):
            asks.secret_asked.connect(self.ask_secret)
        page.calls.connections_asked.connect(self._from_the_floor)
        page.top.connections_asked.connect(self.toggle)
        part.back_asked.connect(self.back)
        part.add_asked.connect(self.add)
        part.detail.action_asked.connect(self._act)
        part.detail.remove_asked.connect(self._remove)
        part.detail.setup_asked.connect(self.listener.setup_asked)

    def show_settings(
        self,
        organisations: Sequence[Organisation],
        connections: Sequence[Connection],
        listener: Listener | None = None,
    ) -> None:
        """What the settings hold just now: whom to sign in to, which names are taken, what can be removed."""
        self._organisations, self._connections = tuple(organisations), tuple(connections)
        self.listener.know(connections, listener)
        self._page.connections.know(organisations, connections)
        self._page.bars.know(organisations)
        self.refresh(self._now_ms)

    def refresh(self, now_ms: int) -> None:
        """Once a second; `now_ms` is the wall clock (Unix epoch)."""
        self._now_ms = now_ms
        self._page.bars.refresh(now_ms)
        self._page.top.warn_of_connections(link_cards.needs_person(self._state))
        self.listener.refresh()
        if self.shown:
            self._page.connections.refresh(self._state, now_ms)

    def show_notice(self, text: str, level: Level) -> None:
        """An answer to something that was asked: PASS goes by itself, the others stay until dismissed."""
        self._page.bars.show_notice(text, level)

    def keyring_usable(self, usable: bool) -> None:
        """Whether secrets are kept beyond this session; taken to be so until somebody says otherwise."""
        self._keyring = usable

    def show_browser_wait(self, organisation: str, url: str) -> None:
        """The sign-in goes on in the browser, at `url`; ends with the next SignInChanged of the organisation."""
        self._page.bars.show_browser_wait(organisation, url)

    def end_browser_wait(self) -> None:
        """It was given up."""
        self._page.bars.end_browser_wait()

    @property
    def shown(self) -> bool:
        """Whether the Connections page is in front."""
        return self._page.front is self._page.connections

    def toggle(self) -> None:
        """C: there and back."""
        if self.shown:
            self.back()
        else:
            self._page.bring(self._page.connections)
            self._page.connections.refresh(self._state, self._now_ms)
            self._focus_list()

    def back(self) -> None:
        """To the floor."""
        self._page.bring(self._page.floor)
        self._focus_list()

    def _focus_list(self) -> None:
        """Where letters are keys."""
        if not self.shown:
            self._page.calls.take_focus()
        else:
            links = self._page.connections.links
            (links.view if links.model.rowCount() else self._page.connections.add).setFocus()

    def _from_the_floor(self) -> None:
        """The button of an empty list: to the connections, and right on to the first one if there is none."""
        self.toggle()
        if not self._state.links and self._state.connections == 0:
            self.add()

    def add(self, kind: SourceKind | None = None, organisation: str = "") -> None:
        """Open the add-connection dialog (once); what is dialled already is brought into sight instead."""
        if kind is SourceKind.AUDIOHOOK and self.listener.name:
            self._page.bring(self._page.connections)
            self._page.connections.choose(self.listener.name)
            self.refresh(self._now_ms)
            return
        if self.dialog is None:
            dialog = ConnectionDialog(
                [connection.name for connection in self._connections],
                self._organisations,
                self._page.window(),
                kind=kind or SourceKind.NOTIFICATIONS,
                organisation=organisation,
                listener=self.listener.settings,
                listening=self.listener.name,
                keyring=self._keyring,
            )
            dialog.wanted.connect(self.connection_wanted)
            dialog.listener_wanted.connect(self.listener.wanted)
            dialog.finished.connect(self._dialog_closed)
            self.dialog = dialog
        self.dialog.open()

    def _act(self, link: str, action: Remedy) -> None:
        view = self._state.link_views.get(link)
        organisation = "" if view is None else view.organisation
        match action:
            case Remedy.RETRY:
                self._send(RetryLink(link))
            case Remedy.SIGN_IN:
                if self._page.connections.way_of(link)[1].sign_in:
                    self.sign_in_asked.emit(organisation or link)
                else:
                    self.ask_secret(link)
            case Remedy.USE_NOTIFICATIONS:
                self.add(SourceKind.NOTIFICATIONS, organisation)
            case Remedy.USE_AUDIOHOOK:
                self.add(SourceKind.AUDIOHOOK)

    def ask_secret(self, name: str) -> None:
        """Ask for a new secret of an organisation, or of a connection's organisation or its own (one at a time)."""
        whose, way = self._page.connections.way_of(name)
        if self.secret is None and way.replace:
            dialog = SecretDialog(whose, way, keyring=self._keyring, parent=self._page.window())
            dialog.given.connect(lambda secret: self.secret_replaced.emit(whose, secret))
            dialog.finished.connect(self._secret_closed)
            self.secret = dialog
        if self.secret is not None:
            self.secret.open()

    def _what_goes(self, link: str) -> str:
        """What removing it means."""
        homes = {each.name: each.organisation for each in self._connections}
        organisation = homes.pop(link, "")
        if not organisation:
            return words.FORM_REMOVE_OWN.format(link)
        last = organisation not in homes.values()
        return (words.FORM_REMOVE_LAST if last else words.FORM_REMOVE_ONE).format(link, organisation)

    def _remove(self, link: str) -> None:
        if self.question is None:
            question = Confirm(
                words.FORM_REMOVE_TITLE,
                self._what_goes(link),
                words.FORM_REMOVE_YES,
                words.FORM_REMOVE_NO,
                self._page.window(),
            )
            question.accepted.connect(lambda: self.connection_unwanted.emit(link))
            question.finished.connect(self._question_closed)
            self.question = question
        self.question.open()

    def _dialog_closed(self) -> None:
        self.dialog = None

    def _secret_closed(self) -> None:
        self.secret = None

    def _question_closed(self) -> None:
        self.question = None
