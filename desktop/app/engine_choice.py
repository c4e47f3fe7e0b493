"""The chosen engine with what it needs from the keyring, ready to be loaded here or in a worker process."""

from __future__ import annotations

from desktop.app.catalog import RecogniserChoice
from desktop.domain.ports import SecretKeeper
from desktop.settings.model import EngineKind, Recognition
from desktop.settings.secrets import SPEECH_SERVICE_KEY, SecretStore


async def engine_of(recognition: Recognition, secrets: SecretKeeper | None = None) -> RecogniserChoice:
    """`secrets` comes before the keyring: it may hold a key for this session only."""
    if recognition.engine is not EngineKind.SPEECH_SERVICE:
        return RecogniserChoice(recognition)
    key = None if secrets is None else await secrets.get(SPEECH_SERVICE_KEY)
    return RecogniserChoice(recognition, key or await SecretStore().get(SPEECH_SERVICE_KEY) or "")
