"""Short ways to say what happens to connections in the dashboard's tests."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.dashboard.links import KnownLinks, LinkUpdate, LinkView, apply
from desktop.domain.events import LinkState
from desktop.domain.finding import Finding, Level, Remedy
from desktop.domain.sign_in import SignIn, SignInState
from desktop.domain.updates import FindingMade, LinkDescribed, LinkUpdated, SignInChanged
from tests.dashboard.builders import link

SECOND = 1_000


def at(second: float, state: LinkState, name: str = "l1", region: str = "eu", **more: object) -> LinkUpdated:
    """A connection reaches `state` at that second."""
    return LinkUpdated(link(state, name, region, **more), round(second * SECOND))


def is_a(name: str = "l1", kind: str = "Bot events socket", organisation: str = "Acme") -> LinkDescribed:
    """What a connection is."""
    return LinkDescribed(name, kind, organisation)


def finding(level: Level, subject: str = "Topics", name: str = "l1", action: Remedy | None = None) -> FindingMade:
    """A finding of this level."""
    return FindingMade(name, Finding(subject, level, "found this", "do that", action))


def signed(state: SignInState, organisation: str = "Acme", **more: object) -> SignInChanged:
    """An organisation's sign-in."""
    return SignInChanged(SignIn(organisation, state, **more))  # type: ignore[arg-type]


def known(updates: Sequence[LinkUpdate]) -> KnownLinks:
    """What is known after these."""
    found = KnownLinks()
    for update in updates:
        apply(found, update)
    return found


def view(*updates: LinkUpdate, name: str = "l1") -> LinkView:
    """That connection after these."""
    return known(updates).link_views[name]
