"""From what was said and what was heard to figures: word errors, keyword precision and recall, delays, cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import jiwer
import numpy as np

from desktop.evaluation.confidences import Judged, area, calibration_error, given

ROUNDS = 1_000


@dataclass(frozen=True, slots=True)
class WordErrors:
    """Counts of one recording; `said` is how many words there were."""

    said: int
    substituted: int = 0
    missed: int = 0
    invented: int = 0

    @property
    def wrong(self) -> int:
        """All errors."""
        return self.substituted + self.missed + self.invented


@dataclass(frozen=True, slots=True)
class Outcome:
    """One recording by one engine. Keyword counts are by rule id."""

    name: str
    errors: WordErrors
    keywords_said: Counter[str] = field(default_factory=Counter)
    keywords_heard: Counter[str] = field(default_factory=Counter)
    audio_ms: float = 0.0
    speech_ms: float = 0.0
    cpu_ms: float = 0.0
    lost_ms: float = 0.0
    final_ms: tuple[float, ...] = ()
    partial_ms: tuple[float, ...] = ()
    memory_mb: float = 0.0
    keywords_by_itself: int = 0  # of those heard: by no words of the transcript
    judged: tuple[Judged, ...] = ()  # its heard words


def compare(said: Sequence[str], heard: Sequence[str]) -> WordErrors:
    """The least number of changed, missed and invented words that turns one into the other."""
    if not said or not heard:
        return WordErrors(len(said), missed=len(said), invented=len(heard))
    found = jiwer.process_words(" ".join(said), " ".join(heard))
    return WordErrors(len(said), found.substitutions, found.deletions, found.insertions)


def right_words(said: Sequence[str], heard: Sequence[str]) -> list[bool]:
    """Which of the heard words `compare` finds neither changed nor invented."""
    right = [False] * len(heard)
    if said and heard:
        for chunk in jiwer.process_words(" ".join(said), " ".join(heard)).alignments[0]:
            if chunk.type == "equal":
                right[chunk.hyp_start_idx : chunk.hyp_end_idx] = [True] * (chunk.hyp_end_idx - chunk.hyp_start_idx)
    return right


def summary(outcomes: Sequence[Outcome]) -> dict[str, float | int | None]:
    """Figures of one engine over all recordings; None where nothing was measured. Times in ms, rates 0..1 or above."""
    errors = [outcome.errors for outcome in outcomes]
    said, wrong = sum(e.said for e in errors), sum(e.wrong for e in errors)
    low, high = _spread(errors)
    hits, expected, reported = keyword_counts(outcomes)
    precision, recall = _ratio(hits, reported), _ratio(hits, expected)
    cpu = sum(o.cpu_ms for o in outcomes)
    speech = [o.cpu_ms / o.speech_ms for o in outcomes if o.speech_ms > 0]
    judged = judged_words(outcomes)
    return {
        "recordings": len(outcomes),
        "audio_s": round(sum(o.audio_ms for o in outcomes) / 1000, 1),
        "words": said,
        "wer": _ratio(wrong, said),
        "wer_low": low,
        "wer_high": high,
        "substituted": sum(e.substituted for e in errors),
        "missed": sum(e.missed for e in errors),
        "invented": sum(e.invented for e in errors),
        "keywords_said": expected,
        "keyword_precision": precision,
        "keyword_recall": recall,
        "keyword_f1": _ratio(2 * hits, expected + reported),
        "keywords_heard": reported,
        "keywords_by_itself": sum(o.keywords_by_itself for o in outcomes),
        "confidence_words": len(judged) if given(judged) else 0,
        "confidence_auc": area(judged),
        "confidence_error": calibration_error(judged),
        "rtf_audio": _ratio(cpu, sum(o.audio_ms for o in outcomes)),
        "rtf_speech": None if not speech else round(float(np.median(speech)), 4),
        "partial_p50_ms": _percentile([ms for o in outcomes for ms in o.partial_ms], 50),
        "partial_p95_ms": _percentile([ms for o in outcomes for ms in o.partial_ms], 95),
        "final_p50_ms": _percentile([ms for o in outcomes for ms in o.final_ms], 50),
        "final_p95_ms": _percentile([ms for o in outcomes for ms in o.final_ms], 95),
        "lost_s": round(sum(o.lost_ms for o in outcomes) / 1000, 1),
        "memory_mb": round(max((o.memory_mb for o in outcomes), default=0.0), 1),
    }


def judged_words(outcomes: Sequence[Outcome]) -> list[Judged]:
    """All heard words."""
    return [word for outcome in outcomes for word in outcome.judged]


def keyword_counts(outcomes: Sequence[Outcome]) -> tuple[int, int, int]:
    """Hits that were right, hits there were to find, hits reported; matched within each recording by rule."""
    right = sum((o.keywords_said & o.keywords_heard).total() for o in outcomes)
    return right, sum(o.keywords_said.total() for o in outcomes), sum(o.keywords_heard.total() for o in outcomes)


def _spread(errors: Sequence[WordErrors]) -> tuple[float | None, float | None]:
    """Where the word error rate lies with 95 % confidence, by drawing the recordings again and again."""
    said, wrong = (np.array([getattr(e, name) for e in errors], float) for name in ("said", "wrong"))
    if len(errors) < 2 or not said.sum():
        return None, None
    drawn = np.random.default_rng(1).integers(0, len(errors), (ROUNDS, len(errors)))
    rates = wrong[drawn].sum(axis=1) / np.maximum(said[drawn].sum(axis=1), 1)
    return round(float(np.percentile(rates, 2.5)), 4), round(float(np.percentile(rates, 97.5)), 4)


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None


def _percentile(values: Sequence[float], percent: float) -> float | None:
    return round(float(np.percentile(values, percent)), 1) if values else None
