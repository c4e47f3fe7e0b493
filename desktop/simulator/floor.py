"""The floor: keeps N scripted calls going at once, seeded, for as long as anyone watches."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Iterator, Sequence

from desktop.gateway.audio_connector import AudioConnectorGateway
from desktop.simulator.audience import Audience
from desktop.simulator.player import Performance, play
from desktop.simulator.script import Script

FIRST = ("rising-anger", "legal-threat", "supervisor-request", "talk-over", "lost-frames", "late-metadata", "transfer")
"""These open every demo, so that whoever looks for a minute has seen what matters; the seed shuffles the rest."""

ARRIVALS_S = 0.4  # between the first calls
PAUSE_S = (1.0, 4.0)  # between a call's end and the next one in its place


def deck(scripts: Sequence[Script], seed: int) -> Iterator[Script]:
    """Scripts without end: the opening ones first, then all of them in shuffled rounds."""
    chance = random.Random(seed)
    by_name = {script.name: script for script in scripts}
    opening = [by_name[name] for name in FIRST if name in by_name]
    rest = [script for script in scripts if script not in opening]
    chance.shuffle(rest)
    yield from opening
    yield from rest
    while True:
        chance.shuffle(rest := list(scripts))
        yield from rest


async def run_floor(
    gateway: AudioConnectorGateway,
    scripts: Sequence[Script],
    *,
    calls: int,
    seed: int,
    speed: float,
    audiences: Sequence[Audience] = (),
) -> None:
    """Play until cancelled. Best begun when the first console is there, so that nobody misses a beginning."""
    cards = deck(scripts, seed)
    async with asyncio.TaskGroup() as group:
        for seat in range(calls):
            playing = _seat(gateway, cards, seat, seed, speed, audiences)
            group.create_task(playing, name=f"seat {seat}")


async def _seat(
    gateway: AudioConnectorGateway,
    cards: Iterator[Script],
    seat: int,
    seed: int,
    speed: float,
    audiences: Sequence[Audience],
) -> None:
    chance = random.Random(f"{seed}/{seat}")
    await asyncio.sleep(seat * ARRIVALS_S / speed)
    while True:
        call = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        await play(next(cards), Performance(call, 0.0, speed, chance.getrandbits(32)), gateway, audiences)
        await asyncio.sleep(chance.uniform(*PAUSE_S) / speed)


async def run_recordings(gateway: AudioConnectorGateway, scripts: Sequence[Script], *, speed: float) -> None:
    """Play each recording once, all at the same time, then keep quiet until cancelled."""
    async with asyncio.TaskGroup() as group:
        for number, script in enumerate(scripts):
            call = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{number}/{script.name}"))
            group.create_task(play(script, Performance(call, 0.0, speed, number), gateway), name=f"recording {number}")
    await asyncio.Event().wait()
