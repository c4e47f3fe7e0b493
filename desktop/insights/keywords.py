"""Finds the words and phrases that supervisors watch for, in final and in partial segments.

A partial may still change its mind, so a match in one counts only once it is stable: found at the same words in the
previous revision as well and not touching the last word. Finals report everything that was not reported before.
An occurrence is reported once: the n-th match of a rule in a segment, however the words around it move.
A phrase that a recogniser spotted by itself is reported unless the same rule was heard at the same time already,
and words that come later than the phrase that was spotted in them say nothing new.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from desktop.domain.insight import KeywordHit, KeywordRule
from desktop.domain.media import Party
from desktop.domain.speech import PhraseHeard, Segment
from desktop.insights.lanes import Lanes
from desktop.insights.spoken import counted

SEGMENTS_KEPT = 4
"""Segments of one voice whose reported matches are remembered."""

HITS_KEPT = 32
"""Latest hits of one voice that are remembered with their times."""

SLACK_MS = 300
"""How far the times of a phrase in the words and of the same phrase by itself may lie apart."""


class Match(NamedTuple):
    """Where a rule's phrase was said; word indexes, last one included."""

    rule_id: str
    first: int
    last: int


class _Span(NamedTuple):
    """When a rule was heard; `by_itself`: without a transcript."""

    rule_id: str
    start_ms: int
    end_ms: int
    by_itself: bool


@dataclass(slots=True)
class _Seen:
    """What is known of one segment."""

    revision: int = -1
    final: bool = False
    end_ms: int = 0
    matches: frozenset[Match] = frozenset()
    reported: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Voice:
    """What is known of one party."""

    segments: OrderedDict[int, _Seen] = field(default_factory=OrderedDict)
    spans: deque[_Span] = field(default_factory=lambda: deque(maxlen=HITS_KEPT))

    def heard(self, span: _Span, *, only_by_itself: bool) -> bool:
        """Whether this rule was heard at this time already."""
        return any(
            known.rule_id == span.rule_id
            and (known.by_itself or not only_by_itself)
            and known.start_ms < span.end_ms + SLACK_MS
            and span.start_ms < known.end_ms + SLACK_MS
            for known in self.spans
        )


class KeywordSpotter:
    """Hits of a replaceable list of rules. The rules must have passed `checked_rules`."""

    def __init__(self, rules: Sequence[KeywordRule]) -> None:
        self._lanes: Lanes[_Voice] = Lanes(_Voice)
        self.replace(rules)

    def replace(self, rules: Sequence[KeywordRule]) -> None:
        """Use these rules from the next segment on; what was reported stays reported."""
        self._rules = {rule.rule_id: rule for rule in rules}
        self._index = _PhraseIndex(rules)
        self._with_phrase: dict[str, list[KeywordRule]] = {}
        for rule in rules:
            for phrase in rule.phrases:
                self._with_phrase.setdefault(phrase, []).append(rule)

    def hits(self, segment: Segment) -> tuple[KeywordHit, ...]:
        """New hits in this revision, in the order of their words."""
        voice = self._lanes.of(segment.call, segment.party)
        seen = _seen(voice.segments, segment)
        if seen.final or (segment.revision <= seen.revision and not segment.is_final):
            return ()
        words = [counted(word) for word in segment.text.split()]
        matches = self._matches(words, segment.party)
        before, seen.matches = seen.matches, frozenset(match for found in matches.values() for match in found)
        seen.revision, seen.final, seen.end_ms = segment.revision, segment.is_final, segment.end_ms
        hits: list[KeywordHit] = []
        for rule_id, found in matches.items():
            for match in found[seen.reported.get(rule_id, 0) :]:
                if not segment.is_final and (match not in before or match.last == len(words) - 1):
                    break
                seen.reported[rule_id] = seen.reported.get(rule_id, 0) + 1
                span = _span(segment, match, len(words))
                if not voice.heard(span, only_by_itself=True):
                    voice.spans.append(span)
                    hits.append(self._hit(segment, match, span.end_ms))
        return tuple(sorted(hits, key=lambda hit: (hit.first_word, hit.last_word)))

    def spotted(self, heard: PhraseHeard) -> tuple[KeywordHit, ...]:
        """Hits of the rules that have this phrase, unless they were heard at this time already."""
        voice = self._lanes.of(heard.call, heard.party)
        hits: list[KeywordHit] = []
        for rule in self._with_phrase.get(heard.phrase, ()):
            span = _Span(rule.rule_id, heard.start_ms, heard.end_ms, by_itself=True)
            if _concerns(rule, heard.party) and not voice.heard(span, only_by_itself=False):
                voice.spans.append(span)
                at = (heard.end_ms, -1, -1, -1)
                hits.append(
                    KeywordHit(
                        heard.call, heard.party, rule.rule_id, rule.label, rule.severity, *at, by_itself=heard.phrase
                    )
                )
        return tuple(hits)

    def forget(self, call: str) -> None:
        """Free what is remembered of this call."""
        self._lanes.forget(call)

    def _matches(self, words: Sequence[str], party: Party) -> Mapping[str, list[Match]]:
        by_rule: dict[str, list[Match]] = {}
        for match in self._index.find(words):
            if _concerns(self._rules[match.rule_id], party):
                by_rule.setdefault(match.rule_id, []).append(match)
        return {rule_id: longest_apart(found) for rule_id, found in by_rule.items()}

    def _hit(self, segment: Segment, match: Match, at_ms: int) -> KeywordHit:
        rule = self._rules[match.rule_id]
        return KeywordHit(
            call=segment.call,
            party=segment.party,
            rule_id=rule.rule_id,
            label=rule.label,
            severity=rule.severity,
            at_ms=at_ms,
            segment_id=segment.segment_id,
            first_word=match.first,
            last_word=match.last,
        )


