"""Why the platform could not reach an AudioHook listener: its operational events as findings (genesys.md 1.6, 2).

once the channels are live -> ask which topics are offered, and if none is about AudioHook, which events there are
                           -> those about AudioHook on the shared channels -> findings
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from desktop.domain.errors import PeerBrokeProtocol, Rejected, SidetoneError, Throttled
from desktop.domain.events import LinkState
from desktop.domain.finding import Finding, Level
from desktop.protocols.notifications import Event, Topic
from desktop.protocols.operations import (
    DEFINITIONS_PATH,
    DEFINITIONS_PERMISSION,
    OFFERED_PATH,
    OFFERED_QUERY,
    decode_definitions,
    decode_operations_topics,
    operation_finding,
)
from desktop.sources.genesys_listener import Listener
from desktop.sources.notification_channel import ChannelManager
from desktop.sources.rest import NotFound, RestClient

MAX_OFFER_BYTES: Final = 16 * 1024 * 1024
"""The schemas of several hundred topics come with it."""
SUBJECTS_AT_MOST: Final = 20
SUBJECT: Final = "Topic AudioHook events"
NEITHER: Final = (
    "The platform offers no operational events about AudioHook: neither its list of topics nor its catalogue of events "
    "names any. Why it could not reach a listener is then told by the listener's own findings alone."
)
CONSOLE: Final = "Calls are not affected; the platform's operational console, under Admin, shows these events too."


class Operations:
    """Implements `Listener`: stands between the channels and `floor`, who is told all that isn't an operational event.

    Findings go by `floor` too, who tells each once until it changes: an event that is repeated replaces itself.
    `again_s`: how long to wait after trouble that passes. `sleep` and the running loop's clock must agree.
    """

    def __init__(
        self,
        rest: RestClient,
        manager: ChannelManager,
        floor: Listener,
        sleep: Callable[[float], Awaitable[None]],
        again_s: float,
    ) -> None:
        self._rest = rest
        self._manager = manager
        self._floor = floor
        self._sleep = sleep
        self._again_s = again_s
        self._came_up = asyncio.Event()
        self._offered: Mapping[str, tuple[str, ...]] | None = None
        self._states: dict[str, Topic] = {}
        self._guessed = False  # the topics are made from the catalogue's ids
        self._homeless: set[str] = set()
        self._subjects: set[str] = set()

    async def run(self) -> None:
        """Until cancelled. Whatever is refused costs these events only: at most one finding, never an error."""
        while True:
            await self._came_up.wait()
            self._came_up.clear()
            if self._offered is None:
                self._offered = await self._ask()
            if self._offered is not None:
                self._homeless = {topic for topic in self._offered if not self._manager.want(self, topic)}
                self._tell()

    async def _ask(self) -> Mapping[str, tuple[str, ...]] | None:
        """None: refused; it is asked again when the channels come up again."""
        while True:
            try:
                offer = await self._rest.get(OFFERED_PATH + OFFERED_QUERY, max_bytes=MAX_OFFER_BYTES)
                return decode_operations_topics(offer) or await self._ask_the_catalogue()
            except Rejected as problem:
                text = f"Why the platform could not reach an AudioHook listener can't be asked for. {problem}"
                self._floor.on_finding(Finding(SUBJECT, Level.WARN, text, CONSOLE, problem.remedy))
                return None
            except PeerBrokeProtocol as problem:
                self._floor.on_complaint(str(problem))
                return None
            except SidetoneError as problem:
                await self._sleep(max(self._again_s, problem.after_s if isinstance(problem, Throttled) else 0.0))

    async def _ask_the_catalogue(self) -> Mapping[str, tuple[str, ...]]:
        """Topics by the ids of events; nobody says that they may be subscribed. Raises as `RestClient.get`."""
        try:
            body = await self._rest.get(DEFINITIONS_PATH, permission=DEFINITIONS_PERMISSION, max_bytes=MAX_OFFER_BYTES)
        except NotFound:
            return {}
        topics = decode_definitions(body)
        self._guessed = bool(topics)
        return dict.fromkeys(topics, (DEFINITIONS_PERMISSION,))

    # ---- what the channels tell

    def on_event(self, event: Event) -> None:
        try:
            finding = operation_finding(event.body)
        except PeerBrokeProtocol as problem:
            self._floor.on_complaint(str(problem))
            return
        if finding is None or (finding.subject not in self._subjects and len(self._subjects) >= SUBJECTS_AT_MOST):
            return
        self._subjects.add(finding.subject)
        self._floor.on_finding(finding)

    def on_topics(self, results: Sequence[Topic]) -> None:
        if mine := {topic.id: topic for topic in results if topic.id in (self._offered or ())}:
            self._states |= mine
            self._tell()
        self._floor.on_topics(results)

    def on_no_room(self, topics: Sequence[str]) -> None:
        if mine := [topic for topic in topics if topic in (self._offered or ())]:
            self._homeless.update(mine)
            self._tell()
        self._floor.on_no_room(topics)

    def on_link(self, state: LinkState, detail: str = "", retry_in_s: float | None = None) -> None:
        self._floor.on_link(state, detail, retry_in_s)
        if state is LinkState.LIVE:
            self._came_up.set()

    def on_finding(self, finding: Finding) -> None:
        self._floor.on_finding(finding)

    def on_round_trip(self, ms: float) -> None:
        self._floor.on_round_trip(ms)

    def on_complaint(self, detail: str) -> None:
        self._floor.on_complaint(detail)

    # ---- how it stands with the topics

    def _tell(self) -> None:
        if (finding := self._stand()) is not None:
            self._floor.on_finding(finding)

    def _stand(self) -> Finding | None:
        """None: the platform has not answered yet."""
        offered = self._offered or {}
        if not offered:
            return Finding(SUBJECT, Level.PASS, NEITHER)
        if self._homeless:
            text = f"{len(self._homeless)} of {len(offered)} topics of AudioHook events have no room on the channels."
            return Finding(SUBJECT, Level.WARN, text, "Watch fewer queues with this connection.")
        if not self._states:
            return None
        refused = [topic for topic in self._states.values() if not topic.permitted]
        if not refused:
            return Finding(SUBJECT, Level.PASS, "The platform tells when it can't reach an AudioHook listener.")
        if self._guessed and not any(topic.missing_permissions for topic in refused):
            text = (
                f"The platform's catalogue names {len(offered)} events about AudioHook, but it does not tell of them."
            )
            return Finding(SUBJECT, Level.WARN, text, CONSOLE)
        missing = dict.fromkeys(name for topic in refused for name in topic.missing_permissions or offered[topic.id])
        return Finding(
            SUBJECT,
            Level.FAIL if len(refused) == len(self._states) else Level.WARN,
            f"{len(refused)} of {len(offered)} topics of AudioHook events are refused by the platform.",
            f"An administrator can grant {' and '.join(missing)}." if missing else CONSOLE,
        )
