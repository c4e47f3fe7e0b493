"""Hands bot messages to the language engine without ever holding up the socket (document E: async processing).

The queue has a size: when the engine can't keep up, the oldest message goes, is counted and reported.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final, assert_never

from desktop.domain.bots import EngineAnswer, EngineOutcome
from desktop.domain.events import LinkFound, Measure
from desktop.domain.finding import Finding, Level
from desktop.domain.ports import Deliver, LanguageEngine
from desktop.protocols.bot_events import BotEvent
from desktop.sources.bot_latency import LatencyWatch

ENGINE: Final = "Language engine"
FORWARDING: Final = "Forwarding"


class Forwarder:
    """One queue, served by any number of `work` calls. `size` counts messages that wait."""

    def __init__(self, link: str, engine: LanguageEngine, watch: LatencyWatch, size: int = 256) -> None:
        self._link = link
        self._engine = engine
        self._watch = watch
        self._size = size
        self._waiting: deque[BotEvent] = deque()
        self._busy: set[object] = set()
        self._wake = asyncio.Event()
        self._outcome: EngineOutcome | None = None
        self._overflowing = False
        self.lost = 0
        self.outcomes = dict.fromkeys(EngineOutcome, 0)

    def put(self, deliver: Deliver, event: BotEvent) -> None:
        """Never waits."""
        self._waiting.append(event)
        if len(self._waiting) > self._size:
            self._waiting.popleft()
            self.lost += 1
            if not self._overflowing or self.lost.bit_count() == 1:  # then at 1, 2, 4, 8, ...: few, however many go
                self._overflowing = True
                text = f"{self.lost} messages were not forwarded: the language engine does not keep up."
                deliver(LinkFound(self._link, Finding(FORWARDING, Level.WARN, text, _ENGINE_REMEDY)))
        self._wake.set()

    async def work(self, deliver: Deliver) -> None:
        """Forward until cancelled. What is under way then is given up."""
        while True:
            while (event := self._next()) is None:
                self._wake.clear()
                await self._wake.wait()
            conversation = _conversation(event)
            self._busy.add(conversation)
            try:
                answer = await self._engine.answer(event.body)
            finally:
                self._busy.discard(conversation)
                self._wake.set()
            self.outcomes[answer.outcome] += 1
            if answer.outcome in (EngineOutcome.ANSWERED, EngineOutcome.LATE, EngineOutcome.FAILED):
                self._watch.measured(deliver, Measure.ENGINE, answer.took_ms)
            self._judge(deliver, answer)

    def _next(self) -> BotEvent | None:
        """The oldest message of a conversation that no other is under way for: an engine hears each in order."""
        for place, event in enumerate(self._waiting):
            if _conversation(event) not in self._busy:
                del self._waiting[place]
                return event
        return None

    def _judge(self, deliver: Deliver, answer: EngineAnswer) -> None:
        if self._overflowing and not self._waiting:
            self._overflowing = False
            text = f"Every message is forwarded again; {self.lost} were not."
            deliver(LinkFound(self._link, Finding(FORWARDING, Level.PASS, text)))
        if answer.outcome is not EngineOutcome.CACHED and answer.outcome is not self._outcome:
            self._outcome = answer.outcome
            deliver(LinkFound(self._link, _finding(answer.outcome)))


def _conversation(event: BotEvent) -> object:
    """What to keep in order; a message of no conversation stands alone."""
    named = event.body.get("conversationId")
    return named if isinstance(named, str) and named else id(event)


_ENGINE_REMEDY: Final = "Ask whoever runs the language engine; the connection to the platform is not the cause."


def _finding(outcome: EngineOutcome) -> Finding:
    match outcome:
        case EngineOutcome.ANSWERED | EngineOutcome.CACHED:
            return Finding(ENGINE, Level.PASS, "The language engine answers.")
        case EngineOutcome.LATE:
            return Finding(ENGINE, Level.WARN, "The language engine did not answer in time.", _ENGINE_REMEDY)
        case EngineOutcome.FAILED:
            return Finding(ENGINE, Level.FAIL, "The language engine failed to answer.", _ENGINE_REMEDY)
        case EngineOutcome.SKIPPED:
            text = "The language engine failed several times in a row and is not asked for a while."
            return Finding(ENGINE, Level.FAIL, text, _ENGINE_REMEDY)
        case _:
            assert_never(outcome)
