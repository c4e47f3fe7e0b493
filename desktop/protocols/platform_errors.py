"""The platform's error body, both roles: which code, which missing permissions (genesys.md section 3).

    {"message", "code", "status", "contextId", "messageWithParams", "messageParams": {}, "details": [], "errors": []}

A `message` may name people, numbers and queues, so it is never passed on; what is taken from it is only what has the
form of a permission. Nothing here raises: an error body that can't be read is an error without a code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

MISSING_PERMISSIONS: Final = "missing.any.permissions"
MAX_PERMISSIONS: Final = 8
_CODE: Final = re.compile(r"[a-z]+(?:[._-][a-z]+)*", re.IGNORECASE)
_MAX_CODE: Final = 80
_PERMISSION: Final = re.compile(
    r"(?<![\w:])[a-z][a-z0-9]{1,40}:(?:[a-z][a-z0-9]{1,40}|\*):(?:[a-z][a-z0-9]{1,40}|\*)(?![\w:])", re.I
)
_NO_USER: Final = re.compile(r"user context|client credentials", re.IGNORECASE)
_MAX_DEPTH: Final = 6


@dataclass(frozen=True, slots=True)
class PlatformError:
    """What may be shown of an error body: nothing of it can be personal."""

    code: str = ""  # e.g. "missing.any.permissions"
    permissions: tuple[str, ...] = ()  # e.g. ("conversation:call:monitor",), at most MAX_PERMISSIONS
    needs_person: bool = False  # the request needs a person, and the token stands for none (client credentials)


def decode_error(body: bytes) -> PlatformError:
    """The error that a reply's body tells of; an empty one when it tells none. Never raises."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return PlatformError()
    if not isinstance(found, dict):
        return PlatformError()
    texts = tuple(_texts(found, _MAX_DEPTH))
    permissions = dict.fromkeys(match for text in texts for match in _PERMISSION.findall(text))
    return PlatformError(
        _code(found), tuple(permissions)[:MAX_PERMISSIONS], any(_NO_USER.search(text) is not None for text in texts)
    )


def encode_error(status: int, code: str, *, message: str = "", permissions: tuple[str, ...] = ()) -> bytes:
    """The body as the platform writes it."""
    body: dict[str, object] = {"message": message or code, "code": code, "status": status}
    if permissions:
        names = ", ".join(permissions)
        body["message"] = (
            f"Unable to perform the requested action. You are missing the following permission(s): {names}"
        )
        body["messageParams"] = {"permissions": names}
    return msgspec.json.encode(
        body | {"contextId": "00000000-0000-4000-8000-000000000000", "details": [], "errors": []}
    )


def _code(found: dict[object, object]) -> str:
    """The code, else that of the first detail; a text that is no plain code counts as none."""
    candidates = [found.get("code")]
    for key in ("details", "errors"):
        inner = found.get(key)
        if isinstance(inner, list):
            candidates += [entry.get("errorCode") or entry.get("code") for entry in inner if isinstance(entry, dict)]
    for code in candidates:
        if isinstance(code, str) and len(code) <= _MAX_CODE and _CODE.fullmatch(code):
            return code
    return ""


def _texts(value: object, depth: int) -> Iterator[str]:
    if depth == 0:
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, depth - 1)
