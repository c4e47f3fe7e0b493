"""What waits for a console, and the tokens that let one in."""

from __future__ import annotations

import asyncio

from desktop.gateway.outbox import Outbox
from desktop.gateway.passes import Passes


async def drained(outbox: Outbox) -> list[object]:
    items: list[object] = []
    try:
        async with asyncio.timeout(0.02):
            while True:
                items.append(await outbox.take())
    except TimeoutError:
        return items


async def test_order_is_kept() -> None:
    outbox = Outbox(10, 10)
    outbox.put_message("a")
    outbox.put_frame((b"1", b"2"))
    outbox.put_message("b")
    outbox.put_frame((b"3",))
    assert await drained(outbox) == ["a", (b"1", b"2"), "b", (b"3",)]


async def test_a_full_outbox_drops_its_oldest_sound_and_no_message() -> None:
    outbox = Outbox(max_frames=2, max_messages=10)
    for number in range(5):
        outbox.put_message(f"m{number}")
        outbox.put_frame((b"%d" % number,))
    assert outbox.frames_dropped == 3
    assert await drained(outbox) == ["m0", "m1", "m2", "m3", (b"3",), "m4", (b"4",)]


async def test_messages_that_nobody_reads_end_in_an_overflow() -> None:
    outbox = Outbox(max_frames=2, max_messages=2)
    for _ in range(2):
        outbox.put_message("m")
    assert not outbox.overflown
    outbox.put_message("m")
    assert outbox.overflown
    assert await drained(outbox) == ["m", "m"]


async def test_a_waiting_reader_is_woken() -> None:
    outbox = Outbox(2, 2)
    async with asyncio.TaskGroup() as group:
        reader = group.create_task(outbox.take())
        await asyncio.sleep(0)
        outbox.put_frame((b"x",))
    assert reader.result() == (b"x",)


def test_a_token_opens_once_and_in_time() -> None:
    now = 0.0
    passes = Passes(60, lambda: now)
    first, second, third = passes.issue(), passes.issue(), passes.issue()
    assert first
    assert second
    assert third
    assert len({first, second, third}) == 3
    assert passes.redeem(first)
    assert not passes.redeem(first)
    assert not passes.redeem("")
    now = 59.9
    assert passes.redeem(second)
    now = 60.0
    assert not passes.redeem(third)


def test_tokens_that_nobody_uses_are_bounded_and_forgotten() -> None:
    now = 0.0
    passes = Passes(60, lambda: now, max_open=2)
    passes.issue()
    passes.issue()
    assert passes.issue() is None
    now = 60.0
    assert passes.issue() is not None
