"""Document C's listener without its socket: encryption, Ogg pages, format guesses, delays."""

from __future__ import annotations

import contextlib
import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.audio.ogg import write_packets
from desktop.audio.opus import OpusEncoder
from desktop.domain.errors import PeerBrokeProtocol, SettingInvalid
from desktop.domain.finding import Level
from desktop.domain.media import Codec
from desktop.gateway.ingest_bodies import BodyReader, whole_body
from desktop.gateway.ingest_cipher import PayloadCipher
from desktop.gateway.ingest_delay import DelayMeter
from desktop.gateway.ingest_format import FormatWatch, looks_compressed, sounds_like_pcmu, valid_opus
from desktop.gateway.ingest_ogg import OggReader
from desktop.protocols.ingest import MediaType, Packing
from desktop.simulator.ingest_client import mu_law

KEY = "ff" * 32
OPUS = MediaType(Codec.OPUS, Packing.BARE)
PCMU = MediaType(Codec.PCMU, Packing.BARE)


def tone(seconds: float, rate: int = 16_000, *, hz: float = 300.0, loud: float = 8_000.0) -> np.ndarray:
    """Something voiced: a few harmonics that come and go."""
    t = np.arange(int(seconds * rate)) / rate
    wave = sum(np.sin(2 * math.pi * hz * n * t) / n for n in (1, 2, 3, 5))
    noise = np.random.default_rng(1).normal(0, 0.02, t.size)
    return ((wave * (0.6 + 0.4 * np.sin(2 * math.pi * 3 * t)) + noise) * loud / 2).astype(np.int16)


def opus_packets(seconds: float = 1.0) -> list[bytes]:
    encoder, sound = OpusEncoder(), tone(seconds)
    return [encoder.encode(sound[at : at + 320]) for at in range(0, sound.size, 320)]


def pcmu(seconds: float = 1.0) -> bytes:
    return mu_law(tone(seconds, 8_000))


PACKETS = opus_packets()
SPEECH = pcmu()


# encryption


def test_what_was_sealed_opens_with_the_same_key_and_with_no_other() -> None:
    sealed = PayloadCipher(KEY).seal(b"sound")
    assert PayloadCipher(KEY).open(sealed) == b"sound"
    with pytest.raises(PeerBrokeProtocol, match="encryptionKey and the listener's must be the same"):
        PayloadCipher("00" * 32).open(sealed)


def test_a_golden_sealed_body() -> None:
    """AES-256-GCM, key 32 x ff, nonce 12 x 01, no associated data; computed with `openssl`-compatible primitives."""
    assert PayloadCipher(KEY, nonce=lambda n: b"\x01" * n).seal(b"sound").hex() == (
        "010101010101010101010101" + GOLDEN_SEALED
    )


GOLDEN_SEALED = "0ead012a307345df26d5846e450363c703084ec75c"


@pytest.mark.parametrize("body", [b"", b"x" * 27, b"x" * 200])
def test_what_is_not_encrypted_is_refused_by_a_listener_with_a_key(body: bytes) -> None:
    with pytest.raises(PeerBrokeProtocol, match="can't be decrypted"):
        PayloadCipher(KEY).open(body)


def test_a_key_that_is_none() -> None:
    with pytest.raises(SettingInvalid, match="encryptionKey"):
        PayloadCipher("short")


# Ogg as it comes


@pytest.mark.parametrize("size", [1, 7, 100, 10_000])
def test_packets_come_out_however_the_bytes_are_cut(size: int) -> None:
    ogg, reader, found = write_packets(PACKETS), OggReader(), []
    for at in range(0, len(ogg), size):
        found += reader.feed(ogg[at : at + size])
    assert found == PACKETS
    assert reader.damaged == 0


def test_a_damaged_page_costs_its_own_packets_only() -> None:
    many = opus_packets(3.0)
    ogg = bytearray(write_packets(many))
    pages = [at for at in range(len(ogg)) if ogg[at : at + 4] == b"OggS"]
    ogg[pages[3] + 40] ^= 0xFF
    reader = OggReader()
    found = reader.feed(bytes(ogg))
    assert found == many[:50] + many[100:]
    assert reader.damaged > 0


def test_a_lost_page_is_counted() -> None:
    many = opus_packets(3.0)
    ogg = write_packets(many)
    pages = [at for at in range(len(ogg)) if ogg[at : at + 4] == b"OggS"]
    reader = OggReader()
    assert reader.feed(ogg[: pages[3]] + ogg[pages[4] :]) == many[:50] + many[100:]
    assert reader.damaged == 1


