"""An asyncio loop whose clock jumps to the next timer when nothing happens, but which serves real loopback sockets.

    run_virtual(main())            like asyncio.run; `asyncio.sleep(3600)` takes milliseconds, `loop.time()` an hour
    clocks = Clocks.of_running()   stands in for the `time` module: time, time_ns, monotonic, monotonic_ns

Before every jump the real sockets are watched for a short real moment (`settle_s`), so that what one end has sent is
read by the other end before time goes on. Jobs on other threads (getaddrinfo, to_thread) and everything inside
`real_time()` are waited for instead of being jumped over. Only one process can live in virtual time.
"""

from __future__ import annotations

import asyncio
import contextlib
import selectors
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any, TypeVar, cast

T = TypeVar("T")

BEGIN_S = 1_000.0  # what loop.time() starts at
EPOCH_S = 1_800_000_000.0  # what the wall clock showed then: 2027-01-15
SETTLE_S = 0.002
STUCK_S = 30.0  # real seconds in which nothing happens although something must


class NothingWillHappen(RuntimeError):
    """No timer is armed and no socket or thread says anything: the test waits for ever."""


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """`settle_s` is the real time without traffic before a jump; jumps beyond `real_limit_s` real seconds fail."""

    def __init__(self, settle_s: float = SETTLE_S, real_limit_s: float = 60.0) -> None:
        self._virtual_s = BEGIN_S
        self._awaited = 0
        self._give_up_at: float | None = time.monotonic() + real_limit_s
        self.jumps = 0
        super().__init__(_PatientSelector(self, selectors.DefaultSelector(), settle_s))

    def time(self) -> float:
        """Virtual seconds."""
        return self._virtual_s

    @property
    def awaits_the_world(self) -> bool:
        """Whether something outside of the loop is under way, so that time must not jump."""
        return self._awaited > 0

    def jump(self, by_s: float) -> None:
        """Nothing will happen until then."""
        if self._give_up_at is not None and time.monotonic() > self._give_up_at:
            self._give_up_at = None  # once; what is left may still clean up
            raise TimeoutError(f"too slow: only {self._virtual_s - BEGIN_S:.0f} virtual seconds have passed")
        self._virtual_s += by_s
        self.jumps += 1

    @contextlib.contextmanager
    def real_time(self) -> Iterator[None]:
        """While inside, the clock stands still unless sockets or threads move things on."""
        self._awaited += 1
        try:
            yield
        finally:
            self._awaited -= 1

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:  # type: ignore[override]
        """As usual; the clock stands still until the job is done."""
        self._awaited += 1
        try:
            future = cast("asyncio.Future[T]", super().run_in_executor(executor, func, *args))
        except BaseException:
            self._awaited -= 1
            raise
        future.add_done_callback(self._job_done)
        return future

    def _job_done(self, _: object) -> None:
        self._awaited -= 1


class _PatientSelector(selectors.BaseSelector):
    """Watches the real sockets; when they are quiet it moves the loop's clock instead of sleeping."""

    def __init__(self, loop: VirtualTimeLoop, real: selectors.BaseSelector, settle_s: float) -> None:
        self._loop, self._real, self._settle_s = loop, real, settle_s

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:
            return self._real.select(0)
        if timeout is None or self._loop.awaits_the_world:
            ready = self._real.select(STUCK_S)
            if not ready:
                raise NothingWillHappen(f"nothing for {STUCK_S:.0f} real seconds")
            return ready
        ready = self._real.select(self._settle_s)
        if not ready:
            self._loop.jump(timeout)
        return ready

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.get_key(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()


class Clocks:
    """The `time` module's clocks in virtual time; put it in the place of a module's `time`."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        self._loop = loop

    @classmethod
    def of_running(cls) -> Clocks:
        """Those of the loop that runs now."""
        return cls(running())

    def time(self) -> float:
        """Wall clock, seconds since the Unix epoch."""
        return EPOCH_S + self._loop.time() - BEGIN_S

    def time_ns(self) -> int:
        return round(self.time() * 1_000_000) * 1_000

    def monotonic(self) -> float:
        return self._loop.time()

    def monotonic_ns(self) -> int:
        return round(self._loop.time() * 1_000_000) * 1_000

    def perf_counter(self) -> float:
        return self._loop.time()


def running() -> VirtualTimeLoop:
    """The loop that runs now."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop), "not inside run_virtual"
    return loop


def wall_clock() -> float:
    """Virtual seconds since the Unix epoch, on the loop that runs now."""
    return Clocks.of_running().time()


def run_virtual(main: Coroutine[Any, Any, T], *, settle_s: float = SETTLE_S, real_limit_s: float = 60.0) -> T:
    """Run to its end in virtual time. TimeoutError after `real_limit_s` real seconds of busy virtual ones."""
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(settle_s, real_limit_s)) as runner:
        return runner.run(main)
