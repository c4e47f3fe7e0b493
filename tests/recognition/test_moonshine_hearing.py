"""When an utterance is glanced at and when it is searched, with scripted words: intervals, pauses, the end, noise."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from desktop.domain.media import Party
from desktop.domain.speech import Segment
from desktop.recognition.band import Band, Samples
from desktop.recognition.ears import Counters, StreamSettings
from desktop.recognition.embedded import EmbeddedRecogniser
from desktop.recognition.embedded_stream import EmbeddedStream
from desktop.recognition.gate import GateSettings
from desktop.recognition.moonshine import Moonshine
from desktop.recognition.moonshine_choice import Choice
from desktop.recognition.moonshine_hearing import MoonshineWords
from desktop.recognition.moonshine_words import written_words
from desktop.recognition.moonshine_writing import Token, Written
from desktop.recognition.sphinx import EngineFailed

WAITING = "i have been waiting for three weeks and nobody called me back"


class Scripted(MoonshineWords):
    """Writes a word for each half second, and notes what it is asked; `cost_ms` is what a glance takes."""

    def __init__(self, *, ends: str = ".", cost_ms: float = 0.0) -> None:
        super().__init__(cast(Moonshine, None), lambda *_: 0.1, lambda choice: [0.8] * len(choice.words), self.goes_on)
        self.glances: list[float] = []
        self.searches: list[float] = []
        self.drafts: list[int] = []
        self.begins = False
        self._ends, self._cost_ms = ends, cost_ms

    def goes_on(self, words: Sequence[str]) -> bool:
        return self.begins

    def glance(self, samples: Samples, before: Sequence[int]) -> Written:
        self.glances.append(len(samples) / 16)
        self.drafts.append(len(before))
        return Written(tuple(self._tokens(samples)))

    def search(self, samples: Samples) -> Choice:
        self.searches.append(len(samples) / 16)
        tokens = [*self._tokens(samples), Token(9, self._ends.encode(), 0.9)]
        return Choice(Written(tuple(tokens)), written_words(tokens), [0.9] * (len(tokens) - 1))

    def _tokens(self, samples: Samples) -> list[Token]:
        return [Token(number, f"▁word{number}".encode(), 0.9) for number in range(len(samples) // 8000)]


def stream_of(engine: Scripted, call: str = "call") -> EmbeddedStream:
    settings = StreamSettings(gate=GateSettings(), partial_interval_ms=300, max_waiting_ms=60_000)
    return EmbeddedStream(call, Party.CUSTOMER, engine, settings, Counters(), lambda: 10**12, (Band.FULL,))


def segments(results: Any) -> list[Segment]:
    return [result for result in results if isinstance(result, Segment)]


def test_a_growing_utterance_is_glanced_at_every_interval_with_its_words_as_a_draft(
    clip: Any, blocks: Any, hear: Any
) -> None:
    engine = Scripted()
    heard = segments(hear(stream_of(engine), blocks(clip("waiting"))))
    assert len(engine.glances) >= 8
    steps = np.diff(engine.glances)
    assert steps.min() >= 300
    assert np.median(steps) <= 360
    assert engine.drafts == [0, *(int(at // 500) for at in engine.glances[:-1])]
    assert [segment.is_final for segment in heard] == [False] * (len(heard) - 1) + [True]
    assert heard[-1].confidence == pytest.approx(0.8)
    assert engine.hearings == 0


def test_what_was_found_when_the_pause_began_is_the_final(clip: Any, blocks: Any, hear: Any) -> None:
    engine = Scripted()
    heard = segments(hear(stream_of(engine), blocks(clip("waiting"))))
    assert len(engine.searches) == 1
    assert (engine.searches[0] // 500) == len(heard[-1].words)
    assert engine.searches[0] > engine.glances[-1]


@pytest.mark.parametrize(("ends", "begins", "pause_ms"), [(",", False, 420), (".", False, 240), ("?", True, 420)])
def test_where_a_sentence_may_be_over_its_final_comes_after_a_shorter_pause(
    clip: Any, blocks: Any, ends: str, begins: bool, pause_ms: int
) -> None:
    engine = Scripted(ends=ends)
    engine.begins = begins
    stream = stream_of(engine)
    for block in blocks(clip("waiting")):
        stream.feed(block)
        if finals := [segment for segment in segments(stream.drain()) if segment.is_final]:
            break
    trace = finals[0].trace
    waited_ms = (trace.received - trace.speech_ended) / 1000 * 20  # blocks of 20 ms, a microsecond each
    assert waited_ms == pytest.approx(pause_ms, abs=60)
    stream.close()


def test_the_more_speak_the_rarer_each_is_glanced_at(clip: Any, blocks: Any) -> None:
    engine = Scripted(cost_ms=100.0)
    streams = [stream_of(engine, f"call {number}") for number in range(4)]
    for block in blocks(clip("waiting")):
        for stream in streams:
            stream.feed(block)
            stream.drain()
    assert engine.interval_ms == 0  # nobody speaks any more
    assert len(engine.glances) <= 4 * 5  # 4 at 100 ms each may take half of the time: every 0.8 s


def test_an_utterance_that_is_given_up_before_it_was_heard_says_nothing(clip: Any, blocks: Any) -> None:
    engine = Scripted()
    settings = StreamSettings(gate=GateSettings(), partial_interval_ms=300, max_waiting_ms=500)
    stream = EmbeddedStream("call", Party.CUSTOMER, engine, settings, Counters(), lambda: 10**12, (Band.FULL,))
    for block in blocks(clip("waiting")):
        stream.feed(block)
    stream.flush()
    heard = []
    while stream.backlog_ms > 0:
        heard += segments(stream.drain())
    assert stream.lost_ms > 0
    assert [segment for segment in heard if segment.is_final and segment.words] == []
    assert engine.hearings == 0
    stream.close()


def test_who_hangs_up_is_no_longer_heard(clip: Any, blocks: Any) -> None:
    engine = Scripted()
    stream = stream_of(engine)
    for block in blocks(clip("waiting"))[:100]:
        stream.feed(block)
        stream.drain()
    assert engine.hearings == 1
    stream.close()
    assert engine.hearings == 0


def test_what_an_overload_leaves_of_speech_or_silence_says_nothing_that_nobody_said(
    engine: EmbeddedRecogniser, clip: Any, blocks: Any
) -> None:
    stream = engine.open("call", Party.CUSTOMER, "")
    stream._ears._settings = replace(stream._ears._settings, max_waiting_ms=1000)
    finals: list[Segment] = []
    fed = [block for number in range(4) for block in blocks(clip("waiting"), at_ms=number * 6000)]
    for number, block in enumerate(fed):
        stream.feed(block)
        if number % 125 == 124:  # in bursts of 2.5 s, of which one may wait
            finals += [segment for segment in segments(stream.drain()) if segment.is_final]
    stream.flush()
    while stream.backlog_ms > 0:
        finals += [segment for segment in segments(stream.drain()) if segment.is_final]
    said = {word for segment in finals for word in segment.text.split()}
    lost = stream.lost_ms
    stream.close()
    assert lost > 1000
    assert said <= set(WAITING.split())


@pytest.mark.parametrize("fault", [EngineFailed("scripted"), ValueError("scripted")])
def test_a_fault_costs_its_utterance_and_the_next_is_heard(clip: Any, blocks: Any, hear: Any, fault: Exception) -> None:
    engine = Scripted()
    stream = stream_of(engine)

    def broken(choice: Choice) -> list[float]:
        engine.judge = judge
        raise fault

    judge, engine.judge = engine.judge, broken
    with contextlib.suppress(ValueError):
        hear(stream, blocks(clip("waiting")))
    while stream.backlog_ms > 0:
        stream.drain()
    assert engine.hearings == 0
    assert segments(hear(stream, blocks(clip("waiting"), at_ms=20_000)))[-1].is_final
    assert engine.hearings == 0
