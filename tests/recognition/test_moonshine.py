"""Moonshine by itself: the same words with and without a draft, its vocabulary, and a model that is damaged."""

from __future__ import annotations

import math
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
import pytest

from desktop.bundled import resources_folder
from desktop.domain.errors import SettingInvalid
from desktop.domain.speech import EngineNotice
from desktop.recognition import embedded
from desktop.recognition.embedded import MOONSHINE, POCKETSPHINX, EmbeddedConfig, EmbeddedRecogniser
from desktop.recognition.moonshine import (
    BEGIN,
    DECODER,
    ENCODER,
    END,
    FOLDER,
    SHORTEST_SAMPLES,
    SUMS,
    VOCABULARY,
    Memory,
    Moonshine,
    raised,
)
from desktop.recognition.moonshine_writing import Written, glance, search
from desktop.recognition.sphinx import EngineFailed

Clip = Callable[[str], npt.NDArray[np.int16]]


@pytest.fixture(scope="module")
def model() -> Moonshine:
    return Moonshine(resources_folder() / "speech" / FOLDER)


def numbers(written: Written) -> list[int]:
    return [token.number for token in written.tokens]


def text(written: Written) -> str:
    return b"".join(token.text for token in written.tokens).decode().replace("▁", " ").strip()


class Scripted:
    """A model that goes on with these pieces, each so sure, and might end after any of them."""

    def __init__(self, pieces: list[int], sure: float, might_end: float) -> None:
        self.vocabulary = [b"x"] * 600
        self._pieces, self._sure, self._might_end = pieces, sure, might_end

    def hear(self, samples: npt.NDArray[np.int16]) -> Memory:
        return Memory({}, {"at": np.zeros((1, 1, 0), np.float32)})

    def write(self, memory: Memory, pieces: Sequence[Sequence[int]]) -> tuple[npt.NDArray[np.float32], Memory]:
        rows, _, at = memory.pieces["at"].shape
        chances = np.full((rows, 1, 600), (1 - self._sure - self._might_end) / 600, np.float32)
        chances[:, :, END] = self._might_end
        chances[:, :, self._pieces[at]] = self._sure
        return np.log(chances), Memory({}, {"at": np.zeros((rows, 1, at + 1), np.float32)})


def test_it_writes_what_was_said(model: Moonshine, clip: Clip) -> None:
    for written in (glance(model, clip("waiting")), search(model, clip("waiting"))[0]):
        assert text(written).lower().startswith("i have been waiting for three weeks")
        assert all(0 < token.probability <= 1 for token in written.tokens)


