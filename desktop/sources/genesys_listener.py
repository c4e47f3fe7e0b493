"""Who hears an organisation's notification channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from desktop.domain.events import LinkState
from desktop.domain.finding import Finding
from desktop.protocols.notifications import Event, Topic


class Listener(Protocol):
    """Who wants topics. Called on the loop; must not wait."""

    def on_link(self, state: LinkState, detail: str = "", retry_in_s: float | None = None) -> None:
        """LIVE: everything wanted is subscribed; what was told before may have been missed."""
        ...

    def on_event(self, event: Event) -> None: ...

    def on_topics(self, results: Sequence[Topic]) -> None:
        """What the platform said to each topic, whoever wanted it."""
        ...

    def on_no_room(self, topics: Sequence[str]) -> None:
        """These are not subscribed any longer: the platform takes fewer topics than it says."""
        ...

    def on_finding(self, finding: Finding) -> None: ...

    def on_round_trip(self, ms: float) -> None: ...

    def on_complaint(self, detail: str) -> None: ...


class Audience:
    """All listeners of an organisation; each is told the same. One may leave while it is told."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def on_topics(self, results: Sequence[Topic]) -> None:
        for listener in tuple(self._listeners):
            listener.on_topics(results)

    def on_round_trip(self, ms: float) -> None:
        for listener in tuple(self._listeners):
            listener.on_round_trip(ms)

    def on_complaint(self, detail: str) -> None:
        for listener in tuple(self._listeners):
            listener.on_complaint(detail)

    def _link(self, state: LinkState, detail: str = "", retry_in_s: float | None = None) -> None:
        for listener in tuple(self._listeners):
            listener.on_link(state, detail, retry_in_s)

    def _found(self, finding: Finding) -> None:
        for listener in tuple(self._listeners):
            listener.on_finding(finding)


def first_of(problems: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first error of a task group, taken out of its wrappings."""
    first: BaseException = problems
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first
