"""One stream with a scripted decoder: what comes out when, waiting, failing, letting go."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator
from typing import Any, cast

import numpy as np
import pytest
import soxr

from desktop.domain.media import Party, PcmBlock
from desktop.domain.speech import Attention, Segment, SpeechActivity
from desktop.recognition.band import Band
from desktop.recognition.channel import STARTS
from desktop.recognition.confidence import posteriors
from desktop.recognition.ears import Counters, StreamSettings
from desktop.recognition.embedded_stream import EmbeddedStream
from desktop.recognition.gate import GateSettings
from desktop.recognition.gaussians import read_gaussians
from desktop.recognition.pool import DecoderPool
from desktop.recognition.sphinx import Decoder, EngineFailed, Heard, wheel_models
from desktop.recognition.sphinx_words import SphinxWords
from desktop.recognition.voice import Voice


class ScriptedDecoder:
    """Hears the word "word<n>" every 500 ms of audio; breaks where it is told to."""

    def __init__(self, breaks_at: str = "", silent_at_the_end: bool = False) -> None:
        self.means: list[float] = []  # first coefficient of each that it was given
        self.warps: list[float] = []
        self.measured_ms: list[int] = []
        self.samples = 0
        self.all_samples = 0
        self.longest = 0
        self.asked_at: list[int] = []
        self.ends = 0.0  # how probable it finds the end of a sentence
        self.ended = False
        self._breaks_at, self._silent = breaks_at, silent_at_the_end

    def measured_mean(self, samples: Any, around: Any, warp: float) -> tuple[Any, int]:
        self.measured_ms.append(len(samples) // 16)
        return np.full(13, 40.0), len(samples) // 160

    def begin(self, cepstral_mean: Any, warp: float) -> None:
        self.warps.append(warp)
        self.means.append(float(cepstral_mean[0]))
        self.samples, self.ended = 0, False
        self._maybe_break("begin")

    def hear(self, samples: Any) -> None:
        self.samples += len(samples)
        self.all_samples += len(samples)
        self.longest = max(self.longest, len(samples))
        if self.samples > 16_000:
            self._maybe_break("hear")

    def end(self) -> None:
        self.ended = True
        self._maybe_break("end")

    def tokens(self) -> Iterator[Heard]:
        if not (self.ended and self._silent):
            for n in range(self.samples // 8000):
                yield Heard(f"word{n}", 50 * n, 50 * n + 49, 0.8)

    def sentence_end(self, words: Any) -> float:
        self.asked_at.append(self.samples // 16)
        return self.ends

    def cepstral_mean(self) -> Any:
        return np.full(13, 30.0)

    def _maybe_break(self, where: str) -> None:
        if self._breaks_at == where:
            self._breaks_at = ""
            raise EngineFailed("scripted")


class Bench:
    """Streams on a pool of scripted decoders, with a clock that stands still unless moved."""

    def __init__(self, *decoders: ScriptedDecoder, limit: int = 1, **settings: Any) -> None:
        self.decoders, left = decoders, list(decoders)
        self.pool = DecoderPool(lambda _: cast(Decoder, left.pop(0)), limit)
        self.words = SphinxWords(self.pool, posteriors, lambda words: self.begun)
        self.begun = False
        self.counters = Counters()
        self.now_ns = 10**12
        self.settings = StreamSettings(
            gate=GateSettings(), **{"partial_interval_ms": 200, "max_waiting_ms": 8000, **settings}
        )

    def open(self, call: str = "call", **more: Any) -> EmbeddedStream:
        return EmbeddedStream(
            call, Party.CUSTOMER, self.words, self.settings, self.counters, clock=lambda: self.now_ns, **more
        )


def segments(results: Any) -> list[Segment]:
    return [result for result in results if isinstance(result, Segment)]


def drained(stream: EmbeddedStream) -> list[Any]:
    out = list(stream.drain())
    while stream.backlog_ms > 0:
        out += stream.drain()
    return out


def test_partials_only_when_the_text_changed_and_a_final_with_confidence(clip: Any, blocks: Any, hear: Any) -> None:
    decoder = ScriptedDecoder()
    stream = Bench(decoder).open()
    heard = segments(hear(stream, blocks(clip("waiting"))))
    assert [segment.text.split()[-1] for segment in heard[:-1]] == [f"word{n}" for n in range(len(heard) - 1)]
    assert heard[-1].is_final
    assert heard[-1].confidence == pytest.approx(0.8)
    assert decoder.longest <= 16 * 120


@pytest.mark.parametrize(("ends", "begun", "pause_ms"), [(0.01, False, 420), (0.2, False, 240), (0.2, True, 420)])
def test_where_a_sentence_may_be_over_its_final_comes_after_a_shorter_pause(
    clip: Any, blocks: Any, ends: float, begun: bool, pause_ms: int
) -> None:
    decoder = ScriptedDecoder()
    decoder.ends = ends
    bench = Bench(decoder)
    bench.begun = begun
    stream = bench.open()
    for block in blocks(clip("waiting")):
        stream.feed(block)
        if finals := [segment for segment in segments(stream.drain()) if segment.is_final]:
            break
    (final,) = finals
    speech_ended_ms = final.trace.speech_ended / 1000 * 20  # block n was received at n + 1 microseconds
    assert block.at_ms + 20 - speech_ended_ms == pytest.approx(pause_ms, abs=30)
    assert len(set(decoder.asked_at)) == len(decoder.asked_at)  # not again without new sound
    assert bool(decoder.asked_at) is not begun
    assert all(ms >= 150 + decoder.samples // 16 - pause_ms - 30 for ms in decoder.asked_at)  # in the pause


def test_a_speaker_with_a_shorter_vocal_tract_is_heard_with_a_warp_after_four_seconds(
    clip: Any, blocks: Any, hear: Any
) -> None:
    decoder = ScriptedDecoder()
    models = {Band.FULL: read_gaussians(wheel_models() / "en-us")}
    stream = Bench(decoder).open(models=models)
    higher = soxr.resample(np.tile(clip("waiting"), 3), 1.2 * 16_000, 16_000)
    hear(stream, blocks(higher))
    assert decoder.warps[0] == 1.0
    assert decoder.warps[-1] > 1.0
    assert decoder.means[-1] != decoder.means[0]


def test_the_channels_mean_is_carried_over(clip: Any, blocks: Any, hear: Any) -> None:
    decoder = ScriptedDecoder()
    bench = Bench(decoder)
    stream = bench.open()
    for turn in range(4):
        hear(stream, blocks(clip("waiting"), at_ms=8000 * turn))
    assert len(decoder.measured_ms) == 2  # then more than 5 s have been heard, and the channel is known
    assert 1000 <= decoder.measured_ms[0] < 1100
    assert 40 < decoder.means[0] < STARTS[Band.FULL][0]
    assert 30 < decoder.means[1] < 40
    assert decoder.means[2:] == [30, 30]
    hear(bench.open("other"), blocks(clip("waiting")))
    assert decoder.means[4] == decoder.means[0]


def test_a_final_without_words_takes_its_partials_back(clip: Any, blocks: Any, hear: Any) -> None:
    stream = Bench(ScriptedDecoder(silent_at_the_end=True)).open()
    heard = segments(hear(stream, blocks(clip("waiting"))))
    assert heard[0].text
    assert (heard[-1].text, heard[-1].words, heard[-1].is_final, heard[-1].confidence) == ("", (), True, 0.0)


@pytest.mark.parametrize("where", ["begin", "hear", "end"])
def test_an_engine_error_costs_one_utterance(clip: Any, blocks: Any, hear: Any, where: str) -> None:
    broken, fresh = ScriptedDecoder(breaks_at=where), ScriptedDecoder()
    bench = Bench(broken, fresh)
    stream = bench.open()
    lost = segments(hear(stream, blocks(clip("waiting"))))
    assert not any(segment.text for segment in lost if segment.is_final)
    assert bool(lost) == (where != "begin")
    assert not lost or lost[-1].is_final
    assert bench.counters.engine_errors == 1
    kept = segments(hear(stream, blocks(clip("waiting"), at_ms=8000)))
    assert kept[-1].is_final
    assert kept[-1].text
    assert kept[-1].segment_id > 1
    assert bench.pool.leased == 0
    assert bench.pool.loaded == 1


def test_speech_waits_for_a_decoder_and_stays_recent(clip: Any, blocks: Any) -> None:
    bench = Bench(ScriptedDecoder(), max_waiting_ms=1500)
    busy = bench.pool.lease(Band.FULL)
    stream = bench.open()
    out: list[Any] = []
    for block in blocks(clip("waiting")):
        stream.feed(block)
        out += stream.drain()
    assert segments(out) == []
    assert [item for item in out if isinstance(item, SpeechActivity)]  # who speaks is known all the same
    assert 1500 < bench.counters.dropped_ms < 4500
    assert bench.counters.dropped_ms == stream.lost_ms
    assert 0 < stream.backlog_ms <= 1500
    bench.pool.give_back(Band.FULL, busy)
    heard = segments(drained(stream))
    assert heard[-1].is_final
    assert heard[-1].start_ms > 4700 - 1500 - 300
    assert bench.pool.leased == 0


@pytest.mark.parametrize("asked_again", [False, True])
def test_a_decoder_that_falls_behind_lets_go_of_the_rest_and_goes_on_with_what_is_said_now(
    clip: Any, blocks: Any, asked_again: bool
) -> None:
    bench = Bench(ScriptedDecoder(), max_waiting_ms=1500)
    stream = bench.open()
    out: list[Any] = []
    lag = []
    for number, block in enumerate(blocks(clip("waiting"))):
        stream.feed(block)
        if number % 9 == 8:  # it hears 120 ms of 180
            lost_ms = stream.lost_ms
            out += stream.drain()
            if asked_again and stream.lost_ms > lost_ms:
                out += stream.drain()  # before more has come: what is said next has its own time
            lag.append(stream.backlog_ms)
    assert max(lag) <= 1200 + 480  # it never grows beyond what may wait and one turn's sound
    finals = [segment for segment in segments(out + drained(stream)) if segment.is_final]
    assert len(finals) > 1
    assert [segment.segment_id for segment in finals] == sorted({segment.segment_id for segment in finals})
    assert all(one.end_ms <= next_one.start_ms for one, next_one in itertools.pairwise(finals))
    assert stream.lost_ms == bench.counters.dropped_ms > 0
    assert bench.pool.leased == 0


@pytest.mark.parametrize("cost", [0.1, 0.4, 1.0])  # s of a decoder per s of speech; 6 parties speak most of the time
def test_words_of_live_calls_are_recent_however_slow_the_decoders_are(clip: Any, blocks: Any, cost: float) -> None:
    bench = Bench(*(ScriptedDecoder() for _ in range(6)), limit=6, max_waiting_ms=3500)
    began_ns = bench.now_ns
    streams = [bench.open(f"c{number}") for number in range(6)]
    sound = np.concatenate([clip("waiting")[: 16 * 4700]] * 3)
    left = [
        deque(block._replace(received_ns=began_ns + (block.at_ms + 20) * 1_000_000) for block in blocks(sound))
        for _ in streams
    ]
    lag_ms, rounds_ms = [], []
    while any(left):
        round_ns = bench.now_ns
        for stream, sent in zip(streams, left, strict=True):
            while sent and sent[0].received_ns <= bench.now_ns:
                stream.feed(sent.popleft())
            before = sum(decoder.all_samples for decoder in bench.decoders)
            results = stream.drain()
            heard = sum(decoder.all_samples for decoder in bench.decoders) - before
            bench.now_ns += round(heard / 16_000 * cost * 1e9)
            lag_ms += [(bench.now_ns - segment.trace.received) / 1e6 for segment in segments(results) if segment.text]
        bench.now_ns = max(bench.now_ns, round_ns + 20_000_000)
        rounds_ms.append((bench.now_ns - round_ns) / 1e6)
    assert len(lag_ms) > 5
    assert max(lag_ms) <= 3500 + 2 * max(rounds_ms)
    assert (bench.counters.dropped_ms > 0) == (cost > 0.1)
    assert bench.counters.dropped_ms == sum(stream.lost_ms for stream in streams)


def test_what_came_in_a_burst_just_now_is_not_late(clip: Any, blocks: Any) -> None:
    bench = Bench(ScriptedDecoder(), max_waiting_ms=1500, max_backlog_ms=8000)
    stream = bench.open()
    for block in blocks(clip("waiting")):
        stream.feed(block._replace(received_ns=bench.now_ns))
    assert any(segment.is_final for segment in segments(drained(stream)))
    assert stream.lost_ms == 0


@pytest.mark.parametrize("attention", [Attention.PHRASES, Attention.PRESENCE])
def test_who_is_no_longer_heard_in_words_lets_go_of_what_waits(clip: Any, blocks: Any, attention: Attention) -> None:
    bench = Bench(ScriptedDecoder())
    busy = bench.pool.lease(Band.FULL)
    assert busy is not None
    stream = bench.open()
    for block in blocks(clip("waiting")[: 16 * 2500]):
        stream.feed(block)
        stream.drain()
    waited = stream.backlog_ms
    assert waited > 1000
    stream.attend(attention)
    assert stream.backlog_ms == 0
    assert stream.lost_ms == pytest.approx(waited, abs=30)
    for block in blocks(clip("waiting")[16 * 2500 :], at_ms=2500):
        stream.feed(block)
        stream.drain()
    bench.pool.give_back(Band.FULL, busy)
    assert segments(drained(stream)) == []


def test_undrained_audio_is_bounded(blocks: Any, silence: Any) -> None:
    bench = Bench(ScriptedDecoder(), max_backlog_ms=1000.0)
    stream = bench.open()
    for block in blocks(silence(3000)):
        stream.feed(block)
    assert stream.backlog_ms == 990
    assert bench.counters.dropped_ms == 2000


def test_a_link_that_falls_silent_ends_the_utterance(clip: Any, blocks: Any) -> None:
    bench = Bench(ScriptedDecoder())
    stream = bench.open()
    for block in blocks(clip("waiting")[: 16 * 2500]):
        stream.feed(block)
    drained(stream)
    assert bench.pool.leased == 1
    bench.now_ns += 1_400_000_000
    assert segments(drained(stream)) == []
    bench.now_ns += 200_000_000
    assert segments(drained(stream))[-1].is_final
    assert bench.pool.leased == 0


def test_a_hole_in_the_audio_ends_the_utterance(clip: Any, blocks: Any, hear: Any) -> None:
    speech = clip("waiting")[16 * 500 : 16 * 2500]
    stream = Bench(ScriptedDecoder()).open()
    fed = blocks(speech) + blocks(speech, at_ms=5000)
    finals = [segment for segment in segments(hear(stream, fed)) if segment.is_final]
    assert len(finals) == 2
    assert finals[0].end_ms <= 2100
    assert finals[1].start_ms >= 5000


def test_a_flush_holds_though_more_is_fed_before_the_next_drain(clip: Any, blocks: Any) -> None:
    stream = Bench(ScriptedDecoder()).open()
    speech = blocks(clip("waiting")[16 * 500 : 16 * 2500])
    for block in speech:
        stream.feed(block)
    stream.flush()
    for block in blocks(clip("waiting")[16 * 500 : 16 * 2500], at_ms=2000):
        stream.feed(block)
    stream.flush()
    assert len([segment for segment in segments(drained(stream)) if segment.is_final]) == 2


def test_closing_gives_the_decoder_back(clip: Any, blocks: Any) -> None:
    for broken, kept in ((ScriptedDecoder(), 1), (ScriptedDecoder(breaks_at="end"), 0)):
        bench = Bench(broken)
        stream = bench.open()
        for block in blocks(clip("waiting")[: 16 * 2000]):
            stream.feed(block)
        drained(stream)
        assert bench.pool.leased == 1
        stream.close()
        assert (bench.pool.leased, bench.pool.loaded) == (0, kept)
        assert list(stream.drain()) == []


def test_discarded_noises_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    certainties = iter([*[0.95] * 4, *[0.0] * 60])
    monkeypatch.setattr(Voice, "hear", lambda voice, samples, level: next(certainties))
    bench = Bench(ScriptedDecoder())
    stream = bench.open()
    stream.feed(PcmBlock("call", Party.CUSTOMER, 0, 16_000, np.full(16_000, 3000, np.int16), 0, 0, 0.0))
    assert segments(drained(stream)) == []
    assert bench.counters == Counters(discarded_noises=1)
