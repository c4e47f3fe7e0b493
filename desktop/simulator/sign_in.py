"""The simulated platform's login: token endpoint, authorize page, tokens/me and users/me, with scripted faults.

Plays both dialects, strict as their platforms are: the real one takes forms with HTTP Basic and knows no scopes; the
documents' one takes JSON (document B) and forms (document E) and refuses scopes that it doesn't know. The authorize
page agrees by itself, as if a person were signed in already. 429 and 5xx come from SimulatedPlatform.throttle.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from aiohttp import web

from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.facts import CallFacts
from desktop.protocols.oauth import (
    JSON,
    ME_PATH,
    TOKEN_PATH,
    AuthorizationCode,
    ClientCredentials,
    OtherGrant,
    RefreshToken,
    TokenReply,
    TokenRequest,
)
from desktop.protocols.oauth_code import AUTHORIZE_PATH, Authorization, callback_query, proves, read_authorization
from desktop.protocols.oauth_endpoint import decode_token_request
from desktop.protocols.oauth_errors import encode_refusal
from desktop.simulator.script import Turn
from desktop.simulator.token_office import Grant, TokenOffice

USER_PATH = "/api/v2/users/me"
SCOPES = frozenset(
    {"read:conversations", "analytics:realtime", "read:speechmodels", "integration:bot:read", "integration:bot:write"}
)
"""Of documents B and E."""


class _Refused(Exception):
    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.status = status


@dataclass(slots=True)
class LoginScript:
    """What the login does from now on; change it while it runs."""

    life_s: float | None = None  # None: as the office says
    names_life: bool = True  # False: the reply has no expires_in
    refresh_tokens: bool = True  # to people
    denies: bool = False  # the person declines in the browser
    user: str = "6f1e6c1e-1d2c-4f0e-9a52-supervisor-1"
    rfc_errors: bool = False  # error_description instead of description


@dataclass(slots=True)
class SignInPart:
    """`clients`: client id -> secret, "" for a public client. `documents`: their dialect instead of the real one."""

    office: TokenOffice = field(repr=False)
    clients: dict[str, str] = field(repr=False)
    documents: bool = False
    script: LoginScript = field(default_factory=LoginScript)
    asked: list[str] = field(default_factory=list)  # the grant types in the order in which they came
    scopes: list[str] = field(default_factory=list)  # of each client-credentials request
    _codes: dict[str, Authorization] = field(default_factory=dict, repr=False)
    _refresh: dict[str, tuple[str, str]] = field(default_factory=dict, repr=False)  # token -> (client, user)

    def routes(self) -> Iterable[web.RouteDef]:
        """The paths of the real platform's login and API hosts, all on this one."""
        return (
            web.post(TOKEN_PATH, self._token),
            web.get(AUTHORIZE_PATH, self._authorize),
            web.get(ME_PATH, self._me),  # HEAD too
            web.delete(ME_PATH, self._forget_me),
            web.get(USER_PATH, self._user),
        )

    # ---- the token endpoint --------------------------------------------------------------------------------------

    async def _token(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            if not self.documents and request.content_type == JSON:
                raise _Refused("invalid_request", 415)
            wanted = decode_token_request(body, request.content_type, request.headers.get("Authorization"))
            self.asked.append(_name(wanted))
            reply = self._answer(wanted)
        except PeerBrokeProtocol:
            return self._refusal(_Refused("invalid_request"))
        except _Refused as refused:
            return self._refusal(refused)
        return web.json_response(_fields(reply), headers={"Cache-Control": "no-store"})

    def _answer(self, wanted: TokenRequest) -> TokenReply:
        if wanted.client_id not in self.clients:
            raise _Refused("invalid_client", 400 if not self.documents else 401)
        secret = self.clients[wanted.client_id]
        if not secrets.compare_digest(wanted.client_secret.encode(), secret.encode()):
            raise _Refused("invalid_client", 400 if not self.documents else 401)
        match wanted.grant:
            case ClientCredentials(scope):
                if not secret:
                    raise _Refused("unauthorized_client")
                self.scopes.append(scope)
                if self.documents and not set(scope.split()) <= SCOPES:
                    raise _Refused("invalid_scope")
                return self._issue(None, wanted.client_id)
            case AuthorizationCode(code, verifier, redirect_uri):
                promised = self._codes.pop(code, None)  # good for one exchange, whatever comes of it
                if promised is None or promised.client_id != wanted.client_id or promised.redirect_uri != redirect_uri:
                    raise _Refused("invalid_grant")
                if not proves(verifier, promised.challenge):
                    raise _Refused("invalid_grant")
                return self._issue(self.script.user, wanted.client_id)
            case RefreshToken(token):
                client, user = self._refresh.pop(token, ("", ""))  # rotated: the old one is dead
                if client != wanted.client_id:
                    raise _Refused("invalid_grant")
                return self._issue(user, client)
            case OtherGrant():
                raise _Refused("unsupported_grant_type")

    def _issue(self, user: str | None, client: str) -> TokenReply:
        life_s = self.office.life_s if self.script.life_s is None else self.script.life_s
        refresh = None
        if user is not None and self.script.refresh_tokens:
            refresh = secrets.token_urlsafe(24)
            self._refresh[refresh] = (client, user)
        access = self.office.issue(user=user, life_s=life_s)
        named = int(life_s) if life_s == int(life_s) else life_s
        return TokenReply(access, "bearer", named if self.script.names_life else None, refresh)

    def _refusal(self, refused: _Refused) -> web.Response:
        body = encode_refusal(refused.error, "see the administration", rfc=self.script.rfc_errors)
        return web.Response(body=body, status=refused.status, content_type=JSON)

    def forget_people(self) -> None:
        """Every refresh token stops being accepted, as when an administrator signs everybody out."""
        self._refresh.clear()

    # ---- the browser's side --------------------------------------------------------------------------------------

    async def _authorize(self, request: web.Request) -> web.StreamResponse:
        wanted = read_authorization(request.query_string)
        if isinstance(wanted, str):
            return web.Response(text=f"missing or unusable: {wanted}", status=400)
        if wanted.client_id not in self.clients or not wanted.redirect_uri.startswith("http://localhost:"):
            return web.Response(text="unknown client or redirect address", status=400)  # never redirect to a stranger
        if self.script.denies:
            query = callback_query(wanted.state, error="access_denied", error_description="declined")
        else:
            code = secrets.token_urlsafe(16)
            self._codes[code] = wanted
            query = callback_query(wanted.state, code=code)
        raise web.HTTPFound(f"{wanted.redirect_uri}?{query}")

    # ---- who am I ------------------------------------------------------------------------------------------------

    def _grant(self, request: web.Request) -> Grant:
        grant = self.office.bearer(request.headers.get("Authorization"))
        if grant is None:
            body = '{"message":"Invalid login credentials.","code":"bad.credentials","status":401}'
            raise web.HTTPUnauthorized(text=body, content_type=JSON)
        return grant

    async def _me(self, request: web.Request) -> web.Response:
        grant = self._grant(request)
        return web.json_response({"authorizedScope": [], "userId": grant.user})

    async def _forget_me(self, request: web.Request) -> web.Response:
        self._grant(request)
        self.office.revoke(request.headers["Authorization"].partition(" ")[2].strip())
        return web.Response()

    async def _user(self, request: web.Request) -> web.Response:
        grant = self._grant(request)
        if grant.user is None:  # a client-credentials token stands for nobody
            body = '{"message":"This request requires a user context.","code":"bad.request","status":400}'
            raise web.HTTPBadRequest(text=body, content_type=JSON)
        return web.json_response({"id": grant.user, "name": "Supervisor One"})

    # ---- a part of the platform ----------------------------------------------------------------------------------

    def moved(self, base_url: str) -> None:
        """Hands out no addresses."""

    async def cut(self) -> None:
        """Keeps no connections."""

    async def close(self) -> None:
        """Nothing to give up."""

    def appeared(self, call: str, facts: CallFacts, at_ms: int) -> None:
        """Calls don't matter here."""

    def changed(self, call: str, facts: CallFacts, at_ms: int) -> None:
        """Calls don't matter here."""

    def spoke(self, call: str, turn: Turn, at_ms: int) -> None:
        """Calls don't matter here."""

    def ended(self, call: str, at_ms: int) -> None:
        """Calls don't matter here."""


def _name(wanted: TokenRequest) -> str:
    match wanted.grant:
        case ClientCredentials():
            return "client_credentials"
        case AuthorizationCode():
            return "authorization_code"
        case RefreshToken():
            return "refresh_token"
        case OtherGrant(name):
            return name


def _fields(reply: TokenReply) -> dict[str, object]:
    named = {
        "access_token": reply.access_token,
        "token_type": reply.token_type,
        "expires_in": reply.expires_in,
        "refresh_token": reply.refresh_token,
    }
    return {name: value for name, value in named.items() if value is not None}
