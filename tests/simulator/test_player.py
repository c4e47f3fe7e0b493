"""The simulator really plays: pace, faults and facts are what the script says."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from desktop.domain.errors import Rejected, SettingInvalid
from desktop.domain.events import AudioArrived, CallEnded, FactsLearned, SourceEvent
from desktop.domain.facts import CallFacts, CallStage
from desktop.domain.media import Party
from desktop.gateway.audio_connector import AudioConnectorGateway
from desktop.gateway.config import GatewayConfig
from desktop.simulator.floor import FIRST, deck, run_floor
from desktop.simulator.library import load_script, load_scripts
from desktop.simulator.player import Performance, play
from desktop.simulator.process import Orders, SimulatorProcess
from desktop.simulator.recording import script_of
from desktop.simulator.script import Channel, Faults, Script, ScriptedChange
from desktop.sources.audio_connector import AudioConnectorSource
from desktop.sources.audio_connector_config import AudioConnectorConfig
from tests.support.tokens import FixedToken

CALLS = Path(__file__).parents[2] / "resources" / "calls"


@contextlib.asynccontextmanager
async def listened() -> AsyncIterator[tuple[AudioConnectorGateway, list[SourceEvent]]]:
    heard: list[SourceEvent] = []
    gateway = AudioConnectorGateway(GatewayConfig(access_token="t"))
    source = AudioConnectorSource(AudioConnectorConfig("s", await gateway.start()), FixedToken())
    async with asyncio.TaskGroup() as group:
        running = group.create_task(source.run(heard.append), name="source")
        await gateway.subscribed()
        yield gateway, heard
        running.cancel()
    await gateway.close()


async def ended(heard: list[SourceEvent]) -> None:
    async with asyncio.timeout(30):
        while not any(isinstance(e, CallEnded) for e in heard):
            await asyncio.sleep(0.02)


def short(seconds: float = 2.0, **faults: object) -> Script:
    whole = load_script(CALLS / "happy-order.toml")
    channels = tuple(
        Channel(c.party, c.packets[: int(seconds * 1000 / c.frame_ms)], c.frame_ms) for c in whole.channels
    )
    return replace(whole, channels=channels, changes=(), faults=Faults(**faults))  # type: ignore[arg-type]


def frames(heard: list[SourceEvent], party: Party) -> list[int]:
    found = [e.frame for e in heard if isinstance(e, AudioArrived) and e.frame.party is party]
    return [f.seq for f in found if f.seq is not None]


async def test_every_packet_arrives_once_and_in_order() -> None:
    async with listened() as (gateway, heard):
        script = short()
        await play(script, Performance("c", speed=4.0), gateway)
        await ended(heard)
    for channel in script.channels:
        assert frames(heard, channel.party) == list(range(len(channel.packets)))
    facts = [e.facts for e in heard if isinstance(e, FactsLearned)]
    assert facts[0].agent_name == script.facts.agent_name


async def test_loss_swaps_and_duplicates_are_seeded() -> None:
    async def once(seed: int) -> list[int]:
        async with listened() as (gateway, heard):
            script = short(lost_percent=10.0, reordered_percent=10.0, duplicated_percent=10.0)
            await play(script, Performance("c", speed=10.0, seed=seed), gateway)
            await ended(heard)
        return frames(heard, Party.CUSTOMER)

    first, again, other = await once(1), await once(1), await once(2)
    assert first == again != other
    assert len(set(first)) < 100
    assert any(b < a for a, b in itertools.pairwise(first))
    assert len(first) > len(set(first))


async def test_fragments_are_joined_on_the_other_side() -> None:
    async with listened() as (gateway, heard):
        await play(short(fragments=True), Performance("c", speed=4.0), gateway)
        await ended(heard)
    pieces = [e.fragments for e in heard if isinstance(e, AudioArrived)]
    assert max(pieces) > 1
    assert frames(heard, Party.AGENT) == list(range(100))


async def test_late_metadata_is_late() -> None:
    async with listened() as (gateway, heard):
        await play(short(late_metadata_ms=1000), Performance("c", speed=4.0), gateway)
        await ended(heard)
    kinds = [type(e) for e in heard if isinstance(e, AudioArrived | FactsLearned)]
    assert kinds[0] is AudioArrived
    assert FactsLearned in kinds


async def test_a_dropped_line_just_stops() -> None:
    async with listened() as (gateway, heard):
        await play(short(drop_at_ms=1000), Performance("c", speed=100.0), gateway)
        before = len(frames(heard, Party.AGENT))
        assert before <= 50
        assert not any(isinstance(e, CallEnded) for e in heard)
        await ended(heard)  # the platform's own clean-up, late


async def test_a_transfer_tells_the_new_agent() -> None:
    async with listened() as (gateway, heard):
        change = ScriptedChange(500, CallFacts(agent_name="Lee", stage=CallStage.TRANSFER))
        await play(replace(short(), changes=(change,)), Performance("c", speed=4.0), gateway)
        await ended(heard)
    last = [e.facts for e in heard if isinstance(e, FactsLearned)][-1]
    assert (last.agent_name, last.stage) == ("Lee", CallStage.TRANSFER)
    assert last.queue_name


def test_the_deck_is_seeded_and_opens_with_what_matters() -> None:
    scripts = load_scripts(CALLS)
    names = [s.name for s in itertools.islice(deck(scripts, 3), 60)]
    assert names == [s.name for s in itertools.islice(deck(scripts, 3), 60)]
    assert tuple(names[: len(FIRST)]) == FIRST
    assert set(names[: len(scripts)]) == {s.name for s in scripts}


async def test_a_floor_keeps_as_many_calls_as_wanted() -> None:
    async with listened() as (gateway, heard), asyncio.TaskGroup() as group:
        floor = group.create_task(run_floor(gateway, [short(4.0)], calls=5, seed=1, speed=10.0), name="floor")
        async with asyncio.timeout(30):
            while sum(isinstance(e, CallEnded) for e in heard) < 8:
                await asyncio.sleep(0.02)
        floor.cancel()
    assert len({e.call for e in heard if isinstance(e, FactsLearned)}) >= 8


def test_recordings_become_calls(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "two.wav", np.zeros((8000, 2), np.int16), 8000)
    soundfile.write(tmp_path / "one.wav", np.zeros(8000, np.int16), 8000)
    two, one = script_of(tmp_path / "two.wav"), script_of(tmp_path / "one.wav")
    assert [c.party for c in two.channels] == [Party.CUSTOMER, Party.AGENT]
    assert [c.party for c in one.channels] == [Party.MIXED]
    assert one.duration_ms == 1000


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match="scripted calls"):
        load_scripts(tmp_path)


async def test_the_process_serves_and_ends_with_its_context() -> None:
    async with SimulatorProcess(Orders(CALLS, calls=1)) as simulator:
        assert simulator.base_url.startswith("http://127.0.0.1:")
        process = simulator._process
    assert process is not None
    assert not process.is_alive()


async def test_the_process_says_why_it_cannot_start(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="no such file"):
        async with SimulatorProcess(Orders(CALLS, files=(tmp_path / "none.wav",))):
            pass
