"""Errors, named by who must act."""

from __future__ import annotations

from desktop.domain.finding import Remedy


class SidetoneError(Exception):
    """Anything we can say in a sentence; the message names the field and the remedy."""


class Unreachable(SidetoneError):
    """Nobody answered: retry."""


class Throttled(SidetoneError):
    """The peer asks us to wait `after_s` seconds."""

    def __init__(self, message: str, after_s: float) -> None:
        super().__init__(message)
        self.after_s = after_s


class Rejected(SidetoneError):
    """The peer understood and refused: a person must act, retrying won't help."""

    def __init__(self, message: str, remedy: Remedy | None = None) -> None:
        super().__init__(message)
        self.remedy = remedy  # what a button can do about it


class NotOffered(Rejected):
    """404 for an endpoint that only the documents know: `remedy` names the real platform's source for the same."""


class SignInNeeded(Rejected):
    """No usable token and no way to get one without a person."""

    def __init__(self, message: str) -> None:
        super().__init__(message, Remedy.SIGN_IN)


class PeerBrokeProtocol(SidetoneError):
    """The peer sent something that its own grammar does not allow: that message is dropped."""


class DecodeFailed(SidetoneError):
    """A frame can't be decoded: conceal and count."""


class SettingInvalid(SidetoneError):
    """A setting can't be used."""

    def __init__(self, path: str, problem: str, hint: str) -> None:
        super().__init__(f"{path}: {problem}. {hint}")
        self.path = path
        self.problem = problem
        self.hint = hint
