"""Document A, edge case 3: several regions and organisations in one list, and one that fails over."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from desktop.app.assembly import assemble
from desktop.dashboard.state import FloorState
from desktop.domain.events import LinkState
from desktop.domain.facts import CallFacts
from desktop.engine.links import Connection
from desktop.gateway.audio_connector import AudioConnectorGateway
from desktop.gateway.config import GatewayConfig, InteractionInfo
from desktop.settings.model import Settings
from desktop.simulator.library import load_script
from desktop.simulator.player import Performance, play
from desktop.sources.audio_connector import AudioConnectorSource
from desktop.sources.audio_connector_config import AudioConnectorConfig
from tests.engine.floor import CALLS, Floor
from tests.support.quick import make_quick_recogniser
from tests.support.tokens import FixedToken


@contextlib.asynccontextmanager
async def two_regions() -> AsyncIterator[tuple[Floor, AudioConnectorGateway, AudioConnectorGateway]]:
    engine = assemble(Settings(workers=1), lambda rules: None)
    engine.hub.pool.use(make_quick_recogniser)
    regions = [
        AudioConnectorGateway(GatewayConfig(access_token="t", region=name)) for name in ("us-east-1", "eu-west-1")
    ]
    sources = [
        AudioConnectorSource(AudioConnectorConfig(name, await region.start()), FixedToken())
        for name, region in zip(("acme US", "acme EU"), regions, strict=True)
    ]
    try:
        async with asyncio.TaskGroup() as group:
            hub = group.create_task(engine.hub.run([Connection(source) for source in sources]), name="hub")
            for region in regions:
                await region.subscribed()
            try:
                yield Floor(engine, regions[0], group, FloorState()), regions[0], regions[1]
            finally:
                hub.cancel()
    finally:
        for region in regions:
            await region.close()


def named(agent: str) -> CallFacts:
    return CallFacts(agent_name=agent, queue_name="Billing")


async def test_calls_of_two_regions_are_one_list_and_each_region_shows_its_state() -> None:
    async with two_regions() as (floor, us, eu):
        us.announce(InteractionInfo("c-us", named("Dana")))
        eu.announce(InteractionInfo("c-eu", named("Lee")))
        state = await floor.until(lambda s: len(s.live) == 2)
        assert {view.link for view in state.live} == {"acme US", "acme EU"}
        assert {link.region for link in state.links.values()} == {"us-east-1", "eu-west-1"}
        await us.close()
        await floor.until(lambda s: s.links["acme US"].state is LinkState.RETRYING)
        assert floor.state.links["acme EU"].state is LinkState.LIVE
        assert {view.call: view.connected for view in floor.state.live} == {"c-us": False, "c-eu": True}


async def test_a_call_that_two_regions_bring_is_one_row_and_its_words_go_on_when_one_falls_away() -> None:
    script = load_script(CALLS / "legal-threat.toml")
    async with two_regions() as (floor, us, eu):
        how = Performance("c1", 0.0, 1.0, 1)
        both = [floor.group.create_task(play(script, how, region), name="call") for region in (us, eu)]
        state = await floor.until(lambda s: s.segments_final >= 1)
        assert len(state.live) == 1
        before = state.segments_final
        await us.close()
        state = await floor.until(lambda s: s.segments_final >= before + 2)
        assert [view.over for view in state.calls.values()] == [False]
        assert floor.engine.meters.counts["frames.unplaced"] > 0  # the other region's copies
        for playing in both:
            playing.cancel()
