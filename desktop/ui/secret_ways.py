"""How an organisation gets in: what replaces its secret, and whether signing in helps. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.dashboard import connection_captions as words
from desktop.settings.model import SignInKind


@dataclass(frozen=True, slots=True)
class SecretWay:
    """`replace` is the caption of the button that takes a new secret, empty for none; `title` is its dialog's."""

    replace: str = ""
    title: str = ""
    caption: str = ""  # of the field
    sign_in: bool = True  # False: only a new secret helps


PERSON = SecretWay()
"""Signs in with the browser."""
TOKEN = SecretWay(words.PASTE_TOKEN, words.TOKEN_TITLE, words.TOKEN, sign_in=False)
"""A pasted token, of an organisation or of a connection without one."""
_SERVICE = (words.REPLACE_SECRET, words.SECRET_TITLE, words.SECRET)


def way(kind: SignInKind | None, *, refused: bool) -> SecretWay:
    """`refused`: the platform refused what it was shown, so that the same secret again is of no use."""
    match kind:
        case SignInKind.SERVICE:
            return SecretWay(*_SERVICE, sign_in=not refused)
        case SignInKind.TOKEN:
            return TOKEN
        case SignInKind.PERSON | None:
            return PERSON
