"""On Windows the process takes its name before there is a window; elsewhere nothing is asked."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from desktop.app.taskbar import APP_ID, claim_name

ROOT = Path(__file__).parents[2]


def windows(answer: int, told: list[str]) -> Any:
    def take(name: ctypes.c_wchar_p) -> int:
        told.append(str(name.value))
        return answer

    return SimpleNamespace(shell32=SimpleNamespace(SetCurrentProcessExplicitAppUserModelID=take))


@pytest.mark.parametrize(("answer", "taken"), [(0, True), (-2147467259, False)])
def test_windows_is_told_the_name(answer: int, taken: bool) -> None:
    told: list[str] = []
    assert claim_name("win32", windows(answer, told)) is taken
    assert told == [APP_ID]


def test_a_windows_without_that_function_is_no_error() -> None:
    assert not claim_name("win32", SimpleNamespace(shell32=SimpleNamespace()))
    assert not claim_name("win32", None)


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_elsewhere_nothing_is_asked(platform: str) -> None:
    told: list[str] = []
    assert not claim_name(platform, windows(0, told))
    assert told == []


def test_installer_and_notifier_use_the_same_name() -> None:
    script = (ROOT / "packaging/windows/sidetone.iss").read_text(encoding="utf-8")
    assert set(re.findall(r'AppUserModelID: "(\w+)"', script)) == {APP_ID}
    assert f"AppUserModelId\\{APP_ID}" in script
    notifier = (ROOT / "desktop/sinks/portable_notifications.py").read_text(encoding="utf-8")
    assert f'DesktopNotifier(app_name="{APP_ID}")' in notifier
