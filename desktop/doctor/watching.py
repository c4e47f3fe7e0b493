"""Runs a source for a while and keeps what a diagnosis needs of its events: counts and moments, never content."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, assert_never

from desktop.doctor.check import Progress
from desktop.domain.events import (
    AudioArrived,
    AudioGap,
    CallEnded,
    FactsLearned,
    LinkChanged,
    LinkFound,
    LinkMeasured,
    LinkState,
    NoReading,
    PauseChanged,
    PeerComplaint,
    ReadingArrived,
    ReadingMissing,
    SourceEvent,
    WordsArrived,
)
from desktop.domain.finding import Finding
from desktop.domain.media import Party
from desktop.domain.ports import Source

LOOK_S: Final = 0.1


@dataclass(slots=True)
class Watched:
    """Moments in seconds since the source was started."""

    live_at: float | None = None
    was_connecting_at: float | None = None
    state: LinkState = LinkState.CONNECTING
    trouble: LinkChanged | None = None  # the last refusal or loss
    drops: int = 0
    round_trips_ms: list[tuple[float, float]] = field(default_factory=list)  # moment, ms
    findings: dict[str, Finding] = field(default_factory=dict)  # the source's own, by subject
    complaints: Counter[str] = field(default_factory=Counter)
    calls: set[str] = field(default_factory=set)
    frames: int = 0
    frames_lost: int = 0
    codecs: set[str] = field(default_factory=set)
    first_frame_at: float | None = None
    readings: int = 0
    missing: Counter[NoReading] = field(default_factory=Counter)
    first_words_at: float | None = None
    _newest: dict[tuple[str, Party], int] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        """A person has to act: nothing more will come by itself."""
        return self.state is LinkState.REFUSED

    def take(self, event: SourceEvent, at_s: float) -> None:
        """One event of the source."""
        match event:
            case LinkChanged():
                self._link(event, at_s)
            case LinkMeasured(measure=measure, ms=ms):
                if measure.value == "round trip":
                    self.round_trips_ms.append((at_s, ms))
            case LinkFound(finding=finding):
                self.findings[finding.subject] = finding
            case AudioArrived(frame):
                self._sound(frame.call, frame.party, frame.codec.value, frame.seq, at_s)
            case PeerComplaint(what=what):
                self.complaints[what.value] += 1
            case FactsLearned(call=call):
                self.calls.add(call)
            case ReadingArrived(call=call):
                self.calls.add(call)
                self.readings += 1
            case ReadingMissing(call=call, why=why):
                self.calls.add(call)
                self.missing[why] += 1
            case WordsArrived():
                if self.first_words_at is None and event.segment.text:
                    self.first_words_at = at_s
            case AudioGap() | CallEnded() | PauseChanged():
                pass
            case _:  # pragma: no cover
                assert_never(event)

    def _link(self, event: LinkChanged, at_s: float) -> None:
        before, self.state = self.state, event.state
        match event.state:
            case LinkState.CONNECTING:
                self.was_connecting_at = at_s
            case LinkState.LIVE:
                if self.live_at is None:
                    self.live_at = at_s
            case LinkState.RETRYING | LinkState.REFUSED:
                self.trouble = event
                self.drops += before is LinkState.LIVE
            case LinkState.CLOSED:
                pass
            case _:  # pragma: no cover
                assert_never(event.state)

    def _sound(self, call: str, party: Party, codec: str, seq: int | None, at_s: float) -> None:
        if self.first_frame_at is None:
            self.first_frame_at = at_s
        self.calls.add(call)
        self.frames += 1
        self.codecs.add(codec)
        if seq is None:
            return
        newest = self._newest.get((call, party))
        if newest is None or seq > newest:
            self.frames_lost += 0 if newest is None else seq - newest - 1
            self._newest[call, party] = seq
        elif self.frames_lost > 0:
            self.frames_lost -= 1  # it was only late


async def watch(
    source: Source,
    seconds: float,
    progress: Progress,
    also: Callable[[SourceEvent], None] = lambda event: None,
    enough: Callable[[Watched], bool] = lambda seen: False,
    on_live: Callable[[Watched], None] = lambda seen: None,
) -> Watched:
    """Run `source` for `seconds`, less if it is refused or `enough`; cancelled with whoever asks."""
    loop = asyncio.get_running_loop()
    seen, began = Watched(), loop.time()

    def deliver(event: SourceEvent) -> None:
        was_live = seen.live_at
        seen.take(event, loop.time() - began)
        if was_live is None and seen.live_at is not None:
            on_live(seen)
        also(event)

    async with asyncio.TaskGroup() as group:
        running = group.create_task(source.run(deliver), name=f"diagnosed {source.name}")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not (seen.refused or running.done() or enough(seen)):
                    progress(f"listening for {seconds:.0f} s, {loop.time() - began:.0f} s so far")
                    await asyncio.sleep(LOOK_S)
        running.cancel()
    return seen
