"""Being dialled by Genesys (AudioHook): which connection that is, its set-up dialog, and who is asked for what."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from desktop.dashboard import link_cards
from desktop.dashboard.state import FloorState
from desktop.domain.listener import ListenerSetup
from desktop.settings.model import Connection, Listener, SourceKind
from desktop.ui.listener_setup import ListenerSetupDialog
from desktop.ui.look import Look
from desktop.ui.page import Page


class ListenerDesk(QObject):
    """The composition root keeps what `wanted` carries and answers it, and `setup_asked`, with `show_setup`."""

    wanted = Signal(object, object)  # Connection, Listener
    setup_asked = Signal(str)  # the connection's name

    def __init__(self, look: Look, state: FloorState, page: Page) -> None:
        super().__init__(page)
        self._look, self._state, self._page = look, state, page
        self._asked = ""
        self.name = ""
        self.settings = Listener()
        self.dialog: ListenerSetupDialog | None = None
        self.wanted.connect(self._remember)

    def know(self, connections: Iterable[Connection], listener: Listener | None) -> None:
        """What the settings hold; there is one listener, so at most one connection that is dialled."""
        self.name = next((each.name for each in connections if each.kind is SourceKind.AUDIOHOOK), "")
        self.settings = listener or self.settings

    def show_setup(self, setup: ListenerSetup) -> None:
        """Show what to enter in Genesys Cloud; a newer set-up replaces the one that is shown."""
        if self.dialog is not None:
            self.dialog.close()
        dialog = ListenerSetupDialog(self._look, setup, self._page.window())
        dialog.finished.connect(lambda: self._closed(dialog))
        self.dialog = dialog
        self.refresh()
        dialog.open()

    def refresh(self) -> None:
        """Once a second: what the platform's own test found."""
        if self.dialog is not None:
            view = self._state.link_views.get(self.name or self._asked)
            self.dialog.show_tries(link_cards.tries(view))

    def _remember(self, connection: Connection, listener: Listener) -> None:
        self._asked, self.settings = connection.name, listener

    def _closed(self, dialog: ListenerSetupDialog) -> None:
        if self.dialog is dialog:
            self.dialog = None
