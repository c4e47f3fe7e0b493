"""The worker process: one loop that reads orders, hears calls in turn and answers. Qt-free, asyncio-free.

Every call gets one piece of about 100 ms per round, so that a talkative call never starves another.
The process ends when its socket closes: it never outlives the console.
"""

from __future__ import annotations

import contextlib
import gc
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import assert_never

import psutil

from desktop.domain.errors import SidetoneError
from desktop.domain.events import AudioGap
from desktop.domain.load import Spent, Work
from desktop.domain.media import EncodedFrame
from desktop.domain.ports import DistantRecogniser, Recogniser, SpottingRecogniser, notice_of
from desktop.domain.speech import Attention, PhraseHeard, Segment, ServiceAnalysis, SpeechActivity
from desktop.engine.analyser import CallAnalyser, MakeRecogniser
from desktop.engine.wire import (
    PREFIX_BYTES,
    Attend,
    Close,
    Flush,
    Frames,
    FromWorker,
    Heard,
    Open,
    Pulse,
    Ready,
    Refused,
    Stop,
    ToWorker,
    Trouble,
    Watch,
    packed,
    to_worker,
)

PULSE_S = 0.25
IDLE_S = 0.05
STUCK_S = 0.01  # speech waits for a decoder that is busy with somebody who has nothing new to say
NICENESS = 5  # the window comes first
_READ_BYTES = 1 << 20


