"""The worker's loop on a real socket pair: orders in, results out, one call's failure contained."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

import numpy as np
import pytest

from desktop.audio.opus import OpusEncoder
from desktop.domain.errors import SettingInvalid
from desktop.domain.media import Codec, EncodedFrame, Party, PcmBlock
from desktop.domain.ports import RecogniserStream
from desktop.domain.speech import (
    Attention,
    EngineNotice,
    EngineTrouble,
    PhraseHeard,
    Result,
    Segment,
    SpeechActivity,
    Trace,
)
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
    Resume,
    Stop,
    ToWorker,
    Trouble,
    Watch,
    from_worker,
    packed,
)
from desktop.engine.worker import _Worker, worker_main

BASE = 1_000_000


class CountingStream:
    """Stands in for an engine whose "words" are how much it has heard; a call named "bad" breaks it."""

    attended: ClassVar[dict[tuple[str, Party], Attention]] = {}

    def __init__(self, call: str, party: Party, watched: Sequence[str]) -> None:
        self.call, self.party, self.watched = call, party, watched
        self.waiting: list[PcmBlock] = []
        self.heard_ms = 0
        self.number = 0
        self.ending = False
        self.lost_ms = 0.0

    def feed(self, block: PcmBlock) -> None:
        if self.call == "bad":
            raise RuntimeError("some speech that must not travel")
        if self.call == "busy":
            self.lost_ms += 100.0
        self.waiting.append(block)

    def drain(self) -> Sequence[Result]:
        out: list[Result] = []
        if self.waiting:
            block = self.waiting.pop(0)
            self.heard_ms = block.at_ms + block.samples.size // 16
            out += [PhraseHeard(self.call, self.party, phrase, 0, 20, 1.0, Trace()) for phrase in self.watched]
            out.append(SpeechActivity(self.call, self.party, 0, self.heard_ms, True))
        elif self.ending:
            self.ending = False
            out.append(self._final())
        return out

    def attend(self, attention: Attention) -> None:
        CountingStream.attended[self.call, self.party] = attention

    def _final(self) -> Segment:
        number, self.number = self.number, self.number + 1
        text = str(self.heard_ms)
        return Segment(self.call, self.party, number, 0, text, 0, self.heard_ms, True, "en-US", 1.0, (), Trace())

    def flush(self) -> None:
        self.ending = True

    def close(self) -> None:
        self.waiting.clear()

    @property
    def backlog_ms(self) -> float:
        return 20.0 * len(self.waiting)


class StuckStream(CountingStream):
    """Waits for a decoder that never comes free."""

    asked = 0

    def drain(self) -> Sequence[Result]:
        StuckStream.asked += 1
        return []


class CountingRecogniser:
    name = "counting"
    spots_phrases = True
    watched: Sequence[str] = ()

    def open(self, call: str, party: Party, language: str) -> RecogniserStream:
        kind = StuckStream if call == "stuck" else CountingStream
        return kind(call, party, self.watched)

    def watch(self, phrases: Sequence[str]) -> None:
        if "bad" in phrases:
            raise RuntimeError("a phrase that must not travel")
        self.watched = phrases

    def close(self) -> None:
        pass


class Bench:
    """The hub's end of the wire."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel
        self.inbox = b""

    def say(self, *orders: ToWorker) -> None:
        for order in orders:
            self.channel.sendall(packed(order))

    def wait_for(self, wanted: Callable[[FromWorker], bool]) -> FromWorker:
        while True:
            message = self.next()
            if wanted(message):
                return message

    def next(self) -> FromWorker:
        size = int.from_bytes(self._exactly(PREFIX_BYTES), "big")
        return from_worker.decode(self._exactly(size))

    def _exactly(self, size: int) -> bytes:
        while len(self.inbox) < size:
            data = self.channel.recv(65536)
            if not data:
                raise EOFError
            self.inbox += data
        out, self.inbox = self.inbox[:size], self.inbox[size:]
        return out


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr("desktop.engine.worker.signal.signal", lambda *_: None)  # only the main thread may
    monkeypatch.setattr("desktop.engine.worker.NICENESS", 0)
    monkeypatch.setattr("desktop.engine.worker.gc.freeze", lambda: None)
    ours, theirs = socket.socketpair()
    ours.settimeout(20)
    thread = threading.Thread(target=worker_main, args=(theirs, CountingRecogniser))
    thread.start()
    with ours:
        yield Bench(ours)
    thread.join(10)
    assert not thread.is_alive()


