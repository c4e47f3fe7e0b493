"""Is there a usable access token, how long does it last, and whom does it stand for?"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from desktop.doctor.check import failed
from desktop.domain.errors import SidetoneError, SignInNeeded
from desktop.domain.finding import Finding, Level
from desktop.domain.ports import AccessToken

PATIENCE_S: Final = 40.0
SHORT_S: Final = 300.0
"""Document B, edge case 2: below this a token has to be renewed to keep the stream."""


@dataclass(frozen=True, slots=True)
class Who:
    """How somebody signs in. `remaining_s` tells how long the token in hand lasts; None = it can't be told."""

    token: AccessToken
    person: bool | None = None  # None = not known: somebody pasted a token
    renews: bool = True  # whether a new one comes without a person
    remaining_s: Callable[[], float | None] = lambda: None


async def check_sign_in(subject: str, who: Who) -> Finding:
    """Obtain a token as the console would; nobody is asked anything."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            await who.token(refresh=False)
    except SignInNeeded as problem:
        return failed(subject, problem, "Open Sidetone and sign in there.")
    except SidetoneError as problem:
        return failed(subject, problem)
    except TimeoutError:
        text = f"No token was given within {PATIENCE_S:.0f} s."
        return Finding(subject, Level.FAIL, text, "Is the system's keyring waiting to be unlocked?")
    return sign_in_verdict(subject, who.person, who.renews, who.remaining_s())


def sign_in_verdict(subject: str, person: bool | None, renews: bool, remaining_s: float | None) -> Finding:
    """There is a token; what about it?"""
    kind = {True: "Signed in as a person", False: "Signed in as a service", None: "A token is kept"}[person]
    lasts = "" if remaining_s is None or math.isinf(remaining_s) else f"; the token lasts another {_span(remaining_s)}"
    if remaining_s is not None and remaining_s < SHORT_S and not renews:
        return Finding(subject, Level.WARN, f"{kind}{lasts}.", "Sign in again now, before live calls are lost with it.")
    limits = " A service can watch, but not listen in, coach or barge in." if person is False else ""
    return Finding(subject, Level.PASS, f"{kind}{lasts}.{limits}")


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{max(0.0, seconds):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
