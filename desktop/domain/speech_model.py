"""Speech models as everybody speaks of them: engines, what a catalogue or a manifest says of a model, how it stands."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from desktop.domain.speech import EngineNotice


class EngineKind(enum.Enum):
    """What turns speech into words."""

    EMBEDDED = "embedded"  # comes along, needs nothing
    SHERPA = "sherpa-onnx"
    VOSK = "vosk"
    SPEECH_SERVICE = "speech-service"  # a service that speaks document D


@dataclass(frozen=True, slots=True)
class SpeechModel:
    """What is known of a model without loading it. Empty or 0: nobody said."""

    id: str  # its folder's name, and what settings call it
    engine: EngineKind
    name: str = ""
    language: str = ""  # BCP 47
    band_hz: int = 0  # the sampling rate of the speech that it was trained on: 8000 (telephone) or 16000
    size_bytes: int = 0  # of the archive as its publisher states it, else of the unpacked files
    licence: str = ""
    note: str = ""  # a sentence about what it is good for


class Trust(enum.Enum):
    """What the checksum of a model's archive was compared with."""

    PUBLISHED = "published"  # the publisher's own
    FIRST_USE = "first use"  # there is none: the one of the first download counts from then on
    LOCAL = "local"  # a folder or archive that somebody brought


class ModelState(enum.Enum):
    """How a model stands, or what is being done with it."""

    OFFERED = "offered"  # in the catalogue, not here
    PARTIAL = "partial"  # a part of its archive is here; a download goes on from there
    FETCHING = "fetching"
    UNPACKING = "unpacking"
    INSTALLED = "installed"
    VERIFYING = "verifying"
    MEASURING = "measuring"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Speed:
    """What an engine with this model needed on this machine for one scripted call, in a process of its own."""

    cpu_per_speech_s: float  # seconds of processor time, all cores together, for a second of speech
    final_ms: float  # from the end of speech to its final words, the middle one; 0 if nothing was heard
    load_s: float
    memory_mb: float
    measured_at_ms: int  # Unix epoch


@dataclass(frozen=True, slots=True)
class ModelStanding:
    """One line of `sidetone models list` and of the Recognition page."""

    model: SpeechModel
    state: ModelState
    managed: bool = False  # an administrator put it there
    in_force: bool = False  # the settings name it
    place: str = ""  # the folder
    done_bytes: int = 0
    total_bytes: int = 0  # 0: not known
    trust: Trust | None = None
    speed: Speed | None = None
    problem: str = ""  # the last thing that went wrong with it, a sentence
    runs: str = ""  # empty: its engine can run here; else what to do about it


@dataclass(frozen=True, slots=True)
class RecognitionStanding:
    """What the Recognition page shows."""

    engine: EngineKind  # by the settings
    model: str  # as the settings have it
    problem: str = ""  # why the settings' choice can't be used
    models: tuple[ModelStanding, ...] = ()
    notice: EngineNotice | None = None  # why what runs hears less well than it should


def size_in_words(count: int) -> str:
    """1.2 GB, 296 MB, 0.4 MB; empty if unknown (0)."""
    if count <= 0:
        return ""
    mb = count / 1e6
    return f"{mb / 1000:.1f} GB" if mb >= 1000 else f"{mb:.0f} MB" if mb >= 10 else f"{mb:.1f} MB"
