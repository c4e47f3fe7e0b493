"""Finds the words and phrases that supervisors watch for, in final and in partial segments.

A partial may still change its mind, so a match in one counts only once it is stable: found at the same words in the
previous revision as well and not touching the last word. Finals report everything that was not reported before.
An occurrence is reported once: the n-th match of a rule in a segment, however the words around it move.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from desktop.domain.insight import KeywordHit, KeywordRule
from desktop.domain.media import Party
from desktop.domain.speech import Segment
from desktop.insights.lanes import Lanes
from desktop.insights.spoken import bare

SEGMENTS_KEPT = 4
"""Segments of one voice whose reported matches are remembered."""


class Match(NamedTuple):
    """Where a rule's phrase was said; word indexes, last one included."""

    rule_id: str
    first: int
    last: int


@dataclass(slots=True)
class _Seen:
    """What is known of one segment."""

    revision: int = -1
    final: bool = False
    end_ms: int = 0
    matches: frozenset[Match] = frozenset()
    reported: dict[str, int] = field(default_factory=dict)


class KeywordSpotter:
    """Hits of a replaceable list of rules. The rules must have passed `checked_rules`."""

    def __init__(self, rules: Sequence[KeywordRule]) -> None:
        self._lanes: Lanes[OrderedDict[int, _Seen]] = Lanes(OrderedDict)
        self.replace(rules)

    def replace(self, rules: Sequence[KeywordRule]) -> None:
        """Use these rules from the next segment on; what was reported stays reported."""
        self._rules = {rule.rule_id: rule for rule in rules}
        self._index = _PhraseIndex(rules)

    def hits(self, segment: Segment) -> tuple[KeywordHit, ...]:
        """New hits in this revision, in the order of their words."""
        seen = self._seen(segment)
        if seen.final or (segment.revision <= seen.revision and not segment.is_final):
            return ()
        words = [bare(word) for word in segment.text.split()]
        matches = self._matches(words, segment.party)
        before, seen.matches = seen.matches, frozenset(match for found in matches.values() for match in found)
        seen.revision, seen.final, seen.end_ms = segment.revision, segment.is_final, segment.end_ms
        hits: list[KeywordHit] = []
        for rule_id, found in matches.items():
            for match in found[seen.reported.get(rule_id, 0) :]:
                if not segment.is_final and (match not in before or match.last == len(words) - 1):
                    break
                seen.reported[rule_id] = seen.reported.get(rule_id, 0) + 1
                hits.append(self._hit(segment, match, len(words)))
        return tuple(sorted(hits, key=lambda hit: (hit.first_word, hit.last_word)))

    def forget(self, call: str) -> None:
        """Free what is remembered of this call."""
        self._lanes.forget(call)

    def _seen(self, segment: Segment) -> _Seen:
        segments = self._lanes.of(segment.call, segment.party)
        seen = segments.get(segment.segment_id)
        if seen is None or (seen.final and segment.start_ms >= seen.end_ms):
            # a restarted recogniser counts its segments from the beginning again
            seen = segments[segment.segment_id] = _Seen()
        segments.move_to_end(segment.segment_id)
        while len(segments) > SEGMENTS_KEPT:
            segments.popitem(last=False)
        return seen

    def _matches(self, words: Sequence[str], party: Party) -> Mapping[str, list[Match]]:
        by_rule: dict[str, list[Match]] = {}
        for match in self._index.find(words):
            wanted = self._rules[match.rule_id].party
            if wanted is None or party is wanted or party is Party.MIXED:
                by_rule.setdefault(match.rule_id, []).append(match)
        return {rule_id: longest_apart(found) for rule_id, found in by_rule.items()}

    def _hit(self, segment: Segment, match: Match, words: int) -> KeywordHit:
        rule = self._rules[match.rule_id]
        timed = len(segment.words) == words
        return KeywordHit(
            call=segment.call,
            party=segment.party,
            rule_id=rule.rule_id,
            label=rule.label,
            severity=rule.severity,
            at_ms=segment.words[match.last].end_ms if timed else segment.end_ms,
            segment_id=segment.segment_id,
            first_word=match.first,
            last_word=match.last,
        )


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
                first, *rest = phrase.split()
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
