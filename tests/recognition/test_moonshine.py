"""Moonshine by itself: the same words with and without a draft, its vocabulary, and a model that is damaged."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from desktop.bundled import resources_folder
from desktop.domain.errors import SettingInvalid
from desktop.recognition.embedded import MOONSHINE, EmbeddedConfig, EmbeddedRecogniser
from desktop.recognition.moonshine import (
    DECODER,
    ENCODER,
    FOLDER,
    SHORTEST_SAMPLES,
    VOCABULARY,
    Moonshine,
    Written,
    raised,
)
from desktop.recognition.sphinx import EngineFailed

Clip = Callable[[str], npt.NDArray[np.int16]]


@pytest.fixture(scope="module")
def model() -> Moonshine:
    return Moonshine(resources_folder() / "speech" / FOLDER)


def numbers(written: Written) -> list[int]:
    return [token.number for token in written.tokens]


def text(written: Written) -> str:
    return b"".join(token.text for token in written.tokens).decode().replace("▁", " ").strip()


def test_it_writes_what_was_said(model: Moonshine, clip: Clip) -> None:
    written = model.hear(clip("waiting"))
    assert text(written).lower().startswith("i have been waiting for three weeks")
    assert all(0 < token.probability <= 1 for token in written.tokens)
    assert written.over > 0.9


@pytest.mark.parametrize("draft", ["all", "half", "another", "more", "far too much"])
def test_a_draft_changes_nothing(model: Moonshine, clip: Clip, draft: str) -> None:
    alone = model.hear(clip("waiting"))
    said = numbers(alone)
    drafts = {
        "all": said,
        "half": said[: len(said) // 2],
        "another": [*said[:4], 777, *said[5:]],
        "more": [*said, 777, 778],
        "far too much": said * 20,
    }
    again = model.hear(clip("waiting"), drafts[draft])
    assert numbers(again) == said
    assert again.over == pytest.approx(alone.over, abs=0.05)
    expected = [token.probability for token in alone.tokens]
    assert [token.probability for token in again.tokens] == pytest.approx(expected, abs=0.1)


def test_a_few_steps_write_a_few_pieces(model: Moonshine, clip: Clip) -> None:
    whole = numbers(model.hear(clip("waiting")))
    begun = model.hear(clip("waiting"), steps=1)
    assert (numbers(begun), begun.over) == (whole[:2], 0.0)
    assert numbers(model.hear(clip("waiting"), whole[:5], steps=2)) == whole[:8]


def test_it_never_writes_more_than_anybody_says(model: Moonshine) -> None:
    noise = np.random.default_rng(1).normal(0, 3000, 32_000).astype(np.int16)
    assert len(model.hear(noise).tokens) <= 4 + 13


def test_next_to_nothing_says_nothing(model: Moonshine) -> None:
    assert model.hear(np.zeros(SHORTEST_SAMPLES - 1, np.int16)) == Written((), 0.0)
    assert len(model.hear(np.zeros(SHORTEST_SAMPLES, np.int16)).tokens) <= 4


def test_what_it_can_not_take_is_a_failure_of_the_engine(model: Moonshine) -> None:
    with pytest.raises(EngineFailed):
        model.hear(np.zeros((3200, 2), np.int16))


def test_sound_is_raised_to_one_level(clip: Clip) -> None:
    sound = clip("waiting")
    assert np.abs(raised(sound)).max() == pytest.approx(np.abs(raised(sound // 4)).max(), rel=0.01)
    assert np.abs(raised(np.zeros(1600, np.int16))).max() == 0


@pytest.mark.parametrize("name", [ENCODER, DECODER, VOCABULARY])
@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_a_damaged_model_is_a_clear_error(tmp_path: Path, name: str, damage: str) -> None:
    folder = shutil.copytree(resources_folder() / "speech" / FOLDER, tmp_path / FOLDER)
    content = (folder / name).read_bytes()
    (folder / name).unlink()
    if damage == "cut":
        (folder / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(SettingInvalid, match=r"moonshine-tiny-en is damaged.*Install Sidetone again"):
        Moonshine(folder)


def test_without_onnx_runtime_pocketsphinx_takes_over_unless_moonshine_was_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(SettingInvalid, match="ONNX Runtime can't be loaded"):
        EmbeddedRecogniser(EmbeddedConfig(words_by=MOONSHINE))
    recogniser = EmbeddedRecogniser(EmbeddedConfig(preloaded_decoders=1))
    assert (recogniser.words_by, recogniser.decoders) == ("pocketsphinx", 1)
    recogniser.close()
