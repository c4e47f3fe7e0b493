"""What a stream tells about itself, and a person who does not want to wait (document A, edge cases 1 and 3)."""

from __future__ import annotations

import asyncio

from desktop.domain.events import LinkChanged, LinkMeasured, LinkState, Measure, SourceEvent
from desktop.domain.finding import Remedy
from desktop.gateway.audio_connector import AudioConnectorGateway
from desktop.gateway.config import GatewayConfig
from desktop.sources.audio_connector import AudioConnectorSource
from desktop.sources.audio_connector_config import AudioConnectorConfig
from tests.support.tokens import FixedToken

PATIENCE_S = 20.0


async def until(heard: list[SourceEvent], state: LinkState, times: int = 1) -> LinkChanged:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = [e for e in heard if isinstance(e, LinkChanged) and e.state is state]
            if len(found) >= times:
                return found[-1]
            await asyncio.sleep(0.01)


async def test_the_round_trip_of_a_live_stream_is_measured() -> None:
    heard: list[SourceEvent] = []
    gateway = AudioConnectorGateway(GatewayConfig(access_token="t"))
    config = AudioConnectorConfig("s", await gateway.start(), measure_every_s=0.05)
    source = AudioConnectorSource(config, FixedToken())
    async with asyncio.TaskGroup() as group:
        running = group.create_task(source.run(heard.append), name="source")
        async with asyncio.timeout(PATIENCE_S):
            while sum(isinstance(e, LinkMeasured) for e in heard) < 3:
                await asyncio.sleep(0.01)
        running.cancel()
    await gateway.close()
    measured = [e for e in heard if isinstance(e, LinkMeasured)]
    assert {(e.link, e.measure) for e in measured} == {("s", Measure.ROUND_TRIP)}
    assert all(0 < e.ms < 5_000 for e in measured)


async def test_edge_case_1_a_person_may_cut_the_wait_short() -> None:
    heard: list[SourceEvent] = []
    gateway = AudioConnectorGateway(GatewayConfig(access_token="t"))
    gateway.deny_discovery(500)

    async def for_ever(seconds: float) -> None:
        await asyncio.Event().wait()

    source = AudioConnectorSource(AudioConnectorConfig("s", await gateway.start()), FixedToken(), sleep=for_ever)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(source.run(heard.append), name="source")
        assert (await until(heard, LinkState.RETRYING)).retry_in_s
        source.retry()
        await until(heard, LinkState.LIVE)
        running.cancel()
    await gateway.close()


async def test_an_interface_that_only_the_documents_know_names_the_real_one() -> None:
    heard: list[SourceEvent] = []
    gateway = AudioConnectorGateway(GatewayConfig(access_token="t"))
    gateway.deny_discovery(404)
    source = AudioConnectorSource(AudioConnectorConfig("s", await gateway.start()), FixedToken())
    async with asyncio.TaskGroup() as group:
        running = group.create_task(source.run(heard.append), name="source")
        refused = await until(heard, LinkState.REFUSED)
        running.cancel()
    await gateway.close()
    assert refused.action is Remedy.USE_AUDIOHOOK
    assert "AudioHook" in refused.detail
