"""What an analytics stream needs beside hearing: pings, the copies that a second socket brings, doubtful calls."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from desktop.domain.errors import Rejected, SidetoneError, SignInNeeded, Throttled
from desktop.domain.finding import Finding, Level
from desktop.domain.ports import Deliver
from desktop.sources.analytics_calls import AnalyticsCalls
from desktop.sources.still_live import PERMISSION

StillLive = Callable[[str], Awaitable[bool | None]]
Asked = Callable[[Rejected | None], None]

ASKED_AT_ONCE: Final = 4
PAUSE_S: Final = 2.0
"""Between one handful of questions and the next: 120 a minute, of 300 that a token may ask."""
ASK_AGAIN_S: Final = 60.0
ANSWER_WITHIN_S: Final = 10.0
ENDED_UNHEARD: Final = "Ends while disconnected"


class Echoes:
    """Recognises the copy when two sockets bring the same event, by its text. Each copy cancels one original."""

    def __init__(self) -> None:
        self._old: ClientConnection | None = None
        self._ahead: Counter[str | bytes] = Counter()  # > 0: only the old socket told it so far, < 0: only the new one
        self._until: float | None = None

    def begin(self, old: ClientConnection) -> None:
        """A second socket is about to open."""
        self._old, self._until = old, None
        self._ahead.clear()

    def end(self, until: float) -> None:
        """The old socket is closed; its events may still have a copy on the way until then."""
        self._until = until

    def repeats(self, socket: ClientConnection, text: str | bytes, now_s: float) -> bool:
        """Whether this is the second copy."""
        if self._until is not None and now_s > self._until:
            self._old = self._until = None
            self._ahead.clear()
        if self._old is None:
            return False
        step = 1 if socket is self._old else -1
        ahead = self._ahead[text]
        self._ahead[text] = ahead + step
        return ahead * step < 0


async def measure(socket: ClientConnection, every_s: float, timeout_s: float) -> AsyncIterator[float | None]:
    """Round trips in ms, until the socket closes; None, and no more, when a ping stays unanswered (half-open)."""
    while True:
        try:
            async with asyncio.timeout(timeout_s):
                latency_s = await (await socket.ping())
        except TimeoutError:
            yield None
            return
        except ConnectionClosed:
            return
        yield latency_s * 1000
        await asyncio.sleep(every_s)


async def hang_up(socket: ClientConnection) -> None:
    """Close; a peer that doesn't answer the goodbye is cut off. Safe to repeat."""
    with contextlib.suppress(ConnectionClosed):
        await socket.close()


async def settle_doubts(
    calls: AnalyticsCalls,
    still_live: StillLive | None,
    clock: Callable[[], float],
    deliver: Deliver,
    asked: Asked,
) -> None:
    """Ask about each doubtful call until none is left (document B, edge case 2); those that ended are handed over so.

    What nobody knows, and what shows itself by an event, isn't asked about in vain: unknown ones again after a minute.
    `asked` hears each refusal, or None for an answer.
    """
    if still_live is None:
        return
    while waiting := list(calls.doubtful):
        while waiting:
            handful, waiting = waiting[:ASKED_AT_ONCE], waiting[ASKED_AT_ONCE:]
            held_up: list[float] = [PAUSE_S]
            async with asyncio.TaskGroup() as asking_group:
                for call in handful:
                    work = _ask(call, calls, still_live, clock, deliver, asked, held_up)
                    asking_group.create_task(work, name="ask about a call")
            await asyncio.sleep(max(held_up))
            doubtful = set(calls.doubtful)
            waiting = [call for call in waiting if call in doubtful]
        await asyncio.sleep(ASK_AGAIN_S)


async def _ask(
    call: str,
    calls: AnalyticsCalls,
    still_live: StillLive,
    clock: Callable[[], float],
    deliver: Deliver,
    asked: Asked,
    held_up: list[float],
) -> None:
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            live = await still_live(call)
    except Throttled as problem:
        held_up.append(problem.after_s)
        return
    except SignInNeeded:
        return  # the link itself says so
    except Rejected as problem:
        asked(problem)
        return
    except (SidetoneError, TimeoutError):
        return
    if live is not None:
        asked(None)
    if live:
        calls.confirm(call)
    elif live is False:
        for event in calls.gone(call, clock()):
            deliver(event)


def may_ask(refusal: Rejected | None) -> Finding:
    """Whether the platform tells which calls go on, and what it costs if it doesn't."""
    if refusal is None:
        return Finding(ENDED_UNHEARD, Level.PASS, "After an interruption the platform tells which calls still go on.")
    return Finding(
        ENDED_UNHEARD,
        Level.WARN,
        "After an interruption the platform may not be asked which calls still go on, so those that ended meanwhile "
        "stay on the list for up to four hours.",
        f"Ask an administrator for {PERMISSION}; a minute later the calls that are over leave the list.",
        detail=str(refusal),
    )
