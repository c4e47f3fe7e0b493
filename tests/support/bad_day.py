"""What the bad-day tests share: a shift of scripted calls, a console's account of it, and a pool that hears nothing."""

from __future__ import annotations

import asyncio
import enum
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from desktop.domain.facts import CallFacts, CallPhase
from desktop.domain.media import EncodedFrame, Party
from desktop.domain.ports import Source
from desktop.domain.sign_in import SignIn, SignInState
from desktop.domain.speech import Attention
from desktop.domain.updates import AlertChanged, CallRemoved, CallUpdated, EngineHealth, Update
from desktop.engine.mailbox import Mailbox
from desktop.simulator.audience import Audience
from desktop.simulator.bad_day import Fault, Ledger, Trouble
from desktop.simulator.notifications_calls import SimulatedCall
from desktop.simulator.script import Turn


class DeafPool:
    """Stands in for the workers: takes every frame and hears nothing."""

    engine = ""
    ready = restarts = 0
    slots = ()

    def __init__(self, *_: object) -> None:
        self.rss_mb: dict[int, float] = {}

    async def run(self) -> None:
        await asyncio.Event().wait()

    def feed(self, frame: EncodedFrame, language: str) -> bool:
        return True

    def watch(self, phrases: Sequence[str]) -> None: ...

    def tick(self) -> None: ...

    def hears(self, call: str) -> bool:
        return False

    def placed(self) -> list[tuple[str, int, Attention]]:
        return []

    def flush(self, call: str) -> None: ...

    def close(self, call: str) -> None: ...

    def position_ms(self, call: str) -> int:
        return 0

    def health(self) -> EngineHealth:
        return EngineHealth(1, 1, 0, 0.0)


class Account(Mailbox):
    """A mailbox that also keeps the console's account of the day; `wall_ms` is the engine's wall clock."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: Counter[str] = Counter()
        self.live: set[str] = set()
        self.ended: dict[str, tuple[int, str]] = {}  # when (engine's wall clock), why
        self.ends: Counter[str] = Counter()
        self.removed: set[str] = set()
        self.alerts: dict[int, tuple[str, str]] = {}  # id -> call, rule

    def put(self, update: Update) -> None:
        match update:
            case CallUpdated(call=call, phase=phase):
                if call not in self.live and phase in (CallPhase.GRACE, CallPhase.LIVE):
                    self.opened[call] += 1
                    self.live.add(call)
                if phase is CallPhase.LINGERING and call in self.live:
                    assert update.ended_ms is not None
                    self.live.discard(call)
                    self.ends[call] += 1
                    self.ended[call] = (update.ended_ms, update.reason)
            case CallRemoved(call=call):
                self.live.discard(call)
                self.removed.add(call)
            case AlertChanged(alert=alert):
                self.alerts[alert.alert_id] = (alert.call, alert.rule_id)
            case _:
                pass

    @property
    def raised(self) -> set[tuple[str, str]]:
        """(call, rule) of every alert."""
        return set(self.alerts.values())


class Secrets:
    """A keyring that knows one client's secret."""

    persistent = True

    async def get(self, name: str) -> str | None:
        return "the-secret" if name.endswith("client-secret") else None

    async def put(self, name: str, secret: str) -> bool:
        return True

    async def forget(self, name: str) -> None: ...


class SignedInAs(enum.Enum):
    """Whom the console's token stands for, and who replaces it."""

    SERVICE = "a service, which signs in again by itself"
    PERSON = "a person, without a refresh token"
    PASTED = "a token that somebody pasted"


