"""The calls' timers on the running loop: at most one of each kind per call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from desktop.domain.effects import CallTimer


class CallTimers:
    """`on_fire(call, timer)` is called when one runs out."""

    def __init__(self, on_fire: Callable[[tuple[str, CallTimer]], None]) -> None:
        self._on_fire = on_fire
        self._handles: dict[tuple[str, CallTimer], asyncio.TimerHandle] = {}

    def arm(self, call: str, timer: CallTimer, after_s: float) -> None:
        """Start it, or start it anew."""
        self.disarm(call, timer)
        key = (call, timer)

        def fire() -> None:
            del self._handles[key]
            self._on_fire(key)

        self._handles[key] = asyncio.get_running_loop().call_later(after_s, fire)

    def disarm(self, call: str, timer: CallTimer) -> None:
        """Stop it, if it runs."""
        if (handle := self._handles.pop((call, timer), None)) is not None:
            handle.cancel()

    def clear(self) -> None:
        """Stop all."""
        for handle in self._handles.values():
            handle.cancel()
        self._handles.clear()

    def __len__(self) -> int:
        return len(self._handles)
