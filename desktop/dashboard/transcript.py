"""The transcript as lines: who said what when, which words matched, which were masked."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from desktop.dashboard import pausing, phrase_sentences
from desktop.dashboard.call_view import CallView, Hush
from desktop.domain.insight import KeywordHit, Severity
from desktop.domain.media import Party
from desktop.domain.speech import Segment

_MASKED = re.compile(r"•+(?:[ -]•+)*")
_GRAVITY = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


@dataclass(frozen=True, slots=True)
class Mark:
    """A matched phrase: characters [start, end) of the text."""

    start: int
    end: int
    severity: Severity


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance. `leads` if another party (or nobody) spoke before; `masked` are [start, end) of bullets."""

    party: Party
    segment_id: int
    start_ms: int
    end_ms: int
    text: str
    marks: tuple[Mark, ...]
    masked: tuple[tuple[int, int], ...]
    partial: bool
    leads: bool
    score: float | None
    notice: bool = False  # nobody said it: a divider


def marks_of(segment: Segment, hits: Iterable[KeywordHit]) -> tuple[Mark, ...]:
    """The phrases of `hits` that belong to this segment, by position, never overlapping (the gravest wins)."""
    own = [h for h in hits if h.segment_id == segment.segment_id and h.party is segment.party]
    if not own:
        return ()
    ends = []  # where each word ends, in characters
    at = -1
    for word in segment.text.split(" "):
        at += len(word) + 1
        ends.append(at)
    starts = [0, *(end + 1 for end in ends[:-1])]
    found: list[Mark] = []
    for hit in sorted(own, key=lambda h: (-_GRAVITY[h.severity], h.first_word)):
        if hit.first_word >= len(starts):
            continue  # the text was shortened since
        mark = Mark(starts[hit.first_word], ends[min(hit.last_word, len(ends) - 1)], hit.severity)
        if all(mark.end <= other.start or mark.start >= other.end for other in found):
            found.append(mark)
    return tuple(sorted(found, key=lambda mark: mark.start))


def masked_in(text: str) -> tuple[tuple[int, int], ...]:
    """Where bullets stand for something that must not be seen."""
    return tuple(match.span() for match in _MASKED.finditer(text))


def lines(view: CallView) -> list[Line]:
    """Finals and open partials by their start."""
    scores = {(r.party, r.segment_id): r.score for window in view.readings.values() for r in window}
    hits: dict[tuple[Party, int], list[KeywordHit]] = {}
    asides = [_divider(hush) for hush in view.hushes]
    for hit in view.hits:
        if hit.by_itself:
            asides.append(_by_itself(hit))
        else:
            hits.setdefault((hit.party, hit.segment_id), []).append(hit)
    asides.sort(key=lambda line: line.start_ms, reverse=True)
    segments = [*view.segments, *sorted(view.partials.values(), key=lambda s: s.start_ms)]
    if view.partials:
        segments.sort(key=lambda s: s.start_ms)
    shown: list[Line] = []
    for segment in segments:
        while asides and asides[-1].start_ms <= segment.start_ms:
            shown.append(_placed(asides.pop(), shown))
        key = (segment.party, segment.segment_id)
        shown.append(
            Line(
                party=segment.party,
                segment_id=segment.segment_id,
                start_ms=segment.start_ms,
                end_ms=segment.end_ms,
                text=segment.text,
                marks=marks_of(segment, hits.get(key, ())),
                masked=masked_in(segment.text),
                partial=not segment.is_final,
                leads=_leads(segment.party, shown),
                score=scores.get(key),
            )
        )
    while asides:
        shown.append(_placed(asides.pop(), shown))
    return shown


def _leads(party: Party, before: Sequence[Line]) -> bool:
    return not before or before[-1].notice or before[-1].party is not party


def _placed(aside: Line, before: Sequence[Line]) -> Line:
    return aside if aside.notice else replace(aside, leads=_leads(aside.party, before))


def _by_itself(hit: KeywordHit) -> Line:
    mark = Mark(0, len(hit.by_itself), hit.severity)
    text, at_ms = phrase_sentences.by_itself(hit.by_itself), hit.at_ms
    return Line(hit.party, -1, at_ms, at_ms, text, (mark,), (), partial=False, leads=False, score=None)


def _divider(hush: Hush) -> Line:
    text, at_ms = pausing.hushed(over=hush.over), hush.at_ms
    return Line(Party.MIXED, -1, at_ms, at_ms, text, (), (), partial=False, leads=False, score=None, notice=True)


def line_at(shown: Sequence[Line], at_ms: float) -> int | None:
    """The index of the line that was being said at `at_ms`, else the last one before it; None if there is none."""
    index = bisect_right([line.start_ms for line in shown], at_ms) - 1
    return index if index >= 0 else None
