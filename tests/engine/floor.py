"""A small real floor for engine tests: gateway and player in this process, workers in theirs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from desktop.app.assembly import Engine, assemble
from desktop.app.tokens import FixedToken
from desktop.dashboard.state import FloorState, apply_all
from desktop.engine.analyser import MakeRecogniser
from desktop.engine.links import Connection
from desktop.gateway.audio_connector import AudioConnectorGateway
from desktop.gateway.config import GatewayConfig
from desktop.settings.model import Settings
from desktop.sources.audio_connector import AudioConnectorSource
from desktop.sources.audio_connector_config import AudioConnectorConfig
from tests.support.quick import make_quick_recogniser

CALLS = Path(__file__).parents[2] / "resources" / "calls"
TOKEN = "a-token-of-this-test"


@dataclass
class Floor:
    """Everything a test wants to poke at."""

    engine: Engine
    gateway: AudioConnectorGateway
    group: asyncio.TaskGroup
    state: FloorState

    def look(self) -> FloorState:
        """Drain the mailbox into the state, as the screen does."""
        apply_all(self.state, self.engine.mailbox.drain())
        return self.state

    async def until(self, happened: Callable[[FloorState], bool], patience_s: float = 120.0) -> FloorState:
        """Look again and again until it happened; generous, for a noisy machine."""
        async with asyncio.timeout(patience_s):
            while not happened(self.look()):
                await asyncio.sleep(0.05)
        return self.state


@contextlib.asynccontextmanager
async def live_floor(workers: int = 1, use: MakeRecogniser | None = make_quick_recogniser) -> AsyncIterator[Floor]:
    """A gateway on loopback, a source that dials it, a hub with real workers that hear with `use`.

    None: with what users have, where a test judges what was heard.
    """
    engine = assemble(Settings(workers=workers), lambda rules: None)
    if use is not None:
        engine.hub.pool.use(use)
    gateway = AudioConnectorGateway(GatewayConfig(access_token=TOKEN, region="test"))
    config = AudioConnectorConfig(name="test", base_url=await gateway.start())
    source = AudioConnectorSource(config, FixedToken(TOKEN))
    try:
        async with asyncio.TaskGroup() as group:
            hub = group.create_task(engine.hub.run([Connection(source, source)]), name="hub")
            floor = Floor(engine, gateway, group, FloorState())
            await gateway.subscribed()
            try:
                yield floor
            finally:
                hub.cancel()
    finally:
        await gateway.close()
