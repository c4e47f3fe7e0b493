"""The ways calls arrive, named so that nobody mixes them up, and what each gives."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.settings.model import Dialect, SignInKind, SourceKind


@dataclass(frozen=True, slots=True)
class Choice:
    """One way."""

    kind: SourceKind
    name: str
    gives: str
    suggestion: str = ""  # for the connection's name
    dialect: Dialect = Dialect.DOCUMENTS


CHOICES = (
    Choice(
        SourceKind.NOTIFICATIONS,
        "Genesys Cloud - live list and transcription",
        "Your organisation's live calls and their words as text. The score is made here.",
        "Genesys Cloud",
        Dialect.GENESYS,
    ),
    Choice(
        SourceKind.AUDIO_CONNECTOR,
        "Audio Connector gateway (you connect out)",
        "Live audio, recognised on this computer. Needs a gateway or platform that offers it.",
        "Audio Connector",
    ),
    Choice(
        SourceKind.ANALYTICS,
        "Real-time analytics socket",
        "The platform's own sentiment score of each call, no words and no audio.",
        "Analytics",
    ),
    Choice(
        SourceKind.BOTS,
        "Bot events socket",
        "The health and delays of your bots and of their language engine.",
        "Bots",
    ),
    Choice(
        SourceKind.AUDIOHOOK,
        "Genesys Cloud - AudioHook (Genesys connects to you)",
        "Live audio of Genesys Cloud, recognised here. Needs a public name and certificate.",
        dialect=Dialect.GENESYS,
    ),
)

SIGN_INS = (
    (SignInKind.PERSON, "With my account, in the browser"),
    (SignInKind.SERVICE, "As a service, with a client id and secret"),
    (SignInKind.TOKEN, "With an access token that I paste"),
)
DIALECTS = (
    (Dialect.GENESYS, "Genesys Cloud"),
    (Dialect.DOCUMENTS, "Another one with Audio Connector, analytics or bots"),
)


def choice(kind: SourceKind) -> Choice:
    """What is said about a kind."""
    return next(each for each in CHOICES if each.kind is kind)
