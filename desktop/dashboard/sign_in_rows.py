"""Sign-ins as plain values: one row an organisation, and the one that the bar under the top bar speaks of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from desktop.dashboard.sentences import joined
from desktop.dashboard.state import FloorState
from desktop.domain.insight import Severity
from desktop.domain.sign_in import SignIn, SignInState

_WAITS = (SignInState.REFUSED, SignInState.SIGNED_OUT, SignInState.EXPIRING)
"""These wait for a person, the gravest first."""


@dataclass(frozen=True, slots=True)
class SignInRow:
    """What one organisation's row shows; `may_sign_in` and `may_sign_out` say which buttons it has."""

    organisation: str
    glyph: str
    word: str
    detail: str
    expires: str
    session_only: bool
    severity: Severity
    may_sign_in: bool
    may_sign_out: bool
    refused: bool = False  # the platform refused what it was shown


@dataclass(frozen=True, slots=True)
class SignInBar:
    """Whose sign-in waits for somebody, in a sentence; `refused` as in its row."""

    organisation: str
    text: str
    severity: Severity
    refused: bool = False


def rows(state: FloorState, organisations: Iterable[str], now_ms: int) -> list[SignInRow]:
    """`organisations` are those of the settings: one of which nothing was heard counts as signed out."""
    names = sorted({*organisations, *state.sign_ins}, key=str.casefold)
    found = [_row(state.sign_ins.get(name, SignIn(name, SignInState.SIGNED_OUT)), now_ms) for name in names]
    return sorted(found, key=lambda row: (Severity.CRITICAL, Severity.WARNING, Severity.INFO).index(row.severity))


def bar(state: FloorState, now_ms: int) -> SignInBar | None:
    """The gravest sign-in that waits for a person; None if none does."""
    waiting = sorted((s for s in state.sign_ins.values() if s.state in _WAITS), key=lambda s: _WAITS.index(s.state))
    if not waiting:
        return None
    first = waiting[0]
    more = "" if len(waiting) == 1 else f"  (and {len(waiting) - 1} more under Connections)"
    refused = first.state is SignInState.REFUSED
    return SignInBar(first.organisation, sentence(first, now_ms) + more, _severity(first.state), refused)


def sentence(sign_in: SignIn, now_ms: int) -> str:
    """What is the matter and what to do; empty for a sign-in that is in order."""
    name, detail = sign_in.organisation, sign_in.detail
    match sign_in.state:
        case SignInState.SIGNED_OUT:
            return f"Nothing arrives from {name}. {detail or 'You are signed out.'}"
        case SignInState.EXPIRING:
            when = expiry(sign_in, now_ms) or "expires soon"
            return f"Your sign-in to {name} {when}. Sign in again to keep its calls."
        case SignInState.REFUSED:
            return f"{name} refused the sign-in. {detail}".strip()
        case SignInState.IN_BROWSER:
            return f"Waiting for you in the browser: sign in to {name} there. No browser opened? Copy the address."
        case SignInState.SIGNED_IN | SignInState.RENEWING:
            return ""
        case _:  # pragma: no cover
            assert_never(sign_in.state)


def expiry(sign_in: SignIn, now_ms: int) -> str:
    """expires in 23 h, expires in 4 min, has expired; empty when unknown or signed out."""
    if sign_in.expires_at_ms is None or sign_in.state in (SignInState.SIGNED_OUT, SignInState.REFUSED):
        return ""
    left = (sign_in.expires_at_ms - now_ms) // 1000
    if left <= 0:
        return "has expired"
    if left < 120:
        return f"expires in {left} s"
    return f"expires in {left // 60} min" if left < 7_200 else f"expires in {left // 3600} h"


def word(state: SignInState) -> tuple[str, str]:
    """(glyph, word) of a state."""
    match state:
        case SignInState.SIGNED_OUT:
            return "○", "signed out"
        case SignInState.IN_BROWSER:
            return "◌", "waiting for your browser"
        case SignInState.SIGNED_IN:
            return "●", "signed in"
        case SignInState.EXPIRING:
            return "◔", "expires soon"
        case SignInState.RENEWING:
            return "◑", "renewing"
        case SignInState.REFUSED:
            return "✕", "refused"
        case _:  # pragma: no cover
            assert_never(state)


def _severity(state: SignInState) -> Severity:
    if state in (SignInState.REFUSED, SignInState.SIGNED_OUT):
        return Severity.CRITICAL
    return Severity.WARNING if state is SignInState.EXPIRING else Severity.INFO


def _row(sign_in: SignIn, now_ms: int) -> SignInRow:
    state = sign_in.state
    glyph, said = word(state)
    expires = expiry(sign_in, now_ms)
    if state is SignInState.EXPIRING and expires:
        said = word(SignInState.SIGNED_IN)[1]  # when it expires is said beside it
    inside = state in (SignInState.SIGNED_IN, SignInState.EXPIRING, SignInState.RENEWING)
    return SignInRow(
        organisation=sign_in.organisation,
        glyph=glyph,
        word=said,
        detail=sign_in.detail,
        expires=expires,
        session_only=inside and not sign_in.kept,
        severity=_severity(state),
        may_sign_in=state in _WAITS,
        may_sign_out=inside,
        refused=state is SignInState.REFUSED,
    )


def aloud(row: SignInRow) -> str:
    """The row for a screen reader."""
    return joined(row.organisation, row.word, row.expires, row.detail)
