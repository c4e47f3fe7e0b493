"""A bad day at the platform, as data: at which second what goes wrong, and what the platform itself knows happened.

`BAD_DAY` is a timeline of faults; `inflict` applies it to a stage of simulated parts; `Ledger` listens to the floor and
keeps the truth (which calls began and ended), so that a console's account of the day can be held against it.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, assert_never

from desktop.domain.facts import CallFacts
from desktop.gateway.audio_connector import AudioConnectorGateway
from desktop.simulator.analytics import AnalyticsPart
from desktop.simulator.bots import BotsPart
from desktop.simulator.notifications import NotificationsPart
from desktop.simulator.platform import SimulatedPlatform
from desktop.simulator.script import Turn
from desktop.simulator.token_office import TokenOffice

STORM: Final = 12
SIGN_IN_STORM: Final = 3
STORM_WAIT_S: Final = 3.0
DELAYED: Final = 5
LATE_SCORE_S: Final = 3.0
KNOCK_S: Final = 0.2


class Fault(enum.Enum):
    """What can go wrong."""

    TOKENS_REFUSED = "every token stops being accepted mid-stream, without a word"
    STORM = "429 to the next requests, sign-in included, with Retry-After"
    GOING_AWAY = "every socket is closed with 1001"
    ABNORMAL = "every socket's connection is cut (1006)"
    HALF_OPEN = "every socket stays open and nothing passes through it"
    REGION_GONE = "nobody listens any more, every connection is cut"
    EVICTED = "every notification channel is forgotten"
    LATE_AND_TWICE = "events come twice, some late, some scores after their call's end"


@dataclass(frozen=True, slots=True)
class Trouble:
    """At this second of the day; `lasts_s` for what goes on for a while."""

    at_s: float
    fault: Fault
    lasts_s: float = 0.0


BAD_DAY: Final = (
    Trouble(30.0, Fault.LATE_AND_TWICE, 30.0),
    Trouble(75.0, Fault.TOKENS_REFUSED),
    Trouble(130.0, Fault.STORM),
    Trouble(131.0, Fault.GOING_AWAY),
    Trouble(190.0, Fault.ABNORMAL),
    Trouble(225.0, Fault.HALF_OPEN),
    Trouble(310.0, Fault.REGION_GONE, 120.0),
    Trouble(470.0, Fault.EVICTED),
    Trouble(500.0, Fault.LATE_AND_TWICE, 30.0),
    Trouble(501.0, Fault.ABNORMAL),
)
"""Each fault alone, the region away for two minutes, and some at once. Seconds; over after DAY_S."""
DAY_S: Final = 600.0


@dataclass(slots=True)
class Stage:
    """Where it happens; a part that is None is not there. `gateway`: document A's streams."""

    platform: SimulatedPlatform
    office: TokenOffice
    analytics: AnalyticsPart | None = None
    notifications: NotificationsPart | None = None
    bots: BotsPart | None = None
    gateway: AudioConnectorGateway | None = None
    storm: int = STORM
    inflicted: list[Fault] = field(default_factory=list)


