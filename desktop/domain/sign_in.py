"""How one organisation's sign-in stands."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class SignInState(enum.Enum):
    """Where the token stands."""

    SIGNED_OUT = "signed out"  # a person has to sign in
    IN_BROWSER = "in browser"  # waiting for the person in the system's browser
    SIGNED_IN = "signed in"
    EXPIRING = "expiring"  # no refresh token: offer to sign in again before `expires_at_ms`
    RENEWING = "renewing"  # a renewal failed for a passing reason and is being tried again
    REFUSED = "refused"  # the platform refused the credentials: a person has to change something


@dataclass(frozen=True, slots=True)
class SignIn:
    """Replaced by the next one of the same organisation. Carries no token and no name of a person."""

    organisation: str
    state: SignInState
    detail: str = ""  # a sentence for the supervisor
    expires_at_ms: int | None = None  # Unix epoch; None when unknown
    kept: bool = True  # False: no usable keyring, so it lasts for this session only
