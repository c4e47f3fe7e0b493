"""Who is told what happens on the simulated floor: each simulated platform part listens and tells it its own way."""

from __future__ import annotations

from typing import Protocol

from desktop.domain.facts import CallFacts
from desktop.simulator.script import Turn


class Audience(Protocol):
    """Called on the simulator's loop; must not wait. `at_ms` is the platform's clock, ms since the Unix epoch."""

    def appeared(self, call: str, facts: CallFacts, at_ms: int) -> None:
        """A call began (or, with an offset, is under way)."""
        ...

    def changed(self, call: str, facts: CallFacts, at_ms: int) -> None:
        """Hold, transfer, wrap-up: `facts` is the whole new state."""
        ...

    def spoke(self, call: str, turn: Turn, at_ms: int) -> None:
        """A party finished this turn."""
        ...

    def ended(self, call: str, at_ms: int) -> None:
        """The call is over."""
        ...
