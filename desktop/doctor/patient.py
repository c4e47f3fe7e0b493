"""One connection to be examined: everything that the checks need to know of it, and what they find besides findings."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from desktop.doctor.link import Latency
from desktop.doctor.network import Endpoint, Proxy
from desktop.doctor.permissions import Need
from desktop.doctor.sign_in import Who
from desktop.doctor.watching import Watched
from desktop.domain.events import SourceEvent
from desktop.domain.ports import Source
from desktop.domain.speech import EngineNotice
from desktop.sources.rest import RestClient
from desktop.sources.trust import Route


class Ears(Protocol):
    """A real recogniser that listens to the watched sound."""

    async def ready(self) -> None:
        """Returns once it can hear. SidetoneError if it never will."""
        ...

    def hear(self, event: SourceEvent) -> None: ...

    async def finish(self, within_s: float) -> None:
        """No more sound comes: returns when all of it is heard, or after `within_s`."""
        ...

    @property
    def notice(self) -> EngineNotice | None:
        """Once it is ready: why it hears words less well than it should."""
        ...

    @property
    def first_words_at(self) -> float | None:
        """On the running loop's clock."""
        ...


@dataclass(frozen=True, slots=True)
class Patient:
    """What of it is None or empty does not apply to this kind of connection, and is left out."""

    link: str
    kind: str  # as named in the set-up: "Audio Connector"
    source: Source | None  # None: an organisation by itself, to which nothing is listening
    endpoints: tuple[Endpoint, ...]
    ssl_context: ssl.SSLContext
    proxy_for: Callable[[Endpoint], Proxy | None] = lambda endpoint: None
    route_to: Callable[[Endpoint], Route] = lambda endpoint: Route()  # the same way for HTTP requests
    who: Who | None = None
    needs: tuple[Need, ...] = ()
    rest: RestClient | None = None  # one attempt per request is enough
    discover: Callable[[], Awaitable[tuple[str, Endpoint]]] | None = None  # what was found, in words; where to stream
    ears: Ears | None = None
    at_most_s: float | None = None  # how long to watch it, if less than asked for
    calls: bool = False  # whether it names any
    sound: bool = False
    scores: bool = False
    words: bool = False  # the platform's own live text
    announces: tuple[str, ...] = ()  # subjects that the source itself is going to find something about


@dataclass(slots=True)
class Course:
    """What the examination of one patient brings along besides findings."""

    seconds: float
    summarise: Callable[[Watched], Latency]
    seen: Watched = field(default_factory=Watched)
    latency: Latency | None = None
    began_s: float = 0.0  # of the watching, on the loop's clock
