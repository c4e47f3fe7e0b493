"""Words by PocketSphinx: decoders leased from a pool, a channel that is measured for them, sentences that may end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from desktop.domain.speech import Segment, Word
from desktop.recognition.band import Band, Samples
from desktop.recognition.channel import Channel
from desktop.recognition.confidence import Trust
from desktop.recognition.pool import DecoderPool
from desktop.recognition.report import Report
from desktop.recognition.sphinx import Cepstrum, Decoder, EngineFailed
from desktop.recognition.word_engine import SETTLES_MS
from desktop.recognition.words import to_words

_SENTENCE_ENDS = 0.04  # so probable it must be: after "thank you" 0.21, "no" 0.043; 98 of 100 ends in our calls are


class SphinxWords:
    """A WordEngine."""

    frames_at_once = 4  # 120 ms a drain
    doubt = 0.8  # chosen on resources/build/keyword_sentences.txt
    measures_channel = True

    def __init__(self, pool: DecoderPool, trust: Trust, begun: Callable[[Sequence[str]], bool]) -> None:
        """`begun`: whether these words are the beginning of a phrase that is watched for."""
        self.pool, self.trust, self.begun = pool, trust, begun

    @property
    def busy(self) -> bool:
        """See DecoderPool."""
        return self.pool.busy

    @property
    def loaded(self) -> int:
        """See DecoderPool."""
        return self.pool.loaded

    def begin(self, band: Band, channel: Channel, ahead: Samples) -> SphinxHearing:
        """With a decoder of its own. EngineFailed when it can't begin."""
        decoder = self.pool.lease(band)
        try:
            return SphinxHearing(self, band, channel, decoder, channel.begin(band, decoder, ahead))
        except EngineFailed:
            self.pool.throw_away()
            raise

    def close(self) -> None:
        """Free the decoders."""
        self.pool.close()


class SphinxHearing:
    """A WordHearing."""

    def __init__(
        self, engine: SphinxWords, band: Band, channel: Channel, decoder: Decoder, begun_with: Cepstrum
    ) -> None:
        self._engine, self._band, self._channel, self._decoder = engine, band, channel, decoder
        self.begun_with: Cepstrum | None = begun_with
        self._ended = False

    def hear(self, samples: Samples) -> None:
        """As its band wants it."""
        self._decoder.hear(self._channel.hear(self._band, samples))

    def partial(self, report: Report) -> list[Segment]:
        """Every interval; settled when the language model says so, and no watched phrase goes on."""
        if report.pause_ms >= SETTLES_MS:
            report.settle(settled=self._may_be_over(report))
        return report.partial(partial(self._so_far, report))

    def final(self, report: Report) -> tuple[Word, ...]:
        """The second search's."""
        self._decoder.end()
        self._ended = True
        if report.is_noise:
            return ()
        return to_words(self._decoder.tokens(), report.start_ms, final=True, trust=self._engine.trust)

    def let_go(self, *, broken: bool) -> None:
        """The decoder goes back, or away."""
        if not broken and not self._ended:
            try:
                self._decoder.end()
            except EngineFailed:
                broken = True
        if broken:
            self._engine.pool.throw_away()
        else:
            self._engine.pool.give_back(self._band, self._decoder)

    def cepstral_mean(self) -> Cepstrum | None:
        """The decoder's."""
        return self._decoder.cepstral_mean()

    def _may_be_over(self, report: Report) -> bool:
        words = [word.text for word in self._so_far(report)]
        return bool(words) and not self._engine.begun(words) and self._decoder.sentence_end(words) > _SENTENCE_ENDS

    def _so_far(self, report: Report) -> tuple[Word, ...]:
        return to_words(self._decoder.tokens(), report.start_ms, final=False)
