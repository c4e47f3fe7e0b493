"""The list's filter: plain words, `!` for "not", matched against what the row shows."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.dashboard.call_view import CallView


@dataclass(frozen=True, slots=True)
class CallFilter:
    """All `wanted` words and none of the `unwanted` must occur in agent, queue, chips or direction."""

    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> CallFilter:
        """Read what the supervisor typed; never fails."""
        words = text.casefold().split()
        return cls(
            wanted=tuple(w for w in words if not w.startswith("!")),
            unwanted=tuple(w[1:] for w in words if len(w) > 1 and w.startswith("!")),
        )

    def accepts(self, view: CallView) -> bool:
        """Whether the row stays in sight."""
        facts = view.facts
        labels = " ".join(chip.label for chip in view.chips.values())
        haystack = " ".join((facts.agent_name, facts.queue_name, facts.direction, *facts.skills, labels)).casefold()
        return all(w in haystack for w in self.wanted) and not any(w in haystack for w in self.unwanted)
