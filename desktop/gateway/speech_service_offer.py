"""What a session is agreed on: the first sound format and the language that both sides know, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.protocols.speech_stream import Media, OpenParameters, language_match, understood


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the session is opened with."""

    media: Media
    language: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not, naming the field and the remedy. `languages`: what may be asked for instead."""

    code: str
    text: str
    languages: tuple[str, ...] = ()


def agreed(offer: OpenParameters, address_language: str, supported: tuple[str, ...]) -> Agreement | Refusal:
    """The message's language comes before the address's; without either it is the first supported one."""
    media = understood(offer.media)
    if media is None:
        remedy = "send 16-bit PCM, 16 kHz, mono, and offer audio with codec audio/pcm - at `$.parameters.media`"
        return Refusal("media.unsupported", f"open: none of the offered formats is supported; {remedy}")
    wanted = offer.language or address_language
    language = language_match(wanted, supported) if wanted else supported[0]
    if language is None:
        remedy = f"choose one of {', '.join(supported)}, or none - at `$.parameters.language`"
        return Refusal("language.unsupported", f"open: this language is not supported; {remedy}", supported)
    return Agreement(media, language)
