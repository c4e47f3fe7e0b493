"""What the embedded recogniser asks of that which hears words: one utterance at a time, any number side by side."""

from __future__ import annotations

from typing import Protocol

from desktop.domain.speech import Segment, Word
from desktop.recognition.band import Band, Samples
from desktop.recognition.channel import Channel
from desktop.recognition.report import Report
from desktop.recognition.sphinx import Cepstrum

SETTLES_MS = 150
"""Of silence: whoever hears the words has put it behind the last one."""


class WordHearing(Protocol):
    """One utterance. Any method but `let_go` may raise EngineFailed, and is then followed by `let_go`."""

    begun_with: Cepstrum | None
    """The cepstral mean that it began with, if it looked for one."""

    def hear(self, samples: Samples) -> None:
        """Take 16 kHz mono sound."""
        ...

    def partial(self, report: Report) -> list[Segment]:
        """What is to be told by now; tells the report whether its words may be all."""
        ...

    def final(self, report: Report) -> tuple[Word, ...]:
        """The words, once the utterance has ended; none when it was noise."""
        ...

    def let_go(self, *, broken: bool) -> None:
        """It is over: after `final`, in the middle, or because it is `broken`."""
        ...

    def cepstral_mean(self) -> Cepstrum | None:
        """The channel's mean as this utterance left it, if it is known. After `final`."""
        ...


class WordEngine(Protocol):
    """Loaded models."""

    frames_at_once: int
    """So much of an utterance is taken at once."""
    doubt: float
    """A word of less confidence may as well be a phrase that was heard by itself."""
    measures_channel: bool
    """Whether a channel that is new should be measured before its first word is heard."""

    @property
    def busy(self) -> bool:
        """Whether no more utterances can be heard now."""
        ...

    @property
    def loaded(self) -> int:
        """Decoders in memory."""
        ...

    def begin(self, band: Band, channel: Channel, ahead: Samples) -> WordHearing:
        """Only while not `busy`; `ahead` is what there is of the utterance already, which is handed over later."""
        ...

    def close(self) -> None:
        """Free what can be freed."""
        ...
