"""Who may open an AudioHook session: headers, API key and signature of the upgrade, judged before it is accepted."""

from __future__ import annotations

import asyncio
import inspect
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from aiohttp import web

from desktop.gateway.audiohook_config import AudioHookConfig, Keys
from desktop.protocols.http_signature import API_KEY, ORGANIZATION, SESSION, SignedRequest
from desktop.protocols.http_signature_check import Fault, NonceMemory, SignatureCheck, check_signature

MAX_ID: Final = 64
_API_KEY = re.compile(r"[a-zA-Z0-9+/_-]{1,512}={0,2}")


@dataclass(frozen=True, slots=True)
class Admission:
    """`check.ok` False: answer 401. `unreadable`: the keys could not be read, which is not the client's fault."""

    check: SignatureCheck
    session: str = ""
    organization: str = ""
    unreadable: bool = False


class Door:
    """`wall_clock` Unix seconds, `clock` monotonic seconds."""

    def __init__(
        self,
        config: AudioHookConfig,
        keys: Keys,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
    ) -> None:
        self._config, self._keys = config, keys
        self._clock, self._wall_clock = clock, wall_clock
        self._nonces = NonceMemory()
        self._stand_in = secrets.token_bytes(32)

    async def judge(self, request: web.Request) -> Admission:
        """Never raises for what the client sent."""
        headers = joined(request)
        signed = SignedRequest(request.raw_path, self._config.public_host or headers.get("host", ""), headers)
        key_id = signed.value(API_KEY) or ""
        try:
            secret = await self._secret(key_id)
        except Exception as problem:  # whatever a key store raises: the client may come again
            return Admission(
                SignatureCheck(None, f"The keys can't be read ({type(problem).__name__})."), unreadable=True
            )
        check = check_signature(signed, secret, self._stand_in, self._wall_clock())
        session, organization = signed.value(SESSION) or "", signed.value(ORGANIZATION) or ""
        return Admission(self._more(check, session, organization), session, organization)

    def _more(self, check: SignatureCheck, session: str, organization: str) -> SignatureCheck:
        """What the signature alone doesn't say."""
        if not check.ok:
            return check
        for where, value in ((SESSION, session), (ORGANIZATION, organization)):
            if len(value) > MAX_ID:
                return replace(check, fault=Fault.HEADER_MISSING, where=where, detail=f"{where} is not an id.")
        if self._config.organizations and organization not in self._config.organizations:
            detail = "This organisation is not on the list of those that may connect: add its id."
            return replace(check, fault=Fault.UNKNOWN_KEY, where=ORGANIZATION, detail=detail)
        if check.signed and not self._nonces.fresh(check.key_id, check.nonce, self._clock()):
            detail = "This signature was used before: somebody repeats a request, or too many come at once."
            return replace(check, fault=Fault.REPLAYED, where="nonce", detail=detail)
        return check

    async def _secret(self, key_id: str) -> bytes | None:
        if not _API_KEY.fullmatch(key_id):
            return None
        found = self._keys(key_id)
        if inspect.isawaitable(found):
            async with asyncio.timeout(self._config.keys_within_s):
                return await found
        return found


def joined(request: web.Request) -> Mapping[str, str]:
    """Headers by lower-case name; several of one name as the signature sees them."""
    out: dict[str, str] = {}
    for name, value in request.headers.items():
        lower = name.lower()
        out[lower] = f"{out[lower]}, {value.strip()}" if lower in out else value.strip()
    return out
