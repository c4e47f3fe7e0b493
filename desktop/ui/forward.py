"""Bringing a window before the eyes of whoever asked for it."""

from __future__ import annotations

import os

from PySide6.QtWidgets import QWidget

TOKEN = "XDG_ACTIVATION_TOKEN"
"""What Wayland wants to see from a window that comes forward: Qt takes it from the environment, once."""


def come_forward(window: QWidget, token: str = "") -> None:
    """Not minimised, on top, with the keyboard. `token` is Wayland's, of the program that was started for it."""
    if token:
        os.environ[TOKEN] = token
    if window.isMinimized():
        window.showNormal()
    window.show()
    window.raise_()
    window.activateWindow()
