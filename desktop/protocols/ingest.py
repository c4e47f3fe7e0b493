"""Document C's audio over HTTPS: what a POST's head says and what a health check is, both roles.

    POST <destinationUrl>      Content-Type: audio/opus | audio/PCMU       X-Genesys-Cloud-Timestamp: <when it was sent>
    <- 200 at once, the timestamp echoed | 400 415 (names the field) | 401 (token) | 429 (Retry-After: backlog) | 503
    GET  <destinationUrl>      <- 200: the health check, and so is a POST with an empty body

The document names the two media types and the timestamp, and nothing that says whose sound it is, nor how packets are
framed. Ours, in its style; headers rather than query parameters, since those would keep the platform from reusing its
connections (section 2, `destinationUrl`), but `?conversationId=&channel=&sequence=` are understood as well:

    X-Genesys-Cloud-Conversation-Id   the call; without it every connection counts as a call of its own
    X-Genesys-Cloud-Channel           external | internal (also customer | agent, 0 | 1); without it: both mixed
    X-Genesys-Cloud-Sequence          number of this packet of this channel, 0 and up; without it: order of arrival

A body of known length is one Opus packet, or any number of PCMU samples. A chunked body of unknown length is a stream,
of PCMU samples or of Ogg-Opus (RFC 7845; recognised by its first bytes, or by audio/ogg and application/ogg).
PCMU is mu-law at 8 kHz (the document's "A-Law" is a slip); `audio/PCMU;channels=2`: external and internal interleaved.
With an encryption key a body is nonce (12 bytes) | AES-256-GCM ciphertext | tag (16 bytes), without associated data;
the document names no algorithm. A stream can't be encrypted this way, only bodies of known length.
"""

from __future__ import annotations

import base64
import binascii
import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from desktop.domain.errors import PeerBrokeProtocol, SettingInvalid
from desktop.domain.media import Codec, Party
from desktop.protocols.iso_time import to_epoch_ms

DEFAULT_PATH: Final = "/stream/v1/audiohook"
"""The path of the document's example."""

TIMESTAMP_HEADER: Final = "X-Genesys-Cloud-Timestamp"
CONVERSATION_HEADER: Final = "X-Genesys-Cloud-Conversation-Id"
CHANNEL_HEADER: Final = "X-Genesys-Cloud-Channel"
SEQUENCE_HEADER: Final = "X-Genesys-Cloud-Sequence"

MAX_BODY_BYTES: Final = 64 * 1024
MAX_ID: Final = 64  # bytes; what the consoles' interface can carry
MAX_SEQUENCE: Final = 2**63 - 1
KEY_BYTES: Final = 32
PCMU_BYTES_PER_MS: Final = 8
BACKLOG_MS: Final = 500.0
"""Edge case 1: what the platform itself buffers before it drops or throttles."""
SLOW_ROUND_TRIP_MS: Final = 150.0
"""Edge case 1: beyond this, calls should be throttled."""


class Packing(enum.Enum):
    """How a body holds its sound."""

    BARE = "bare"  # one Opus packet, or PCMU samples
    OGG = "ogg"  # Ogg-Opus pages


class WrongMediaType(PeerBrokeProtocol):
    """A Content-Type that can't be heard (415)."""


@dataclass(frozen=True, slots=True)
class MediaType:
    """`channels` 2: interleaved external and internal PCMU; 1 otherwise, whatever an Opus packet holds."""

    codec: Codec
    packing: Packing
    channels: int = 1


@dataclass(frozen=True, slots=True)
class IngestHead:
    """What is known of a body before its first byte. Times in ms since the Unix epoch, on the sender's clock."""

    media: MediaType
    call: str  # "" when the sender names none
    party: Party
    seq: int | None
    sent_at_ms: int | None


_PARTIES: Final = {
    "external": Party.CUSTOMER,
    "customer": Party.CUSTOMER,
    "0": Party.CUSTOMER,
    "internal": Party.AGENT,
    "agent": Party.AGENT,
    "1": Party.AGENT,
    "both": Party.MIXED,
    "mixed": Party.MIXED,
    "": Party.MIXED,
}
_CHANNELS: Final = {Party.CUSTOMER: "external", Party.AGENT: "internal", Party.MIXED: "both"}
_EXPECTED: Final = "send audio/opus or audio/PCMU"


