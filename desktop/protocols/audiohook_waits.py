"""Which calls only wait - in a menu, in a queue, on hold - as live lists tell it: nothing worth paying for is said.

A wait counts once it has lasted SETTLE_S, so that a stage that flickers pauses nothing; its end counts at once, and so
does the loss of the list that told of it, as nobody would tell the end.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from desktop.domain.events import CallEnded, FactsLearned, LinkChanged, LinkState, SourceEvent
from desktop.domain.facts import WAITING_STAGES

SETTLE_S: Final = 2.0
MAX_WAITS: Final = 10_000
"""Beyond it the oldest wait is forgotten: its call is streamed."""


@dataclass(slots=True)
class _Wait:
    link: str
    since_s: float
    told: bool = False


class Waits:
    """Give it what those say who don't bring the sound; ask `due` about once a second. `now_s` only moves forward."""

    def __init__(self) -> None:
        self._waits: OrderedDict[str, _Wait] = OrderedDict()
        self._over: list[str] = []

    def hear(self, event: SourceEvent, now_s: float) -> None:
        """Whatever a live list tells; most of it changes nothing."""
        match event:
            case FactsLearned(link, call, facts) if facts.stage in WAITING_STAGES:
                wait = self._waits.setdefault(call, _Wait(link, now_s))
                wait.link = link
                if len(self._waits) > MAX_WAITS:
                    self._end(next(iter(self._waits)))
            case FactsLearned(call=call) | CallEnded(call=call):
                self._end(call)
            case LinkChanged(link=link, state=state) if state is not LinkState.LIVE:
                for call in [call for call, wait in self._waits.items() if wait.link == link]:
                    self._end(call)
            case _:
                pass

    def due(self, now_s: float) -> list[tuple[str, bool]]:
        """What changed since the last time: (call, whether somebody talks in it)."""
        out, self._over = [(call, True) for call in self._over], []
        for call, wait in self._waits.items():
            if not wait.told and now_s - wait.since_s >= SETTLE_S:
                wait.told = True
                out.append((call, False))
        return out

    def waiting(self) -> list[str]:
        """Those that `due` has told to be waiting."""
        return [call for call, wait in self._waits.items() if wait.told]

    def _end(self, call: str) -> None:
        wait = self._waits.pop(call, None)
        if wait is not None and wait.told:
            self._over.append(call)
