"""The head of document C's POST, and what a sender writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from desktop.domain.errors import PeerBrokeProtocol, SettingInvalid
from desktop.domain.media import Codec, Party
from desktop.protocols.ingest import (
    IngestHead,
    MediaType,
    Packing,
    WrongMediaType,
    head_headers,
    read_encryption_key,
    read_head,
    read_media_type,
    read_timestamp,
)

BARE_OPUS = MediaType(Codec.OPUS, Packing.BARE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("audio/opus", BARE_OPUS),
        ("Audio/OPUS; rate=48000; channels=2", BARE_OPUS),
        ("audio/ogg", MediaType(Codec.OPUS, Packing.OGG)),
        ("application/ogg; codecs=opus", MediaType(Codec.OPUS, Packing.OGG)),
        ("audio/PCMU", MediaType(Codec.PCMU, Packing.BARE)),
        ('audio/pcmu;rate="8000";channels=1;x', MediaType(Codec.PCMU, Packing.BARE)),
        ("audio/PCMU;channels=2", MediaType(Codec.PCMU, Packing.BARE, 2)),
    ],
)
def test_document_c_edge_case_2_the_content_type_says_the_format(text: str, expected: MediaType) -> None:
    assert read_media_type(text) == expected


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "missing"),
        ("application/octet-stream", "send audio/opus or audio/PCMU"),
        ("audio/PCMA", "A-law"),
        ("audio/PCMU;rate=16000", "8000"),
        ("audio/PCMU;channels=6", "two channels"),
    ],
)
def test_document_c_edge_case_2_a_format_that_cannot_be_heard_is_named(text: str, named: str) -> None:
    with pytest.raises(WrongMediaType, match=rf"Content-Type: .*{named}"):
        read_media_type(text)


def test_the_whole_head() -> None:
    headers = CIMultiDict(
        {
            "content-type": "audio/opus",
            "x-genesys-cloud-conversation-id": "34c18827-77a6-4970-ad66-6f2966c85bad",
            "X-Genesys-Cloud-Channel": "Internal",
            "X-GENESYS-CLOUD-SEQUENCE": "7",
            "X-Genesys-Cloud-Timestamp": "2026-11-20T12:00:00.250Z",
        }
    )
    assert read_head(headers, {}) == IngestHead(
        BARE_OPUS, "34c18827-77a6-4970-ad66-6f2966c85bad", Party.AGENT, 7, 1_795_176_000_250
    )


def test_the_document_s_head_alone_is_enough() -> None:
    assert read_head({"Content-Type": "audio/PCMU"}, {}) == IngestHead(
        MediaType(Codec.PCMU, Packing.BARE), "", Party.MIXED, None, None
    )


def test_query_parameters_are_understood_too() -> None:
    head = read_head({"Content-Type": "audio/PCMU"}, {"conversationId": "c", "channel": "0", "sequence": "3"})
    assert (head.call, head.party, head.seq) == ("c", Party.CUSTOMER, 3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Genesys-Cloud-Conversation-Id", "c" * 201),
        ("X-Genesys-Cloud-Conversation-Id", "c\x07"),
        ("X-Genesys-Cloud-Channel", "left"),
        ("X-Genesys-Cloud-Sequence", "-1"),
        ("X-Genesys-Cloud-Sequence", "9" * 19),
        ("X-Genesys-Cloud-Timestamp", "yesterday"),
    ],
)
def test_a_header_that_is_wrong_is_named_and_not_repeated(name: str, value: str) -> None:
    with pytest.raises(PeerBrokeProtocol, match=name) as caught:
        read_head({"Content-Type": "audio/opus", name: value}, {})
    assert value not in str(caught.value) or value == "-1"


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        (None, None),
        ("  ", None),
        ("1795176000", 1_795_176_000_000),
        ("1795176000.25", 1_795_176_000_250),
        ("1795176000250", 1_795_176_000_250),
        ("1795176000250000", 1_795_176_000_250),
        ("1795176000250000000", 1_795_176_000_250),
        ("2026-11-20T12:00:00.250+00:00", 1_795_176_000_250),
        ("2026-11-20T13:00:00.250+01:00", 1_795_176_000_250),
    ],
)
def test_timestamps_of_every_kind(text: str | None, ms: int | None) -> None:
    assert read_timestamp(text) == ms


@pytest.mark.parametrize("text", ["nan", "inf", "-5", "1e30", "1" * 31, "2026-13-01", "\x00"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(PeerBrokeProtocol, match="X-Genesys-Cloud-Timestamp"):
        read_timestamp(text)


@given(st.text(max_size=40))
def test_any_timestamp_is_a_time_or_a_named_problem(text: str) -> None:
    try:
        ms = read_timestamp(text)
    except PeerBrokeProtocol as problem:
        assert "X-Genesys-Cloud-Timestamp" in str(problem)  # noqa: PT017
    else:
        assert ms is None or isinstance(ms, int)


@given(st.dictionaries(st.sampled_from(["Content-Type", "X-Genesys-Cloud-Channel", "x"]), st.text(max_size=30)))
def test_any_head_is_a_head_or_a_named_problem(headers: dict[str, str]) -> None:
    try:
        read_head(headers, {})
    except PeerBrokeProtocol as problem:
        assert ":" in str(problem)  # noqa: PT017


@pytest.mark.parametrize(
    ("head", "headers"),
    [
        (
            IngestHead(BARE_OPUS, "c-1", Party.CUSTOMER, 4, 1_795_176_000_250),
            {
                "Content-Type": "audio/opus",
                "X-Genesys-Cloud-Channel": "external",
                "X-Genesys-Cloud-Conversation-Id": "c-1",
                "X-Genesys-Cloud-Sequence": "4",
                "X-Genesys-Cloud-Timestamp": "1795176000250",
            },
        ),
        (
            IngestHead(MediaType(Codec.PCMU, Packing.BARE, 2), "", Party.MIXED, None, None),
            {"Content-Type": "audio/PCMU;channels=2", "X-Genesys-Cloud-Channel": "both"},
        ),
        (
            IngestHead(MediaType(Codec.PCMU, Packing.BARE), "", Party.AGENT, None, None),
            {"Content-Type": "audio/PCMU", "X-Genesys-Cloud-Channel": "internal"},
        ),
        (
            IngestHead(MediaType(Codec.OPUS, Packing.OGG), "", Party.AGENT, None, None),
            {"Content-Type": "audio/ogg", "X-Genesys-Cloud-Channel": "internal"},
        ),
    ],
)
def test_what_a_sender_writes(head: IngestHead, headers: dict[str, str]) -> None:
    assert head_headers(head) == headers
    assert read_head(headers, {}) == head


@pytest.mark.parametrize(
    "text",
    ["ff" * 32, "_" * 42 + "8", "/" * 42 + "8=", " " + "/" * 42 + "8= "],
)
def test_an_encryption_key_in_every_spelling(text: str) -> None:
    assert read_encryption_key(text) == b"\xff" * 32


@pytest.mark.parametrize("text", ["", "secret", "ff" * 31, "zz" * 32, "A" * 80, "ü" * 44])
def test_an_encryption_key_of_another_length_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(SettingInvalid, match="encryptionKey: is not a key of 256 bits") as caught:
        read_encryption_key(text)
    assert not text or text not in str(caught.value)
