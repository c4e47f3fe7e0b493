"""mu-law tables, resampling and recordings on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from desktop.audio import files
from desktop.audio.g711 import linear
from desktop.audio.resample import resampled
from desktop.domain.errors import SettingInvalid


def test_mu_law_matches_the_recommendation() -> None:
    assert linear(bytes([0x00, 0x0F, 0x7F, 0x80, 0x8F, 0xFF])).tolist() == [-32124, -16764, 0, 32124, 16764, 0]
    assert np.all(linear(bytes(range(128))) == -linear(bytes(range(128, 256))))


def test_resampling_keeps_length_and_pitch() -> None:
    t = np.arange(8000) / 8000
    out = resampled((9000 * np.sin(2 * np.pi * 440 * t)).astype(np.int16), 8000)
    assert out.size == 16_000
    assert np.argmax(np.abs(np.fft.rfft(out))) == 440


@pytest.mark.parametrize(("name", "subtype"), [("a.wav", "PCM_16"), ("a.wav", "ULAW"), ("a.ogg", "OPUS")])
@pytest.mark.parametrize("channels", [1, 2])
def test_recordings_become_channels_at_16_khz(tmp_path: Path, name: str, subtype: str, channels: int) -> None:
    sound = np.random.default_rng(0).normal(0, 2000, (8000, channels)).astype(np.int16)
    soundfile.write(tmp_path / name, sound, 8000, subtype=subtype)
    found = files.read_channels(tmp_path / name)
    assert len(found) == channels
    assert all(c.dtype == np.int16 and abs(c.size - 16_000) < 400 for c in found)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match="no such file"):
        files.read_channels(tmp_path / "none.wav")
    (tmp_path / "text.wav").write_text("hello")
    with pytest.raises(SettingInvalid, match="can't be read"):
        files.read_channels(tmp_path / "text.wav")
    soundfile.write(tmp_path / "empty.wav", np.zeros(0, np.int16), 16_000)
    with pytest.raises(SettingInvalid, match="no sound"):
        files.read_channels(tmp_path / "empty.wav")
    soundfile.write(tmp_path / "three.wav", np.zeros((10, 3), np.int16), 16_000)
    with pytest.raises(SettingInvalid, match="3 channels"):
        files.read_channels(tmp_path / "three.wav")


def test_an_endless_recording_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(16_000, np.int16), 16_000)
    monkeypatch.setattr(files, "LONGEST_S", 0.5)
    with pytest.raises(SettingInvalid, match="longer"):
        files.read_channels(tmp_path / "a.wav")
