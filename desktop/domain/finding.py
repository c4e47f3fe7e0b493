"""What is right or wrong with a connection, in words: one line of the diagnosis, one row of the Connections page."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Level(enum.Enum):
    """How a check came out."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"


class Remedy(enum.Enum):
    """What a button beside a finding can do about it."""

    SIGN_IN = "sign in"
    RETRY = "retry"
    USE_NOTIFICATIONS = "use notifications"  # the real platform's live list and text instead of the documents' socket
    USE_AUDIOHOOK = "use AudioHook"  # the real platform's live audio instead of the documents' stream


@dataclass(frozen=True, slots=True)
class Finding:
    """One checked thing. Never carries a name, number, token, secret or transcript."""

    subject: str  # a stable key, shown as the line's title: "Sign-in", "Topic queue calls", "Bot support"
    level: Level
    text: str  # what was found, one sentence
    remedy: str = ""  # what to do about it, one sentence; empty for PASS
    action: Remedy | None = None
    detail: str = ""  # more for who looks closer, to be copied: several lines, e.g. the signature base that was used
