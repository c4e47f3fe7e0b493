"""The conversations of an AudioHook listener: sessions merged, pauses, and when a call is over."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from desktop.domain.events import AudioArrived, CallEnded, FactsLearned, PauseChanged, PauseReason
from desktop.domain.facts import CallFacts, CallStage
from desktop.domain.listener import TranscriptsBack
from desktop.domain.ports import Deliver
from desktop.domain.speech import Segment
from desktop.gateway.audiohook_config import AudioHookConfig, AudioHookStats, CallInfo
from desktop.gateway.audiohook_line import CallLine
from desktop.gateway.audiohook_socket import AudioHookSocket
from desktop.protocols.audiohook import NULL_ID
from desktop.protocols.audiohook_bodies import Open
from desktop.protocols.audiohook_effects import Began, SoundHeard, SoundSkipped
from desktop.protocols.audiohook_entities import transcript_of
from desktop.protocols.audiohook_media import RATE_HZ
from desktop.protocols.audiohook_states import Greeting

PAUSE_REMINDER_S: Final = 20.0
"""A paused call brings no sound; being told so again says that it lives."""
MAX_WISHES: Final = 10_000
"""Calls about which something was said, live or not; beyond it the oldest is forgotten."""
_ENDS = ("end", "disconnect")


@dataclass(slots=True)
class _Live:
    line: CallLine
    sockets: dict[int, AudioHookSocket] = field(default_factory=dict)
    language: str = ""
    private: bool = False
    saving: frozenset[PauseReason] = frozenset()
    told_at_s: float = 0.0
    ending: asyncio.TimerHandle | None = None


class Conversations:
    """By conversation id. `clock` monotonic seconds, `wall_clock` Unix seconds."""

    def __init__(
        self,
        config: AudioHookConfig,
        stats: AudioHookStats,
        deliver: Deliver,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
    ) -> None:
        self._config, self._stats, self._deliver = config, stats, deliver
        self._clock, self._wall_clock = clock, wall_clock
        self._live: dict[str, _Live] = {}
        self._watched: dict[str, bool] = {}
        self._talking: dict[str, bool] = {}

    def infos(self) -> tuple[CallInfo, ...]:
        """All live calls."""
        return tuple(_info(call, live) for call, live in self._live.items())

    def watch(self, call: str, on: bool) -> None:
        """Somebody listens to the call, or nobody does any more: then its sound is not streamed."""
        _keep(self._watched, call, on)
        self._settle(call)

    def talking(self, call: str, on: bool) -> None:
        """False while the caller is in a menu, waits or is on hold: nothing worth paying for is said."""
        _keep(self._talking, call, on)
        self._settle(call)

    def greet(self, open_: Open) -> Greeting:
        """How to answer this `open`."""
        call = open_.conversation_id
        if call == NULL_ID:
            return Greeting(languages=self._config.languages)
        live, discard_to = self._live.get(call), None
        if live is not None and open_.continued_sessions and self._config.discard_replayed:
            discard_to = live.line.heard_to(tuple(session.id for session in open_.continued_sessions))
        return Greeting(self._unwanted(call), discard_to, self._config.languages)

    def began(self, socket: AudioHookSocket, began: Began) -> None:
        """A session of a real call opened."""
        call, now_ms = began.open.conversation_id, round(self._wall_clock() * 1000)
        live = self._live.get(call)
        if live is None:
            epoch_ms = now_ms - began.position * 1000 // RATE_HZ
            line = CallLine(self._config.name, call, epoch_ms, self._config.max_piece_ms)
            live = self._live[call] = _Live(line)
            self._stats.calls += 1
        if live.ending is not None:
            live.ending.cancel()
            live.ending = None
        socket.call = call
        live.sockets[socket.serial] = socket
        live.language = began.open.language or live.language
        parties = () if began.media is None else began.media.parties
        live.line.joined(socket.serial, socket.session_id, parties, began.continues, began.position)
        self._deliver(
            FactsLearned(self._config.name, call, CallFacts(started_at_ms=live.line.epoch_ms, stage=CallStage.UNTOLD))
        )
        self.paused(call)

    def sound(self, socket: AudioHookSocket, heard: SoundHeard, received_ns: int) -> None:
        """Sound of a session."""
        live = self._live[socket.call]
        if live.private:  # another session of the call is paused for privacy
            live.line.skipped(socket.serial, SoundSkipped(heard.start, heard.samples, on_purpose=True))
            return
        before = live.line.replayed
        for event in live.line.sound(socket.serial, heard, self._clock(), received_ns):
            self._stats.frames += isinstance(event, AudioArrived)
            self._deliver(event)
        self._stats.replayed_samples += live.line.replayed - before

    def skipped(self, socket: AudioHookSocket, told: SoundSkipped) -> None:
        """The platform left sound out."""
        for event in self._live[socket.call].line.skipped(socket.serial, told):
            self._deliver(event)

    def language(self, call: str, language: str) -> None:
        """The call goes on in another language."""
        self._live[call].language = language

    def paused(self, call: str, *, remind: bool = False) -> None:
        """Tell what changed: private if any session is, saving if all are, and why. `remind`: again after a while."""
        live, now_s = self._live[call], self._clock()
        pauses = [socket.session.pauses for socket in live.sockets.values()]
        private = any(pause.private for pause in pauses)
        saving = self._reasons(call, live) if pauses and all(pause.saving for pause in pauses) else frozenset()
        due = remind and now_s - live.told_at_s > PAUSE_REMINDER_S
        if private != live.private or (private and due):
            live.private, live.told_at_s = private, now_s
            self._deliver(PauseChanged(self._config.name, call, private, PauseReason.PRIVACY))
        for why in sorted(live.saving | saving, key=lambda why: (why in saving, why.value)):  # what is over first
            if (why in saving) != (why in live.saving) or due:
                live.told_at_s = now_s
                self._deliver(PauseChanged(self._config.name, call, why in saving, why))
        live.saving = saving

    def left(self, socket: AudioHookSocket, reason: str) -> None:
        """A session is over: "end" and "disconnect" end the call with its last session, else it may come back."""
        live = self._live[socket.call]
        del live.sockets[socket.serial]
        live.line.left(socket.serial)
        if live.sockets:
            self.paused(socket.call)
        elif reason in _ENDS:
            self._end(socket.call, "ended")
        else:
            loop = asyncio.get_running_loop()
            live.ending = loop.call_later(self._config.linger_s, self._end, socket.call, "connection lost")

    def transcribed(self, segment: Segment) -> None:
        """Tell the platform what was said, if the set-up wants that."""
        live, wanted = self._live.get(segment.call), self._config.transcripts
        leader = None if live is None else live.line.leader()
        if live is None or leader is None or live.private or wanted is TranscriptsBack.OFF:
            return
        if not segment.is_final and wanted is TranscriptsBack.FINALS:
            return
        socket = live.sockets[leader]
        name = f"{segment.call}/{segment.party.value}/{segment.segment_id}"
        entity = transcript_of(segment, str(uuid.uuid5(uuid.NAMESPACE_OID, name)), live.line.session_ms(leader))
        socket.perform(socket.session.event(entity, final=segment.is_final, now_s=self._clock()))

    def close(self) -> None:
        """Forget everything without ending a call: it goes on elsewhere."""
        for live in self._live.values():
            if live.ending is not None:
                live.ending.cancel()
            for socket in live.sockets.values():  # some outlive this by a moment
                socket.call = ""
        self._live.clear()

    def _end(self, call: str, reason: str) -> None:
        del self._live[call]
        self._watched.pop(call, None)
        self._talking.pop(call, None)
        self._deliver(CallEnded(self._config.name, call, reason))

    def _reasons(self, call: str, live: _Live) -> frozenset[PauseReason]:
        """Why a stream that we hold up is held up; while the platform hasn't resumed it yet, the reason it had."""
        waits, unwatched = not self._talking.get(call, True), not self._watched.get(call, not self._config.start_paused)
        wanted = {PauseReason.WAITING: waits, PauseReason.SAVING: unwatched}
        found = frozenset(why for why, holds in wanted.items() if holds)
        return found or live.saving or frozenset({PauseReason.SAVING})

    def _unwanted(self, call: str) -> bool:
        return not (self._talking.get(call, True) and self._watched.get(call, not self._config.start_paused))

    def _settle(self, call: str) -> None:
        live = self._live.get(call)
        if live is not None:
            now_s, unwanted = self._clock(), self._unwanted(call)
            for socket in tuple(live.sockets.values()):
                socket.perform(socket.session.pause(unwanted, now_s))
            self.paused(call)  # it may still be paused, for another reason


def _keep(wishes: dict[str, bool], call: str, on: bool) -> None:
    wishes.pop(call, None)
    wishes[call] = on
    if len(wishes) > MAX_WISHES:
        del wishes[next(iter(wishes))]


def _info(call: str, live: _Live) -> CallInfo:
    latest = next(reversed(live.sockets.values()), None)
    rtt_s = None if latest is None else latest.session.rtt_s
    return CallInfo(
        call=call,
        language=live.language,
        sessions=len(live.sockets),
        opened_ms=None if latest is None else latest.opened_ms,
        private=live.private,
        saving=bool(live.saving),
        rtt_ms=None if rtt_s is None else rtt_s * 1000,
        drift_samples=0 if latest is None else latest.session.counts.drift,
    )
