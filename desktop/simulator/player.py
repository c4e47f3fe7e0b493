"""Plays one scripted call through a gateway in real time (or faster), faults included."""

from __future__ import annotations

import asyncio
import heapq
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from desktop.domain.media import Party
from desktop.gateway.audio_connector import AudioConnectorGateway
from desktop.gateway.config import InteractionInfo
from desktop.simulator.audience import Audience
from desktop.simulator.script import Script, Turn

NAP_S = 0.02  # packets are sent in bursts of what fell due meanwhile, as a media server does
FRAGMENT_PAYLOAD = 24  # bytes beside the header, where a script wants fragments
GONE_S = 90.0  # how long the platform still lists a line that went dead


@dataclass(frozen=True, slots=True)
class Performance:
    """How to play: under which id, from where in the script, how fast."""

    call: str
    offset_ms: float = 0.0
    speed: float = 1.0
    seed: int = 0


class _Moment(NamedTuple):
    at_ms: float
    channel: int  # -1: a change of facts, -2: the late metadata, -3: a turn is finished
    nth: int


async def play(
    script: Script, how: Performance, gateway: AudioConnectorGateway, audiences: Sequence[Audience] = ()
) -> None:
    """Play to the end, or until cancelled, and end the call on the gateway and for every audience.

    A script that drops sends nothing more from there: the platform forgets the call silently and late.
    """
    stage = _Stage(script, how, gateway, audiences)
    stage.enter()
    dropped = False
    try:
        dropped = await stage.perform()
    finally:
        if dropped:
            asyncio.get_running_loop().call_later(GONE_S / how.speed, stage.leave)
        else:
            stage.leave()


class _Stage:
    def __init__(
        self, script: Script, how: Performance, gateway: AudioConnectorGateway, audiences: Sequence[Audience]
    ) -> None:
        self._script, self._how, self._gateway, self._audiences = script, how, gateway, audiences
        self._epoch_ms = time.time_ns() // 1_000_000 - round(how.offset_ms)
        self._facts = replace(script.facts, started_at_ms=self._epoch_ms)
        for change in script.changes:
            if change.at_ms <= how.offset_ms:
                self._facts = self._facts.updated_by(change.facts)
        self._chance = random.Random(how.seed)
        self._delayed: dict[int, tuple[int, bytes]] = {}  # channel -> the packet that lets its successor pass

    def enter(self) -> None:
        """The platform learns of the call."""
        faults = self._script.faults
        self._gateway.announce(
            InteractionInfo(self._how.call, self._facts),
            withhold_metadata=faults.late_metadata_ms > 0,
            hide_from_lookup=faults.late_metadata_ms > 0,
        )
        if not faults.late_metadata_ms:
            self._introduce()

    def _introduce(self) -> None:
        for audience in self._audiences:
            audience.appeared(self._how.call, self._facts, _now_ms())

    def leave(self) -> None:
        """The call is over."""
        self._gateway.end(self._how.call)
        for audience in self._audiences:
            audience.ended(self._how.call, _now_ms())

    async def perform(self) -> bool:
        """Send everything when it is due; True when the line went dead."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        drop_ms = self._script.faults.drop_at_ms
        for moment in self._moments():
            if drop_ms is not None and moment.at_ms >= drop_ms:
                return True
            wait_s = (moment.at_ms - self._how.offset_ms) / 1000 / self._how.speed - (loop.time() - started)
            if wait_s > 0:
                await asyncio.sleep(max(wait_s, NAP_S))
            self._do(moment)
        return False

    def _moments(self) -> Iterator[_Moment]:
        streams = [_at_frames(c.frame_ms, len(c.packets), n) for n, c in enumerate(self._script.channels)]
        streams.append(iter([_Moment(c.at_ms, -1, i) for i, c in enumerate(self._script.changes)]))
        if self._audiences:
            streams.append(iter([_Moment(t.end_ms, -3, i) for i, t in enumerate(_by_end(self._script.turns))]))
        if late := self._script.faults.late_metadata_ms:
            streams.append(iter([_Moment(self._how.offset_ms + late, -2, 0)]))
        return (m for m in heapq.merge(*streams) if m.at_ms >= self._how.offset_ms)

    def _do(self, moment: _Moment) -> None:
        if moment.channel == -1:
            self._facts = self._facts.updated_by(self._script.changes[moment.nth].facts)
            self._gateway.update(InteractionInfo(self._how.call, self._facts))
            for audience in self._audiences:
                audience.changed(self._how.call, self._facts, _now_ms())
        elif moment.channel == -2:
            self._gateway.reveal(self._how.call)
            self._introduce()
        elif moment.channel == -3:
            for audience in self._audiences:
                audience.spoke(self._how.call, _by_end(self._script.turns)[moment.nth], _now_ms())
        else:
            self._packet(moment.channel, moment.nth)

    def _packet(self, number: int, index: int) -> None:
        faults, channel = self._script.faults, self._script.channels[number]
        payload = channel.packets[index]
        if self._happens(faults.lost_percent):
            return
        if self._happens(faults.reordered_percent) and number not in self._delayed:
            self._delayed[number] = (index, payload)
            return
        self._send(channel.party, channel.frame_ms, index, payload)
        if self._happens(faults.duplicated_percent):
            self._send(channel.party, channel.frame_ms, index, payload)
        if (late := self._delayed.pop(number, None)) is not None:
            self._send(channel.party, channel.frame_ms, *late)

    def _send(self, party: Party, frame_ms: float, index: int, payload: bytes) -> None:
        limit = 21 + len(self._how.call) + FRAGMENT_PAYLOAD if self._script.faults.fragments else None
        captured = self._epoch_ms + round(index * frame_ms)
        self._gateway.send_frame(self._how.call, party, index, captured, payload, max_message_bytes=limit)

    def _happens(self, percent: float) -> bool:
        return percent > 0 and self._chance.random() * 100 < percent


def _by_end(turns: Sequence[Turn]) -> list[Turn]:
    return sorted(turns, key=lambda turn: turn.end_ms)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _at_frames(frame_ms: float, count: int, channel: int) -> Iterator[_Moment]:
    for index in range(count):
        yield _Moment(index * frame_ms, channel, index)
