"""A dressed application, windows that are put away, and Qt's own warnings as failures."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from desktop.dashboard.state import FloorState, apply_all
from desktop.domain.intents import Intent
from desktop.domain.updates import Update
from desktop.ui.application import make_application
from desktop.ui.main_window import MainWindow
from tests.ui import floor as made

OFFSCREEN_LIMITS = ("This plugin does not support",)
"""What the offscreen platform says about raise() and size hints: nothing of ours."""


class Desk:
    """A window on a floor, with what it sent."""

    def __init__(self, theme: str = "light", **more: object) -> None:
        self.state = FloorState()
        self.sent: list[Intent] = []
        self.now = made.NOW
        self.window = MainWindow(
            self.state,
            self.sent.append,
            theme=theme,
            default_keywords=made.RULES,
            **more,  # type: ignore[arg-type]
        )
        self.window.resize(1440, 900)
        self.window.show()
        settle()

    def feed(self, *updates: Update) -> None:
        """Apply and refresh both clocks."""
        self.window.take(apply_all(self.state, updates))
        self.tick(0)

    def tick(self, later_ms: int = 1_000) -> None:
        """Both clocks, `later_ms` later."""
        self.now += later_ms
        self.window.refresh_text(self.now)
        self.window.refresh_curves(self.now)
        settle()


def settle() -> None:
    """Let everything be laid out, painted and deleted."""
    for _ in range(4):
        QApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    """The application as the composition root makes it."""
    return make_application(["sidetone"])


@pytest.fixture(autouse=True)
def qt_is_silent(qapp: QApplication) -> Iterator[None]:
    """Any message of Qt fails the test."""
    said: list[str] = []

    def hear(kind: QtMsgType, _: object, message: str) -> None:
        if not message.startswith(OFFSCREEN_LIMITS):
            said.append(f"{kind.name}: {message}")

    before = qInstallMessageHandler(hear)
    yield
    settle()
    qInstallMessageHandler(before)
    assert said == []


@pytest.fixture
def desks() -> Iterator[Callable[..., Desk]]:
    """Makes desks and puts them away."""
    made_desks: list[Desk] = []

    def make(theme: str = "light", **more: object) -> Desk:
        made_desks.append(Desk(theme, **more))
        return made_desks[-1]

    yield make
    for desk in made_desks:
        desk.window.close()
        desk.window.deleteLater()
    settle()
    gc.collect()


@pytest.fixture
def desk(desks: Callable[..., Desk]) -> Desk:
    """One desk, light, empty."""
    return desks()
