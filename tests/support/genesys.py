"""A simulated organisation with a real source on it, for tests of the Notifications API's side."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from desktop.domain.events import LinkChanged, LinkFound, LinkState, SourceEvent, WordsArrived
from desktop.domain.facts import CallFacts
from desktop.domain.finding import Finding
from desktop.simulator.notifications import NotificationsPart
from desktop.simulator.platform import SimulatedPlatform
from desktop.simulator.token_office import TokenOffice
from desktop.sources.genesys_cloud import GenesysCloudConfig, GenesysCloudSource
from desktop.sources.genesys_socket import Dialler
from desktop.sources.notification_channel import ChannelManager
from desktop.sources.rest import RestClient

T = TypeVar("T")
PERSON = "supervisor-1"
FACTS = CallFacts("inbound", "Alice Monroe", "agent-1", "Billing", "queue-1", started_at_ms=1_700_000_000_000)


async def brisk(seconds: float) -> None:
    """Sleeps a fiftieth of what is asked for."""
    await asyncio.sleep(seconds / 50)


class Tokens:
    """An AccessToken on the office; `renew` has a newer one there."""

    def __init__(self, office: TokenOffice, user: str | None = PERSON) -> None:
        self.office = office
        self.user = user
        self.asked: list[bool] = []
        self.refusal: Exception | None = None
        self._token = office.issue(user=user)
        self._newer = asyncio.Event()

    async def __call__(self, *, refresh: bool) -> str:
        self.asked.append(refresh)
        if self.refusal is not None:
            raise self.refusal
        if refresh:
            self.renew()
        return self._token

    async def renewed(self) -> None:
        await self._newer.wait()
        self._newer.clear()

    def renew(self) -> None:
        self._token = self.office.issue(user=self.user)
        self._newer.set()


class Told:
    """Everything the source delivered, and waiting for it."""

    def __init__(self) -> None:
        self.events: list[SourceEvent] = []
        self._more = asyncio.Event()

    def __call__(self, event: SourceEvent) -> None:
        self.events.append(event)
        self._more.set()

    def of(self, kind: type[T]) -> list[T]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def states(self) -> list[LinkState]:
        return [event.state for event in self.of(LinkChanged)]

    @property
    def findings(self) -> dict[str, Finding]:
        return {event.finding.subject: event.finding for event in self.of(LinkFound)}

    @property
    def texts(self) -> list[str]:
        return [event.segment.text for event in self.of(WordsArrived) if event.segment.is_final]

    async def until(self, condition: Callable[[], bool], at_most_s: float = 15) -> None:
        async with asyncio.timeout(at_most_s):
            while not condition():
                self._more.clear()
                try:
                    async with asyncio.timeout(0.02):  # conditions may be about the platform's side
                        await self._more.wait()
                except TimeoutError:
                    pass

    async def live(self, times: int = 1) -> LinkChanged:
        await self.until(lambda: self.states.count(LinkState.LIVE) >= times)
        return [event for event in self.of(LinkChanged) if event.state is LinkState.LIVE][times - 1]

    def since(self, event: SourceEvent) -> Sequence[SourceEvent]:
        """What was delivered after it."""
        place = next(n for n, other in enumerate(self.events) if other is event)
        return self.events[place + 1 :]


@dataclass
class Stage:
    """A platform that runs."""

    platform: SimulatedPlatform
    part: NotificationsPart
    office: TokenOffice
    tokens: Tokens
    options: dict[str, object] = field(default_factory=dict)

    @property
    def streaming_url(self) -> str:
        return "ws" + self.platform.base_url.removeprefix("http")

    def rest(self, ssl_context: ssl.SSLContext | None = None) -> RestClient:
        return RestClient(self.platform.base_url, self.tokens, sleep=brisk, jitter=lambda: 0.0, ssl_context=ssl_context)

    def manager(self, **options: object) -> ChannelManager:
        dial = {key: options.pop(key) for key in ("ping_every_s", "silence_s", "ssl_context") if key in options}
        dialler = Dialler(self.streaming_url, **dial)  # type: ignore[arg-type]
        rest = self.rest(dial.get("ssl_context"))  # type: ignore[arg-type]
        return ChannelManager(rest, self.tokens, dialler, **{"sleep": brisk, "jitter": lambda: 0.0} | options)  # type: ignore[arg-type]

    def source(
        self,
        *,
        manager: ChannelManager | None = None,
        wall_clock: Callable[[], float] = time.time,
        **config: object,
    ) -> GenesysCloudSource:
        settings = GenesysCloudConfig(
            "org",
            self.platform.base_url,
            self.streaming_url,
            "eu-central-1",
            **config,  # type: ignore[arg-type]
        )
        return GenesysCloudSource(
            settings,
            self.tokens,
            manager=manager or self.manager(),
            sleep=brisk,
            jitter=lambda: 0.0,
            wall_clock=wall_clock,
        )


@asynccontextmanager
async def organisation(part: NotificationsPart | None = None, **options: object) -> AsyncIterator[Stage]:
    office: TokenOffice = options.pop("office", None) or TokenOffice()  # type: ignore[assignment]
    user, ssl_context = options.pop("user", PERSON), options.pop("ssl_context", None)
    part = part or NotificationsPart(office, queues={"queue-1": "Billing", "queue-2": "Orders"}, **options)  # type: ignore[arg-type]
    part.script.text_delay_s = 0.02
    platform = SimulatedPlatform([part], ssl_context=ssl_context)  # type: ignore[arg-type]
    await platform.start()
    try:
        yield Stage(platform, part, office, Tokens(office, user))  # type: ignore[arg-type]
    finally:
        await platform.close()


@asynccontextmanager
async def running(source: GenesysCloudSource) -> AsyncIterator[Told]:
    told = Told()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(source.run(told), name="source")
        try:
            yield told
        finally:
            task.cancel()
    assert told.states[-1] is LinkState.CLOSED
