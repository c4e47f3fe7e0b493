"""What a test of a speech service showed, in a sentence with the remedy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, assert_never

from desktop.dashboard import model_captions, service_captions
from desktop.domain.insight import Severity
from desktop.domain.speech import EngineTrouble
from desktop.domain.speech_service import ServiceStanding, ServiceTested, ServiceWork

_NAMES: Final = {**model_captions.LANGUAGES, **service_captions.LANGUAGES}
MOST_LANGUAGES: Final = 12
LONGEST_TAG: Final = 20
"""What comes from a service is bounded before it is shown."""


@dataclass(frozen=True, slots=True)
class Result:
    """Empty while there is nothing to say."""

    text: str
    severity: Severity


def result(standing: ServiceStanding) -> Result:
    """What goes on, or what came of it."""
    match standing.work:
        case ServiceWork.TESTING:
            return Result("Opening a session with the service. No sound is sent …", Severity.INFO)
        case ServiceWork.SWITCHING:
            return Result("It answers. The key goes to the keyring …", Severity.INFO)
        case None:
            pass
        case _:  # pragma: no cover
            assert_never(standing.work)
    if standing.problem:
        return Result(f"✕  {standing.problem}", Severity.CRITICAL)
    if standing.tested is None:
        return Result("", Severity.INFO)
    if standing.tested.trouble is None:
        return Result(f"✓  It answers and accepts the key. {_languages(standing.tested)}", Severity.INFO)
    return Result(f"✕  {_trouble(standing.tested.trouble, standing.tested)}", Severity.CRITICAL)


def _trouble(trouble: EngineTrouble, tested: ServiceTested) -> str:
    match trouble:
        case EngineTrouble.UNREACHABLE:
            return "It can't be reached. Check the address and the network; a firewall or proxy may be in the way."
        case EngineTrouble.BUSY:
            return "It answers, but takes no more sessions now. Try again later, or ask its administrator."
        case EngineTrouble.NO_ANSWER:
            return "Something is at this address, but it opens no session. Check the address, or try again later."
        case EngineTrouble.KEY_MISSING:
            return "It needs a key. Paste the one that its administrator gave you."
        case EngineTrouble.KEY_REFUSED:
            return "It refused the key. Paste the right one."
        case EngineTrouble.NOT_TRUSTED:
            return (
                "Its certificate is not trusted, so it did not get the key. If your company has an authority of its "
                "own, choose that authority's file under Advanced."
            )
        case EngineTrouble.NOT_A_SERVICE:
            return "No speech service answers at this address. Check its path."
        case EngineTrouble.NOT_OPENED:
            return "It takes no sound in 16 kHz PCM. Ask its administrator."
        case EngineTrouble.LANGUAGE:
            return f"It does not know the language of the calls. {_languages(tested)}"
        case EngineTrouble.BAD_SETTINGS:
            return "These settings can't be used. Check the address, the proxy and the authority's file."
        case _:  # pragma: no cover
            assert_never(trouble)


def _languages(tested: ServiceTested) -> str:
    """Its languages: English (US), tr; with names where they are known."""
    if not tested.languages:
        return "It does not say which languages it knows."
    named = [_NAMES.get(tag, _plain(tag)) for tag in tested.languages[:MOST_LANGUAGES]]
    more = len(tested.languages) - len(named)
    return f"Its languages: {', '.join(named)}{f' and {more} more' if more else ''}."


def _plain(tag: str) -> str:
    """A tag without anything that is none."""
    return "".join(sign for sign in tag[:LONGEST_TAG] if sign.isalnum() or sign in "-_")
