"""Sign-ins, the coverage audit and joining in a supervisor's words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desktop.dashboard import coverage_rows, joining, sentences, sign_in_rows
from desktop.dashboard.state import FloorState, apply_all
from desktop.domain.facts import CallFacts, CallPhase
from desktop.domain.insight import CoverageFinding, CoverageProblem, SentimentReading, Severity
from desktop.domain.intents import Join
from desktop.domain.media import Party
from desktop.domain.sign_in import SignIn, SignInState
from desktop.domain.updates import CallUpdated, CoverageAudited, JoinAnswered, LinkDescribed, ReadingMade, Update
from tests.dashboard.builders import over, seen
from tests.dashboard.link_builders import signed

NOW = 1_000_000


def floor(*updates: Update) -> FloorState:
    state = FloorState()
    apply_all(state, updates)
    return state


@pytest.mark.parametrize(
    ("state", "word", "severity", "enter", "leave"),
    [
        (SignInState.SIGNED_OUT, "signed out", Severity.CRITICAL, True, False),
        (SignInState.IN_BROWSER, "waiting for your browser", Severity.INFO, False, False),
        (SignInState.SIGNED_IN, "signed in", Severity.INFO, False, True),
        (SignInState.EXPIRING, "expires soon", Severity.WARNING, True, True),
        (SignInState.RENEWING, "renewing", Severity.INFO, False, True),
        (SignInState.REFUSED, "refused", Severity.CRITICAL, True, False),
    ],
)
def test_every_state_of_a_sign_in(state: SignInState, word: str, severity: Severity, enter: bool, leave: bool) -> None:
    (row,) = sign_in_rows.rows(floor(signed(state, detail="why")), (), NOW)
    assert (row.word, row.severity, row.may_sign_in, row.may_sign_out) == (word, severity, enter, leave)
    assert sign_in_rows.aloud(row) == f"Acme · {word} · why"
    bar = sign_in_rows.bar(floor(signed(state)), NOW)
    assert (bar is not None) == enter
    assert bool(sign_in_rows.sentence(SignIn("Acme", state), NOW)) == (enter or state is SignInState.IN_BROWSER)


def test_organisations_of_the_settings_are_listed_too_those_that_wait_first() -> None:
    state = floor(signed(SignInState.SIGNED_IN, "Beta"), signed(SignInState.EXPIRING, "Gamma"))
    rows = sign_in_rows.rows(state, ["Alpha", "Beta"], NOW)
    assert [(row.organisation, row.word) for row in rows] == [
        ("Alpha", "signed out"), ("Gamma", "expires soon"), ("Beta", "signed in"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("left_s", "said"),
    [(-1, "has expired"), (90, "expires in 90 s"), (600, "expires in 10 min"), (80_000, "expires in 22 h")],
)
def test_when_it_expires(left_s: int, said: str) -> None:
    state = floor(signed(SignInState.EXPIRING, expires_at_ms=NOW + left_s * 1000))
    (row,) = sign_in_rows.rows(state, (), NOW)
    assert (row.word, row.expires) == ("signed in", said)
    bar = sign_in_rows.bar(state, NOW)
    assert bar is not None
    assert bar.text == f"Your sign-in to Acme {said}. Sign in again to keep its calls."


def test_a_sign_in_that_is_not_kept_is_said_while_it_lasts() -> None:
    assert sign_in_rows.rows(floor(signed(SignInState.SIGNED_IN, kept=False)), (), NOW)[0].session_only
    assert not sign_in_rows.rows(floor(signed(SignInState.SIGNED_OUT, kept=False)), (), NOW)[0].session_only
    old = signed(SignInState.REFUSED, expires_at_ms=NOW + 5_000)
    assert sign_in_rows.rows(floor(old), (), NOW)[0].expires == ""


def test_the_bar_speaks_of_the_gravest() -> None:
    state = floor(
        signed(SignInState.EXPIRING, "A"),
        signed(SignInState.SIGNED_OUT, "B", detail="Its token was taken back."),
        signed(SignInState.REFUSED, "C", detail="The secret is wrong."),
    )
    bar = sign_in_rows.bar(state, NOW)
    assert bar == sign_in_rows.SignInBar(
        "C",
        "C refused the sign-in. The secret is wrong.  (and 2 more under Connections)",
        Severity.CRITICAL,
        refused=True,
    )
    out = sign_in_rows.bar(floor(signed(SignInState.SIGNED_OUT, "B", detail="Its token was taken back.")), NOW)
    assert out is not None
    assert (out.text, out.refused) == ("Nothing arrives from B. Its token was taken back.", False)
    assert sign_in_rows.sentence(SignIn("B", SignInState.SIGNED_OUT), NOW) == (
        "Nothing arrives from B. You are signed out."
    )


def test_document_b_every_gap_of_the_coverage_has_a_reason_and_a_remedy() -> None:
    gaps = [CoverageFinding("l1", "q1", "Billing", problem, ("c",), n) for n, problem in enumerate(CoverageProblem, 1)]
    rows = coverage_rows.rows(floor(CoverageAudited(tuple(gaps))))
    assert [row.count for row in rows] == ["5 calls", "4 calls", "3 calls", "2 calls", "1 call"]
    assert len({row.title for row in rows}) == len(CoverageProblem)
    assert all(row.text.endswith(".") and row.remedy.endswith(".") for row in rows)
    assert rows[-1].aloud.startswith("Billing: Score not asked for, 1 call. ")


def test_where_a_gap_is() -> None:
    def where(queue_id: str, name: str) -> str:
        gap = CoverageFinding("l1", queue_id, name, CoverageProblem.NO_LICENCE, (), 1)
        return coverage_rows.rows(floor(CoverageAudited((gap,))))[0].where

    assert [where("q1", "Billing"), where("q1", ""), where("", "")] == ["Billing", "q1", "All calls of l1"]


def test_a_call_without_a_score_says_why_if_the_audit_knows() -> None:
    gap = CoverageFinding("l1", "q1", "Billing", CoverageProblem.POLICY_GAP, ("c",), 1)
    state = floor(CoverageAudited((gap,)))
    assert coverage_rows.reason(state, "c") == "Not in the recording policy"
    assert coverage_rows.reason(state, "d") == ""


def test_joining_is_offered_where_any_holder_can_do_it_and_the_call_goes_on() -> None:
    call = CallUpdated("c", CallPhase.LIVE, CallFacts(), 1, link="scores")
    links = [LinkDescribed("scores", "Real-time analytics socket"), LinkDescribed("list", "Live list")]
    state = floor(*links, call)
    assert not joining.offered(state.calls["c"])
    apply_all(state, [replace(call, joinable=True)])  # the list holds it as well; the link that came first stays
    assert state.calls["c"].link == "scores"
    assert joining.offered(state.calls["c"])
    apply_all(state, [replace(call, joinable=False)])
    assert not joining.offered(state.calls["c"])
    apply_all(state, [replace(call, joinable=True), replace(over("c"), joinable=True)])
    assert not joining.offered(state.calls["c"])


def test_joining_says_what_will_happen_and_what_came_of_it() -> None:
    assert [joining.button(how) for how in Join] == ["Listen", "Coach", "Barge in"]
    assert [joining.consequence(how) for how in Join] == [
        "Your phone rings. The agent and the customer do not hear you.",
        "Your phone rings. Only the agent hears you.",
        "Your phone rings. Everybody hears you.",
    ]
    assert joining.answer(JoinAnswered("c", Join.COACH, True, "")) == ("Your phone is ringing.", True)
    assert joining.answer(JoinAnswered("c", Join.COACH, True, "It rings.")) == ("It rings.", True)
    assert joining.answer(JoinAnswered("c", Join.COACH, False, "no permission.")) == ("Coach: no permission.", False)


def scored(origin: str, party: Party = Party.CUSTOMER) -> Update:
    return ReadingMade(SentimentReading("c", party, 1, 0.1, "neutral", origin, -1, 0.1, 1))


def test_whose_score_it_is() -> None:
    def said(*updates: Update) -> str:
        return sentences.score_origin(floor(seen("c"), *updates).calls["c"])

    assert said() == "Sentiment: no data yet"
    assert said(scored("sidetone")) == "Scored here from the words"
    assert said(scored("platform", Party.MIXED)) == "Score of the platform"
    assert said(scored("service")) == "Score of the speech service"
    assert said(scored("platform"), scored("sidetone")) == "Scored here from the words, Score of the platform"
    assert said(scored("platform", Party.AGENT)) == "Sentiment: no data yet"
