"""Every setting: frozen, with its help, its default and its bounds."""

from __future__ import annotations

from dataclasses import dataclass, field

from desktop.domain.alert import KeywordAlertRule, SentimentAlertRule
from desktop.domain.insight import KeywordRule

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Connection:
    """One organisation's Audio Connector gateway (document A). Its token is in the keyring under `name`."""

    name: str
    base_url: str
    queue_ids: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    interaction_ids: tuple[str, ...] = ()
    direction: tuple[str, ...] = ("inbound", "outbound")


def _critical_words() -> KeywordAlertRule:
    """Open until somebody takes it on or the call ends; an hour at most."""
    return KeywordAlertRule(leave_s=3600.0)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings file, whole."""

    theme: str = field(default="system", metadata={"help": "light, dark or system"})
    notifications: bool = field(default=True, metadata={"help": "show native notifications"})
    workers: int = field(default=0, metadata={"help": "recogniser processes; 0 = as many as the machine bears"})
    connections: tuple[Connection, ...] = field(default=(), metadata={"help": "where calls come from"})
    keywords: tuple[KeywordRule, ...] | None = field(default=None, metadata={"help": "None = the built-in list"})
    sentiment_alert: SentimentAlertRule = field(
        default_factory=SentimentAlertRule, metadata={"help": "document B rule"}
    )
    keyword_alert: KeywordAlertRule = field(default_factory=_critical_words, metadata={"help": "critical words"})
