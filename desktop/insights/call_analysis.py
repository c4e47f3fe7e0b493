"""What a whole call's words say: summary, mood, how it was handled, what went wrong (document D's `analysis`).

Computed from the words alone, never from the voice. A mono stream does not tell who speaks, so everything here is of
the call: phrases that agents use count for the agent, interruptions can't be told, and an apology is one whoever makes
it. Texts are empty when nothing was found.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from desktop.domain.speech import Segment
from desktop.insights.call_analysis_phrases import (
    AGENT_FAULTS,
    AGENT_MERITS,
    COMMON,
    COURTESIES,
    EMOTIONS,
    MARKETING,
    PROCESS_ISSUES,
    REPEATED_PROBLEMS,
    Books,
)
from desktop.insights.phrases import Found
from desktop.insights.sentiment import NEGATIONS, TextSentiment, label_of
from desktop.insights.spoken import BACKCHANNELS, bare, unfolded

MIN_WORDS: Final = 5
"""Document D: the analysis is there "when enough words are spoken (>= 5 words)"."""

CALM: Final = "calm"
SUMMARY_SENTENCES: Final = 3
LONGEST_SUMMARY: Final = 320
LONGEST_LIST: Final = 240
LONGEST_QUOTE: Final = 60

_SENTENCES_KEPT = 200
_WORDS_KEPT = 4000
_SENTENCE_WORDS = 28
_SHORTEST_SENTENCE = 4
_FADE = 0.85  # what an emotion weighs one utterance later
_FELT = 0.5
_NEUTRAL_WEIGHT = 0.25  # an utterance without an opinion, against one with
_ALIKE = 0.5
_LONG_ENOUGH = 80  # words of a call in which a good agent has had the time for all merits
_TREND = 0.3
_NEGATION_REACH = 3


@dataclass(frozen=True, slots=True)
class CallAnalysis:
    """The words of a call so far, judged."""

    summary: str  # its own sentences that carry most, at most `LONGEST_SUMMARY` characters
    sentiment: str  # "negative" | "neutral" | "positive": the average over the utterances
    emotion: str  # the strongest one of the last utterances; "calm" without any
    agent_score: int  # 1 (bad) to 5 (good)
    agent_score_reasons: str
    process_issues: str
    repeated_problems: str
    marketing_mentions: str


class _Sentence(NamedTuple):
    at: int
    text: str
    content: tuple[str, ...]
    strength: float


@dataclass(slots=True)
class _Mentions:
    """How often each label came up, and the words of its first time."""

    times: Counter[str] = field(default_factory=Counter)
    quotes: dict[str, str] = field(default_factory=dict)

    def note(self, books: Books, words: Sequence[str]) -> int:
        """Look for every label; how many came up."""
        hits = 0
        for label, book in books.items():
            if found := book.find(words):
                self.times[label] += len(found)
                self.quotes.setdefault(label, _shortened(" ".join(words[found[0].first : found[0].end]), LONGEST_QUOTE))
                hits += 1
        return hits

    def text(self) -> str:
        """The most frequent first: `long wait (2): "been waiting for hours"; ...`."""
        parts: list[str] = []
        for label, times in self.times.most_common():
            part = f'{label}{f" ({times})" if times > 1 else ""}: "{self.quotes[label]}"'
            if len("; ".join([*parts, part])) > LONGEST_LIST:
                break
            parts.append(part)
        return "; ".join(parts)


class CallAnalyst:
    """Hears one call's final utterances in order. Keeps at most 200 sentences and 4,000 different words of it."""

    def __init__(self, sentiment: TextSentiment) -> None:
        self._sentiment = sentiment
        self._words = 0
        self._utterances = 0
        self._scores = (0.0, 0.0)  # sum, weight
        self._opinions: list[float] = []
        self._emotions = dict.fromkeys(EMOTIONS, 0.0)
        self._merits: set[str] = set()
        self._faults: Counter[str] = Counter()
        self._issues, self._repeats, self._marketing = _Mentions(), _Mentions(), _Mentions()
        self._frequency: Counter[str] = Counter()
        self._sentences: list[_Sentence] = []

    def hear(self, segment: Segment) -> None:
        """Take in a final utterance; others are ignored."""
        raw = segment.text.split()
        if not segment.is_final or not raw:
            return
        self._words += len(raw)
        self._utterances += 1
        words = unfolded(raw)
        opinion = self._weigh(raw)
        self._feel(words)
        self._merits |= {name for name, (_, book) in AGENT_MERITS.items() if book.find(words)}
        for name, book in AGENT_FAULTS.items():
            self._faults[name] += len(book.find(words))
        hits = self._issues.note(PROCESS_ISSUES, words)
        hits += self._repeats.note(REPEATED_PROBLEMS, words) + self._marketing.note(MARKETING, words)
        self._keep(raw, abs(opinion) + 0.7 * hits)

    def analysis(self) -> CallAnalysis | None:
        """The judgement so far; None before the fifth word."""
        if self._words < MIN_WORDS:
            return None
        score, reasons = self._agent()
        return CallAnalysis(
            summary=self._summary(),
            sentiment=label_of(self._scores[0] / self._scores[1] if self._scores[1] else 0.0),
            emotion=self._emotion(),
            agent_score=score,
            agent_score_reasons=reasons,
            process_issues=self._issues.text(),
            repeated_problems=self._repeats.text(),
            marketing_mentions=self._marketing.text(),
        )

    def _weigh(self, raw: Sequence[str]) -> float:
        score = self._sentiment.score(raw)
        weight = 1.0 if score.basis else _NEUTRAL_WEIGHT
        self._scores = (self._scores[0] + score.value, self._scores[1] + weight)
        if score.basis:
            self._opinions = [*self._opinions[-_SENTENCES_KEPT:], score.value]
        return score.value

    def _feel(self, words: Sequence[str]) -> None:
        felt = list(words)
        for courtesy in COURTESIES.find(words):
            felt[courtesy.first : courtesy.end] = ["-"] * (courtesy.end - courtesy.first)
        for name, book in EMOTIONS.items():
            found = [one for one in book.find(felt) if not _negated(felt, one)]
            self._emotions[name] = self._emotions[name] * _FADE + min(len(found), 2)

    def _emotion(self) -> str:
        name = max(self._emotions, key=lambda name: self._emotions[name])
        return name if self._emotions[name] >= _FELT else CALM

    def _agent(self) -> tuple[int, str]:
        long = self._words >= _LONG_ENOUGH
        score, reasons = 2.0 if long else 3.0, []
        for name, (points, _) in AGENT_MERITS.items():
            if name in self._merits:
                score += points
                reasons.append(name)
        if long and (missing := [name for name in AGENT_MERITS if name not in self._merits]):
            reasons.append(f"not heard: {', '.join(missing)}")
        for name, times in self._faults.items():
            if times:
                score -= min(times, 2)
                reasons.append(name)
        third = len(self._opinions) // 3
        if third:
            change = (sum(self._opinions[-third:]) - sum(self._opinions[:third])) / third
            if abs(change) >= _TREND:
                score += math.copysign(0.5, change)
                reasons.append("the call ends better than it began" if change > 0 else "the call ends worse")
        return max(1, min(5, math.floor(score + 0.5))), "; ".join(reasons) or "nothing heard for or against"

    def _keep(self, raw: Sequence[str], strength: float) -> None:
        plain = [word for word in map(bare, raw) if word not in BACKCHANNELS]
        content = tuple(dict.fromkeys(word for word in plain if word not in COMMON and word.isalpha()))
        for word in content:
            if word in self._frequency or len(self._frequency) < _WORDS_KEPT:
                self._frequency[word] += 1
        if len(plain) < _SHORTEST_SENTENCE or not content:
            return
        text = " ".join(raw[:_SENTENCE_WORDS]) + ("…" if len(raw) > _SENTENCE_WORDS else "")
        self._sentences.append(_Sentence(self._utterances, text, content, strength))
        if len(self._sentences) > _SENTENCES_KEPT:
            self._sentences.remove(min(self._sentences, key=lambda s: (self._carries(s), -s.at)))

    def _carries(self, sentence: _Sentence) -> float:
        """Words that come up often in this call, for the sentence's length, and what it says about the call."""
        common = sum(self._frequency[word] for word in sentence.content) / self._utterances
        return common / math.sqrt(len(sentence.content)) + sentence.strength

    def _summary(self) -> str:
        chosen: list[_Sentence] = []
        length = 0
        for sentence in sorted(self._sentences, key=lambda s: (-self._carries(s), s.at)):
            if any(_alike(sentence.content, other.content) for other in chosen):
                continue
            if length + len(sentence.text) + 2 > LONGEST_SUMMARY:
                continue
            chosen.append(sentence)
            length += len(sentence.text) + 2
            if len(chosen) == SUMMARY_SENTENCES:
                break
        return " ".join(_as_sentence(sentence.text) for sentence in sorted(chosen))


def _as_sentence(text: str) -> str:
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?…" else ".")


def _alike(one: Sequence[str], other: Sequence[str]) -> bool:
    shared = len(set(one) & set(other))
    return shared > _ALIKE * min(len(one), len(other))


def _negated(words: Sequence[str], found: Found) -> bool:
    """Whether a single word stands behind a "not"; phrases carry theirs inside."""
    before = words[max(0, found.first - _NEGATION_REACH) : found.first]
    return found.end - found.first == 1 and not NEGATIONS.isdisjoint(before)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"
