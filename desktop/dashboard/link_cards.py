"""The connections as plain values: cards (those in trouble first), findings with their buttons, regions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from desktop.dashboard import connection_captions as words
from desktop.dashboard import link_sentences, listener_sentences
from desktop.dashboard.links import LinkView
from desktop.dashboard.state import FloorState
from desktop.domain.events import LinkState, Measure
from desktop.domain.finding import Finding, Level, Remedy
from desktop.domain.insight import Severity
from desktop.domain.sign_in import SignInState

TRIES = ("Last probe", "AudioHook probe", "AudioHook sign-on")
"""The subjects of findings about how the platform got on with dialling us."""
_LEVELS = (Level.FAIL, Level.WARN, Level.PASS)


@dataclass(frozen=True, slots=True)
class Figures:
    """The rolling figures of one measure, ready to show; `high` if the newest is flagged (document E step 1)."""

    now: str
    average: str
    p95: str
    high: bool
    p50: str = ""


@dataclass(frozen=True, slots=True)
class LinkCard:
    """What a connection's card shows. `severity` is INFO while nothing is wrong."""

    link: str
    what: str
    glyph: str
    word: str
    since: str
    severity: Severity
    state: Severity  # of the connection alone, without its findings
    round_trip: Figures | None  # None: nothing measured yet
    engine: Figures | None
    opened: Figures | None  # of a connection that others dial: how soon a session was answered
    foot: str  # how often it was lost; of a connection that others dial, how many calls it brings now
    aloud: str


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding: `glyph` and `word` for its level; `button` is empty without an action."""

    subject: str
    level: Level
    glyph: str
    word: str
    text: str
    remedy: str
    action: Remedy | None
    button: str
    detail: str = ""  # several lines, to be copied


@dataclass(frozen=True, slots=True)
class RegionRow:
    """How one region of an organisation is doing."""

    region: str
    glyph: str
    word: str
    since: str
    severity: Severity


def cards(state: FloorState, now_ms: int) -> list[LinkCard]:
    """All connections at `now_ms` (wall clock): problems first, then by name."""
    views = [view for view in state.link_views.values() if view.change is not None or view.kind]
    ordered = sorted(views, key=lambda view: (*_place(view), view.link.casefold()))
    return [_card(state, view, now_ms) for view in ordered]


def severity(view: LinkView) -> Severity:
    """CRITICAL: a person has to act. WARNING: something is wrong. INFO: all well, or closed on purpose."""
    levels = {finding.level for finding in view.findings.values()}
    found = state_severity(view.state)
    if found is Severity.CRITICAL or Level.FAIL in levels:
        return Severity.CRITICAL
    return Severity.WARNING if Level.WARN in levels else found


def state_severity(state: LinkState) -> Severity:
    """How bad a state is by itself."""
    if state is LinkState.REFUSED:
        return Severity.CRITICAL
    return Severity.WARNING if state is LinkState.RETRYING else Severity.INFO


def needs_person(state: FloorState) -> bool:
    """Whether any connection or sign-in waits for somebody."""
    waiting = (SignInState.SIGNED_OUT, SignInState.REFUSED, SignInState.EXPIRING)
    return any(severity(view) is Severity.CRITICAL for view in state.link_views.values()) or any(
        sign_in.state in waiting for sign_in in state.sign_ins.values()
    )


def tries(view: LinkView | None) -> list[FindingRow]:
    """How the platform got on with dialling us: its last test, and being refused; empty until it tried."""
    return [] if view is None else [_finding(view.findings[subject]) for subject in TRIES if subject in view.findings]


def findings(view: LinkView) -> list[FindingRow]:
    """Why it is down, then failures, then warnings; within a level in the order in which they were found."""
    ordered = sorted(view.findings.values(), key=lambda finding: _LEVELS.index(finding.level))
    return [_finding(finding) for finding in (*_why_down(view), *ordered)]


def _why_down(view: LinkView) -> list[Finding]:
    """Its state's own sentence, unless a finding says the same."""
    if view.change is None or not view.down:
        return []
    refused = view.state is LinkState.REFUSED
    said = view.change.detail or (words.REFUSED_SILENTLY if refused else words.DOWN_SILENTLY)
    if any(finding.text == said for finding in view.findings.values()):
        return []
    return [Finding(words.WHY_DOWN, Level.FAIL if refused else Level.WARN, said)]


