"""Frames in any order to sound in order, with every loss concealed and counted (document A section 3)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from desktop.audio.lane import CONCEAL_MS, Lane
from desktop.audio.ogg import read_packets
from desktop.audio.opus import OpusDecoder, OpusEncoder, packet_ms
from desktop.domain.errors import DecodeFailed
from desktop.domain.events import AudioGap
from desktop.domain.media import Codec, EncodedFrame, Party, PcmBlock

CALLS = Path(__file__).parents[2] / "resources" / "calls"
BASE = 1_700_000_000_000


def tone(ms: int, hz: float = 300.0) -> np.ndarray:
    t = np.arange(16 * ms) / 16_000
    return (8000 * np.sin(2 * np.pi * hz * t)).astype(np.int16)


def packets(count: int, frame_ms: float = 20, *, fec: bool = False) -> list[bytes]:
    encoder = OpusEncoder(fec=fec, loss_percent=20 if fec else 0)
    size = int(16 * frame_ms)
    sound = tone(int(count * frame_ms) + 1)
    return [encoder.encode(sound[i * size : (i + 1) * size]) for i in range(count)]


def frame(seq: int | None, payload: bytes, frame_ms: float = 20, codec: Codec = Codec.OPUS) -> EncodedFrame:
    at = None if seq is None else BASE + round(seq * frame_ms)
    return EncodedFrame("link", "c1", Party.CUSTOMER, codec, seq, at, payload, 1)


def lane() -> Lane:
    return Lane("c1", Party.CUSTOMER, BASE)


def blocks(found: list[PcmBlock | AudioGap]) -> list[PcmBlock]:
    return [b for b in found if isinstance(b, PcmBlock)]


def positions(found: list[PcmBlock | AudioGap]) -> list[int]:
    return [b.at_ms for b in blocks(found)]


def test_frames_in_order_come_out_at_once() -> None:
    ear = lane()
    out = [b for i, p in enumerate(packets(5)) for b in ear.push(frame(i, p))]
    assert positions(out) == [0, 20, 40, 60, 80]
    assert {b.samples.size for b in blocks(out)} == {320}
    assert ear.counts.received == 5
    assert ear.counts.concealed == 0


@pytest.mark.parametrize("frame_ms", [2.5, 5, 10, 20, 40, 60])
def test_the_duration_is_read_from_the_packet(frame_ms: float) -> None:
    ear = lane()
    out = [b for i, p in enumerate(packets(4, frame_ms)) for b in ear.push(frame(i, p, frame_ms))]
    assert {b.samples.size for b in blocks(out)} == {int(16 * frame_ms)}
    assert packet_ms(packets(1, frame_ms)[0]) == frame_ms


def test_a_packet_of_several_frames_is_one_block() -> None:
    one = OpusEncoder()
    first, second = one.encode(tone(20)), one.encode(tone(20))
    assert first[0] == second[0]
    joined = bytes([first[0] & 0xFC | 2]) + bytes([len(first) - 1]) + first[1:] + second[1:]  # RFC 6716 code 2
    assert packet_ms(joined) == 40
    (block,) = blocks(lane().push(frame(0, joined)))
    assert block.samples.size == 640


def test_a_swapped_pair_is_put_right_and_a_duplicate_dropped() -> None:
    ear = lane()
    p = packets(4)
    out = [b for i in (0, 2, 1, 1, 3) for b in ear.push(frame(i, p[i]))]
    assert positions(out) == [0, 20, 40, 60]
    assert (ear.counts.reordered, ear.counts.duplicate, ear.counts.concealed) == (1, 1, 0)


def test_a_lost_frame_is_concealed_after_a_short_wait() -> None:
    ear = lane()
    p = packets(12)
    out = [b for i in range(12) if i != 3 for b in ear.push(frame(i, p[i]))]
    assert positions(out) == [i * 20 for i in range(12)]
    assert [b.concealed_ms for b in blocks(out)][3] == 20
    assert ear.counts.concealed == 1


def test_the_in_band_copy_is_closer_than_a_guess() -> None:
    """Forward error correction is really used: on speech, the recovered frame resembles the lost one."""
    p = read_packets((CALLS / "lost-frames.customer.opus").read_bytes()).packets[:1500]
    whole, fec, plc = OpusDecoder(), OpusDecoder(), OpusDecoder()
    errors: dict[str, float] = {"fec": 0.0, "plc": 0.0}
    for i in range(len(p) - 1):
        right = whole.decode(p[i]).astype(float)
        if i % 5 == 4:
            errors["fec"] += float(np.sum((fec.recover(p[i + 1], 20) - right) ** 2))
            errors["plc"] += float(np.sum((plc.conceal(20) - right) ** 2))
        else:
            fec.decode(p[i])
            plc.decode(p[i])
    assert errors["fec"] < 0.5 * errors["plc"]


def test_a_long_hole_is_reported_not_invented() -> None:
    ear = lane()
    p = packets(60)
    out = [b for i in (0, *range(30, 60)) for b in ear.push(frame(i, p[i]))]
    gaps = [g for g in out if isinstance(g, AudioGap)]
    assert [(g.at_ms, g.missing_ms) for g in gaps] == [(20, 29 * 20.0)]
    assert gaps[0].missing_ms > CONCEAL_MS
    assert (ear.counts.lost, ear.counts.concealed) == (29, 0)
    assert positions(out)[1] == 600


def test_a_corrupt_frame_costs_itself_only() -> None:
    ear = lane()
    p = packets(4)
    out = [b for i, payload in enumerate([p[0], b"", p[2], p[3]]) for b in ear.push(frame(i, payload))]
    assert positions(out) == [0, 20, 40, 60]
    assert ear.counts.corrupt == 1
    assert blocks(out)[1].concealed_ms == 20


@pytest.mark.parametrize("payload", [b"", b"\x4b", b"\xff\xff", b"\x43\x3f" + bytes(70)])
def test_an_impossible_table_of_contents_is_refused(payload: bytes) -> None:
    with pytest.raises(DecodeFailed):
        OpusDecoder().decode(payload)


def test_a_thousand_random_packets_never_break_a_lane() -> None:
    ear = lane()
    chance = np.random.default_rng(7)
    for seq in range(1000):
        ear.push(frame(seq, chance.bytes(int(chance.integers(0, 200)))))
    ear.flush()
    good = packets(3)
    out = [b for i in range(3) for b in ear.push(frame(1000 + i, good[i]))]
    assert len(blocks(out)) == 3
    assert ear.counts.received == 1003


def test_a_new_numbering_starts_afresh() -> None:
    ear = lane()
    p = packets(4)
    first = ear.push(frame(500_000, p[0]))
    assert len(first) == 1
    start = BASE + 500_000 * 20
    again = EncodedFrame("l", "c1", Party.CUSTOMER, Codec.OPUS, 0, start + 20, p[1], 1)
    assert len(blocks(ear.push(again))) == 1
    assert ear.counts.concealed == 0


def test_a_sender_that_restarts_early_in_a_call_is_not_taken_for_duplicates() -> None:
    ear = lane()
    p = packets(30)
    for i in range(20):
        ear.push(frame(i, p[i]))
    out = []
    for i in range(5):
        out += ear.push(EncodedFrame("l", "c1", Party.CUSTOMER, Codec.OPUS, i, BASE + 2_000 + i * 20, p[20 + i], 1))
    assert positions(out) == [2000, 2020, 2040, 2060, 2080]
    assert [(g.at_ms, g.missing_ms) for g in out if isinstance(g, AudioGap)] == [(400, 1600.0)]
    assert ear.counts.duplicate == 0
    ear.push(frame(3, p[3]))
    assert ear.counts.duplicate == 1  # old sound is old sound


def test_the_senders_clock_moves_the_time_line_and_nonsense_does_not() -> None:
    ear = lane()
    p = packets(4)
    ear.push(frame(0, p[0]))
    later = EncodedFrame("l", "c1", Party.CUSTOMER, Codec.OPUS, 1, BASE + 5_000, p[1], 1)
    out = ear.push(later)
    assert [g for g in out if isinstance(g, AudioGap)] == []  # numbered on: the sender was silent, nothing is lost
    assert positions(out) == [5000]
    nonsense = EncodedFrame("l", "c1", Party.CUSTOMER, Codec.OPUS, 2, 1 << 60, p[2], 1)
    assert positions(ear.push(nonsense)) == [5020]


def test_bare_packets_have_no_number_and_still_sound() -> None:
    ear = Lane("c1", Party.MIXED, 0)
    out = [b for p in packets(3) for b in ear.push(frame(None, p))]
    assert positions(out) == [0, 20, 40]


def test_mu_law_comes_out_at_the_pipelines_rate() -> None:
    ear = lane()
    out = [b for i in range(10) for b in ear.push(frame(i, bytes([0x7F, 0xFF] * 80), codec=Codec.PCMU))]
    out += ear.push(frame(12, bytes(160), codec=Codec.PCMU)) + ear.flush()
    heard = sum(b.samples.size for b in blocks(out))
    assert 11 * 320 - 640 <= heard <= 11 * 320
    assert any(isinstance(g, AudioGap) for g in out)  # PCMU has no concealment


def test_a_lane_that_takes_over_goes_on_where_the_other_stopped() -> None:
    ear = Lane("c1", Party.CUSTOMER, BASE, resume_ms=400)
    assert positions(ear.push(frame(20, packets(1)[0]))) == [400]
