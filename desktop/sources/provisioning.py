"""Sets up document C's AudioHook step by step, and reads how a real organisation's integration stands.

    created DISABLED -> destination tested -> ENABLED -> watched for a minute and more, as the platform disables a hook
    whose health checks fail only after a while (section 2)

Every step is told as a finding as soon as it is known. A hook that can't be enabled is left there, DISABLED, so that
`enable` goes on once the cause is put right.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from desktop.domain.errors import NotOffered, Rejected, SettingInvalid, SidetoneError, Throttled, Unreachable
from desktop.domain.finding import Finding, Level, Remedy
from desktop.protocols.address_ranges import RANGES_PATH, Network, decode_ranges
from desktop.protocols.provisioning import (
    AUTO_DISABLE_S,
    ENABLED,
    HOOKS_PATH,
    MAY_CREATE,
    MAY_READ,
    MAY_READ_CONVERSATIONS,
    Binding,
    Hook,
    HookPlan,
    HookRequest,
    check_plan,
    conversation_path,
    decode_hook,
    decode_hooks,
    decode_status,
    encode,
    events_path,
    hook_path,
)
from desktop.protocols.provisioning_setup import integration_finding, integration_path
from desktop.sources.rest import NotFound, Refused, RestClient

HOOK: Final = "Hook"
HEALTH: Final = "Health check"
WATCH_S: Final = AUTO_DISABLE_S + 15.0
POLL_S: Final = 5.0
BIND_ATTEMPTS: Final = 3
MAY_READ_INTEGRATIONS: Final = "integrations:integration:view"
MAX_RANGES_BYTES: Final = 8 * 1024 * 1024

NOT_OFFERED: Final = (
    "This address has no AudioHooks to create (404). Genesys Cloud itself is set up by its AudioHook Monitor "
    "integration: Sidetone makes the connection URI, API key and client secret to copy there."
)
NOT_ACTIVE: Final = "The call is not active, so nothing was bound. Bind while it is connected."
ENDING: Final = (
    "The platform says that the call's media session is no longer available (409). The call is ending; nothing is "
    "streamed."
)
UNKNOWN_CALL: Final = "The platform does not know this call. It may be over."
UNNAMED_403: Final = (
    "The platform refuses (403) without naming a permission. Besides a missing role this is what an untrusted "
    "certificate of the destination looks like: run the certificate check first."
)

Tell = Callable[[Finding], None]
TryDestination = Callable[[str], Awaitable[Finding]]


class HookProvisioner:
    """`try_destination` tests the URL from here (`provisioning_probe.try_destination`, with its options bound)."""

    def __init__(
        self,
        rest: RestClient,
        try_destination: TryDestination,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        poll_s: float = POLL_S,
        watch_s: float = WATCH_S,
    ) -> None:
        self._rest, self._try, self._sleep, self._poll_s, self._watch_s = rest, try_destination, sleep, poll_s, watch_s

    async def hooks(self) -> tuple[Hook, ...]:
        """Those that are there. NotOffered on a real organisation; other errors as for `RestClient.get`."""
        try:
            return decode_hooks(await self._rest.get(HOOKS_PATH, permission=MAY_READ))
        except NotFound:
            raise NotOffered(NOT_OFFERED, Remedy.USE_AUDIOHOOK) from None

    async def provision(self, plan: HookPlan, tell: Tell) -> Hook:
        """All four steps; returns the hook as it stands at the end, enabled or not.

        SettingInvalid: a field, before anything was sent. Other errors as for `hooks`, Rejected also for a 403 or 409.
        """
        check_plan(plan)
        request = check_plan(plan, (hook.name for hook in await self.hooks()))
        try:
            hook = decode_hook(await self._rest.post(HOOKS_PATH, encode(request), repeatable=False))
        except Refused as problem:
            raise _creation_refused(problem) from None
        tell(Finding(HOOK, Level.PASS, "The hook was created, disabled for now."))
        return await self._enable(hook, request, tell)

    async def enable(self, plan: HookPlan, hook_id: str, tell: Tell) -> Hook:
        """The last three steps again, for a hook that stayed disabled. `plan` must be the one it was created with."""
        request = check_plan(plan)
        return await self._enable(decode_hook(await self._rest.get(hook_path(hook_id))), request, tell)

    async def _enable(self, hook: Hook, request: HookRequest, tell: Tell) -> Hook:
        tried = await self._try(request.destination_url)
        tell(tried)
        if tried.level is Level.FAIL:
            text = "The hook stays disabled: the platform would find the same and disable it by itself."
            tell(Finding(HOOK, Level.WARN, text, "Put the destination right, then enable the hook here."))
            return hook
        enabled = encode(_with_status(request, ENABLED))
        try:
            hook = decode_hook(await self._rest.put(hook_path(hook.id), enabled, permission=MAY_CREATE))
        except Refused as problem:
            raise _creation_refused(problem) from None
        return await self._watch(hook, tell)

    async def _watch(self, hook: Hook, tell: Tell) -> Hook:
        tell(Finding(HEALTH, Level.WARN, f"Enabled; watched for {self._watch_s:.0f} s, as the platform checks it now."))
        was_enabled, watched_s = hook.enabled, 0.0
        while watched_s < self._watch_s:
            await self._sleep(self._poll_s)
            watched_s += self._poll_s
            try:
                hook = decode_hook(await self._rest.get(hook_path(hook.id), permission=MAY_READ))
            except (Throttled, Unreachable):
                continue  # a look that fails says nothing about the hook
            if was_enabled and not hook.enabled:
                tell(_disabled_by_itself(watched_s))
                return hook
            was_enabled = was_enabled or hook.enabled
        if hook.enabled:
            tell(Finding(HEALTH, Level.PASS, f"Still enabled after {watched_s:.0f} s: the platform's check went well."))
        else:
            text = "The platform has not enabled the hook."
            tell(Finding(HEALTH, Level.FAIL, text, "Enable it once more, or look at it in the platform's own pages."))
        return hook

    async def bind(self, conversation: str, hook_id: str) -> None:
        """Attach the hook to a live call (section 3, option B): its status is looked at first, a 409 tried again.

        Rejected: NOT_ACTIVE, ENDING, UNKNOWN_CALL, or a permission. NotOffered as for `hooks`. Others as for `post`.
        """
        for attempt in range(BIND_ATTEMPTS):
            if attempt:
                await self._sleep(float(attempt))
            try:
                body = await self._rest.get(conversation_path(conversation), permission=MAY_READ_CONVERSATIONS)
            except NotFound:
                await self.hooks()  # tells a platform without this interface apart
                raise Rejected(UNKNOWN_CALL) from None
            if not decode_status(body).active:
                raise Rejected(ENDING if attempt else NOT_ACTIVE)
            try:
                await self._rest.post(events_path(conversation), encode(Binding(hook_id)), repeatable=False)
            except Refused as problem:
                if problem.status != 409:
                    raise
            else:
                return
        raise Rejected(f"{ENDING}{await self._state_of(hook_id)}")

    async def _state_of(self, hook_id: str) -> str:
        """Section 3's effect: the hook may be disabled by now."""
        try:
            hook = decode_hook(await self._rest.get(hook_path(hook_id), permission=MAY_READ))
        except SidetoneError:
            return ""
        return "" if hook.enabled else " The hook is disabled now; enable it again before the next call."


