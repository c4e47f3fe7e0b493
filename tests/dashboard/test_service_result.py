"""What a test of a speech service showed, in words that say what to do."""

from __future__ import annotations

import pytest

from desktop.dashboard.service_result import MOST_LANGUAGES, result
from desktop.domain.insight import Severity
from desktop.domain.speech import EngineTrouble
from desktop.domain.speech_service import ServiceAddress, ServiceStanding, ServiceTested, ServiceWork

ADDRESS = ServiceAddress("wss://speech.example.com")


def said(trouble: EngineTrouble | None, *languages: str) -> str:
    return result(ServiceStanding(ADDRESS, tested=ServiceTested(trouble, languages))).text


def test_nothing_is_said_before_it_was_tested() -> None:
    assert result(ServiceStanding(ADDRESS)).text == ""


def test_what_goes_on_hides_what_was() -> None:
    before = ServiceTested(EngineTrouble.BUSY)
    testing = result(ServiceStanding(ADDRESS, work=ServiceWork.TESTING, tested=before))
    assert testing.text == "Opening a session with the service. No sound is sent …"
    assert testing.severity is Severity.INFO
    assert "keyring" in result(ServiceStanding(ADDRESS, work=ServiceWork.SWITCHING)).text


def test_what_can_not_even_be_asked_is_told_as_it_is() -> None:
    found = result(ServiceStanding(ADDRESS, problem="ca_file: cannot be read. Choose another"))
    assert (found.text, found.severity) == ("✕  ca_file: cannot be read. Choose another", Severity.CRITICAL)


def test_it_answers_and_its_languages_are_named() -> None:
    assert said(None, "en-US", "tr", "tlh") == (
        "✓  It answers and accepts the key. Its languages: English (US), Turkish, tlh."
    )
    assert said(None).endswith("It does not say which languages it knows.")
    assert said(EngineTrouble.LANGUAGE, "tr") == (
        "✕  It does not know the language of the calls. Its languages: Turkish."
    )


def test_what_it_says_is_bounded() -> None:
    text = said(None, "<b>x</b>" + "y" * 500, *(f"l{number}" for number in range(MOST_LANGUAGES)))
    assert "bxbyyyyyyyyyyyy, l0" in text
    assert text.endswith("l10 and 1 more.")


@pytest.mark.parametrize(
    ("trouble", "remedy"),
    [
        (EngineTrouble.UNREACHABLE, "Check the address and the network"),
        (EngineTrouble.BUSY, "Try again later"),
        (EngineTrouble.NO_ANSWER, "opens no session"),
        (EngineTrouble.KEY_MISSING, "needs a key"),
        (EngineTrouble.KEY_REFUSED, "refused the key. Paste the right one"),
        (EngineTrouble.NOT_TRUSTED, "choose that authority's file under Advanced"),
        (EngineTrouble.NOT_A_SERVICE, "Check its path"),
        (EngineTrouble.NOT_OPENED, "Ask its administrator"),
        (EngineTrouble.LANGUAGE, "does not say which languages"),
        (EngineTrouble.BAD_SETTINGS, "Check the address, the proxy"),
    ],
)
def test_each_trouble_has_its_remedy(trouble: EngineTrouble, remedy: str) -> None:
    found = result(ServiceStanding(ADDRESS, tested=ServiceTested(trouble)))
    assert remedy in found.text
    assert found.text.startswith("✕  ")
    assert found.severity is Severity.CRITICAL
