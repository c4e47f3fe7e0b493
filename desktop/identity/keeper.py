"""Keeps one organisation signed in: gives the token to whoever asks, renews it before it ends, says how things stand.

Those who ask at the same time share one request and its outcome. A refusal is remembered until a person acts, and a
peer's Retry-After is kept for everybody, so that many askers are never a storm (document E: 429). `run` renews at
min(300 s, 10 %) before the end (document B edge case 2) without anybody asking; `renewed` lets the streams move over.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
import time
from collections.abc import Awaitable, Callable
from typing import Final

from desktop.domain.errors import Rejected, SidetoneError, SignInNeeded, Throttled
from desktop.domain.sign_in import SignInState
from desktop.identity.attempts import TRIES, Attempts
from desktop.identity.current import CurrentToken
from desktop.identity.endpoint import GrantRefused, TokenEndpoint
from desktop.identity.sentences import ENDED, MAY_NOT, NO_TOKEN, NOT_ACCEPTED, RETRYING, SIGNED_OUT
from desktop.identity.standing import OnChange, Standing
from desktop.identity.vault import Kept, Vault, bare
from desktop.identity.ways import Way
from desktop.protocols.backoff import Backoff
from desktop.protocols.oauth import TokenReply, offer_in, renew_in

LOOK_AGAIN_S: Final = 15.0
"""How soon the end of a token is noticed after the machine slept or its clock was set."""
PAUSE_S: Final = 0.2
"""Between two looks at least, however short the lives are that a peer names."""


class TokenKeeper:
    """A FreshToken. `wall_clock` in seconds since the epoch; `jitter` in [0, 1]."""

    def __init__(
        self,
        organisation: str,
        way: Way,
        endpoint: TokenEndpoint,
        vault: Vault,
        on_change: OnChange,
        *,
        wall_clock: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._way = way
        self._endpoint = endpoint
        self._vault = vault
        self._wall_clock = wall_clock
        self._jitter = jitter
        self._attempts = Attempts(jitter, sleep, self._on_failure)
        self._current = CurrentToken(wall_clock)
        self._standing = Standing(organisation, on_change)
        self._loading, self._renewing = asyncio.Lock(), asyncio.Lock()
        self._loaded = self._signing_in = self._signed_out = False
        self._outcomes = 0
        self._failure: SidetoneError | None = None  # of the last attempt
        self._refusal: Rejected | None = None  # stands until a person acts
        self._moved = asyncio.Event()  # something that `run` has to look at

    # ---- what sources ask ----------------------------------------------------------------------------------------

    async def __call__(self, *, refresh: bool) -> str:
        """The token. `refresh`: the platform answered 401 to the one that this task was given.

        SignInNeeded and Rejected: a person must act. Throttled, Unreachable: after three tries, or if the wait is long.
        """
        await self._load()
        refused = self._current.given() if refresh else -1  # any newer one will do
        if self._current.remaining_s <= 0 or self._current.generation == refused:
            await self._renew(refused, TRIES)
        return self._current.give()

    async def freshened(self) -> str:
        """As a precaution a newer token where that takes no person; the one at hand is not doubted and stays in use."""
        await self._load()
        kept = self._current.kept
        if kept is not None and self._current.remaining_s > 0 and not self._way.unattended(kept.refresh_token):
            return self._current.give()
        return await self(refresh=True)

    async def renewed(self) -> None:
        """Returns once there is a newer token than the running task was given; best asked from the task that asked."""
        await self._current.newer()

    # ---- what a person does --------------------------------------------------------------------------------------

    async def sign_in(self) -> None:
        """With the person's help; cancel it to give up. Called again meanwhile, it opens the browser once more.

        SignInNeeded, Rejected, Throttled, Unreachable in words; what was there before stays in use.
        """
        if self._signing_in:
            self._way.again()
            return
        await self._load()
        if self._way.unattended(None):
            self._signed_out = False
            self.retry()
            await self._renew(self._current.generation, TRIES)
            return
        self._signing_in, detail = True, ""
        self._standing.say(SignInState.IN_BROWSER, "", self._current.ends_at_ms)
        try:
            reply = await self._way.sign_in()
        except SidetoneError as problem:
            detail = str(problem)
            raise
        else:
            self._signed_out, self._signing_in, self._refusal = False, False, None
            await self._install(self._kept(reply, None))
        finally:
            if self._signing_in:
                self._signing_in = False
                self._stand(detail)
            self._moved.set()

    async def paste(self, token: str) -> None:
        """Use a token that somebody pasted. Rejected if it can't be one."""
        kept = bare(token)
        if kept is None:
            raise Rejected(NO_TOKEN)
        await self._load()
        self._signed_out, self._refusal = False, None
        await self._install(kept)
        self._moved.set()

    async def sign_out(self, *, forget_secret: bool = False) -> None:
        """Forget the token here and in the keyring, and give it back where the platform allows; never fails."""
        await self._load()
        kept = self._current.kept
        self._signed_out, self._refusal = True, None
        self._current.drop()
        self._standing.say(SignInState.SIGNED_OUT, SIGNED_OUT)
        self._moved.set()
        await self._vault.forget(client_secret=forget_secret)
        if kept is not None:
            await self._endpoint.revoke(kept.access_token)

    def retry(self) -> None:
        """A person has done something about a refusal, or doesn't want to wait: try again now."""
        self._refusal = None
        self._attempts.release()
        self._moved.set()

    # ---- ahead of time -------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Renews before the end, and after a failure until it works or is refused. Lives until cancelled."""
        await self._load()
        backoff = Backoff()
        while True:
            self._moved.clear()
            wait_s = await self._look_after(backoff)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(max(wait_s, PAUSE_S), LOOK_AGAIN_S)):
                    await self._moved.wait()

    async def _look_after(self, backoff: Backoff) -> float:
        """Do what is due now; seconds until something is."""
        kept, left_s = self._current.kept, self._current.remaining_s
        if self._signing_in or self._signed_out or self._refusal is not None:
            return math.inf
        if not self._way.unattended(kept.refresh_token if kept else None):
            self._stand()
            margin_s = 0.0 if kept is None else kept.life_s - offer_in(kept.life_s)
            if left_s <= 0:
                return math.inf
            return left_s - margin_s if left_s > margin_s else left_s
        margin_s = 0.0 if kept is None else kept.life_s - renew_in(kept.life_s)
        if left_s > margin_s:
            return left_s - margin_s
        if self._attempts.held_s > 0:
            return self._attempts.held_s
        try:
            await self._renew(self._current.generation, 1)
        except Rejected:
            return math.inf
        except SidetoneError as problem:
            asked_s = problem.after_s if isinstance(problem, Throttled) else None
            return backoff.after_failure(self._jitter(), retry_after_s=asked_s)
        backoff.reset()
        self._moved.clear()  # by this renewal; anything else is looked at after the pause
        return PAUSE_S

    # ---- one request at a time -----------------------------------------------------------------------------------

    async def _renew(self, unusable: int, tries: int) -> None:
        """A token newer than number `unusable` that lasts; its outcome is everybody's who waits here meanwhile."""
        outcomes = self._outcomes
        async with self._renewing:
            if self._current.remaining_s > 0 and self._current.generation > unusable:
                return
            if self._outcomes != outcomes and self._failure is not None:
                raise self._failure.with_traceback(None)
            self._failure = None
            try:
                await self._obtain(tries)
            except SidetoneError as problem:
                self._failure = problem
                raise
            finally:
                self._outcomes += 1

    async def _obtain(self, tries: int) -> None:
        if self._signed_out:
            raise SignInNeeded(SIGNED_OUT)
        if self._refusal is not None:
            raise self._refusal.with_traceback(None)
        kept, number = self._current.kept, self._current.generation
        refresh_token = kept.refresh_token if kept else None
        if not self._way.unattended(refresh_token):
            await self._needs_person(kept)
            return
        try:
            reply = await self._attempts.make(lambda: self._way.fetch(refresh_token), tries)
        except Rejected as problem:
            if self._current.generation == number and not self._signed_out:
                await self._refused(problem)
            raise
        if self._signed_out:  # meanwhile
            await self._endpoint.revoke(reply.access_token)
            raise SignInNeeded(SIGNED_OUT)
        await self._install(self._kept(reply, refresh_token))

    def _on_failure(self, problem: SidetoneError) -> None:
        if not self._signing_in:
            self._standing.say(SignInState.RENEWING, RETRYING.format(problem=problem), self._current.ends_at_ms)

    # ---- the token and how it stands -----------------------------------------------------------------------------

    async def _load(self) -> None:
        async with self._loading:
            if self._loaded:
                return
            kept = await self._vault.load()
            self._loaded = True
            self._standing.persistent = self._vault.persistent
            if kept is not None and self._current.generation == 0:
                self._current.replace(kept)
                if self._current.remaining_s > 0:
                    self._stand()

    def _kept(self, reply: TokenReply, refresh_token: str | None) -> Kept:
        """Its end by our own clock, at receipt; a refresh token that isn't replaced stays good."""
        ends_at_ms = int((self._wall_clock() + reply.life_s) * 1000)
        return Kept(reply.access_token, ends_at_ms, reply.life_s, reply.refresh_token or refresh_token)

    async def _install(self, kept: Kept) -> None:
        self._current.replace(kept)
        self._attempts.release()
        self._moved.set()
        self._standing.persistent = await self._vault.save(kept)
        if self._current.kept is kept:
            self._stand()
        elif self._signed_out:
            await self._vault.forget(client_secret=False)

    async def _needs_person(self, kept: Kept | None) -> None:
        """The token is over, or the platform answered 401 to it: returns only if there is a newer one by now.

        A place that asks too much is told apart. While the platform can't be asked (Unreachable) the token is kept.
        """
        over = self._current.remaining_s <= 0
        alive = False if kept is None or over else await self._endpoint.alive(kept.access_token)
        if self._current.kept is not kept and self._current.remaining_s > 0:
            return
        if alive:
            raise Rejected(MAY_NOT)
        sentence = self._way.missing if kept is None else ENDED if over else NOT_ACCEPTED
        if self._current.kept is kept and not self._signed_out:
            self._current.drop()
            self._stand(sentence)
        raise SignInNeeded(sentence)

    async def _refused(self, problem: Rejected) -> None:
        """A refresh token that isn't taken is of no use; anything else, somebody has to change first."""
        kept = self._current.kept
        if kept is not None and isinstance(problem, GrantRefused) and not self._way.unattended(None):
            self._current.kept = kept = Kept(kept.access_token, kept.expires_at_ms, kept.life_s)
            await self._vault.save(kept)
            self._stand(str(problem))
        else:
            self._refusal = problem
            self._standing.say(SignInState.REFUSED, str(problem), self._current.ends_at_ms)

    def _stand(self, detail: str = "") -> None:
        """Say how the token in hand stands; nothing while the browser is open."""
        kept = self._current.kept
        if not self._signing_in:
            unattended = self._way.unattended(kept.refresh_token if kept else None)
            self._standing.of_token(kept, self._current.remaining_s, unattended, detail, self._way.missing)