def worker_main(channel: socket.socket, make_recogniser: MakeRecogniser) -> None:
    """Entry point of the spawned process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the console's to handle
    with contextlib.suppress(psutil.Error, OSError):
        psutil.Process().nice(getattr(psutil, "BELOW_NORMAL_PRIORITY_CLASS", NICENESS))
    started = time.monotonic()
    with channel, contextlib.suppress(BrokenPipeError, ConnectionResetError):
        try:
            recogniser = make_recogniser()
        except SidetoneError as error:
            channel.sendall(packed(Refused(str(error))))
            return
        gc.freeze()
        with contextlib.closing(recogniser):
            _Worker(channel, recogniser).run((time.monotonic() - started) * 1000)


def _push(frame: EncodedFrame, analyser: CallAnalyser) -> None:
    analyser.push(frame)


def _summed(work: list[Work]) -> tuple[Work, ...]:
    """One for each attention that there is."""
    return tuple(
        Work(attention, sum(w.cpu_s for w in some), sum(w.audio_s for w in some), sum(w.speech_s for w in some))
        for attention in (*Attention, None)
        if (some := [w for w in work if w.attention is attention])
    )


class _Worker:
    def __init__(self, channel: socket.socket, recogniser: Recogniser) -> None:
        self._channel = channel
        self._recogniser = recogniser
        self._calls: dict[str, CallAnalyser] = {}
        self._inbox = bytearray()
        self._process = psutil.Process()
        self._stopping = False
        self._idle_s = self._taking_s = 0.0
        self._told_at, self._told_cpu_s = time.monotonic(), time.process_time()

    def run(self, load_ms: float) -> None:
        self._send(Ready(self._recogniser.name, load_ms, notice_of(self._recogniser)))
        pulse_at = 0.0
        moved = True
        while not self._stopping:
            before = sum(call.backlog_ms for call in self._calls.values())
            self._obey_all(IDLE_S if not before else 0.0 if moved else STUCK_S)
            waiting = sum(call.backlog_ms for call in self._calls.values())
            self._hear()
            moved = sum(call.backlog_ms for call in self._calls.values()) < waiting
            if time.monotonic() >= pulse_at:
                pulse_at = time.monotonic() + PULSE_S
                self._pulse()

    def _obey_all(self, wait_s: float) -> None:
        before = time.process_time()
        for order in self._orders(wait_s):
            self._obey(order)
        self._taking_s += time.process_time() - before

    def _orders(self, wait_s: float) -> Iterator[ToWorker]:
        while self._comes(wait_s):
            data = self._channel.recv(_READ_BYTES)
            if not data:
                self._stopping = True
                return
            self._inbox += data
            wait_s = 0.0
            while len(self._inbox) >= PREFIX_BYTES:
                end = PREFIX_BYTES + int.from_bytes(self._inbox[:PREFIX_BYTES], "big")
                if len(self._inbox) < end:
                    break
                body = bytes(self._inbox[PREFIX_BYTES:end])
                del self._inbox[:end]
                yield to_worker.decode(body)
            if len(data) < _READ_BYTES:
                return

    def _comes(self, wait_s: float) -> bool:
        before = time.monotonic()
        there = bool(select.select([self._channel], [], [], wait_s)[0])
        self._idle_s += time.monotonic() - before
        return there

    def _obey(self, order: ToWorker) -> None:
        match order:
            case Open(call=call):
                if (old := self._calls.pop(call, None)) is not None:
                    old.close()
                self._calls[call] = CallAnalyser(order, self._recogniser)
            case Frames(frames):
                for frame in frames:
                    self._guarded(frame.call, partial(_push, frame))
            case Watch(phrases):
                self._watch(phrases)
            case Attend(call, attention):
                self._guarded(call, lambda analyser: analyser.attend(attention))
            case Flush(call):
                self._guarded(call, CallAnalyser.flush)
            case Close(call):
                if (analyser := self._calls.pop(call, None)) is not None:
                    analyser.close()
            case Stop():
                self._stopping = True
            case _:  # pragma: no cover
                assert_never(order)

    def _watch(self, phrases: list[str]) -> None:
        """Words go on being heard when phrases can't be spotted."""
        try:
            self._recogniser.watch(phrases)
        except Exception as error:
            self._send(Trouble("", type(error).__name__))

    def _guarded(self, call: str, work: Callable[[CallAnalyser], None]) -> None:
        """One call's failure costs that call's current sound, never another call."""
        analyser = self._calls.get(call)
        if analyser is None:
            return
        try:
            work(analyser)
        except Exception as error:
            self._send(Trouble(call, type(error).__name__))

    def _hear(self) -> None:
        segments: list[Segment] = []
        activity: list[SpeechActivity] = []
        gaps: list[AudioGap] = []
        phrases: list[PhraseHeard] = []
        analyses: list[ServiceAnalysis] = []
        for call, analyser in list(self._calls.items()):
            try:
                results = analyser.step()
            except Exception as error:
                self._send(Trouble(call, type(error).__name__))
                continue
            segments += [r for r in results if isinstance(r, Segment)]
            activity += [r for r in results if isinstance(r, SpeechActivity)]
            phrases += [r for r in results if isinstance(r, PhraseHeard)]
            analyses += [r for r in results if isinstance(r, ServiceAnalysis)]
            gaps += analyser.take_gaps()
        if segments or activity or gaps or phrases or analyses:
            self._send(Heard(segments, activity, gaps, phrases, analyses))

    def _pulse(self) -> None:
        lanes, decode_ms = [], []
        work: list[Work] = []
        alike: dict[str, bool] = {}
        for call, analyser in self._calls.items():
            if (found := analyser.take_alike()) is not None:
                alike[call] = found
            pulses, samples = analyser.take_pulse()
            lanes += pulses
            decode_ms += samples
            work.append(analyser.take_work())
        trouble = self._recogniser.trouble if isinstance(self._recogniser, DistantRecogniser) else None
        spots = isinstance(self._recogniser, SpottingRecogniser) and self._recogniser.spots_phrases
        rss_mb = self._process.memory_info().rss / 2**20
        self._send(Pulse(rss_mb, lanes, decode_ms, self._spent(work), trouble, spots, alike))

    def _spent(self, work: list[Work]) -> Spent:
        now, cpu_s = time.monotonic(), time.process_time()
        span_s, used_s = now - self._told_at, cpu_s - self._told_cpu_s
        waited = isinstance(self._recogniser, DistantRecogniser)  # for a service, beside waiting for sound
        busy_s = used_s if waited else max(used_s, span_s - self._idle_s)
        calls = sum(each.audio_s > 0 for each in work)
        spent = Spent(span_s, busy_s, used_s, self._taking_s, calls, _summed(work))
        self._told_at, self._told_cpu_s, self._idle_s, self._taking_s = now, cpu_s, 0.0, 0.0
        return spent

    def _send(self, message: FromWorker) -> None:
        self._channel.sendall(packed(message))
