"""What every recogniser behind the port keeps to; a new engine is one more line in ENGINES."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import pytest

from desktop.domain.media import Party, PcmBlock
from desktop.domain.ports import Recogniser
from desktop.domain.speech import Attention, Segment, SpeechActivity
from desktop.recognition.embedded import MOONSHINE, POCKETSPHINX, EmbeddedConfig, EmbeddedRecogniser
from desktop.recognition.sherpa import SherpaConfig, SherpaRecogniser
from desktop.recognition.transcribe import transcribe
from desktop.recognition.vosk import VoskConfig, VoskRecogniser
from tests.recognition.speech_gateway import ServedRecogniser
from tests.support import tiny_sherpa, tiny_vosk

WAITING = ["i", "have", "been", "waiting", "for", "three", "weeks", "and", "nobody", "called", "me", "back"]
CANCEL = ["could", "you", "please", "cancel", "my", "contract", "at", "the", "end", "of", "the", "month"]

ENGINES: dict[str, Callable[[Path], Recogniser]] = {
    "embedded": lambda folder: EmbeddedRecogniser(EmbeddedConfig(words_by=MOONSHINE, max_waiting_ms=8000)),
    "embedded, PocketSphinx": lambda folder: EmbeddedRecogniser(
        EmbeddedConfig(words_by=POCKETSPHINX, preloaded_decoders=1, max_waiting_ms=8000)
    ),
    "sherpa-onnx transducer": lambda folder: SherpaRecogniser(SherpaConfig(tiny_sherpa.transducer(folder))),
    "sherpa-onnx CTC": lambda folder: SherpaRecogniser(SherpaConfig(tiny_sherpa.zipformer_ctc(folder))),
    "sherpa-onnx NeMo CTC": lambda folder: SherpaRecogniser(SherpaConfig(tiny_sherpa.nemo_ctc(folder))),
    "sherpa-onnx NeMo transducer": lambda folder: SherpaRecogniser(SherpaConfig(tiny_sherpa.nemo_transducer(folder))),
    "vosk": lambda folder: VoskRecogniser(VoskConfig(tiny_vosk.make(folder))),
    "vosk at 8 kHz": lambda folder: VoskRecogniser(VoskConfig(tiny_vosk.make(folder, rate_hz=8000))),
    "speech-service": ServedRecogniser,
}
"""Loads each; a model that does not come along is made in the folder."""


@pytest.fixture(scope="module", params=sorted(ENGINES))
def recogniser(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recogniser]:
    loaded = ENGINES[request.param](tmp_path_factory.mktemp("a model é"))
    yield loaded
    loaded.close()


def finals(results: list[Any]) -> list[Segment]:
    return [result for result in results if isinstance(result, Segment) and result.is_final]


def share_heard(said: list[str], segments: list[Segment]) -> float:
    heard = " ".join(segment.text for segment in segments).split()
    return sum(word in heard for word in said) / len(said)


def words_of(segments: list[Segment]) -> list[list[str]]:
    return [[word.text for word in segment.words] for segment in segments]


def times_of(segments: list[Segment]) -> list[int]:
    ends = [time for segment in segments for time in (segment.start_ms, segment.end_ms)]
    return ends + [word.start_ms for segment in segments for word in segment.words]


def confidences_of(segments: list[Segment]) -> list[float]:
    return [word.confidence for segment in segments for word in segment.words]


def test_an_utterance_becomes_activity_partials_and_one_final(
    recogniser: Recogniser, clip: Any, blocks: Any, hear: Any
) -> None:
    stream = recogniser.open("call", Party.CUSTOMER, "en-US")
    results = hear(stream, blocks(clip("waiting")))
    stream.close()
    segments = [result for result in results if isinstance(result, Segment)]
    assert [segment.is_final for segment in segments] == [False] * (len(segments) - 1) + [True]
    assert len(segments) >= 4
    assert [segment.revision for segment in segments] == list(range(1, len(segments) + 1))
    assert len({segment.segment_id for segment in segments}) == 1
    texts = [segment.text for segment in segments[:-1]]
    assert all(text != after for text, after in pairwise(texts))
    assert share_heard(WAITING, segments[-1:]) >= 0.8
    activity = [result for result in results if isinstance(result, SpeechActivity)]
    assert [item.open for item in activity] == [True] * (len(activity) - 1) + [False]
    assert all(item.start_ms == activity[0].start_ms for item in activity)
    assert 400 <= activity[0].start_ms <= 800
    assert 4000 <= activity[-1].end_ms <= 4500
    assert results.index(activity[0]) < results.index(segments[0])


def test_a_final_is_made_of_its_words_on_the_calls_time_line(
    recogniser: Recogniser, clip: Any, blocks: Any, hear: Any
) -> None:
    stream = recogniser.open("call", Party.AGENT, "")
    results = hear(stream, blocks(clip("waiting"), at_ms=60_000, party=Party.AGENT))
    stream.close()
    (final,) = finals(results)
    assert (final.call, final.party) == ("call", Party.AGENT)
    assert final.text == " ".join(word.text for word in final.words)
    assert final.text == final.text.lower()
    assert not set(final.text) & set("<>[]()+")
    assert all(word.start_ms < word.end_ms for word in final.words)
    assert all(word.end_ms <= after.start_ms for word, after in pairwise(final.words))
    assert (final.start_ms, final.end_ms) == (final.words[0].start_ms, final.words[-1].end_ms)
    assert 60_400 <= final.start_ms <= 60_800
    assert 64_000 <= final.end_ms <= 64_600
    assert all(0 <= word.confidence <= 1 for word in final.words)
    assert 0.3 < final.confidence <= 1


def test_a_trace_says_what_a_result_rests_on(recogniser: Recogniser, clip: Any, blocks: Any, hear: Any) -> None:
    fed = blocks(clip("cancel"))
    stream = recogniser.open("call", Party.CUSTOMER, "")
    results = hear(stream, fed)
    stream.close()
    (final,) = finals(results)
    received = {block.received_ns for block in fed}
    for segment in (result for result in results if isinstance(result, Segment)):
        assert segment.trace.received in received
        assert segment.trace.decoded == segment.trace.received + 1000
        assert segment.trace.recognised > 0
        assert (segment.trace.speech_ended > 0) == segment.is_final
    ended_ms = final.trace.speech_ended / 1000 * 20
    assert final.end_ms - 100 <= ended_ms <= final.end_ms + 300
    assert final.trace.received > final.trace.speech_ended


def test_flush_finishes_an_utterance_that_no_silence_ended(
    recogniser: Recogniser, clip: Any, blocks: Any, hear: Any
) -> None:
    stream = recogniser.open("call", Party.CUSTOMER, "")
    results = hear(stream, blocks(clip("waiting")[: 16 * 2400]))
    assert len(finals(results)) == 1
    assert share_heard(WAITING[:5], finals(results)) >= 0.6
    again = hear(stream, blocks(clip("waiting"), at_ms=10_000))
    stream.close()
    assert share_heard(WAITING, finals(again)) >= 0.8
    assert finals(again)[0].segment_id > finals(results)[0].segment_id


def test_feeding_only_keeps_what_draining_hears(recogniser: Recogniser, clip: Any, blocks: Any) -> None:
    stream = recogniser.open("call", Party.CUSTOMER, "")
    fed: list[PcmBlock] = blocks(clip("waiting"))
    for block in fed:
        stream.feed(block)
    assert stream.backlog_ms == pytest.approx(len(fed) * 20, abs=30)
    left = [stream.backlog_ms]
    out: list[Any] = []
    stream.flush()
    while stream.backlog_ms > 0:
        out += stream.drain()
        left.append(stream.backlog_ms)
    stream.close()
    assert max(left) == left[0]
    assert left[-1] < 1
    assert len(left) > 20  # a little at a time, so that other streams get their turn
    assert share_heard(WAITING, finals(out)) >= 0.8


def test_two_parties_side_by_side_hear_what_each_would_alone(
    recogniser: Recogniser, clip: Any, blocks: Any, hear: Any
) -> None:
    alone = {}
    for name in ("waiting", "cancel"):
        stream = recogniser.open("call", Party.CUSTOMER, "")
        alone[name] = finals(hear(stream, blocks(clip(name))))
        stream.close()
    streams = {name: recogniser.open(name, Party.CUSTOMER, "") for name in alone}
    heard: dict[str, list[Any]] = {name: [] for name in alone}
    fed = {name: blocks(clip(name)) for name in alone}
    for step in range(max(len(each) for each in fed.values())):
        for name, stream in streams.items():
            for block in fed[name][step : step + 1]:
                stream.feed(block)
            heard[name] += stream.drain()
    for name, stream in streams.items():
        stream.flush()
        while stream.backlog_ms > 0:
            heard[name] += stream.drain()
        stream.close()
    for name, segments in alone.items():
        assert words_of(finals(heard[name])) == words_of(segments)
        assert times_of(finals(heard[name])) == pytest.approx(times_of(segments), abs=50)
        beside, by_itself = confidences_of(finals(heard[name])), confidences_of(segments)
        assert beside == pytest.approx(by_itself, abs=0.35)  # an utterance that is cut elsewhere moves a few
        assert mean(beside) == pytest.approx(mean(by_itself), abs=0.08)
    assert share_heard(CANCEL, finals(heard["cancel"])) >= 0.7


def test_closing_in_the_middle_leaves_the_engine_usable(
    recogniser: Recogniser, clip: Any, blocks: Any, hear: Any
) -> None:
    for _ in range(8):
        stream = recogniser.open("call", Party.CUSTOMER, "")
        for block in blocks(clip("waiting")[: 16 * 1500]):
            stream.feed(block)
            stream.drain()
        stream.close()
        assert list(stream.drain()) == []
    stream = recogniser.open("call", Party.CUSTOMER, "")
    assert share_heard(WAITING, finals(hear(stream, blocks(clip("waiting"))))) >= 0.8
    stream.close()


def test_nothing_is_heard_in_silence_noise_and_tones(recogniser: Recogniser) -> None:
    count = 16_000 * 6
    seconds = np.arange(count) / 16_000
    noise = np.random.default_rng(1)
    dialling = np.zeros(count)
    for number, (low, high) in enumerate([(697, 1209), (770, 1336), (852, 1477), (941, 1336), (697, 1477)]):
        at = slice(number * 16_000, number * 16_000 + 3200)
        dialling[at] = 6000 * (np.sin(2 * np.pi * low * seconds[at]) + np.sin(2 * np.pi * high * seconds[at]))
    sounds = {
        "silence": np.zeros(count),
        "hiss": noise.normal(0, 1000, count),
        "quiet hiss": noise.normal(0, 60, count),
        "beep": 8000 * np.sin(2 * np.pi * 1000 * seconds),
        "ringing": (seconds % 3 < 2) * 5000 * (np.sin(880 * np.pi * seconds) + np.sin(960 * np.pi * seconds)),
        "dialling": dialling + noise.normal(0, 10, count),
        "mains hum": 2000 * np.sin(100 * np.pi * seconds) + 800 * np.sin(300 * np.pi * seconds),
    }
    heard = {name: [s.text for s in transcribe(sound.astype(np.int16), recogniser)] for name, sound in sounds.items()}
    assert {name: [text for text in texts if text] for name, texts in heard.items()} == {name: [] for name in sounds}


def test_a_recording_is_transcribed_with_its_pauses(recogniser: Recogniser, clip: Any) -> None:
    both = np.concatenate([clip("waiting"), clip("cancel")])
    first, second = transcribe(both, recogniser, Party.AGENT)
    assert share_heard(WAITING, [first]) >= 0.8
    assert share_heard(CANCEL, [second]) >= 0.7
    assert second.start_ms == pytest.approx(len(clip("waiting")) / 16 + 750, abs=200)
    assert first.party is Party.AGENT


def test_sound_at_another_rate_is_refused(recogniser: Recogniser) -> None:
    stream = recogniser.open("call", Party.AGENT, "")
    with pytest.raises(ValueError, match="16000 Hz, not 8000"):
        stream.feed(PcmBlock("call", Party.AGENT, 0, 8000, np.zeros(160, np.int16), 1, 2, 0.0))
    stream.close()


def test_under_presence_only_who_speaks_is_told(recogniser: Recogniser, clip: Any, blocks: Any, hear: Any) -> None:
    recogniser.watch(["called me back"])
    stream = recogniser.open("call", Party.CUSTOMER, "")
    stream.attend(Attention.PRESENCE)
    quiet = hear(stream, blocks(clip("waiting")))
    assert {type(result) for result in quiet} == {SpeechActivity}
    assert stream.lost_ms == 0
    stream.attend(Attention.WORDS)
    assert share_heard(WAITING, finals(hear(stream, blocks(clip("waiting"), at_ms=8000)))) >= 0.8
    stream.close()
