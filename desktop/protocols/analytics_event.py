"""One conversation event of the analytics socket (document B sections 2 and 3), both roles.

`sentiment.score` may stand nested ({"sentiment": {"score": -0.4}}) or flat ({"sentiment.score": -0.4}). Missing and
null are no data, never neutral. A score that isn't a number in [-1, 1] is a bad reading: the scale is not guessed, and
the rest of the event still counts. The score decides: a label that is missing, unknown or on the other side of zero
is replaced by the score's own.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.events import NoReading
from desktop.domain.facts import CallFacts, CallStage
from desktop.protocols.audio_subscription import DIRECTIONS
from desktop.protocols.iso_time import from_epoch_ms, to_epoch_ms

LABEL_AT: Final = 0.2
"""A score at least this far from 0 is called negative or positive when the platform gives no label."""
LABELS: Final = ("negative", "neutral", "positive")
MAX_ID: Final = 255
MAX_LABEL: Final = 200
_SECONDS_BELOW: Final = 1e11  # a number of seconds until the year 5138, of milliseconds from 1973


class Life(enum.Enum):
    """What an event's `state` means for the conversation."""

    RINGING = "ringing"  # nobody speaks yet
    LIVE = "live"
    LEFT = "left"  # an agent's part is over; the conversation's, too, unless another agent has it
    ENDED = "ended"
    UNTOLD = "untold"  # no state, or one that we don't know


@dataclass(frozen=True, slots=True)
class Scored:
    """A score in [-1, 1]; `contradicted` when the platform's label lies on the other side of zero."""

    value: float
    label: str
    contradicted: bool = False


@dataclass(frozen=True, slots=True)
class BadScore:
    """Something that can't be a score; names the field and the remedy."""

    problem: str


@dataclass(frozen=True, slots=True)
class ConversationEvent:
    """`call` is "" when the event names an agent only (section 3's example does). Times in ms since the Unix epoch."""

    call: str
    facts: CallFacts  # its stage is CONNECTED unless `stage` says otherwise
    stage: CallStage | None  # None = unchanged
    life: Life
    sentiment: Scored | NoReading | BadScore
    event_id: str = ""
    at_ms: int | None = None
    sequence: int | None = None


_RINGING = frozenset(("alerting", "dialing", "contacting", "offering", "queued", "ringing"))
_LEFT = frozenset(("disconnected", "terminated"))
_ENDED = frozenset(("ended", "closed", "completed"))
_STAGES: Final[dict[str, CallStage]] = {
    **{stage.value: stage for stage in CallStage if stage is not CallStage.UNTOLD},
    "held": CallStage.HOLD,
    "transferring": CallStage.TRANSFER,
    "wrap-up": CallStage.WRAP_UP,
    "acw": CallStage.WRAP_UP,
    "interacting": CallStage.CONNECTED,
}


class _Body(msgspec.Struct, rename="camel"):
    conversation_id: str | None = None
    id: str | None = None
    agent_id: str | None = None
    agent_name: str | None = None
    queue_id: str | None = None
    queue_name: str | None = None
    direction: str | None = None
    state: str | None = None
    event_id: str | int | None = None
    event_time: str | int | float | None = None
    timestamp: str | int | float | None = None
    start_time: str | int | float | None = None
    sequence: int | None = None


def read_event(body: object) -> ConversationEvent:
    """From decoded JSON. PeerBrokeProtocol names the field."""
    if not isinstance(body, dict):
        raise PeerBrokeProtocol("event: not an object - at `$`")
    try:
        event = msgspec.convert(body, _Body)
    except msgspec.ValidationError as problem:
        raise PeerBrokeProtocol(f"event: {problem}") from None
    call = event.conversation_id or event.id or ""
    if not call and not event.agent_id:
        raise PeerBrokeProtocol("event: names neither a conversation nor an agent - at `$.conversationId`")
    if len(call) > MAX_ID:
        raise PeerBrokeProtocol(f"event: an id longer than {MAX_ID} characters - at `$.conversationId`")
    state = (event.state or "").lower()
    stage = _STAGES.get(state)
    at_ms = _moment(event.event_time)
    return ConversationEvent(
        call=call,
        facts=_facts(event, stage or CallStage.CONNECTED),
        stage=stage,
        life=_life(state, stage),
        sentiment=_sentiment(body),
        event_id="" if event.event_id is None else str(event.event_id)[:MAX_ID],
        at_ms=_moment(event.timestamp) if at_ms is None else at_ms,
        sequence=event.sequence,
    )


