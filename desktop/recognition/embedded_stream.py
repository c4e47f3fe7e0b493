"""One party's speech through the embedded recogniser: its utterances to what hears words, the words to a report.

Words come from a word engine, watched phrases from a small decoder: instead of the words, or beside them. Beside them
only phrases with words that no transcript can have are listened for, and one counts only where the words are in doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from desktop.domain.media import Party, PcmBlock
from desktop.domain.speech import Attention, PhraseHeard, Result, Segment, Word
from desktop.recognition.band import Band, Samples
from desktop.recognition.channel import MEASURED_MS, Channel
from desktop.recognition.ears import Counters, Ears, StreamSettings
from desktop.recognition.gaussians import Gaussians
from desktop.recognition.report import Report, Reporter
from desktop.recognition.sphinx import Cepstrum, Decoder, EngineFailed
from desktop.recognition.spotting import PhraseSpotters, Spotted, Spotting
from desktop.recognition.word_engine import WordEngine, WordHearing
from desktop.recognition.words import in_doubt

LANGUAGE = "en-US"
_SPOTTED_FRAMES = 4  # 120 ms a drain


@dataclass(slots=True)
class _Work:
    """The utterance that is being heard: for its words, for watched phrases, or both."""

    band: Band
    report: Report
    words: WordHearing | None = None
    spotting: Spotting | None = None


class EmbeddedStream:
    """A RecogniserStream. Each `drain` does about 0.1 s of audio's work, and at a pause what the final words take.

    Overflow: see Ears.
    """

    def __init__(
        self,
        call: str,
        party: Party,
        engine: WordEngine,
        settings: StreamSettings,
        counters: Counters,
        clock: Callable[[], int],
        bands: tuple[Band, ...] = tuple(Band),
        spotters: PhraseSpotters | None = None,
        spotters_beside_words: PhraseSpotters | None = None,
        models: Mapping[Band, Gaussians] = MappingProxyType({}),
    ) -> None:
        self._call, self._party = call, party
        self._engine = engine
        self._spotters, self._beside_words = spotters, spotters_beside_words
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
        except Exception:  # a fault of ours: this utterance is lost, and the worker tells of it
            self._abandon()
            raise
        return out

    def close(self) -> None:
        """Let go of everything; nothing comes out any more."""
        work, self._work = self._work, None
        if work is not None:
            self._let_go(work, broken=False)
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
        samples = work.report.take(_SPOTTED_FRAMES if work.spotting is not None else self._engine.frames_at_once)
        if len(samples):
            self._channel.listen(samples)
            if work.words is not None:
                work.words.hear(samples)
            if work.spotting is not None:
                prepare = self._channel.hear if work.words is None else self._channel.prepare  # learned from once
                work.spotting.hear(prepare(work.band, samples))
        if work.report.ended:
            return self._finish(work)
        if work.words is not None:
            return list(work.words.partial(work.report)) if len(samples) else []
        return list(self._phrases(work, work.spotting.settled())) if work.spotting is not None else []

    def _begin(self) -> _Work | None:
        words = self._ears.attention is Attention.WORDS
        if not self._ears.waits() or (self._engine.busy if words else self._spotters_busy):
            return None
        if self._measures(words=words) and self._channel.is_new and not self._ears.has(MEASURED_MS):
            return None
        report = self._reporter.begin(self._ears.take())
        ahead = report.waiting()
        self._work = work = _Work(self._channel.listen(ahead), report)
        if words:
            work.words = self._engine.begin(work.band, self._channel, ahead)
        spotters = self._beside_words if words else self._spotters
        work.spotting = None if spotters is None else spotters.lease(work.band)
        if work.spotting is not None:
            mean = None if work.words is None else work.words.begun_with
            work.spotting.start(lambda decoder: self._began(work.band, decoder, ahead, mean))
        return work

    def _measures(self, *, words: bool) -> bool:
        return self._engine.measures_channel if words else self._spotters is not None

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
        if work.words is not None:
            words = work.words.final(work.report)
            out += work.report.final(words)
        mean = None if work.words is None else work.words.cepstral_mean()
        if work.spotting is not None:
            spotted = work.spotting.end()
            phrases = () if work.report.is_noise else self._phrases(work, spotted)
            out += (phrase for phrase in phrases if in_doubt(words, phrase.start_ms, phrase.end_ms, self._engine.doubt))
            mean = work.spotting.cepstral_mean() if mean is None else mean
        if mean is not None and not work.report.is_noise:
            self._channel.learn(work.band, mean, work.report.heard_ms)
        if work.words is not None:
            work.words.let_go(broken=False)
        self._work = None
        return out

    def _phrases(self, work: _Work, spotted: Sequence[Spotted]) -> Iterator[PhraseHeard]:
        at = round(work.report.start_ms)
        trace = work.report.trace(ended=work.report.ended)
        for phrase, start_ms, end_ms, confidence in spotted:
            yield PhraseHeard(self._call, self._party, phrase, at + start_ms, at + end_ms, confidence, trace)

    def _let_go(self, work: _Work, *, broken: bool) -> None:
        if work.spotting is not None:
            work.spotting.give_up()
        if work.words is not None:
            work.words.let_go(broken=broken)

    def _abandon(self) -> list[Segment]:
        """The engine failed: lose this utterance, nothing else. Takes back what was shown of it."""
        self._counters.engine_errors += 1
        work, self._work = self._work, None
        if work is None:
            return []
        self._ears.lost_ms += work.report.drop()
        self._let_go(work, broken=True)
        return work.report.final(())
