"""How much of a call is heard, and how much this machine can hear, in a supervisor's words."""

from __future__ import annotations

from typing import Final, assert_never

from desktop.domain.speech import Attention
from desktop.domain.updates import EngineHealth, HearingMeasured

AT_THE_LIMIT: Final = "this machine is at its limit"
STANDS_IN: Final = "PocketSphinx stands in"
NOT_IN_WORDS: Final = "Not heard in words just now"
MANY: Final = 500
"""Beyond it, how many more is nobody's question."""


def chip(attention: Attention) -> str:
    """On the row; empty for a call that is heard in words."""
    match attention:
        case Attention.WORDS:
            return ""
        case Attention.PHRASES:
            return "Keywords only"
        case Attention.PRESENCE:
            return "Level only"
        case _:  # pragma: no cover
            assert_never(attention)


def why(attention: Attention) -> str:
    """level only: this machine is at its limit; empty for a call that is heard in words."""
    said = chip(attention)
    return f"{said.lower()}: {AT_THE_LIMIT}" if said else ""


def status(hearing: HearingMeasured | None) -> str:
    """In the status line: who is heard how, or how many calls there is room for; empty before anything is known."""
    if hearing is None:
        return ""
    shed = hearing.phrases + hearing.presence
    if shed:
        keywords = f"{hearing.phrases} keywords · " if hearing.phrases else ""
        return f"At the limit: {hearing.words} in words · {keywords}{hearing.presence} level only"
    more = hearing.most_calls - hearing.words
    if more <= 0:
        return "No room for more calls"
    return f"Room for {_number(more)} more {'call' if more == 1 else 'calls'}"


def explained(hearing: HearingMeasured | None) -> str:
    """What the numbers rest on."""
    if hearing is None:
        return ""
    rests = "a first guess until calls have been heard here"
    if hearing.measured:
        rests = "measured on the calls of this session"
    elif hearing.earlier:
        rests = "by an earlier measurement"
    text = f"This machine can watch about {_number(hearing.most_calls)} calls with words at once, {rests}."
    if not hearing.phrases + hearing.presence:
        return text
    return (
        f"{text} Words go to the call on screen, to alerts and to calls that need somebody; the others are heard in "
        "turns. Who speaks, silence and talk-over are known of all."
    )


def engine(health: EngineHealth | None) -> str:
    """The recogniser in one line of the status line."""
    if health is None:
        return "Recogniser: starting"
    if health.note:
        return health.note
    made_do = "" if health.notice is None else f"{STANDS_IN}, "
    text = f"{health.ready_workers} of {health.workers} workers, {health.lag_ms / 1000:.1f} s behind live"
    restarted = f", {health.worker_restarts} restarted" if health.worker_restarts else ""
    return f"Recogniser: {made_do}{text}{restarted}"


def engine_explained(health: EngineHealth | None) -> str:
    """Why words are heard less well than they should be, and what to do; empty while they are not."""
    return health.notice.in_full if health is not None and health.notice is not None else ""


def _number(calls: int) -> str:
    return f"more than {MANY}" if calls > MANY else str(calls)
