"""Look-ups of the hosts of one connection: each name once, and whether any of them is found at all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import NamedTuple

from desktop.doctor.network import Endpoint, resolve


class LookUp(NamedTuple):
    """Addresses or what went wrong, and how long it took."""

    outcome: tuple[str, ...] | OSError
    took_ms: float

    @property
    def failed(self) -> bool:
        """No address."""
        return isinstance(self.outcome, OSError) or not self.outcome


class Names:
    """`hosts`: (name, port) of every host to be reached; of a proxy instead, where there is one."""

    def __init__(self, hosts: Iterable[tuple[str, int]]) -> None:
        self._ports = {host: port for host, port in hosts if not Endpoint("", host, port, tls=False).numeric}
        self._found: dict[str, LookUp] = {}

    async def look_up(self, host: str, port: int) -> LookUp:
        """Asked for once; never raises."""
        if host not in self._found:
            began = time.perf_counter()
            outcome: tuple[str, ...] | OSError
            try:
                outcome = await resolve(host, port)
            except OSError as problem:
                outcome = problem
            self._found[host] = LookUp(outcome, (time.perf_counter() - began) * 1000)
        return self._found[host]

    async def none_found(self) -> bool:
        """Whether there are several names and not one of them is known. Asks for what was not asked for yet."""
        if len(self._ports) < 2:
            return False
        async with asyncio.TaskGroup() as group:
            for host, port in self._ports.items():
                group.create_task(self.look_up(host, port), name=f"looking up {host}")
        return all(self._found[host].failed for host in self._ports)
