"""From scores to readings: the moving average of the last five utterances of each party (document B section 3).

Missing is never neutral: an utterance of fewer than three words that says nothing ("yes", "okay thank you") makes no
reading, so it can't pull the average towards 0. A longer one without an opinion makes a reading of 0.0.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from desktop.domain.events import ReadingArrived
from desktop.domain.insight import SentimentReading
from desktop.domain.media import Party
from desktop.domain.speech import Segment
from desktop.insights.lanes import Lanes
from desktop.insights.sentiment import Score, TextSentiment
from desktop.insights.spoken import BACKCHANNELS, bare

WINDOW = 5
"""Readings in the moving average (document B section 3, "the last 5 sentiment readings")."""

MIN_WORDS = 3
OWN_ORIGIN = "sidetone"
PLATFORM_ORIGIN = "platform"
NO_SEGMENT = -1


@dataclass(slots=True)
class _PlatformWindow:
    agent_id: str = ""
    scores: deque[float] = field(default_factory=lambda: deque(maxlen=WINDOW))


class MoodMeter:
    """Turns final segments and the platform's scores into readings.

    Keeps one window for each voice of each call, and one of its own for what the platform scored.
    """

    def __init__(self, sentiment: TextSentiment) -> None:
        self._sentiment = sentiment
        self._windows: Lanes[deque[float]] = Lanes(lambda: deque(maxlen=WINDOW))
        self._platform: Lanes[_PlatformWindow] = Lanes(_PlatformWindow)

    def hear(self, segment: Segment) -> SentimentReading | None:
        """The reading of a final segment; None for a partial one and for one that says too little to judge."""
        if not segment.is_final:
            return None
        words = segment.text.split()
        score = self._sentiment.score(words)
        if not _says_something(words, score):
            return None
        return self._reading(segment, score)

    def take(self, arrived: ReadingArrived, at_ms: int) -> SentimentReading:
        """The reading of a platform's score; `at_ms` is on the call's time line.

        Document B section 3: five readings for each agent, so another agent on the call starts anew. An event that
        doesn't name the agent counts for the present one.
        """
        window = self._platform.of(arrived.call, arrived.party)
        if arrived.agent_id and arrived.agent_id != window.agent_id:
            if window.agent_id:
                window.scores.clear()
            window.agent_id = arrived.agent_id
        window.scores.append(arrived.score)
        return SentimentReading(
            call=arrived.call,
            party=arrived.party,
            at_ms=at_ms,
            score=arrived.score,
            label=arrived.label,
            origin=PLATFORM_ORIGIN,
            segment_id=NO_SEGMENT,
            average=sum(window.scores) / len(window.scores),
            count=len(window.scores),
        )

    def forget(self, call: str) -> None:
        """Free the windows of this call."""
        self._windows.forget(call)
        self._platform.forget(call)

    def _reading(self, segment: Segment, score: Score) -> SentimentReading:
        call, party = segment.call, segment.party
        average, count = self._averaged(call, party, score.value)
        return SentimentReading(
            call=call,
            party=party,
            at_ms=segment.end_ms,
            score=score.value,
            label=score.label,
            origin=OWN_ORIGIN,
            segment_id=segment.segment_id,
            average=average,
            count=count,
        )

    def _averaged(self, call: str, party: Party, value: float) -> tuple[float, int]:
        window = self._windows.of(call, party)
        window.append(value)
        return sum(window) / len(window), len(window)


def _says_something(words: Sequence[str], score: Score) -> bool:
    if score.basis:
        return True
    return sum(1 for word in words if bare(word) not in BACKCHANNELS) >= MIN_WORDS
