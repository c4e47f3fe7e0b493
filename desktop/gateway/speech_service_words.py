"""What a session says: segments as they come to messages for the client, lines for the file and a judgement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import msgspec

from desktop.domain.speech import Segment
from desktop.gateway.results_row import Judgement, Line
from desktop.gateway.speech_service_config import Analyst
from desktop.protocols.speech_stream import TRANSCRIPT, Analysis, Entity, Event, EventParameters, SpokenWord

LONGEST_TEXT = 500_000
"""Characters of a session that a cumulative event may hold; the beginning of a longer one is left out."""


class SessionWords:
    """One session's words. `partials`: the client asked for utterances before they are final."""

    def __init__(
        self,
        session_id: str,
        analyst: Analyst,
        *,
        partials: bool = False,
        cumulative: bool = False,
        interval_s: float = 1.0,
    ) -> None:
        self._session_id, self._analyst = session_id, analyst
        self._partials, self._cumulative, self._interval_s = partials, cumulative, interval_s
        self._text = ""
        self._utterances: dict[int, int] = {}  # the recogniser's number of one that isn't final -> ours
        self._count = 0
        self._unfinished: Segment | None = None
        self._judgement: Judgement | None = None
        self._judged_s = float("-inf")
        self._unjudged = False
        self.ending = False  # from now on every judgement is a fresh one

    def hear(self, segment: Segment, now_s: float) -> tuple[Event | None, Line | None]:
        """What to send and what to keep of a segment; `now_s` monotonic."""
        self._unfinished = None if segment.is_final else segment
        if not segment.is_final:
            return self._partial(segment, now_s), None
        if not segment.text:
            return self._taken_back(segment, now_s), None
        number = self._number(segment)
        self._utterances.pop(segment.segment_id, None)
        self._text = f"{self._text} {segment.text}".strip()[-LONGEST_TEXT:]
        self._analyst.hear(segment)
        self._unjudged = True
        line = Line(segment.start_ms, segment.end_ms, segment.confidence, segment.text)
        return self._event(self._text if self._cumulative else segment.text, now_s, number, segment, final=True), line

    def unfinished(self) -> Segment | None:
        """An utterance that nobody will finish any more, as the final it has become; None without one."""
        return None if self._unfinished is None else replace(self._unfinished, is_final=True)

    def last(self, now_s: float) -> Event | None:
        """The final judgement, if it has not been sent yet; in an event without new words."""
        if not self._unjudged or self.judgement(now_s) is None:
            return None
        return self._event(self._text if self._cumulative else "", now_s, self._count, final=True)

    def judgement(self, now_s: float) -> Judgement | None:
        """Of all final words; at most `interval_s` old, and fresh once the session is ending."""
        due = self.ending or self._judgement is None or now_s - self._judged_s >= self._interval_s
        if self._unjudged and due:
            self._judgement, self._judged_s, self._unjudged = self._analyst.analysis(), now_s, False
        return self._judgement

    def _partial(self, segment: Segment, now_s: float) -> Event | None:
        if self._cumulative:
            return self._event(f"{self._text} {segment.text}".strip(), now_s, self._number(segment), final=False)
        if not self._partials:
            return None
        return self._event(segment.text, now_s, self._number(segment), segment, final=False)

    def _taken_back(self, segment: Segment, now_s: float) -> Event | None:
        """Words that were shown and turned out to be none."""
        number = self._utterances.pop(segment.segment_id, None)
        if number is None or not (self._partials or self._cumulative):
            return None
        return self._event(self._text if self._cumulative else "", now_s, number, segment, final=True)

    def _number(self, segment: Segment) -> int:
        if segment.segment_id not in self._utterances:
            self._utterances[segment.segment_id] = self._count
            self._count += 1
        return self._utterances[segment.segment_id]

    def _event(self, value: str, now_s: float, utterance: int, segment: Segment | None = None, *, final: bool) -> Event:
        entity = Entity(TRANSCRIPT, value)
        if self._partials:
            entity = Entity(TRANSCRIPT, value, is_final=final, utterance=utterance)
            if segment is not None and not self._cumulative:
                entity = timed(entity, segment)
        judgement = self.judgement(now_s)
        analysis = None if judgement is None else analysis_of(judgement)
        return Event(self._session_id, EventParameters(entity=entity, analysis=analysis))


def timed(entity: Entity, segment: Segment) -> Entity:
    """With the segment's times and words."""
    words = tuple(SpokenWord(word.text, word.start_ms, word.end_ms, word.confidence) for word in segment.words)
    return msgspec.structs.replace(
        entity,
        confidence=segment.confidence,
        start_ms=segment.start_ms,
        end_ms=segment.end_ms,
        words=words,
    )


def analysis_of(judgement: Judgement) -> Analysis:
    """As the document words it."""
    return Analysis(
        summary=judgement.summary,
        sentiment=judgement.sentiment,
        emotion=judgement.emotion,
        agent_score=judgement.agent_score,
        process_issues=judgement.process_issues,
        repeated_problems=judgement.repeated_problems,
        marketing_mentions=judgement.marketing_mentions,
        agent_score_reasons=judgement.agent_score_reasons,
    )


MakeAnalyst = Callable[[], Analyst]
Redact = Callable[[Segment], Segment]
