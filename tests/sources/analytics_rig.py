"""A console's analytics source beside a platform, in virtual time: what it delivered, and a token that tests move."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from desktop.domain.errors import SidetoneError
from desktop.domain.events import LinkChanged, LinkState, ReadingArrived, SourceEvent
from desktop.domain.facts import CallFacts
from desktop.domain.media import Party
from desktop.simulator.analytics import AnalyticsPart
from desktop.simulator.platform import SimulatedPlatform
from desktop.simulator.script import Turn
from desktop.simulator.token_office import TokenOffice
from desktop.sources.analytics_socket import AnalyticsConfig, AnalyticsSource
from tests.support.virtual_time import running, wall_clock

FACTS = CallFacts("inbound", "John Doe", "a-1", "Support", "q-1")
EVERYBODY = ("sentiment.score", "sentiment.label", "state")
E = TypeVar("E")


class Token:
    """`give` makes a token; `refusal` is raised instead while it is set."""

    def __init__(self, give: Callable[[], str] = lambda: "token") -> None:
        self._give = give
        self._now = ""
        self._fresh = asyncio.Event()
        self.refusal: SidetoneError | None = None
        self.asked: list[bool] = []

    async def __call__(self, *, refresh: bool) -> str:
        self.asked.append(refresh)
        if self.refusal is not None and (refresh or not self._now):
            raise self.refusal
        if refresh or not self._now:
            self._now = self._give()
        self._fresh.clear()
        return self._now

    async def renewed(self) -> None:
        await self._fresh.wait()

    def renew(self) -> None:
        self._now = self._give()
        self._fresh.set()


@dataclass
class Console:
    """What one source delivered."""

    source: AnalyticsSource
    told: list[SourceEvent] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def deliver(self, event: SourceEvent) -> None:
        self.told.append(event)
        self.news.set()

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.told if isinstance(event, kind)]

    @property
    def states(self) -> list[str]:
        return [change.state.value for change in self.all(LinkChanged)]

    @property
    def scores(self) -> list[float]:
        return [reading.score for reading in self.all(ReadingArrived)]

    async def until(self, what: Callable[[], object], within_s: float = 10.0) -> float:
        """Seconds that it took."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.timeout(within_s):
            while not what():
                self.news.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.news.wait(), within_s / 50)  # for what is not a delivery
        return loop.time() - began

    async def live(self, times: int = 1, within_s: float = 10.0) -> float:
        return await self.until(lambda: self.states.count(LinkState.LIVE.value) >= times, within_s)


@dataclass
class Rig:
    """A platform with one part, and the floor's side of it."""

    office: TokenOffice
    part: AnalyticsPart
    platform: SimulatedPlatform
    token: Token

    def config(self, **settings: Any) -> AnalyticsConfig:
        return AnalyticsConfig(**{"name": "link", "base_url": self.platform.base_url, "region": "test"} | settings)

    @asynccontextmanager
    async def console(self, *, still_live: Any = None, jitter: float = 0.5, **settings: Any) -> AsyncIterator[Console]:
        source = AnalyticsSource(
            self.config(**settings),
            self.token,
            still_live=still_live,
            jitter=lambda: jitter,
            wall_clock=wall_clock,
        )
        console = Console(source)
        async with asyncio.TaskGroup() as group:
            running_source = group.create_task(source.run(console.deliver), name="source")
            try:
                yield console
            finally:
                running_source.cancel()

    def begins(self, call: str = "c", facts: CallFacts = FACTS) -> None:
        self.part.appeared(call, facts, self.now_ms)

    def says(self, score: float | None, call: str = "c") -> None:
        self.part.spoke(call, Turn(Party.CUSTOMER, 0, 1, "", score), self.now_ms)

    @property
    def now_ms(self) -> int:
        return round(wall_clock() * 1000)


@asynccontextmanager
async def rig(life_s: float = 86_400.0) -> AsyncIterator[Rig]:
    loop = running()
    office = TokenOffice(clock=loop.time, life_s=life_s)
    part = AnalyticsPart(office)
    platform = SimulatedPlatform([part])
    await platform.start()
    try:
        yield Rig(office, part, platform, Token(office.issue))
    finally:
        await platform.close()
