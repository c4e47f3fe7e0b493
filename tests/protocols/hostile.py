"""What a hostile peer may send to everything that listens, as one function of bytes: fuzzed by packaging/fuzz.py.

The first byte chooses the parser, 0x1E separates messages. Only errors that name the fault may come out.
"""

from __future__ import annotations

import contextlib

from desktop.domain.errors import PeerBrokeProtocol, SettingInvalid
from desktop.protocols import (
    analytics,
    audio_frame,
    bot_events,
    http_signature,
    ingest,
    notifications,
    oauth_endpoint,
    queue_calls,
    speech_stream,
    transcription,
)
from desktop.protocols.audio_connector import decode_client_message
from desktop.protocols.audiohook_session import AudioHookSession
from desktop.protocols.audiohook_states import Greeting

ALLOWED = (PeerBrokeProtocol, SettingInvalid, ingest.WrongMediaType)
SEPARATOR = b"\x1e"
OPEN = (
    b'{"version":"2","type":"open","id":"S","seq":1,"serverseq":0,"position":"PT0S","parameters":{"organizationId":"O",'
    b'"conversationId":"c","participant":{"id":"p","ani":"","aniName":"","dnis":""},"media":[{"type":"audio",'
    b'"format":"PCMU","channels":["external","internal"],"rate":8000}]}}'
)
PARSERS = 11


def hostile(data: bytes) -> None:
    """Anything but an error of ALLOWED is a finding."""
    if not data:
        return
    kind, pieces = data[0] % PARSERS, data[1:].split(SEPARATOR)
    if kind <= 1:
        _session(pieces, opened=kind == 1)
        return
    for piece in pieces:
        with contextlib.suppress(*ALLOWED):
            _parse(kind, piece)


def _session(pieces: list[bytes], *, opened: bool) -> None:
    session = AudioHookSession("S", "O", lambda asked: Greeting(), 0.0)
    if opened:
        session.hear(OPEN, 0.0)
    for nth, piece in enumerate(pieces, 1):
        if piece.startswith(b"\x00"):
            session.hear_sound(piece[1:], nth / 10)
        else:
            session.hear(piece, nth / 10)


def _parse(kind: int, piece: bytes) -> None:
    text = piece.decode("latin-1")
    match kind:
        case 2:
            first, _, second = text.partition("\n")
            http_signature.read_signature(first, second)
        case 3:
            speech_stream.decode_client_message(piece)
        case 4:
            lines = (line.partition(":") for line in text.split("\n"))
            ingest.read_head(
                {name.strip().title(): value.strip() for name, _, value in lines}, {"conversationId": text}
            )
        case 5:
            audio_frame.parse(piece)
        case 6:
            decode_client_message(piece)
        case 7:
            analytics.decode_server_message(piece)
            bot_events.decode_server_message(piece)
        case 8:
            notifications.decode_socket_message(piece)
        case 9:
            queue_calls.decode_queue_call(piece)
            transcription.decode_transcription(piece)
        case _:
            oauth_endpoint.decode_token_request(piece, "application/json", None)
