"""What streams of engines share, with a scripted engine: who is asked what and when, and what a fault costs."""

from __future__ import annotations

from itertools import chain, repeat
from typing import Any

import numpy as np
import pytest

from desktop.domain.media import Party, PcmBlock
from desktop.domain.speech import Attention, Segment, SpeechActivity, Word
from desktop.recognition.ears import Counters
from desktop.recognition.engine_stream import EngineStream, default_settings
from desktop.recognition.report import Report
from desktop.recognition.sphinx import EngineFailed


class ScriptedHearing:
    """Decodes what it was given one turn later; breaks where it is told to."""

    def __init__(self, breaks_at: str = "") -> None:
        self.asked: list[str] = []
        self.behind_ms = 0.0
        self.samples = 0
        self._breaks_at = breaks_at
        self._told("begin")

    def advance(self) -> None:
        self.behind_ms = 0.0
        self._told("advance")

    def hear(self, samples: Any) -> None:
        self.samples += len(samples)
        self.behind_ms = len(samples) / 16
        self._told("hear")

    def end(self) -> None:
        self.behind_ms = 100.0
        self._told("end")

    def words(self, report: Report, *, final: bool) -> tuple[Word, ...]:
        self._told("final" if final else "partial")
        at_ms = round(report.start_ms)
        return tuple(Word(f"word{n}", at_ms + 500 * n, at_ms + 500 * n + 400, 0.8) for n in range(self.samples // 8000))

    def let_go(self) -> None:
        self.asked.append("let go")

    def _told(self, what: str) -> None:
        self.asked.append(what)
        if what == self._breaks_at and self.samples >= (8000 if what in ("hear", "advance") else 0):
            raise EngineFailed("scripted")


class Bench:
    """A stream whose utterances are heard by these, in order."""

    def __init__(self, *breaks_at: str) -> None:
        self._breaks_at = list(breaks_at)
        self.hearings: list[ScriptedHearing] = []
        self.counters = Counters()
        self.stream = EngineStream(
            "call", Party.CUSTOMER, "de-DE", self._begin, default_settings(), self.counters, clock=lambda: 7
        )

    def _begin(self) -> ScriptedHearing:
        self.hearings.append(ScriptedHearing(self._breaks_at.pop(0) if self._breaks_at else ""))
        return self.hearings[-1]


def segments(results: list[Any]) -> list[Segment]:
    return [result for result in results if isinstance(result, Segment)]


def test_an_engine_is_asked_in_order_and_let_go(clip: Any, blocks: Any, hear: Any) -> None:
    bench = Bench()
    heard = segments(hear(bench.stream, blocks(clip("waiting"))))
    (hearing,) = bench.hearings
    assert hearing.asked[:3] == ["begin", "advance", "hear"]
    assert hearing.asked[-4:] == ["end", "advance", "final", "let go"]
    assert hearing.asked.count("end") == hearing.asked.count("final") == 1
    assert [(s.is_final, s.language) for s in heard[-2:]] == [(False, "de-DE"), (True, "de-DE")]
    assert heard[-1].trace.recognised == 7


def test_what_an_engine_has_not_decoded_counts_as_backlog(clip: Any, blocks: Any) -> None:
    stream = Bench().stream
    for block in blocks(clip("waiting")[: 16 * 1500]):
        stream.feed(block)
    left = []
    while stream.backlog_ms:
        stream.drain()
        left.append(stream.backlog_ms)
    assert left[-1] == 0
    assert left[-2] in (30, 60, 90, 120)  # handed over, not decoded yet


@pytest.mark.parametrize("where", ["begin", "advance", "hear", "end", "partial", "final"])
def test_a_fault_costs_one_utterance(clip: Any, blocks: Any, hear: Any, where: str) -> None:
    bench = Bench(where)
    lost = segments(hear(bench.stream, blocks(clip("waiting"))))
    assert not any(segment.text for segment in lost if segment.is_final)
    assert [segment.is_final for segment in lost[-1:]] in ([], [True])  # what was shown is taken back
    assert bench.counters.engine_errors == 1
    assert bench.stream.lost_ms >= (3500 if where in ("end", "final") else 300)
    kept = segments(hear(bench.stream, blocks(clip("waiting"), at_ms=8000)))
    assert kept[-1].is_final
    assert kept[-1].text
    assert kept[-1].segment_id == 2


def test_an_engine_that_falls_behind_ends_what_it_hears_and_goes_on_with_what_is_said_now(
    clip: Any, blocks: Any
) -> None:
    bench = Bench()
    lag, results = [], []
    for number, block in enumerate(blocks(np.concatenate([clip("waiting")[: 16 * 4700]] * 8))):
        bench.stream.feed(block)
        if number % 36 == 35:  # it hears 120 ms of 720
            results += bench.stream.drain()
            lag.append(bench.stream.backlog_ms)
    while bench.stream.backlog_ms:
        results += bench.stream.drain()
    assert max(lag) <= 8000 + 720
    finals = [segment for segment in segments(results) if segment.is_final]
    assert [segment.segment_id for segment in finals] == sorted({segment.segment_id for segment in finals})
    assert len(finals) > 1
    assert bench.stream.lost_ms == bench.counters.dropped_ms > 0


def test_closing_lets_go_and_forgets(clip: Any, blocks: Any) -> None:
    bench = Bench()
    for block in blocks(clip("waiting")[: 16 * 1500]):
        bench.stream.feed(block)
        bench.stream.drain()
    bench.stream.close()
    assert bench.hearings[0].asked[-1] == "let go"
    assert segments(list(bench.stream.drain())) == []


def test_phrases_are_taken_for_presence(clip: Any, blocks: Any, hear: Any) -> None:
    bench = Bench()
    bench.stream.attend(Attention.PHRASES)
    assert {type(result) for result in hear(bench.stream, blocks(clip("waiting")))} == {SpeechActivity}
    assert bench.hearings == []


def test_noise_found_out_late_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    certainties = chain([0.95, *[0.6] * 40], repeat(0.0))  # at first it might be a voice, but it never gets surer
    monkeypatch.setattr(bench.stream._ears._gate._voice, "hear", lambda samples, level: next(certainties))
    noise = np.full(16_000 * 4, 3000, np.int16)
    results: list[Any] = []
    for at in range(0, len(noise), 320):
        bench.stream.feed(PcmBlock("call", Party.CUSTOMER, at // 16, 16_000, noise[at : at + 320], 0, 0, 0.0))
        results += bench.stream.drain()
    hearing = bench.hearings[0]
    assert "end" not in hearing.asked
    assert "final" not in hearing.asked
    assert hearing.asked[-1] == "let go"
    assert next((s.text, s.words) for s in segments(results) if s.is_final) == ("", ())
