"""Where calls come from: the settings' connections, or the built-in simulator on loopback."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from desktop.domain.errors import Rejected
from desktop.domain.media import PIPELINE_RATE_HZ
from desktop.domain.ports import FactsDirectory, Source
from desktop.protocols.audio_subscription import AudioSubscription, Filters
from desktop.recognition.models import resources_folder
from desktop.settings.model import Connection
from desktop.settings.secrets import SecretStore
from desktop.settings.store import default_path, load
from desktop.simulator.process import Orders, SimulatorProcess
from desktop.sources.audio_connector import AudioConnectorConfig, AudioConnectorSource


@dataclass(frozen=True, slots=True)
class Place:
    """Sources to run, and who can look an interaction up."""

    sources: Sequence[Source] = ()
    directories: Mapping[str, FactsDirectory] = field(default_factory=dict)


class Wanted(Protocol):
    """The command line's part of it."""

    @property
    def play(self) -> str | None: ...
    @property
    def calls(self) -> int: ...
    @property
    def seed(self) -> int: ...
    @property
    def speed(self) -> float: ...
    @property
    def files(self) -> tuple[Path, ...]: ...


class FixedToken:
    """The simulator's token: made for this run, known to nobody else."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def __call__(self, *, refresh: bool) -> str:
        return self._token


class KeyringToken:
    """A connection's access token, asked from the keyring each time so that it is nowhere else."""

    def __init__(self, secrets: SecretStore, name: str) -> None:
        self._secrets, self._name = secrets, name

    async def __call__(self, *, refresh: bool) -> str:
        token = None if refresh else await self._secrets.get(self._name)
        if token is None:
            raise Rejected(f"No valid access token is kept for {self._name}. Run: sidetone connect {self._name} URL")
        return token


@contextlib.asynccontextmanager
async def find_places(wanted: Wanted) -> AsyncIterator[Place]:
    """Open what the command line asked for; a simulator lives as long as the context."""
    if wanted.play is None:
        secrets = SecretStore()
        sources = [_connected(c, KeyringToken(secrets, c.name)) for c in load(default_path()).connections]
        yield Place(sources, {s.name: s for s in sources})
        return
    orders = Orders(resources_folder() / "calls", wanted.calls, wanted.seed, wanted.speed, wanted.files)
    async with SimulatorProcess(orders) as floor:
        config = AudioConnectorConfig(name="simulator", base_url=floor.base_url, region="built-in")
        source = AudioConnectorSource(config, FixedToken(floor.token))
        yield Place([source], {source.name: source})


def _connected(connection: Connection, token: KeyringToken) -> AudioConnectorSource:
    filters = Filters(
        queue_ids=connection.queue_ids,
        direction=connection.direction,
        skills=connection.skills,
        interaction_ids=connection.interaction_ids,
    )
    subscription = AudioSubscription(filters=filters, sample_rate=PIPELINE_RATE_HZ)
    config = AudioConnectorConfig(name=connection.name, base_url=connection.base_url, subscription=subscription)
    return AudioConnectorSource(config, token)
