"""What is said when something that the supervisor asked for fails: never a traceback, never somebody's words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from desktop.domain.errors import SidetoneError
from desktop.domain.finding import Level

SESSION_ONLY = "This session has no usable keyring: the secret is kept until Sidetone is closed, and nowhere else."
ADD_AGAIN = "{name} has a token of its own: paste a new one on the Connections page."
SIGNED_OUT = "Signed out: nothing is heard. Sign in again to go on."
BROKE = "That did not work because of an internal error ({kind}). The rest goes on."
AGAIN_S = 60.0
Notice = Callable[[str, Level], None]


def tried(work: Callable[[], None]) -> str:
    """What is wrong, in a sentence; empty when it worked."""
    try:
        work()
    except SidetoneError as problem:
        return str(problem)
    except Exception as error:  # its text may carry anything
        return BROKE.format(kind=type(error).__name__)
    return ""


async def told(notice: Notice, work: Awaitable[None]) -> None:
    """Do it, and say so when it fails."""
    try:
        await work
    except SidetoneError as problem:
        notice(str(problem), Level.FAIL)
    except OSError as problem:
        notice(f"The settings could not be saved ({type(problem).__name__}).", Level.FAIL)
    except Exception as error:
        notice(BROKE.format(kind=type(error).__name__), Level.FAIL)
