"""What the settings look like without saying what is in them: for reports that may leave the machine."""

from __future__ import annotations

import dataclasses
from collections import Counter

from desktop.settings.model import Settings


def shape(settings: Settings) -> dict[str, str]:
    """Of every option whether it was changed; of lists how long they are; of connections of which kind."""
    usual = Settings()
    found: dict[str, str] = {}
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if isinstance(value, tuple):
            found[field.name] = str(len(value))
        else:
            found[field.name] = "as delivered" if value == getattr(usual, field.name) else "changed"
    kinds = Counter(connection.kind.value for connection in settings.connections)
    if kinds:
        found["connections"] += f" ({', '.join(f'{count} {kind}' for kind, count in sorted(kinds.items()))})"
    return found
