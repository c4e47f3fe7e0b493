"""Tells how a sign-in stands, once per change."""

from __future__ import annotations

from collections.abc import Callable

from desktop.domain.sign_in import SignIn, SignInState
from desktop.identity.sentences import ENDED, ENDING
from desktop.identity.vault import Kept
from desktop.protocols.oauth import offer_in

OnChange = Callable[[SignIn], None]


class Standing:
    """`persistent` False: the keyring refused, so the sign-in lasts for this session only."""

    def __init__(self, organisation: str, on_change: OnChange) -> None:
        self.persistent = True
        self.now: SignIn | None = None
        self._organisation = organisation
        self._on_change = on_change

    def say(self, state: SignInState, detail: str, expires_at_ms: int | None = None) -> None:
        """Replaces what was said before; the same again is not said."""
        sign_in = SignIn(self._organisation, state, detail, expires_at_ms, self.persistent)
        if sign_in != self.now:
            self.now = sign_in
            self._on_change(sign_in)

    def of_token(self, kept: Kept | None, left_s: float, unattended: bool, detail: str, missing: str) -> None:
        """What a token that lasts `left_s` seconds means; `missing` is said when there is none.

        `unattended`: it is renewed without a person, so there is nothing to offer before its end.
        """
        if kept is None:
            self.say(SignInState.SIGNED_OUT, detail or missing)
        elif left_s <= 0:
            self.say(SignInState.SIGNED_OUT, detail or ENDED)
        elif not unattended and left_s <= kept.life_s - offer_in(kept.life_s):
            self.say(SignInState.EXPIRING, detail or ENDING, kept.expires_at_ms)
        else:
            self.say(SignInState.SIGNED_IN, detail, kept.expires_at_ms)
