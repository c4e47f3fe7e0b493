"""Between engine and screen: producers put, the screen's heartbeat drains. Nobody waits.

What a newer value replaces is coalesced (partials, open speech, dynamics, health), so the box holds at
most one of each per call; finals, readings, hits, alerts and gaps are never dropped - they come at the
pace of speech, and the screen drains at least once a second.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import assert_never

from desktop.domain.updates import (
    ActivityNoted,
    AlertChanged,
    CallAttended,
    CallRemoved,
    CallUpdated,
    ChannelsJudged,
    Complained,
    CoverageAudited,
    DynamicsMeasured,
    EngineHealth,
    FindingMade,
    HearingMeasured,
    HitFound,
    JoinAnswered,
    KeywordsReplaced,
    LinkDescribed,
    LinkForgotten,
    LinkTimed,
    LinkUpdated,
    PauseNoted,
    ReadingMade,
    SegmentHeard,
    ServiceAnalysed,
    SignInChanged,
    SignInForgotten,
    SoundLost,
    Update,
)

TIMED_KEPT_S = 600


class Mailbox:
    """An ordered box of updates with latest-wins keys."""

    def __init__(self) -> None:
        self._box: dict[Hashable, Update] = {}
        self._tickets = 0

    def put(self, update: Update) -> None:
        """Keep it until the next drain; it replaces an older one of the same key."""
        key = _key(update)
        if key is None:
            self._tickets += 1
            key = self._tickets
        else:
            self._box.pop(key, None)  # the newer one takes its place at the end
        self._box[key] = update

    def drain(self) -> list[Update]:
        """Everything since the last drain, in order."""
        updates = list(self._box.values())
        self._box.clear()
        return updates

    def __len__(self) -> int:
        return len(self._box)


def _key(update: Update) -> Hashable | None:
    match update:
        case SegmentHeard(segment):
            # a final takes the place of its own partials
            return ("segment", segment.call, segment.party, segment.segment_id)
        case ActivityNoted(activity):
            return ("activity", activity.call, activity.party, activity.start_ms)
        case ServiceAnalysed(analysis):
            return ("analysis", analysis.call, analysis.party)
        case DynamicsMeasured(dynamics):
            return ("dynamics", dynamics.call)
        case ChannelsJudged(call):
            return ("channels", call)
        case EngineHealth():
            return "health"
        case HearingMeasured():
            return "hearing"
        case KeywordsReplaced():
            return "keywords"
        case CoverageAudited():
            return "coverage"
        case FindingMade(link, finding):
            return ("finding", link, finding.subject)
        case SignInChanged(sign_in):
            return ("sign-in", sign_in.organisation)
        case LinkTimed(link, measure, _, at_ms):  # a screen that is away for long keeps one value a second
            return ("timed", link, measure, at_ms // 1000 % TIMED_KEPT_S)
        case JoinAnswered(call):
            return ("join", call)
        case (
            CallUpdated()
            | CallRemoved()
            | ReadingMade()
            | HitFound()
            | AlertChanged()
            | SoundLost()
            | PauseNoted()
            | CallAttended()
            | LinkUpdated()
            | LinkDescribed()
            | LinkForgotten()
            | SignInForgotten()
            | Complained()
        ):
            return None
        case _:  # pragma: no cover
            assert_never(update)
