"""The whole walk on real sockets, real Opus and the real recogniser, with things breaking on the way."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import signal
import time
import weakref

import numpy as np
import pytest

from desktop.app.catalog import RecogniserChoice
from desktop.audio.opus import OpusEncoder
from desktop.calls import machine
from desktop.calls.machine import CallMachine
from desktop.dashboard.call_view import CallView
from desktop.dashboard.state import FloorState
from desktop.domain.events import LinkState
from desktop.domain.facts import CallFacts, CallPhase
from desktop.domain.media import Party
from desktop.domain.ports import Deliver
from desktop.domain.speech import Segment
from desktop.engine.slot import STUCK_AFTER
from desktop.gateway.config import InteractionInfo
from desktop.protocols.audio_frame import AudioFrame, pack
from desktop.settings.model import Recognition
from desktop.simulator.library import load_script
from desktop.simulator.player import Performance, play
from tests.engine.floor import CALLS, Floor, live_floor
from tests.engine.slow import LOADS_S, make_no_recogniser, make_slow_recogniser

pytestmark = pytest.mark.timeout(300)


def start(floor: Floor, script: str, call: str = "call-1", speed: float = 2.0) -> asyncio.Task[None]:
    how = Performance(call, speed=speed)
    return floor.group.create_task(play(load_script(CALLS / f"{script}.toml"), how, floor.gateway), name=call)


def said(view: CallView) -> str:
    return " ".join(segment.text for segment in view.segments)


async def test_a_call_walks_from_socket_to_words_to_alert() -> None:
    async with live_floor(use=None) as floor:

        async def call_again_and_again() -> None:
            """A machine that has other things to do may be too late for the first words."""
            for number in range(1, 5):
                await start(floor, "legal-threat", f"call-{number}", speed=1.0)

        def understood(state: FloorState) -> list[CallView]:
            return [view for view in state.calls.values() if view.hits and view.lanes and "lawyer" in said(view)]

        playing = floor.group.create_task(call_again_and_again(), name="calls")
        state = await floor.until(lambda s: s.unseen_alerts > 0 and s.readings > 0 and bool(understood(s)))
        view = understood(state)[-1]
        assert view.facts.agent_name
        assert view.dynamics is not None
        alert = next(a for a in state.alerts.values() if a.severity.value == "critical")
        assert "lawyer" not in alert.headline.lower()  # an alert's words are the rule's, not the caller's
        counts = floor.engine.meters.counts
        assert counts["segments.final"] > 0
        assert counts["frames.corrupt"] == 0
        assert floor.engine.meters.decode.at(50) is not None
        trace = view.segments[0].trace
        assert 0 < trace.received <= trace.decoded <= trace.recognised <= trace.scored
        playing.cancel()


async def test_a_killed_worker_is_replaced_and_its_call_goes_on() -> None:
    async with live_floor(use=None) as floor:
        playing = start(floor, "rising-anger", speed=1.0)
        state = await floor.until(lambda s: s.segments_final >= 2 and bool(s.calls["call-1"].partials))
        before = state.calls["call-1"].position_ms
        slot = floor.engine.hub.pool.slots[0]
        victim = slot.pid
        assert victim is not None
        os.kill(victim, signal.SIGKILL)
        state = await floor.until(
            lambda s: any(seg.start_ms > before + 2_000 and seg.is_final for seg in s.calls["call-1"].segments)
        )
        assert slot.pid != victim
        assert floor.engine.hub.pool.restarts == 1
        view = state.calls["call-1"]
        assert any(gap.reason == "recogniser restarted" for gap in view.gaps)
        assert state.health is not None
        assert state.health.worker_restarts == 1
        numbers = [(s.party, s.segment_id) for s in view.segments]
        assert len(numbers) == len(set(numbers))  # nothing is taken for a revision of something older
        playing.cancel()


async def test_a_worker_that_hangs_is_replaced_and_its_call_goes_on() -> None:
    async with live_floor() as floor:
        playing = start(floor, "rising-anger", speed=1.0)
        await floor.until(lambda s: s.segments_final >= 1)
        slot = floor.engine.hub.pool.slots[0]
        assert slot.pid is not None
        os.kill(slot.pid, signal.SIGSTOP)  # what a decoder that never returns looks like from here
        for _ in range(STUCK_AFTER + 1):
            floor.engine.hub.pool.tick()
        state = await floor.until(lambda s: s.health is not None and s.health.worker_restarts == 1)
        heard = state.segments_final
        state = await floor.until(lambda s: s.segments_final > heard)
        assert "recogniser restarted" in {gap.reason for gap in state.calls["call-1"].gaps}
        playing.cancel()


async def test_another_engine_takes_over_and_the_call_goes_on() -> None:
    async with live_floor() as floor:
        playing = start(floor, "rising-anger", speed=1.0)
        state = await floor.until(lambda s: s.segments_final >= 1)
        before, pool = state.calls["call-1"].position_ms, floor.engine.hub.pool
        first = pool.slots[0].pid
        pool.use(RecogniserChoice(Recognition(model="stock")))
        state = await floor.until(
            lambda s: any(seg.start_ms > before + 2_000 and seg.is_final for seg in s.calls["call-1"].segments)
        )
        assert pool.slots[0].pid != first
        assert pool.restarts == 0  # nothing went wrong
        assert not state.calls["call-1"].over
        playing.cancel()


async def test_a_cut_socket_comes_back_and_the_call_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with live_floor() as floor:
        playing = start(floor, "rising-anger", speed=1.0)
        await floor.until(lambda s: s.segments_final >= 1)
        await floor.gateway.drop_connections()
        await floor.until(lambda s: any(link.state is LinkState.RETRYING for link in s.links.values()))
        state = await floor.until(lambda s: all(link.state is LinkState.LIVE for link in s.links.values()))
        heard = state.segments_final
        state = await floor.until(lambda s: s.segments_final > heard)
        assert floor.engine.meters.counts["reconnects"] >= 1
        assert not state.calls["call-1"].over
        assert state.calls["call-1"].lost_ms > 0  # what was not heard is on record
        playing.cancel()


async def test_while_nobody_is_heard_calls_say_so_and_alerts_stay_open(monkeypatch: pytest.MonkeyPatch) -> None:
    async with live_floor(use=None) as floor:
        playing = start(floor, "legal-threat", speed=1.0)
        await floor.until(lambda s: s.unseen_alerts > 0)
        floor.gateway.deny_discovery(503, retry_after=3.0)
        ticks: list[int] = []

        def ticked(now_ms: int) -> list[object]:
            ticks.append(now_ms)
            return []

        monkeypatch.setattr(floor.engine.hub._desk, "tick", ticked)
        await floor.gateway.drop_connections()
        state = await floor.until(lambda s: not s.calls["call-1"].connected)
        ticks.clear()
        await asyncio.sleep(1.5)
        assert ticks == []
        assert state.unseen_alerts > 0
        await floor.until(lambda s: s.calls["call-1"].connected)
        playing.cancel()


async def test_a_thousand_random_and_truncated_frames_cost_only_themselves() -> None:
    async with live_floor() as floor:
        playing = start(floor, "legal-threat", speed=1.0)
        await floor.until(lambda s: len(s.live) == 1)
        chance = random.Random(5)
        good = pack(AudioFrame("call-1", Party.CUSTOMER, 1 << 31, 10**12, bytes(chance.randbytes(80))))
        for number in range(1000):
            noise = chance.randbytes(chance.randrange(1, 120))
            floor.gateway.send_raw(good[: chance.randrange(4, len(good))] if number % 2 else b"STAF" + noise)
            if number % 100 == 0:
                await asyncio.sleep(0.01)
        state = await floor.until(lambda s: s.segments_final >= 2)
        counted = sum(state.complaints.values()) + floor.engine.meters.counts["frames.corrupt"]
        assert counted >= 900
        assert len(state.live) == 1
        assert all(link.state is LinkState.LIVE for link in state.links.values())
        playing.cancel()


async def test_late_metadata_labels_what_was_already_said() -> None:
    async with live_floor() as floor:
        playing = start(floor, "late-metadata", speed=1.0)
        state = await floor.until(lambda s: "call-1" in s.calls and s.calls["call-1"].phase is CallPhase.LIVE)
        assert not state.calls["call-1"].facts.labelled
        state = await floor.until(lambda s: s.calls["call-1"].facts.labelled)
        assert len(state.calls) == 1
        playing.cancel()


async def test_an_unannounced_call_is_looked_up_over_rest() -> None:
    async with live_floor() as floor:
        script = load_script(CALLS / "happy-order.toml")
        info = InteractionInfo("call-9", script.facts)
        floor.gateway.announce(info, withhold_metadata=True)
        for seq, packet in enumerate(script.channels[0].packets[:100]):
            floor.gateway.send_frame("call-9", Party.CUSTOMER, seq, 10**12 + seq * 20, packet)
        state = await floor.until(lambda s: "call-9" in s.calls and s.calls["call-9"].facts.labelled)
        assert state.calls["call-9"].facts.agent_name == script.facts.agent_name


async def test_everything_of_an_ended_call_is_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "LINGER_S", 0.3)
    gc.collect()
    of_other_tests = [o for o in gc.get_objects() if isinstance(o, CallMachine)]
    async with live_floor() as floor:
        hub = floor.engine.hub
        script = load_script(CALLS / "happy-order.toml")
        for number in range(20):
            call = f"call-{number}"
            floor.gateway.announce(InteractionInfo(call, CallFacts(agent_name="A")))
            for seq, packet in enumerate(script.channels[0].packets[:50]):
                floor.gateway.send_frame(call, Party.CUSTOMER, seq, 10**12 + seq * 20, packet)
        await floor.until(lambda s: s.calls_seen == 20)
        held = [weakref.ref(m) for m in hub.registry._machines.values()]
        assert len(held) == 20
        assert len(hub.pool) == 20
        for number in range(20):
            floor.gateway.end(f"call-{number}")
        await floor.until(lambda s: s.calls_ended == 20 and len(hub.registry) == 0)
        gc.collect()
        assert [ref() for ref in held if ref() is not None] == []
        left = [o for o in gc.get_objects() if isinstance(o, CallMachine)]
        assert not [o for o in left if all(o is not other for other in of_other_tests)]
        assert len(hub.pool) == 0
        assert all(not slot.calls for slot in hub.pool.slots)
        assert not hub._calls
        assert not hub._timers
        assert not [o for o in gc.get_objects() if isinstance(o, Segment) and o.call in hub.registry]


async def test_a_hundred_calls_leave_the_worker_as_large_as_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "LINGER_S", 0.1)
    async with live_floor(use=None) as floor:
        packets = load_script(CALLS / "happy-order.toml").channels[0].packets[:25]

        async def wave(first: int, count: int) -> float:
            for number in range(first, first + count):
                call = f"call-{number}"
                floor.gateway.announce(InteractionInfo(call, CallFacts(agent_name="A")))
                for seq, packet in enumerate(packets):
                    floor.gateway.send_frame(call, Party.CUSTOMER, seq, 10**12 + seq * 20, packet)
                floor.gateway.end(call)
                await asyncio.sleep(0.01)
            await floor.until(lambda s: s.calls_ended == first + count and len(floor.engine.hub.registry) == 0)
            await asyncio.sleep(0.6)  # two pulses
            return floor.engine.hub.pool.rss_mb[0]

        await floor.until(lambda s: s.health is not None and s.health.ready_workers == 1)
        small = await wave(0, 10)
        large = await wave(10, 100)
        assert large - small < 25  # MB; one leaked call holds more than 0.25


async def test_a_hub_that_ends_leaves_no_process_task_or_timer() -> None:
    before = set(asyncio.all_tasks())
    async with live_floor(workers=2) as floor:
        await floor.until(lambda s: s.health is not None and s.health.ready_workers == 2)
        pids = [slot.pid for slot in floor.engine.hub.pool.slots]
        processes = [slot._process for slot in floor.engine.hub.pool.slots]
    assert [process.exitcode for process in processes if process] == [0, 0]  # asked to go, not shot
    assert set(asyncio.all_tasks()) == before
    deadline = time.monotonic() + 10
    while any(_alive(pid) for pid in pids) and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    assert not any(_alive(pid) for pid in pids)


def _alive(pid: int | None) -> bool:
    assert pid is not None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_silence_is_shown_as_silence_not_as_calm() -> None:
    async with live_floor() as floor:
        floor.gateway.announce(InteractionInfo("quiet", CallFacts(agent_name="A")))
        encoder = OpusEncoder()
        packet = encoder.encode(np.zeros(320, np.int16))
        for seq in range(150):
            floor.gateway.send_frame("quiet", Party.CUSTOMER, seq, 10**12 + seq * 20, packet)
        state = await floor.until(lambda s: "quiet" in s.calls and s.calls["quiet"].position_ms > 2_000)
        view = state.calls["quiet"]
        assert view.dynamics is not None
        assert view.mood is None
        assert not view.segments


async def test_calls_are_listed_while_the_recogniser_loads_and_what_it_missed_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("desktop.app.assembly.RecogniserChoice", lambda _: make_slow_recogniser)
    async with live_floor(use=None) as floor:
        playing = start(floor, "legal-threat", speed=1.0)
        state = await floor.until(lambda s: len(s.live) == 1, patience_s=LOADS_S)
        assert floor.engine.hub.pool.ready == 0
        assert state.health is None or state.health.note
        state = await floor.until(lambda s: s.segments_final >= 2)
        view = state.calls["call-1"]
        assert view.segments[0].start_ms < 2_000 or view.gaps  # older than what is worth hearing late
        assert floor.engine.meters.counts["frames.shed"] == 0
        playing.cancel()


async def test_a_recogniser_that_never_starts_is_said_and_calls_are_still_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("desktop.app.assembly.RecogniserChoice", lambda _: make_no_recogniser)
    async with live_floor(use=None) as floor:
        playing = start(floor, "legal-threat", speed=1.0)
        state = await floor.until(lambda s: s.health is not None and "does not start" in s.health.note)
        assert len(state.live) == 1
        playing.cancel()


async def test_a_failing_insight_costs_its_utterance_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    async with live_floor() as floor:
        desk = floor.engine.hub._desk
        real, failures = desk.segment, 3

        def sometimes(segment: Segment, now_ms: int) -> object:
            nonlocal failures
            if failures:
                failures -= 1
                raise ValueError("words that must not travel")
            return real(segment, now_ms)

        monkeypatch.setattr(desk, "segment", sometimes)
        playing = start(floor, "legal-threat", speed=1.0)
        await floor.until(lambda s: s.segments_final >= 1)
        assert floor.engine.meters.counts["mishaps.ValueError"] == 3
        playing.cancel()


async def test_a_source_that_breaks_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.engine.links.SOURCE_AGAIN_S", 0.1)

    class Fragile:
        name = "fragile"
        runs = 0

        def retry(self) -> None: ...

        async def run(self, deliver: Deliver) -> None:
            self.runs += 1
            if self.runs < 3:
                raise RuntimeError("a bug")
            await asyncio.Event().wait()

    async with live_floor() as floor:
        fragile, hub = Fragile(), floor.engine.hub
        running = floor.group.create_task(hub._links.kept_up(fragile, hub.deliver, hub._contain), name="fragile")
        state = await floor.until(lambda s: fragile.runs == 3)
        assert "RuntimeError" in state.links["fragile"].detail
        assert "a bug" not in state.links["fragile"].detail
        assert state.links["test"].state is LinkState.LIVE
        running.cancel()
