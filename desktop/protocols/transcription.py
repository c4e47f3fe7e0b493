"""The live text of a conversation, `v2.conversations.{id}.transcription`, both roles (genesys.md section 2).

A message carries utterances, partial or final, of either channel, in no particular order and possibly twice; or none,
at the start and every five minutes. `Transcript` makes segments of them: a partial is replaced by the next one of the
same utterance, a final stays, and whatever comes after it for the same utterance is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from desktop.domain.media import Party
from desktop.domain.speech import Segment, Trace, Word
from desktop.protocols.json_wire import read_json

MAX_REMEMBERED: Final = 2000
"""Utterances of one call that are told apart; half an hour of quick talk has some hundreds."""
MAX_TEXT: Final = 10_000
_PARTIES: Final = {"EXTERNAL": Party.CUSTOMER, "INTERNAL": Party.AGENT}
_CHANNELS: Final = {Party.CUSTOMER: "EXTERNAL", Party.AGENT: "INTERNAL", Party.MIXED: "BOTH"}
_EPOCH_FLOOR_MS: Final = 1_000_000_000_000
"""Word times above this are moments since the Unix epoch, below it they are offsets."""


class _Word(msgspec.Struct, rename="camel", omit_defaults=True):
    word: str | None = None
    confidence: float | None = None
    start_time_ms: int | float | None = None
    offset_ms: int | float | None = None
    duration_ms: int | float | None = None


class _Alternative(msgspec.Struct, rename="camel", omit_defaults=True):
    confidence: float | None = None
    offset_ms: int | float | None = None
    duration_ms: int | float | None = None
    transcript: str | None = None
    words: tuple[_Word, ...] | None = None


class _Utterance(msgspec.Struct, rename="camel", omit_defaults=True):
    utterance_id: str | None = None
    is_final: bool | None = None
    channel: str | None = None
    alternatives: tuple[_Alternative, ...] | None = None
    dialect: str | None = None


class _Status(msgspec.Struct, rename="camel", omit_defaults=True):
    offset_ms: int | float | None = None
    status: str | None = None


class TranscriptionMessage(msgspec.Struct, rename="camel", omit_defaults=True):
    """One message, to be heard by a `Transcript`."""

    conversation_id: str | None = None
    communication_id: str | None = None
    session_start_time_ms: int | float | None = None
    transcription_start_time_ms: int | float | None = None
    transcripts: tuple[_Utterance, ...] | None = None
    status: _Status | None = None

    def __repr__(self) -> str:
        return "TranscriptionMessage(...)"

    @property
    def session_ended(self) -> bool:
        """No more text will come from this leg."""
        return self.status is not None and (self.status.status or "").upper() == "SESSION_ENDED"


_MESSAGE = msgspec.json.Decoder(TranscriptionMessage)


def decode_transcription(body: bytes) -> TranscriptionMessage:
    """An eventBody. PeerBrokeProtocol names the field, never its text."""
    return read_json(_MESSAGE, body, "transcription")


def transcription_body(
    call: str, segment: Segment, *, utterance_id: str, session_start_ms: int, ended: bool = False
) -> dict[str, object]:
    """The platform's side: one utterance as an eventBody."""
    words = [
        {
            "word": word.text,
            "confidence": word.confidence,
            "startTimeMs": session_start_ms + word.start_ms,
            "offsetMs": word.start_ms,
            "durationMs": word.end_ms - word.start_ms,
        }
        for word in segment.words
    ]
    alternative = {
        "confidence": segment.confidence,
        "offsetMs": segment.start_ms,
        "durationMs": segment.end_ms - segment.start_ms,
        "transcript": segment.text,
        "words": words,
    }
    utterance = {
        "utteranceId": utterance_id,
        "isFinal": segment.is_final,
        "channel": _CHANNELS[segment.party],
        "alternatives": [alternative],
        "engineProvider": "GENESYS",
        "dialect": segment.language,
    }
    return status_body(call, session_start_ms, ended=ended) | {"transcripts": [utterance]}


def status_body(call: str, session_start_ms: int, *, ended: bool = False, offset_ms: int = 0) -> dict[str, object]:
    """The platform's side: a message without words, sent at the start, every five minutes and at the end."""
    return {
        "conversationId": call,
        "communicationId": f"{call}-leg",
        "sessionStartTimeMs": session_start_ms,
        "transcriptionStartTimeMs": session_start_ms,
        "transcripts": [],
        "status": {"offsetMs": offset_ms, "status": "SESSION_ENDED" if ended else "SESSION_ONGOING"},
    }


@dataclass(slots=True)
class _Known:
    segment_id: int
    party: Party
    revision: int = -1
    final: bool = False
    text: str = ""


