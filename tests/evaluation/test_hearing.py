"""Time is the sound's own: what an engine does late is late, whatever machine this runs on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from desktop.domain.media import Party, PcmBlock
from desktop.domain.speech import Attention, PhraseHeard, Result, Segment, SpeechActivity, Trace
from desktop.evaluation.hearing import TAIL_MS, blocks_of, hear


class Clerk:
    """Hears one utterance in the second second and writes it down when asked; an engine whose work costs `cost_ms`."""

    def __init__(self, spend: list[int], cost_ms: int) -> None:
        self.spend, self.cost_ms = spend, cost_ms
        self.waiting: list[PcmBlock] = []
        self.samples = 0
        self.lost_ms = 12.0
        self.closed = False

    def feed(self, block: PcmBlock) -> None:
        self.waiting.append(block)
        self.samples += block.samples.size

    def attend(self, attention: Attention) -> None:
        raise AssertionError("nobody asked for less")

    def drain(self) -> Sequence[Result]:
        if not self.waiting:
            return []
        self.spend[0] += self.cost_ms * 1_000_000
        block = self.waiting.pop(0)
        end = block.at_ms + block.samples.size // 16
        trace = Trace(block.received_ns, block.decoded_ns, 1, 0, 2_000_000_001)
        if end == 1_400:
            return [Segment("r", Party.MIXED, 1, 1, "so", 1_000, 1_400, False, "", 0.5, (), Trace())]
        if end == 2_300:
            return [
                SpeechActivity("r", Party.MIXED, 1_000, 2_000, False),
                PhraseHeard("r", Party.MIXED, "so what", 1_000, 2_000, 1.0, trace),
                Segment("r", Party.MIXED, 1, 2, "so what", 1_000, 2_000, True, "", 0.5, (), trace),
            ]
        return []

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True

    @property
    def backlog_ms(self) -> float:
        return 20.0 * len(self.waiting)


class Office:
    name = "clerk"

    def __init__(self, monkeypatch: pytest.MonkeyPatch, cost_ms: int) -> None:
        spend = [0]
        monkeypatch.setattr("desktop.evaluation.hearing.time.process_time_ns", lambda: spend[0])
        self.clerk = Clerk(spend, cost_ms)

    def open(self, call: str, party: Party, language: str) -> Clerk:
        return self.clerk

    def watch(self, phrases: Sequence[str]) -> None:
        pass

    def close(self) -> None:
        pass


SOUND = np.zeros(3 * 16_000, np.int16)


def test_a_quick_engine_is_as_late_as_it_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(monkeypatch, cost_ms=1)
    heard = hear(office, SOUND, Party.MIXED)
    assert heard.final_ms == [pytest.approx(301, abs=0.01)]
    assert heard.partial_ms == [pytest.approx(401, abs=0.01)]
    assert (heard.audio_ms, heard.speech_ms, heard.lost_ms) == (3_000, 1_000, 12.0)
    assert heard.cpu_ms == (3_000 + TAIL_MS) // 20
    assert [final.text for final in heard.finals] == ["so what"]
    assert [type(result).__name__ for result in heard.heard] == ["PhraseHeard", "Segment"]
    assert office.clerk.closed


def test_an_engine_slower_than_speech_falls_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = hear(Office(monkeypatch, cost_ms=40), SOUND, Party.MIXED)
    # 115 blocks of 20 ms take 4.6 s of work, the first of it 20 ms after the beginning
    assert heard.final_ms == [pytest.approx(115 * 40 + 20 - 2_000, abs=0.01)]


def test_the_line_stays_open_after_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(monkeypatch, cost_ms=0)
    hear(office, SOUND[: 16_000 + 7], Party.MIXED)
    assert office.clerk.samples % 320 == 0
    assert 0 <= office.clerk.samples / 16 - (1_000 + TAIL_MS) < 20


@pytest.mark.parametrize("through", ["pcm", "opus", "pcmu"])
def test_every_way_brings_the_same_length_of_sound(through: str) -> None:
    tone = (np.sin(np.arange(16_000) * 2 * np.pi * 440 / 16_000) * 8_000).astype(np.int16)
    blocks = list(blocks_of(tone, Party.AGENT, through))
    assert all(block.rate_hz == 16_000 and block.party is Party.AGENT for block in blocks)
    total = sum(block.samples.size for block in blocks) / 16
    assert 1_000 + TAIL_MS - 60 <= total <= 1_000 + TAIL_MS
    loud = np.concatenate([block.samples for block in blocks])[3_200:12_800].astype(float)
    assert np.sqrt(np.mean(loud**2)) == pytest.approx(8_000 / np.sqrt(2), rel=0.1)
    spectrum = np.abs(np.fft.rfft(loud))
    assert np.argmax(spectrum) * 16_000 / loud.size == pytest.approx(440, abs=5)
