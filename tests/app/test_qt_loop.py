"""The hardened loop: never early, cancelled timers gone, context kept."""

from __future__ import annotations

import asyncio
import contextvars
import time

from PySide6.QtWidgets import QApplication

from desktop.app.loop import run

mark: contextvars.ContextVar[str] = contextvars.ContextVar("mark", default="none")


def test_a_sleep_is_never_cut_short(qapp: QApplication) -> None:
    async def main() -> int:
        for seconds in (0.001, 0.02, 0.05, 0.3):
            before = time.monotonic()
            await asyncio.sleep(seconds)
            assert time.monotonic() - before >= seconds - 0.001
        return 7

    assert run(qapp, main()) == 7


def test_cancelled_timeouts_leave_no_timer(qapp: QApplication) -> None:
    async def main() -> int:
        loop = asyncio.get_running_loop()
        for _ in range(500):
            async with asyncio.timeout(60):
                await asyncio.sleep(0)
        handle = loop.call_later(60, print)
        assert handle.when() > loop.time() + 50
        handle.cancel()
        handle.cancel()
        return len(loop._timer._SimpleTimer__callbacks)  # type: ignore[attr-defined]

    assert run(qapp, main()) <= 2


def test_a_call_from_a_thread_keeps_its_context(qapp: QApplication) -> None:
    async def main() -> int:
        loop = asyncio.get_running_loop()
        seen: asyncio.Future[str] = loop.create_future()
        context = contextvars.copy_context()
        context.run(mark.set, "theirs")

        def from_thread() -> None:
            loop.call_soon_threadsafe(lambda: seen.set_result(mark.get()), context=context)

        await asyncio.to_thread(from_thread)
        assert await seen == "theirs"
        plain: asyncio.Future[int] = loop.create_future()
        await asyncio.to_thread(loop.call_soon_threadsafe, plain.set_result, 1)
        return await plain

    assert run(qapp, main()) == 1


def test_cancelling_a_timer_that_has_fired_never_stops_another_that_got_its_number(qapp: QApplication) -> None:
    """Qt numbers timers anew after 128 rounds; a lost wake-up would stop a whole stream."""

    async def main() -> int:
        loop = asyncio.get_running_loop()
        first = loop.create_future()
        fired = loop.call_soon(first.set_result, 1)
        await first
        for _ in range(5_000):
            ran = loop.create_future()
            other = loop.call_soon(ran.set_result, 1)
            if other._timer_id == fired._timer_id:  # type: ignore[attr-defined]
                fired.cancel()
                async with asyncio.timeout(5):
                    return int(await ran)
            await ran
        raise AssertionError("the number was never given out again")

    assert run(qapp, main()) == 1


def test_a_timer_may_be_cancelled_by_its_own_callback(qapp: QApplication) -> None:
    async def main() -> int:
        loop = asyncio.get_running_loop()
        before, called = len(loop._timer._SimpleTimer__callbacks), asyncio.Event()  # type: ignore[attr-defined]

        def callback() -> None:
            handle.cancel()
            called.set()

        handle = loop.call_later(0.01, callback)
        await called.wait()
        await asyncio.sleep(0)
        return len(loop._timer._SimpleTimer__callbacks) - before  # type: ignore[attr-defined]

    assert run(qapp, main()) == 0
