"""What a supervisor asks of the engine."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.domain.insight import KeywordRule


@dataclass(frozen=True, slots=True)
class AcknowledgeAlert:
    """ "I have seen it": keeps it listed, quiet. `on` False takes it back."""

    alert_id: int
    on: bool = True


@dataclass(frozen=True, slots=True)
class SnoozeAlert:
    """Quiet until `minutes` from now."""

    alert_id: int
    minutes: int


@dataclass(frozen=True, slots=True)
class ReplaceKeywords:
    """Use and keep this keyword list."""

    rules: tuple[KeywordRule, ...]


Intent = AcknowledgeAlert | SnoozeAlert | ReplaceKeywords
