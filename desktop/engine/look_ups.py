"""Asks a call's own platform who it is (document A, edge case 2), a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from desktop.calls.registry import CallRegistry
from desktop.domain.effects import AskFacts, Effect
from desktop.domain.ports import FactsDirectory
from desktop.engine.containment import Containment

AT_ONCE = 4


class LookUps:
    """`perform` takes the effects of an answer; `clock` is the registry's."""

    def __init__(
        self,
        registry: CallRegistry,
        perform: Callable[[list[Effect]], None],
        contain: Containment,
        clock: Callable[[], float],
    ) -> None:
        self._registry, self._perform, self._contain, self._clock = registry, perform, contain, clock
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._directories: dict[str, FactsDirectory] = {}

    def use(self, link: str, directory: FactsDirectory | None) -> None:
        """Whom to ask about calls that this connection brought; None: nobody."""
        if directory is None:
            self._directories.pop(link, None)
        else:
            self._directories[link] = directory

    def ask(self, effect: AskFacts, group: asyncio.TaskGroup | None) -> None:
        """Look the call up, unless somebody asked lately."""
        if group is not None and self._registry.wants_look_up(effect, self._clock()):
            group.create_task(self._look_up(effect.call), name="look-up")

    async def _look_up(self, call: str) -> None:
        """Ask the platforms that hold the call, nobody else's."""
        async with self._turns:
            holders = self._registry.holders_of(call)
            directory = next((self._directories[link] for link in holders if link in self._directories), None)
            if directory is None:
                return
            try:
                facts = await directory.look_up(call)
                self._perform(self._registry.looked_up(call, facts, self._clock()))
            except Exception as error:
                self._contain.note(error)
