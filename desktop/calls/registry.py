"""All live interactions by id: routes each source event to its machine and forgets what is closed."""

from __future__ import annotations

from typing import assert_never

from desktop.calls.cache import TimedCache
from desktop.calls.machine import CallMachine
from desktop.domain.effects import AskFacts, CallTimer, DropAudio, Effect
from desktop.domain.events import (
    OUT_OF_SCOPE,
    AudioArrived,
    AudioGap,
    CallEnded,
    FactsLearned,
    LinkChanged,
    LinkState,
    PeerComplaint,
    SourceEvent,
)
from desktop.domain.facts import CallFacts, CallPhase, CallStage
from desktop.domain.media import EncodedFrame

FACTS_TTL_S = 600.0
ENDED_TTL_S = 60.0
REMEMBERED = 2_000
SILENT_S = 60.0
NEVER_HEARD_S = 4 * 3600.0
NO_SOUND = "line dropped"
MOST_CALLS = 2_000  # beyond it new interactions are refused and counted, never old ones dropped


class CallRegistry:
    """`handle` and `on_timer` return effects; `now_s` is any clock that only moves forward."""

    def __init__(self) -> None:
        self._machines: dict[str, CallMachine] = {}
        self._facts: TimedCache[CallFacts] = TimedCache(FACTS_TTL_S, REMEMBERED)
        self._ended: TimedCache[bool] = TimedCache(ENDED_TTL_S, REMEMBERED)
        self._links: dict[str, LinkState] = {}
        self._was_live: set[str] = set()  # links that have been live before

    def __len__(self) -> int:
        return len(self._machines)

    def __contains__(self, call: str) -> bool:
        return call in self._machines

    def handle(self, event: SourceEvent, now_s: float) -> list[Effect]:
        """What follows from one event."""
        match event:
            case AudioArrived(frame):
                return self._audio(frame, now_s)
            case FactsLearned(link, call, facts):
                return self._named(link, call, facts, now_s)
            case CallEnded(call=call, reason=reason):
                if reason != OUT_OF_SCOPE:  # that one may come back
                    self._ended.put(call, True, now_s)
                machine = self._machines.get(call)
                return machine.on_ended(reason) if machine else []
            case LinkChanged(link=link, state=state):
                return self._link(link, state)
            case AudioGap() | PeerComplaint():
                return []
            case _:  # pragma: no cover
                assert_never(event)

    def on_timer(self, call: str, timer: CallTimer, now_s: float) -> list[Effect]:
        """A call's timer ran out."""
        machine = self._machines.get(call)
        if machine is None:
            return []
        effects = machine.on_timer(timer)
        if machine.phase is CallPhase.CLOSED:
            del self._machines[call]
            if machine.facts.labelled:
                self._facts.put(call, machine.facts, now_s)
        return effects

    def looked_up(self, call: str, facts: CallFacts | None, now_s: float) -> list[Effect]:
        """A REST look-up came back; an empty answer is remembered too, so that nobody asks again soon."""
        self._facts.put(call, facts or CallFacts(), now_s)
        machine = self._machines.get(call)
        return machine.on_facts(facts.updated_by(machine.facts)) if machine and facts else []

    def sweep(self, now_s: float) -> list[Effect]:
        """Ask about once a second: ends calls whose sound stopped without a word while their link is up.

        A call on hold may be silent for as long as it likes, one that never had sound for NEVER_HEARD_S.
        """
        return [
            effect
            for machine in self._machines.values()
            if machine.facts.stage is not CallStage.HOLD
            and now_s - machine.sign_of_life_s > (SILENT_S if machine.heard else NEVER_HEARD_S)
            and self._links.get(machine.link) is LinkState.LIVE
            for effect in machine.on_ended(NO_SOUND)
        ]

    def link_of(self, call: str) -> str:
        """Which connection brought a live call; empty for a stranger."""
        machine = self._machines.get(call)
        return machine.link if machine else ""

    def facts_of(self, call: str) -> CallFacts | None:
        """What is known about a live call."""
        machine = self._machines.get(call)
        return machine.facts if machine else None

    def _audio(self, frame: EncodedFrame, now_s: float) -> list[Effect]:
        machine = self._machines.get(frame.call)
        if machine is not None:
            machine.sign_of_life_s, machine.heard = now_s, True
            return machine.on_audio(frame)
        if self._ended.get(frame.call, now_s) or len(self._machines) >= MOST_CALLS:
            return [DropAudio(frame.call, frame.party, 1)]
        known = self._facts.get(frame.call, now_s)
        effects = self._open(frame.link, frame.call, known or CallFacts(), now_s)
        machine = self._machines[frame.call]
        machine.heard = True
        return effects + machine.on_audio(frame)

    def _named(self, link: str, call: str, facts: CallFacts, now_s: float) -> list[Effect]:
        self._facts.put(call, facts, now_s)
        machine = self._machines.get(call)
        if machine is not None:
            machine.sign_of_life_s = now_s
            return machine.on_facts(facts)
        if self._ended.get(call, now_s) or facts.stage is CallStage.WRAP_UP or len(self._machines) >= MOST_CALLS:
            return []  # told about a call that is over, or one too many
        return self._open(link, call, facts, now_s)

    def _open(self, link: str, call: str, facts: CallFacts, now_s: float) -> list[Effect]:
        machine = self._machines[call] = CallMachine(call, link, facts)
        machine.sign_of_life_s = now_s
        return machine.opened()

    def _link(self, link: str, state: LinkState) -> list[Effect]:
        before = self._links.get(link)
        self._links[link] = state
        mine = [m for m in self._machines.values() if m.link == link]
        match state:
            case LinkState.LIVE:
                came_back = link in self._was_live and before is not LinkState.LIVE
                self._was_live.add(link)
                return [e for m in mine for e in m.on_link_back()] if came_back else []
            case LinkState.CLOSED | LinkState.REFUSED:  # nothing more will come by itself
                return [e for m in mine for e in m.on_ended(f"connection {state.value}")]
            case LinkState.CONNECTING | LinkState.RETRYING:
                return []
            case _:  # pragma: no cover
                assert_never(state)

    def wants_look_up(self, effect: AskFacts, now_s: float) -> bool:
        """Whether to ask the directory: not when it was asked within the cache's life."""
        return self._facts.get(effect.call, now_s) is None
