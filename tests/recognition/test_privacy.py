"""Words are never logged, by any engine: while somebody speaks nothing is printed, and errors carry no words."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import tiny_sherpa, tiny_vosk

ENGINES: dict[str, tuple[str, Callable[[Path], Path] | None]] = {
    "embedded": ("embedded", None),
    "sherpa-onnx transducer": ("sherpa-onnx", tiny_sherpa.transducer),
    "sherpa-onnx CTC": ("sherpa-onnx", tiny_sherpa.zipformer_ctc),
    "sherpa-onnx NeMo CTC": ("sherpa-onnx", tiny_sherpa.nemo_ctc),
    "sherpa-onnx NeMo transducer": ("sherpa-onnx", tiny_sherpa.nemo_transducer),
    "vosk": ("vosk", tiny_vosk.make),
}
DECODE = """
import sys
import soundfile
from desktop.app.catalog import RecogniserChoice
from desktop.recognition.transcribe import transcribe
from desktop.settings.model import EngineKind, Recognition
engine = RecogniserChoice(Recognition(EngineKind(sys.argv[1]), sys.argv[2]))()
samples, rate = soundfile.read(sys.argv[3], dtype="int16")
assert len(transcribe(samples, engine)[0].words) >= 9
engine.close()
"""


@pytest.mark.parametrize("name", ENGINES)
def test_nothing_is_printed_while_somebody_speaks(tmp_path: Path, name: str) -> None:
    engine, make = ENGINES[name]
    folder = str(make(tmp_path)) if make else ""
    clip = Path(__file__).parent / "data" / "waiting.flac"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DECODE, engine, folder, str(clip)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        timeout=100,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
