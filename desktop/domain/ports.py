"""Where adapters plug in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from desktop.domain.alert import Alert
from desktop.domain.events import SourceEvent
from desktop.domain.facts import CallFacts
from desktop.domain.media import Party, PcmBlock
from desktop.domain.speech import Segment, SpeechActivity

Deliver = Callable[[SourceEvent], None]


class Source(Protocol):
    """One way calls arrive. `run` lives as long as the source does and reconnects by itself."""

    @property
    def name(self) -> str: ...

    async def run(self, deliver: Deliver) -> None: ...


class FactsDirectory(Protocol):
    """Looks up an interaction that audio arrived for but nobody named (document A, edge case 2)."""

    async def look_up(self, call: str) -> CallFacts | None: ...


class RecogniserStream(Protocol):
    """One party of one call. Synchronous; lives in a worker process.

    `feed` takes blocks in time order and may recognise at once or keep them for `drain`;
    results come out of `drain` only, so that an engine that answers later fits as well.
    """

    def feed(self, block: PcmBlock) -> None: ...

    def drain(self) -> Sequence[Segment | SpeechActivity]: ...

    def flush(self) -> None:
        """Nothing more for now: finish the utterance that is under way (drain delivers it)."""
        ...

    def close(self) -> None: ...

    @property
    def backlog_ms(self) -> float:
        """Audio fed but not yet heard."""
        ...

    @property
    def lost_ms(self) -> float:
        """Audio fed that will never be heard, because there was too much of it; only rises."""
        ...


class Recogniser(Protocol):
    """A loaded engine; streams opened on it share what can be shared."""

    @property
    def name(self) -> str: ...

    def open(self, call: str, party: Party, language: str) -> RecogniserStream: ...

    def close(self) -> None: ...


class Notifier(Protocol):
    """The desktop's own notifications. Says in `show`'s result whether a daemon took it."""

    async def start(self, on_open: Callable[[str], None]) -> str:
        """Connect; returns the daemon's name, or "" when there is none. `on_open` gets a call id."""
        ...

    async def run(self) -> None:
        """Serve clicks until cancelled."""
        ...

    async def withdraw(self, call: str) -> None:
        """Take the call's notification off the screen: somebody has seen to it, or it is over."""
        ...

    async def show(self, alert: Alert, title: str, body: str) -> bool: ...

    async def close(self) -> None: ...
