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
    LinkFound,
    LinkMeasured,
    LinkState,
    PauseChanged,
    PeerComplaint,
    ReadingArrived,
    ReadingMissing,
    SourceEvent,
    WordsArrived,
)
from desktop.domain.facts import WAITING_STAGES, CallFacts, CallPhase, CallStage
from desktop.domain.media import EncodedFrame

FACTS_TTL_S = 600.0
ENDED_TTL_S = 600.0  # events that come late or twice don't raise the dead
HEARD_LATELY_S = 15.0
SOUND_FROM_ANOTHER_S = 2.0  # the connection that brings a call's sound was silent for so long: take another's
REMEMBERED = 2_000
SILENT_S = 60.0
NEVER_HEARD_S = 4 * 3600.0
NO_SOUND = "line dropped"
DOWN_S = 900.0  # how long a call is kept while no connection that holds it is up
NO_CONNECTION = "connection lost"
MOST_CALLS = 2_000  # beyond it new interactions are refused and counted, never old ones dropped


class CallRegistry:
    """`handle` and `on_timer` return effects; `now_s` is any clock that only moves forward."""

    def __init__(self) -> None:
        self._machines: dict[str, CallMachine] = {}
        self._facts: TimedCache[CallFacts] = TimedCache(FACTS_TTL_S, REMEMBERED)
        self._ended: TimedCache[bool] = TimedCache(ENDED_TTL_S, REMEMBERED)
        self._links: dict[str, LinkState] = {}
        self._was_live: set[str] = set()  # links that have been live before
        self._down_since: dict[str, float] = {}

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
            case CallEnded(link, call, reason):
                machine = self._machines.get(call)
                if reason == OUT_OF_SCOPE:  # that one may come back
                    return machine.on_let_go(link, reason) if machine else []
                self._ended.put(call, True, now_s)
                return machine.on_ended(reason) if machine else []
            case LinkChanged(link=link, state=state, relists=relists):
                return self._link(link, state, relists, now_s)
            case ReadingArrived(call=call) | ReadingMissing(call=call) | PauseChanged(call=call):
                return self._sign_of_life(call, now_s)
            case WordsArrived(segment=segment):
                return self._sign_of_life(segment.call, now_s)
            case AudioGap() | PeerComplaint() | LinkMeasured() | LinkFound():
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

        A call that waits may be silent for as long as it likes, one that never had sound for NEVER_HEARD_S. Also ends
        what no connection holds that was up within DOWN_S.
        """
        gone = [m for m in self._machines.values() if all(self._down_for(link, now_s) > DOWN_S for link in m.links)]
        return [effect for machine in gone for effect in machine.on_ended(NO_CONNECTION, guessed=True)] + [
            effect
            for machine in self._machines.values()
            if machine.facts.stage not in WAITING_STAGES
            and now_s - machine.sign_of_life_s > (SILENT_S if machine.heard else NEVER_HEARD_S)
            and self._nobody_else_holds(machine)
            for effect in machine.on_ended(NO_SOUND, guessed=True)
        ]

    def hears(self, call: str, now_s: float) -> bool:
        """Whether the call's sound is heard here now: its connection is up and brought some lately."""
        machine = self._machines.get(call)
        if machine is None or not machine.heard or self._links.get(machine.sound_from) not in (LinkState.LIVE, None):
            return False
        return now_s - machine.sound_at_s <= HEARD_LATELY_S

    def takes_words(self, call: str, link: str, now_s: float) -> bool:
        """Whether the platform's own text is wanted: not for a call whose sound is heard here."""
        machine = self._machines.get(call)
        return machine is not None and link in machine.links and not self.hears(call, now_s)

    def link_of(self, call: str) -> str:
        """Which connection brought a live call; empty for a stranger."""
        machine = self._machines.get(call)
        return machine.link if machine else ""

    def sound_from(self, call: str) -> str:
        """Which connection's sound of a live call is taken; empty while there is none."""
        machine = self._machines.get(call)
        return machine.sound_from if machine else ""

    def holders_of(self, call: str) -> tuple[str, ...]:
        """Every connection that holds a live call."""
        machine = self._machines.get(call)
        return tuple(machine.links) if machine else ()

    def facts_of(self, call: str) -> CallFacts | None:
        """What is known about a live call."""
        machine = self._machines.get(call)
        return machine.facts if machine else None

    def _audio(self, frame: EncodedFrame, now_s: float) -> list[Effect]:
        machine = self._machines.get(frame.call)
        if machine is not None:
            if not self._sound_is_wanted(machine, frame.link, now_s):
                return [DropAudio(frame.call, frame.party, 1)]
            machine.sign_of_life_s, machine.heard, machine.sound_at_s = now_s, True, now_s
            return machine.on_audio(frame)
        if self._ended.get(frame.call, now_s) or len(self._machines) >= MOST_CALLS:
            return [DropAudio(frame.call, frame.party, 1)]
        known = self._facts.get(frame.call, now_s)
        effects = self._open(frame.link, frame.call, known or CallFacts(), now_s)
        machine = self._machines[frame.call]
        machine.heard, machine.sound_from, machine.sound_at_s = True, frame.link, now_s
        return effects + machine.on_audio(frame)

    def _named(self, link: str, call: str, facts: CallFacts, now_s: float) -> list[Effect]:
        self._facts.put(call, facts, now_s)
        machine = self._machines.get(call)
        if machine is not None:
            machine.sign_of_life_s = now_s
            return machine.on_facts(facts, link)
        if self._ended.get(call, now_s) or facts.stage is CallStage.WRAP_UP or len(self._machines) >= MOST_CALLS:
            return []  # told about a call that is over, or one too many
        return self._open(link, call, facts, now_s)

    def _open(self, link: str, call: str, facts: CallFacts, now_s: float) -> list[Effect]:
        machine = self._machines[call] = CallMachine(call, link, facts)
        machine.sign_of_life_s = now_s
        return machine.opened()

    def _sign_of_life(self, call: str, now_s: float) -> list[Effect]:
        if (machine := self._machines.get(call)) is not None:
            machine.sign_of_life_s = now_s
        return []

    def _sound_is_wanted(self, machine: CallMachine, link: str, now_s: float) -> bool:
        """One connection's sound at a time; another takes over when that one is down or silent (fail-over)."""
        owner = machine.sound_from
        if owner != link:
            silent = now_s - machine.sound_at_s > SOUND_FROM_ANOTHER_S
            if owner and not silent and self._links.get(owner) in (LinkState.LIVE, None):
                machine.links.setdefault(link)
                return False
            machine.sound_from = link
        return True

    def _nobody_else_holds(self, machine: CallMachine) -> bool:
        """Whether the only live connection that holds it is the one that stopped bringing it."""
        live = [link for link in machine.links if self._links.get(link) is LinkState.LIVE]
        return bool(live) and (not machine.sound_from or live == [machine.sound_from])

    def _down_for(self, link: str, now_s: float) -> float:
        since = self._down_since.get(link)
        return 0.0 if since is None else now_s - since

    def _link(self, link: str, state: LinkState, relists: bool, now_s: float) -> list[Effect]:
        before = self._links.get(link)
        self._links[link] = state
        if state is LinkState.LIVE:
            self._down_since.pop(link, None)
        else:
            self._down_since.setdefault(link, now_s)
        mine = [m for m in self._machines.values() if link in m.links]
        match state:
            case LinkState.LIVE:
                came_back = link in self._was_live and before is not LinkState.LIVE and relists
                self._was_live.add(link)
                return [e for m in mine for e in m.on_link_back(link)] if came_back else []
            case LinkState.CLOSED:  # nothing more will come
                return [e for m in mine for e in m.on_let_go(link, f"connection {state.value}")]
            case LinkState.CONNECTING | LinkState.RETRYING | LinkState.REFUSED:  # it may come back: see `sweep`
                return []
            case _:  # pragma: no cover
                assert_never(state)

    def wants_look_up(self, effect: AskFacts, now_s: float) -> bool:
        """Whether to ask the directory: not when it was asked within the cache's life."""
        return self._facts.get(effect.call, now_s) is None
