"""Authorization code with PKCE, both roles: verifier, challenge, the browser's address and what comes back (RFC 7636).

The real platform takes any port of a loopback redirect if `http://localhost` is registered without one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, urlencode

AUTHORIZE_PATH: Final = "/oauth/authorize"
MIN_RANDOM_BYTES, MAX_RANDOM_BYTES = 32, 96
"""They make verifiers of 43 and 128 characters, the bounds of RFC 7636 4.1."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """What the browser is sent to the platform with."""

    client_id: str
    redirect_uri: str  # http://localhost:<port>/
    challenge: str
    state: str = field(repr=False)
    scope: str = ""


@dataclass(frozen=True, slots=True)
class CodeArrived:
    """The person agreed. Good for one exchange."""

    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CodeRefused:
    """The platform sent the person back without a code; `error` is RFC 6749's word, "" if it sent another one."""

    error: str


@dataclass(frozen=True, slots=True)
class NotOurs:
    """Answers a question that we did not ask (a wrong `state`): somebody else's, or an old tab."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Not an answer at all."""


Callback = CodeArrived | CodeRefused | NotOurs | NoAnswer

CALLBACK_ERRORS: Final = frozenset(
    {
        "access_denied",
        "invalid_request",
        "invalid_scope",
        "server_error",
        "temporarily_unavailable",
        "unauthorized_client",
        "unsupported_response_type",
    }
)


def verifier_from(random: bytes) -> str:
    """A code verifier of 43 to 128 characters out of 32 to 96 random bytes; ValueError outside of that."""
    if not MIN_RANDOM_BYTES <= len(random) <= MAX_RANDOM_BYTES:
        raise ValueError("a code verifier is made of 32 to 96 random bytes")
    return _base64url(random)


def challenge_of(verifier: str) -> str:
    """S256."""
    return _base64url(hashlib.sha256(verifier.encode()).digest())


def proves(verifier: str, challenge: str) -> bool:
    """The platform's check of a code exchange."""
    return 43 <= len(verifier) <= 128 and hmac.compare_digest(challenge_of(verifier).encode(), challenge.encode())


def authorize_url(login: str, wanted: Authorization) -> str:
    """Where to send the browser; `login` like https://login.mypurecloud.com. Holds no secret but says who asks."""
    query = {
        "response_type": "code",
        "client_id": wanted.client_id,
        "redirect_uri": wanted.redirect_uri,
        "code_challenge": wanted.challenge,
        "code_challenge_method": "S256",
        "state": wanted.state,
        **({"scope": wanted.scope} if wanted.scope else {}),
    }
    return f"{login}{AUTHORIZE_PATH}?{urlencode(query)}"


def read_authorization(query: str) -> Authorization | str:
    """The platform's side; the name of the parameter that is missing or can't be used instead."""
    fields = _fields(query)
    for name, only in (("response_type", "code"), ("code_challenge_method", "S256")):
        if fields.get(name) != only:
            return name
    for name in ("client_id", "redirect_uri", "code_challenge"):
        if not fields.get(name):
            return name
    return Authorization(
        fields["client_id"],
        fields["redirect_uri"],
        fields["code_challenge"],
        fields.get("state", ""),
        fields.get("scope", ""),
    )


def callback_query(state: str, *, code: str = "", error: str = "", error_description: str = "") -> str:
    """The platform's side: what is appended to the redirect address."""
    given = {"code": code, "error": error, "error_description": error_description, "state": state}
    return urlencode({name: value for name, value in given.items() if value})


def read_callback(query: str, state: str) -> Callback:
    """What the browser brought to the redirect address; only an answer to the question with our `state` counts."""
    fields = _fields(query)
    if "code" not in fields and "error" not in fields:
        return NoAnswer()
    if not hmac.compare_digest(fields.get("state", "").encode(errors="replace"), state.encode()):
        return NotOurs()
    if "error" in fields:
        return CodeRefused(fields["error"] if fields["error"] in CALLBACK_ERRORS else "")
    return CodeArrived(fields["code"]) if fields["code"] else CodeRefused("")


def _fields(query: str) -> dict[str, str]:
    """The first of each name; nothing if there are too many."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=50)
    except ValueError:
        return {}
    return dict(reversed(pairs))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")
