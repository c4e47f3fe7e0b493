"""What an administrator enters so that the platform dials us (AudioHook), and what the listener can bear."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class TranscriptsBack(enum.Enum):
    """What of the recognised words is sent back to the platform. A monitor need not send anything."""

    OFF = "off"
    FINALS = "finals"
    ALL = "all"  # partials as well


@dataclass(frozen=True, slots=True)
class ListenerSetup:
    """Made once, shown to be copied into Admin > Integrations. The two secrets are in the keyring and nowhere else."""

    uri: str  # wss://host/path
    api_key: str = field(repr=False)
    client_secret: str = field(repr=False)
    custom_config: str = "{}"  # JSON for "Advanced"
    steps: tuple[str, ...] = ()  # the checklist, in order, one sentence each
    transcripts_back: TranscriptsBack = TranscriptsBack.OFF


@dataclass(frozen=True, slots=True)
class CapacityPlan:
    """What so many calls at once need, and what gives out first."""

    calls: int
    network_mbit_s: float
    cpu_cores: float
    memory_mb: float
    fits: bool
    limit: str  # a sentence: which resource gives out first, and at how many calls
