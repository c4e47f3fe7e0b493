"""Where adapters plug in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, runtime_checkable

from desktop.domain.alert import Alert
from desktop.domain.bots import EngineAnswer
from desktop.domain.events import SourceEvent
from desktop.domain.facts import CallFacts
from desktop.domain.intents import Join
from desktop.domain.media import Party, PcmBlock
from desktop.domain.speech import Attention, EngineNotice, EngineTrouble, Result, Segment

Deliver = Callable[[SourceEvent], None]


class Source(Protocol):
    """One way calls arrive. `run` lives as long as the source does and reconnects by itself."""

    @property
    def name(self) -> str: ...

    async def run(self, deliver: Deliver) -> None: ...

    def retry(self) -> None:
        """A person has done something about a refusal or doesn't want to wait: try again now."""
        ...


class AccessToken(Protocol):
    """Gives the OAuth access token from wherever it is kept. Safe to ask from several tasks at once."""

    async def __call__(self, *, refresh: bool) -> str:
        """`refresh` True: the platform did not accept the last one (401), get a new one.

        SignInNeeded or Rejected if a person has to act; Throttled and Unreachable if trying later may help.
        """
        ...

    async def renewed(self) -> None:
        """Returns once a newer token than the last one given is there; a stream then moves over to it."""
        ...


@runtime_checkable
class FreshToken(AccessToken, Protocol):
    """An access token that may be renewed as a precaution, which a lost connection asks for but a 401 alone proves."""

    async def freshened(self) -> str:
        """A new token if that takes no person, else the one at hand, which is in no doubt; errors as for a call."""
        ...


class SecretKeeper(Protocol):
    """Secrets by name, in the operating system's keyring; without one, for this session only."""

    @property
    def persistent(self) -> bool:
        """False once the keyring refused."""
        ...

    async def get(self, name: str) -> str | None: ...

    async def put(self, name: str, secret: str) -> bool:
        """False when it is kept for this session only."""
        ...

    async def forget(self, name: str) -> None: ...


class Feedback(Protocol):
    """What a source that brings sound wants to hear about its calls. Called on the loop; must not wait."""

    def told(self, event: SourceEvent) -> None:
        """Another connection named a call, ended one, or changed its own state."""
        ...

    def said(self, segment: Segment) -> None:
        """What was recognised of the sound that this source brought."""
        ...


class CallControl(Protocol):
    """Joins a live call on behalf of the signed-in supervisor."""

    async def join(self, call: str, how: Join) -> None:
        """Returns once the platform took the request and rings. Rejected says why not, in words."""
        ...


class LanguageEngine(Protocol):
    """An external NLP engine that bot messages are forwarded to (document E)."""

    async def answer(self, message: Mapping[str, object]) -> EngineAnswer:
        """Never raises: an engine that fails, is late or is cut off gives an answer without a body."""
        ...

    async def close(self) -> None: ...


class FactsDirectory(Protocol):
    """Looks up an interaction that audio arrived for but nobody named (document A, edge case 2)."""

    async def look_up(self, call: str) -> CallFacts | None: ...


class RecogniserStream(Protocol):
    """One party of one call. Synchronous; lives in a worker process.

    `feed` takes blocks in time order and may recognise at once or keep them for `drain`;
    results come out of `drain` only, so that an engine that answers later fits as well.
    """

    def feed(self, block: PcmBlock) -> None: ...

    def drain(self) -> Sequence[Result]: ...

    def attend(self, attention: Attention) -> None:
        """How much to hear from the next utterance on; an engine that spots no phrases takes PHRASES for PRESENCE."""
        ...

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

    def watch(self, phrases: Sequence[str]) -> None:
        """Phrases (lower-case words, `*` ends a stem) to spot on all streams from now on; replaces the ones before.

        Phrases that can't be spotted are left out and never keep others from being spotted.
        """
        ...

    def close(self) -> None: ...


@runtime_checkable
class DistantRecogniser(Recogniser, Protocol):
    """An engine that is somewhere else, and may be away."""

    @property
    def trouble(self) -> EngineTrouble | None:
        """Why nothing is heard now."""
        ...


@runtime_checkable
class MakeshiftRecogniser(Recogniser, Protocol):
    """A recogniser that may have to do without the best that it could hear with."""

    @property
    def notice(self) -> EngineNotice | None:
        """Why it hears words less well than it should; None while it doesn't, and where a person chose that."""
        ...


def notice_of(recogniser: Recogniser) -> EngineNotice | None:
    """Of any recogniser."""
    return recogniser.notice if isinstance(recogniser, MakeshiftRecogniser) else None


@runtime_checkable
class SpottingRecogniser(Recogniser, Protocol):
    """A recogniser that hears watched phrases without all the words, for much less work."""

    @property
    def spots_phrases(self) -> bool:
        """Whether any of the phrases watched just now can be spotted."""
        ...


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