class Transcript:
    """The text of one call as it grows. Times are ms since the conversation's first session began."""

    def __init__(self, call: str, language: str = "en-US") -> None:
        self._call = call
        self._language = language
        self._began_ms: int | None = None
        self._known: dict[tuple[str, str], _Known] = {}
        self._next_id = dict.fromkeys(Party, 0)

    @property
    def began_ms(self) -> int | None:
        """When the first session began, on the platform's clock (Unix epoch); None while unknown."""
        return self._began_ms

    def hear(self, message: TranscriptionMessage, received_ns: int = 0) -> list[Segment]:
        """What is new in a message; `received_ns` goes into the segments' trace."""
        start = _whole(message.session_start_time_ms)
        if self._began_ms is None and start is not None:
            self._began_ms = start
        shift_ms = max(0, start - self._began_ms) if start is not None and self._began_ms is not None else 0
        segments = (self._utterance(u, message, shift_ms, received_ns) for u in message.transcripts or ())
        return [segment for segment in segments if segment is not None]

    def _utterance(
        self, utterance: _Utterance, message: TranscriptionMessage, shift_ms: int, received_ns: int
    ) -> Segment | None:
        final = utterance.is_final is True
        if not utterance.alternatives or not (utterance.utterance_id or final):
            return None
        best = utterance.alternatives[0]  # exactly one since 2026, but it stays a list
        words = self._words(best, message, shift_ms)
        text = " ".join(word.text for word in words)
        known = self._place(utterance, best, message)
        if known.final or (known.text == text and not final) or (final and not text and known.revision < 0):
            return None
        known.revision, known.final, known.text = known.revision + 1, final, text
        start_ms, end_ms = self._span(best, words, shift_ms)
        return Segment(
            call=self._call,
            party=known.party,
            segment_id=known.segment_id,
            revision=known.revision,
            text=text,
            start_ms=start_ms,
            end_ms=end_ms,
            is_final=final,
            language=(utterance.dialect or self._language)[:20],
            confidence=_share(best.confidence),
            words=words,
            trace=Trace(received=received_ns, recognised=received_ns),
        )

    def _place(self, utterance: _Utterance, best: _Alternative, message: TranscriptionMessage) -> _Known:
        """The same utterance keeps its segment. One without an id is told by its place, so a duplicate is seen too."""
        name = utterance.utterance_id or f"@{utterance.channel}/{best.offset_ms}/{best.duration_ms}"
        key = (message.communication_id or "", name)
        known = self._known.get(key)
        if known is None:
            party = _PARTIES.get((utterance.channel or "").upper(), Party.MIXED)
            known = self._known[key] = _Known(self._next_id[party], party)
            self._next_id[party] += 1
            if len(self._known) > MAX_REMEMBERED:
                del self._known[next(iter(self._known))]
        return known

    def _words(self, best: _Alternative, message: TranscriptionMessage, shift_ms: int) -> tuple[Word, ...]:
        if best.words:
            timed = [
                (text, *self._word_span(word, message, shift_ms), _share(word.confidence, best.confidence))
                for word in best.words
                for text in (word.word or "")[:MAX_TEXT].split()
            ]
            return tuple(Word(text, start, end, confidence) for text, start, end, confidence in timed)
        texts = (best.transcript or "")[:MAX_TEXT].split()
        start, end = self._span(best, (), shift_ms)
        each = (end - start) / max(1, len(texts))  # nobody said when each was spoken: evenly
        confidence = _share(best.confidence)
        return tuple(
            Word(text, start + round(n * each), start + round((n + 1) * each), confidence)
            for n, text in enumerate(texts)
        )

    def _word_span(self, word: _Word, message: TranscriptionMessage, shift_ms: int) -> tuple[int, int]:
        moment, session = _whole(word.start_time_ms), _whole(message.session_start_time_ms)
        if moment is not None and session is not None and min(moment, session) >= _EPOCH_FLOOR_MS:
            start = max(0, moment - session) + shift_ms
        else:
            start = max(0, _whole(word.offset_ms) or 0) + shift_ms
        return start, start + max(0, _whole(word.duration_ms) or 0)

    @staticmethod
    def _span(best: _Alternative, words: tuple[Word, ...], shift_ms: int) -> tuple[int, int]:
        """Of the alternative, else of its words."""
        offset = _whole(best.offset_ms)
        if offset is None and words:
            return words[0].start_ms, max(word.end_ms for word in words)
        start = max(0, offset or 0) + shift_ms
        return start, start + max(0, _whole(best.duration_ms) or 0)


def _whole(value: float | None) -> int | None:
    """Milliseconds; what is beyond any call counts as not given."""
    return round(value) if value is not None and abs(value) < 1e14 else None


def _share(*values: float | None) -> float:
    """The first that is given, between 0 and 1; 0 when none is."""
    return next((min(max(value, 0.0), 1.0) for value in values if value is not None), 0.0)
