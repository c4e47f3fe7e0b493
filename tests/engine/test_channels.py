"""What recorders and trunks do to channels, played from real Opus: found out by the worker's part and named."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from desktop.dashboard import sentences
from desktop.dashboard.rows import row
from desktop.domain.channels import ChannelFault
from desktop.domain.media import Codec, EncodedFrame
from desktop.domain.speech import Attention, Segment, SpeechActivity, Trace
from desktop.engine.analyser import CallAnalyser
from desktop.engine.wire import Open
from desktop.insights.channels import ChannelJudge
from desktop.recognition.embedded import EmbeddedConfig, EmbeddedRecogniser
from desktop.simulator.channel_faults import Wiring, rewired
from desktop.simulator.library import load_script
from desktop.simulator.player import Performance, play
from desktop.simulator.script import Script
from tests.engine.floor import CALLS, live_floor

pytestmark = pytest.mark.timeout(300)
SILENCE_COUNTS_MS = 12_000  # the scripted calls are short; tests/insights/test_channels.py has the real bound


@pytest.fixture(scope="module")
def gates() -> Iterator[EmbeddedRecogniser]:
    loaded = EmbeddedRecogniser(EmbeddedConfig(preloaded_decoders=0))
    yield loaded
    loaded.close()


def faults_of(script: Script, gates: EmbeddedRecogniser) -> set[ChannelFault]:
    """Every fault that was named while the call was played, and after it."""
    analyser, judge, named = CallAnalyser(Open("call", 0, "", [], Attention.PRESENCE), gates), ChannelJudge(), set()
    longest = max(len(channel.packets) for channel in script.channels)
    heard_ms = 0
    for n in range(min(longest, 3500)):
        for channel in script.channels:
            if n < len(channel.packets):
                at_ms = round(n * channel.frame_ms)
                frame = EncodedFrame("link", "call", channel.party, Codec.OPUS, n, at_ms, channel.packets[n], 1)
                analyser.push(frame)
        for result in analyser.step():
            assert isinstance(result, SpeechActivity)
            judge.activity(result)
        if n % 12 == 11:
            pulses, _ = analyser.take_pulse()
            heard_ms = max(pulse.position_ms for pulse in pulses)
            if (alike := analyser.take_alike()) is not None:
                judge.alike("call", alike)
            named |= set(judge.judge("call", heard_ms, 0) or ())
    analyser.close()
    judge.ended("call", 0)
    return named | set(judge.judge("call", heard_ms, 9_000) or ())


EXPECTED: dict[Wiring, set[ChannelFault]] = {
    "duplicated": {ChannelFault.SAME_SOUND},
    "one channel": {ChannelFault.AGENT_SILENT},  # with words: ONE_CHANNEL
    "agent dead": {ChannelFault.AGENT_SILENT},
    "customer dead": {ChannelFault.CUSTOMER_SILENT},
    "empty": {ChannelFault.EMPTY},
}


@pytest.mark.parametrize("wiring", EXPECTED)
def test_a_rewired_call_is_found_out(
    wiring: Wiring, gates: EmbeddedRecogniser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.insights.channels.SILENT_WHILE_MS", SILENCE_COUNTS_MS)
    assert faults_of(rewired(load_script(CALLS / "talk-over.toml"), wiring), gates) == EXPECTED[wiring]


@pytest.mark.parametrize("call", ["talk-over", "long-hold", "happy-order"])
def test_an_ordinary_call_has_no_fault(call: str, gates: EmbeddedRecogniser) -> None:
    assert faults_of(load_script(CALLS / f"{call}.toml"), gates) == set()


def test_of_all_scripted_calls_only_swapped_ones_look_swapped() -> None:
    found = 0
    for path in sorted(CALLS.glob("*.toml")):
        script = load_script(path)
        for swapped in (False, True):
            judge = ChannelJudge()
            other = {channel.party: 1 - n for n, channel in enumerate(script.channels)}
            for n, turn in enumerate(script.turns):
                party = script.channels[other[turn.party]].party if swapped else turn.party
                words = " ".join("".join(c for c in turn.text.lower() if c.isalpha() or c in "' ").split())
                judge.words(Segment("call", party, n, 1, words, 0, 1, True, "en-US", 0.9, (), Trace()))
            named = judge.judge("call", 60_000, 0)
            assert named in ((None, (ChannelFault.SWAPPED,)) if swapped else (None,)), script.name
            found += bool(named)
    assert found >= 2


async def test_the_row_says_so_and_makes_no_talk_over_of_it() -> None:
    async with live_floor() as floor:
        script = load_script(CALLS / "talk-over.toml")
        wirings: dict[str, Wiring] = {"both": "duplicated", "none": "empty"}
        for call, wiring in wirings.items():
            floor.group.create_task(
                play(rewired(script, wiring), Performance(call, speed=1.5), floor.gateway), name=call
            )
        state = await floor.until(lambda s: "none" in s.calls and bool(s.calls["none"].channel_faults))
        none = state.calls["none"]
        assert [chip.text for chip in row(none, 0).chips][:2] == ["Empty call: no sound came", "Ended"]
        state = await floor.until(lambda s: bool(s.calls["both"].channel_faults))
        both = state.calls["both"]
        assert "Same sound on both channels" in [chip.text for chip in row(both, 0).chips]
        assert sentences.call_line(both, 0).endswith("Same sound on both channels")
        assert "talking over each other" not in sentences.dynamics(both)
        for task in asyncio.all_tasks():
            if task.get_name() == "both":
                task.cancel()
