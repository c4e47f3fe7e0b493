"""Whoever brings calls (AudioHook, the HTTPS ingest) on one side, consoles by document A's interface on the other.

A call is offered to consoles once somebody brings its sound; who it belongs to is learned from the live list, before or
after. While no console hears a call, or it waits, its stream is paused where the platform allows: minutes cost.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import assert_never

from desktop.domain.events import (
    AudioArrived,
    AudioGap,
    CallEnded,
    FactsLearned,
    LinkChanged,
    LinkFound,
    LinkMeasured,
    PauseChanged,
    PauseReason,
    PeerComplaint,
    ReadingArrived,
    ReadingMissing,
    SourceEvent,
    WordsArrived,
)
from desktop.domain.facts import CallFacts
from desktop.gateway.audio_connector import AudioConnectorGateway
from desktop.gateway.config import InteractionInfo
from desktop.gateway.transcode import Packet, Transcoder
from desktop.protocols.audiohook_waits import Waits

LABELS_KEPT = 5_000
"""Calls of the live list whose sound nobody brings; the oldest labels go first."""

Watch = Callable[[str, bool], None]
"""(conversation, whether its sound is wanted now)."""


class Bridge:
    """`streams` names the links that bring sound; all others only label. `watch` and `talking` may be set later."""

    def __init__(
        self, gateway: AudioConnectorGateway, streams: frozenset[str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._gateway, self._clock = gateway, clock
        self._waits = Waits()
        self._streams = streams
        self._labels: OrderedDict[str, CallFacts] = OrderedDict()
        self._live: dict[str, CallFacts] = {}
        self._transcoder = Transcoder(self._send)
        self.watch: Watch = lambda call, on: None
        self.talking: Watch = lambda call, on: None
        self.complaints = 0

    @property
    def live(self) -> int:
        """Calls that consoles may hear now."""
        return len(self._live)

    @property
    def dropped(self) -> int:
        """Frames that came faster than they could be encoded."""
        return self._transcoder.dropped

    def deliver(self, event: SourceEvent) -> None:
        """Something that a source handed over."""
        if isinstance(event, FactsLearned | CallEnded | LinkChanged) and event.link not in self._streams:
            self._waits.hear(event, self._clock())
        match event:
            case FactsLearned(link, call, facts):
                self._facts(link, call, facts)
            case AudioArrived(frame):
                if frame.call not in self._live:
                    self._offer(frame.call, CallFacts())
                self._transcoder.feed(frame)
            case CallEnded(link, call, reason):
                if link in self._streams:
                    self._over(call, reason)
                else:
                    self._labels.pop(call, None)
            case PauseChanged(_, call, paused, why):
                self._paused(call, paused, why)
            case PeerComplaint():
                self.complaints += 1
            case AudioGap() | LinkChanged() | LinkMeasured() | LinkFound() | WordsArrived():
                pass
            case ReadingArrived() | ReadingMissing():
                pass
            case _:  # pragma: no cover
                assert_never(event)

    def tick(self) -> None:
        """About once a second: pause what nobody hears, let the rest go on."""
        for call, talks in self._waits.due(self._clock()):
            self.talking(call, talks)
        for call in self._live:
            self.watch(call, self._gateway.watched(call))

    def close(self) -> None:
        """Nothing more is sent; calls go on elsewhere, so consoles are not told that they ended."""
        self._live.clear()
        self._transcoder.close()

    def _facts(self, link: str, call: str, facts: CallFacts) -> None:
        if call in self._live:
            merged = self._live[call].updated_by(facts)
            if merged != self._live[call]:
                self._live[call] = merged
                self._gateway.update(InteractionInfo(call, merged))
            return
        if link in self._streams:
            self._offer(call, facts)
            return
        self._labels.pop(call, None)
        self._labels[call] = facts
        if len(self._labels) > LABELS_KEPT:
            self._labels.popitem(last=False)

    def _offer(self, call: str, facts: CallFacts) -> None:
        labels = self._labels.pop(call, None)
        known = facts if labels is None else facts.updated_by(labels)
        self._gateway.announce(InteractionInfo(call, known))  # ValueError for an id that consoles can't be told
        self._live[call] = known

    def _over(self, call: str, reason: str) -> None:
        if self._live.pop(call, None) is not None:
            self._transcoder.forget(call)
            self._gateway.end(call, reason)

    def _paused(self, call: str, paused: bool, why: PauseReason) -> None:
        if call in self._live:
            if why is PauseReason.PRIVACY:
                self._transcoder.silence(call, paused)
            self._gateway.pause(call, paused, why)

    def _send(self, packet: Packet) -> None:
        self._gateway.send_frame(packet.call, packet.party, packet.seq, packet.captured_ms, packet.payload)
