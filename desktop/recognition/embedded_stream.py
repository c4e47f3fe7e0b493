"""One party's speech through the embedded recogniser: utterances to leased decoders, what they hear to a report.

Words come from a large decoder, watched phrases from a small one: instead of the words, or beside them. Beside them
only phrases with words that no transcript can have are listened for, and one counts only where the words are in doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from desktop.domain.media import Party, PcmBlock
from desktop.domain.speech import Attention, PhraseHeard, Result, Segment, Word
from desktop.recognition.band import Band, Samples
from desktop.recognition.channel import MEASURED_MS, Channel
from desktop.recognition.confidence import Trust, posteriors
from desktop.recognition.ears import Counters, Ears, StreamSettings
from desktop.recognition.gaussians import Gaussians
from desktop.recognition.pool import DecoderPool
from desktop.recognition.report import Report, Reporter
from desktop.recognition.sphinx import Cepstrum, Decoder, EngineFailed
from desktop.recognition.spotting import PhraseSpotters, Spotted, Spotting
from desktop.recognition.words import in_doubt, to_words

LANGUAGE = "en-US"
_DECODE_FRAMES = 4  # 120 ms a drain
_SETTLES_MS = 150  # of silence: the decoder has put it behind the last word
_SENTENCE_ENDS = 0.04  # so probable it must be: after "thank you" 0.21, "no" 0.043; 98 of 100 ends in our calls are


@dataclass(slots=True)
class _Work:
    """The utterance that is being heard: for its words, for watched phrases, or both."""

    band: Band
    report: Report
    decoder: Decoder | None
    spotting: Spotting | None


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
        spotters: PhraseSpotters | None = None,
        spotters_beside_words: PhraseSpotters | None = None,
        begun: Callable[[Sequence[str]], bool] = lambda words: False,
        trust: Trust = posteriors,
        models: Mapping[Band, Gaussians] = MappingProxyType({}),
    ) -> None:
        self._call, self._party = call, party
        self._pool = pool
        self._spotters, self._beside_words = spotters, spotters_beside_words
        self._begun, self._trust = begun, trust
        self._counters = counters
        self._ears = Ears(call, party, settings, counters, clock)
        self._reporter = Reporter(call, party, LANGUAGE, settings.partial_interval_ms, clock)
        self._work: _Work | None = None
        self._channel = Channel(bands, models)

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

    def _recognise(self) -> list[Result]:
        work = self._work or self._begin()
        if work is None:
            if not self._ears.waits():
                self._channel.consider()
            return []
        if self._ears.overdue(work.report.pending):
            self._ears.skip(work.report.cut())
            return self._finish(work)
        samples = work.report.take(_DECODE_FRAMES)
        if len(samples):
            self._channel.listen(samples)
            samples = self._channel.hear(work.band, samples)
            if work.decoder is not None:
                work.decoder.hear(samples)
            if work.spotting is not None:
                work.spotting.hear(samples)
        if work.report.ended:
            return self._finish(work)
        if work.decoder is not None:
            if len(samples) and work.report.pause_ms >= _SETTLES_MS:
                work.report.settle(settled=self._may_be_over(work.decoder, work.report))
            return list(work.report.partial(partial(_words_so_far, work.decoder, work.report)))
        return list(self._phrases(work, work.spotting.settled())) if work.spotting is not None else []

    def _may_be_over(self, decoder: Decoder, report: Report) -> bool:
        """Whether these words may be a sentence, and no watched phrase goes on behind them."""
        words = [word.text for word in _words_so_far(decoder, report)]
        return bool(words) and not self._begun(words) and decoder.sentence_end(words) > _SENTENCE_ENDS

    def _begin(self) -> _Work | None:
        words = self._ears.attention is Attention.WORDS
        if not self._ears.waits() or (self._pool.busy if words else self._spotters_busy):
            return None
        if self._channel.is_new and not self._ears.has(MEASURED_MS):
            return None
        report = self._reporter.begin(self._ears.take())
        ahead = report.waiting()
        band = self._channel.listen(ahead)
        self._work = work = _Work(band, report, self._pool.lease(band) if words else None, None)
        mean = None if work.decoder is None else self._channel.begin(band, work.decoder, ahead)
        spotters = self._beside_words if words else self._spotters
        work.spotting = None if spotters is None else spotters.lease(band)
        if work.spotting is not None:
            work.spotting.start(lambda decoder: self._began(band, decoder, ahead, mean))
        return work

    def _began(self, band: Band, decoder: Decoder, ahead: Samples, mean: Cepstrum | None) -> None:
        if mean is None:
            self._channel.begin(band, decoder, ahead)
        else:
            self._channel.start(band, decoder, mean)

    @property
    def _spotters_busy(self) -> bool:
        return self._spotters is not None and self._spotters.busy

    def _finish(self, work: _Work) -> list[Result]:
        out: list[Result] = []
        words: tuple[Word, ...] = ()
        if work.decoder is not None:
            work.decoder.end()
            words = () if work.report.is_noise else self._final_words(work.decoder, work.report)
            out += work.report.final(words)
        if work.spotting is not None:
            spotted = work.spotting.end()
            phrases = () if work.report.is_noise else self._phrases(work, spotted)
            out += (phrase for phrase in phrases if in_doubt(words, phrase.start_ms, phrase.end_ms))
        heard_by = work.decoder or work.spotting
        if heard_by is not None and not work.report.is_noise:
            self._channel.learn(work.band, heard_by.cepstral_mean(), work.report.heard_ms)
        if work.decoder is not None:
            self._pool.give_back(work.band, work.decoder)
        self._work = None
        return out

    def _final_words(self, decoder: Decoder, report: Report) -> tuple[Word, ...]:
        return to_words(decoder.tokens(), report.start_ms, final=True, trust=self._trust)

    def _phrases(self, work: _Work, spotted: Sequence[Spotted]) -> Iterator[PhraseHeard]:
        at = round(work.report.start_ms)
        trace = work.report.trace(ended=work.report.ended)
        for phrase, start_ms, end_ms, confidence in spotted:
            yield PhraseHeard(self._call, self._party, phrase, at + start_ms, at + end_ms, confidence, trace)

    def _settle(self) -> None:
        """Give the decoders back in the middle of an utterance."""
        assert self._work is not None
        work, self._work = self._work, None
        if work.spotting is not None:
            work.spotting.give_up()
        if work.decoder is None:
            return
        try:
            work.decoder.end()
        except EngineFailed:
            self._pool.throw_away()
        else:
            self._pool.give_back(work.band, work.decoder)

    def _abandon(self) -> list[Segment]:
        """The engine failed: lose this utterance and its decoders, nothing else. Takes back what was shown of it."""
        self._counters.engine_errors += 1
        work, self._work = self._work, None
        if work is None:
            return []
        self._ears.lost_ms += work.report.drop()
        if work.spotting is not None:
            work.spotting.give_up()
        if work.decoder is not None:
            self._pool.throw_away()
        return work.report.final(())


def _words_so_far(decoder: Decoder, report: Report) -> tuple[Word, ...]:
    return to_words(decoder.tokens(), report.start_ms, final=False)
