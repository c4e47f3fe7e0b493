"""The optional encryption of document C's payloads: AES-256-GCM, the nonce in front (see protocols/ingest.py)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from desktop.domain.errors import PeerBrokeProtocol
from desktop.protocols.ingest import read_encryption_key

NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
WRONG_KEY: Final = (
    "body: can't be decrypted; the hook's encryptionKey and the listener's must be the same, or empty on both sides"
)


class PayloadCipher:
    """One key, both directions. SettingInvalid if `encryption_key` is none."""

    def __init__(self, encryption_key: str, *, nonce: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._key = AESGCM(read_encryption_key(encryption_key))
        self._nonce = nonce

    def seal(self, payload: bytes) -> bytes:
        """What a sender puts into the body."""
        nonce = self._nonce(NONCE_BYTES)
        return nonce + self._key.encrypt(nonce, payload, None)

    def open(self, body: bytes) -> bytes:
        """The payload. PeerBrokeProtocol (WRONG_KEY) if the key is another, or the body is damaged or not encrypted."""
        if len(body) < NONCE_BYTES + TAG_BYTES:
            raise PeerBrokeProtocol(WRONG_KEY)
        try:
            return self._key.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], None)
        except InvalidTag:
            raise PeerBrokeProtocol(WRONG_KEY) from None