def read_head(headers: Mapping[str, str], query: Mapping[str, str]) -> IngestHead:
    """The head of a POST. `headers` must not care about case.

    WrongMediaType: the Content-Type. PeerBrokeProtocol: another header or parameter, named.
    """
    media = read_media_type(headers.get("Content-Type", ""))
    call = (headers.get(CONVERSATION_HEADER) or query.get("conversationId") or "").strip()
    if len(call.encode("utf-8", "replace")) > MAX_ID or not call.isprintable():
        raise PeerBrokeProtocol(f"{CONVERSATION_HEADER}: at most {MAX_ID} bytes of printable characters")
    channel = (headers.get(CHANNEL_HEADER) or query.get("channel") or "").strip().lower()
    party = _PARTIES.get(channel)
    if party is None:
        raise PeerBrokeProtocol(f"{CHANNEL_HEADER}: not a channel; send external or internal")
    sequence = (headers.get(SEQUENCE_HEADER) or query.get("sequence") or "").strip()
    return IngestHead(media, call, party, _number(sequence), read_timestamp(headers.get(TIMESTAMP_HEADER)))


def read_media_type(text: str) -> MediaType:
    """Edge case 2: "Inspect the Content-Type header"; in any case, with or without parameters (RFC 9110 8.3)."""
    kind, *parameters = (part.strip().lower() for part in text.split(";"))
    named = dict(parameter.split("=", 1) for parameter in parameters if "=" in parameter)
    channels, rate = (named.get(name, "").strip().strip('"') for name in ("channels", "rate"))
    match kind:
        case "audio/opus":
            return MediaType(Codec.OPUS, Packing.BARE)
        case "audio/ogg" | "application/ogg":
            return MediaType(Codec.OPUS, Packing.OGG)
        case "audio/pcmu":
            if rate not in ("", "8000"):
                raise WrongMediaType("Content-Type: PCMU at another rate than 8000; send rate=8000")
            if channels not in ("", "1", "2"):
                raise WrongMediaType("Content-Type: PCMU of more than two channels; send channels=1 or 2")
            return MediaType(Codec.PCMU, Packing.BARE, 2 if channels == "2" else 1)
        case "audio/pcma":
            raise WrongMediaType(f"Content-Type: A-law can't be heard; {_EXPECTED} (mu-law)")
        case "":
            raise WrongMediaType(f"Content-Type: missing; {_EXPECTED}")
        case _:
            raise WrongMediaType(f"Content-Type: not a format that can be heard; {_EXPECTED}")


def read_timestamp(text: str | None) -> int | None:
    """ms since the Unix epoch. The document shows no example: ISO 8601, or a number of s, ms, us or ns since the epoch.

    None when the header is missing. PeerBrokeProtocol if it is something else.
    """
    text = (text or "").strip()
    if not text:
        return None
    problem = PeerBrokeProtocol(f"{TIMESTAMP_HEADER}: not a time; send ISO 8601, or milliseconds since 1970")
    try:
        value = float(text) if len(text) <= 30 else -1.0
    except ValueError:
        try:
            return to_epoch_ms(datetime.fromisoformat(text.replace("Z", "+00:00")))
        except (ValueError, OverflowError):
            raise problem from None
    for limit, scale in ((1e11, 1000.0), (1e14, 1.0), (1e17, 1e-3), (1e20, 1e-6)):
        if 0 <= value < limit:
            return round(value * scale)
    raise problem


def read_encryption_key(text: str) -> bytes:
    """The 256 bits of an `encryptionKey`, base64 (either alphabet) or 64 hexadecimal digits. SettingInvalid if not."""
    text = text.strip()
    try:
        key = bytes.fromhex(text) if len(text) == 2 * KEY_BYTES else base64.b64decode(_plain64(text), validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        hint = "Write 32 random bytes as base64 (44 characters) or as 64 hexadecimal digits, or leave it empty"
        raise SettingInvalid("encryptionKey", "is not a key of 256 bits", hint)
    return key


def _plain64(text: str) -> str:
    return text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4)


def head_headers(head: IngestHead) -> dict[str, str]:
    """The sender's headers for a body."""
    headers = {"Content-Type": _content_type(head.media), CHANNEL_HEADER: _CHANNELS[head.party]}
    if head.call:
        headers[CONVERSATION_HEADER] = head.call
    if head.seq is not None:
        headers[SEQUENCE_HEADER] = str(head.seq)
    if head.sent_at_ms is not None:
        headers[TIMESTAMP_HEADER] = str(head.sent_at_ms)
    return headers


def _content_type(media: MediaType) -> str:
    if media.packing is Packing.OGG:
        return "audio/ogg"
    if media.codec is Codec.OPUS:
        return "audio/opus"
    return "audio/PCMU;channels=2" if media.channels == 2 else "audio/PCMU"


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= MAX_SEQUENCE):
        raise PeerBrokeProtocol(f"{SEQUENCE_HEADER}: not a number; send 0, 1, 2 and so on, or leave it out")
    return int(text)
