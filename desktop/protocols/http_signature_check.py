"""Judges a signed AudioHook upgrade and says what differed.

All six components, keyid == X-API-KEY, a nonce of 22 characters or more that was not used before, at most 10 s old,
3 s of clock skew in the client's favour, HMAC-SHA256 compared in constant time. An unknown key is checked against a
random one, so that it takes as long. An unsigned request is good only if its key's secret is empty.
"""

from __future__ import annotations

import enum
import hmac
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import permutations
from typing import Final

from desktop.domain.errors import PeerBrokeProtocol
from desktop.protocols.http_signature import (
    API_KEY,
    AUTHORITY,
    CORRELATION,
    ORGANIZATION,
    REQUIRED,
    SESSION,
    TARGET,
    SignatureInput,
    SignedRequest,
    digest,
    normal_authority,
    read_signature,
    signature_base,
)

MAX_AGE_S: Final = 10.0
SKEW_S: Final = 3.0
MIN_NONCE: Final = 22
MAX_NONCES: Final = 20_000


class Fault(enum.Enum):
    """Why a request is not let in."""

    HEADER_MISSING = "a header is missing"
    UNSIGNED = "not signed"
    UNREADABLE = "the signature can't be read"
    INCOMPLETE = "the signature doesn't cover everything"
    KEY_MISMATCH = "keyid is not X-API-KEY"
    NONCE_SHORT = "the nonce is too short"
    UNKNOWN_KEY = "the API key is not known here"
    NO_SECRET = "signed, but no client secret is kept here"
    MISMATCH = "the signature is another one"
    TOO_OLD = "the signature is too old"
    FROM_THE_FUTURE = "the signature is from the future"
    REPLAYED = "the signature was used before"


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """`where` names the header or component at fault, if it can be told; `base` is the text that was checked."""

    fault: Fault | None
    detail: str = ""
    where: str = ""
    signed: bool = True
    base: str = field(default="", repr=False)
    key_id: str = field(default="", repr=False)
    nonce: str = field(default="", repr=False)

    @property
    def ok(self) -> bool:
        return self.fault is None


def check_signature(
    request: SignedRequest, secret: bytes | None, stand_in: bytes, now_s: float, *, skew_s: float = SKEW_S
) -> SignatureCheck:
    """Judge a request whose X-API-KEY has this secret (None: unknown; b"": unsigned requests are welcome).

    `stand_in` is random and takes the place of an unknown key's secret; `now_s` is the wall clock, Unix epoch.
    Whether the nonce is fresh is for `NonceMemory`, once this is ok.
    """
    for header in (API_KEY, ORGANIZATION, SESSION, CORRELATION):
        if not request.value(header):
            return SignatureCheck(Fault.HEADER_MISSING, f"The request has no {header} header.", header)
    signature_input, signature = request.headers.get("signature-input"), request.headers.get("signature")
    if signature_input is None or signature is None:
        if signature_input is None and signature is None and secret == b"":
            return SignatureCheck(None, signed=False, key_id=request.value(API_KEY) or "")
        missing = "signature-input" if signature_input is None else "signature"
        return SignatureCheck(Fault.UNSIGNED, f"The request has no {missing} header.", missing, signed=False)
    try:
        given = read_signature(signature_input, signature)
        return _judge(request, given, secret, stand_in, now_s, skew_s)
    except PeerBrokeProtocol as problem:
        return SignatureCheck(Fault.UNREADABLE, f"{problem}.", str(problem).split(":", 1)[0].lower())


