"""Scripted calls over AudioHook: decoded, made narrow, encoded as mu-law, played and heard byte by byte."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.audio.g711 import linear, mu_law
from desktop.domain.media import Party
from desktop.protocols.audiohook_media import duration_of
from desktop.simulator.audiohook_client import duration
from desktop.simulator.audiohook_client_dial import Hook, Tampering
from desktop.simulator.audiohook_client_play import play_script, stream
from desktop.simulator.audiohook_client_sound import interleaved, pcmu_of
from desktop.simulator.library import load_script
from desktop.simulator.script import Channel, Script
from tests.support.audiohook import SECRET, listening

CALLS = Path(__file__).parents[2] / "resources" / "calls"


@pytest.fixture(scope="module")
def script() -> Script:
    return load_script(CALLS / "happy-order.toml")


@pytest.fixture(scope="module")
def sounds(script: Script) -> dict[str, bytes]:
    return pcmu_of(script)


def test_mu_law_is_the_inverse_of_its_table() -> None:
    codes = bytes(range(256))
    back = mu_law(linear(codes))
    assert [code for code in codes if back[code] != code] == [0x7F]  # there are two zeros
    assert back[0x7F] == 0xFF


@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=50))
def test_mu_law_keeps_sounds_within_a_step(samples: list[int]) -> None:
    given_ = np.array(samples, np.int16)
    heard = linear(mu_law(given_)).astype(int)
    assert np.all(np.abs(heard - given_) <= np.maximum(4, np.abs(given_.astype(int)) // 16 + 8))


def test_a_script_becomes_two_narrow_channels(script: Script, sounds: dict[str, bytes]) -> None:
    assert set(sounds) == {"external", "internal"}
    assert len(sounds["external"]) == len(sounds["internal"])
    assert abs(len(sounds["external"]) - script.duration_ms * 8) <= 160
    for sound in sounds.values():
        assert np.abs(linear(sound).astype(float)).mean() > 50  # somebody speaks
    assert interleaved(sounds, ("internal", "external"))[:4] == bytes(
        (sounds["internal"][0], sounds["external"][0], sounds["internal"][1], sounds["external"][1])
    )


def test_a_mixed_recording_is_heard_on_both_channels(script: Script) -> None:
    mixed = Script("m", script.facts, (Channel(Party.MIXED, script.channels[0].packets[:50], 20.0),))
    both = pcmu_of(mixed)
    assert both["external"] == both["internal"]
    assert len(both["external"]) == 8_000


async def test_a_scripted_call_is_heard_byte_by_byte(script: Script, sounds: dict[str, bytes]) -> None:
    async with listening() as place:
        client = await play_script(place.hook(), script, "call-1", seconds=1.0, sounds=sounds)
        assert client.violations == []
        assert client.position > 6_000
        assert place.ear.sound("call-1", Party.CUSTOMER) == sounds["external"][: client.position]
        assert place.ear.sound("call-1", Party.AGENT) == sounds["internal"][: client.position]


async def test_a_whole_short_script_with_its_last_samples(script: Script) -> None:
    short = Script("s", script.facts, tuple(Channel(c.party, c.packets[:17], 20.0) for c in script.channels))
    async with listening() as place:
        client = await play_script(place.hook(), short, "call-1")
        assert client.position == 17 * 160
        assert len(place.ear.sound("call-1", Party.AGENT)) == 17 * 160


async def test_what_is_said_during_our_pause_is_left_out(sounds: dict[str, bytes]) -> None:
    async with listening(start_paused=True) as place:
        client = await place.opened()
        payload = interleaved(sounds, client.channels)
        await stream(client, payload, seconds=0.4, chunk_ms=20)
        assert client.position == 0
        missed = client.missed
        assert missed >= 1_600
        place.listener.watch("call-1", True)
        await client.expect("resume")
        assert client.position == missed
        await stream(client, payload, seconds=0.2, chunk_ms=20)
        await client.close()
        heard = place.ear.sound("call-1", Party.CUSTOMER)
        assert heard == sounds["external"][missed : client.position]
        assert heard


@given(st.integers(0, 80_000_000))
def test_both_sides_write_positions_alike(samples: int) -> None:
    assert float(duration(samples)[2:-1]) == float(duration_of(samples)[2:-1])


def test_the_secret_is_in_no_repr() -> None:
    assert SECRET.decode() not in repr(Hook("wss://x", secret=SECRET)) + repr(Tampering(secret=SECRET))
