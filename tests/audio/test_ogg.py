"""Ogg-Opus: what we write any player opens, what others write we read, and damage is named."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.audio.ogg import OggOpus, packet_samples, page_crc, read_packets, write_packets
from desktop.audio.opus import OpusEncoder
from desktop.domain.errors import DecodeFailed

FRAME_20_MS = bytes([0b01001_0_00])  # SILK wide band, 20 ms, mono, one frame


def page(
    lacing: bytes,
    body: bytes,
    *,
    kind: int = 0,
    granule: int = 0,
    serial: int = 7,
    sequence: int = 0,
) -> bytes:
    """A page put together by hand, so that reader and writer can't be wrong alike."""
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, kind, granule, serial, sequence, 0, len(lacing))
    raw = head + lacing + body
    return raw[:22] + struct.pack("<I", slow_crc(raw)) + raw[26:]


def slow_crc(data: bytes) -> int:
    """RFC 3533 section 6: polynomial 0x04c11db7, start 0, no reflection, bit by bit."""
    crc = 0
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = ((crc << 1) ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
    return crc


def head(channels: int = 1, family: int = 0, version: int = 1, pre_skip: int = 312, gain: int = 0) -> bytes:
    return struct.pack("<8sBBHIhB", b"OpusHead", version, channels, pre_skip, 16_000, gain, family)


TAGS = b"OpusTags" + struct.pack("<I", 1) + b"x" + struct.pack("<I", 0)


def opening(*, serial: int = 7, head_packet: bytes | None = None) -> bytes:
    first = head() if head_packet is None else head_packet
    return page(bytes([len(first)]), first, kind=2, serial=serial) + page(
        bytes([len(TAGS)]), TAGS, sequence=1, serial=serial
    )


def voice(
    sequence: int = 2, *, kind: int = 4, granule: int = 960, serial: int = 7, packet: bytes = FRAME_20_MS
) -> bytes:
    return page(bytes([len(packet)]), packet, kind=kind, granule=granule, sequence=sequence, serial=serial)


@st.composite
def opus_packets(draw: st.DrawFn, largest: int = 70_000) -> bytes:
    """Any bytes behind a TOC of one or two frames of at most 60 ms; lengths around the lacing limits."""
    toc = draw(st.integers(0, 31)) << 3 | draw(st.integers(0, 7)) % 3
    sizes = [253, 254, 255, 509, 510, 1_300, 65_024, 65_025, 70_000]
    size = draw(st.one_of(st.integers(0, 600), st.sampled_from([size for size in sizes if size <= largest])))
    return bytes([toc]) + bytes([draw(st.integers(0, 255))]) * size


@settings(max_examples=60, deadline=None)
@given(st.lists(opus_packets(), max_size=40), st.integers(0, 65_535), st.sampled_from([1, 2]))
def test_what_is_written_is_read_back(packets: list[bytes], pre_skip: int, channels: int) -> None:
    written = write_packets(packets, pre_skip=pre_skip, channels=channels, input_rate=8_000, comments=["TITLE=a"])
    assert read_packets(written) == OggOpus(tuple(packets), pre_skip, channels, 8_000)


@settings(max_examples=40, deadline=None)
@given(st.lists(opus_packets(largest=1_300), min_size=1, max_size=8), st.data())
def test_packets_cut_at_any_segment_are_joined(packets: list[bytes], data: st.DataObject) -> None:
    segments: list[bytes] = []
    for packet in packets:
        segments += [packet[at : at + 255] for at in range(0, len(packet) + 1, 255)]
    file = opening()
    sequence, continued = 2, False
    while segments:
        count = data.draw(st.integers(1, min(255, len(segments))))
        part, segments = segments[:count], segments[count:]
        kind = (1 if continued else 0) | (0 if segments else 4)
        lacing = bytes(map(len, part))
        file += page(lacing, b"".join(part), kind=kind, granule=-1, sequence=sequence)
        continued, sequence = lacing[-1] == 255, sequence + 1
    assert read_packets(file).packets == tuple(packets)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_quick_checksum_is_the_slow_one(data: bytes) -> None:
    assert page_crc(data) == slow_crc(data)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_damage_never_passes_and_is_always_named(data: st.DataObject) -> None:
    good = write_packets([FRAME_20_MS + bytes(90)] * 120)
    at = data.draw(st.integers(0, len(good) - 1))
    flipped = bytearray(good)
    flipped[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(DecodeFailed):
        read_packets(bytes(flipped))


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_cut_file_gives_a_beginning_or_an_error(data: st.DataObject) -> None:
    packets = [FRAME_20_MS + bytes(90)] * 120
    good = write_packets(packets)
    cut = good[: data.draw(st.integers(0, len(good) - 1))]
    try:
        got = read_packets(cut).packets
    except DecodeFailed:
        return
    assert got == tuple(packets[: len(got)])
    assert good[len(cut) :].startswith(b"OggS")


@pytest.mark.parametrize("garbage", [b"", b"OggS", b"RIFF" + bytes(100), bytes(27)])
def test_what_is_no_ogg_file_is_refused(garbage: bytes) -> None:
    with pytest.raises(DecodeFailed, match=r"Ogg"):
        read_packets(garbage)


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (page(b"\x07", b"\x01vorbis", kind=2), "no Opus stream"),
        (page(b"\x01", b"x"), "no Opus stream"),
        (opening()[: 27 + 1 + 19 + 10], "cut off inside its header"),
        (opening() + voice()[:-1], "page 2 is cut off"),
        (opening() + voice()[:27], "page 2 is cut off"),
        (opening() + voice() + b"tail" * 20, "page 3 does not begin"),
        (opening() + voice(3), "page 2: sequence 3 where 2 was due"),
        (opening() + voice(kind=5), "continuation flag"),
        (opening() + page(b"\xff", bytes(255), sequence=2) + voice(3), "continuation flag"),
        (opening() + page(b"\xff", bytes(255), sequence=2), "ends inside an Opus packet"),
        (opening() + voice() + voice(3), "goes on after its last page"),
        (opening() + voice() + opening(serial=8), "second stream is chained"),
        (opening(head_packet=head()[:12]), "OpusHead is too short"),
        (opening(head_packet=head(version=16)), "version 16"),
        (opening(head_packet=head(channels=3)), "3 channels"),
        (opening(head_packet=head(family=255)), "family 255"),
        (page(bytes([19]), head(), kind=2), "OpusTags is missing"),
        (page(bytes([19]), head(), kind=2) + voice(1), "OpusTags is missing"),
        (opening() + page(b"\x00", b"", kind=4, sequence=2), "packet is empty"),
    ],
)
def test_each_fault_has_its_sentence(file: bytes, says: str) -> None:
    with pytest.raises(DecodeFailed, match=says):
        read_packets(file)


