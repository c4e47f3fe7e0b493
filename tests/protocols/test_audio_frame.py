"""The frame header byte by byte, and whatever else a socket may bring."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.media import Party
from desktop.protocols.audio_frame import AudioFrame, BareOpus, ParsedFrame, header_bytes, pack, parse, split
from desktop.protocols.opus_toc import inspect

FRAME = AudioFrame("inter-uuid-123", Party.AGENT, 7, 1_696_161_600_000, b"\x08abc")
GOLDEN = (
    b"STAF"
    b"\x01"  # version
    b"\x03"  # first and last fragment, number 0
    b"\x02"  # agent
    b"\x23"  # 21 + 14 header bytes
    b"\x00\x00\x00\x07"
    b"\x00\x00\x01\x8a\xeb\x1c\x12\x00"
    b"\x0e"
    b"inter-uuid-123"
    b"\x08abc"
)

frames = st.builds(
    AudioFrame,
    call=st.text(min_size=1, max_size=16),
    party=st.sampled_from(Party),
    sequence=st.integers(0, 2**32 - 1),
    captured_ms=st.integers(0, 2**64 - 1),
    payload=st.binary(min_size=1, max_size=600),
)


def test_golden_header() -> None:
    assert pack(FRAME) == GOLDEN
    assert parse(GOLDEN) == ParsedFrame("inter-uuid-123", Party.AGENT, 7, 1_696_161_600_000, True, True, 0, b"\x08abc")


@given(frames)
def test_pack_and_parse_are_inverse(frame: AudioFrame) -> None:
    parsed = parse(pack(frame))
    assert isinstance(parsed, ParsedFrame)
    assert (parsed.call, parsed.party, parsed.sequence) == (frame.call, frame.party, frame.sequence)
    assert (parsed.captured_ms, parsed.payload) == (frame.captured_ms, frame.payload)
    assert parsed.first
    assert parsed.last


@given(frames, st.integers(1, 40))
def test_fragments_keep_the_bound_and_number_themselves(frame: AudioFrame, room: int) -> None:
    limit = header_bytes(frame.call) + room
    messages = split(frame, limit)
    parsed = [message for message in map(parse, messages) if isinstance(message, ParsedFrame)]
    assert len(parsed) == len(messages) == -(-len(frame.payload) // room)
    assert all(len(message) <= limit for message in messages)
    assert b"".join(part.payload for part in parsed) == frame.payload
    assert [part.first for part in parsed] == [True] + [False] * (len(parsed) - 1)
    assert [part.last for part in parsed] == [False] * (len(parsed) - 1) + [True]
    assert [part.fragment for part in parsed] == [number % 64 for number in range(len(parsed))]


def test_a_limit_below_the_header_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="max_message_bytes"):
        split(FRAME, header_bytes(FRAME.call))


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        (AudioFrame("", Party.AGENT, 0, 0, b"x"), "call"),
        (AudioFrame("é" * 33, Party.AGENT, 0, 0, b"x"), "call"),
        (AudioFrame("c", Party.AGENT, 2**32, 0, b"x"), "sequence"),
        (AudioFrame("c", Party.AGENT, -1, 0, b"x"), "sequence"),
        (AudioFrame("c", Party.AGENT, 0, -1, b"x"), "captured_ms"),
        (AudioFrame("c", Party.AGENT, 0, 0, b""), "payload"),
    ],
)
def test_what_the_layout_cannot_carry_is_refused(frame: AudioFrame, field: str) -> None:
    with pytest.raises(ValueError, match=field):
        pack(frame)
    with pytest.raises(ValueError, match=field):
        split(frame, 200)


def test_a_later_version_may_append_fields_that_are_skipped() -> None:
    later = bytearray(GOLDEN)
    later[4] = 2
    later[7] += 5
    later[35:35] = b"extra"
    parsed = parse(bytes(later))
    assert isinstance(parsed, ParsedFrame)
    assert parsed.call == "inter-uuid-123"
    assert parsed.payload == b"\x08abc"


@pytest.mark.parametrize(
    ("offset", "value", "field"),
    [(4, 0, "version"), (6, 3, "channel"), (20, 0, "interaction id"), (20, 65, "interaction id"), (7, 34, "length")],
)
def test_a_wrong_header_field_is_named(offset: int, value: int, field: str) -> None:
    broken = bytearray(GOLDEN)
    broken[offset] = value
    with pytest.raises(PeerBrokeProtocol, match=field):
        parse(bytes(broken))


def test_an_id_that_is_not_utf8_is_named_but_not_shown() -> None:
    broken = bytearray(GOLDEN)
    broken[25] = 0xFF
    with pytest.raises(PeerBrokeProtocol, match="interaction id: not valid UTF-8"):
        parse(bytes(broken))


@pytest.mark.parametrize("length", range(4, 36))
def test_truncated_messages_are_refused(length: int) -> None:
    with pytest.raises(PeerBrokeProtocol, match="truncated"):
        parse(GOLDEN[:length])


@pytest.mark.parametrize("length", range(4))
def test_less_than_the_magic_is_no_header(length: int) -> None:
    assert parse(GOLDEN[:length]) == BareOpus(GOLDEN[:length])


def test_a_bare_packet_is_passed_on() -> None:
    assert parse(b"\x08abc") == BareOpus(b"\x08abc")


@given(st.binary(max_size=60))
def test_no_valid_opus_packet_begins_like_our_header(rest: bytes) -> None:
    with pytest.raises(PeerBrokeProtocol, match="R5"):
        inspect(b"STAF" + rest)


@given(st.one_of(st.binary(max_size=120), st.binary(max_size=100).map(lambda rest: b"STAF\x01" + rest)))
def test_random_bytes_raise_nothing_else(message: bytes) -> None:
    try:
        parsed = parse(message)
    except PeerBrokeProtocol:
        return
    assert isinstance(parsed, BareOpus) or 1 <= len(parsed.payload) < len(message)
