"""A real Genesys Cloud organisation by its Notifications API: the live list, live text, and joining (genesys.md 2, 3).

which queues -> queue topics on the shared channels -> the activity query seeds the list -> events keep it
each live call's transcription topic -> words, scored by ourselves
the link comes back -> the list is asked for again: what it leaves out has ended
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from desktop.domain.errors import PeerBrokeProtocol, Rejected, SidetoneError, SignInNeeded, Throttled, Unreachable
from desktop.domain.events import LinkChanged, LinkState
from desktop.domain.facts import CallFacts
from desktop.domain.finding import Remedy
from desktop.domain.intents import Join
from desktop.domain.ports import AccessToken, Deliver
from desktop.protocols.activity import ACTIVITY_PATH, ACTIVITY_PERMISSION, Activity, decode_activity, encode_query
from desktop.protocols.backoff import Backoff
from desktop.protocols.notifications import queue_topic
from desktop.sources.genesys_calls import LiveCalls
from desktop.sources.genesys_findings import LIST_LATER, list_complete, list_cut, list_refused, names_refused
from desktop.sources.genesys_floor import GenesysFloor
from desktop.sources.genesys_join import JoinDesk
from desktop.sources.genesys_listener import first_of
from desktop.sources.genesys_names import Names
from desktop.sources.genesys_operations import Operations
from desktop.sources.genesys_socket import Dialler
from desktop.sources.genesys_waiting import look_at_waiting
from desktop.sources.notification_channel import ChannelManager
from desktop.sources.rest import Refused, RestClient, SessionFactory
from desktop.sources.waiting import pause

MAX_ACTIVITY_BYTES: Final = 8 * 1024 * 1024
MAX_LOOK_UPS: Final = 4


@dataclass(frozen=True, slots=True)
class GenesysCloudConfig:
    """One organisation's connection. Durations in seconds."""

    name: str = field(metadata={"help": "What this connection is called on the screen"})
    api_url: str = field(metadata={"help": "https://api.<region>"})
    streaming_url: str = field(metadata={"help": "wss://streaming.<region>: the only host that is trusted to stream"})
    region: str = field(default="", metadata={"help": "Region label"})
    queue_ids: tuple[str, ...] = field(default=(), metadata={"help": "Empty: your queues, else all that you may see"})
    transcripts: bool = field(default=True, metadata={"help": "Live text of each call"})
    operations: bool = field(default=True, metadata={"help": "Say why the platform could not reach a listener here"})
    has_person: bool = field(default=True, metadata={"help": "False for an OAuth client of its own (credentials)"})
    ask_again_s: float = field(default=60.0, metadata={"help": "How often to try again after a refusal"})
    audit_s: float = field(default=300.0, metadata={"help": "How often the list of calls is compared"})
    housekeeping_s: float = field(default=0.5, metadata={"help": "How often names and findings are looked after"})


