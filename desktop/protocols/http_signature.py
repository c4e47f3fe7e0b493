"""HTTP message signatures as AudioHook uses them (draft-ietf-httpbis-message-signatures-11), both roles.

    Signature-Input: sig1=("@request-target" "@authority" ...);keyid="..";nonce="..";alg="..";created=1;expires=2
    Signature:       sig1=:<base64 HMAC-SHA256 of the signature base>:

The base has one line `"<component>": <value>` for each component in the order listed, then `"@signature-params": `
and everything after `sig1=` as it was sent. The outcome of a check carries the base that was used and names what
differed; a secret is in neither.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from desktop.domain.errors import PeerBrokeProtocol, SettingInvalid

TARGET: Final = "@request-target"
AUTHORITY: Final = "@authority"
ORGANIZATION: Final = "audiohook-organization-id"
SESSION: Final = "audiohook-session-id"
CORRELATION: Final = "audiohook-correlation-id"
API_KEY: Final = "x-api-key"
REQUIRED: Final = (TARGET, AUTHORITY, ORGANIZATION, SESSION, CORRELATION, API_KEY)
MAX_HEADER: Final = 4096

_KEY = re.compile(r"[a-z*][a-z0-9_.*-]*")
_STRING = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
_INTEGER = re.compile(r"-?[0-9]{1,15}")
_TOKEN = re.compile(r"[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*")
_BYTES = re.compile(r":([A-Za-z0-9+/]*={0,2}):")


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as its signer saw it. `headers` have lower-case names; several of one name are joined by ", "."""

    target: str  # path and query as sent
    authority: str  # Host header, or the public host name in front of a proxy
    headers: Mapping[str, str] = field(repr=False)

    def value(self, component: str) -> str | None:
        """What a component stands for; None if the request doesn't have it."""
        if component == TARGET:
            return self.target
        if component == AUTHORITY:
            return normal_authority(self.authority)
        found = self.headers.get(component)
        return None if found is None else found.strip()


@dataclass(frozen=True, slots=True)
class SignatureInput:
    """One member of Signature-Input with the signature of the same label."""

    label: str
    components: tuple[str, ...]
    params: Mapping[str, str | int]
    params_text: str  # verbatim, what @signature-params covers
    signature: bytes = field(repr=False)

    def text(self, name: str) -> str:
        """A parameter that must be a string; PeerBrokeProtocol names it."""
        value = self.params.get(name)
        if not isinstance(value, str):
            raise PeerBrokeProtocol(f"Signature-Input: parameter {name} is missing or not a string")
        return value

    def seconds(self, name: str) -> int | None:
        """A parameter that must be an integer if it is there."""
        value = self.params.get(name)
        if value is not None and not isinstance(value, int):
            raise PeerBrokeProtocol(f"Signature-Input: parameter {name} is not an integer")
        return value


def normal_authority(host: str) -> str:
    """Lower-case, without the default port of wss."""
    return host.strip().lower().removesuffix(":443")


def decode_secret(text: str) -> bytes:
    """The client secret is kept as base64. SettingInvalid if it isn't; empty stays empty."""
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise SettingInvalid(
            "client secret", "is not base64", "Copy it from the integration's credentials once more."
        ) from None


def signature_base(request: SignedRequest, components: Sequence[str], params_text: str) -> str:
    """The text that is signed. PeerBrokeProtocol names a component that the request doesn't have."""
    lines = []
    for component in components:
        value = request.value(component)
        if value is None:
            raise PeerBrokeProtocol(f"{component}: signed, but the request doesn't have it")
        lines.append(f'"{component}": {value}')
    return "\n".join([*lines, f'"@signature-params": {params_text}'])


def digest(secret: bytes, base: str) -> bytes:
    """HMAC-SHA256, whatever `alg` says."""
    return hmac.new(secret, base.encode("utf-8", "surrogateescape"), hashlib.sha256).digest()


def signature_headers(
    request: SignedRequest, secret: bytes, *, key_id: str, nonce: str, created: int, expires: int
) -> dict[str, str]:
    """The signer's side: the two headers to send."""
    listed = " ".join(f'"{component}"' for component in REQUIRED)
    params = f'({listed});keyid="{key_id}";nonce="{nonce}";alg="hmac-sha256";created={created};expires={expires}'
    value = base64.b64encode(digest(secret, signature_base(request, REQUIRED, params))).decode()
    return {"Signature-Input": f"sig1={params}", "Signature": f"sig1=:{value}:"}


def read_signature(signature_input: str, signature: str) -> SignatureInput:
    """Both headers; of several signatures the first that has a value. PeerBrokeProtocol says what is wrong."""
    if max(len(signature_input), len(signature)) > MAX_HEADER:
        raise PeerBrokeProtocol(f"Signature-Input: longer than {MAX_HEADER} characters")
    values = _signatures(_Scanner("Signature", signature))
    scanner = _Scanner("Signature-Input", signature_input)
    while True:
        label = scanner.take(_KEY).group()
        scanner.literal("=")
        start = scanner.at
        components = _inner_list(scanner)
        params = _params(scanner)
        if label in values:
            text = signature_input[start : scanner.at]
            return SignatureInput(label, components, params, text, values[label])
        if not scanner.comma():
            raise PeerBrokeProtocol(f"Signature: has no value for {label}")


class _Scanner:
    """Structured header fields (RFC 8941), as much of them as signatures need."""

    def __init__(self, header: str, text: str) -> None:
        self.header, self.text, self.at = header, text.strip(), 0

    def take(self, pattern: re.Pattern[str]) -> re.Match[str]:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise PeerBrokeProtocol(f"{self.header}: can't be read at character {self.at + 1}")
        self.at = found.end()
        return found

    def optional(self, text: str) -> bool:
        if self.text.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def literal(self, text: str) -> None:
        if not self.optional(text):
            raise PeerBrokeProtocol(f"{self.header}: expected {text} at character {self.at + 1}")

    def blanks(self) -> None:
        while self.optional(" "):
            pass

    def comma(self) -> bool:
        """Whether another member follows."""
        self.blanks()
        if self.at == len(self.text):
            return False
        self.literal(",")
        self.blanks()
        return True


def _inner_list(scanner: _Scanner) -> tuple[str, ...]:
    scanner.literal("(")
    found: list[str] = []
    while True:
        scanner.blanks()
        if scanner.optional(")"):
            return tuple(found)
        found.append(_unescaped(scanner.take(_STRING)))


def _params(scanner: _Scanner) -> dict[str, str | int]:
    params: dict[str, str | int] = {}
    while scanner.optional(";"):
        scanner.blanks()
        name = scanner.take(_KEY).group()
        scanner.literal("=")
        if scanner.text.startswith('"', scanner.at):
            params[name] = _unescaped(scanner.take(_STRING))
        elif _INTEGER.match(scanner.text, scanner.at):
            params[name] = int(scanner.take(_INTEGER).group())
        else:
            params[name] = scanner.take(_TOKEN).group()
    return params


def _signatures(scanner: _Scanner) -> dict[str, bytes]:
    values: dict[str, bytes] = {}
    while True:
        label = scanner.take(_KEY).group()
        scanner.literal("=")
        try:
            values[label] = base64.b64decode(scanner.take(_BYTES).group(1), validate=True)
        except binascii.Error:
            raise PeerBrokeProtocol("Signature: its value is not base64") from None
        if not scanner.comma():
            return values


def _unescaped(found: re.Match[str]) -> str:
    return re.sub(r"\\(.)", r"\1", found.group(1))
