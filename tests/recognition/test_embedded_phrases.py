"""Watched phrases through the real engine: beside the words, instead of them, on a telephone, out of any dictionary."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pytest

from desktop.audio.g711 import linear, mu_law
from desktop.audio.resample import resampled
from desktop.domain.media import Party
from desktop.domain.ports import SpottingRecogniser
from desktop.domain.speech import Attention, PhraseHeard, Result, Segment
from desktop.recognition.band import Band
from desktop.recognition.embedded import EmbeddedConfig, EmbeddedRecogniser
from desktop.recognition.sphinx import Decoder, Heard, Way
from desktop.recognition.spotting import PhraseSpotters, Watched
from tests.recognition.test_embedded_stream import Bench, ScriptedDecoder

Samples = npt.NDArray[np.int16]


@pytest.fixture(scope="module")
def recogniser() -> Iterator[EmbeddedRecogniser]:
    loaded = EmbeddedRecogniser(EmbeddedConfig(preloaded_decoders=0))
    yield loaded
    loaded.close()


@pytest.fixture
def spotted(recogniser: EmbeddedRecogniser, blocks: Any, hear: Any) -> Callable[..., list[Result]]:
    def run(samples: Samples, *phrases: str, attention: Attention = Attention.PHRASES) -> list[Result]:
        recogniser.watch(phrases)
        stream = recogniser.open("call", Party.CUSTOMER, "")
        stream.attend(attention)
        heard: list[Result] = hear(stream, blocks(samples))
        stream.close()
        return heard

    return run


def by_telephone(samples: Samples) -> Samples:
    """Through G.711 mu-law at 8 kHz and back."""
    wide = linear(mu_law(resampled(samples, 32_000)))  # half the rate
    return resampled(wide, 8_000)


def phrases(results: list[Result]) -> list[str]:
    return [result.phrase for result in results if isinstance(result, PhraseHeard)]


@pytest.mark.parametrize("line", [lambda samples: samples, by_telephone], ids=["full band", "telephone"])
def test_a_phrase_is_heard_without_a_transcript(clip: Any, spotted: Any, line: Callable[[Samples], Samples]) -> None:
    results = spotted(line(clip("cancel")), "cancel my", "want to speak to a lawyer", "привет", "sue")
    assert not [result for result in results if isinstance(result, Segment)]
    (heard,) = [result for result in results if isinstance(result, PhraseHeard)]
    assert (heard.phrase, heard.call, heard.party) == ("cancel my", "call", Party.CUSTOMER)
    assert 500 <= heard.start_ms < heard.end_ms <= 500 + 16_000
    assert 0.5 <= heard.confidence < 1.0
    assert 0 < heard.trace.received <= heard.trace.decoded <= heard.trace.recognised


def test_a_product_name_that_no_dictionary_has_is_heard(clip: Any, spotted: Any) -> None:
    assert phrases(spotted(clip("zendesk"), "zendesk", "klarna*", "quixotel")) == ["zendesk"]


def test_beside_words_that_are_certain_nothing_else_is_spotted_and_a_phrase_follows_the_final(
    clip: Any, spotted: Any
) -> None:
    results = spotted(clip("zendesk"), "zendesk", "the case", attention=Attention.WORDS)
    kinds = [type(result) for result in results if isinstance(result, Segment | PhraseHeard)]
    assert phrases(results) == ["zendesk"]
    assert kinds[-2:] == [Segment, PhraseHeard]


def test_a_replaced_list_holds_from_the_next_utterance_on_a_stream_that_is_open(
    recogniser: EmbeddedRecogniser, clip: Any, blocks: Any, hear: Any
) -> None:
    recogniser.watch(["zendesk"])
    stream = recogniser.open("call", Party.CUSTOMER, "")
    stream.attend(Attention.PHRASES)
    assert phrases(hear(stream, blocks(clip("cancel")))) == []
    recogniser.watch(["cancel my"])
    assert phrases(hear(stream, blocks(clip("cancel"), at_ms=20_000))) == ["cancel my"]
    recogniser.watch([])
    assert phrases(hear(stream, blocks(clip("cancel"), at_ms=40_000))) == []
    assert stream.backlog_ms == 0
    stream.close()


def test_a_stream_that_is_closed_in_the_middle_gives_its_decoder_back(
    recogniser: EmbeddedRecogniser, clip: Any, blocks: Any
) -> None:
    recogniser.watch(["cancel my"])
    for _ in range(3):
        stream = recogniser.open("call", Party.CUSTOMER, "")
        stream.attend(Attention.PHRASES)
        for block in blocks(clip("cancel"))[:100]:
            stream.feed(block)
            stream.drain()
        stream.close()
    assert recogniser.spotters <= 2  # one for each band


class Certain(ScriptedDecoder):
    """Certain of its words from the third on."""

    def tokens(self) -> Iterator[Heard]:
        for n, heard in enumerate(super().tokens()):
            yield replace(heard, posterior=0.2 if n < 2 else 0.9)


class Spots(ScriptedDecoder):
    """Spots what it is told to once it has heard 2 s."""

    def __init__(self, *spots: Heard) -> None:
        super().__init__()
        self.spots = spots

    def tokens(self) -> Iterator[Heard]:
        yield from self.spots if self.samples > 32_000 else ()


WATCHED = (Watched("early", Way("W ER D", 0.0)), Watched("late", Way("W ER D", 0.0)))
SPOTS = (Heard("0", 20, 60, 1.0), Heard("1", 120, 160, 1.0))


@pytest.mark.parametrize(("transcribed", "expected"), [(False, ["early"]), (True, [])])
def test_beside_words_only_what_no_transcript_has_is_watched_and_counts_where_they_are_in_doubt(
    clip: Any, blocks: Any, hear: Any, transcribed: bool, expected: list[str]
) -> None:
    bench = Bench(Certain())
    everything, untranscribed = (PhraseSpotters(lambda ways, band: cast(Decoder, Spots(*SPOTS)), 1) for _ in range(2))
    everything.watch({Band.FULL: list(WATCHED)})
    untranscribed.watch({Band.FULL: [] if transcribed else list(WATCHED)})
    stream = bench.open(bands=(Band.FULL,), spotters=everything, spotters_beside_words=untranscribed)
    assert phrases(hear(stream, blocks(clip("waiting")))) == expected
    assert not untranscribed.busy


class Wordless(ScriptedDecoder):
    """Spots nothing."""

    def tokens(self) -> Iterator[Heard]:
        yield from ()


def test_a_spotter_that_breaks_costs_its_utterance_and_the_next_is_heard(clip: Any, blocks: Any, hear: Any) -> None:
    made = [Wordless(breaks_at="hear"), Wordless()]
    spotters = PhraseSpotters(lambda ways, band: cast(Decoder, made.pop(0)), 1)
    spotters.watch({Band.FULL: [Watched("word", Way("W ER D", 0.0))]})
    bench = Bench()
    stream = bench.open(bands=(Band.FULL,), spotters=spotters)
    stream.attend(Attention.PHRASES)
    hear(stream, blocks(clip("waiting")))
    lost = stream.lost_ms
    assert (bench.counters.engine_errors, spotters.loaded, lost > 1000) == (1, 0, True)
    hear(stream, blocks(clip("waiting"), at_ms=20_000))
    assert (stream.lost_ms, stream.backlog_ms, spotters.loaded, spotters.busy) == (lost, 0, 1, False)


def test_it_says_whether_there_is_anything_to_spot(recogniser: EmbeddedRecogniser) -> None:
    assert isinstance(recogniser, SpottingRecogniser)
    recogniser.watch(["cancel my contract"])
    assert recogniser.spots_phrases
    recogniser.watch([])
    assert not recogniser.spots_phrases
