"""Commands that hear recordings tell when PocketSphinx stands in for Moonshine."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import soundfile

from desktop.app import evaluate, transcribe
from desktop.bundled import resources_folder
from desktop.domain.speech import EngineNotice
from desktop.settings.model import Recognition
from tests.support.makeshift import WithoutRuntime


async def without_runtime(_: Recognition) -> WithoutRuntime:
    return WithoutRuntime()


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setattr(evaluate, "engine_of", without_runtime)
    monkeypatch.setattr(transcribe, "engine_of", without_runtime)
    path = tmp_path / "call.wav"
    sound, rate = soundfile.read(resources_folder() / "calls/legal-threat.customer.opus", stop=48_000 * 6)
    soundfile.write(path, sound, rate)
    path.with_suffix(".txt").write_text("hello", "utf-8")
    return path


def test_transcribe(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    transcribe.transcribe_file(recording, as_json=True)
    said = capsys.readouterr()
    assert said.err.strip() == EngineNotice.NO_RUNTIME.in_full
    assert json.loads(said.out)


def test_evaluate(recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "report.json"
    evaluate.evaluate_command(evaluate.Evaluation(recording.parent, (Recognition(),), (), json_file=report))
    assert f"embedded: {EngineNotice.NO_RUNTIME.in_full}" in capsys.readouterr().err
    assert json.loads(report.read_text("utf-8"))["engines"]["embedded"]["notice"] == EngineNotice.NO_RUNTIME.in_full
