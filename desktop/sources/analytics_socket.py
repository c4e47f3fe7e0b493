"""The real-time analytics socket: live states and the platform's own sentiment (document B sections 2 and 3).

The life of `run`: connect with the bearer token, subscribe, hand over what arrives. Edge case 2, connection drift:

    closed (1001, 1006, ..) or half-open ...... re-authenticate, back within 5 s, then as `Backoff` says
    the token was renewed ..................... open the new socket first, subscribe, then close the old one
    nothing heard for 2.5 heartbeats .......... the same with a new token: an expired one is rejected silently
    the platform says that the token expired .. re-authenticate, reconnect

The socket doesn't list live calls again, so after a loss each known call is asked about (`still_live`).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import ssl
import time
from collections.abc import Callable
from typing import Final, Literal

from desktop.domain.errors import Rejected, SidetoneError, Throttled
from desktop.domain.events import LinkChanged, LinkState
from desktop.domain.finding import Remedy
from desktop.domain.ports import AccessToken, Deliver
from desktop.protocols.analytics import subscribe_to
from desktop.protocols.backoff import Backoff
from desktop.sources.analytics_calls import AnalyticsCalls
from desktop.sources.analytics_config import AnalyticsConfig
from desktop.sources.analytics_dial import Dial, Renew, stream_address
from desktop.sources.analytics_inbox import AnalyticsInbox, Lost
from desktop.sources.analytics_stream import AnalyticsStream
from desktop.sources.analytics_upkeep import StillLive
from desktop.sources.trust import route_to

__all__ = ["AnalyticsConfig", "AnalyticsSource"]

BACK_WITHIN_S: Final = 2.5
"""The longest wait after a live connection was lost: with a renewal that makes less than 5 s (edge case 2)."""


def loop_clock() -> float:
    """Seconds on the running loop's clock."""
    return asyncio.get_running_loop().time()


class AnalyticsSource:
    """Implements `Source`. SettingInvalid from the constructor names the setting and the reason.

    `proxy`: an address; None or True: the system's. `still_live` tells whether a call goes on, None if unknown.
    `clock` must agree with the running loop's.
    """

    def __init__(
        self,
        config: AnalyticsConfig,
        token: AccessToken,
        *,
        ssl_context: ssl.SSLContext | None = None,
        proxy: str | Literal[True] | None = None,
        still_live: StillLive | None = None,
        clock: Callable[[], float] = loop_clock,
        jitter: Callable[[], float] = random.random,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        subscribe_to(config.queue_ids, config.agent_ids, config.fields, config.heartbeat_s)  # refuses bad settings
        self._config = config
        uri = stream_address(config.base_url)
        route = route_to(uri, proxy if isinstance(proxy, str) else "")
        self._dial = Dial(uri, token, ssl_context, route, config.open_timeout_s, wall_clock)
        self._still_live = still_live
        self._clock = clock
        self._jitter = jitter
        self._backoff = Backoff(config.healthy_after_s)
        self._acted = asyncio.Event()
        self._renew = Renew.NO
        self._live_since: float | None = None
        self._calls: AnalyticsCalls | None = None  # outlive an internal error

    @property
    def name(self) -> str:
        return self._config.name

    def retry(self) -> None:
        """A person has done something about a refusal or doesn't want to wait: try again now."""
        self._acted.set()

    async def run(self, deliver: Deliver) -> None:
        """Until cancelled: connect, hear, reconnect. Delivers LinkChanged at every step."""
        inbox = AnalyticsInbox(self._config.name, self._config.fields, deliver, self._clock, self._calls)
        self._calls = inbox.calls
        try:
            while True:
                self._acted.clear()
                self._live_since = None
                self._tell(deliver, LinkState.CONNECTING)
                try:
                    await self._live_once(inbox, deliver)
                except Rejected as problem:
                    await self._wait_for_a_person(deliver, problem)
                except Throttled as problem:
                    await self._wait(deliver, str(problem), problem.after_s)
                except Lost as problem:
                    self._renew = problem.renew
                    await self._wait(deliver, str(problem), None)
                except SidetoneError as problem:
                    await self._wait(deliver, str(problem), None)
        except asyncio.CancelledError:  # only then will nothing more come; a bug is its keeper's to tell
            self._calls = None
            self._tell(deliver, LinkState.CLOSED)
            raise

    async def _live_once(self, inbox: AnalyticsInbox, deliver: Deliver) -> None:
        """From the first socket to the loss of the last one, which is always a SidetoneError."""

        def moved(note: str) -> None:
            self._tell(deliver, LinkState.LIVE, note)

        stream = AnalyticsStream(
            self._config, self._dial, inbox, self._still_live, self._clock, self._jitter, deliver, moved
        )
        renew, self._renew = self._renew, Renew.NO
        try:
            await stream.open(renew)
            self._live_since = self._clock()
            self._tell(deliver, LinkState.LIVE)
            inbox.opened()
            await stream.hear()
        finally:
            inbox.calls.doubt()
            await stream.close()
            if self._live_since is not None:  # what a person did until now was about something else
                self._acted.clear()

    async def _wait(self, deliver: Deliver, why: str, retry_after_s: float | None) -> None:
        live_for_s = 0.0 if self._live_since is None else self._clock() - self._live_since
        jitter = self._jitter()
        wait_s = self._backoff.after_failure(jitter, live_for_s, retry_after_s)
        if self._live_since is not None and retry_after_s is None:
            wait_s = 0.2 + 0.8 * jitter if self._backoff.attempt == 1 else min(wait_s, BACK_WITHIN_S)
        self._tell(deliver, LinkState.RETRYING, why, wait_s)
        await self._pause(wait_s)

    async def _wait_for_a_person(self, deliver: Deliver, why: Rejected) -> None:
        self._tell(deliver, LinkState.REFUSED, str(why), action=why.remedy)
        await self._pause(self._config.ask_again_s)  # what was renewed or granted elsewhere is found by itself
        self._backoff.reset()

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._acted.wait()
            self._backoff.reset()

    def _tell(
        self,
        deliver: Deliver,
        state: LinkState,
        detail: str = "",
        retry_in_s: float | None = None,
        action: Remedy | None = None,
    ) -> None:
        region = self._config.region
        deliver(LinkChanged(self.name, region, state, detail, retry_in_s, relists=False, action=action))
