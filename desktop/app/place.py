"""What a console begins with: ready-made connections, those of the settings, and where secrets are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop.domain.ports import SecretKeeper
from desktop.engine.links import Connection
from desktop.settings import model
from desktop.settings.model import Organisation


@dataclass(slots=True)
class Place:
    """What a console begins with. `path` None: changes are not kept (a demo)."""

    secrets: SecretKeeper
    open_browser: Callable[[str], bool]
    organisations: Sequence[Organisation] = ()
    settings: Sequence[model.Connection] = ()
    connections: Sequence[Connection] = ()  # ready made
    path: Path | None = None
    sign_in_first: bool = False  # before anything is connected