async def inflict(
    day: Sequence[Trouble], stage: Stage, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> None:
    """Let it all happen, each at its time; returns when the last fault is over."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.TaskGroup() as group:
        for nth, trouble in enumerate(day):
            await sleep(max(0.0, began + trouble.at_s - loop.time()))
            stage.inflicted.append(trouble.fault)
            group.create_task(_happen(trouble, stage, sleep), name=f"trouble {nth}: {trouble.fault.name}")


async def _happen(trouble: Trouble, stage: Stage, sleep: Callable[[float], Awaitable[None]]) -> None:
    match trouble.fault:
        case Fault.TOKENS_REFUSED:
            stage.office.revoke_all()
            if stage.gateway is not None:
                stage.gateway.deny_discovery(401)
                await stage.gateway.drop_connections(1008)
        case Fault.STORM:
            stage.platform.throttle("/api/v2", stage.storm, retry_after_s=STORM_WAIT_S)
            stage.platform.throttle("/oauth/token", SIGN_IN_STORM, retry_after_s=STORM_WAIT_S)
            if stage.gateway is not None:
                stage.gateway.deny_discovery(429, STORM_WAIT_S, times=2)
        case Fault.GOING_AWAY:
            await _say_goodbye(stage)
        case Fault.ABNORMAL:
            await _cut(stage)
        case Fault.HALF_OPEN:
            for part in (stage.analytics, stage.bots):
                if part is not None:
                    part.freeze()
            if stage.notifications is not None:
                stage.notifications.channels.freeze()
        case Fault.REGION_GONE:
            await _be_gone(stage, trouble.lasts_s, sleep)
        case Fault.EVICTED:
            if stage.notifications is not None:
                stage.notifications.channels.evict()
        case Fault.LATE_AND_TWICE:
            await _garble(stage, trouble.lasts_s, sleep)
        case _:  # pragma: no cover
            assert_never(trouble.fault)


async def _say_goodbye(stage: Stage) -> None:
    if stage.analytics is not None:
        await stage.analytics.dismiss(1001)
    if stage.notifications is not None:
        await stage.notifications.channels.leave(1001)
    if stage.bots is not None:
        stage.bots.say_goodbye(1001)
    if stage.gateway is not None:
        await stage.gateway.drop_connections(1001)


async def _cut(stage: Stage) -> None:
    for part in stage.platform.parts:
        await part.cut()
    if stage.gateway is not None:
        await stage.gateway.drop_connections(None)


async def _be_gone(stage: Stage, for_s: float, sleep: Callable[[float], Awaitable[None]]) -> None:
    """What goes on meanwhile in the region, nobody hears of. The streams' host stays up, and refuses."""
    loop = asyncio.get_running_loop()
    until = loop.time() + for_s
    await stage.platform.go_away()
    gateway = stage.gateway
    answered = -1
    while gateway is not None and loop.time() < until:
        if gateway.stats.discoveries_denied != answered:
            answered = gateway.stats.discoveries_denied
            gateway.deny_discovery(503)
        await gateway.drop_connections(None)
        await sleep(KNOCK_S)
    await sleep(max(0.0, until - loop.time()))
    await stage.platform.come_back()


async def _garble(stage: Stage, for_s: float, sleep: Callable[[float], Awaitable[None]]) -> None:
    analytics, notifications = stage.analytics, stage.notifications
    if analytics is not None:
        analytics.faults.duplicates, analytics.faults.late_score_s = 1, LATE_SCORE_S
    if notifications is not None:
        notifications.channels.repeat_next = 1_000_000
    halves = 2
    for _ in range(halves):
        if notifications is not None:
            notifications.channels.delay_next = DELAYED
        await sleep(for_s / halves)
        if notifications is not None:
            notifications.channels.delay_next = 0
            notifications.channels.release()
    if analytics is not None:
        analytics.faults.duplicates, analytics.faults.late_score_s = 0, None
    if notifications is not None:
        notifications.channels.repeat_next = 0


@dataclass(slots=True)
class Ledger:
    """An audience that remembers: `began` and `ended` are moments on the platform's clock, ms."""

    began: dict[str, int] = field(default_factory=dict)
    ended_at: dict[str, int] = field(default_factory=dict)

    @property
    def live(self) -> set[str]:
        """Under way now."""
        return self.began.keys() - self.ended_at.keys()

    def appeared(self, call: str, facts: CallFacts, at_ms: int) -> None:
        self.began[call] = at_ms

    def changed(self, call: str, facts: CallFacts, at_ms: int) -> None:
        """Doesn't matter here."""

    def spoke(self, call: str, turn: Turn, at_ms: int) -> None:
        """Doesn't matter here."""

    def ended(self, call: str, at_ms: int) -> None:
        self.ended_at[call] = at_ms
