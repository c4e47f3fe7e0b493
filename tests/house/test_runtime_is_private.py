"""What runs the weights tells nobody: ONNX Runtime from 1.29 on keeps an identifier and events, and sends them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ENCODER = Path(__file__).parents[2] / "resources/speech/moonshine-tiny-en/encoder.onnx"
CODE = "import sys, onnxruntime as o; o.InferenceSession(sys.argv[1], providers=['CPUExecutionProvider'])"


def test_a_session_leaves_nothing_in_the_users_folders(tmp_path: Path) -> None:
    places = {"HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ORT_")} | places
    command = [sys.executable, "-c", CODE, str(ENCODER)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout + done.stderr == ""
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")] == []
