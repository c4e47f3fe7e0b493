"""How the packaged program starts: with streams even where there are none, and leaving no trace in what it starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import entrance
import pytest

ROOT = Path(__file__).parents[2]


def test_a_browser_that_is_opened_gets_the_environment_that_we_were_started_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("PYINSTALLER_RESET_ENVIRONMENT", "")
    inside = {"LD_LIBRARY_PATH": "/opt/sidetone/_internal:/usr/local/lib", "LD_LIBRARY_PATH_ORIG": "/usr/local/lib"}
    for name, value in {**inside, "QT_PLUGIN_PATH": "/opt/sidetone/_internal/PySide6/Qt/plugins"}.items():
        monkeypatch.setenv(name, value)
    entrance.give_back(os.environ)
    assert os.environ["LD_LIBRARY_PATH"] == "/usr/local/lib"
    assert not {"LD_LIBRARY_PATH_ORIG", "QT_PLUGIN_PATH"} & set(os.environ)
    assert os.environ["PYINSTALLER_RESET_ENVIRONMENT"] == "1"  # a worker is a start of its own


def test_a_windowed_start_without_streams_ends_as_one_with_streams_does() -> None:
    code = "import sys; sys.stdout = sys.stderr = None; from desktop.__main__ import main; main()"
    for words, status in ((["--version"], 0), (["transcribe", "/nonexistent.wav"], 2), (["no-such-command"], 2)):
        done = subprocess.run(
            [sys.executable, "-c", code, *words], cwd=ROOT, capture_output=True, check=False, timeout=60
        )
        assert (done.returncode, done.stdout, done.stderr) == (status, b"", b"")
