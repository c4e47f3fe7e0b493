"""The client's side of document D as a pure state machine: one party's session with a speech service.

    IDLE --open--> OPENING --"opened"--> STREAMING --close, all sent--> CLOSING --"closed" or lost--> OVER
      ^---refused, lost---'------"closed", lost-----'     close while IDLE or OPENING: OVER at once

Whoever performs it calls `open` on a new connection, sends what `send` gives, hands over what comes to `hear`, tells
`lost`, and calls `tick` a few times a second. An utterance is said again after a lost connection until its final has
come; a final is given once. A service that refuses our optional fields is asked again by the letter of the document.
"""

from __future__ import annotations

import enum
from typing import Final, assert_never

from desktop.domain.media import Party
from desktop.domain.speech import EngineTrouble, Segment, ServiceAnalysis, Trace, Word
from desktop.protocols import speech_stream as wire
from desktop.protocols.speech_outbox import SpeechOutbox, Spoken
from desktop.protocols.speech_stream import DOCUMENT_MEDIA, Open, OpenParameters, language_match, text_of, understood
from desktop.protocols.speech_words import UNKNOWN_CONFIDENCE, UtteranceText, spread, timed_words, words_of

KEEP_ALIVE_S: Final = 10.0
USUAL_S: Final = 1.5  # how long answers take after real time, until that is known
PATIENCE: Final = 4
"""An utterance that isn't answered after so many times the usual had no words."""
LEAST_PATIENCE_S: Final = 2.0
MOST_PATIENCE_S: Final = 20.0
ANSWERED_PATIENCE_S: Final = 1.5
"""The same, once part of it was answered."""
NOT_LATE_S: Final = 1.0
LATE_WORDS_MS: Final = 200
LONGEST_TEXT: Final = 2_000
LONGEST_LABEL: Final = 40


class Stage(enum.Enum):
    """Where the session is."""

    IDLE = "idle"
    OPENING = "opening"
    STREAMING = "streaming"
    CLOSING = "closing"
    OVER = "over"


