"""What is loaded before the window is painted, and that its time is measured."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from desktop.app.since_start import since_start_ms

LATE = (
    "aiohttp",
    "websockets",
    "cryptography",
    "keyring",
    "jeepney",
    "opuslib",
    "soxr",
    "soundfile",
    "pocketsphinx",
    "onnxruntime",
    "pyqtgraph",
    "desktop.app.works",
    "desktop.engine.hub",
    "desktop.gateway",
    "desktop.identity",
    "desktop.recognition",
    "desktop.simulator",
    "desktop.sources",
)


def loaded(module: str) -> set[str]:
    """What `import module` brings in, in a process of its own."""
    code = f"import sys, {module}; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split())


def test_the_window_is_painted_before_what_works_behind_it_is_loaded() -> None:
    assert not loaded("desktop.app.console").intersection(LATE)


def test_what_is_left_for_later_is_what_the_console_needs() -> None:
    assert loaded("desktop.app.works").issuperset(LATE[:2])


@pytest.mark.parametrize("module", ["desktop.app.cli", "desktop.app.command_line"])
def test_the_command_line_loads_neither_qt_nor_an_engine(module: str) -> None:
    assert not loaded(module).intersection({"PySide6", "numpy", "asyncio", *LATE})


def test_the_time_since_the_start_is_the_processes_own() -> None:
    code = "import sys, time; time.sleep(0.5); from desktop.app.since_start import since_start_ms as s; print(s())"
    before = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    whole_ms = (time.monotonic() - before) * 1000
    assert 480 < float(done.stdout) < whole_ms + 50
    assert since_start_ms() > float(done.stdout)
