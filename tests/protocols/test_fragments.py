"""Reassembly: whatever order and loss, complete frames are right and everything else is reported."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.events import Complaint
from desktop.domain.media import Party
from desktop.protocols.audio_frame import AudioFrame, ParsedFrame, header_bytes, parse, split
from desktop.protocols.fragments import FrameAssembler, Grievance, JoinedFrame


def fragments(
    call: str = "a", party: Party = Party.AGENT, seq: int = 0, payload: bytes = b"0123456789", room: int = 4
) -> list[ParsedFrame]:
    messages = split(AudioFrame(call, party, seq, 1000 + seq, payload), header_bytes(call) + room)
    parsed = [parse(message) for message in messages]
    return [message for message in parsed if isinstance(message, ParsedFrame)]


def feed(assembler: FrameAssembler, *messages: ParsedFrame) -> tuple[list[JoinedFrame], list[Complaint]]:
    frames: list[JoinedFrame] = []
    complaints: list[Complaint] = []
    for message in messages:
        frame, wrong = assembler.add(message)
        if frame is not None:
            frames.append(frame)
        complaints += [grievance.what for grievance in wrong]
    return frames, complaints


def test_a_whole_frame_passes_at_once() -> None:
    assembler = FrameAssembler()
    assert feed(assembler, *fragments(payload=b"abc")) == ([JoinedFrame("a", Party.AGENT, 0, 1000, b"abc", 1)], [])


def test_fragments_are_joined() -> None:
    assembler = FrameAssembler()
    assert feed(assembler, *fragments()) == ([JoinedFrame("a", Party.AGENT, 0, 1000, b"0123456789", 3)], [])
    assert len(assembler) == 0


def test_more_fragments_than_the_number_counts() -> None:
    payload = bytes(200)
    frames, complaints = feed(FrameAssembler(), *fragments(payload=payload, room=1))
    assert [(frame.payload, frame.fragments) for frame in frames] == [(payload, 200)]
    assert complaints == []


def test_interactions_and_channels_may_interleave() -> None:
    streams = [fragments("a"), fragments("b"), fragments("a", Party.CUSTOMER)]
    interleaved = [part for group in zip(*streams, strict=True) for part in group]
    frames, complaints = feed(FrameAssembler(), *interleaved)
    assert [(f.call, f.party) for f in frames] == [("a", Party.AGENT), ("b", Party.AGENT), ("a", Party.CUSTOMER)]
    assert complaints == []


def test_a_newer_sequence_abandons_the_older_frame() -> None:
    first, middle, _ = fragments(seq=2**32 - 1)
    frames, complaints = feed(FrameAssembler(), first, middle, *fragments(seq=0))
    assert [frame.sequence for frame in frames] == [0]
    assert complaints == [Complaint.FRAGMENT_LOST]


def test_a_whole_newer_frame_abandons_the_older_one_too() -> None:
    frames, complaints = feed(FrameAssembler(), fragments()[0], *fragments(seq=1, payload=b"abc"))
    assert [frame.sequence for frame in frames] == [1]
    assert complaints == [Complaint.FRAGMENT_LOST]


def test_the_rest_of_a_newer_frame_whose_first_fragment_is_lost() -> None:
    assembler = FrameAssembler()
    frames, complaints = feed(assembler, fragments(seq=4)[0], fragments(seq=5)[1])
    assert frames == []
    assert complaints == [Complaint.FRAGMENT_LOST, Complaint.FRAGMENT_LOST]
    assert len(assembler) == 0


def test_a_straggler_of_an_older_frame_leaves_the_newer_one_alone() -> None:
    first, middle, last = fragments(seq=5)
    frames, complaints = feed(FrameAssembler(), first, fragments(seq=4)[2], middle, last)
    assert [frame.sequence for frame in frames] == [5]
    assert complaints == [Complaint.FRAGMENT_LOST]


def test_a_fragment_without_a_first_one() -> None:
    assert feed(FrameAssembler(), fragments()[1]) == ([], [Complaint.FRAGMENT_LOST])


def test_a_missing_middle_fragment_is_reported_once_and_its_frame_given_up() -> None:
    assembler = FrameAssembler()
    parts = fragments(payload=b"0123456789abcdefgh")
    frames, complaints = feed(assembler, parts[0], parts[2], parts[3], parts[4], *fragments(seq=1))
    assert [frame.sequence for frame in frames] == [1]
    assert complaints == [Complaint.FRAGMENT_LOST]


def test_a_spoiled_frame_is_not_reported_again_when_it_is_abandoned() -> None:
    parts = fragments()
    assert feed(FrameAssembler(), parts[0], parts[2]._replace(last=False), *fragments(seq=1, payload=b"x"))[1] == [
        Complaint.FRAGMENT_LOST
    ]


def test_a_frame_beyond_the_bound_is_given_up_once() -> None:
    assembler = FrameAssembler(max_frame_bytes=9)
    frames, complaints = feed(assembler, *fragments(), *fragments(seq=1, payload=b"x" * 10, room=10))
    assert frames == []
    assert complaints == [Complaint.FRAME_TOO_LARGE, Complaint.FRAME_TOO_LARGE]
    assert len(assembler) == 0


def test_a_first_fragment_beyond_the_bound() -> None:
    assert feed(FrameAssembler(max_frame_bytes=3), *fragments()) == ([], [Complaint.FRAME_TOO_LARGE])


def test_too_many_frames_under_way_give_up_the_oldest() -> None:
    assembler = FrameAssembler(max_partial=2)
    starts = [fragments(call)[0] for call in "abc"]
    results = [assembler.add(start)[1] for start in starts]
    detail = "the last fragment of a frame is missing"
    assert results == [(), (), (Grievance(Complaint.FRAGMENT_LOST, "a", detail),)]
    assert len(assembler) == 2


def test_an_ended_interaction_is_forgotten_without_a_complaint() -> None:
    assembler = FrameAssembler()
    feed(assembler, fragments("a")[0], fragments("a", Party.MIXED)[0], fragments("b")[0])
    assembler.forget("a")
    assert len(assembler) == 1


def test_what_was_under_way_when_the_connection_ended_is_reported() -> None:
    assembler = FrameAssembler()
    spoiled = fragments("b")
    feed(assembler, fragments("a")[0], spoiled[0], spoiled[2]._replace(last=False))
    assert [(g.what, g.call) for g in assembler.give_up()] == [(Complaint.FRAGMENT_LOST, "a")]
    assert assembler.give_up() == ()


@given(st.data())
def test_loss_never_makes_a_wrong_frame(data: st.DataObject) -> None:
    sent = {seq: bytes([seq]) * data.draw(st.integers(1, 20), label="size") for seq in range(8)}
    stream = [part for seq, payload in sent.items() for part in fragments(seq=seq, payload=payload)]
    kept = data.draw(st.lists(st.sampled_from(range(len(stream))), unique=True).map(sorted), label="kept")
    assembler = FrameAssembler()
    frames, complaints = feed(assembler, *(stream[index] for index in kept))
    assert all(frame.payload == sent[frame.sequence] for frame in frames)
    assert len(assembler) <= 1
    if len(kept) == len(stream):
        assert (len(frames), complaints) == (8, [])