@dataclass
class Supervisor:
    """Somebody at the console: signs in again when told that it takes a person, which starts the links anew."""

    said: list[SignIn] = field(default_factory=list)
    signed_out_at: list[float] = field(default_factory=list)  # on the loop's clock
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)
    _addresses: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    def hear(self, sign_in: SignIn) -> None:
        """What the keeper says."""
        self.said.append(sign_in)
        if sign_in.state is SignInState.SIGNED_OUT:
            self.signed_out_at.append(asyncio.get_running_loop().time())
            self._wanted.set()

    def browse(self, address: str) -> bool:
        """The system's browser."""
        self._addresses.put_nowait(address)
        return True

    async def surf(self) -> None:
        """Visit what the browser was told to open."""
        while True:
            address = await self._addresses.get()
            async with aiohttp.ClientSession() as session, session.get(address) as response:
                await response.read()

    async def watch(self, sign_in: Callable[[], Awaitable[None]], sources: Sequence[Source]) -> None:
        """Until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            await sign_in()
            for source in sources:
                source.retry()


class Archive:
    """A part that remembers ended conversations, as the platform does: GET /api/v2/conversations/{id}.

    It must come before the other parts, which know live ones only.
    """

    def __init__(self) -> None:
        self._calls: dict[str, SimulatedCall] = {}
        self._over: set[str] = set()

    def routes(self) -> Iterable[web.RouteDef]:
        return (web.get("/api/v2/conversations/{call}", self._call),)

    async def _call(self, request: web.Request) -> web.Response:
        call = request.match_info["call"]
        if call not in self._calls:
            return web.json_response({"code": "not.found", "status": 404}, status=404)
        return web.json_response(self._calls[call].body(over=call in self._over))

    def moved(self, base_url: str) -> None: ...

    async def cut(self) -> None: ...

    async def close(self) -> None: ...

    def appeared(self, call: str, facts: CallFacts, at_ms: int) -> None:
        self._calls[call] = SimulatedCall(call, facts, at_ms)

    def changed(self, call: str, facts: CallFacts, at_ms: int) -> None:
        self._calls[call].changed(facts)

    def spoke(self, call: str, turn: Turn, at_ms: int) -> None: ...

    def ended(self, call: str, at_ms: int) -> None:
        self._over.add(call)


def settle_accounts(ledger: Ledger, account: Account, unseeable: Iterable[str], early_ms: int) -> list[str]:
    """Everything in which the console's account differs from the truth, in words; empty when it is right.

    `early_ms`: how much earlier than the platform the console may date an end (their clocks are read apart).
    """
    found = []
    for call in ledger.began:
        if call in unseeable:
            continue
        if account.opened[call] == 0:
            found.append(f"{call}: lost, never listed")
        elif account.opened[call] > 1:
            found.append(f"{call}: listed {account.opened[call]} times")
        elif call in ledger.live and call not in account.live:
            found.append(f"{call}: lost, still live at the platform ({account.ended.get(call)})")
        elif call not in ledger.live and call in account.live:
            found.append(f"{call}: a ghost, over at the platform")
        elif call in account.ended:
            when, why = account.ended[call]
            if not why:
                found.append(f"{call}: ended without a reason")
            if when < ledger.ended_at[call] - early_ms:
                found.append(f"{call}: ended {ledger.ended_at[call] - when} ms too early ({why})")
            if account.ends[call] != 1:
                found.append(f"{call}: ended {account.ends[call]} times")
    found += [f"{call}: a ghost, unknown to the platform" for call in account.opened.keys() - ledger.began.keys()]
    return found


def within_outages(day: Sequence[Trouble], began_ms: int, ledger: Ledger) -> set[str]:
    """Calls whose whole life lies in a time when the region was gone: no console in the world can know of them."""
    gone = [
        (began_ms + t.at_s * 1000, began_ms + (t.at_s + t.lasts_s) * 1000) for t in day if t.fault is Fault.REGION_GONE
    ]
    return {
        call
        for call, ended_ms in ledger.ended_at.items()
        if any(start <= ledger.began[call] and ended_ms <= end for start, end in gone)
    }


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """Seconds of the day; it says `text`, scored `score`, every `every_s`."""

    call: str
    begins_s: float
    ends_s: float
    text: str
    score: float
    every_s: float = 7.0
    queue: str = "queue-1"
    agent: str = "agent-1"


CALM, ANGRY, LEGAL = "thank you that is fine", "this is terrible and useless", "i will call my lawyer"


def shift(day_s: float) -> tuple[PlannedCall, ...]:
    """Calls that begin and end before, in, after and across everything that goes wrong."""
    planned = []
    for nth in range(24):
        begins = nth * day_s / 26
        planned.append(
            PlannedCall(f"calm-{nth}", begins, begins + 45 + 13 * (nth % 5), CALM, 0.4, queue=f"queue-{nth % 3}")
        )
    for nth in range(4):  # long enough to be angry on both sides of the longest outage
        begins = 20 + nth * 50.0
        planned.append(PlannedCall(f"angry-{nth}", begins, begins + 440, ANGRY, -0.8, queue=f"queue-{nth % 3}"))
        planned.append(PlannedCall(f"legal-{nth}", begins + 9, begins + 430, LEGAL, -0.1, 31.0))
    planned.append(PlannedCall("angry-at-the-end", day_s - 110, day_s + 999, ANGRY, -0.9))
    planned.append(PlannedCall("all-day", 1.0, day_s + 999, CALM, 0.1))
    return tuple(planned)


@dataclass(slots=True)
class Shift:
    """Plays planned calls to audiences, on the running loop's clock; `wall_ms` is the platform's."""

    planned: Sequence[PlannedCall]
    audiences: Sequence[Audience]
    wall_ms: Callable[[], int]

    async def play(self) -> None:
        """Until cancelled, or until the last call is over."""
        async with asyncio.TaskGroup() as group:
            for planned in self.planned:
                group.create_task(self._one(planned), name=planned.call)

    async def _one(self, plan: PlannedCall) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.sleep(plan.begins_s)
        facts = CallFacts(
            direction="inbound",
            agent_name=f"Name of {plan.agent}",
            agent_id=plan.agent,
            queue_name=f"Name of {plan.queue}",
            queue_id=plan.queue,
            started_at_ms=self._ms(),
        )
        for audience in self.audiences:
            audience.appeared(plan.call, facts, self._ms())
        started = loop.time()
        while loop.time() + plan.every_s < began + plan.ends_s:
            await asyncio.sleep(plan.every_s)
            said_ms = round((loop.time() - started) * 1000)
            turn = Turn(Party.CUSTOMER, max(0, said_ms - 2000), said_ms, plan.text, plan.score)
            for audience in self.audiences:
                audience.spoke(plan.call, turn, self._ms())
        await asyncio.sleep(max(0.0, began + plan.ends_s - loop.time()))
        for audience in self.audiences:
            audience.ended(plan.call, self._ms())

    def _ms(self) -> int:
        return self.wall_ms()
