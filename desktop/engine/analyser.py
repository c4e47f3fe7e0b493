"""One call inside a worker: frames to lanes to recogniser streams to results. No sockets, no loop."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import assert_never

from desktop.audio.lane import Lane
from desktop.audio.likeness import Likeness
from desktop.domain.events import AudioGap
from desktop.domain.load import Work
from desktop.domain.media import EncodedFrame, Party, PcmBlock
from desktop.domain.ports import Recogniser, RecogniserStream
from desktop.domain.speech import Attention, PhraseHeard, Result, Segment, ServiceAnalysis, SpeechActivity
from desktop.engine.wire import LanePulse, Open, Resume

WORTH_TELLING_MS = 200.0
JUDGED_EVERY = 8  # pulses
SAMPLE_EVERY = 10  # one decode latency in ten blocks is kept
SETTLES_MS = 10_000.0  # of sound: what was begun before the attention changed may be heard to its end


class _Ear:
    """One party: its lane, its stream, and where the stream's numbering started."""

    def __init__(self, call: str, resume: Resume, base_ms: int, stream: RecogniserStream) -> None:
        self.lane = Lane(call, resume.party, base_ms, resume.position_ms)
        self.stream = stream
        self.first_segment = resume.next_segment
        self._told_ms = 0.0

    def unheard(self) -> float:
        """ms of sound that the engine let go since this last answered; 0 until it is worth telling."""
        lost = self.stream.lost_ms - self._told_ms
        if lost < WORTH_TELLING_MS:
            return 0.0
        self._told_ms = self.stream.lost_ms
        return lost


class CallAnalyser:
    """Everything a worker holds of one call. An error in here is the caller's to contain."""

    def __init__(self, order: Open, recogniser: Recogniser) -> None:
        self.call = order.call
        self._order = order
        self._recogniser = recogniser
        self._ears: dict[Party, _Ear] = {}
        self._gaps: list[AudioGap] = []
        self._decode_ms: list[float] = []
        self._blocks = 0
        self._attention = order.attention
        self._unsettled_ms = 0.0
        self._cpu_s = self._audio_s = self._speech_s = 0.0
        self._likeness = Likeness()
        self._alike: bool | None = None
        self._since_judged = 0

    def push(self, frame: EncodedFrame) -> None:
        """Decode what is in order and queue it for recognition."""
        ear = self._ears.get(frame.party) or self._listen(frame.party)
        self._take(ear, ear.lane.push(frame))

    def attend(self, attention: Attention) -> None:
        """How much to hear of every party from its next utterance on."""
        if attention is not self._attention:
            self._attention, self._unsettled_ms = attention, SETTLES_MS
            for ear in self._ears.values():
                ear.stream.attend(attention)

    def step(self) -> list[Result]:
        """Recognise one piece of each party and return what came of it."""
        before = time.process_time()
        out = self._step()
        self._cpu_s += time.process_time() - before
        return out

    def _step(self) -> list[Result]:
        out: list[Result] = []
        for party, ear in self._ears.items():
            if lost := ear.unheard():
                from_ms = max(0, round(ear.lane.position_ms - ear.stream.backlog_ms - lost))
                self._gaps.append(AudioGap(self.call, party, from_ms, lost, "not heard in time"))
            for result in ear.stream.drain():
                match result:
                    case Segment():
                        out.append(replace(result, segment_id=result.segment_id + ear.first_segment))
                    case SpeechActivity(start_ms=start, end_ms=end, open=going_on):
                        self._speech_s += 0 if going_on else (end - start) / 1000
                        out.append(result)
                    case PhraseHeard() | ServiceAnalysis():
                        out.append(result)
                    case _:  # pragma: no cover
                        assert_never(result)
        return out

    def flush(self) -> None:
        """No more frames: let out what lanes hold back and finish open utterances."""
        for ear in self._ears.values():
            self._take(ear, ear.lane.flush())
            ear.stream.flush()

    def close(self) -> None:
        """Free the streams."""
        for ear in self._ears.values():
            ear.stream.close()
        self._ears.clear()

    @property
    def backlog_ms(self) -> float:
        """Decoded audio that nobody has heard yet, the worst party's."""
        return max((ear.stream.backlog_ms for ear in self._ears.values()), default=0.0)

    def take_gaps(self) -> list[AudioGap]:
        """Holes since the last call."""
        gaps, self._gaps = self._gaps, []
        return gaps

    def take_pulse(self) -> tuple[list[LanePulse], list[float]]:
        """Counts and decode latencies since the last call."""
        pulses = []
        for party, ear in self._ears.items():
            counts = ear.lane.counts
            pulses.append(
                LanePulse(
                    self.call,
                    party,
                    round(ear.lane.position_ms),
                    ear.stream.backlog_ms,
                    counts.concealed,
                    counts.lost,
                    counts.corrupt,
                    counts.duplicate,
                    counts.reordered,
                )
            )
            counts.concealed = counts.lost = counts.corrupt = counts.duplicate = counts.reordered = 0
        samples, self._decode_ms = self._decode_ms, []
        return pulses, samples

    def take_work(self) -> Work:
        """What it took since the last call."""
        settled = not self._unsettled_ms
        work = Work(self._attention if settled else None, self._cpu_s, self._audio_s, self._speech_s)
        self._cpu_s = self._audio_s = self._speech_s = 0.0
        self._unsettled_ms = max(0.0, self._unsettled_ms - work.audio_s * 1000 / max(1, len(self._ears)))
        return work

    def take_alike(self) -> bool | None:
        """Whether both channels carry the same sound, when that has changed. Ask a few times a second."""
        self._since_judged += 1
        if self._since_judged < JUDGED_EVERY:
            return None
        self._since_judged = 0
        alike = self._likeness.alike()
        if alike is None or alike == self._alike:
            return None
        self._alike = alike
        return alike

    def _listen(self, party: Party) -> _Ear:
        resume = next((r for r in self._order.resume if r.party is party), Resume(party, 0, 0))
        stream = self._recogniser.open(self.call, party, self._order.language)
        stream.attend(self._attention)
        ear = self._ears[party] = _Ear(self.call, resume, self._order.base_ms, stream)
        return ear

    def _take(self, ear: _Ear, decoded: Sequence[PcmBlock | AudioGap]) -> None:
        for item in decoded:
            match item:
                case PcmBlock():
                    self._blocks += 1
                    self._audio_s += len(item.samples) / item.rate_hz
                    if self._blocks % SAMPLE_EVERY == 0:
                        self._decode_ms.append((item.decoded_ns - item.received_ns) / 1e6)
                    ear.stream.feed(item)
                    self._likeness.hear(item)
                case AudioGap():
                    self._gaps.append(item)
                case _:  # pragma: no cover
                    assert_never(item)


MakeRecogniser = Callable[[], Recogniser]
