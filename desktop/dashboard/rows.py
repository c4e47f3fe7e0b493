"""One row of the triage list as plain values: what a painter or a screen reader needs, nothing to compute."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from desktop.dashboard import channel_sentences, hearing_sentences, sentences
from desktop.dashboard.call_view import CallView
from desktop.dashboard.ordering import need, needs_you
from desktop.dashboard.transcript import Mark, marks_of
from desktop.domain.events import PauseReason
from desktop.domain.insight import Severity
from desktop.domain.media import Party
from desktop.domain.need import quiet
from desktop.domain.speech import Attention

CHIPS_MOST = 4


class ChipKind(enum.Enum):
    """What a chip is about; decides its looks."""

    ALERT = "alert"
    KEYWORD = "keyword"
    STATE = "state"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class RowChip:
    """A label on the row."""

    text: str
    kind: ChipKind
    severity: Severity = Severity.INFO


@dataclass(frozen=True, slots=True)
class Row:
    """What one row shows. `need` is 0..100, `mood` -1..1 or None without data."""

    call: str
    agent: str
    queue: str
    named: bool
    over: bool
    duration: str
    need: float
    needs_you: bool
    severity: Severity | None
    mood: float | None
    value: str
    trend: int
    trend_word: str
    speaker: Party | None
    words: str
    marks: tuple[Mark, ...]
    partial: bool
    unheard: bool  # `mood` is how it was: nothing is heard of it now
    paused: PauseReason | None  # `words` then say so instead of what was heard last
    chips: tuple[RowChip, ...]
    aloud: str


def row(view: CallView, now_ms: int, origin: str = "") -> Row:
    """The row of `view` at `now_ms` (wall clock, Unix epoch); `origin` says where it comes from if that may differ."""
    paused = None if view.over or not view.connected else view.paused
    said = view.last_segment if paused is None else None
    worst = view.worst(now_ms)
    loud = worst is not None and not quiet(worst, now_ms) and not view.over
    return Row(
        call=view.call,
        agent=sentences.who(view),
        queue=sentences.joined(sentences.where(view), origin),
        named=bool(view.facts.agent_name),
        over=view.over,
        duration=sentences.clock(view.duration_ms(now_ms)),
        need=0.0 if view.over else need(view, now_ms),
        needs_you=needs_you(view, now_ms),
        severity=worst.severity if worst is not None and loud else None,
        mood=view.mood,
        value=sentences.signed(view.mood),
        trend=0 if view.outdated else view.trend,
        trend_word=sentences.trend(view),
        speaker=said.party if said else None,
        words=said.text if said else _instead(view),
        marks=marks_of(said, view.hits) if said else (),
        partial=bool(said and not said.is_final),
        unheard=view.outdated,
        paused=paused,
        chips=tuple(_chips(view, now_ms))[:CHIPS_MOST],
        aloud=sentences.row_aloud(view, now_ms),
    )


def _instead(view: CallView) -> str:
    """What stands where the last words would, if it matters."""
    if view.over or not view.connected:
        return ""
    if view.paused is not None:
        return sentences.freshness(view).capitalize()
    return "" if view.attention is Attention.WORDS else hearing_sentences.NOT_IN_WORDS


def _chips(view: CallView, now_ms: int) -> list[RowChip]:
    """What is not heard stands first: where there is little room, only the first is sure to be seen."""
    deaf = not view.connected and not view.over
    shed = not deaf and not view.over and view.paused is None and view.attention is not Attention.WORDS
    chips = [RowChip(sentences.NOT_HEARD, ChipKind.LATE)] if deaf else []
    if shed:
        chips.append(RowChip(hearing_sentences.chip(view.attention), ChipKind.LATE))
    if (worst := view.worst(now_ms)) is not None and not view.over:
        severity = Severity.INFO if quiet(worst, now_ms) else worst.severity
        chips.append(RowChip(worst.headline, ChipKind.ALERT, severity))
    if (late := sentences.freshness(view)) and view.paused is None and not deaf and not shed:
        chips.append(RowChip(late, ChipKind.LATE))
    chips.extend(RowChip(text, ChipKind.LATE) for text in channel_sentences.channels(view))
    if stage := sentences.stage(view):
        chips.append(RowChip(stage, ChipKind.STATE))
    chips.extend(RowChip(text, ChipKind.STATE) for text in sentences.dynamics(view))
    alarm = "" if worst is None or view.over else worst.headline.casefold()
    said = [chip for chip in view.chips.values() if chip.label.casefold() not in alarm]
    newest = sorted(said, key=lambda chip: -chip.last_ms)
    chips.extend(RowChip(sentences.counted(c.label, c.count), ChipKind.KEYWORD, c.severity) for c in newest)
    if lost := sentences.lost(view):
        chips.append(RowChip(lost, ChipKind.LATE))
    return chips
