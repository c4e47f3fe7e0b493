"""What a console begins with: ready-made connections, those of the settings, and where secrets are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from desktop.domain.ports import SecretKeeper
from desktop.engine.links import Connection
from desktop.settings import model
from desktop.settings.model import Listener, Organisation, Settings
from desktop.settings.store import load, save


@dataclass(slots=True)
class Place:
    """What a console begins with. `path` None: changes are not kept (a demo)."""

    secrets: SecretKeeper
    open_browser: Callable[[str], bool]
    organisations: Sequence[Organisation] = ()
    settings: Sequence[model.Connection] = ()
    connections: Sequence[Connection] = ()  # ready made
    listener: Listener = field(default_factory=Listener)
    path: Path | None = None
    sign_in_first: bool = False  # before anything is connected
    idle: str = ""  # why nothing of the settings is connected (safe mode)
    begin: Callable[[], None] | None = None  # lets the calls of a simulated floor come

    def now(self) -> Settings:
        """The settings as they stand, whoever changed them last."""
        if self.path is not None:
            return load(self.path)
        return Settings(
            organisations=tuple(self.organisations), connections=tuple(self.settings), listener=self.listener
        )

    def keep(self, wanted: Settings) -> None:
        """From now on these."""
        if self.path is not None:
            save(wanted, self.path)
            return
        self.organisations, self.settings, self.listener = wanted.organisations, wanted.connections, wanted.listener
