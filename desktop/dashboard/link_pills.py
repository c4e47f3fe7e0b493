"""The pills in the top bar: those in trouble always, the others as far as there is room, the rest as a number."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.dashboard import link_sentences
from desktop.dashboard.state import FloorState

PILLS_MOST = 3
_REST = "\0rest"  # no link can be called that


@dataclass(frozen=True, slots=True)
class Pill:
    """`key` stays the same for the same connection; `loud` for one in trouble."""

    key: str
    name: str
    glyph: str
    word: str
    loud: bool
    tip: str
    aloud: str


def pills(state: FloorState) -> list[Pill]:
    """At most `PILLS_MOST`, in the order in which connections came, those in trouble first if there are more."""
    every = [view for view in state.link_views.values() if view.change is not None]
    views = every
    if len(every) > PILLS_MOST:
        views = sorted(every, key=lambda view: link_sentences.TROUBLE.index(view.state))[: PILLS_MOST - 1]
    found = []
    for view in views:
        glyph, word = link_sentences.state_word(view)
        tip, aloud = link_sentences.pill_tip(view), link_sentences.link(view)
        found.append(Pill(view.link, view.link, glyph, word, view.down, tip, aloud))
    if rest := len(every) - len(views):
        others = [view for view in every if view not in views]
        loud = any(view.down for view in others)
        tip = "\n".join(link_sentences.link(view) for view in others)
        found.append(Pill(_REST, f"+{rest}", "◑" if loud else "●", "more", loud, tip, f"{rest} more connections"))
    return found
