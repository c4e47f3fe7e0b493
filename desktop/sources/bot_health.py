"""Asks the platform how each bot is, at most once in 60 s (document E step 3 and "429 Too Many Requests").

The documents' address comes first. A platform that doesn't know it is asked for the integration instead, which is what
Genesys Cloud has; which one answered is remembered. A socket may be alive and still logically dead: so one knows.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from desktop.domain.bots import BotHealth
from desktop.domain.errors import (
    NotOffered,
    PeerBrokeProtocol,
    Rejected,
    SidetoneError,
    SignInNeeded,
    Throttled,
)
from desktop.domain.events import Complaint, LinkFound, PeerComplaint
from desktop.domain.finding import Finding, Level, Remedy
from desktop.domain.ports import Deliver
from desktop.protocols.bot_events import BotReport, bot_path, decode_bot, decode_integration, integration_path
from desktop.sources.rest import NotFound

INTERVAL_S: Final = 60.0
TIMEOUT_S: Final = 5.0
LONGEST_PAUSE_S: Final = 600.0
SHORT_ID: Final = 8
LONGEST_ID: Final = 24
BOT_PERMISSION: Final = "integration:bot:read"
INTEGRATION_PERMISSION: Final = "integrations:integration:view"

_DIALECTS: Final = (
    (bot_path, decode_bot, BOT_PERMISSION),
    (integration_path, decode_integration, INTEGRATION_PERMISSION),
)


class Rest(Protocol):
    """The part of RestClient that is needed. Give it one attempt: its own retries would break the 60 s."""

    async def get(self, path: str, *, permission: str = "") -> bytes: ...


@dataclass(slots=True)
class _Bot:
    """What is known about one bot."""

    title: str
    asked_at: float | None = None
    finding: Finding | None = None
    health: BotHealth | None = None
    missing: int = 0  # checks in a row in which no address knew it
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class BotHealthWatch:
    """`bot_ids` as in the settings; `clock` in seconds. Asked again within `interval_s`, it gives its last answer."""

    def __init__(
        self,
        link: str,
        bot_ids: Sequence[str],
        rest: Rest,
        *,
        interval_s: float = INTERVAL_S,
        timeout_s: float = TIMEOUT_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._link = link
        self._rest = rest
        self._interval_s = max(interval_s, INTERVAL_S)
        self._timeout_s = timeout_s
        self._sleep = sleep
        self._clock = clock
        self._jitter = jitter
        self._bots = {bot_id: _Bot(f"Bot {short}") for bot_id, short in shortened(bot_ids).items()}
        self._dialect: int | None = None
        self._throttled = 0
        self._not_before = -float("inf")

    @property
    def enabled(self) -> int:
        """How many bots were enabled when they were last asked for."""
        return sum(bot.health is BotHealth.ENABLED for bot in self._bots.values())

    def health(self, bot_id: str) -> BotHealth | None:
        """The last answer; None before the first. KeyError for a bot that is not watched."""
        return self._bots[bot_id].health

    async def run(self, deliver: Deliver) -> None:
        """Until cancelled: every bot, then a pause."""
        while True:
            for bot_id in self._bots:
                deliver(LinkFound(self._link, await self.check(bot_id, deliver)))
            pause_s = max(self._interval_s, self._not_before - self._clock())
            await self._sleep(pause_s * (1.0 + 0.1 * self._jitter()))

    async def check(self, bot_id: str, deliver: Deliver) -> Finding:
        """The bot's state; the last one if that is less than `interval_s` old. `deliver` hears complaints only."""
        bot = self._bots[bot_id]
        async with bot.lock:
            now = self._clock()
            if bot.finding is not None and (
                now < self._not_before or (bot.asked_at is not None and now - bot.asked_at < self._interval_s)
            ):
                return bot.finding
            if now < self._not_before:
                return self._waiting(bot)
            bot.asked_at = now
            bot.finding = await self._ask(bot, bot_id, deliver)
            return bot.finding

    async def _ask(self, bot: _Bot, bot_id: str, deliver: Deliver) -> Finding:
        try:
            async with asyncio.timeout(self._timeout_s):
                report = await self._report(bot, bot_id)
        except TimeoutError:
            text = f"No answer about the bot within {self._timeout_s:g} s."
        except Throttled as problem:
            return self._throttle(bot, problem)
        except PeerBrokeProtocol as problem:
            deliver(PeerComplaint(self._link, Complaint.BAD_MESSAGE, str(problem)))
            text = "The answer about the bot can't be read."
        except NotFound:
            bot.health, bot.missing = BotHealth.UNREACHABLE, bot.missing + 1
            text = "The platform knows no such bot (404)."
            return Finding(bot.title, Level.FAIL, text, "Correct the bot's id in the connection's settings.")
        except Rejected as problem:
            bot.health = BotHealth.UNREACHABLE
            remedy = "Sign in again." if isinstance(problem, SignInNeeded) else _REFUSED_REMEDY
            return Finding(bot.title, Level.FAIL, str(problem), remedy, problem.remedy)
        except SidetoneError as problem:
            text = str(problem)
        else:
            self._throttled = bot.missing = 0
            bot.health = report.health
            return _finding(bot.title, report)
        bot.health = BotHealth.UNREACHABLE
        return Finding(bot.title, Level.FAIL, text, "Check the connection to the platform.", Remedy.RETRY)

    async def _report(self, bot: _Bot, bot_id: str) -> BotReport:
        """One request; two while nobody knows which address this platform has and the bot was not looked for yet."""
        order = (0, 1) if self._dialect is None else (self._dialect,)
        if self._dialect is None and bot.missing:
            order = (bot.missing % 2,)
        for turn, dialect in enumerate(order):
            path, decode, permission = _DIALECTS[dialect]
            try:
                body = await self._rest.get(path(bot_id), permission=permission)
            except (NotFound, NotOffered):
                if turn == len(order) - 1:
                    raise
                continue
            self._dialect = dialect
            return decode(body)
        raise AssertionError("the last address answers or raises")  # pragma: no cover

    def _throttle(self, bot: _Bot, problem: Throttled) -> Finding:
        """429: exponential pauses for all bots, as the limit is the sign-in's."""
        pause_s = min(self._interval_s * 2.0 ** min(self._throttled, 8), LONGEST_PAUSE_S)
        self._throttled += 1
        self._not_before = self._clock() + max(pause_s, problem.after_s)
        return self._waiting(bot)

    def _waiting(self, bot: _Bot) -> Finding:
        wait_s = max(0.0, self._not_before - self._clock())
        text = f"The platform limits requests (429); the bot is asked for again in {wait_s:.0f} s."
        return Finding(bot.title, Level.WARN, text, "Nothing to do; other programs may share the OAuth client.")


_REFUSED_REMEDY: Final = "Ask an administrator for the permission to see integrations."


def shortened(bot_ids: Sequence[str]) -> dict[str, str]:
    """Up to 24 characters are shown whole; of a longer id at least 8, as many as tell it from the others, and "…"."""
    size = SHORT_ID
    while len(set((shown := _cut(bot_ids, size)).values())) < len(shown):
        size += 1
    return shown


def _cut(bot_ids: Sequence[str], size: int) -> dict[str, str]:
    return {each: each if len(each) <= max(LONGEST_ID, size) else f"{each[:size]}…" for each in bot_ids}


def _finding(title: str, report: BotReport) -> Finding:
    said = f" ({report.detail})" if report.detail else ""
    match report.health:
        case BotHealth.ENABLED:
            return Finding(title, Level.PASS, "The bot is enabled.")
        case BotHealth.DISABLED:
            text = f"The bot is disabled{said}."
            return Finding(title, Level.WARN, text, "An administrator can activate its integration.")
        case BotHealth.UNREACHABLE:
            text = f"The platform can't reach the bot{said}."
            return Finding(title, Level.FAIL, text, "Ask an administrator to look at the integration's state.")
