"""Gateway and source together over loopback: calls, late metadata, faults and reconnects."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from desktop.domain.events import (
    AudioArrived,
    CallEnded,
    FactsLearned,
    LinkChanged,
    LinkState,
    PeerComplaint,
    SourceEvent,
)
from desktop.domain.facts import CallFacts
from desktop.domain.media import Party
from desktop.gateway.audio_connector import AudioConnectorGateway
from desktop.gateway.config import GatewayConfig, InteractionInfo
from desktop.protocols.audio_subscription import AudioSubscription, Filters
from desktop.sources.audio_connector import AudioConnectorSource
from desktop.sources.audio_connector_config import AudioConnectorConfig
from tests.support.tokens import FixedToken

PACKET = b"\x48" + bytes(60)


class Ear:
    def __init__(self) -> None:
        self.events: list[SourceEvent] = []
        self._more = asyncio.Event()

    def __call__(self, event: SourceEvent) -> None:
        self.events.append(event)
        self._more.set()

    def frames(self) -> list[AudioArrived]:
        return [event for event in self.events if isinstance(event, AudioArrived)]

    def times(self, state: LinkState) -> int:
        return sum(isinstance(event, LinkChanged) and event.state is state for event in self.events)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                self._more.clear()
                await self._more.wait()


async def no_nap(seconds: float) -> None:
    await asyncio.sleep(0)


async def test_a_shift_with_faults() -> None:
    gateway = AudioConnectorGateway(GatewayConfig("the token", region="loopback", max_message_bytes=60))
    base = await gateway.start()
    subscription = AudioSubscription(filters=Filters(queue_ids=("q-1",)), sample_rate=16_000)
    source = AudioConnectorSource(
        AudioConnectorConfig("lab", base, subscription=subscription), FixedToken("the token"), sleep=no_nap
    )
    ear = Ear()
    labelled = InteractionInfo("call-1", CallFacts("inbound", "Agent", queue_name="Queue", queue_id="q-1"))
    late = InteractionInfo("call-2", CallFacts("outbound", "Other", queue_name="Queue", queue_id="q-1"))
    gateway.deny_discovery(503, retry_after=0.5)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(source.run(ear))
        await gateway.subscribed()
        gateway.announce(labelled)
        gateway.announce(late, withhold_metadata=True)
        for seq in range(50):
            for call in (labelled, late):
                gateway.send_frame(call.interaction_id, Party.CUSTOMER, seq, 1000 + 20 * seq, PACKET)
        await ear.until(lambda: len(ear.frames()) == 100)
        assert {(event.frame.payload, event.fragments) for event in ear.frames()} == {(PACKET, 2)}
        assert await source.look_up("call-2") == late.facts
        gateway.reveal("call-2")
        await ear.until(lambda: any(isinstance(event, FactsLearned) and event.call == "call-2" for event in ear.events))

        rng = random.Random(1)
        for _ in range(1000):
            gateway.send_raw(rng.randbytes(rng.randrange(90)))
        gateway.send_frame("call-1", Party.AGENT, 0, 3000, PACKET)
        await ear.until(lambda: len(ear.frames()) == 101)
        assert sum(isinstance(event, PeerComplaint) for event in ear.events) == 1000

        for round_, code in enumerate((1001, None, 1008), start=2):
            await gateway.drop_connections(code)
            await ear.until(lambda times=round_: ear.times(LinkState.LIVE) == times)  # type: ignore[misc]
            await gateway.subscribed()
        gateway.send_frame("call-1", Party.AGENT, 1, 3020, PACKET)
        await ear.until(lambda: len(ear.frames()) == 102)
        gateway.end("call-1")
        await ear.until(lambda: any(isinstance(event, CallEnded) for event in ear.events))
        task.cancel()
    assert gateway.stats.discoveries == 5
    assert gateway.stats.connections == 4
    assert gateway.stats.upgrades_refused == 0
    await gateway.close()
