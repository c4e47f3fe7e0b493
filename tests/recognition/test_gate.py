"""When somebody speaks: real speech opens the gate, noise does not, pauses and lengths close it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from desktop.recognition.framing import Frame
from desktop.recognition.gate import Gate, GateSettings, Utterance, level_dbfs


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
    assert 500 <= utterance.speech_from_ms <= 800
    assert utterance.pending[0].at_ms <= utterance.speech_from_ms - 270
    assert utterance.pending[-1].end_ms == utterance.speech_to_ms + 420  # whole frames of 30 ms
    assert utterance.speech_to_received_ns == utterance.speech_to_ms / 30 - 1
    opened = [activity for activity in gate.activities if activity.open]
    assert len(opened) == pytest.approx((utterance.speech_to_ms - utterance.speech_from_ms) / 250, abs=4)
    assert gate.activities[-1] == (utterance.speech_from_ms, utterance.speech_to_ms, False)


@pytest.mark.parametrize(("settled_at", "pause_ms"), [(None, 420), (22, 420), (46, 240)])  # whole frames of 30 ms
def test_a_settled_utterance_ends_after_a_shorter_pause_and_speech_that_goes_on_unsettles_it(
    monkeypatch: pytest.MonkeyPatch, settled_at: int | None, pause_ms: float
) -> None:
    gate, certainties = Gate(GateSettings()), iter([*[0.95] * 20, *[0.0] * 5, *[0.95] * 20, *[0.0] * 20])
    monkeypatch.setattr(gate._voice, "hear", lambda samples, level: next(certainties))
    (utterance,) = listen(gate, np.full(480 * 22, 3000))
    for n in range(22, 65):
        if n == settled_at:
            utterance.settled = True
        listen(gate, np.full(480, 3000), n)
        if utterance.closed:
            break
    assert utterance.speech_to_ms == 45 * 30
    assert (n + 1) * 30 - utterance.speech_to_ms == pause_ms


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


def test_what_is_never_certain_enough_is_no_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, certainties = Gate(GateSettings()), iter([0.95, *[0.6] * 20, *[0.0] * 20])
    monkeypatch.setattr(gate._voice, "hear", lambda samples, level: next(certainties))
    (noise,) = listen(gate, np.full(480 * 40, 3000))
    assert (noise.closed, noise.is_noise, len(noise.pending)) == (True, True, 0)
    assert gate.discarded == 1
    assert gate.activities[-1].end_ms == gate.activities[-1].start_ms


@pytest.mark.parametrize(("surest", "opened"), [(0.85, 0), (0.95, 1)])
def test_a_voice_gets_sure_within_syllables(monkeypatch: pytest.MonkeyPatch, surest: float, opened: int) -> None:
    gate, certainties = Gate(GateSettings()), iter([*[surest] * 20, *[0.0] * 20])
    monkeypatch.setattr(gate._voice, "hear", lambda samples, level: next(certainties))
    assert len(listen(gate, np.full(480 * 40, 3000))) == opened


@pytest.mark.parametrize(("louder_db", "opened"), [(3, 0), (9, 1)])
def test_in_the_midst_of_other_sound_a_short_voice_must_stand_out(
    monkeypatch: pytest.MonkeyPatch, louder_db: float, opened: int
) -> None:
    gate, certainties = Gate(GateSettings()), iter([*[0.0] * 100, *[0.95] * 8, *[0.0] * 30])
    monkeypatch.setattr(gate._voice, "hear", lambda samples, level: next(certainties))
    around, voice = 480 * 100, 480 * 8
    level = np.concatenate([np.full(around, 1.0), np.full(voice, 10 ** (louder_db / 20)), np.full(480 * 30, 1.0)])
    assert len(listen(gate, 1000 * level)) == opened


def test_speech_over_steady_noise_opens_the_gate_and_the_noise_does_not(clip: Any) -> None:
    source = np.random.default_rng(4)
    spectrum = np.fft.rfft(source.normal(0, 1, 16_000 * 12)) / np.sqrt(np.arange(1, 16_000 * 6 + 2))
    rumble = np.fft.irfft(spectrum)
    rumble *= 400 / rumble.std()
    gate = Gate(GateSettings())
    speech = clip("waiting")
    rumble[48_000 : 48_000 + len(speech)] += speech
    (utterance,) = listen(gate, rumble)
    assert 3400 <= utterance.speech_from_ms <= 3800
    assert 6900 <= utterance.speech_to_ms <= 7600


def test_quiet_speech_is_below_the_floor(clip: Any) -> None:
    assert listen(Gate(GateSettings(floor_dbfs=-30)), clip("waiting") * 0.05) == []
    assert len(listen(Gate(GateSettings()), clip("waiting") * 0.03)) == 1


def test_levels() -> None:
    assert level_dbfs(np.zeros(480, np.int16)) == pytest.approx(-96.3, abs=0.1)
    assert level_dbfs(np.full(480, -32768, np.int16)) == pytest.approx(0)
    assert level_dbfs(np.full(480, 3277, np.int16)) == pytest.approx(-20, abs=0.1)
