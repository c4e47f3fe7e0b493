"""Windows: the one name under which taskbar, notifications and the Start menu know this application."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

APP_ID = "Sidetone"
"""The installer's shortcuts and the notifier say the same: else toasts come from "Python" or are not kept."""


_LIBRARIES = getattr(ctypes, "windll", None)


def claim_name(platform: str = sys.platform, libraries: Any = _LIBRARIES) -> bool:
    """To be called before the first window. False: not Windows, or Windows would not have it, which is no harm."""
    if platform != "win32" or libraries is None:
        return False
    try:
        return int(libraries.shell32.SetCurrentProcessExplicitAppUserModelID(ctypes.c_wchar_p(APP_ID))) == 0
    except (AttributeError, OSError):
        return False