def _judge(
    request: SignedRequest, given: SignatureInput, secret: bytes | None, stand_in: bytes, now_s: float, skew_s: float
) -> SignatureCheck:
    base = signature_base(request, given.components, given.params_text)
    key_id, nonce = given.text("keyid"), given.text("nonce")
    created, expires = given.seconds("created"), given.seconds("expires")
    good = SignatureCheck(None, base=base, key_id=key_id, nonce=nonce)

    def bad(fault: Fault, detail: str, where: str) -> SignatureCheck:
        return replace(good, fault=fault, detail=detail, where=where)

    for component in REQUIRED:
        if component not in given.components:
            return bad(Fault.INCOMPLETE, f"The signature doesn't cover {component}.", component)
    if len(set(given.components)) != len(given.components):
        return bad(Fault.INCOMPLETE, "The signature names a component twice.", "signature-input")
    if key_id != request.value(API_KEY):
        return bad(Fault.KEY_MISMATCH, "keyid in Signature-Input and X-API-KEY are not the same.", API_KEY)
    if len(nonce) < MIN_NONCE:
        return bad(Fault.NONCE_SHORT, f"The nonce has fewer than {MIN_NONCE} characters.", "nonce")
    if created is None:
        return bad(Fault.UNREADABLE, "Signature-Input has no created time.", "created")
    right = hmac.compare_digest(digest(secret or stand_in, base), given.signature)
    if secret is None:
        return bad(Fault.UNKNOWN_KEY, "This API key is not known here: enter the one from the integration.", API_KEY)
    if not secret:
        return bad(Fault.NO_SECRET, "The platform signs, but this key has no client secret here: enter it.", "")
    if not right:
        where, detail = _difference(request, given, secret)
        return bad(Fault.MISMATCH, detail, where)
    if created - now_s > skew_s:
        ahead = created - now_s
        return bad(Fault.FROM_THE_FUTURE, f"Signed {ahead:.0f} s ahead of this machine's clock: set it.", "created")
    if now_s - created > MAX_AGE_S + skew_s:
        return bad(Fault.TOO_OLD, f"Signed {now_s - created:.0f} s ago: set this machine's clock.", "created")
    if expires is not None and now_s - expires > skew_s:
        return bad(Fault.TOO_OLD, f"Expired {now_s - expires:.0f} s ago: set this machine's clock.", "expires")
    return good


def _difference(request: SignedRequest, given: SignatureInput, secret: bytes) -> tuple[str, str]:
    """Try what usually goes wrong until the signature fits: (component, sentence). Explains, never admits."""
    for where, detail, other in _suspects(request):
        base = signature_base(other, given.components, given.params_text)
        if hmac.compare_digest(digest(secret, base), given.signature):
            return where, detail
    return "", "Client secret, host name or path differ from what was signed: compare the signature base."


def _suspects(request: SignedRequest) -> Iterator[tuple[str, str, SignedRequest]]:
    host = request.headers.get("host", "")
    forwarded = request.headers.get("x-forwarded-host", "").split(",")[0].strip()
    bare = request.authority.rsplit(":", 1)[0]
    for authority in dict.fromkeys(a for a in (host, forwarded, bare) if a):
        if normal_authority(authority) != normal_authority(request.authority):
            name = normal_authority(authority)
            text = f"The platform signed the host {name}: enter it as the public host name."
            yield AUTHORITY, text, replace(request, authority=authority)
    original = request.headers.get("x-original-uri", "") or request.headers.get("x-forwarded-uri", "")
    path, mark, query = request.target.partition("?")
    for target in dict.fromkeys((original, path, f"{path.rstrip('/')}{mark}{query}", f"{path}/{mark}{query}")):
        if target and target != request.target:
            text = "A proxy changes the path or query of the request: let it pass them unchanged."
            yield TARGET, text, replace(request, target=target)
    ids = (ORGANIZATION, SESSION, CORRELATION)
    for order in permutations(ids):
        if order != ids:
            swapped = dict(request.headers) | {name: request.headers[o] for name, o in zip(ids, order, strict=True)}
            changed = [name for name, o in zip(ids, order, strict=True) if name != o]
            text = f"The values of {' and '.join(changed)} are swapped."
            yield changed[0], text, replace(request, headers=swapped)


class NonceMemory:
    """Remembers which nonces came, for as long as their signatures could be used again. Bounded: when full, it refuses.

    Only nonces of good signatures are told to it, so that nobody without the secret can fill it.
    """

    def __init__(self, keep_s: float = MAX_AGE_S + 2 * SKEW_S, most: int = MAX_NONCES) -> None:
        self._keep_s, self._most = keep_s, most
        self._seen: OrderedDict[tuple[str, str], float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._seen)

    def fresh(self, key_id: str, nonce: str, now_s: float) -> bool:
        """True once for each nonce of a key; `now_s` from any clock that only moves forward."""
        while self._seen and now_s - next(iter(self._seen.values())) > self._keep_s:
            self._seen.popitem(last=False)
        if (key_id, nonce) in self._seen or len(self._seen) >= self._most:
            return False
        self._seen[key_id, nonce] = now_s
        return True
