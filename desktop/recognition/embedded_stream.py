"""One party's speech through the embedded recogniser: utterances to a leased decoder, its words to a report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from desktop.domain.media import Party, PcmBlock
from desktop.domain.speech import Attention, Result, Segment, Word
from desktop.recognition.band import Band
from desktop.recognition.channel import MEASURED_MS, Channel
from desktop.recognition.ears import Counters, Ears, StreamSettings
from desktop.recognition.pool import DecoderPool
from desktop.recognition.report import Report, Reporter
from desktop.recognition.sphinx import Decoder, EngineFailed
from desktop.recognition.words import to_words

LANGUAGE = "en-US"
_DECODE_FRAMES = 4  # 120 ms a drain


@dataclass(slots=True)
class _Work:
    """The utterance that a decoder is hearing."""

    band: Band
    decoder: Decoder
    report: Report


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
        bands: tuple[Band, ...] = tuple(Band),
    ) -> None:
        self._pool = pool
        self._counters = counters
        self._ears = Ears(call, party, settings, counters, clock)
        self._reporter = Reporter(call, party, LANGUAGE, settings.partial_interval_ms, clock)
        self._work: _Work | None = None
        self._channel = Channel(bands)

    @property
    def backlog_ms(self) -> float:
        """Audio fed but not yet heard: what the gate has not seen and what waits for its decoder."""
        return self._ears.backlog_ms + (self._work.report.pending_ms if self._work else 0)

    @property
    def lost_ms(self) -> float:
        """Speech that was dropped, or broke with its decoder."""
        return self._ears.lost_ms

    def feed(self, block: PcmBlock) -> None:
        """Keep a block for `drain`. Raises ValueError when its rate is not 16 kHz."""
        self._ears.feed(block)

    def attend(self, attention: Attention) -> None:
        """How much to hear from the next utterance on; what waits for a decoder is given up with the words."""
        self._ears.attention = attention
        if attention is not Attention.WORDS:
            self._ears.give_up()

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
        if self._ears.overdue(work.report.pending_ms):
            self._ears.skip(work.report.cut())
            return self._finish(work)
        samples = work.report.take(_DECODE_FRAMES)
        if len(samples):
            self._channel.listen(samples)
            work.decoder.hear(self._channel.prepare(work.band, samples))
        return self._finish(work) if work.report.ended else work.report.partial(partial(_words, work, final=False))

    def _begin(self) -> _Work | None:
        if not self._ears.waits() or self._pool.busy:
            return None
        if self._channel.is_new and not self._ears.has(MEASURED_MS):
            return None
        report = self._reporter.begin(self._ears.take())
        ahead = report.waiting()
        band = self._channel.listen(ahead)
        self._work = _Work(band, self._pool.lease(band), report)
        self._channel.begin(band, self._work.decoder, ahead)
        return self._work

    def _finish(self, work: _Work) -> list[Segment]:
        work.decoder.end()
        words: tuple[Word, ...] = ()
        if not work.report.is_noise:
            words = _words(work, final=True)
            self._channel.learn(work.band, work.decoder.cepstral_mean(), work.report.heard_ms)
        self._pool.give_back(work.band, work.decoder)
        self._work = None
        return work.report.final(words)

    def _settle(self) -> None:
        """Give the decoder back in the middle of an utterance."""
        assert self._work is not None
        try:
            self._work.decoder.end()
        except EngineFailed:
            self._pool.throw_away()
        else:
            self._pool.give_back(self._work.band, self._work.decoder)
        self._work = None

    def _abandon(self) -> list[Segment]:
        """The engine failed: lose this utterance and its decoder, nothing else. Takes back what was shown of it."""
        self._counters.engine_errors += 1
        work, self._work = self._work, None
        if work is None:
            return []
        self._ears.lost_ms += work.report.drop()
        self._pool.throw_away()
        return work.report.final(())


def _words(work: _Work, *, final: bool) -> tuple[Word, ...]:
    return to_words(work.decoder.tokens(), work.report.start_ms, final=final)