def padded(size: int) -> bytes:
    """A valid Opus packet of about `size` bytes: one short frame and padding (RFC 6716 section 3.2.5)."""
    lengths, rest = divmod(size, 254)
    return b"\xfb\x41" + b"\xff" * lengths + bytes([rest]) + b"\x2a\x2b" + bytes(254 * lengths + rest)


def test_a_packet_over_several_pages_and_one_whose_beginning_is_lost() -> None:
    packets = [padded(40_000), padded(40_000), PACKETS[1]]
    ogg = write_packets(packets)
    pages = [at for at in range(len(ogg)) if ogg[at : at + 4] == b"OggS"]
    assert len(pages) >= 4
    assert OggReader().feed(ogg) == packets
    reader = OggReader()
    assert reader.feed(ogg[: pages[2]] + ogg[pages[3] :]) == [PACKETS[1]]
    assert reader.damaged == 1


def test_a_packet_without_end_is_not_kept() -> None:
    reader = OggReader()
    assert reader.feed(write_packets([PACKETS[0], padded(200_000), PACKETS[1]])) == [PACKETS[0], PACKETS[1]]


@given(st.lists(st.binary(max_size=60), max_size=20))
@settings(max_examples=60)
def test_arbitrary_bytes_never_break_the_reader(pieces: list[bytes]) -> None:
    reader = OggReader()
    for piece in [*pieces, b"OggS", *pieces]:
        assert all(isinstance(packet, bytes) for packet in reader.feed(piece))


# edge case 2: what the bytes are


def test_document_c_edge_case_2_opus_declared_as_pcmu_is_noticed() -> None:
    watch = FormatWatch(Codec.PCMU)
    heard = [watch.hear_packet(packet) for packet in PACKETS]
    assert heard[0] is Codec.PCMU
    assert heard[-1] is Codec.OPUS


def test_document_c_edge_case_2_pcmu_declared_as_opus_is_noticed() -> None:
    watch = FormatWatch(Codec.OPUS)
    heard = [watch.hear_packet(SPEECH[at : at + 160]) for at in range(0, len(SPEECH), 160)]
    assert heard[-1] is Codec.PCMU


@pytest.mark.parametrize("silence", [b"\xff", b"\x7f", b"\xd5"])
def test_document_c_edge_case_2_silence_declared_as_opus_is_noticed_and_as_pcmu_is_left_alone(silence: bytes) -> None:
    wrong, right = FormatWatch(Codec.OPUS), FormatWatch(Codec.PCMU)
    for _ in range(50):
        wrong.hear_packet(silence * 160)
        assert right.hear_packet(silence * 160) is Codec.PCMU
    assert wrong.believed is (Codec.PCMU if not valid_opus(silence * 160) else Codec.OPUS)


def test_what_is_declared_rightly_stays() -> None:
    opus, mulaw = FormatWatch(Codec.OPUS), FormatWatch(Codec.PCMU)
    assert {opus.hear_packet(packet) for packet in PACKETS} == {Codec.OPUS}
    assert {mulaw.hear_packet(SPEECH[at : at + 160]) for at in range(0, len(SPEECH), 160)} == {Codec.PCMU}


@pytest.mark.parametrize("kind", ["speech", "tone", "white noise", "quiet noise", "fax"])
def test_telephone_sound_of_every_kind_is_pcmu(kind: str) -> None:
    chance = np.random.default_rng(2)
    t = np.arange(8_000) / 8_000
    sound = {
        "speech": tone(1.0, 8_000),
        "tone": (12_000 * np.sin(2 * math.pi * 1_000 * t)),
        "white noise": chance.normal(0, 6_000, t.size),
        "quiet noise": chance.normal(0, 60, t.size),
        "fax": 9_000 * np.sin(2 * math.pi * 1_700 * t + np.repeat(chance.integers(0, 4, 1_000), 8) * math.pi / 2),
    }[kind]
    sample = mu_law(np.clip(sound, -32_000, 32_000).astype(np.int16))
    watch = FormatWatch(Codec.PCMU)
    assert not looks_compressed(sample)
    assert all(watch.hear_stream(sample[at : at + 800]) for at in range(0, len(sample), 800))
    assert all(watch.hear_packet(sample[at : at + 160]) is Codec.PCMU for at in range(0, len(sample), 160))


