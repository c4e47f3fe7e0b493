"""The coverage audit as plain values: which calls have no sentiment, why, and what to do about it (document B)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from desktop.dashboard.state import FloorState
from desktop.domain.insight import CoverageFinding, CoverageProblem


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One problem of one queue (or of a whole link)."""

    where: str
    title: str
    count: str
    text: str
    remedy: str
    aloud: str


def rows(state: FloorState) -> list[CoverageRow]:
    """The most calls first."""
    return [_row(finding) for finding in sorted(state.coverage, key=lambda finding: -finding.count)]


def reason(state: FloorState, call: str) -> str:
    """Why this call has no score, if the audit knows; else empty."""
    return next((words(f.problem)[0] for f in state.coverage if call in f.calls), "")


def words(problem: CoverageProblem) -> tuple[str, str, str]:
    """(title, what it is, what to do)."""
    match problem:
        case CoverageProblem.FIELD_NOT_REQUESTED:
            return (
                "Score not asked for",
                "This connection doesn't ask the platform for the sentiment score.",
                "Add sentiment.score to the connection's fields in the settings file, then start Sidetone again.",
            )
        case CoverageProblem.NO_LICENCE:
            return (
                "No licence for scores",
                "The platform sends an empty score with every call.",
                "Ask your administrator whether the organisation is licensed for Conversation Intelligence.",
            )
        case CoverageProblem.POLICY_GAP:
            return (
                "Not in the recording policy",
                "These calls never had a score, while others have one.",
                "Ask your administrator to turn on real-time sentiment analysis in the queue's recording policy.",
            )
        case CoverageProblem.LANGUAGE_MISMATCH:
            return (
                "Wrong language model",
                "The score stays at exactly 0.00 over whole calls.",
                "Ask your administrator to set the language model to the language that callers of this queue speak.",
            )
        case CoverageProblem.MASKING:
            return (
                "Masking takes the score away",
                "Scores came at first and then stopped while the call went on.",
                "Ask your administrator to let the analysis run before masking, or to narrow the masking rules.",
            )
        case _:  # pragma: no cover
            assert_never(problem)


def _row(finding: CoverageFinding) -> CoverageRow:
    title, text, remedy = words(finding.problem)
    where = finding.queue_name or finding.queue_id or f"All calls of {finding.link}"
    count = "1 call" if finding.count == 1 else f"{finding.count:,} calls"
    return CoverageRow(where, title, count, text, remedy, f"{where}: {title}, {count}. {text} {remedy}")
