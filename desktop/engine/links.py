"""What the supervisor can do with connections (retry one, join a call of one) and what is measured on them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import assert_never

from desktop.domain.errors import SidetoneError
from desktop.domain.events import (
    CallEnded,
    FactsLearned,
    LinkChanged,
    LinkFound,
    LinkMeasured,
    LinkState,
    SourceEvent,
)
from desktop.domain.intents import Join, JoinCall, RetryLink
from desktop.domain.ports import CallControl, Deliver, FactsDirectory, Feedback, Source
from desktop.domain.speech import Segment
from desktop.domain.updates import FindingMade, JoinAnswered, LinkDescribed, LinkTimed, LinkUpdated, Update
from desktop.engine.containment import Containment
from desktop.insights.redaction import redact

SOURCE_AGAIN_S = 30.0
GOODBYE_S = 5.0
MAX_JOINS = 8
"""Requests under way at once; the platform rings one phone, so more are a stuck key."""

RINGING = {
    Join.MONITOR: "Your phone rings: take it to listen. Nobody hears you.",
    Join.COACH: "Your phone rings: take it to coach. Only the agent hears you.",
    Join.BARGE: "Your phone rings: take it to join in. Everybody hears you.",
}
NOT_JOINABLE = "This call's connection can't put you through. Monitoring needs your own sign-in to Genesys Cloud."
TOO_MANY = "Several requests are still under way. Wait for your phone to ring."
BROKE = "That did not work because of an internal error. Try again."


@dataclass(frozen=True, slots=True)
class Connection:
    """A source with what belongs to it."""

    source: Source
    directory: FactsDirectory | None = None
    control: CallControl | None = None
    card: LinkDescribed | None = None
    feedback: Feedback | None = None


class _Door:
    """What a source delivers through; shut once it was detached, whatever it still says."""

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver
        self.shut = False

    def deliver(self, event: SourceEvent) -> None:
        if not self.shut:
            self._deliver(event)


class Links:
    """`put` takes updates, `wall` is ms since the Unix epoch."""

    def __init__(self, put: Callable[[Update], None], wall: Callable[[], int]) -> None:
        self._put, self._wall = put, wall
        self._sources: dict[str, Source] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._doors: dict[str, _Door] = {}
        self._controls: dict[str, CallControl] = {}
        self._feedback: dict[str, Feedback] = {}
        self._joining = 0

    def attach(self, connection: Connection, group: asyncio.TaskGroup, deliver: Deliver, contain: Containment) -> None:
        """Run it from now on. Its name must be free."""
        source = connection.source
        self._sources[source.name] = source
        if connection.control is not None:
            self._controls[source.name] = connection.control
        if connection.feedback is not None:
            self._feedback[source.name] = connection.feedback
        if connection.card is not None:
            self._put(connection.card)
        name = source.name
        door = self._doors[name] = _Door(deliver)
        self._running[name] = group.create_task(self.kept_up(source, door.deliver, contain), name=f"source {name}")

    async def detach(self, name: str) -> None:
        """Close it and wait for its last word; what it holds ends or goes on with another that holds it."""
        self._sources.pop(name, None)
        self._controls.pop(name, None)
        self._feedback.pop(name, None)
        if (running := self._running.pop(name, None)) is not None:
            running.cancel()
            await asyncio.wait([running], timeout=GOODBYE_S)
        if (door := self._doors.pop(name, None)) is not None:
            door.shut = True

    async def kept_up(self, source: Source, deliver: Deliver, contain: Containment) -> None:
        """Run it; a bug in one source must not end the others, nor that source for good."""
        while True:
            try:
                return await source.run(deliver)
            except Exception as error:
                contain.note(error)
                sentence = f"internal error ({type(error).__name__})"
                deliver(LinkChanged(source.name, "", LinkState.RETRYING, sentence, SOURCE_AGAIN_S))
            try:
                await asyncio.sleep(SOURCE_AGAIN_S)
            except asyncio.CancelledError:
                deliver(LinkChanged(source.name, "", LinkState.CLOSED))
                raise

    def event(self, event: LinkChanged | LinkMeasured | LinkFound) -> None:
        """Something about a connection itself."""
        match event:
            case LinkChanged():
                self._put(LinkUpdated(event, self._wall()))
            case LinkMeasured(link, measure, ms):
                self._put(LinkTimed(link, measure, ms, self._wall()))
            case LinkFound(link, finding):
                self._put(FindingMade(link, finding))
            case _:  # pragma: no cover
                assert_never(event)

    def tell_others(self, event: FactsLearned | CallEnded | LinkChanged) -> None:
        """What one connection says of calls and of itself, to the others that want to know."""
        for name, feedback in self._feedback.items():
            if name != event.link:
                feedback.told(event)

    def said(self, link: str, segment: Segment) -> None:
        """What was recognised of this connection's sound; without card numbers, as it may leave this machine."""
        if (feedback := self._feedback.get(link)) is not None:
            feedback.said(redact(segment))

    def can_join(self, holders: Iterable[str]) -> bool:
        """Whether any of these connections can put somebody through."""
        return any(link in self._controls for link in holders)

    def retry(self, intent: RetryLink) -> None:
        """Try a lost or refused connection again now."""
        if (source := self._sources.get(intent.link)) is not None:
            source.retry()

    def join(self, intent: JoinCall, holders: Iterable[str], group: asyncio.TaskGroup | None) -> None:
        """Ask the first connection that holds the call and can put somebody through; the answer is an update."""
        control = next((self._controls[link] for link in holders if link in self._controls), None)
        if control is None or group is None:
            self._put(JoinAnswered(intent.call, intent.how, False, NOT_JOINABLE))
        elif self._joining >= MAX_JOINS:
            self._put(JoinAnswered(intent.call, intent.how, False, TOO_MANY))
        else:
            self._joining += 1
            group.create_task(self._join(control, intent), name="join")

    async def _join(self, control: CallControl, intent: JoinCall) -> None:
        try:
            await control.join(intent.call, intent.how)
            self._put(JoinAnswered(intent.call, intent.how, True, RINGING[intent.how]))
        except SidetoneError as problem:
            self._put(JoinAnswered(intent.call, intent.how, False, str(problem)))
        except Exception:  # its text may carry anything
            self._put(JoinAnswered(intent.call, intent.how, False, BROKE))
        finally:
            self._joining -= 1