def test_a_flipped_checksum_names_its_page() -> None:
    file = bytearray(opening() + voice())
    file[-1] ^= 1
    with pytest.raises(DecodeFailed, match="page 2 fails its checksum"):
        read_packets(bytes(file))


def test_a_head_that_is_no_stream_at_all_is_damage() -> None:
    unfinished = page(b"\xff", b"OpusHead" + bytes(247), kind=2) + page(b"\x00", b"", kind=1, sequence=1)
    with pytest.raises(DecodeFailed, match="0 channels"):
        read_packets(unfinished)


def test_other_streams_in_the_same_file_are_passed_over() -> None:
    video_opens = page(b"\x05", b"\x80theo", kind=2, serial=9)
    video_goes_on = page(b"\x03", b"abc", serial=9, sequence=1, kind=4)
    opus = opening()
    file = video_opens + opus + video_goes_on + voice()
    assert read_packets(file).packets == (FRAME_20_MS,)


def test_a_file_without_its_last_page_is_read_as_far_as_it_goes() -> None:
    got = read_packets(opening() + voice(kind=0, granule=100))
    assert got.packets == (FRAME_20_MS,)
    assert got.end_trim == 0


def test_end_trim_and_gain_are_kept() -> None:
    got = read_packets(write_packets([FRAME_20_MS] * 3, end_trim=500, gain_q8=-256))
    assert (got.end_trim, got.gain_q8, got.samples) == (500, -256, 3 * 960 - 312 - 500)


def test_last_page_that_claims_more_than_there_is_trims_nothing() -> None:
    assert read_packets(opening() + voice(granule=5_000)).end_trim == 0


def test_a_stream_without_sound() -> None:
    got = read_packets(write_packets([]))
    assert (got.packets, got.samples) == ((), 0)


@pytest.mark.parametrize(
    ("toc", "count", "samples"),
    [
        (0b00000_0_00, None, 480),
        (0b00011_0_00, None, 2_880),
        (0b01001_0_00, None, 960),
        (0b01011_0_01, None, 5_760),
        (0b01100_0_00, None, 480),
        (0b01111_0_10, None, 1_920),
        (0b10000_0_00, None, 120),
        (0b11111_0_00, None, 960),
        (0b11111_0_11, 6, 5_760),
        (0b10000_0_11, 0xC0 | 48, 5_760),
    ],
)
def test_duration_from_the_toc_byte(toc: int, count: int | None, samples: int) -> None:
    assert packet_samples(bytes([toc]) if count is None else bytes([toc, count])) == samples


@pytest.mark.parametrize("packet", [b"", b"\xff", b"\xff\x00", b"\xff\x07", bytes([0b00011_0_11, 3])])
def test_a_packet_of_impossible_duration_is_refused(packet: bytes) -> None:
    with pytest.raises(DecodeFailed, match="Opus packet"):
        packet_samples(packet)
    with pytest.raises(ValueError, match="Opus packet"):
        write_packets([packet])


@pytest.mark.parametrize("wrong", [{"channels": 3}, {"pre_skip": 70_000}, {"end_trim": 649}, {"end_trim": -1}])
def test_numbers_out_of_range_are_not_written(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"channels|format|end_trim"):
        write_packets([FRAME_20_MS], **wrong)


@pytest.mark.parametrize("frame_ms", [10, 20, 60])
def test_a_player_opens_what_we_write(frame_ms: int) -> None:
    encoder = OpusEncoder()
    square = np.where(np.arange(16 * frame_ms) // 20 % 2, 8_000, -8_000).astype(np.int16)
    packets = [encoder.encode(square) for _ in range(3_000 // frame_ms)]
    sound, rate = soundfile.read(io.BytesIO(write_packets(packets, end_trim=480)))
    assert len(sound) / rate == pytest.approx((3_000 * 48 - 312 - 480) / 48_000, abs=1e-3)
    assert abs(sound).max() > 0.1