@pytest.mark.parametrize("draft", ["all", "half", "another", "more", "far too much"])
def test_a_draft_changes_nothing(model: Moonshine, clip: Clip, draft: str) -> None:
    alone = glance(model, clip("waiting"))
    said = numbers(alone)
    drafts = {
        "all": said,
        "half": said[: len(said) // 2],
        "another": [*said[:4], 777, *said[5:]],
        "more": [*said, 777, 778],
        "far too much": said * 20,
    }
    again = glance(model, clip("waiting"), drafts[draft])
    assert numbers(again) == said
    expected = [token.probability for token in alone.tokens]
    assert [token.probability for token in again.tokens] == pytest.approx(expected, abs=0.1)


def test_a_few_steps_write_a_few_pieces(model: Moonshine, clip: Clip) -> None:
    whole = numbers(glance(model, clip("waiting")))
    assert numbers(glance(model, clip("waiting"), steps=1)) == whole[:2]
    assert numbers(glance(model, clip("waiting"), whole[:5], steps=2)) == whole[:8]


def test_a_search_finds_different_things_the_likeliest_first(model: Moonshine, clip: Clip) -> None:
    noise = np.random.default_rng(1).normal(0, 600, len(clip("cancel")))
    found = search(model, (clip("cancel") + noise).astype(np.int16))
    assert len(found) > 1
    assert len({text(written) for written in found}) == len(found)
    likelihoods = [written.likelihood for written in found]
    assert likelihoods == sorted(likelihoods, reverse=True)
    for written in found:
        pieces = sum(math.log(token.probability) for token in written.tokens)
        assert pieces - 4 < written.likelihood <= pieces + 0.01  # and that nothing follows


def test_a_long_sentence_is_heard_to_its_end() -> None:
    """Although it might have been over after its first word, and all of it together is less likely than that."""
    said = list(range(500, 540))
    model = Scripted([*said, END], sure=0.85, might_end=0.05)
    assert numbers(search(cast(Moonshine, model), np.zeros(160_000, np.int16))[0]) == said


def test_it_never_writes_more_than_anybody_says(model: Moonshine) -> None:
    noise = np.random.default_rng(1).normal(0, 3000, 32_000).astype(np.int16)
    assert len(glance(model, noise).tokens) <= 4 + 13
    assert all(len(written.tokens) <= 4 + 14 for written in search(model, noise))


def test_next_to_nothing_says_nothing(model: Moonshine) -> None:
    nothing = np.zeros(SHORTEST_SAMPLES - 1, np.int16)
    assert (glance(model, nothing), search(model, nothing)) == (Written(()), [])
    assert len(glance(model, np.zeros(SHORTEST_SAMPLES, np.int16)).tokens) <= 4


def test_pieces_one_by_one_and_all_at_once_are_scored_alike(model: Moonshine, clip: Clip) -> None:
    """Nearly: 8 bits are spread over what is written at once."""
    pieces = [BEGIN, *numbers(glance(model, clip("waiting")))][:8]
    heard = model.hear(clip("waiting"))
    together, _ = model.write(heard, [pieces])
    one_by_one, memory = [], heard
    for piece in pieces:
        scores, memory = model.write(memory, [[piece]])
        one_by_one.append(scores[0, 0])
    assert np.abs(together[0] - one_by_one).mean() < 0.5 < np.abs(together[0]).mean()
    assert [int(row.argmax()) for row in together[0]] == [int(row.argmax()) for row in one_by_one]


def test_rows_go_on_each_with_its_own_pieces(model: Moonshine, clip: Clip) -> None:
    heard = model.hear(clip("waiting"))
    pieces = [[BEGIN, 500, 600], [BEGIN, 700, 800]]
    _, memory = model.write(memory=heard.rows([0, 0]), pieces=pieces)
    crossed, _ = model.write(memory.rows([1, 0]), [[9], [9]])
    for row, before in zip(crossed, reversed(pieces), strict=True):
        alone, _ = model.write(model.write(heard, [before])[1], [[9]])
        assert np.abs(row - alone[0]).mean() < 0.5
    assert np.abs(crossed[0] - crossed[1]).mean() > 0.5


def test_what_it_can_not_take_is_a_failure_of_the_engine(model: Moonshine) -> None:
    with pytest.raises(EngineFailed):
        glance(model, np.zeros((3200, 2), np.int16))
    with pytest.raises(EngineFailed):
        model.write(model.hear(np.zeros(3200, np.int16)), [[1 << 40]])
    with pytest.raises(EngineFailed):
        model.hear(np.zeros(SHORTEST_SAMPLES - 1, np.int16))


def test_scores_that_are_no_numbers_are_a_failure_of_the_engine() -> None:
    with pytest.raises(EngineFailed, match="no numbers"):
        search(cast(Moonshine, Scripted([500, END], sure=math.nan, might_end=0.05)), np.zeros(16_000, np.int16))


def test_where_no_end_is_likely_it_stops_at_what_anybody_says() -> None:
    model = Scripted([500] * 100, sure=0.9, might_end=0.05)
    assert numbers(search(cast(Moonshine, model), np.zeros(16_000, np.int16))[0]) == [500] * 11


def test_sound_is_raised_to_one_level(clip: Clip) -> None:
    sound = clip("waiting")
    assert np.abs(raised(sound)).max() == pytest.approx(np.abs(raised(sound // 4)).max(), rel=0.01)
    assert np.abs(raised(np.zeros(1600, np.int16))).max() == 0


@pytest.mark.parametrize("name", [ENCODER, DECODER, VOCABULARY, SUMS])
@pytest.mark.parametrize("damage", ["missing", "cut", "blank in the middle"])
def test_a_damaged_model_is_a_clear_error_and_pocketsphinx_takes_over_and_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, damage: str
) -> None:
    folder = shutil.copytree(resources_folder() / "speech" / FOLDER, tmp_path / FOLDER)
    content = (folder / name).read_bytes()
    (folder / name).unlink()
    half = len(content) // 2
    if damage == "cut":
        (folder / name).write_bytes(content[:half])
    elif damage == "blank in the middle":
        (folder / name).write_bytes(content[:half] + bytes(40) + content[half + 40 :])
    with pytest.raises(SettingInvalid, match=r"moonshine-tiny-en is damaged.*Install Sidetone again"):
        Moonshine(folder)
    monkeypatch.setattr(embedded, "FOLDER", folder)
    recogniser = EmbeddedRecogniser(EmbeddedConfig(preloaded_decoders=0))
    assert (recogniser.words_by, recogniser.notice) == (POCKETSPHINX, EngineNotice.MODEL_DAMAGED)
    recogniser.close()


def test_without_onnx_runtime_pocketsphinx_takes_over_unless_moonshine_was_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(SettingInvalid, match="ONNX Runtime can't be loaded"):
        EmbeddedRecogniser(EmbeddedConfig(words_by=MOONSHINE))
    recogniser = EmbeddedRecogniser(EmbeddedConfig(preloaded_decoders=1))
    assert (recogniser.name, recogniser.words_by, recogniser.decoders) == ("embedded:pocketsphinx", "pocketsphinx", 1)
    assert recogniser.notice is EngineNotice.NO_RUNTIME
    recogniser.close()
    chosen = EmbeddedRecogniser(EmbeddedConfig(words_by=POCKETSPHINX, preloaded_decoders=0))
    assert chosen.notice is None
    chosen.close()
