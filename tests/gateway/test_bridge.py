"""From whoever brings sound to consoles: labels, pauses, privacy, holds, and the time line of what is passed on."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable

import numpy as np
import pytest

from desktop.audio.g711 import mu_law
from desktop.audio.opus import OpusEncoder, packet_ms
from desktop.domain.events import (
    AudioArrived,
    CallEnded,
    FactsLearned,
    LinkChanged,
    LinkState,
    PauseChanged,
    PauseReason,
)
from desktop.domain.facts import CallFacts, CallStage
from desktop.domain.media import Codec, EncodedFrame, Party
from desktop.gateway.audio_connector import AudioConnectorGateway
from desktop.gateway.bridge import Bridge
from desktop.gateway.config import GatewayConfig
from desktop.gateway.transcode import MAX_WAITING, Packet, Transcoder
from desktop.protocols.audiohook_waits import SETTLE_S

DANA = CallFacts("inbound", "Dana", "agent-dana", "Billing", "queue-billing")
HOOK, LIST = "AudioHook", "Live list"


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not happened():
            await asyncio.sleep(0.005)


def pcmu(call: str, nth: int, ms: int = 100) -> AudioArrived:
    tone = (np.sin(np.arange(ms * 8) / 5) * 9_000).astype(np.int16)
    return AudioArrived(
        EncodedFrame(HOOK, call, Party.CUSTOMER, Codec.PCMU, nth, 1_000_000 + nth * ms, mu_law(tone), 0)
    )


def opus(nth: int, ms: int) -> EncodedFrame:
    payload = OpusEncoder().encode(np.zeros(ms * 16, np.int16))
    return EncodedFrame(HOOK, "c1", Party.AGENT, Codec.OPUS, nth, 1_000_000 + nth * ms, payload, 0)


async def test_pcmu_becomes_opus_in_order_on_one_time_line() -> None:
    sent: list[Packet] = []
    transcoder = Transcoder(sent.append)
    for nth in range(20):
        transcoder.feed(pcmu("c1", nth).frame)
        await asyncio.sleep(0)
    await until(lambda: len(sent) >= 98)
    assert [packet.seq for packet in sent] == list(range(len(sent)))
    assert all(packet_ms(packet.payload) == 20 for packet in sent)
    steps = {after.captured_ms - before.captured_ms for before, after in itertools.pairwise(sent)}
    assert steps == {20}
    transcoder.close()


@pytest.mark.parametrize("ms", [10, 20, 60])
async def test_opus_keeps_its_own_duration(ms: int) -> None:
    sent: list[Packet] = []
    transcoder = Transcoder(sent.append)
    for nth in range(10):
        transcoder.feed(opus(nth, ms))
    await until(lambda: len(sent) == 10)
    assert [packet.captured_ms for packet in sent] == [1_000_000 + nth * ms for nth in range(10)]
    transcoder.close()


async def test_what_comes_faster_than_it_can_be_encoded_is_dropped_and_counted() -> None:
    transcoder = Transcoder(lambda packet: None)
    for nth in range(MAX_WAITING + 30):
        transcoder.feed(pcmu("c1", nth).frame)
    assert transcoder.dropped > 0
    transcoder.forget("c1")
    transcoder.close()


async def test_a_packet_that_cannot_be_encoded_costs_itself() -> None:
    sent: list[Packet] = []
    transcoder = Transcoder(sent.append, threads=1)
    broken = pcmu("c1", 0).frame._replace(payload=None)  # type: ignore[arg-type]
    transcoder.feed(broken)
    await until(lambda: transcoder.dropped == 1)
    for nth in range(1, 4):
        transcoder.feed(pcmu("c1", nth).frame)
    await until(lambda: bool(sent))
    transcoder.close()


def bridge() -> tuple[Bridge, AudioConnectorGateway]:
    gateway = AudioConnectorGateway(GatewayConfig(access_token="t"))
    return Bridge(gateway, frozenset({HOOK})), gateway


async def test_labels_learned_before_and_after_the_sound() -> None:
    made, gateway = bridge()
    made.deliver(FactsLearned(LIST, "c1", DANA))
    assert made.live == 0  # nobody brings its sound
    made.deliver(FactsLearned(HOOK, "c1", CallFacts()))
    assert gateway._floor["c1"].facts.agent_name == "Dana"
    made.deliver(FactsLearned(LIST, "c1", CallFacts("inbound", "Lee", "agent-lee", "Billing", "queue-billing")))
    assert gateway._floor["c1"].facts.agent_name == "Lee"  # transferred
    made.deliver(CallEnded(HOOK, "c1"))
    assert made.live == 0
    made.close()


async def test_an_id_that_consoles_cannot_be_told_is_refused_and_leaves_nothing_behind() -> None:
    made, _ = bridge()
    with pytest.raises(ValueError, match="interaction_id"):
        made.deliver(FactsLearned(HOOK, "x" * 200, DANA))
    assert made.live == 0
    made.deliver(FactsLearned(LIST, "x" * 200, DANA))
    made.close()


async def test_privacy_lets_nothing_out_that_was_waiting_and_outlasts_a_pause_for_saving() -> None:
    made, gateway = bridge()
    made.deliver(FactsLearned(HOOK, "c1", DANA))
    for nth in range(10):
        made.deliver(pcmu("c1", nth))
    made.deliver(PauseChanged(HOOK, "c1", True, PauseReason.PRIVACY))
    before = gateway.stats.frames_published
    made.deliver(pcmu("c1", 11))
    await asyncio.sleep(0.3)
    assert gateway.stats.frames_published == before
    made.deliver(PauseChanged(HOOK, "c1", True, PauseReason.SAVING))
    made.deliver(PauseChanged(HOOK, "c1", False, PauseReason.SAVING))
    assert list(gateway._floor["c1"].pauses) == ["privacy"]  # who joins now is told
    made.deliver(PauseChanged(HOOK, "c1", False, PauseReason.PRIVACY))
    made.deliver(pcmu("c1", 12))
    await until(lambda: gateway.stats.frames_published > before)
    made.close()


@pytest.mark.parametrize("lost", [CallEnded(LIST, "c1"), LinkChanged(LIST, "", LinkState.RETRYING)])
async def test_a_hold_whose_end_nobody_would_tell_does_not_silence_the_call(lost: CallEnded | LinkChanged) -> None:
    now = [100.0]
    made = Bridge(AudioConnectorGateway(GatewayConfig(access_token="t")), frozenset({HOOK}), lambda: now[0])
    talking: list[tuple[str, bool]] = []
    made.talking = lambda call, on: talking.append((call, on))
    made.deliver(FactsLearned(HOOK, "c1", DANA))
    made.deliver(FactsLearned(LIST, "c1", CallFacts(stage=CallStage.HOLD)))
    made.tick()
    assert talking == []  # a hold of a moment pauses nothing
    now[0] += SETTLE_S
    made.tick()
    made.deliver(FactsLearned(HOOK, "c1", CallFacts(stage=CallStage.UNTOLD)))  # whoever brings sound knows no stage
    made.deliver(LinkChanged(HOOK, "", LinkState.RETRYING))
    made.tick()
    assert made._live["c1"].stage is CallStage.HOLD
    made.deliver(lost)
    made.tick()
    assert talking == [("c1", False), ("c1", True)]
    made.close()
