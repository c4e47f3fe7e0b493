"""What a speech service concludes is shown with its origin, and each party's words speak for that party."""

from __future__ import annotations

from desktop.dashboard.service_sentences import service_line
from desktop.domain.media import Party
from desktop.domain.speech import ServiceAnalysis
from desktop.domain.updates import ServiceAnalysed
from tests.dashboard.builders import floor, seen


def analysis(party: Party, sentiment: str = "", score: float | None = None, **texts: str) -> ServiceAnalysed:
    said = {"summary": "", "process_issues": "", "repeated_problems": "", "marketing_mentions": ""} | texts
    return ServiceAnalysed(ServiceAnalysis("c", party, sentiment, score, **said))


def line(*updates: ServiceAnalysed) -> str:
    return service_line(floor([seen("c"), *updates])[0].calls["c"])


def test_nothing_is_said_without_an_analysis() -> None:
    assert line() == ""
    assert line(analysis(Party.AGENT)) == ""


def test_each_party_speaks_for_itself_and_the_origin_is_named() -> None:
    customer = analysis(Party.CUSTOMER, "negative", 2, process_issues="called twice", summary="it is still broken")
    agent = analysis(Party.AGENT, "positive", 4, marketing_mentions="an upgrade", summary="not shown")
    assert line(customer, agent) == (
        "Speech service: customer negative · agent 4 of 5 · called twice · an upgrade · it is still broken"
    )
    assert line(customer) == "Speech service: customer negative · called twice · it is still broken"
    assert line(agent) == "Speech service: agent 4 of 5 · an upgrade"


def test_a_mixed_channel_speaks_for_both() -> None:
    mixed = analysis(Party.MIXED, "neutral", 3.5, repeated_problems="again", summary="again")
    assert line(mixed) == "Speech service: neutral · agent 3.5 of 5 · again"


def test_the_newest_replaces_the_older_one_and_a_stranger_changes_nothing() -> None:
    assert line(analysis(Party.MIXED, "neutral"), analysis(Party.MIXED, "negative")) == "Speech service: negative"
    stranger = ServiceAnalysed(ServiceAnalysis("nobody", Party.MIXED, "negative", 1, "", "", "", ""))
    assert line(stranger) == ""