def test_compressed_bytes_in_a_stream_of_pcmu_are_noticed_and_the_way_back() -> None:
    watch = FormatWatch(Codec.PCMU)
    noise = random.Random(3).randbytes(8_192)
    assert not sounds_like_pcmu(noise)
    assert not watch.hear_stream(noise)
    assert watch.hear_stream(SPEECH)


# bodies


def test_one_packet_per_body() -> None:
    (payload,) = whole_body(OPUS, FormatWatch(Codec.OPUS), PACKETS[0])
    assert (payload.codec, payload.data, payload.ms) == (Codec.OPUS, PACKETS[0], 20.0)


def test_a_small_ogg_file_is_a_body_too() -> None:
    payloads = whole_body(OPUS, FormatWatch(Codec.OPUS), write_packets(PACKETS[:5]))
    assert [payload.data for payload in payloads] == PACKETS[:5]


@pytest.mark.parametrize("body", [b"OggS", b"OggS" + bytes(100), write_packets(PACKETS[:5])[:-3]])
def test_a_damaged_ogg_body_is_named(body: bytes) -> None:
    with pytest.raises(PeerBrokeProtocol, match="not Ogg-Opus, or damaged"):
        whole_body(OPUS, FormatWatch(Codec.OPUS), body)


def test_a_body_that_names_hours_of_sound_is_refused() -> None:
    with pytest.raises(PeerBrokeProtocol, match="more than 10 s"):
        whole_body(OPUS, FormatWatch(Codec.OPUS), write_packets([b"\x18"] * 200))


def test_what_is_no_opus_packet_is_named() -> None:
    with pytest.raises(PeerBrokeProtocol, match="Opus packet"):
        whole_body(OPUS, FormatWatch(Codec.OPUS), b"\xff\xff\xff")


def test_pcmu_of_two_channels_is_taken_apart() -> None:
    stereo = MediaType(Codec.PCMU, Packing.BARE, 2)
    left, right = whole_body(stereo, FormatWatch(Codec.PCMU), b"\x01\x02" * 80)
    assert (left.data, right.data, left.ms) == (b"\x01" * 80, b"\x02" * 80, 10.0)
    with pytest.raises(PeerBrokeProtocol, match="half a sample"):
        whole_body(stereo, FormatWatch(Codec.PCMU), b"\x01\x02\x03")


def test_after_the_mistake_is_noticed_pcmu_among_opus_is_still_pcmu() -> None:
    watch = FormatWatch(Codec.PCMU)
    for packet in PACKETS:
        whole_body(PCMU, watch, packet)
    assert whole_body(PCMU, watch, PACKETS[0])[0].codec is Codec.OPUS
    assert whole_body(PCMU, watch, b"\xff" * 160)[0].codec is Codec.PCMU


@pytest.mark.parametrize("size", [1, 13, 160, 5_000])
def test_a_pcmu_stream_comes_out_whole_however_it_is_cut(size: int) -> None:
    reader, out = BodyReader(PCMU, FormatWatch(Codec.PCMU)), []
    for at in range(0, len(SPEECH), size):
        out += reader.feed(SPEECH[at : at + size])
    out += reader.finish()
    assert b"".join(payload.data for payload in out) == SPEECH
    assert all(payload.ms <= 100 for payload in out)
    assert all(payload.ms >= 20 for payload in out[:-1])


def test_a_stereo_stream_keeps_its_channels_however_it_is_cut() -> None:
    both = bytes(value for pair in zip(SPEECH, SPEECH[::-1], strict=True) for value in pair)
    reader, out = BodyReader(MediaType(Codec.PCMU, Packing.BARE, 2), FormatWatch(Codec.PCMU)), []
    for at in range(0, len(both), 333):
        out += reader.feed(both[at : at + 333])
    out += reader.finish()
    assert b"".join(payload.data for payload in out[0::2]) == SPEECH
    assert b"".join(payload.data for payload in out[1::2]) == SPEECH[::-1]


def test_ogg_is_recognised_in_a_stream_whatever_the_content_type_says() -> None:
    for media in (OPUS, PCMU, MediaType(Codec.OPUS, Packing.OGG)):
        watch = FormatWatch(media.codec)
        reader = BodyReader(media, watch)
        found = [payload.data for payload in [*reader.feed(write_packets(PACKETS)), *reader.finish()]]
        assert found == PACKETS
        assert watch.believed is Codec.OPUS


