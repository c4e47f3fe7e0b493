"""What an AudioHook server tells back in `event`: transcripts, agent assist, the Audio Connector's turns."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from desktop.domain.media import Party
from desktop.domain.speech import Segment
from desktop.protocols.audiohook_media import duration_of_seconds

_CHANNELS: Final = {Party.CUSTOMER: 0, Party.AGENT: 1, Party.MIXED: 0}


class Quiet(msgspec.Struct, frozen=True):
    """Speech and personal data: a repr names the type only."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"


class Token(Quiet, frozen=True, omit_defaults=True):
    """One word."""

    type: str
    value: str
    confidence: float
    offset: str
    duration: str
    language: str | None = None


class Interpretation(Quiet, frozen=True, omit_defaults=True):
    """The words of an alternative, as text and one by one."""

    type: str
    transcript: str
    tokens: tuple[Token, ...] | None = None


class Alternative(Quiet, frozen=True, omit_defaults=True):
    """One way to hear it."""

    confidence: float
    interpretations: tuple[Interpretation, ...]
    languages: tuple[str, ...] | None = None


class Transcript(Quiet, frozen=True, rename="camel", omit_defaults=True):
    """An utterance. `channel_id` 0 is the external channel; times since the session's position 0."""

    id: str
    channel_id: int | str
    is_final: bool
    alternatives: tuple[Alternative, ...]
    offset: str | None = None
    duration: str | None = None


class Utterance(Quiet, frozen=True, rename="camel", omit_defaults=True):
    """Agent assist: what was said."""

    id: str
    position: str
    text: str
    language: str
    confidence: float
    channel: str
    is_final: bool
    duration: str | None = None


class Suggestion(Quiet, frozen=True, rename="camel", omit_defaults=True):
    """Agent assist: a question with its answer ("faq"), or an article."""

    type: Literal["faq", "article"]
    id: str
    confidence: float
    position: str | None = None
    question: str | None = None
    answer: str | None = None
    title: str | None = None
    excerpts: tuple[str, ...] | None = None
    document_uri: str | None = None


class AgentAssist(Quiet, frozen=True, omit_defaults=True):
    """Experimental; the platform doesn't offer it at present."""

    id: str
    utterances: tuple[Utterance, ...] | None = None
    suggestions: tuple[Suggestion, ...] | None = None


class BargeIn(Quiet, frozen=True):
    """Audio Connector: the customer speaks, stop playing."""


class BotTurnResponse(Quiet, frozen=True, omit_defaults=True):
    """Audio Connector: what became of the customer's turn."""

    disposition: Literal["no_input", "no_match", "match"]
    text: str | None = None
    confidence: float | None = None


class UnknownEntity(Quiet, frozen=True):
    """A type that this version doesn't know."""


Entity = Transcript | AgentAssist | BargeIn | BotTurnResponse | UnknownEntity
ENTITIES: Final[dict[str, type[Any]]] = {
    "transcript": Transcript,
    "agentassist": AgentAssist,
    "barge_in": BargeIn,
    "bot_turn_response": BotTurnResponse,
}
NAMES: Final = {kind: name for name, kind in ENTITIES.items()}


def transcript_of(segment: Segment, entity_id: str, shift_ms: int = 0) -> Transcript:
    """A segment as an entity; `entity_id` is a UUID that stays the same for all revisions of a segment.

    `shift_ms` is added to the segment's times, to go from the call's time line to the session's.
    """
    languages = (segment.language,) if segment.language else None
    words = tuple(
        Token("word", word.text, word.confidence, _at(word.start_ms + shift_ms), _at(word.end_ms - word.start_ms))
        for word in segment.words
    )
    shown = Interpretation("display", segment.text, words or None)
    return Transcript(
        id=entity_id,
        channel_id=_CHANNELS[segment.party],
        is_final=segment.is_final,
        alternatives=(Alternative(segment.confidence, (shown,), languages),),
        offset=_at(segment.start_ms + shift_ms),
        duration=_at(segment.end_ms - segment.start_ms),
    )


def _at(ms: int) -> str:
    return duration_of_seconds(max(0, ms) / 1000)
