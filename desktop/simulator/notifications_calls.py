"""The simulated organisation's live calls as its REST and its topics show them, and their text as it is transcribed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from desktop.domain.facts import CallFacts, CallStage
from desktop.domain.speech import Segment, Trace, Word
from desktop.protocols.queue_calls import participant_id, queue_call_body
from desktop.protocols.transcription import status_body, transcription_body
from desktop.simulator.script import Turn

SKEW_MS = 137
"""The transcription's session begins a little after the call."""
_NOT_TAKEN = (CallStage.IVR, CallStage.QUEUED)


@dataclass(slots=True)
class SimulatedCall:
    """One live call."""

    call: str
    facts: CallFacts
    began_ms: int
    left: list[str] = field(default_factory=list)  # agents who had it before
    private: bool = False
    menu: bool = False  # it came through one
    queues: int = 1  # how often it was queued
    utterances: int = 0

    def changed(self, facts: CallFacts) -> None:
        """The whole new state; an agent who is replaced, or whose call is queued again, has left."""
        had = self.facts.agent_id if self.facts.stage not in _NOT_TAKEN else ""
        if had and (facts.stage is CallStage.QUEUED or facts.agent_id not in ("", had)):
            self.left.append(had)
            self.queues += facts.stage is CallStage.QUEUED
        self.menu |= self.facts.stage is CallStage.IVR
        self.facts = replace(facts, started_at_ms=facts.started_at_ms or self.facts.started_at_ms)

    def body(self, *, over: bool = False) -> dict[str, object]:
        """As the queue's topic and REST show it."""
        return queue_call_body(
            self.call,
            self.facts,
            over=over,
            private=self.private,
            left=self.left,
            menu=self.menu,
            queues=self.queues,
        )

    @property
    def agent_participant(self) -> str:
        """Whom a supervisor can join; "" for nobody."""
        return participant_id(self.call, self.facts.agent_id) if self.facts.agent_id else ""

    def session_start_ms(self) -> int:
        """Of the transcription."""
        return self.began_ms + SKEW_MS

    def status(self, *, ended: bool = False) -> dict[str, object]:
        """A transcription message without words."""
        return status_body(self.call, self.session_start_ms(), ended=ended)

    def text(self, turn: Turn, partials: int) -> Iterator[dict[str, object]]:
        """What the transcription says of a turn: `partials` growing guesses, then the final."""
        self.utterances += 1
        words = turn.text.split()
        steps = [max(1, len(words) * n // (partials + 1)) for n in range(1, partials + 1)] + [len(words)]
        for n, count in enumerate(steps):
            segment = _segment(self.call, turn, words, count, final=n == len(steps) - 1)
            yield transcription_body(
                self.call,
                segment,
                utterance_id=f"{self.call}-u{self.utterances}",
                session_start_ms=self.session_start_ms(),
            )


def _segment(call: str, turn: Turn, words: list[str], count: int, *, final: bool) -> Segment:
    """The first `count` words, evenly spread over the turn."""
    start, each = max(0, turn.start_ms - SKEW_MS), (turn.end_ms - turn.start_ms) / max(1, len(words))
    timed = tuple(
        Word(text, start + round(n * each), start + round((n + 1) * each), 0.9) for n, text in enumerate(words[:count])
    )
    end = timed[-1].end_ms if timed else start
    return Segment(call, turn.party, 0, 0, " ".join(words[:count]), start, end, final, "en-US", 0.9, timed, Trace())