def frames(call: str, count: int, first: int = 0) -> Frames:
    encoder = OpusEncoder()
    sound = np.zeros(320, np.int16)
    numbers = range(first, first + count)
    return Frames(
        [EncodedFrame("l", call, Party.AGENT, Codec.OPUS, n, BASE + n * 20, encoder.encode(sound), 1) for n in numbers]
    )


def final(message: FromWorker) -> bool:
    return isinstance(message, Heard) and bool(message.segments)


def test_a_call_is_heard_to_its_end(bench: Bench) -> None:
    assert isinstance(bench.next(), Ready)
    bench.say(Open("c1", BASE, "en-US", []), frames("c1", 10), Flush("c1"))
    heard = bench.wait_for(final)
    assert isinstance(heard, Heard)
    assert heard.segments[0].text == "200"
    bench.say(Close("c1"), Stop())


def test_numbering_and_time_go_on_after_a_replacement(bench: Bench) -> None:
    bench.say(Open("c1", BASE, "en-US", [Resume(Party.AGENT, 400, 7)]), frames("c1", 5, first=20), Flush("c1"))
    heard = bench.wait_for(final)
    assert isinstance(heard, Heard)
    assert (heard.segments[0].segment_id, heard.segments[0].text) == (7, "500")


def test_a_breaking_call_takes_no_other_along_and_tells_no_words(bench: Bench) -> None:
    bench.say(Open("bad", BASE, "en-US", []), Open("c1", BASE, "en-US", []), frames("bad", 1))
    trouble = bench.wait_for(lambda m: isinstance(m, Trouble))
    assert trouble == Trouble("bad", "RuntimeError")
    bench.say(Open("bad", BASE, "en-US", []), frames("c1", 3), frames("nobody", 3), Flush("c1"))
    heard = bench.wait_for(final)
    assert isinstance(heard, Heard)
    assert heard.segments[0].call == "c1"


def test_watched_phrases_are_told_when_they_are_heard(bench: Bench) -> None:
    bench.say(Watch(["close my account"]), Open("c1", BASE, "en-US", []), frames("c1", 1))
    heard = bench.wait_for(lambda m: isinstance(m, Heard) and bool(m.phrases))
    assert isinstance(heard, Heard)
    assert [(p.call, p.party, p.phrase) for p in heard.phrases] == [("c1", Party.AGENT, "close my account")]


def test_phrases_that_break_the_engine_leave_the_calls_alone(bench: Bench) -> None:
    bench.say(Watch(["bad"]), Open("c1", BASE, "en-US", []), frames("c1", 3), Flush("c1"))
    assert bench.wait_for(lambda m: isinstance(m, Trouble)) == Trouble("", "RuntimeError")
    bench.wait_for(final)


def test_the_pulse_counts_since_the_last_one(bench: Bench) -> None:
    bench.say(Open("c1", BASE, "en-US", []), frames("c1", 10), frames("c1", 10, first=12))
    concealed = 0
    while concealed < 2:
        pulse = bench.wait_for(lambda m: isinstance(m, Pulse) and bool(m.lanes))
        assert isinstance(pulse, Pulse)
        assert pulse.rss_mb > 1
        concealed += pulse.lanes[0].concealed
    pulse = bench.wait_for(lambda m: isinstance(m, Pulse) and bool(m.lanes))
    assert isinstance(pulse, Pulse)
    assert concealed + pulse.lanes[0].concealed == 2
    assert pulse.lanes[0].position_ms == 440


def test_what_the_engine_lets_go_is_told_as_a_gap(bench: Bench) -> None:
    bench.say(Open("busy", BASE, "en-US", []), frames("busy", 10), Flush("busy"))
    told = 0.0
    while told < 1000.0:
        heard = bench.wait_for(lambda m: isinstance(m, Heard) and bool(m.gaps))
        assert isinstance(heard, Heard)
        assert {g.reason for g in heard.gaps} == {"not heard in time"}
        told += sum(g.missing_ms for g in heard.gaps)
    assert told == 1000.0


