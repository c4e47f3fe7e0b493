"""One interaction's life (document A section 4, edge cases 2 and 3). No clock: timers are effects.

    first audio, nobody named it ........ GRACE    audio waits, at most 500 ms and WAITING_FRAMES
    named, or the grace ran out ......... LIVE     audio flows; unnamed calls are looked up over REST
    interactionEnded, or lost ........... LINGERING  5 s in which late words and labels still count
    linger over ......................... CLOSED   everything of the call is freed

Facts may come at any moment and always re-label. Several connections (regions, or a stream beside a live list) may
bring the same call: it lives as long as one of them holds it. After a lost connection came back and lists its calls
again, one that it neither names nor brings sound of within REAPPEAR_S is no longer held by it.
"""

from __future__ import annotations

from collections import deque
from typing import assert_never

from desktop.domain.effects import (
    ArmTimer,
    AskFacts,
    CallChanged,
    CallTimer,
    CloseLane,
    DisarmTimer,
    DropAudio,
    Effect,
    FeedAudio,
    FlushLane,
)
from desktop.domain.facts import CallFacts, CallPhase
from desktop.domain.media import EncodedFrame

GRACE_S = 0.5
LINGER_S = 5.0
REAPPEAR_S = 10.0
WAITING_FRAMES = 512  # 500 ms of both channels even at 2.5 ms a frame


class CallMachine:
    """State of one interaction; every method returns what must now be done, in order."""

    def __init__(self, call: str, link: str, facts: CallFacts) -> None:
        self.call = call
        self.link = link  # whose call it is shown as: the first that brought it, then whoever still holds it
        self.links = {link: None}  # every connection that holds it, in order
        self.sound_from = ""  # the one connection whose sound is taken
        self.sound_at_s = 0.0  # when it last brought some, on the registry's clock
        self.facts = facts
        self.phase = CallPhase.LIVE if facts.labelled else CallPhase.GRACE
        self._guessed = False  # nobody said that it ended
        self._reappearing: set[str] = set()  # connections that must show it again
        self.heard = False  # whether it ever had sound
        self.sign_of_life_s = 0.0  # when it was last heard or heard of, on the registry's clock
        self._waiting: deque[EncodedFrame] = deque()

    def opened(self) -> list[Effect]:
        """The first effects of a call's life."""
        effects: list[Effect] = [self._changed()]
        if self.phase is CallPhase.GRACE:
            effects.append(ArmTimer(self.call, CallTimer.GRACE, GRACE_S))
        return effects

    def on_audio(self, frame: EncodedFrame) -> list[Effect]:
        """A frame: keep it, feed it, or (closed) ignore it."""
        effects = self._seen_again(frame.link)
        match self.phase:
            case CallPhase.GRACE:
                self._waiting.append(frame)
                if len(self._waiting) > WAITING_FRAMES:
                    lost = self._waiting.popleft()
                    effects.append(DropAudio(self.call, lost.party, 1))
            case CallPhase.LIVE | CallPhase.LINGERING:
                effects.append(FeedAudio(frame))
            case CallPhase.CLOSED:
                effects.append(DropAudio(self.call, frame.party, 1))
            case _:  # pragma: no cover
                assert_never(self.phase)
        return effects

    def on_facts(self, facts: CallFacts, link: str = "") -> list[Effect]:
        """Metadata, early or late: re-label; sound that waited for it may go. No link: from a look-up."""
        effects = self._seen_again(link) if link else []
        merged = self.facts.updated_by(facts)
        if self.phase is CallPhase.CLOSED or (merged == self.facts and self.phase is not CallPhase.GRACE):
            return effects
        self.facts = merged
        if self.phase is CallPhase.GRACE and merged.labelled:
            self.phase = CallPhase.LIVE
            effects.append(DisarmTimer(self.call, CallTimer.GRACE))
        effects.append(self._changed())
        return effects + self._release()

    def on_ended(self, reason: str, *, guessed: bool = False) -> list[Effect]:
        """The interaction is over; a second notice changes nothing. What was only `guessed` is taken back at a sign."""
        if self.phase in (CallPhase.LINGERING, CallPhase.CLOSED):
            return []
        effects: list[Effect] = [DisarmTimer(self.call, CallTimer.REAPPEAR)] if self._reappearing else []
        self._reappearing.clear()
        self._guessed = guessed
        if self.phase is CallPhase.GRACE:
            effects.append(DisarmTimer(self.call, CallTimer.GRACE))
        self.phase = CallPhase.LINGERING
        effects += self._release()
        effects += [
            FlushLane(self.call),
            self._changed(reason),
            ArmTimer(self.call, CallTimer.LINGER, LINGER_S),
        ]
        return effects

    def on_link_back(self, link: str) -> list[Effect]:
        """The connection is back and lists its calls: this one must show itself again, or it ended meanwhile."""
        if link in self._reappearing or self.phase is not CallPhase.LIVE:
            return []
        self._reappearing.add(link)
        return [ArmTimer(self.call, CallTimer.REAPPEAR, REAPPEAR_S)]

    def on_let_go(self, link: str, reason: str) -> list[Effect]:
        """This connection no longer holds the call; it ends with the last one that does."""
        self.links.pop(link, None)
        self._reappearing.discard(link)
        if not self.links:
            return self.on_ended(reason, guessed=True)
        if self.link == link:
            self.link = next(iter(self.links))
            return [self._changed()]
        return []

    def on_timer(self, timer: CallTimer) -> list[Effect]:
        """A timer that was armed has run out; one that no longer matters changes nothing."""
        match timer:
            case CallTimer.GRACE:
                if self.phase is not CallPhase.GRACE:
                    return []
                self.phase = CallPhase.LIVE
                return [self._changed(), *self._release(), AskFacts(self.call)]
            case CallTimer.REAPPEAR:
                gone, self._reappearing = sorted(self._reappearing), set()
                return [effect for link in gone for effect in self.on_let_go(link, "lost while disconnected")]
            case CallTimer.LINGER:
                if self.phase is not CallPhase.LINGERING:
                    return []
                self.phase = CallPhase.CLOSED
                return [CloseLane(self.call)]
            case _:  # pragma: no cover
                assert_never(timer)

    @property
    def waiting(self) -> int:
        """Frames kept for metadata."""
        return len(self._waiting)

    def _changed(self, reason: str = "") -> CallChanged:
        return CallChanged(self.call, self.phase, self.facts, reason)

    def _seen_again(self, link: str) -> list[Effect]:
        told: list[Effect] = [] if link in self.links or self.phase is CallPhase.GRACE else [self._changed()]
        self.links.setdefault(link)
        if self.phase is CallPhase.LINGERING and self._guessed:
            self.phase, self._guessed, self.link = CallPhase.LIVE, False, next(iter(self.links))
            return [DisarmTimer(self.call, CallTimer.LINGER), self._changed()]
        if link in self._reappearing:
            self._reappearing.discard(link)
            told += [] if self._reappearing else [DisarmTimer(self.call, CallTimer.REAPPEAR)]
        return told

    def _release(self) -> list[Effect]:
        if self.phase is CallPhase.GRACE:
            return []
        out: list[Effect] = [FeedAudio(frame) for frame in self._waiting]
        self._waiting.clear()
        return out
