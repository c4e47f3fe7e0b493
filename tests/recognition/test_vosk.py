"""Vosk: its JSON becomes words, its faults cost an utterance."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.domain.errors import SettingInvalid
from desktop.domain.media import Party
from desktop.domain.speech import Segment, Word
from desktop.recognition.vosk import VoskConfig, VoskRecogniser
from tests.support import tiny_vosk

SAID = "i have been waiting for three weeks and nobody called me back"


@pytest.fixture
def recogniser(tmp_path: Path) -> Iterator[VoskRecogniser]:
    loaded = VoskRecogniser(VoskConfig(tiny_vosk.make(tmp_path), language="en-GB"))
    yield loaded
    loaded.close()


def final_of(results: list[Any]) -> Segment:
    (final,) = [result for result in results if isinstance(result, Segment) and result.is_final]
    return final


class Scripted:
    """Vosk's recogniser as far as it is asked here; raises where it is told to."""

    answers: dict[str, str]

    def __init__(self, model: Any, rate: float) -> None:
        assert rate == 16_000

    def __getattr__(self, name: str) -> Any:
        def answer(*_: object) -> str:
            if self.answers.get(name) == "raise":
                raise Exception("Failed to process waveform")  # as the package does
            return self.answers.get(name, "{}")

        return answer


def script(recogniser: VoskRecogniser, **answers: str) -> None:
    class Vosk:
        KaldiRecognizer = type("KaldiRecognizer", (Scripted,), {"answers": answers})

    recogniser._vosk = Vosk


def test_words_have_kaldis_times_and_confidences(recogniser: VoskRecogniser, clip: Any, blocks: Any, hear: Any) -> None:
    stream = recogniser.open("call", Party.CUSTOMER, "")
    results = hear(stream, blocks(clip("waiting")))
    stream.close()
    final = final_of(results)
    assert (final.text, final.language) == (SAID, "en-GB")
    taught = dict(tiny_vosk.spoken(tiny_vosk.SAID["waiting"]))
    assert {word.text: word.start_ms for word in final.words} == pytest.approx(taught, abs=60)
    assert all(word.confidence > 0.9 for word in final.words)
    partials = [result for result in results if isinstance(result, Segment) and not result.is_final]
    assert {word.confidence for partial in partials for word in partial.words} == {0.5}


def test_marks_are_no_words_and_numbers_stay_in_bounds(
    recogniser: VoskRecogniser, clip: Any, blocks: Any, hear: Any
) -> None:
    said = [("[unk]", 0.9), ("Hello", 1.0000001), ("<UNK>", 0.2), ("you", -0.01)]
    result = [{"word": w, "conf": c, "start": 0.5 * n, "end": 0.5 * n + 0.4} for n, (w, c) in enumerate(said)]
    partial = json.dumps({"partial": "[unk] Hello <UNK> you"})
    script(recogniser, FinalResult=json.dumps({"result": result}), PartialResult=partial)
    stream = recogniser.open("call", Party.CUSTOMER, "")
    results = [r for r in hear(stream, blocks(clip("waiting"))) if isinstance(r, Segment)]
    stream.close()
    assert results[0].text == "hello you"
    final = final_of(results)
    begin = final.words[0].start_ms - 500
    assert final.words == (
        Word("hello", begin + 500, begin + 900, 1.0),
        Word("you", begin + 1500, begin + 1900, 0.0),
    )


@pytest.mark.parametrize(
    ("where", "how"),
    [
        ("SetWords", "raise"),
        ("AcceptWaveform", "raise"),
        ("PartialResult", "raise"),
        ("PartialResult", "{half a"),
        ("FinalResult", "raise"),
        ("FinalResult", "{half a"),
    ],
)
def test_a_fault_costs_one_utterance(
    recogniser: VoskRecogniser, clip: Any, blocks: Any, hear: Any, where: str, how: str
) -> None:
    real = recogniser._vosk
    script(recogniser, **{"PartialResult": json.dumps({"partial": "said"}), where: how})
    stream = recogniser.open("call", Party.CUSTOMER, "")
    lost = [r for r in hear(stream, blocks(clip("waiting"))) if isinstance(r, Segment)]
    assert [segment.text for segment in lost if segment.is_final] == ([""] if where == "FinalResult" else [])
    assert recogniser.counters.engine_errors == 1
    recogniser._vosk = real
    assert final_of(hear(stream, blocks(clip("waiting"), at_ms=20_000))).text == SAID
    stream.close()


def test_a_missing_package_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tiny_vosk.make(tmp_path)
    monkeypatch.setitem(sys.modules, "vosk", None)
    with pytest.raises(SettingInvalid) as refused:
        VoskRecogniser(VoskConfig(folder))
    assert refused.value.path == "recognition.engine"
    assert str(refused.value).endswith("is not installed. Install it with: pip install 'sidetone[vosk]'")
    assert refused.value.__cause__ is None
