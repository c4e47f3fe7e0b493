"""Whether a call still goes on, asked of a simulated platform over HTTP."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest

from desktop.domain.errors import Rejected
from desktop.domain.facts import CallFacts
from desktop.simulator.notifications import NotificationsPart
from desktop.simulator.platform import SimulatedPlatform
from desktop.simulator.token_office import TokenOffice
from desktop.sources.rest import RestClient
from desktop.sources.still_live import StillLive
from tests.support.tokens import FixedToken

DANA = CallFacts("inbound", "Dana", "agent-dana", "Billing", "queue-billing")


@contextlib.asynccontextmanager
async def asking(permissions: frozenset[str] = frozenset({"*"})) -> AsyncIterator[tuple[NotificationsPart, StillLive]]:
    office = TokenOffice(permissions=permissions)
    part = NotificationsPart(office)
    platform = SimulatedPlatform([part])
    try:
        yield part, StillLive(RestClient(await platform.start(), FixedToken(office.issue())))
    finally:
        await platform.close()


async def test_a_call_that_goes_on_is_told_from_one_that_nobody_knows() -> None:
    async with asking() as (part, still_live):
        part.appeared("c1", DANA, 1_800_000_000_000)
        assert await still_live("c2") is None  # perhaps nobody knows this address
        assert await still_live("c1") is True
        assert await still_live("c2") is False
        assert await still_live("..") is None


async def test_what_may_not_be_asked_is_refused_in_words() -> None:
    async with asking(frozenset()) as (part, still_live):
        part.appeared("c1", DANA, 1_800_000_000_000)
        with pytest.raises(Rejected, match="conversation:communication:view"):
            await still_live("c1")
