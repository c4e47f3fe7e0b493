"""When somebody speaks: real speech opens the gate, noise does not, pauses and lengths close it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from desktop.recognition.framing import Frame
from desktop.recognition.gate import Gate, GateSettings, Utterance, is_tone, level_dbfs


def listen(gate: Gate, samples: np.ndarray[Any, Any], start: int = 0) -> list[Utterance]:
    out = []
    for n in range(start, start + len(samples) // 480):
        piece = samples[(n - start) * 480 : (n - start + 1) * 480].astype(np.int16)
        utterance = gate.hear(Frame(n * 30.0, piece, n, n))
        if utterance is not None:
            out.append(utterance)
    return out


def test_an_utterance_has_its_onset_and_ends_after_the_pause(clip: Any) -> None:
    gate = Gate(GateSettings())
    (utterance,) = listen(gate, clip("waiting"))
    assert utterance.closed
    assert not gate.busy
    assert 500 <= utterance.speech_from_ms <= 700
    assert utterance.pending[0].at_ms <= utterance.speech_from_ms - 270
    assert utterance.pending[-1].end_ms == utterance.speech_to_ms + 420
    assert utterance.speech_to_received_ns == utterance.speech_to_ms / 30 - 1
    opened = [activity for activity in gate.activities if activity.open]
    assert len(opened) == pytest.approx((utterance.speech_to_ms - utterance.speech_from_ms) / 250, abs=4)
    assert gate.activities[-1] == (utterance.speech_from_ms, utterance.speech_to_ms, False)


def test_speech_without_a_pause_is_cut_at_its_longest(clip: Any) -> None:
    speech = clip("waiting")[16 * 600 : 16 * 4000]
    gate = Gate(GateSettings(max_utterance_ms=2000, end_silence_ms=400))
    utterances = listen(gate, np.concatenate([speech, speech, speech]))
    gate.close()
    assert len(utterances) >= 5
    lengths = [u.pending[-1].end_ms - u.pending[0].at_ms for u in utterances]
    assert max(lengths) <= 2000 + 300
    heard = [frame.at_ms for utterance in utterances for frame in utterance.pending]
    assert len(heard) == len(set(heard))  # nothing is heard twice
    assert len(heard) * 30 >= 0.9 * 3 * 3400


def test_a_short_noise_is_discarded() -> None:
    noise = np.random.default_rng(3)
    sound = noise.normal(0, 8, 16_000 * 3)
    sound[16_000 : 16_000 + 16 * 90] += noise.normal(0, 5000, 16 * 90)
    gate = Gate(GateSettings())
    assert listen(gate, sound) == []
    assert gate.activities == []


def test_steady_noise_is_found_out_and_then_ignored() -> None:
    source = np.random.default_rng(4)
    spectrum = np.fft.rfft(source.normal(0, 1, 16_000 * 12)) / np.sqrt(np.arange(1, 16_000 * 6 + 2))
    rumble = np.fft.irfft(spectrum)
    gate = Gate(GateSettings())
    utterances = listen(gate, rumble / rumble.std() * 1500)
    assert gate.discarded >= 1
    assert utterances[0].is_noise
    assert not utterances[0].pending
    assert gate.activities[-1].end_ms - gate.activities[-1].start_ms < 1000
    assert sum(len(utterance.pending) for utterance in utterances) * 30 < 3000


def test_quiet_speech_is_below_the_floor(clip: Any) -> None:
    assert listen(Gate(GateSettings(floor_dbfs=-30)), clip("waiting") * 0.05) == []
    assert len(listen(Gate(GateSettings()), clip("waiting") * 0.1)) == 1


def test_levels() -> None:
    assert level_dbfs(np.zeros(480, np.int16)) == pytest.approx(-96.3, abs=0.1)
    assert level_dbfs(np.full(480, -32768, np.int16)) == pytest.approx(0)
    assert level_dbfs(np.full(480, 3277, np.int16)) == pytest.approx(-20, abs=0.1)


def test_tones_are_told_from_vowels(clip: Any) -> None:
    seconds = np.arange(1440) / 16_000
    assert is_tone((9000 * np.sin(2 * np.pi * 440 * seconds)).astype(np.int16))
    assert is_tone((6000 * (np.sin(2 * np.pi * 941 * seconds) + np.sin(2 * np.pi * 1633 * seconds))).astype(np.int16))
    assert not is_tone(np.zeros(1440, np.int16))
    for name in ("waiting", "cancel"):
        speech = clip(name)
        assert not any(is_tone(speech[at : at + 1440]) for at in range(8000, len(speech) - 16_000, 480))