class GenesysCloudSource:
    """Implements `Source`, `FactsDirectory` and `CallControl`. SettingInvalid from the constructor names the setting.

    `manager`: shared by all sources of one organisation and sign-in; None makes one for this source alone.
    """

    def __init__(
        self,
        config: GenesysCloudConfig,
        token: AccessToken,
        *,
        manager: ChannelManager | None = None,
        ssl_context: ssl.SSLContext | None = None,
        proxy: str | None = None,
        session_factory: SessionFactory | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        wall_clock: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._config = config
        self._rest = RestClient(
            config.api_url,
            token,
            ssl_context=ssl_context,
            proxy=proxy,
            session_factory=session_factory,
            sleep=sleep,
            wall_clock=wall_clock,
            jitter=jitter,
        )
        dialler = Dialler(config.streaming_url, ssl_context=ssl_context, proxy=proxy, wall_clock=wall_clock)
        self._manager = manager or ChannelManager(self._rest, token, dialler, sleep=sleep, jitter=jitter)
        self._names = Names(self._rest)
        self._desk = JoinDesk(self._rest, has_person=config.has_person)
        self._sleep = sleep
        self._wall_clock = wall_clock
        self._jitter = jitter
        self._backoff = Backoff()
        self._acted = asyncio.Event()
        self._look_ups = asyncio.Semaphore(MAX_LOOK_UPS)
        self._calls = LiveCalls()
        self._last = LinkState.CLOSED

    @property
    def name(self) -> str:
        return self._config.name

    def retry(self) -> None:
        """A person has done something about a refusal or doesn't want to wait: try again now."""
        if self._last is not LinkState.LIVE:  # else the next loss would not be waited out
            self._acted.set()
            self._manager.hurry()

    async def join(self, call: str, how: Join) -> None:
        """Ring the signed-in supervisor's phone. Rejected says why not, in words."""
        known = self._calls.get(call)
        await self._desk.join(call, known.participant if known is not None else "", how)

    async def look_up(self, call: str) -> CallFacts | None:
        """Ask REST about a conversation. None if it isn't known or can't be asked now; never raises."""
        async with self._look_ups:
            with contextlib.suppress(SidetoneError):
                facts = (await self._desk.ask(call)).facts
                if facts.agent_id and not facts.agent_name and not self._names.knows_user(facts.agent_id):
                    await self._names.ask_users([facts.agent_id])
                return self._named(facts)
            return None

    async def run(self, deliver: Deliver) -> None:
        """Until cancelled: hear, list, reconnect. Delivers LinkChanged at every step."""
        try:
            while True:
                self._acted.clear()
                self._tell(deliver, LinkState.CONNECTING)
                began = asyncio.get_running_loop().time()
                try:
                    await self._live(deliver)
                except Rejected as problem:
                    await self._wait_for_a_person(deliver, problem)
                except Throttled as problem:
                    await self._wait(deliver, str(problem), problem.after_s, began)
                except SidetoneError as problem:
                    await self._wait(deliver, str(problem), None, began)
        except asyncio.CancelledError:  # only then will nothing more come; a bug is its keeper's to tell
            self._tell(deliver, LinkState.CLOSED)
            raise

    async def _live(self, deliver: Deliver) -> None:
        """From finding the queues to an error that ends it all."""
        queues = await self._names.queues_to_watch(self._config.queue_ids, person=self._config.has_person)
        floor = GenesysFloor(
            self.name,
            deliver,
            self._manager,
            self._calls,
            self._named,
            transcripts=self._config.transcripts,
            now_ms=lambda: round(self._wall_clock() * 1000),
            on_link=lambda state, detail, retry_in_s: self._channels_changed(deliver, state, detail, retry_in_s),
        )
        floor.watch([queue_topic(queue) for queue in queues])
        hearing = Operations(self._rest, self._manager, floor, self._sleep, self._config.ask_again_s)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._manager.run(hearing), name="channels")
                if self._config.operations:
                    group.create_task(hearing.run(), name="operational events")
                group.create_task(self._list(floor, queues, deliver), name="live list")
                group.create_task(self._keep_house(floor), name="names")
        except BaseExceptionGroup as problems:
            raise first_of(problems) from None
        finally:
            self._manager.release(floor)

    # ---- the live list

    async def _list(self, floor: GenesysFloor, queues: Sequence[str], deliver: Deliver) -> None:
        """Each time the channels have come up: ask for the calls under way, and only then say that the link is live."""
        while True:
            try:
                async with asyncio.timeout(self._config.audit_s):
                    await floor.came_up.wait()
            except TimeoutError:
                await self._audit(floor, queues)
                queues = await self._names.with_newer_queues(queues, self._config.queue_ids, self._config.has_person)
                floor.watch([queue_topic(queue) for queue in queues])
                continue
            floor.came_up.clear()
            told, backoff = False, Backoff()
            while floor.up and not floor.came_up.is_set():
                try:
                    activity = await self._ask_activity(floor, queues)
                except (Throttled, Unreachable, PeerBrokeProtocol) as problem:
                    if isinstance(problem, PeerBrokeProtocol):
                        floor.on_complaint(str(problem))
                    if floor.up and not told:
                        told = True
                        self._relist(floor, deliver, Activity({}, truncated=True), LIST_LATER)
                    after_s = problem.after_s if isinstance(problem, Throttled) else None
                    await self._sleep(backoff.after_failure(self._jitter(), retry_after_s=after_s))
                    continue
                if floor.up and not floor.came_up.is_set():
                    self._relist(floor, deliver, activity)
                    await look_at_waiting(self._desk, floor, activity.waiting)
                break

    async def _audit(self, floor: GenesysFloor, queues: Sequence[str]) -> None:
        """Nobody repeats an event that was lost: compare with the list now and then."""
        if not floor.up:
            return
        with contextlib.suppress(Throttled, Unreachable, PeerBrokeProtocol):
            activity = await self._ask_activity(floor, queues)
            if floor.up and not floor.came_up.is_set():
                floor.audited(activity)

    async def _ask_activity(self, floor: GenesysFloor, queues: Sequence[str]) -> Activity:
        try:
            body = await self._rest.post(
                ACTIVITY_PATH, encode_query(queues), permission=ACTIVITY_PERMISSION, max_bytes=MAX_ACTIVITY_BYTES
            )
        except Refused as problem:
            floor.on_finding(list_refused(problem))
            return Activity({}, truncated=True)
        activity = decode_activity(body)
        floor.on_finding(list_cut(len(activity.calls)) if activity.truncated else list_complete())
        mine = set(queues)
        calls = {call: self._named(facts) for call, facts in activity.calls.items() if facts.queue_id in mine}
        return Activity(calls, activity.truncated, activity.waiting & calls.keys())

    def _relist(self, floor: GenesysFloor, deliver: Deliver, activity: Activity, detail: str = "") -> None:
        """LIVE, and in the same breath every live call. Nobody waits for calls to reappear if it was LIVE before."""
        was_live = self._last is LinkState.LIVE
        self._tell(deliver, LinkState.LIVE, detail, relists=not activity.truncated)
        floor.relisted(activity, end_missing=was_live)

    # ---- names

    def _named(self, facts: CallFacts) -> CallFacts:
        """With the names that are known by now."""
        return replace(
            facts,
            agent_name=facts.agent_name or self._names.user(facts.agent_id),
            queue_name=facts.queue_name or self._names.queue(facts.queue_id),
        )

    async def _keep_house(self, floor: GenesysFloor) -> None:
        """Look up the agents that have no name yet, and say what is to be said about topics."""
        again_at, loop = 0.0, asyncio.get_running_loop()
        while True:
            await self._sleep(self._config.housekeeping_s)
            floor.tidy()
            nameless = [i for i in floor.nameless() if not self._names.knows_user(i)]
            if not nameless or loop.time() < again_at:
                continue
            try:
                await self._names.ask_users(nameless)
            except SignInNeeded:
                raise
            except Refused as problem:
                floor.on_finding(names_refused(problem))
                again_at = loop.time() + self._config.ask_again_s
            except SidetoneError as problem:
                after_s = problem.after_s if isinstance(problem, Throttled) else 0.0
                again_at = loop.time() + max(after_s, self._config.housekeeping_s)
            floor.rename({i: self._names.user(i) for i in nameless})

    # ---- waiting

    async def _wait(self, deliver: Deliver, why: str, retry_after_s: float | None, began: float) -> None:
        live_for_s = asyncio.get_running_loop().time() - began
        wait_s = self._backoff.after_failure(self._jitter(), live_for_s, retry_after_s)
        self._tell(deliver, LinkState.RETRYING, why, wait_s)
        await pause(self._sleep, wait_s, self._acted)

    async def _wait_for_a_person(self, deliver: Deliver, problem: Rejected) -> None:
        self._tell(deliver, LinkState.REFUSED, str(problem), action=problem.remedy or Remedy.RETRY)
        with contextlib.suppress(TimeoutError):  # a permission that was granted elsewhere is found by itself
            async with asyncio.timeout(self._config.ask_again_s):
                await self._acted.wait()
        self._backoff.reset()

    def _channels_changed(self, deliver: Deliver, state: LinkState, detail: str, retry_in_s: float | None) -> None:
        if state is not LinkState.CONNECTING or self._last is not LinkState.CONNECTING:
            self._tell(deliver, state, detail, retry_in_s)

    def _tell(
        self,
        deliver: Deliver,
        state: LinkState,
        detail: str = "",
        retry_in_s: float | None = None,
        *,
        relists: bool = True,
        action: Remedy | None = None,
    ) -> None:
        self._last = state
        if state is LinkState.LIVE:
            self._acted.clear()
        deliver(LinkChanged(self.name, self._config.region, state, detail, retry_in_s, relists=relists, action=action))