class SpeechConversation:
    """`session_id` names the session to the service, with a number for each connection; `language` "": it detects."""

    def __init__(self, call: str, party: Party, session_id: str, language: str) -> None:
        self._call, self._party, self._session_id = call, party, session_id[:180]
        self._wanted = self._asked = language
        self._by_the_letter = False
        self._connections = 0
        self._ending = False
        self._service_lost_ms = 0.0  # what it says it could not hear, on this connection
        self._told_s = 0.0  # when this connection was last sent anything
        self._usual_s = USUAL_S
        self._text = UtteranceText()
        self._segment_id = self._revision = 0
        self._shown = ""
        self._analysis: ServiceAnalysis | None = None
        self.stage = Stage.IDLE
        self.trouble: EngineTrouble | None = None  # why no session is opened; a person has to act
        self.opened = False  # whether the present connection, or the last one, was agreed on
        self.asks_again = False  # it was refused, and may be asked in another way at once
        self.languages: tuple[str, ...] = ()  # that the service says it knows
        self.outbox = SpeechOutbox()

    @property
    def wants_connection(self) -> bool:
        """Whether there is something to say and nobody to say it to."""
        return self.stage is Stage.IDLE and not self._ending and self.outbox.ready

    def backlog_ms(self, now_ns: int) -> float:
        """Speech that was not sent, or else how much later than usual an answer is; above 0 until it is answered."""
        waiting = self.outbox.current
        if self.outbox.ready or waiting is None or waiting.heard_s is None:
            return max(self.outbox.unsent_ms, float(self.outbox.ready))
        return max(1.0, self.outbox.unsent_ms, (now_ns / 1e9 - waiting.heard_s - NOT_LATE_S) * 1000)

    # to the service

    def open(self) -> str:
        """The first message of a new connection."""
        self.stage, self.opened, self.asks_again = Stage.OPENING, False, False
        self._connections += 1
        self._service_lost_ms = 0.0
        parameters = OpenParameters((DOCUMENT_MEDIA,))
        if not self._by_the_letter:
            parameters = OpenParameters((DOCUMENT_MEDIA,), self._asked or None, partials=True)
        return wire.encode(Open(self._id, parameters))

    def send(self, now_ns: int) -> str | bytes | None:
        """What is due, one message at a time; None: nothing now."""
        if self.stage is not Stage.STREAMING:
            return None
        now_s = now_ns / 1e9
        message: str | bytes | None = self.outbox.take(now_s)
        if self.outbox.ready and message is None:
            return None
        if message is None and self._ending:
            self.stage = Stage.CLOSING
            return wire.encode(wire.Close(self._id, 2))
        if message is None and now_s - self._told_s >= KEEP_ALIVE_S:
            message = self.outbox.keep_alive()
        if message is not None:
            self._told_s = now_s
        return message

    def close(self) -> None:
        """Say goodbye once what is under way has been sent; nothing that comes now matters any more."""
        self._ending = True
        if self.stage in (Stage.IDLE, Stage.OPENING):
            self.stage = Stage.OVER

    # from the service

    def hear(self, text: bytes | str, now_ns: int) -> list[Segment | ServiceAnalysis]:
        """What follows from a message. PeerBrokeProtocol names the field; the session goes on."""
        message = wire.decode_service_message(text)
        match message:
            case wire.Opened(_, parameters) if self.stage is Stage.OPENING:
                self._opened(parameters, now_ns)
            case wire.ErrorMessage(_, problem) if self.stage is Stage.OPENING:
                self._refused(problem.supported_languages)
            case wire.ErrorMessage(_, problem) if self.stage is Stage.STREAMING:
                self.outbox.lost_ms += max(problem.lost_ms - self._service_lost_ms, 0.0)
                self._service_lost_ms = max(problem.lost_ms, self._service_lost_ms)
            case wire.Event() if self.stage is Stage.STREAMING:
                return self._event(message, now_ns)
            case wire.Closed():
                return self.lost(by_choice=True)
            case wire.Opened() | wire.ErrorMessage() | wire.Event() | wire.UnknownMessage():
                pass
            case _:  # pragma: no cover
                assert_never(message)
        return []

    def lost(self, *, by_choice: bool = False) -> list[Segment | ServiceAnalysis]:
        """The connection is gone or the session ended; `by_choice` of the service."""
        if self.stage is Stage.OPENING and by_choice:
            self._by_the_letter = not self._by_the_letter
        self.stage = Stage.OVER if self._ending else Stage.IDLE
        self.outbox.lost()
        self._text = UtteranceText()
        if self.outbox.ready:  # it will be heard again, and its partial goes on from there
            return []
        return [*self._segment((), (0, 0), None, 0, is_final=True)]

    def tick(self, now_ns: int) -> list[Segment]:
        """Whether an answer is no longer to be expected."""
        spoken, now_s = self.outbox.current, now_ns / 1e9
        if spoken is None or spoken.heard_s is None:
            return []
        partly = spoken.answered_to_ms >= 0 or bool(self._text.words)
        patience_s = min(max(PATIENCE * self._usual_s, LEAST_PATIENCE_S), MOST_PATIENCE_S)
        if now_s - spoken.heard_s < (ANSWERED_PATIENCE_S if partly else patience_s):
            return []
        return self._finish(spoken, now_ns)

    # inside

    @property
    def _id(self) -> str:
        return f"{self._session_id}-{self._connections}"

    def _opened(self, agreed: wire.OpenedParameters, now_ns: int) -> None:
        if (agreed.media and understood(agreed.media) is None) or agreed.start_paused:
            self.stage, self.trouble = Stage.IDLE, EngineTrouble.NOT_OPENED
            return
        self.languages = agreed.supported_languages
        if self.languages and self._wanted and language_match(self._wanted, self.languages) is None:
            self.stage, self.trouble = Stage.IDLE, EngineTrouble.LANGUAGE
            return
        self.opened, self.stage, self.trouble, self._told_s = True, Stage.STREAMING, None, now_ns / 1e9

    def _refused(self, languages: tuple[str, ...]) -> None:
        """Ask for what it offers, or by the letter, before a person is asked."""
        self.stage, self.languages = Stage.IDLE, languages or self.languages
        offered = language_match(self._wanted, languages)
        if languages and offered is not None and offered != self._asked:
            self._asked = offered
        elif languages and offered is None:
            self.trouble = EngineTrouble.LANGUAGE
        elif not self._by_the_letter:
            self._by_the_letter = True
        else:
            self._by_the_letter, self.trouble = False, EngineTrouble.NOT_OPENED
        self.asks_again = self.trouble is None

    def _event(self, event: wire.Event, now_ns: int) -> list[Segment | ServiceAnalysis]:
        entity = wire.transcript_of(event)
        out: list[Segment | ServiceAnalysis] = []
        if entity is not None and entity.is_final is not None and entity.end_ms is not None:
            out += self._timed(entity, entity.end_ms, now_ns)
        elif entity is not None and (entity.value or entity.is_final is not None):
            out += self._untimed(entity, now_ns)
        if event.parameters.analysis is not None:
            out += self._analysed(event.parameters.analysis)
        return out

    def _timed(self, entity: wire.Entity, end_ms: int, now_ns: int) -> list[Segment]:
        """The service says when it was said."""
        outbox = self.outbox
        spoken = outbox.spoken_at(end_ms)
        words = () if spoken.noise else timed_words(entity, outbox.place)
        span = (outbox.place(entity.start_ms or 0), outbox.place(end_ms))
        if not entity.is_final:
            self._working_on(spoken, now_ns)
            return self._segment(words, span, spoken, now_ns, is_final=False)
        out = self._segment(words, span, spoken, now_ns, is_final=True)
        self._answered_after(spoken, now_ns)
        outbox.answered(end_ms)
        return out

    def _untimed(self, entity: wire.Entity, now_ns: int) -> list[Segment]:
        """It is of the oldest utterance that is not answered; final when all of that was sent, else it may go on."""
        spoken = self.outbox.current
        self._text.hear(words_of(entity), entity.is_final)
        if spoken is None:  # it comes late, and its utterance was settled
            at_ms = self.outbox.place(float("inf"))
            late = spread(self._text.words, at_ms, at_ms + LATE_WORDS_MS * len(self._text.words), UNKNOWN_CONFIDENCE)
            self._text.finish()
            self._answered_after(self.outbox.spoken_at(float("inf")), now_ns)
            return self._segment(late, (at_ms, at_ms), None, now_ns, is_final=True)
        if spoken.heard_s is not None and entity.is_final is not False:
            self._answered_after(spoken, now_ns)
            return self._finish(spoken, now_ns)
        self._working_on(spoken, now_ns)
        words = () if spoken.noise else spread(self._text.words, spoken.from_ms, spoken.to_ms, UNKNOWN_CONFIDENCE)
        return self._segment(words, (spoken.from_ms, spoken.to_ms), spoken, now_ns, is_final=False)

    def _finish(self, spoken: Spoken, now_ns: int) -> list[Segment]:
        """What was said of it stays; a partial without a final is taken back."""
        texts = [] if spoken.noise else self._text.words
        self._text.finish()
        words = spread(texts, spoken.from_ms, spoken.to_ms, UNKNOWN_CONFIDENCE)
        out = self._segment(words, (spoken.from_ms, spoken.to_ms), spoken, now_ns, is_final=True)
        self.outbox.settle(spoken)
        return out

    def _answered_after(self, spoken: Spoken, now_ns: int) -> None:
        if spoken.heard_s is not None:
            self._usual_s += 0.2 * (max(now_ns / 1e9 - spoken.heard_s, 0.0) - self._usual_s)

    def _working_on(self, spoken: Spoken, now_ns: int) -> None:
        """A partial came: patience begins anew."""
        if spoken.heard_s is not None:
            spoken.heard_s = max(spoken.heard_s, now_ns / 1e9)

    def _segment(
        self, words: tuple[Word, ...], span: tuple[float, float], spoken: Spoken | None, now_ns: int, *, is_final: bool
    ) -> list[Segment]:
        """The next revision; none for a partial that says nothing new and for an end of nothing."""
        text = " ".join(word.text for word in words)
        if (not text and not (is_final and self._shown)) or (text == self._shown and not is_final):
            return []
        self._revision += 1
        received_ns, decoded_ns = self.outbox.stamps
        segment = Segment(
            call=self._call,
            party=self._party,
            segment_id=self._segment_id,
            revision=self._revision,
            text=text,
            start_ms=words[0].start_ms if words else round(span[0]),
            end_ms=words[-1].end_ms if words else round(span[1]),
            is_final=is_final,
            language=self._asked,
            confidence=sum(word.confidence for word in words) / max(1, len(words)),
            words=words,
            trace=Trace(
                received=received_ns,
                decoded=decoded_ns,
                recognised=now_ns,
                speech_ended=spoken.ended_ns if is_final and spoken is not None else 0,
            ),
        )
        self._shown = text
        if is_final:
            self._segment_id, self._revision, self._shown = self._segment_id + 1, 0, ""
        return [segment]

    def _analysed(self, found: wire.Analysis) -> list[ServiceAnalysis]:
        score = found.agent_score
        analysis = ServiceAnalysis(
            call=self._call,
            party=self._party,
            sentiment=(found.sentiment or "")[:LONGEST_LABEL],
            agent_score=float(score) if score is not None and 1 <= score <= 5 else None,
            summary=text_of(found.summary)[:LONGEST_TEXT],
            process_issues=text_of(found.process_issues)[:LONGEST_TEXT],
            repeated_problems=text_of(found.repeated_problems)[:LONGEST_TEXT],
            marketing_mentions=text_of(found.marketing_mentions)[:LONGEST_TEXT],
        )
        if analysis == self._analysis:
            return []
        self._analysis = analysis
        return [analysis]