def regions(state: FloorState, view: LinkView, now_ms: int) -> list[RegionRow]:
    """Every region of the link's organisation (of the link alone without one); empty if there is only one."""
    found: dict[str, tuple[int, RegionRow]] = {}
    for other in state.link_views.values():
        if other is view or (view.organisation and other.organisation == view.organisation):
            for name, seen in other.regions.items():
                used = other.region == name
                loud = used and other.down
                glyph, word = link_sentences.state_word(other) if used else ("○", "not in use now")
                row = RegionRow(
                    region=link_sentences.region(name),
                    glyph=glyph,
                    word=word,
                    since=link_sentences.lasting(now_ms, seen.since_ms),
                    severity=Severity.WARNING if loud else Severity.INFO,
                )
                rank = 2 if loud else int(used)
                if name not in found or rank > found[name][0]:
                    found[name] = rank, row
    return [row for _, row in found.values()] if len(found) > 1 else []


def figures(view: LinkView, measure: Measure) -> Figures | None:
    """None as long as nothing was measured; nothing is `now` while it is not live."""
    latest, stats = view.monitor.latest(measure), view.monitor.stats(measure)
    if latest is None:
        return None
    live = view.state is LinkState.LIVE
    values = (latest if live else None, stats.avg_ms, stats.p95_ms, stats.p50_ms)
    now, average, p95, p50 = (link_sentences.took(value) for value in values)
    return Figures(now, average, p95, live and measure in view.monitor.slow, p50)


def level_word(level: Level) -> tuple[str, str]:
    """(glyph, word) of a finding's level."""
    match level:
        case Level.PASS:
            return "✓", "Pass"
        case Level.WARN:
            return "▲", "Warn"
        case Level.FAIL:
            return "✕", "Fail"
        case _:  # pragma: no cover
            assert_never(level)


def button(action: Remedy | None) -> str:
    """What the button beside a finding says; empty for no button."""
    match action:
        case None:
            return ""
        case Remedy.SIGN_IN:
            return "Sign in"
        case Remedy.RETRY:
            return "Try again"
        case Remedy.USE_NOTIFICATIONS:
            return "Use notifications instead"
        case Remedy.USE_AUDIOHOOK:
            return "Set up AudioHook"
        case _:  # pragma: no cover
            assert_never(action)


def _place(view: LinkView) -> tuple[int, int]:
    grave = (Severity.CRITICAL, Severity.WARNING, Severity.INFO).index(severity(view))
    return grave, link_sentences.TROUBLE.index(view.state)


def _card(state: FloorState, view: LinkView, now_ms: int) -> LinkCard:
    glyph, word = link_sentences.state_word(view)
    round_trip, engine = figures(view, Measure.ROUND_TRIP), figures(view, Measure.ENGINE)
    opened = figures(view, Measure.HANDLING) if view.listens else None
    foot, since = link_sentences.drops(view.monitor.drop_count), link_sentences.since(view, now_ms)
    if view.listens:
        foot = listener_sentences.calls(link_sentences.calls_now(state, view))
    said = (
        view.link,
        link_sentences.what(view),
        f"{word} {since}".strip(),
        f"round trip {round_trip.now}" if round_trip and view.state is LinkState.LIVE else "",
        f"opened in {opened.now}" if opened and view.state is LinkState.LIVE else "",
        foot,
    )
    return LinkCard(
        link=view.link,
        what=link_sentences.what(view),
        glyph=glyph,
        word=word,
        since=since,
        severity=severity(view),
        state=state_severity(view.state),
        round_trip=round_trip,
        engine=engine,
        opened=opened,
        foot=foot,
        aloud=", ".join(part for part in said if part),
    )


def _finding(finding: Finding) -> FindingRow:
    glyph, word = level_word(finding.level)
    return FindingRow(
        finding.subject,
        finding.level,
        glyph,
        word,
        finding.text,
        finding.remedy,
        finding.action,
        button(finding.action),
        finding.detail,
    )
