"""One conversation's time line over several sessions: every sample once, holes told, one session heard at a time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.events import AudioArrived, AudioGap
from desktop.domain.media import Codec, Party
from desktop.gateway.audiohook_line import CallLine
from desktop.protocols.audiohook_effects import SoundHeard, SoundSkipped

BOTH = (Party.CUSTOMER, Party.AGENT)
EPOCH = 1_700_000_000_000


def heard(start: int, samples: int) -> SoundHeard:
    return SoundHeard(start, samples, ((Party.CUSTOMER, marks(start, samples)), (Party.AGENT, bytes(samples))))


def marks(start: int, samples: int) -> bytes:
    return bytes(position % 251 for position in range(start, start + samples))


class Line:
    def __init__(self, max_piece_ms: int = 10_000) -> None:
        self.line = CallLine("lab", "call", EPOCH, max_piece_ms)
        self.gaps: list[AudioGap] = []
        self.sound = b""
        self.at_ms: list[int | None] = []

    def hear(self, serial: int, start: int, samples: int, now_s: float = 0.0) -> None:
        for event in self.line.sound(serial, heard(start, samples), now_s, 1):
            if isinstance(event, AudioGap):
                self.gaps.append(event)
            elif event.frame.party is Party.CUSTOMER:
                self.sound += event.frame.payload
                self.at_ms.append(event.frame.at_ms)

    def skip(self, serial: int, start: int, samples: int, *, on_purpose: bool = False) -> list[AudioGap]:
        return self.line.skipped(serial, SoundSkipped(start, samples, on_purpose))


def test_frames_of_both_parties_with_numbers_and_times() -> None:
    line = CallLine("lab", "call", EPOCH, 10_000)
    line.joined(1, "S1", BOTH, (), 0)
    first = line.sound(1, heard(0, 160), 0.0, 77)
    second = line.sound(1, heard(160, 160), 0.1, 78)
    frames = [event.frame for event in [*first, *second] if isinstance(event, AudioArrived)]
    assert [(f.party, f.seq, f.at_ms, f.received_ns) for f in frames] == [
        (Party.CUSTOMER, 0, EPOCH, 77),
        (Party.AGENT, 0, EPOCH, 77),
        (Party.CUSTOMER, 1, EPOCH + 20, 78),
        (Party.AGENT, 1, EPOCH + 20, 78),
    ]
    assert {(f.link, f.call, f.codec) for f in frames} == {("lab", "call", Codec.PCMU)}


def test_long_frames_come_in_pieces() -> None:
    line = Line(max_piece_ms=20)
    line.line.joined(1, "S1", BOTH, (), 0)
    line.hear(1, 0, 400)
    assert line.at_ms == [EPOCH, EPOCH + 20, EPOCH + 40]
    assert line.sound == marks(0, 400)


def test_replayed_sound_is_heard_once() -> None:
    line = Line()
    line.line.joined(1, "S1", BOTH, (), 0)
    line.hear(1, 0, 1000)
    line.line.left(1)
    assert line.line.heard_to(("S1",)) == 1000
    line.line.joined(2, "S2", BOTH, ("S1",), 400)
    line.hear(2, 400, 300)  # all of it was heard
    line.hear(2, 700, 600)  # the first half was
    assert line.sound == marks(0, 1300)
    assert line.gaps == []
    assert line.line.replayed == 600


def test_the_new_session_of_a_reconnect_is_heard_while_the_old_one_still_sends() -> None:
    line = Line()
    line.line.joined(1, "S1", BOTH, (), 0)
    line.hear(1, 0, 1000)
    line.line.joined(2, "S2", BOTH, ("S0", "S1"), 800)
    line.hear(1, 1000, 200)
    line.hear(2, 800, 500)
    line.hear(1, 1200, 200)
    line.line.left(1)
    line.hear(2, 1300, 100)
    assert line.sound == marks(0, 1400)


def test_a_hole_between_two_sessions_is_told() -> None:
    line = Line()
    line.line.joined(1, "S1", BOTH, (), 0)
    line.hear(1, 0, 800)
    line.line.left(1)
    line.line.joined(2, "S2", BOTH, ("S1",), 8800)
    line.hear(2, 8800, 80)
    assert [(gap.party, gap.at_ms, gap.missing_ms) for gap in line.gaps] == [
        (Party.CUSTOMER, 100, 1000.0),
        (Party.AGENT, 100, 1000.0),
    ]


def test_discarded_sound_is_a_gap_unless_it_was_heard_or_paused() -> None:
    line = Line()
    line.line.joined(1, "S1", BOTH, (), 0)
    assert [gap.at_ms for gap in line.skip(1, 0, 80)] == [None, None]
    line.hear(1, 80, 800)
    (gap, _) = line.skip(1, 880, 800)
    assert (gap.at_ms, gap.missing_ms, gap.reason) == (100, 100.0, "the platform left sound out")
    assert line.skip(1, 1680, 8000, on_purpose=True) == []
    line.hear(1, 9680, 80)
    assert line.gaps == []
    line.line.left(1)
    line.line.joined(2, "S2", BOTH, ("S1",), 8000)
    assert line.skip(2, 8000, 1760) == []  # discardTo: all of it was heard before
    line.hear(2, 9760, 8)
    assert line.gaps == []


def test_of_two_sessions_of_a_call_one_is_heard() -> None:
    line = Line()
    line.line.joined(1, "S1", BOTH, (), 0)
    line.line.joined(2, "S2", BOTH, (), 0)
    line.hear(1, 0, 800, 0.1)
    line.hear(2, 0, 800, 0.1)
    assert line.line.replayed == 800
    assert line.skip(2, 800, 80) == []
    line.line.left(1)  # the other one goes on, laid on the line by the clock
    assert line.line.legs == 1
    line.hear(2, 800, 800, 0.2)
    assert line.gaps == []
    assert line.sound == marks(0, 1600)


def test_another_session_takes_over_from_one_that_stalls() -> None:
    line = Line()
    line.line.joined(1, "S1", BOTH, (), 0)
    line.line.joined(2, "S2", BOTH, (), 0)
    line.hear(1, 0, 800, 0.1)
    line.hear(2, 40_000, 800, 5.1)  # five seconds later: 100 ms of them are this sound
    assert [gap.missing_ms for gap in line.gaps] == [4900.0, 4900.0]
    assert line.line.leader() == 2
    line.hear(1, 800, 800, 5.2)
    assert line.line.replayed == 800


def test_a_retry_that_continues_nothing_is_laid_by_the_clock() -> None:
    line = Line()
    line.line.joined(1, "S1", BOTH, (), 0)
    line.hear(1, 0, 8000, 1.0)
    line.line.left(1)
    line.line.joined(2, "S2", BOTH, (), 0)
    assert line.line.heard_to(("S9",)) is None
    line.hear(2, 0, 1600, 3.2)
    assert [gap.missing_ms for gap in line.gaps] == [2000.0, 2000.0]


def test_a_call_of_which_the_beginning_was_another_listeners() -> None:
    line = Line()
    line.line.joined(1, "S7", BOTH, ("S6",), 320_000)
    line.hear(1, 320_000, 80)
    assert line.gaps == []
    assert line.at_ms == [EPOCH + 40_000]


def test_the_past_is_bounded() -> None:
    line = CallLine("lab", "call", EPOCH, 20)
    for serial in range(50):
        line.joined(serial, f"S{serial}", BOTH, (f"S{serial - 1}",), 0)
        line.sound(serial, heard(0, 8), 0.0, 1)
        line.left(serial)
    assert line.heard_to(("S49",)) == 8
    assert line.heard_to(("S20",)) is None


def test_times_of_the_call_become_the_sessions() -> None:
    line = CallLine("lab", "call", EPOCH, 20)
    line.joined(1, "S1", BOTH, (), 800)
    line.sound(1, heard(800, 8), 0.0, 1)
    assert line.session_ms(1) == 100


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 300)), min_size=1, max_size=12))
def test_whatever_is_replayed_every_sample_comes_once_and_in_order(windows: list[tuple[int, int]]) -> None:
    line = Line(max_piece_ms=5)
    position, previous, expected = 0, "", 0
    for serial, (back, samples) in enumerate(windows):
        start = max(0, position - back)
        line.line.joined(serial, f"S{serial}", BOTH, (previous,) if previous else (), start)
        line.hear(serial, start, samples)
        line.line.left(serial)
        position = expected = max(expected, start + samples)
        previous = f"S{serial}"
    assert line.sound == marks(0, expected)
    assert line.gaps == []
