"""Which key does what, while no text field has the focus. Holding a key keeps the list still."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent

from desktop.domain.intents import Join

if TYPE_CHECKING:
    from desktop.ui.main_window import MainWindow


HOLDING_MS = 5_000


class Keyboard(QObject):
    """Listens to the window; children get every key first."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._down: set[int] = set()
        self.settings_hidden = False  # a kiosk has no way there
        self._pressed = QElapsedTimer()
        window.installEventFilter(self)
        window.calls.filter.installEventFilter(self)

    @property
    def held(self) -> bool:
        """Whether a key is down just now. A release that went elsewhere does not hold the list for ever."""
        return bool(self._down) and not self._pressed.hasExpired(HOLDING_MS)

    def release_all(self) -> None:
        """The window lost the focus: key-up events go elsewhere."""
        self._down.clear()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that are ours."""
        if not isinstance(event, QKeyEvent):
            return False
        if event.type() is QEvent.Type.KeyRelease:
            if not event.isAutoRepeat():
                self._down.discard(event.key())
            return False
        if event.type() is not QEvent.Type.KeyPress:
            return False
        if watched is self._window.calls.filter:
            return self._in_filter(event)
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            return False
        if event.key() not in (Qt.Key.Key_Space, Qt.Key.Key_Escape):
            self._down.add(event.key())
            self._pressed.start()  # a key that stays down repeats
        return self._act(event)

    def _in_filter(self, event: QKeyEvent) -> bool:
        window = self._window
        if event.key() == Qt.Key.Key_Escape:
            window.calls.filter.clear()
            window.calls.take_focus()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            window.calls.view.setFocus()
            if window.calls.current is None:
                window.calls.step(1)
        else:
            return False
        return True

    def _act(self, event: QKeyEvent) -> bool:
        window, key = self._window, event.key()
        if self.settings_hidden and key in (Qt.Key.Key_C, Qt.Key.Key_M):
            return False
        if key == Qt.Key.Key_C:
            window.connections.toggle()
        elif key == Qt.Key.Key_M:
            window.page.recognition_desk.toggle()
        elif window.connections.shown and event.text() != "?":
            return self._on_connections(key)
        elif window.page.recognition_desk.shown and event.text() != "?":
            return self._on_recognition(key)
        elif event.text() == "?":
            window.keys.toggle()
            self._down.clear()  # their releases go to the sheet
        elif key == Qt.Key.Key_Slash:
            window.calls.filter.setFocus()
            window.calls.filter.selectAll()
            self._down.discard(key)  # its release goes to the field
        elif key in (Qt.Key.Key_J, Qt.Key.Key_K):
            window.calls.view.setFocus()
            window.calls.step(1 if key == Qt.Key.Key_J else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and window.calls.current is not None:
            window.open_call(window.calls.current)
        elif key == Qt.Key.Key_A:
            window.acknowledge()
        elif key == Qt.Key.Key_S:
            window.snooze()
        elif key == Qt.Key.Key_L:
            window.detail.join.ask(Join.MONITOR)
        elif key == Qt.Key.Key_Space:
            window.open_neediest()
        elif key == Qt.Key.Key_Escape:
            window.keys.close_sheet()
            window.calls.filter.clear()
        else:
            return False
        return True

    def _on_connections(self, key: int) -> bool:
        """Calls can't be seen there, so their keys do nothing."""
        desk, links = self._window.connections, self._window.page.connections.links
        if key == Qt.Key.Key_Escape:
            desk.back()
        elif key in (Qt.Key.Key_J, Qt.Key.Key_K):
            links.view.setFocus()
            links.step(1 if key == Qt.Key.Key_J else -1)
        else:
            return False
        return True

    def _on_recognition(self, key: int) -> bool:
        """Nor can they be seen there."""
        if key == Qt.Key.Key_Escape:
            self._window.page.recognition_desk.back()
            return True
        return False