def _concerns(rule: KeywordRule, party: Party) -> bool:
    return rule.party is None or party is rule.party or party is Party.MIXED


def _seen(segments: OrderedDict[int, _Seen], segment: Segment) -> _Seen:
    seen = segments.get(segment.segment_id)
    if seen is None or (seen.final and segment.start_ms >= seen.end_ms):
        # a restarted recogniser counts its segments from the beginning again
        seen = segments[segment.segment_id] = _Seen()
    segments.move_to_end(segment.segment_id)
    while len(segments) > SEGMENTS_KEPT:
        segments.popitem(last=False)
    return seen


def _span(segment: Segment, match: Match, words: int) -> _Span:
    """Without times of words: the whole segment."""
    if len(segment.words) != words:
        return _Span(match.rule_id, segment.start_ms, segment.end_ms, by_itself=False)
    first, last = segment.words[match.first], segment.words[match.last]
    return _Span(match.rule_id, first.start_ms, last.end_ms, by_itself=False)


def longest_apart(matches: Iterable[Match]) -> list[Match]:
    """Of overlapping matches the longest (of equals the earlier), in the order of their words."""
    kept: list[Match] = []
    for match in sorted(matches, key=lambda match: (match.first - match.last, match.first)):
        if all(match.last < other.first or other.last < match.first for other in kept):
            kept.append(match)
    return sorted(kept)


class _PhraseIndex:
    """Phrases by their first word, so that an utterance costs its length and not the number of rules."""

    def __init__(self, rules: Iterable[KeywordRule]) -> None:
        self._plain: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        self._stems: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        for rule in rules:
            for phrase in rule.phrases:
                first, *rest = map(counted, phrase.split())
                table = self._stems if first.endswith("*") else self._plain
                table.setdefault(first.removesuffix("*"), []).append((rule.rule_id, tuple(rest)))
        self._longest_stem = max(map(len, self._stems), default=0)

    def find(self, words: Sequence[str]) -> Iterable[Match]:
        for first, word in enumerate(words):
            candidates = list(self._plain.get(word, ()))
            for length in range(1, min(len(word), self._longest_stem) + 1):
                candidates += self._stems.get(word[:length], ())
            for rule_id, rest in candidates:
                last = first + len(rest)
                if last < len(words) and all(map(_fits, rest, words[first + 1 : last + 1])):
                    yield Match(rule_id, first, last)


def _fits(wanted: str, word: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted
