"""Whether two channels carry the same sound: by their levels, later or louder, and never by chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from desktop.audio.likeness import Likeness
from desktop.domain.media import Party, PcmBlock

COUNT = 16_000 * 12


def voice(seed: int) -> np.ndarray[Any, Any]:
    """Syllables of noise with pauses."""
    source = np.random.default_rng(seed)
    loud = np.repeat(source.choice([0, 300, 1500, 4000], COUNT // 1600), 1600)
    return source.normal(0, 1, COUNT) * loud


def alike(agent: Any, customer: Any, size: int = 320) -> bool | None:
    likeness = Likeness()
    for party, sound in ((Party.AGENT, agent), (Party.CUSTOMER, customer), (Party.MIXED, agent)):
        for at in range(0, len(sound), size):
            piece = np.clip(sound[at : at + size], -32768, 32767).astype(np.int16)
            likeness.hear(PcmBlock("call", party, at // 16, 16_000, piece, 0, 0, 0.0))
    return likeness.alike()


def test_a_copy_is_alike_though_louder_later_and_noisier() -> None:
    sound = voice(1)
    noise = np.random.default_rng(9).normal(0, 20, COUNT)
    assert alike(sound, sound)
    assert alike(sound, np.roll(0.3 * sound, 16 * 120) + noise)
    assert alike(np.roll(sound, 16 * 60), sound, size=960)


def test_two_voices_are_not() -> None:
    assert alike(voice(1), voice(2)) is False
    assert alike(voice(1), np.zeros(COUNT)) is False
    assert alike(np.zeros(COUNT), voice(1)) is False


def test_nothing_is_said_without_enough_sound() -> None:
    assert alike(np.zeros(COUNT), np.zeros(COUNT)) is None
    assert alike(voice(1)[: 16 * 5000], voice(1)[: 16 * 5000]) is None
    assert alike(voice(1), voice(1)[: COUNT // 2]) is None
    assert alike(voice(1), voice(1), size=100) is None  # too short to have a level


def test_a_hole_is_silence() -> None:
    likeness = Likeness()
    sound = voice(3).astype(np.int16)
    for start in (0, 60_000):
        for party in (Party.AGENT, Party.CUSTOMER):
            likeness.hear(PcmBlock("call", party, start, 16_000, sound[: 16 * 9000], 0, 0, 0.0))
    assert likeness.alike() is True


def test_steady_sound_is_nothing_to_go_by() -> None:
    steady = 3000 * np.sin(2 * np.pi * 500 * np.arange(COUNT) / 16_000)
    assert alike(np.full(COUNT, 1000.0), np.full(COUNT, 1000.0)) in (False, True)
    assert alike(steady, voice(1)) is False


@pytest.mark.parametrize("size", [320, 640, 4800])
def test_blocks_of_any_size(size: int) -> None:
    assert alike(voice(4), voice(4), size=size)
