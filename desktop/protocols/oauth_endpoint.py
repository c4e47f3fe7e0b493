"""The token endpoint's own side: a request of any dialect, read (document B section 2, document E, RFC 6749)."""

from __future__ import annotations

import base64
import binascii
from typing import Final
from urllib.parse import parse_qsl

import msgspec

from desktop.domain.errors import PeerBrokeProtocol
from desktop.protocols.json_wire import read_json
from desktop.protocols.oauth import (
    JSON,
    AnyGrant,
    AuthorizationCode,
    ClientCredentials,
    OtherGrant,
    RefreshToken,
    TokenRequest,
)

_FIELDS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TEXT: Final = msgspec.json.Decoder(str)
_KNOWN: Final = (
    "grant_type",
    "scope",
    "code",
    "code_verifier",
    "redirect_uri",
    "refresh_token",
    "client_id",
    "client_secret",
)


def decode_token_request(body: bytes, content_type: str, authorization: str | None) -> TokenRequest:
    """JSON or form, credentials by Basic or in the body. PeerBrokeProtocol names the field."""
    fields = _json_fields(body) if content_type.partition(";")[0].strip().lower() == JSON else _form_fields(body)
    client_id, secret = _basic_credentials(authorization)
    client_id, secret = client_id or fields.get("client_id", ""), secret or fields.get("client_secret", "")
    return TokenRequest(_grant_of(fields), client_id, secret)


def _grant_of(fields: dict[str, str]) -> AnyGrant:
    def needed(name: str) -> str:
        if not fields.get(name):
            raise PeerBrokeProtocol(f"token request: missing - at `{name}`")
        return fields[name]

    match needed("grant_type"):
        case "client_credentials":
            return ClientCredentials(fields.get("scope", ""))
        case "authorization_code":
            return AuthorizationCode(needed("code"), needed("code_verifier"), needed("redirect_uri"))
        case "refresh_token":
            return RefreshToken(needed("refresh_token"))
        case other:
            return OtherGrant(other)


def _json_fields(body: bytes) -> dict[str, str]:
    """Only the fields we know are read, so only those can be of a wrong type."""
    raw = read_json(_FIELDS, body, "token request")
    return {name: read_json(_TEXT, bytes(raw[name]), f"token request `{name}`") for name in _KNOWN if name in raw}


def _form_fields(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100))
    except ValueError:
        raise PeerBrokeProtocol("token request: not a form") from None


def _basic_credentials(authorization: str | None) -> tuple[str, str]:
    """("", "") when there are none."""
    scheme, _, packed = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        client_id, _, secret = base64.b64decode(packed.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise PeerBrokeProtocol("token request: not HTTP Basic - at `Authorization`") from None
    return client_id, secret
