"""The OAuth 2.0 token endpoint: what is asked for, in which dialect, and the reply (RFC 6749, RFC 7636).

    document B section 2   POST /oauth/token   JSON {"grant_type", "scope"}
    document E             POST https://ID:SECRET@{region}/oauth/token   form grant_type, scope
    the real platform      POST https://login.<domain>/oauth/token   HTTP Basic, form grant_type, never a scope

The URL form of document E means HTTP Basic. We send that header instead, because an address is what logs, proxies and
error messages repeat: the secret is never part of one. Document B names no place for the credentials: HTTP Basic too.
"""

from __future__ import annotations

import base64
import enum
from dataclasses import dataclass, field
from typing import Annotated, Final, NamedTuple, assert_never
from urllib.parse import urlencode

import msgspec

from desktop.domain.errors import PeerBrokeProtocol
from desktop.protocols.json_wire import read_json

TOKEN_PATH: Final = "/oauth/token"
ME_PATH: Final = "/api/v2/tokens/me"
DEFAULT_LIFE_S: Final = 3600.0
"""Documents B (edge case 2) and E; a reply's `expires_in` always wins."""
RENEW_BEFORE_S: Final = 300.0
OFFER_BEFORE_S: Final = 600.0
FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"

Seconds = Annotated[int, msgspec.Meta(gt=0)] | Annotated[float, msgspec.Meta(gt=0)]


class Body(enum.Enum):
    """How the request is written."""

    FORM = FORM
    JSON = JSON


class TokenDoor(NamedTuple):
    """One place and way to ask. The address holds no credentials."""

    url: str
    body: Body


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """A service: roles decide what it may (real platform); the documents send scopes."""

    scope: str = ""


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """A person came back from the browser. Usable once."""

    code: str = field(repr=False)
    code_verifier: str = field(repr=False)
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A new token for an old one."""

    refresh_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OtherGrant:
    """A grant type that this version doesn't know."""

    name: str


Grant = ClientCredentials | AuthorizationCode | RefreshToken
AnyGrant = Grant | OtherGrant


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What a token endpoint hears. An empty secret: a public client (PKCE)."""

    grant: AnyGrant
    client_id: str
    client_secret: str = field(default="", repr=False)


class TokenCall(NamedTuple):
    """What goes over the wire; both parts hold secrets."""

    headers: dict[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"TokenCall({len(self.body)} bytes)"


class TokenReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """A new token. `expires_in` in seconds from now."""

    access_token: Annotated[str, msgspec.Meta(min_length=1, max_length=16_384)]
    token_type: str = "Bearer"
    expires_in: Seconds | None = None
    refresh_token: str | None = None

    def __repr__(self) -> str:
        return f"TokenReply(expires_in={self.expires_in!r}, refreshable={bool(self.refresh_token)})"

    @property
    def life_s(self) -> float:
        """As the reply says, or the documents' hour."""
        return DEFAULT_LIFE_S if self.expires_in is None else float(min(self.expires_in, 1e9))


_REPLY: Final = msgspec.json.Decoder(TokenReply)


def renew_in(life_s: float) -> float:
    """Seconds from receipt until a token is renewed: min(300 s, 10 %) before its end (document B edge case 2)."""
    return life_s - min(RENEW_BEFORE_S, life_s / 10)


def offer_in(life_s: float) -> float:
    """Seconds until a person is offered to sign in again: max(600 s, 10 %) before the end, at most half the life."""
    return life_s - min(max(OFFER_BEFORE_S, life_s / 10), life_s / 2)


def token_call(grant: Grant, client_id: str, client_secret: str, body: Body) -> TokenCall:
    """One request. Without a secret (PKCE) the client names itself in the body, as RFC 6749 4.1.3 has it."""
    fields = _fields_of(grant)
    headers = {"Content-Type": body.value, "Accept": JSON}
    if client_secret:
        headers["Authorization"] = basic(client_id, client_secret)
    else:
        fields["client_id"] = client_id
    if body is Body.JSON:
        return TokenCall(headers, msgspec.json.encode(fields))
    return TokenCall(headers, urlencode(fields).encode())


def basic(client_id: str, client_secret: str) -> str:
    """The Authorization header's value."""
    return "Basic " + base64.b64encode(f"{client_id}:{client_secret}".encode()).decode("ascii")


def _fields_of(grant: Grant) -> dict[str, str]:
    match grant:
        case ClientCredentials(scope):
            return {"grant_type": "client_credentials", **({"scope": scope} if scope else {})}
        case AuthorizationCode(code, verifier, redirect_uri):
            return {
                "grant_type": "authorization_code",
                "code": code,
                "code_verifier": verifier,
                "redirect_uri": redirect_uri,
            }
        case RefreshToken(token):
            return {"grant_type": "refresh_token", "refresh_token": token}
        case _:
            assert_never(grant)


def decode_token_reply(body: bytes) -> TokenReply:
    """The client's side of a 200. PeerBrokeProtocol names the field and never shows a value."""
    reply = read_json(_REPLY, body, "token reply")
    if reply.token_type.lower() != "bearer":
        raise PeerBrokeProtocol("token reply: only Bearer tokens can be used - at `$.token_type`")
    if not reply.access_token.isascii() or not reply.access_token.isprintable() or " " in reply.access_token:
        raise PeerBrokeProtocol("token reply: not usable in a header - at `$.access_token`")
    return reply
