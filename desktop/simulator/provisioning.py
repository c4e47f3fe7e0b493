"""The simulated platform's provisioning of AudioHooks (document C sections 2 and 3), with the traps of the document.

An enabled hook is health-checked once; if that fails it turns DISABLED by itself `reflect_s` later (office's clock).
`streaming` lists what is bound: whoever plays the floor posts those calls' sound to the hook's destination.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

import aiohttp
import msgspec
from aiohttp import web

from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.facts import CallFacts
from desktop.protocols.address_ranges import RANGES_PATH, AddressRange, encode_ranges
from desktop.protocols.platform_errors import encode_error
from desktop.protocols.provisioning import (
    AUTO_DISABLE_S,
    DISABLED,
    ENABLED,
    FORMATS,
    HOOKS_PATH,
    MAY_CREATE,
    MAY_READ,
    ConversationStatus,
    Hook,
    HookRequest,
    decode_binding,
    decode_request,
    encode,
    encode_hooks,
)
from desktop.simulator.script import Turn
from desktop.simulator.token_office import TokenOffice

CONVERSATION: Final = "/api/v2/conversations/conversations/{call}"
Health = Callable[[str], Awaitable[bool]]


@dataclass(slots=True)
class _Kept:
    hook: Hook
    encryption_key: str
    enabled_at: float = 0.0
    healthy: bool = True


async def never_asked(url: str) -> bool:
    """A health check that finds everything well without looking."""
    return True


async def really_asked(url: str) -> bool:
    """One POST and one GET, as the platform's health check; False for anything but 200."""
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5.0)) as session:
            for method in ("POST", "GET"):
                async with session.request(method, url) as reply:
                    if reply.status != 200:
                        return False
    except (aiohttp.ClientError, OSError, TimeoutError):
        return False
    return True


