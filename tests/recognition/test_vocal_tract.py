"""A speaker's vocal tract: our cepstra are PocketSphinx's, the model's Gaussians are read, the warp is found."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pocketsphinx
import pytest
import soxr

from desktop.audio.files import read_channels
from desktop.audio.g711 import linear, mu_law
from desktop.bundled import resources_folder
from desktop.recognition.band import dithered
from desktop.recognition.cepstra import Floats, cepstra, spectra
from desktop.recognition.gaussians import Gaussians, NotThisKind, read_gaussians
from desktop.recognition.models import TELEPHONE
from desktop.recognition.sphinx import wheel_models
from desktop.recognition.vocal_tract import WARPS, VocalTract

CALLS = resources_folder() / "calls"
ACOUSTIC = wheel_models() / "en-us"
Samples = npt.NDArray[np.int16]


def speech(name: str, seconds: float = 8.0) -> Samples:
    """From a call, without its longer pauses."""
    samples = read_channels(CALLS / f"{name}.opus")[0]
    pieces = samples[: len(samples) // 1600 * 1600].reshape(-1, 1600)
    loud = pieces[np.abs(pieces).max(axis=1) > 300]
    return loud.reshape(-1)[: round(16_000 * seconds)]


def spoken_by(samples: Samples, factor: float) -> Samples:
    """As by somebody whose vocal tract is so much shorter."""
    moved: Samples = soxr.resample(samples, 16_000 * factor, 16_000)
    return moved


def by_telephone(samples: Samples) -> Samples:
    narrow = linear(mu_law(soxr.resample(samples, 16_000, 8_000)))
    return dithered(soxr.resample(narrow, 8_000, 16_000), np.random.default_rng(1))


def measured(samples: Samples, model: Gaussians) -> float:
    tract = VocalTract(model)
    tract.hear(samples)
    for _ in WARPS:
        tract.consider()
    return tract.warp


@pytest.fixture(scope="module")
def model() -> Gaussians:
    return read_gaussians(ACOUSTIC)


@pytest.mark.parametrize("warp", [1.0, 0.9, 1.15])
def test_our_cepstra_are_those_of_the_decoder(tmp_path: Path, warp: float) -> None:
    samples = speech("rising-anger.customer", 3)
    warped: dict[str, Any] = {} if warp == 1.0 else {"warp_type": "inverse_linear", "warp_params": str(warp)}
    decoder = pocketsphinx.Decoder(lm=None, mfclogdir=str(tmp_path), loglevel="FATAL", keyphrase="hello", **warped)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        decoder.start_stream()
    decoder.start_utt()
    decoder.process_raw(samples.tobytes(), no_search=True, full_utt=False)
    logged = next(tmp_path.glob("*.mfc")).read_bytes()
    decoder.end_utt()
    logged = next(tmp_path.glob("*.mfc")).read_bytes()
    theirs = np.frombuffer(logged, ">f4", offset=4).reshape(-1, 13)
    ours = cepstra(spectra(samples), warp)
    assert len(ours) in (len(theirs), len(theirs) - 1)
    assert np.abs(ours - theirs[: len(ours)]).max() < 1e-3


def test_no_sound_has_no_cepstra() -> None:
    assert cepstra(spectra(np.zeros(410, np.int16))[:0]).shape == (0, 13)


def test_speech_fits_the_model_better_than_its_mirror_image_does(model: Gaussians) -> None:
    looked_at: Floats = cepstra(spectra(speech("rising-anger.customer", 4)))
    looked_at -= looked_at.mean(axis=0)
    frames = np.zeros(len(looked_at), bool)
    frames[3:-3] = True
    assert model.fit(looked_at, frames) > model.fit(-looked_at, frames) + 5


@pytest.mark.parametrize("name", ["rising-anger.customer", "late-metadata.agent"])
def test_the_warp_follows_the_speaker(model: Gaussians, name: str) -> None:
    samples = speech(name)
    warps = [measured(spoken_by(samples, factor), model) for factor in (0.88, 1.0, 1.2)]
    assert warps[0] <= 1.0
    assert warps[1] in (0.9, 1.0)  # a man with a long one
    assert warps[2] > 1.0


def test_on_a_telephone_too() -> None:
    moved = read_gaussians(ACOUSTIC, resources_folder() / "speech" / TELEPHONE)
    samples = speech("rising-anger.customer")
    assert measured(by_telephone(spoken_by(samples, 1.2)), moved) > measured(by_telephone(samples), moved)


def test_it_is_measured_in_steps_and_again_after_a_minute_of_speech(model: Gaussians) -> None:
    tract, lower = VocalTract(model), speech("rising-anger.customer")
    higher = spoken_by(lower, 1.2)
    tract.hear(higher[:32_000])
    assert not tract.consider()  # not enough yet
    tract.hear(higher[32_000:])
    assert [tract.consider() for _ in WARPS] == [False] * (len(WARPS) - 1) + [True]
    assert not tract.consider()
    chosen, mean = tract.warp, tract.mean
    for _ in range(7):  # it is somebody else now
        tract.hear(lower)
        assert not tract.consider()
        assert tract.warp == chosen
    for _ in range(2):
        tract.hear(lower)
    for _ in WARPS:
        tract.consider()
    assert tract.warp < chosen
    assert np.abs(tract.mean - mean).max() > 0.1


def test_silence_warps_nothing(model: Gaussians) -> None:
    assert measured(np.zeros(64_000, np.int16), model) == 1.0


def damaged(folder: Path, name: str, change: Any) -> Path:
    for part in ("means", "variances"):
        content = (ACOUSTIC / part).read_bytes()
        (folder / part).write_bytes(change(content) if part == name else content)
    return folder


def other_header(at: int, value: int) -> Any:
    def change(content: bytes) -> bytes:
        start = content.index(b"endhdr\n") + 7 + 4 * at
        return content[:start] + value.to_bytes(4, "little") + content[start + 4 :]

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[:1000],
        lambda content: b"",
        lambda content: content.replace(b"endhdr", b"enders"),
        other_header(2, 1),  # streams
        other_header(3, 500),  # more densities than there are
        other_header(5, 39),  # a longer stream
        other_header(1, 21),  # fewer means than variances
    ],
)
def test_another_kind_of_model_and_a_damaged_one_are_told(tmp_path: Path, change: Any) -> None:
    with pytest.raises(NotThisKind):
        read_gaussians(damaged(tmp_path, "means", change))


def test_a_model_with_a_set_of_gaussians_for_each_state_is_too_large() -> None:
    many = np.ones((200, 3, 60, 13))
    with pytest.raises(NotThisKind):
        Gaussians(many, many)


@pytest.mark.parametrize("text", ["", "2 3 13", "1 3 13 0.5", "no numbers"])
def test_a_damaged_transform_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "moved.mllr").write_text(text)
    with pytest.raises(NotThisKind):
        read_gaussians(ACOUSTIC, tmp_path / "moved.mllr")
