"""How the platform dials an AudioHook listener: the upgrade's headers, signed, or tampered with on purpose."""

from __future__ import annotations

import base64
import secrets
import ssl
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from desktop.protocols.http_signature import SignedRequest, signature_headers

USER_AGENT: Final = "GenesysCloud-AudioHook-Client"


@dataclass(frozen=True, slots=True)
class Hook:
    """An integration's set-up. `host`: where to connect really, when `uri` names a public host."""

    uri: str
    api_key: str = "test-key"
    secret: bytes = field(default=b"", repr=False)  # empty: unsigned
    organization: str = "11111111-2222-3333-4444-555555555555"
    host: tuple[str, int] | None = None
    ssl_context: ssl.SSLContext | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Tampering:
    """What is wrong with the upgrade on purpose."""

    secret: bytes | None = field(default=None, repr=False)  # sign with this one
    nonce: str = ""
    clock_s: float = 0.0  # how far the client's clock is ahead
    authority: str = ""  # sign this host
    unsigned: bool = False
    headers: Mapping[str, str | None] = field(default_factory=dict)  # replaced after signing; None: left out


HONEST: Final = Tampering()


def headers_of(hook: Hook, session: str, tampering: Tampering = HONEST) -> dict[str, str]:
    """Of the upgrade."""
    parts = urlsplit(hook.uri)
    headers: dict[str, str] = {
        "Audiohook-Organization-Id": hook.organization,
        "Audiohook-Session-Id": session,
        "Audiohook-Correlation-Id": str(uuid.uuid4()),
        "Audiohook-Retry-Attempt": "0",
        "X-API-KEY": hook.api_key,
    }
    if hook.secret and not tampering.unsigned:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lower = {name.lower(): value for name, value in headers.items()}
        created = int(time.time() + tampering.clock_s)
        headers |= signature_headers(
            SignedRequest(target, tampering.authority or parts.netloc, lower),
            tampering.secret if tampering.secret is not None else hook.secret,
            key_id=hook.api_key,
            nonce=tampering.nonce or base64.b64encode(secrets.token_bytes(24)).decode(),
            created=created,
            expires=created + 10,
        )
    merged: dict[str, str | None] = {**headers, **tampering.headers}
    return {name: value for name, value in merged.items() if value is not None}