class ProvisioningPart:
    """A `Part` of the simulated platform. `offers` False: 404 everywhere, as Genesys Cloud answers."""

    def __init__(
        self,
        office: TokenOffice,
        *,
        health: Health = never_asked,
        reflect_s: float = AUTO_DISABLE_S,
        offers: bool = True,
        ranges: Iterable[AddressRange] = (),
    ) -> None:
        self.offers = offers
        self.health = health
        self.reflect_s = reflect_s
        self.calls: dict[str, str] = {}  # id to "Active", "Disconnecting", "Disconnected"
        self.streaming: list[tuple[str, str]] = []  # call, hook id
        self.asked: Counter[str] = Counter()  # method and path
        self.requests: list[HookRequest] = []
        self.conflicts = 0  # how many of the next bindings are answered 409 although the call is active
        self.ranges = tuple(ranges)
        self._office = office
        self._hooks: dict[str, _Kept] = {}

    def hooks(self) -> list[Hook]:
        """As they stand now."""
        return [self._now(kept) for kept in self._hooks.values()]

    def disconnecting(self, call: str) -> None:
        """The call is about to end."""
        self.calls[call] = "Disconnecting"

    def routes(self) -> Iterable[web.RouteDef]:
        return (
            web.post(HOOKS_PATH, self._create),
            web.get(HOOKS_PATH, self._list),
            web.get(HOOKS_PATH + "/{hook}", self._read),
            web.put(HOOKS_PATH + "/{hook}", self._change),
            web.get(CONVERSATION, self._status),
            web.post(CONVERSATION + "/events", self._bind),
            web.get(RANGES_PATH, self._ranges),
        )

    def moved(self, base_url: str) -> None:
        """It hands out no addresses."""

    async def cut(self) -> None:
        """Nothing stays open between requests."""

    async def close(self) -> None:
        """Nor here."""

    # what happens on the floor

    def appeared(self, call: str, facts: CallFacts, at_ms: int) -> None:
        self.calls[call] = "Active"

    def changed(self, call: str, facts: CallFacts, at_ms: int) -> None:
        """Whatever it is, the call goes on."""

    def spoke(self, call: str, turn: Turn, at_ms: int) -> None:
        """Its sound goes where it is bound to, not through here."""

    def ended(self, call: str, at_ms: int) -> None:
        self.calls[call] = "Disconnected"
        self.streaming = [(bound, hook) for bound, hook in self.streaming if bound != call]

    # serving

    async def _create(self, request: web.Request) -> web.Response:
        wanted = await self._wanted(request)
        if isinstance(wanted, web.Response):
            return wanted
        if any(kept.hook.name == wanted.name for kept in self._hooks.values()):
            return _error(409, "conflict")
        kept = _Kept(_hook(str(uuid.uuid4()), wanted), wanted.encryption_key)
        self._hooks[kept.hook.id] = kept
        await self._check(kept)
        return _json(encode(kept.hook))

    async def _change(self, request: web.Request) -> web.Response:
        wanted = await self._wanted(request)
        if isinstance(wanted, web.Response):
            return wanted
        kept = self._hooks.get(request.match_info["hook"])
        if kept is None:
            return _error(404, "not.found")
        if wanted.format != kept.hook.format:  # edge case 2: redeploy instead
            return _error(400, "format.immutable")
        kept.hook = _hook(kept.hook.id, wanted)
        await self._check(kept)
        return _json(encode(kept.hook))

    async def _wanted(self, request: web.Request) -> HookRequest | web.Response:
        """Section 2's validation: "A single character error" is enough."""
        if (refusal := self._refusal(request, MAY_CREATE)) is not None:
            return refusal
        try:
            wanted = decode_request(await request.read())
        except PeerBrokeProtocol:
            return _error(400, "bad.request")
        right = wanted.format in FORMATS and wanted.status in (ENABLED, DISABLED)
        if not wanted.name or not wanted.destination_url.startswith("https://") or not right:
            return _error(400, "bad.request")
        self.requests.append(wanted)
        return wanted

    async def _list(self, request: web.Request) -> web.Response:
        return self._refusal(request, MAY_READ) or _json(encode_hooks(self.hooks()))

    async def _read(self, request: web.Request) -> web.Response:
        kept = self._hooks.get(request.match_info["hook"])
        refusal = self._refusal(request, MAY_READ)
        if refusal is not None or kept is None:
            return refusal or _error(404, "not.found")
        return _json(encode(self._now(kept)))

    async def _status(self, request: web.Request) -> web.Response:
        call = request.match_info["call"]
        refusal = self._refusal(request)
        if refusal is not None or call not in self.calls:
            return refusal or _error(404, "not.found")
        return _json(encode(ConversationStatus(call, self.calls[call])))

    async def _bind(self, request: web.Request) -> web.Response:
        """Section 3's trap: 409 for a call that is ending, and the hook is DISABLED from then on."""
        if (refusal := self._refusal(request)) is not None:
            return refusal
        call = request.match_info["call"]
        try:
            hook_id = decode_binding(await request.read()).audiohook_id
        except PeerBrokeProtocol:
            return _error(400, "bad.request")
        kept = self._hooks.get(hook_id)
        if call not in self.calls or kept is None:
            return _error(404, "not.found")
        if self.calls[call] != "Active":
            kept.hook = msgspec.structs.replace(kept.hook, status=DISABLED)
            return _error(409, "conflict")
        if self.conflicts:
            self.conflicts -= 1
            return _error(409, "conflict")
        if (call, hook_id) not in self.streaming:
            self.streaming.append((call, hook_id))
        return _json(b"{}")

    async def _ranges(self, request: web.Request) -> web.Response:
        return self._refusal(request) or _json(encode_ranges(self.ranges))

    def _refusal(self, request: web.Request, permission: str = "") -> web.Response | None:
        self.asked[f"{request.method} {request.path}"] += 1
        if not self.offers and request.path != RANGES_PATH:
            return _error(404, "not.found")
        grant = self._office.bearer(request.headers.get("Authorization"))
        if grant is None:
            return _error(401, "bad.credentials")
        if permission and not grant.may(permission):
            return web.Response(
                status=403,
                body=encode_error(403, "missing.any.permissions", permissions=(permission,)),
                content_type="application/json",
            )
        return None

    async def _check(self, kept: _Kept) -> None:
        kept.enabled_at = self._office.clock()
        kept.healthy = not kept.hook.enabled or await self.health(kept.hook.destination_url)

    def _now(self, kept: _Kept) -> Hook:
        if kept.hook.enabled and not kept.healthy and self._office.clock() >= kept.enabled_at + self.reflect_s:
            kept.hook = msgspec.structs.replace(kept.hook, status=DISABLED)
        return kept.hook


def _hook(hook_id: str, wanted: HookRequest) -> Hook:
    return Hook(
        id=hook_id,
        name=wanted.name,
        description=wanted.description,
        destination_url=wanted.destination_url,
        format=wanted.format,
        status=wanted.status,
    )


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")


def _error(status: int, code: str) -> web.Response:
    return web.Response(status=status, body=encode_error(status, code), content_type="application/json")
