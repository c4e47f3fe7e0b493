"""What a token endpoint's refusal means, in plain sentences that say what to do.

Three shapes come: {"error","description"} (real platform), {"error","error_description"} (RFC 6749 5.2) and the REST
body {"message","code","status","details"}. Free text of a peer is never repeated; the names of permissions in it are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Final, NamedTuple

import msgspec

MAX_BODY: Final = 64 * 1024
_PERMISSION: Final = re.compile(r"(?<![\w:/.-])[A-Za-z]{2,40}(?::[A-Za-z]{2,60}|:\*){1,2}(?![\w:/-])")
_VERBS: Final = frozenset({"read", "readonly", "realtime", "manage", "create", "write", "view"})
_WORD: Final = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z._]{0,63}$")]

INVALID_CLIENT: Final = (
    "The platform does not know this client id, or the secret is wrong. "
    "Compare both with the OAuth client in the administration, and check the region."
)
INVALID_GRANT: Final = "This sign-in is over or was used already. Sign in again."
UNAUTHORIZED_CLIENT: Final = (
    "This OAuth client may not sign in this way. Ask an administrator for a client of the grant type {grant}."
)
UNSUPPORTED: Final = (
    "The platform does not offer this way to sign in ({grant}). "
    "Check the address, or choose another way in the settings."
)
INVALID_SCOPE: Final = "The platform does not grant these scopes. Correct them in the settings, or leave them empty."
INVALID_REQUEST: Final = (
    "The platform does not take the request. Check the client id, and that http://localhost is registered as "
    "the client's redirect address."
)
DENIED: Final = "The sign-in was declined in the browser. Sign in again and agree."
NOT_ALLOWED: Final = "This sign-in lacks a permission{names}. An administrator can grant it in a role."
NOT_FOUND: Final = "There is no sign-in at this address ({status}). Check the region or the login address."
OTHER: Final = "The platform refused the sign-in ({status}). Check the client id, the secret and the region."


@dataclass(frozen=True, slots=True)
class TokenRefusal:
    """`code` is the platform's own word ("" if it gave none), `permissions` the missing ones that it named."""

    status: int
    code: str = ""
    permissions: tuple[str, ...] = ()

    def sentence(self, grant: str) -> str:
        """For the supervisor. `grant` is what the administration calls the way in, e.g. "Client Credentials"."""
        match self.code:
            case "invalid_client" | "bad.credentials":
                return _named(INVALID_CLIENT, self.code)
            case "invalid_grant":
                return _named(INVALID_GRANT, self.code)
            case "unauthorized_client":
                return _named(UNAUTHORIZED_CLIENT.format(grant=grant), self.code)
            case "unsupported_grant_type" | "unsupported_response_type":
                return _named(UNSUPPORTED.format(grant=grant), self.code)
            case "invalid_scope":
                return _named(INVALID_SCOPE, self.code)
            case "invalid_request":
                return _named(INVALID_REQUEST, self.code)
            case "access_denied":
                return _named(DENIED, self.code)
        match self.status:
            case 401:
                return _named(INVALID_CLIENT, "401")
            case 403:
                names = f": {', '.join(self.permissions)}" if self.permissions else ""
                return NOT_ALLOWED.format(names=names)
            case 404 | 405:
                return NOT_FOUND.format(status=self.status)
            case _:
                return OTHER.format(status=self.status)

    @property
    def misread(self) -> bool:
        """The endpoint may not have understood how the request was written: the other dialect is worth a try."""
        return self.status == 415 or (
            self.status == 400 and self.code in ("", "invalid_request", "unsupported_grant_type")
        )


class _Detail(msgspec.Struct):
    error_code: str = msgspec.field(default="", name="errorCode")
    field_name: str = msgspec.field(default="", name="fieldName")


class _Named(NamedTuple):
    """The fields of all three shapes that we look at, whatever they hold."""

    error: str
    code: str
    texts: tuple[str, ...]


_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_CODE: Final = msgspec.json.Decoder(_WORD)
_TEXT: Final = msgspec.json.Decoder(str)
_TEXTS: Final = msgspec.json.Decoder(dict[str, str])
_DETAILS: Final = msgspec.json.Decoder(list[_Detail])


def read_refusal(status: int, body: bytes) -> TokenRefusal:
    """Never fails: a body that can't be read only tells less."""
    named = _read(body)
    found = (name for text in named.texts for name in _PERMISSION.findall(text) if _is_permission(name))
    return TokenRefusal(status, named.error or named.code, tuple(dict.fromkeys(found)))


def encode_refusal(error: str, description: str = "", *, rfc: bool = False) -> bytes:
    """The endpoint's side: the real platform's shape, or RFC 6749's."""
    return msgspec.json.encode({"error": error, "error_description" if rfc else "description": description})


def _is_permission(name: str) -> bool:
    """domain:entity:action, or a scope of two words; anything else with a colon may be somebody's name."""
    parts = name.split(":")
    return len(parts) == 3 or not _VERBS.isdisjoint(parts)


def _read(body: bytes) -> _Named:
    try:
        fields = _OBJECT.decode(body[:MAX_BODY])
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _Named("", "", ())

    def read(decoder: msgspec.json.Decoder[str], name: str) -> str:
        try:
            return decoder.decode(fields[name])
        except (KeyError, msgspec.DecodeError, UnicodeError):
            return ""

    texts = [read(_TEXT, name) for name in ("message", "messageWithParams", "description", "error_description")]
    texts += _parameters(fields) + _details(fields)
    return _Named(read(_CODE, "error"), read(_CODE, "code"), tuple(texts))


def _parameters(fields: dict[str, msgspec.Raw]) -> list[str]:
    try:
        return list(_TEXTS.decode(fields["messageParams"]).values())
    except (KeyError, msgspec.DecodeError, UnicodeError, RecursionError):
        return []


def _details(fields: dict[str, msgspec.Raw]) -> list[str]:
    try:
        return [
            text for detail in _DETAILS.decode(fields["details"]) for text in (detail.error_code, detail.field_name)
        ]
    except (KeyError, msgspec.DecodeError, UnicodeError, RecursionError):
        return []


def _named(sentence: str, code: str) -> str:
    """The sentence with the platform's word for administrators to search for."""
    first, _, rest = sentence.partition(". ")
    return f"{first} ({code}). {rest}".rstrip() if rest else f"{first} ({code})"
