"""A speech service (document D) as the window and the composition root speak of it: its address, key and state."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from desktop.domain.speech import EngineTrouble


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    """Where it is and what is spoken, as `[recognition]` of the settings has it. `language`: BCP 47, "": it detects."""

    url: str = ""
    language: str = ""
    proxy: str = ""  # "": the system's
    ca_file: str = ""  # further trusted authorities, PEM


class KeyPlace(enum.Enum):
    """Where its key is."""

    UNKNOWN = "unknown"  # nobody has looked yet
    NOWHERE = "nowhere"
    KEYRING = "keyring"
    SESSION = "session"  # until this is closed


class ServiceWork(enum.Enum):
    """What is being done about it."""

    TESTING = "testing"  # can be cancelled
    SWITCHING = "switching"  # its key is kept, the settings are written


@dataclass(frozen=True, slots=True)
class ServiceTested:
    """What a session that was opened and ended showed; `trouble` None: it would hear us."""

    trouble: EngineTrouble | None
    languages: tuple[str, ...] = ()  # that it says it knows, in its own tags


@dataclass(frozen=True, slots=True)
class ServiceStanding:
    """What the Recognition page shows of it. `problem`: why the last wish failed before anybody was asked."""

    address: ServiceAddress  # by the settings
    key: KeyPlace = KeyPlace.UNKNOWN
    work: ServiceWork | None = None
    tested: ServiceTested | None = None
    problem: str = ""
