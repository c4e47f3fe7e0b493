"""Each connection as the screen knows it: state, regions, findings, measured durations, drops and outages."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import assert_never

from desktop.dashboard.latency import LatencyMonitor
from desktop.domain.events import LinkChanged, LinkState
from desktop.domain.finding import Finding, Remedy
from desktop.domain.insight import CoverageFinding
from desktop.domain.sign_in import SignIn
from desktop.domain.updates import (
    CoverageAudited,
    FindingMade,
    LinkDescribed,
    LinkForgotten,
    LinkTimed,
    LinkUpdated,
    SignInChanged,
    SignInForgotten,
)

OUTAGES_KEPT = 200
FINDINGS_KEPT = 200  # per link, the oldest goes first


@dataclass(slots=True)
class Outage:
    """The connection was lost or refused from `began_ms` on (wall clock); `ended_ms` None while it still is."""

    began_ms: int
    ended_ms: int | None = None


@dataclass(frozen=True, slots=True)
class RegionSeen:
    """How a region was when it was last heard of."""

    state: LinkState
    since_ms: int


@dataclass(slots=True)
class LinkView:
    """One connection. Times are this machine's wall clock (Unix epoch)."""

    link: str
    kind: str = ""
    organisation: str = ""
    change: LinkChanged | None = None
    was_live: bool = False  # ever; else there was nothing to lose
    since_ms: int = 0  # when `change.state` began
    retry_at_ms: int | None = None  # when it will try again by itself
    regions: dict[str, RegionSeen] = field(default_factory=dict)  # the one in use last
    monitor: LatencyMonitor = field(default_factory=LatencyMonitor)  # durations and drops
    outages: deque[Outage] = field(default_factory=lambda: deque(maxlen=OUTAGES_KEPT))
    findings: dict[str, Finding] = field(default_factory=dict)  # by subject
    complaints: int = 0

    @property
    def state(self) -> LinkState:
        """CONNECTING until it says something."""
        return LinkState.CONNECTING if self.change is None else self.change.state

    @property
    def listens(self) -> bool:
        """Whether the platform dials us on it, a session a call; the set-up's name of such a kind says so."""
        return "audiohook" in self.kind.casefold()

    @property
    def brings_words(self) -> bool:
        """Whether words of its calls arrive, or sound in which they are recognised; by the kind's name, as above."""
        return self.brings_calls and "analytics" not in self.kind.casefold()

    @property
    def brings_calls(self) -> bool:
        """Whether calls arrive on it at all."""
        return "bot events" not in self.kind.casefold()

    @property
    def down(self) -> bool:
        """It ought to be live and is not."""
        return self.state in (LinkState.RETRYING, LinkState.REFUSED)

    @property
    def signed_out(self) -> bool:
        """It waits for a person to sign in, and for nothing else."""
        refused = self.change is not None and self.state is LinkState.REFUSED
        return refused and self.change is not None and self.change.action is Remedy.SIGN_IN

    @property
    def region(self) -> str:
        """As its peer names it, else empty."""
        return "" if self.change is None else self.change.region


@dataclass(slots=True)
class KnownLinks:
    """All connections, and what belongs to them rather than to a call."""

    links: dict[str, LinkChanged] = field(default_factory=dict)
    link_views: dict[str, LinkView] = field(default_factory=dict)  # the same and all that is known of them
    sign_ins: dict[str, SignIn] = field(default_factory=dict)  # by organisation
    coverage: tuple[CoverageFinding, ...] = ()


LinkUpdate = (
    LinkUpdated
    | LinkDescribed
    | LinkForgotten
    | LinkTimed
    | FindingMade
    | CoverageAudited
    | SignInChanged
    | SignInForgotten
)


def apply(known: KnownLinks, update: LinkUpdate) -> None:
    """Apply one update."""
    match update:
        case LinkUpdated():
            _changed(known, update)
        case LinkDescribed(link, kind, organisation):
            view = _view_of(known, link)
            view.kind, view.organisation = kind, organisation
        case LinkForgotten(link):
            known.links.pop(link, None)
            known.link_views.pop(link, None)
        case LinkTimed(link, measure, ms, at_ms):
            _view_of(known, link).monitor.record(measure, ms, at_ms)
        case FindingMade(link, finding):
            _found(_view_of(known, link), finding)
        case CoverageAudited(findings):
            known.coverage = findings
        case SignInChanged(sign_in):
            known.sign_ins[sign_in.organisation] = sign_in
        case SignInForgotten(organisation):
            known.sign_ins.pop(organisation, None)
        case _:  # pragma: no cover - the type checker proves that it can't be
            assert_never(update)


def _view_of(known: KnownLinks, link: str) -> LinkView:
    return known.link_views.setdefault(link, LinkView(link))


def _changed(known: KnownLinks, update: LinkUpdated) -> None:
    change, now = update.link, update.at_ms
    known.links[change.link] = change
    view = _view_of(known, change.link)
    before = view.state
    if view.change is None or change.state is not before:
        view.since_ms = now
    _outage(view, before, change.state, now)
    view.change, view.was_live = change, view.was_live or change.state is LinkState.LIVE
    view.retry_at_ms = None if change.retry_in_s is None else now + round(change.retry_in_s * 1000)
    if change.region:
        seen = view.regions.pop(change.region, None)  # the one in use stands last
        since = seen.since_ms if seen is not None and seen.state is change.state else now
        view.regions[change.region] = RegionSeen(change.state, since)


def _outage(view: LinkView, before: LinkState, state: LinkState, now: int) -> None:
    """A drop: it was live and now is not, unless it was closed on purpose. The outage lasts until it is live again."""
    dropped = before is LinkState.LIVE and state not in (LinkState.LIVE, LinkState.CLOSED)
    lasting = view.outages[-1] if view.outages and view.outages[-1].ended_ms is None else None
    if dropped:
        view.monitor.dropped(now)
    if state in (LinkState.LIVE, LinkState.CLOSED):
        if lasting is not None:
            lasting.ended_ms = max(now, lasting.began_ms)
    elif lasting is None and (dropped or state is not LinkState.CONNECTING):
        view.outages.append(Outage(now))


def _found(view: LinkView, finding: Finding) -> None:
    view.findings[finding.subject] = finding
    if len(view.findings) > FINDINGS_KEPT:
        del view.findings[next(iter(view.findings))]
