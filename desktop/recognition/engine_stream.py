"""One party's speech through an engine that hears each utterance by itself: what such engines' streams share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
import numpy.typing as npt

from desktop.domain.media import Party, PcmBlock
from desktop.domain.speech import Attention, Result, Segment, Word
from desktop.recognition.ears import Counters, Ears, StreamSettings
from desktop.recognition.gate import GateSettings
from desktop.recognition.report import Report, Reporter
from desktop.recognition.sphinx import EngineFailed

_FRAMES = 4  # 120 ms a drain


class Hearing(Protocol):
    """One utterance inside an engine. Any of its methods but `let_go` may raise EngineFailed."""

    def advance(self) -> None:
        """Decode what was handed over before, if it is time."""
        ...

    def hear(self, samples: npt.NDArray[np.int16]) -> None:
        """Take 16 kHz mono samples, and decode them now or later."""
        ...

    def end(self) -> None:
        """Nothing more comes."""
        ...

    @property
    def behind_ms(self) -> float:
        """Sound handed over that can be decoded and has not been; once it is 0 after `end`, the words are final."""
        ...

    def words(self, report: Report, *, final: bool) -> tuple[Word, ...]:
        """What was heard so far, on the call's time line; `report` knows where on it."""
        ...

    def let_go(self) -> None:
        """Nobody asks any more."""
        ...


@dataclass(slots=True)
class _Work:
    hearing: Hearing
    report: Report
    ending: bool = False


def default_settings() -> StreamSettings:
    """How streams listen unless told otherwise."""
    return StreamSettings(GateSettings(), partial_interval_ms=200, max_waiting_ms=8000)


class EngineStream:
    """A RecogniserStream. Each `drain` does about 0.1 s of audio's work; overflow: see Ears."""

    def __init__(
        self,
        call: str,
        party: Party,
        language: str,
        begin: Callable[[], Hearing],
        settings: StreamSettings,
        counters: Counters,
        clock: Callable[[], int],
    ) -> None:
        self._begin, self._counters = begin, counters
        self._ears = Ears(call, party, settings, counters, clock)
        self._reporter = Reporter(call, party, language, settings.partial_interval_ms, clock)
        self._work: _Work | None = None

    @property
    def backlog_ms(self) -> float:
        """Audio fed but not yet heard."""
        work = self._work
        return self._ears.backlog_ms + (work.report.pending_ms + work.hearing.behind_ms if work else 0)

    @property
    def lost_ms(self) -> float:
        """Speech that was dropped, or broke with its engine."""
        return self._ears.lost_ms

    def feed(self, block: PcmBlock) -> None:
        """Keep a block for `drain`. Raises ValueError when its rate is not 16 kHz."""
        self._ears.feed(block)

    def attend(self, attention: Attention) -> None:
        """How much to hear from the next utterance on; no phrases are spotted here."""
        self._ears.attention = Attention.PRESENCE if attention is Attention.PHRASES else attention

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
            self._work.hearing.let_go()
            self._work = None
        self._ears.forget()

    def _recognise(self) -> list[Segment]:
        if self._work is None and self._ears.waits():
            self._work = self._take_on(self._reporter.begin(self._ears.take()))
        work = self._work
        if work is None:
            return []
        work.hearing.advance()
        if not work.ending and self._ears.overdue(work.report.pending):
            self._ears.skip(work.report.cut())
            work.ending = True
            work.hearing.end()
        if not work.hearing.behind_ms and not work.ending:
            self._hand_over(work)
        if work.ending and not work.hearing.behind_ms:
            return self._finish(work)
        return work.report.partial(partial(work.hearing.words, work.report, final=False))

    def _take_on(self, report: Report) -> _Work:
        try:
            return _Work(self._begin(), report)
        except EngineFailed:
            self._ears.lost_ms += report.drop()
            raise

    def _hand_over(self, work: _Work) -> None:
        samples = work.report.take(_FRAMES)
        if len(samples):
            work.hearing.hear(samples)
        if work.report.ended:
            work.ending = True
            if not work.report.is_noise:
                work.hearing.end()

    def _finish(self, work: _Work) -> list[Segment]:
        words = () if work.report.is_noise else work.hearing.words(work.report, final=True)
        work.hearing.let_go()
        self._work = None
        return work.report.final(words)

    def _abandon(self) -> list[Segment]:
        """The engine failed: lose this utterance, nothing else. Takes back what was shown of it."""
        self._counters.engine_errors += 1
        work, self._work = self._work, None
        if work is None:
            return []
        work.hearing.let_go()
        self._ears.lost_ms += work.report.drop()
        return work.report.final(())