def test_how_much_is_heard_holds_for_parties_that_speak_later_as_well(bench: Bench) -> None:
    CountingStream.attended.clear()
    bench.say(Open("c1", BASE, "en-US", [], Attention.PRESENCE), Attend("gone", Attention.WORDS), frames("c1", 2))
    bench.wait_for(lambda m: isinstance(m, Pulse) and bool(m.lanes))
    assert CountingStream.attended == {("c1", Party.AGENT): Attention.PRESENCE}
    bench.say(Attend("c1", Attention.WORDS), Attend("c1", Attention.WORDS), frames("c1", 2, first=2), Flush("c1"))
    bench.wait_for(final)
    assert CountingStream.attended == {("c1", Party.AGENT): Attention.WORDS}


def test_the_pulse_tells_what_was_spent_on_whom(bench: Bench) -> None:
    bench.say(Open("c1", BASE, "en-US", []), Open("c2", BASE, "en-US", [], Attention.PRESENCE))
    bench.say(frames("c1", 50), frames("c2", 25), Flush("c1"), Flush("c2"))
    audio: dict[Attention | None, float] = {}
    while sum(audio.values()) < 1.49:
        pulse = bench.wait_for(lambda m: isinstance(m, Pulse) and m.spent.calls > 0)
        assert isinstance(pulse, Pulse)
        spent = pulse.spent
        assert spent.span_s >= spent.busy_s - 0.05
        assert spent.busy_s >= 0
        assert spent.decode_cpu_s >= 0
        assert pulse.spots_phrases
        for work in spent.work:
            audio[work.attention] = audio.get(work.attention, 0.0) + work.audio_s
    assert audio == pytest.approx({Attention.WORDS: 1.0, Attention.PRESENCE: 0.5})
    bench.say(Attend("c2", Attention.WORDS), frames("c2", 25, first=25))
    pulse = bench.wait_for(lambda m: isinstance(m, Pulse) and m.spent.calls > 0)
    assert isinstance(pulse, Pulse)
    (unsettled,) = [work for work in pulse.spent.work if work.audio_s]
    assert unsettled.attention is None


def test_waiting_for_a_service_elsewhere_is_no_work() -> None:
    class Distant(CountingRecogniser):
        trouble: EngineTrouble | None = None

    ours, theirs = socket.socketpair()
    with ours, theirs:
        here, elsewhere = _Worker(theirs, CountingRecogniser()), _Worker(theirs, Distant())
        time.sleep(0.05)
        assert here._spent([]).busy_s > 0.04
        spent = elsewhere._spent([])
        assert spent.busy_s == spent.cpu_s


def test_speech_that_waits_for_a_decoder_is_not_asked_after_all_the_time(bench: Bench) -> None:
    bench.say(Open("stuck", BASE, "en-US", []), frames("stuck", 5))
    bench.wait_for(lambda m: isinstance(m, Pulse) and bool(m.lanes))
    before = StuckStream.asked
    for _ in range(2):
        bench.wait_for(lambda m: isinstance(m, Pulse))
    assert 1 <= StuckStream.asked - before < 500  # half a second; a busy loop asks tens of thousands of times


def test_the_worker_ends_with_its_console(bench: Bench) -> None:
    bench.next()
    bench.channel.shutdown(socket.SHUT_RDWR)  # the fixture checks that the thread is gone


@pytest.mark.parametrize("notice", [None, *EngineNotice])
def test_an_engine_that_makes_do_says_so_as_soon_as_it_is_ready(notice: EngineNotice | None) -> None:
    class Makeshift(CountingRecogniser):
        def __init__(self) -> None:
            super().__init__()
            self.notice = notice

    made = Makeshift()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(10)
        ours.sendall(packed(Stop()))
        _Worker(theirs, made).run(2.0)
        assert Bench(ours).next() == Ready("counting", 2.0, notice)


def test_an_engine_that_cant_be_loaded_says_why_and_the_worker_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.engine.worker.signal.signal", lambda *_: None)
    monkeypatch.setattr("desktop.engine.worker.psutil.Process.nice", lambda *_: None)

    def refuse() -> CountingRecogniser:
        raise SettingInvalid("recognition.model", "x.onnx is empty", "Download it again")

    ours, theirs = socket.socketpair()
    with ours:
        ours.settimeout(10)
        worker_main(theirs, refuse)
        data = ours.recv(1000)
        assert ours.recv(1) == b""
    said = from_worker.decode(data[PREFIX_BYTES:])
    assert said == Refused("recognition.model: x.onnx is empty. Download it again")
