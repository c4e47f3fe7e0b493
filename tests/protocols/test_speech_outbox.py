"""Chunks for a speech service: cut, sent, answered, sent again; and the way back from its clock to the call's."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from desktop.protocols.speech_outbox import CHUNK_BYTES, SILENCE, SpeechOutbox

MS = 32


def said(outbox: SpeechOutbox, at_ms: int, ms: int, *, byte: int = 1, end: bool = True, pause_ms: int = 0) -> None:
    """An utterance in frames of 30 ms, `pause_ms` of it the pause that ended it."""
    spoken = outbox.begin(at_ms)
    for n in range(0, ms, 30):
        outbox.add(bytes([byte]) * 30 * MS, at_ms + n, (at_ms + n + 1, at_ms + n + 2))
    spoken.to_ms, spoken.ended_ns = at_ms + ms - pause_ms, at_ms + ms - pause_ms
    if end:
        outbox.end()


def sent(outbox: SpeechOutbox, now_s: float = 0.0) -> list[bytes]:
    out = []
    while outbox.ready:
        if (pcm := outbox.take(now_s)) is not None:
            out.append(pcm)
        now_s += 0.0 if pcm else 0.25
    return out


def test_what_had_to_wait_is_sent_at_twice_the_pace_of_speech() -> None:
    outbox = SpeechOutbox()
    said(outbox, 0, 9000)
    counts = [sum(outbox.take(10.0 + tick / 4) is not None for _ in range(20)) for tick in range(6)]
    assert counts == [7, 1, 1, 1, 1, 1]
    outbox.lost()
    assert sum(outbox.take(12.0) is not None for _ in range(20)) == 7


def test_document_d_chunks_are_500_ms_of_pcm16_at_16_khz_and_an_utterance_ends_in_silence() -> None:
    outbox = SpeechOutbox()
    said(outbox, 10_000, 1200)
    assert outbox.unsent_ms == 1200
    chunks = sent(outbox, 3.0)
    assert [len(chunk) for chunk in chunks] == [16_000] * 4
    assert chunks[:2] == [b"\1" * CHUNK_BYTES] * 2
    assert chunks[2] == b"\1" * 200 * MS + bytes(300 * MS)
    assert chunks[3:] == [SILENCE]
    assert (outbox.unsent_ms, outbox.ready) == (0, False)
    assert outbox.current is not None
    assert outbox.current.heard_s == 5.0
    assert outbox.stamps == (11_171, 11_172)


def test_what_is_being_said_is_sent_in_whole_chunks_only() -> None:
    outbox = SpeechOutbox()
    assert outbox.current is None
    said(outbox, 0, 690, end=False)
    assert len(sent(outbox)) == 1
    assert outbox.unsent_ms == 190
    assert outbox.current is not None
    assert outbox.current.heard_s is None
    assert not outbox.current.done


def test_moments_of_the_session_are_found_on_the_calls_time_line() -> None:
    outbox = SpeechOutbox()
    assert outbox.place(100) == 0  # nothing was ever sent
    said(outbox, 10_000, 1200)
    said(outbox, 60_000, 600)
    sent(outbox)
    assert [outbox.place(ms) for ms in (0, 499, 500, 1199, 1300, 1999)] == [
        10_000,
        10_499,
        10_500,
        11_199,
        11_200,
        11_200,
    ]
    assert [outbox.place(ms) for ms in (2000, 2550, 9000)] == [60_000, 60_550, 60_600]
    assert outbox.spoken_at(2100).from_ms == 60_000


def test_an_answer_lets_go_of_its_utterance_and_of_those_before_it() -> None:
    outbox = SpeechOutbox()
    said(outbox, 10_000, 600)
    said(outbox, 20_000, 600, pause_ms=200)
    said(outbox, 30_000, 600)
    sent(outbox)
    outbox.answered(1900)  # the second one's words end at 20_400
    assert outbox.current is not None
    assert outbox.current.from_ms == 30_000
    assert outbox.place(3100) == 30_100  # the session's clock goes on
    assert outbox.place(1) == 20_400  # long let go: the newest of those
    outbox.settle(outbox.current)
    assert outbox.current is None
    outbox.lost()
    assert sent(outbox) == []


def test_an_answer_in_the_middle_keeps_the_rest_and_what_was_answered_is_not_heard_twice() -> None:
    outbox = SpeechOutbox()
    said(outbox, 0, 2400)
    sent(outbox)
    outbox.answered(1200)
    outbox.answered(900)  # late news
    outbox.lost()
    again = sent(outbox)
    assert again[0] == bytes(200 * MS) + b"\1" * 300 * MS
    assert len(again) == 3 + 2
    assert outbox.place(0) == 1000
    outbox.lost()
    assert sent(outbox) == again


def test_an_answer_before_the_end_is_sent_is_remembered() -> None:
    outbox = SpeechOutbox()
    said(outbox, 0, 1000)
    for _ in range(3):  # two chunks and one of silence
        outbox.take(0.0)
    outbox.answered(900)
    assert outbox.current is None
    assert outbox.ready
    outbox.lost()
    assert not outbox.ready


def test_after_a_lost_connection_everything_unanswered_is_sent_again() -> None:
    outbox = SpeechOutbox()
    said(outbox, 0, 600)
    said(outbox, 5000, 900, byte=2, end=False)
    before = sent(outbox)
    outbox.lost()
    assert outbox.current is None
    assert outbox.unsent_ms == 600 + 900
    assert sent(outbox) == before
    assert outbox.place(1600) == 5100


def test_a_silence_in_between_keeps_the_connection_and_the_clock() -> None:
    outbox = SpeechOutbox()
    assert outbox.keep_alive() == SILENCE
    said(outbox, 7000, 600)
    sent(outbox)
    assert outbox.place(500 + 100) == 7100
    outbox.keep_alive()
    said(outbox, 9000, 600)
    sent(outbox)
    assert outbox.place(500 + 1500 + 500 + 100) == 9100
    outbox.lost()
    assert len(sent(outbox)) == 7
    assert outbox.place(1500 + 100) == 7600  # the silence between them was sent again
    assert outbox.place(2000 + 100) == 9100


def test_noise_is_withdrawn() -> None:
    outbox = SpeechOutbox()
    said(outbox, 0, 1200, end=False)
    outbox.end(noise=True)
    assert (outbox.ready, outbox.unsent_ms) == (False, 0)
    said(outbox, 5000, 1200, end=False)
    outbox.take(0.0)
    outbox.end(noise=True)
    assert sent(outbox) == [SILENCE]  # what was sent comes to its end
    outbox.end()
    assert not outbox.ready


def test_beyond_the_limit_the_oldest_is_lost_and_counted() -> None:
    outbox = SpeechOutbox(limit_ms=2000)
    said(outbox, 0, 600, byte=1)
    said(outbox, 5000, 900, byte=2)
    said(outbox, 9000, 1500, byte=3)
    assert outbox.lost_ms == 600 + 500
    assert outbox.unsent_ms == 1900
    assert [chunk[0] for chunk in sent(outbox)] == [2, 0, 0, 3, 3, 3, 0, 0]


def test_what_is_sent_is_not_dropped_until_the_connection_is() -> None:
    outbox = SpeechOutbox(limit_ms=2000)
    said(outbox, 0, 1500, byte=1)
    for _ in range(3):
        outbox.take(0.0)
    said(outbox, 5000, 2100, byte=2)
    assert outbox.lost_ms == 500
    assert [chunk[0] for chunk in sent(outbox)] == [0, 0, 2, 2, 2, 2, 0]
    outbox.lost()
    assert outbox.lost_ms == 500 + 1500
    assert [chunk[0] for chunk in sent(outbox)] == [2, 2, 2, 2, 0]


@given(st.lists(st.sampled_from(["say", "begin", "end", "noise", "take", "lost", "answer", "idle"]), max_size=60))
def test_whatever_happens_sound_is_sent_waits_or_is_counted(steps: list[str]) -> None:
    outbox = SpeechOutbox(limit_ms=3000)
    at_ms, open_, taken = 0, False, 0
    for step in steps:
        at_ms += 5000
        if step in ("say", "begin") and not open_:
            said(outbox, at_ms, 1350, end=step == "say")
            open_ = step == "begin"
        elif step in ("end", "noise") and open_:
            outbox.end(noise=step == "noise")
            open_ = False
        elif step == "take":
            taken += outbox.take(1.0) is not None
        elif step == "lost":
            outbox.lost()
            taken = 0
        elif step == "answer" and taken:
            outbox.answered(taken * 500.0 - 250)
        elif step == "idle" and not outbox.ready:
            outbox.keep_alive()
            taken += 1
        assert 0 <= outbox.unsent_ms <= 3000 + 500
        assert len(outbox._chunks) - outbox._sent <= 40
        assert 0 <= outbox.place(taken * 500.0) <= at_ms + 1350
