"""sherpa-onnx: several parties in one batch, faults of the engine, silence about what was said."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from desktop.domain.errors import SettingInvalid
from desktop.domain.media import Party
from desktop.domain.speech import Segment
from desktop.recognition.sherpa import SherpaConfig, SherpaRecogniser
from tests.support import tiny_sherpa
from tests.support.loud import too_loud

SAID = "i have been waiting for three weeks and nobody called me back"


@pytest.fixture(scope="module")
def recogniser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SherpaRecogniser]:
    loaded = SherpaRecogniser(SherpaConfig(tiny_sherpa.transducer(tmp_path_factory.mktemp("transducer"))))
    yield loaded
    loaded.close()


def finals(results: list[Any]) -> list[str]:
    return [result.text for result in results if isinstance(result, Segment) and result.is_final]


class Watched:
    """Counts what goes to the library in one call."""

    def __init__(self, recogniser: SherpaRecogniser) -> None:
        self._inner = recogniser._batch.recogniser
        self.batches: list[int] = []
        recogniser._batch.recogniser = self

    def decode_streams(self, streams: list[Any]) -> None:
        self.batches.append(len(streams))
        self._inner.decode_streams(streams)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def together(recogniser: SherpaRecogniser, parties: int, clip: Any, blocks: Any) -> list[list[Any]]:
    streams = [recogniser.open(f"call {n}", Party.CUSTOMER, "") for n in range(parties)]
    heard: list[list[Any]] = [[] for _ in streams]
    for block in blocks(clip("waiting")):
        for stream, results in zip(streams, heard, strict=True):
            stream.feed(block)
            results += stream.drain()
    for stream in streams:
        stream.flush()
    while any(stream.backlog_ms for stream in streams):
        for stream, results in zip(streams, heard, strict=True):
            results += stream.drain()
    for stream in streams:
        stream.close()
    return heard


def test_everybody_who_speaks_is_decoded_in_one_call_a_round(tmp_path: Path, clip: Any, blocks: Any) -> None:
    recogniser = SherpaRecogniser(SherpaConfig(tiny_sherpa.zipformer_ctc(tmp_path)))
    watched = Watched(recogniser)
    together(recogniser, 1, clip, blocks)
    alone = len(watched.batches)
    watched.batches.clear()
    heard = together(recogniser, 8, clip, blocks)
    assert [finals(results) for results in heard] == [[SAID]] * 8
    assert watched.batches == [8] * alone
    assert recogniser.rounds == 2 * alone
    recogniser.close()


def test_a_party_that_says_nothing_holds_nobody_up(recogniser: SherpaRecogniser, clip: Any, blocks: Any) -> None:
    silent = recogniser.open("call", Party.AGENT, "")
    speaking = recogniser.open("call", Party.CUSTOMER, "")
    results: list[Any] = []
    for block in blocks(clip("waiting")):
        speaking.feed(block)
        silent.drain()
        results += speaking.drain()
    assert finals(results) == [SAID]
    assert speaking.backlog_ms < 30
    silent.close()
    speaking.close()


def test_one_that_leaves_takes_nobody_along(recogniser: SherpaRecogniser, clip: Any, blocks: Any) -> None:
    leaving, staying = (recogniser.open(name, Party.CUSTOMER, "") for name in ("leaving", "staying"))
    results: list[Any] = []
    for number, block in enumerate(blocks(clip("waiting"))):
        if number < 100:
            leaving.feed(block)
            leaving.drain()
        elif number == 100:
            leaving.close()
        staying.feed(block)
        results += staying.drain()
    staying.flush()
    while staying.backlog_ms:
        results += staying.drain()
    assert finals(results) == [SAID]
    staying.close()


def test_words_have_the_models_own_probabilities_where_it_gives_any(
    recogniser: SherpaRecogniser, tmp_path: Path, clip: Any, blocks: Any, hear: Any
) -> None:
    plain = SherpaRecogniser(SherpaConfig(tiny_sherpa.zipformer_ctc(tmp_path)))
    confidences = []
    for engine in (recogniser, plain):
        stream = engine.open("call", Party.CUSTOMER, "")
        (final,) = [s for s in hear(stream, blocks(clip("waiting"))) if isinstance(s, Segment) and s.is_final]
        confidences.append({round(word.confidence, 3) for word in final.words})
        stream.close()
    plain.close()
    assert len(confidences[0]) > 6
    assert confidences[1] == {0.5}


def test_a_fault_of_the_engine_costs_the_utterances_of_its_batch(
    tmp_path: Path, clip: Any, blocks: Any, hear: Any
) -> None:
    recogniser = SherpaRecogniser(SherpaConfig(tiny_sherpa.transducer(tmp_path, breaks_when_loud=True)))
    struck, beside = (recogniser.open(name, Party.CUSTOMER, "") for name in ("struck", "beside"))
    shown: dict[str, list[Any]] = {"struck": [], "beside": []}
    spoken = clip("waiting")
    loud = too_loud(spoken)
    for left, right in zip(blocks(loud), blocks(spoken), strict=True):
        struck.feed(left)
        beside.feed(right)
        shown["struck"] += struck.drain()
        shown["beside"] += beside.drain()
    for results in shown.values():
        segments = [result for result in results if isinstance(result, Segment)]
        assert segments[0].text
        assert [(s.text, s.words) for s in segments if s.is_final] == [("", ())]  # taken back, and nothing else lost
    assert recogniser.counters.engine_errors == 2
    assert struck.lost_ms > 1000
    for stream in (struck, beside):
        assert finals(hear(stream, blocks(spoken, at_ms=20_000))) == [SAID]
        stream.close()
    recogniser.close()


def test_a_missing_package_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tiny_sherpa.zipformer_ctc(tmp_path)
    monkeypatch.setitem(sys.modules, "sherpa_onnx", None)
    with pytest.raises(SettingInvalid) as refused:
        SherpaRecogniser(SherpaConfig(folder))
    assert refused.value.path == "recognition.engine"
    assert str(refused.value).endswith("is not installed. Install it with: pip install 'sidetone[sherpa]'")
    assert refused.value.__cause__ is None


def test_the_model_is_made_of_what_it_was_taught() -> None:
    taught = tiny_sherpa.lesson()
    assert len(taught.centres) < 500
    assert np.isfinite(taught.weights).all()