async def read_integration(rest: RestClient, integration: str) -> Finding:
    """How the real platform's integration stands; errors as for `RestClient.get`."""
    return integration_finding(await rest.get(integration_path(integration), permission=MAY_READ_INTEGRATIONS))


async def audiohook_ranges(rest: RestClient) -> tuple[Network, ...]:
    """The networks that the real platform's audio comes from, for the allow-list; errors as for `RestClient.get`."""
    return decode_ranges(await rest.get(RANGES_PATH, max_bytes=MAX_RANGES_BYTES))


def _with_status(request: HookRequest, status: str) -> HookRequest:
    return HookRequest(
        name=request.name,
        description=request.description,
        destination_url=request.destination_url,
        format=request.format,
        encryption_key=request.encryption_key,
        status=status,
    )


def _creation_refused(problem: Refused) -> SidetoneError:
    match problem.status:
        case 409:
            return SettingInvalid("name", "is taken by another hook", "Add the environment or a version to it")
        case 403 if not problem.error.permissions and not problem.error.needs_person:
            return Rejected(UNNAMED_403)
        case 404:
            return NotOffered(NOT_OFFERED, Remedy.USE_AUDIOHOOK)
        case _:
            return problem


def _disabled_by_itself(after_s: float) -> Finding:
    text = f"The platform disabled the hook by itself after about {after_s:.0f} s: its health check did not get 200."
    remedy = (
        "Check that the destination lets in the platform's addresses, and its certificate; then enable the hook again."
    )
    return Finding(HEALTH, Level.FAIL, text, remedy)
