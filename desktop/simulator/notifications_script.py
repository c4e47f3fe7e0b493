"""What the simulated Notifications API does and what it knows: shared by its desks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from desktop.protocols.platform_errors import MISSING_PERMISSIONS, encode_error
from desktop.simulator.notifications_calls import SimulatedCall
from desktop.simulator.token_office import Grant, TokenOffice

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
GrantHandler = Callable[[web.Request, Grant], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class NotificationsScript:
    """What the part does from now on; change it while it runs."""

    heartbeat_s: float = 30.0
    text_delay_s: float = 0.3  # from the end of a turn to its final words
    partials: int = 2
    station: bool = True  # False: the supervisor has chosen no phone
    truncated: bool = False  # the activity query leaves calls out
    member_of: tuple[str, ...] | None = None  # the queues of routing/queues/me; None: all of them
    connect_uri: str = ""  # instead of its own
    unknown: frozenset[str] = frozenset()  # topics that it doesn't know, whatever is said of them elsewhere


@dataclass(frozen=True, slots=True)
class Ringing:
    """A supervisor's phone that was made to ring."""

    user: str
    call: str
    participant: str
    how: str


@dataclass(slots=True)
class Floor:
    """Live calls, and the names of queues and users by id."""

    calls: dict[str, SimulatedCall] = field(default_factory=dict)
    past: dict[str, SimulatedCall] = field(default_factory=dict)  # ended ones: a platform still knows them
    queues: dict[str, str] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)


def guarded(office: TokenOffice, handler: GrantHandler, permission: str = "") -> Handler:
    """401 without a token that counts, 403 without the permission."""

    async def serve(request: web.Request) -> web.StreamResponse:
        grant = office.bearer(request.headers.get("Authorization"))
        if grant is None:
            return refusal(401, "bad.credentials")
        if permission and not grant.may(permission):
            return refusal(403, MISSING_PERMISSIONS, permission)
        return await handler(request, grant)

    return serve


def refusal(status: int, code: str, *permissions: str, message: str = "") -> web.Response:
    """An error in the platform's own form."""
    body = encode_error(status, code, permissions=permissions, message=message)
    return web.Response(body=body, status=status, content_type="application/json")


def answer(body: bytes, status: int = 200) -> web.Response:
    """A JSON reply, with the rate limit's headers as every reply has them."""
    headers = {"inin-ratelimit-allowed": "300", "inin-ratelimit-count": "1", "inin-ratelimit-reset": "60"}
    return web.Response(body=body, status=status, content_type="application/json", headers=headers)
