"""Sentences about connections: their state in a word and in full, what they are called, how long something took."""

from __future__ import annotations

from typing import assert_never

from desktop.dashboard.links import LinkView
from desktop.dashboard.sentences import joined
from desktop.dashboard.state import FloorState
from desktop.domain.events import LinkChanged, LinkState, Measure
from desktop.domain.regions import REGIONS

TROUBLE = (LinkState.REFUSED, LinkState.RETRYING, LinkState.CONNECTING, LinkState.CLOSED, LinkState.LIVE)
"""Those in trouble first."""


def link_word(state: LinkState) -> tuple[str, str]:
    """(glyph, word) of a connection's state: it is never colour alone."""
    match state:
        case LinkState.CONNECTING:
            return "◌", "connecting"
        case LinkState.LIVE:
            return "●", "live"
        case LinkState.RETRYING:
            return "◑", "reconnecting"
        case LinkState.REFUSED:
            return "✕", "refused"
        case LinkState.CLOSED:
            return "○", "closed"
        case _:  # pragma: no cover
            assert_never(state)


def state_word(view: LinkView) -> tuple[str, str]:
    """(glyph, word) of a connection's state; one that others dial listens."""
    glyph, word = link_word(view.state)
    return glyph, "listening" if view.listens and view.state is LinkState.LIVE else word


def link(change: LinkChanged, name: str = "") -> str:
    """One line about a connection, called `name` or else by its region."""
    name = name or change.region or change.link
    match change.state:
        case LinkState.CONNECTING:
            return f"{name}: connecting"
        case LinkState.LIVE:
            return f"{name}: live"
        case LinkState.RETRYING:
            wait = "" if change.retry_in_s is None else f", next try in {change.retry_in_s:.0f} s"
            return f"{name}: connection lost{wait}"
        case LinkState.REFUSED:
            return f"{name}: needs you - {change.detail}"
        case LinkState.CLOSED:
            return f"{name}: closed"
        case _:  # pragma: no cover
            assert_never(change.state)


def pill_tip(change: LinkChanged, name: str = "") -> str:
    """A connection in full, for the pill's tooltip."""
    said = link(change, name)
    return said if not change.detail or change.state is LinkState.REFUSED else f"{said} - {change.detail}"


def links(state: FloorState) -> str:
    """All connections in one line, those in trouble first."""
    names = origins(state)
    ordered = sorted(state.links.values(), key=lambda change: TROUBLE.index(change.state))
    return "   ".join(link(change, names.get(change.link, "")) for change in ordered) or "No connection yet"


def origins(state: FloorState) -> dict[str, str]:
    """What tells connections apart, by link: organisation, region or name. Empty while there is only one."""
    views = [view for view in state.link_views.values() if view.change is not None]
    if len(views) < 2:
        return {}
    for names in ([v.organisation for v in views], [v.region for v in views]):
        if all(names) and len(set(names)) == len(names):
            return {view.link: name for view, name in zip(views, names, strict=True)}
    return {view.link: view.link for view in views}


def homes(state: FloorState) -> dict[str, str]:
    """What a call's row says of where it comes from, by link: organisation or region, if there are several."""
    views = [view for view in state.link_views.values() if view.change is not None]
    for named in ({v.link: v.organisation or v.link for v in views}, {v.link: v.region for v in views}):
        if len(set(named.values())) > 1 and all(named.values()):
            return named
    return {}


def region(name: str) -> str:
    """Europe (Frankfurt) for a region of the platform, by its domain or its name; anything else as it is."""
    return next((each.place for each in REGIONS if name in (each.domain, each.name)), name)


def what(view: LinkView) -> str:
    """Kind, organisation, region."""
    return joined(view.kind, view.organisation, region(view.region))


def lasting(now_ms: int, since_ms: int) -> str:
    """for 12 s, for 4 min, for 2 h, for 3 days."""
    seconds = max(0, now_ms - since_ms) // 1000
    for size, word in ((86_400, "day"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            count = seconds // size
            return f"for {count} {word}{'s' if word == 'day' and count > 1 else ''}"
    return f"for {seconds} s"


def since(view: LinkView, now_ms: int) -> str:
    """for 4 min; next try in 3 s."""
    if view.change is None:
        return ""
    parts = [lasting(now_ms, view.since_ms)]
    if view.state is LinkState.RETRYING and view.retry_at_ms is not None:
        wait = max(0, view.retry_at_ms - now_ms) // 1000
        parts.append(f"next try in {wait} s" if wait else "trying now")
    return ", ".join(parts)


def took(ms: float | None) -> str:
    """42 ms, 1.2 s; a dash for nothing measured."""
    if ms is None:
        return "–"
    if ms < 1:
        return "<1 ms"
    return f"{ms:.0f} ms" if ms < 1_000 else f"{ms / 1000:.1f} s"


def drops(count: int) -> str:
    """no drops, 1 drop, 3 drops."""
    return f"{count or 'no'} {'drop' if count == 1 else 'drops'}"


def calls_now(state: FloorState, view: LinkView) -> int:
    """How many live calls this connection brings just now."""
    return sum(1 for call in state.live if call.link == view.link)


def legend(measure: Measure, *, listens: bool = False) -> str:
    """How a measure's line is drawn, and what it is: the socket apart from the engine (document E step 2)."""
    match measure:
        case Measure.ROUND_TRIP:
            return "━ Round trip"
        case Measure.HANDLING:
            return "┈ Opened in" if listens else "┈ Handling here"
        case Measure.ENGINE:
            return "╌ Engine"
        case _:  # pragma: no cover
            assert_never(measure)


def empty_floor(state: FloorState) -> tuple[str, str]:
    """(headline, sentence) for a list without calls."""
    if state.connections == 0 and not state.links:
        return (
            "No contact centre connected yet",
            "Press C to add yours. To look around first, close this window and run  sidetone demo",
        )
    if not state.links:
        return "Starting", "Opening the connection to your contact centre."
    if any(item.state is LinkState.REFUSED for item in state.links.values()):
        return "Not connected", "A connection was refused. Press C to see why and what to do."
    if not any(item.state is LinkState.LIVE for item in state.links.values()):
        return "Waiting for the connection", "Calls appear here as soon as a region answers."
    return "All quiet", "Connected. The next call appears here by itself."
