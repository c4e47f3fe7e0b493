"""Keeps a wallboard's screen from going dark, by the desktop's own interface; where there is none, it says so.

Linux: org.freedesktop.ScreenSaver.Inhibit, which holds as long as the connection does. Windows: the thread's execution
state. macOS: its own `caffeinate`, for as long as this process lives.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator

WHY = "Calls are watched"
PATIENCE_S = 5.0
ES_AWAKE = 0x80000000 | 0x00000001 | 0x00000002  # continuous, system required, display required
ES_AS_BEFORE = 0x80000000


@contextlib.asynccontextmanager
async def kept_awake() -> AsyncIterator[bool]:
    """For the time of the block; False where nobody could be asked for it."""
    if sys.platform == "win32":
        import ctypes

        worked = bool(ctypes.windll.kernel32.SetThreadExecutionState(ES_AWAKE))
        try:
            yield worked
        finally:
            ctypes.windll.kernel32.SetThreadExecutionState(ES_AS_BEFORE)
    elif sys.platform == "darwin":
        try:
            caffeinate = await asyncio.create_subprocess_exec("caffeinate", "-di", "-w", str(os.getpid()))
        except OSError:
            yield False
            return
        try:
            yield True
        finally:
            with contextlib.suppress(ProcessLookupError):
                caffeinate.terminate()
    else:
        async with _inhibited() as worked:
            yield worked


@contextlib.asynccontextmanager
async def _inhibited() -> AsyncIterator[bool]:
    from jeepney import DBusAddress, new_method_call
    from jeepney.io.asyncio import open_dbus_router
    from jeepney.wrappers import DBusErrorResponse, unwrap_msg

    saver = DBusAddress(
        "/org/freedesktop/ScreenSaver", bus_name="org.freedesktop.ScreenSaver", interface="org.freedesktop.ScreenSaver"
    )
    async with contextlib.AsyncExitStack() as stack:
        worked = False
        with contextlib.suppress(OSError, KeyError, RuntimeError, TimeoutError, ValueError, DBusErrorResponse):
            async with asyncio.timeout(PATIENCE_S):
                router = await stack.enter_async_context(open_dbus_router(bus="SESSION"))
                call = new_method_call(saver, "Inhibit", "ss", ("Sidetone", WHY))
                unwrap_msg(await router.send_and_get_reply(call))
                worked = True
        yield worked
