"""One channel through a recogniser as if it were live: what came out, when, and what it cost.

Time is the sound's own: a block is there when its last sample has been spoken, and work that takes longer than sound
makes everything after it late, as it would on one core. An engine that answers from elsewhere is heard in real time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from desktop.audio.g711 import mu_law
from desktop.audio.lane import Lane
from desktop.audio.opus import OpusEncoder
from desktop.audio.resample import resampled
from desktop.domain.media import PIPELINE_RATE_HZ, Codec, EncodedFrame, Party, PcmBlock
from desktop.domain.ports import Recogniser
from desktop.domain.speech import PhraseHeard, Result, Segment, SpeechActivity

FRAME_MS = 20
TAIL_MS = 1_200  # a line stays open after the last word
PATIENCE_S = 30.0  # an answer from elsewhere that takes longer isn't coming
THROUGH = ("pcm", "opus", "pcmu")

Samples = npt.NDArray[np.int16]


@dataclass(slots=True)
class Hearing:
    """What a recogniser made of one channel; delays in ms."""

    heard: list[Segment | PhraseHeard] = field(default_factory=list)  # finals and phrases, as they came
    audio_ms: float = 0.0
    speech_ms: float = 0.0  # by voice activity
    cpu_ms: float = 0.0
    lost_ms: float = 0.0
    final_ms: list[float] = field(default_factory=list)  # end of speech to final words
    partial_ms: list[float] = field(default_factory=list)  # beginning of speech to its first words

    @property
    def finals(self) -> list[Segment]:
        """The transcript."""
        return [result for result in self.heard if isinstance(result, Segment)]


class _Clock:
    """ns since the recording began."""

    def __init__(self, *, live: bool) -> None:
        self._live, self._started, self.now = live, time.monotonic_ns(), 0

    def until(self, ns: int) -> None:
        """The next sound is there, or work is still going on."""
        if self._live:
            time.sleep(max(0, ns - (time.monotonic_ns() - self._started)) / 1e9)
            self.now = time.monotonic_ns() - self._started
        else:
            self.now = max(self.now, ns)

    def worked(self, ns: int) -> None:
        """So much work was done."""
        self.now = time.monotonic_ns() - self._started if self._live else self.now + ns


def blocks_of(samples: Samples, party: Party, through: str) -> Iterator[PcmBlock]:
    """16 kHz samples as blocks of 20 ms, as they are or through a real codec; received_ns: when it was said, + 1."""
    padded = np.concatenate([samples, np.zeros(TAIL_MS * PIPELINE_RATE_HZ // 1000 - samples.size % 320, np.int16)])
    size = FRAME_MS * PIPELINE_RATE_HZ // 1000
    lane = Lane("recording", party, 0)
    encoder = OpusEncoder() if through == "opus" else None
    narrow = resampled(padded, 2 * PIPELINE_RATE_HZ) if through == "pcmu" else padded  # half the rate
    for number, at in enumerate(range(0, padded.size, size)):
        received = (number + 1) * FRAME_MS * 1_000_000 + 1
        if through == "pcm":
            piece = padded[at : at + size]
            yield PcmBlock("recording", party, number * FRAME_MS, PIPELINE_RATE_HZ, piece, received, received, 0.0)
            continue
        payload = encoder.encode(padded[at : at + size]) if encoder else mu_law(narrow[at // 2 : (at + size) // 2])
        codec = Codec.OPUS if encoder else Codec.PCMU
        frame = EncodedFrame("", "recording", party, codec, number, number * FRAME_MS, payload, received)
        yield from (item for item in lane.push(frame) if isinstance(item, PcmBlock))


def hear(
    recogniser: Recogniser, samples: Samples, party: Party, *, through: str = "pcm", live: bool = False
) -> Hearing:
    """Feed 16 kHz mono int16 speech, shape (n,), block by block and note everything that comes out."""
    heard, clock = Hearing(audio_ms=samples.size * 1000 / PIPELINE_RATE_HZ), _Clock(live=live)
    stream = recogniser.open("recording", party, "")
    first: dict[int, float] = {}

    def work(block: PcmBlock | None) -> None:
        before = time.process_time_ns()
        if block is not None:
            stream.feed(block)
        results = stream.drain()
        cost = time.process_time_ns() - before
        clock.worked(cost)
        heard.cpu_ms += cost / 1e6
        _note(heard, results, clock.now, first)

    try:
        for block in blocks_of(samples, party, through):
            while not live and stream.backlog_ms >= 2 * FRAME_MS and clock.now < block.received_ns:
                left = stream.backlog_ms
                work(None)
                if stream.backlog_ms >= left:
                    break
            clock.until(block.received_ns - 1)
            work(block)
        stream.flush()
        deadline = time.monotonic() + PATIENCE_S
        while stream.backlog_ms > 0 and (not live or time.monotonic() < deadline):
            clock.until(clock.now + (FRAME_MS * 1_000_000 if live else 0))
            work(None)
        heard.lost_ms = stream.lost_ms
        return heard
    finally:
        stream.close()


def _note(heard: Hearing, results: Sequence[Result], now_ns: int, first: dict[int, float]) -> None:
    for result in results:
        match result:
            case Segment(is_final=True):
                heard.heard.append(result)
                if result.trace.speech_ended:
                    heard.final_ms.append((now_ns - result.trace.speech_ended) / 1e6)
            case Segment():
                if result.segment_id not in first:
                    first[result.segment_id] = now_ns / 1e6 - result.start_ms
                    heard.partial_ms.append(first[result.segment_id])
            case SpeechActivity(open=False):
                heard.speech_ms += result.end_ms - result.start_ms
            case PhraseHeard():
                heard.heard.append(result)
            case SpeechActivity():
                pass
