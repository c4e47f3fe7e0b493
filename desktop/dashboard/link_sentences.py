"""Sentences about connections: their state in a word and in full, what they are called, how long something took."""

from __future__ import annotations

from typing import assert_never

from desktop.dashboard import captions
from desktop.dashboard import connection_captions as words
from desktop.dashboard.call_view import CallView
from desktop.dashboard.links import LinkView
from desktop.dashboard.sentences import joined
from desktop.dashboard.state import FloorState
from desktop.domain.events import LinkState, Measure
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
    """(glyph, word) of a connection's state; one that others dial listens, one that never was live lost nothing."""
    glyph, word = link_word(view.state)
    if view.signed_out:
        return "○", "not signed in"
    if view.state is LinkState.RETRYING and not view.was_live:
        word = "can't listen" if view.listens else "can't connect"
    return glyph, "listening" if view.listens and view.state is LinkState.LIVE else word


def link(view: LinkView) -> str:
    """One line about a connection: what it is called, how it is, and what for."""
    word, change = state_word(view)[1], view.change
    if view.state is LinkState.RETRYING and view.was_live:
        word = "connection lost"
    if view.state is LinkState.RETRYING and change is not None and change.retry_in_s is not None:
        word = f"{word}, next try in {change.retry_in_s:.0f} s"
    if view.state is LinkState.REFUSED and change is not None and change.detail:
        word = f"{word} - {change.detail}"
    return f"{view.link}: {word}"


def pill_tip(view: LinkView) -> str:
    """A connection in full, for the pill's tooltip."""
    detail = "" if view.change is None or view.state is LinkState.REFUSED else view.change.detail
    said = f"{link(view)} - {detail}" if detail else link(view)
    return "\n".join(part for part in (said, region(view.region)) if part)


def links(state: FloorState) -> str:
    """What is wrong with connections, in one line; empty while nothing is, as the pills say how they are."""
    wrong = sorted((view for view in state.link_views.values() if view.down), key=lambda v: TROUBLE.index(v.state))
    return "   ".join(link(view) for view in wrong)


def no_words(state: FloorState, view: CallView) -> tuple[str, str]:
    """(headline, sentence) for a transcript without lines: only what can come is promised."""
    if view.over:
        return captions.TRANSCRIPT_NONE
    own = state.link_views.get(view.link)
    homes = [own, *(each for each in state.link_views.values() if own and own.organisation == each.organisation != "")]
    if own is None or any(home is not None and home.brings_words for home in homes):
        headline, sentence = captions.TRANSCRIPT_EMPTY
        return headline, (state.health.note if state.health is not None else "") or sentence
    return captions.TRANSCRIPT_SCORES


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


def empty_floor(state: FloorState) -> tuple[str, str, str]:
    """(headline, sentence, button) for a list without calls; the button opens the Connections page."""
    views, button = [view for view in state.link_views.values() if view.change is not None], words.CONNECTIONS
    if state.connections == 0 and not state.links:
        return (
            "No contact centre connected yet",
            "Add yours. To look around first, close this window and run  sidetone demo",
            words.ADD_FIRST,
        )
    if not views:
        return "Starting", "Opening the connection to your contact centre.", ""
    if refused := [view for view in views if view.state is LinkState.REFUSED]:
        if all(view.signed_out for view in refused):
            return "Not signed in", "Calls appear here once you are signed in.", button
        return "Not connected", "A connection was refused. See why and what to do.", words.SEE_WHY
    if not any(view.brings_calls for view in views):
        return "No calls here", "Bot sockets bring no calls. How your bots are doing is under Connections.", button
    if not any(view.state is LinkState.LIVE and view.brings_calls for view in views):
        tries = any(view.down for view in views)
        return "Waiting for the connection", "Calls appear here as soon as it is up.", words.SEE_WHY if tries else ""
    return "All quiet", "Connected. The next call appears here by itself.", ""
