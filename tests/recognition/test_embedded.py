"""The real engine: languages, leasing, and that a decoder used before hears as a fresh one does."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import soxr

from desktop.domain.errors import SettingInvalid
from desktop.domain.media import Party
from desktop.domain.speech import Segment
from desktop.recognition.band import Band
from desktop.recognition.channel import STARTS
from desktop.recognition.embedded import POCKETSPHINX, EmbeddedConfig, EmbeddedRecogniser
from desktop.recognition.models import find_models
from desktop.recognition.sphinx import EngineFailed, Models, said, wheel_models
from desktop.recognition.sphinx_words import _SENTENCE_ENDS

START = STARTS[Band.FULL]


@pytest.fixture(scope="module")
def models() -> Models:
    """The language model that comes along, for decoders that nobody used before."""
    return Models(find_models(wheel_models()), 3000)


def test_a_used_decoder_hears_what_a_fresh_one_does(models: Models, clip: Any) -> None:

    def hear(decoder: Any, name: str) -> list[Any]:
        samples = clip(name)
        decoder.begin(START)
        for at in range(0, len(samples), 1600):
            decoder.hear(samples[at : at + 1600])
        decoder.end()
        tokens = [(heard.token, heard.first_frame, round(heard.posterior, 2)) for heard in decoder.tokens()]
        return [*tokens, *decoder.cepstral_mean()]

    used = models.decoder()
    first = hear(used, "waiting")
    hear(used, "cancel")
    assert hear(used, "waiting") == first
    fresh = models.decoder()
    assert hear(fresh, "waiting") == first  # though both use one language model
    assert first[-13] != pytest.approx(START[0])


def test_the_end_says_what_the_first_pass_had_heard_too(models: Models, clip: Any) -> None:
    decoder = models.decoder()
    for _ in range(2):
        decoder.begin(START)
        decoder.hear(clip("waiting")[: 16_000 * 3])
        before = list(decoder.tokens())
        assert all(heard.agreed for heard in before)  # nothing to compare with yet
        decoder.end()
        after = list(decoder.tokens())
        first_words = {said(heard.token) for heard in before}
        assert all(said(heard.token) in first_words for heard in after if heard.agreed)
        assert any(heard.agreed for heard in after)
        assert all(-20 < heard.acoustic < 0 and heard.language <= 0 and heard.order in (1, 2, 3) for heard in after)


def test_a_decoder_out_of_step_fails_in_our_words(models: Models) -> None:
    decoder = models.decoder()
    with pytest.raises(EngineFailed, match="finish"):
        decoder.end()
    decoder.begin(START)
    with pytest.raises(EngineFailed, match="start"):
        decoder.begin(START)
    assert list(decoder.tokens()) == []


def test_a_sentence_may_be_over_after_some_words_and_not_after_others(models: Models) -> None:
    decoder = models.decoder()
    over = {said: decoder.sentence_end(said.split()) for said in ("thank you", "yes", "no", "i am going to", "my", "i")}
    assert min(over["thank you"], over["yes"]) > 0.09 > over["no"] > _SENTENCE_ENDS
    assert max(over["i am going to"], over["my"], over["i"]) < 0.02


def test_only_english(engine: EmbeddedRecogniser) -> None:
    for language in ("", "en", "en-GB", "EN-us"):
        engine.open("call", Party.AGENT, language).close()
    with pytest.raises(SettingInvalid, match="knows English only"):
        engine.open("call", Party.AGENT, "de-DE")


def test_more_speakers_than_decoders_are_all_heard(clip: Any, blocks: Any) -> None:
    recogniser = EmbeddedRecogniser(
        EmbeddedConfig(words_by=POCKETSPHINX, max_decoders=2, preloaded_decoders=0, max_waiting_ms=20_000)
    )
    assert recogniser.decoders == 0
    streams = [recogniser.open(f"call{n}", Party.CUSTOMER, "") for n in range(3)]
    finals: list[str] = []
    for block in blocks(clip("waiting"), size_ms=100):
        for stream in streams:
            stream.feed(block)
            finals += [r.text for r in stream.drain() if isinstance(r, Segment) and r.is_final]
    while any(stream.backlog_ms > 0 for stream in streams):
        for stream in streams:
            finals += [r.text for r in stream.drain() if isinstance(r, Segment) and r.is_final]
    assert len(finals) == 3
    assert len(set(finals)) == 1
    assert recogniser.decoders == 2
    assert recogniser.counters.utterances == 3
    assert recogniser.counters.dropped_ms == 0
    for stream in streams:
        stream.close()
    recogniser.close()
    assert recogniser.decoders == 0


def test_every_setting_says_what_it_is_for() -> None:
    for setting in dataclasses.fields(EmbeddedConfig):
        assert setting.metadata["help"]
        if not isinstance(setting.default, str | bool):
            assert setting.metadata["min"] <= setting.default <= setting.metadata["max"]


def test_nothing_is_printed_and_nothing_is_logged(
    engine: EmbeddedRecogniser, clip: Any, blocks: Any, hear: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    stream = engine.open("call", Party.CUSTOMER, "")
    assert hear(stream, blocks(clip("waiting")))
    stream.close()
    EmbeddedRecogniser(EmbeddedConfig(preloaded_decoders=1)).close()
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")


def test_without_a_telephone_transform_telephones_are_like_anything_else(clip: Any, blocks: Any, hear: Any) -> None:
    recogniser = EmbeddedRecogniser(
        EmbeddedConfig(words_by=POCKETSPHINX, telephone_transform="none", preloaded_decoders=2)
    )
    assert recogniser.decoders == 2
    narrow = soxr.resample(soxr.resample(clip("waiting"), 16_000, 8_000), 8_000, 16_000)
    stream = recogniser.open("call", Party.CUSTOMER, "")
    assert any(isinstance(result, Segment) and result.is_final for result in hear(stream, blocks(narrow)))
    stream.close()
    recogniser.close()
