"""One party's speech through the embedded recogniser: frames to the gate, utterances to a leased decoder."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from desktop.domain.media import Party, PcmBlock
from desktop.domain.speech import Attention, Result, Segment, Trace, Word
from desktop.recognition.ears import Counters, Ears, StreamSettings
from desktop.recognition.framing import FRAME_MS
from desktop.recognition.gate import Utterance
from desktop.recognition.pool import DecoderPool
from desktop.recognition.sphinx import Decoder, EngineFailed
from desktop.recognition.words import mean_confidence, to_words

LANGUAGE = "en-US"
WIDE_BAND_MEAN = "52.38,5.61,3.36,9.27,-2.68,2.19,-5.34,-1.10,0.66,-1.92,-0.14,-2.22,2.92"
"""Cepstral mean of full-band speech: where a channel starts until its own is known."""

_DECODE_FRAMES = 4  # 120 ms a drain


@dataclass(slots=True)
class _Work:
    """The utterance that a decoder is hearing."""

    decoder: Decoder
    utterance: Utterance
    start_ms: float  # of the decoder's frame 0
    heard_ms: float = 0.0
    asked_ms: float = 0.0  # heard_ms when it was last asked for a partial
    text: str = ""
    revision: int = 0
    newest: tuple[int, int] = (0, 0)  # received_ns, decoded_ns of the newest frame heard


class EmbeddedStream:
    """A RecogniserStream. Each `drain` does about 0.1 s of audio's work, so a caller can go round many streams.

    Overflow: see Ears.
    """

    def __init__(
        self,
        call: str,
        party: Party,
        pool: DecoderPool,
        settings: StreamSettings,
        counters: Counters,
        clock: Callable[[], int],
    ) -> None:
        self._call, self._party, self._pool = call, party, pool
        self._settings, self._counters, self._clock = settings, counters, clock
        self._ears = Ears(call, party, settings, counters, clock)
        self._work: _Work | None = None
        self._mean = WIDE_BAND_MEAN
        self._segment_id = 0

    @property
    def backlog_ms(self) -> float:
        """Audio fed but not yet heard: what the gate has not seen and what waits for its decoder."""
        working = len(self._work.utterance.pending) if self._work else 0
        return self._ears.backlog_ms + working * FRAME_MS

    @property
    def lost_ms(self) -> float:
        """Speech that was dropped, or broke with its decoder."""
        return self._ears.lost_ms

    def feed(self, block: PcmBlock) -> None:
        """Keep a block for `drain`. Raises ValueError when its rate is not 16 kHz."""
        self._ears.feed(block)

    def attend(self, attention: Attention) -> None:
        """How much to hear from the next utterance on."""
        self._ears.attention = attention

    def flush(self) -> None:
        """What has been fed ends here: draining until `backlog_ms` is 0 delivers the last final."""
        self._ears.end()

    def drain(self) -> Sequence[Result]:
        """Work on about 0.1 s of this stream and give what came of it. Call it a few times a second even when idle."""
        out: list[Result] = list(self._ears.listen())
        try:
            out.extend(self._recognise())
        except EngineFailed:
            out.extend(self._abandon())
        return out

    def close(self) -> None:
        """Let go of everything; nothing comes out any more."""
        if self._work is not None:
            self._settle()
        self._ears.forget()

    def _recognise(self) -> list[Segment]:
        work = self._work or self._begin()
        if work is None:
            return []
        pending = work.utterance.pending
        frames = [pending.popleft() for _ in range(min(_DECODE_FRAMES, len(pending)))]
        if frames:
            work.decoder.hear(np.concatenate([frame.samples for frame in frames]))
            work.heard_ms += len(frames) * FRAME_MS
            work.newest = (frames[-1].received_ns, frames[-1].decoded_ns)
        if work.utterance.closed and not pending:
            return self._finish(work)
        return self._partial(work)

    def _begin(self) -> _Work | None:
        if not self._ears.waits():
            return None
        decoder = self._pool.lease()
        if decoder is None:
            return None
        utterance = self._ears.take()
        start = utterance.pending[0].at_ms if utterance.pending else utterance.speech_from_ms
        self._work = _Work(decoder, utterance, start)
        self._segment_id += 1
        decoder.begin(self._mean)
        return self._work

    def _partial(self, work: _Work) -> list[Segment]:
        if work.heard_ms - work.asked_ms < self._settings.partial_interval_ms:
            return []
        work.asked_ms = work.heard_ms
        words = to_words(work.decoder.tokens(), work.start_ms, final=False)
        text = " ".join(word.text for word in words)
        if text == work.text or not words:
            return []
        work.text = text
        work.revision += 1
        return [self._segment(work, words, is_final=False)]

    def _finish(self, work: _Work) -> list[Segment]:
        work.decoder.end()
        words: tuple[Word, ...] = ()
        if not work.utterance.is_noise:
            words = to_words(work.decoder.tokens(), work.start_ms, final=True)
            self._mean = work.decoder.cepstral_mean()
        self._pool.give_back(work.decoder)
        self._work = None
        if not words and not work.text:
            return []
        work.revision += 1
        return [self._segment(work, words, is_final=True)]  # without words: it takes its partials back

    def _settle(self) -> None:
        """Give the decoder back in the middle of an utterance."""
        assert self._work is not None
        try:
            self._work.decoder.end()
        except EngineFailed:
            self._pool.throw_away()
        else:
            self._pool.give_back(self._work.decoder)
        self._work = None

    def _abandon(self) -> list[Segment]:
        """The engine failed: lose this utterance and its decoder, nothing else. Takes back what was shown of it."""
        self._counters.engine_errors += 1
        work, self._work = self._work, None
        if work is None:
            return []
        self._ears.lost_ms += work.heard_ms + len(work.utterance.pending) * FRAME_MS
        work.utterance.pending = deque(maxlen=0)  # the gate goes on appending
        self._pool.throw_away()
        work.revision += 1
        return [self._segment(work, (), is_final=True)] if work.text else []

    def _segment(self, work: _Work, words: tuple[Word, ...], *, is_final: bool) -> Segment:
        utterance = work.utterance
        return Segment(
            call=self._call,
            party=self._party,
            segment_id=self._segment_id,
            revision=work.revision,
            text=" ".join(word.text for word in words),
            start_ms=words[0].start_ms if words else round(utterance.speech_from_ms),
            end_ms=words[-1].end_ms if words else round(utterance.speech_to_ms),
            is_final=is_final,
            language=LANGUAGE,
            confidence=mean_confidence(words),
            words=words,
            trace=Trace(
                received=work.newest[0],
                decoded=work.newest[1],
                recognised=self._clock(),
                speech_ended=utterance.speech_to_received_ns if is_final else 0,
            ),
        )
