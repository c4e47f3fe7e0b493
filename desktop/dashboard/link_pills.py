"""The pills in the top bar: those in trouble always, the others as far as there is room, the rest as a number."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.dashboard import link_sentences
from desktop.dashboard.state import FloorState
from desktop.domain.events import LinkState

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
    names = link_sentences.origins(state)
    changes = list(state.links.values())
    rest = 0
    if len(changes) > PILLS_MOST:
        changes.sort(key=lambda change: link_sentences.TROUBLE.index(change.state))
        rest, changes = len(changes) - PILLS_MOST + 1, changes[: PILLS_MOST - 1]
    found = []
    for change in changes:
        name = names.get(change.link, "")
        glyph, word = link_sentences.link_word(change.state)
        found.append(
            Pill(
                key=change.link,
                name=name or change.region or change.link,
                glyph=glyph,
                word=word,
                loud=change.state in (LinkState.RETRYING, LinkState.REFUSED),
                tip=link_sentences.pill_tip(change, name),
                aloud=link_sentences.link(change, name),
            )
        )
    if rest:
        shown = {pill.key for pill in found}
        others = [change for change in state.links.values() if change.link not in shown]
        loud = any(change.state in (LinkState.RETRYING, LinkState.REFUSED) for change in others)
        tip = "\n".join(link_sentences.link(change, names.get(change.link, "")) for change in others)
        found.append(Pill(_REST, f"+{rest}", "◑" if loud else "●", "more", loud, tip, f"{rest} more connections"))
    return found