def label_of(score: float) -> str:
    """ "negative", "neutral" or "positive" for a score in [-1, 1]."""
    if score <= -LABEL_AT:
        return "negative"
    return "positive" if score >= LABEL_AT else "neutral"


def event_body(
    call: str,
    facts: CallFacts,
    state: str,
    *,
    sentiment: tuple[float | None, str | None] | None = None,
    fields: tuple[str, ...],
    at_ms: int,
    event_id: str = "",
) -> dict[str, Any]:
    """The platform's event as a JSON object, with those of `fields` that it knows and no others.

    `sentiment` is (score, label); None leaves both out, as on a conversation that nothing is known of yet.
    """
    body: dict[str, Any] = {"type": "conversation", "conversationId": call, "eventTime": from_epoch_ms(at_ms)}
    named = {
        "eventId": event_id,
        "agentId": facts.agent_id,
        "agentName": facts.agent_name,
        "queueId": facts.queue_id,
        "queueName": facts.queue_name,
        "direction": facts.direction,
    }
    body |= {key: value for key, value in named.items() if value}
    if "state" in fields:
        body["state"] = state
    if sentiment is not None:
        values = zip(("score", "label"), sentiment, strict=True)
        told = {key: value for key, value in values if f"sentiment.{key}" in fields}
        if told:
            body["sentiment"] = told
    return body


def _sentiment(body: dict[str, Any]) -> Scored | NoReading | BadScore:
    nested = body.get("sentiment", msgspec.UNSET)
    inner = nested if isinstance(nested, dict) else {}
    if nested is not msgspec.UNSET and nested is not None and not isinstance(nested, dict):
        return BadScore("Expected an object with `score` - at `$.sentiment`; this reading is left out.")
    where = "$.sentiment.score" if "score" in inner else "$['sentiment.score']"
    score = inner.get("score", body.get("sentiment.score", msgspec.UNSET))
    if score is msgspec.UNSET:
        return NoReading.NULL if nested is None else NoReading.ABSENT
    if score is None:
        return NoReading.NULL
    if isinstance(score, bool) or not isinstance(score, int | float):
        return BadScore(f"Expected a number from -1 to 1 - at `{where}`; this reading is left out.")
    if not (-1 <= score <= 1):
        return BadScore(f"A score outside -1 to 1 - at `{where}`; this reading is left out, its scale is not guessed.")
    return _scored(float(score), inner.get("label", body.get("sentiment.label")))


def _scored(value: float, label: object) -> Scored:
    own = label_of(value)
    given = label.lower() if isinstance(label, str) else ""
    if given not in LABELS:
        return Scored(value, own)
    if {own, given} == {"negative", "positive"}:
        return Scored(value, own, contradicted=True)
    return Scored(value, given)


def _life(state: str, stage: CallStage | None) -> Life:
    if state in _ENDED:
        return Life.ENDED
    if state in _LEFT:
        return Life.LEFT
    if state in _RINGING:
        return Life.RINGING
    return Life.UNTOLD if stage is None else Life.LIVE


def _facts(event: _Body, stage: CallStage) -> CallFacts:
    direction = (event.direction or "").lower()
    return CallFacts(
        direction=direction if direction in DIRECTIONS else "",
        agent_name=(event.agent_name or "")[:MAX_LABEL],
        agent_id=(event.agent_id or "")[:MAX_LABEL],
        queue_name=(event.queue_name or "")[:MAX_LABEL],
        queue_id=(event.queue_id or "")[:MAX_LABEL],
        started_at_ms=_moment(event.start_time),
        stage=stage,
    )


def _moment(value: str | int | float | None) -> int | None:
    """ISO-8601, or a number of seconds or milliseconds; None when it can't be a moment."""
    if value is None:
        return None
    try:
        if isinstance(value, str):
            return to_epoch_ms(datetime.fromisoformat(value))
        if not math.isfinite(value) or value < 0:
            return None
        return round(value * 1000 if value < _SECONDS_BELOW else value)
    except (ValueError, OverflowError):
        return None
