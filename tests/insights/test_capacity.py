"""The capacity planner: document C's own figures, and which resource ends first."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.capacity import HearingCost, StreamCost
from desktop.insights.capacity import OVERHEAD, Capacity, Feed, Machine, Measured, Resource, plan

ROOMY = Machine(cores=64, memory_mb=64_000, downlink_mbit=1_000)
HEARING = HearingCost(cpu_per_speech_s=0.1, speech_share=0.8, worker_mb=150.0)
COSTS = Measured(cpu_per_call_s=0.004, call_mb=2.0, base_mb=300.0, hearing=HEARING)


def test_document_c_prerequisites_100_opus_calls_need_7_mbit() -> None:
    assert plan(100, Feed.OPUS, ROOMY, COSTS).bandwidth_mbit == pytest.approx(7.0)
    assert plan(1, Feed.OPUS, ROOMY, COSTS).bandwidth_mbit == pytest.approx(0.064 * OVERHEAD)
    assert plan(100, Feed.OPUS, Machine(64, 64_000, 7.0), COSTS).fits


def test_audiohook_is_two_channels_of_64_kbit() -> None:
    assert plan(100, Feed.AUDIOHOOK, ROOMY, COSTS).bandwidth_mbit == pytest.approx(14.0)
    assert plan(100, Feed.PCMU, ROOMY, COSTS).bandwidth_mbit == pytest.approx(7.0)


def test_processor_workers_and_memory() -> None:
    found = plan(100, Feed.AUDIOHOOK, ROOMY, COSTS)
    assert found.cpu_cores == pytest.approx(8.4)
    assert found.workers == 12  # 8.4 cores at a load of 0.7
    assert found.memory_mb == 300 + 12 * 150 + 100 * 2
    assert found.fits
    assert found.remedy == ""


@pytest.mark.parametrize(
    ("machine", "resource", "most"),
    [
        (Machine(64, 64_000, 1.4), Resource.BANDWIDTH, 10),
        (Machine(2, 64_000, 1_000), Resource.PROCESSOR, 16),
        (Machine(64, 500, 1_000), Resource.MEMORY, 8),
    ],
)
def test_the_limiting_resource_is_named(machine: Machine, resource: Resource, most: int) -> None:
    inside, beyond = plan(most, Feed.AUDIOHOOK, machine, COSTS), plan(most + 1, Feed.AUDIOHOOK, machine, COSTS)
    assert (inside.limited_by, inside.most_calls, inside.fits) == (resource, most, True)
    assert (beyond.limited_by, beyond.most_calls, beyond.fits) == (resource, most, False)
    assert f"from {most + 1} on, {resource.value}" in inside.text
    assert f"{resource.value} runs out after {most}" in beyond.text
    assert beyond.remedy


def test_a_machine_that_bears_nothing() -> None:
    found = plan(1, Feed.OPUS, Machine(1, 100, 10), COSTS)
    assert (found.most_calls, found.fits, found.limited_by) == (0, False, Resource.MEMORY)
    assert "not a single call" not in found.text
    assert "can't take a single call" in found.text


def test_calls_that_are_paused_cost_neither_line_nor_processor() -> None:
    whole, half = (plan(100, Feed.AUDIOHOOK, ROOMY, COSTS, streamed_share=share) for share in (1.0, 0.5))
    assert half.bandwidth_mbit == whole.bandwidth_mbit / 2
    assert half.cpu_cores == whole.cpu_cores / 2


def test_silence_needs_no_processor() -> None:
    silent = Measured(0.0, 2.0, hearing=HearingCost(0.1, 0.0, 150.0))
    found = plan(10, Feed.OPUS, ROOMY, silent)
    assert (found.cpu_cores, found.workers) == (0.0, 1)
    assert found.limited_by is Resource.BANDWIDTH


def test_what_was_measured_is_as_it_was_measured() -> None:
    assert StreamCost(0.1, 0.0, 0.2, 1.0, 24, 70.0, 0).share_cpu == 0.2


@pytest.mark.parametrize(
    "make",
    [
        lambda: Machine(0, 1, 1),
        lambda: Machine(1, math.nan, 1),
        lambda: Measured(0.1, 0),
        lambda: Measured(-0.1, 1),
        lambda: Measured(0.1, 1, -1),
        lambda: HearingCost(0.0, 1, 1),
        lambda: HearingCost(0.1, 1, -1),
        lambda: HearingCost(0.1, 1, 0, -1),
        lambda: HearingCost(0.1, 2.1, 1),
        lambda: StreamCost(0.0, 0, 0, 1, 1, 1, 0),
        lambda: StreamCost(0.1, 0, 0, math.nan, 1, 1, 0),
        lambda: StreamCost(0.1, 0, 0, 1, 0, 1, 0),
        lambda: StreamCost(0.1, 0, 0, 1, 1, 0, 0),
        lambda: StreamCost(0.1, -1, 0, 1, 1, 1, 0),
        lambda: plan(-1, Feed.OPUS, ROOMY, COSTS),
        lambda: plan(1, Feed.OPUS, ROOMY, COSTS, streamed_share=0.0),
    ],
)
def test_numbers_out_of_range_are_named(make) -> None:
    with pytest.raises(ValueError, match=r"\w+: "):
        make()


def test_without_recognition_no_worker_takes_anything() -> None:
    found = plan(100, Feed.AUDIOHOOK, ROOMY, Measured(0.004, 2.0))
    assert (found.workers, found.memory_mb) == (0, 200)
    assert found.cpu_cores == pytest.approx(0.4)


def test_a_line_of_unknown_speed_never_runs_out() -> None:
    found = plan(5_000, Feed.AUDIOHOOK, Machine(64, 64_000, math.inf), Measured(0.004, 2.0))
    assert (found.limited_by, found.most_calls) == (Resource.PROCESSOR, 11_200)


@given(
    st.integers(0, 5_000),
    st.sampled_from(Feed),
    st.floats(1, 128),
    st.floats(100, 1e6),
    st.floats(0.1, 1e4),
    st.floats(0.001, 2),
)
def test_what_is_said_to_fit_does(calls: int, feed: Feed, cores: float, memory: float, line: float, cpu: float) -> None:
    machine = Machine(cores, memory, line)
    costs = Measured(0.001, 2.0, 50.0, HearingCost(cpu, 0.7, 150.0))
    most = plan(calls, feed, machine, costs).most_calls

    def within(found: Capacity) -> bool:
        return (
            found.bandwidth_mbit <= line + 1e-8
            and found.workers <= max(1, math.floor(cores))
            and found.memory_mb <= memory
        )

    assert most == 0 or within(plan(most, feed, machine, costs))
    assert not within(plan(most + 1, feed, machine, costs))