def test_bare_opus_packets_can_t_be_streamed() -> None:
    with pytest.raises(PeerBrokeProtocol, match="send Ogg-Opus, or one packet per request"):
        BodyReader(OPUS, FormatWatch(Codec.OPUS)).feed(b"".join(PACKETS))


def test_a_stream_of_compressed_bytes_as_pcmu_is_not_passed_on() -> None:
    reader = BodyReader(PCMU, FormatWatch(Codec.PCMU))
    out = reader.feed(random.Random(3).randbytes(16_384))
    assert reader.unheard
    assert sum(payload.ms for payload in out) <= 600


def test_a_packet_that_breaks_the_rules_inside_ogg_is_left_out() -> None:
    bad = b"\x03\x05" + bytes(11)  # five equal frames don't fill eleven bytes
    reader = BodyReader(OPUS, FormatWatch(Codec.OPUS))
    assert [p.data for p in reader.feed(write_packets([PACKETS[0], bad, PACKETS[1]]))] == PACKETS[:2]
    assert reader.gaps == 1


MEDIA = [
    OPUS,
    PCMU,
    MediaType(Codec.OPUS, Packing.OGG),
    MediaType(Codec.PCMU, Packing.BARE, 2),
]


@given(st.lists(st.binary(max_size=1_500), max_size=15), st.sampled_from(MEDIA))
@settings(max_examples=150)
def test_arbitrary_bodies_never_raise_anything_but_a_named_problem(pieces: list[bytes], media: MediaType) -> None:
    watch = FormatWatch(media.codec)
    for piece in pieces:
        with contextlib.suppress(PeerBrokeProtocol):
            assert all(payload.ms >= 0 for payload in whole_body(media, watch, piece))
    reader = BodyReader(media, FormatWatch(media.codec))
    with contextlib.suppress(PeerBrokeProtocol):
        for piece in pieces:
            reader.feed(piece)
        reader.finish()


# edge case 1: delays


def test_document_c_edge_case_1_a_round_trip_above_150_ms_is_warned_of_and_calms_down() -> None:
    meter = DelayMeter()
    meter.note(1_000, 1_020, 0.0)
    assert meter.take(0.5)[0] == 20
    meter.note(2_000, 2_151, 1.0)
    worst, findings = meter.take(1.5)
    assert worst == 151
    assert [(f.subject, f.level) for f in findings] == [("Round trip", Level.WARN)]
    assert "151 ms" in findings[0].text
    assert "routing rules" in findings[0].remedy
    meter.note(3_000, 3_010, 2.0)
    assert meter.take(2.5) == (10, [])
    meter.note(13_000, 13_010, 12.0)
    assert [(f.subject, f.level) for f in meter.take(12.5)[1]] == [("Round trip", Level.PASS)]


def test_exactly_150_ms_is_no_warning() -> None:
    meter = DelayMeter()
    meter.note(0, 150, 0.0)
    assert {finding.level for finding in meter.take(0.5)[1]} == {Level.PASS}
    assert meter.take(1.0) == (None, [])


@pytest.mark.parametrize("ahead_ms", [-3_000.0, 7_000.0])
def test_clocks_that_disagree_are_named_and_spikes_still_seen(ahead_ms: float) -> None:
    meter = DelayMeter()
    meter.note(0, ahead_ms, 0.0)
    worst, findings = meter.take(0.5)
    assert worst == 0
    assert [(f.subject, f.level) for f in findings] == [("Round trip", Level.PASS), ("Clock", Level.WARN)]
    assert f"{abs(ahead_ms) / 1000:.1f} s {'ahead of' if ahead_ms > 0 else 'behind'}" in findings[1].text
    assert meter.note(10_000, 10_400 + ahead_ms, 1.0) == 400
    assert [(f.subject, f.level) for f in meter.take(1.5)[1]] == [("Round trip", Level.WARN)]


def test_a_clock_that_was_put_right_is_believed_after_two_windows() -> None:
    meter = DelayMeter()
    meter.note(0, -5_000, 0.0)
    for at_s in (61.0, 122.0, 183.0):
        meter.note(0, 10, at_s)
    assert {(f.subject, f.level) for f in meter.take(184.0)[1]} >= {("Clock", Level.PASS)}
