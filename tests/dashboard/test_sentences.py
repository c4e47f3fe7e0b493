"""Every sentence, word for word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desktop.dashboard import captions, floor_sentences, hearing_sentences, link_sentences, sentences
from desktop.dashboard.links import LinkView
from desktop.dashboard.state import FloorState, apply_all
from desktop.domain.alert import AlertState
from desktop.domain.events import AudioGap, Complaint, LinkChanged, LinkState, PeerComplaint
from desktop.domain.facts import CallStage
from desktop.domain.finding import Remedy
from desktop.domain.insight import Severity
from desktop.domain.media import Party
from desktop.domain.speech import EngineNotice
from desktop.domain.updates import (
    AlertChanged,
    Complained,
    DynamicsMeasured,
    EngineHealth,
    HitFound,
    LinkDescribed,
    LinkUpdated,
    ReadingMade,
    SoundLost,
)
from tests.dashboard.builders import alert, dynamics, floor, hit, link, over, reading, seen, view


@pytest.mark.parametrize(("ms", "said"), [(0, "0:00"), (-5, "0:00"), (245_900, "4:05"), (3_723_000, "1:02:03")])
def test_clock(ms: int, said: str) -> None:
    assert sentences.clock(ms) == said


@pytest.mark.parametrize(("ms", "said"), [(18_400, "18 s"), (252_000, "4 min 12"), (-1, "0 s")])
def test_spoken_duration(ms: int, said: str) -> None:
    assert sentences.spoken_duration(ms) == said


@pytest.mark.parametrize(
    ("value", "said"), [(None, "no data"), (0.001, "0.00"), (-0.004, "0.00"), (0.618, "+0.62"), (-1.0, "−1.00")]
)
def test_signed(value: float | None, said: str) -> None:
    assert sentences.signed(value) == said


def test_trend() -> None:
    assert sentences.trend(view()) == ""
    assert sentences.trend(view([ReadingMade(reading(0.1))])) == "steady"
    assert sentences.trend(view([ReadingMade(reading(0.1)), ReadingMade(reading(-0.5))])) == "falling"
    assert sentences.trend(view([ReadingMade(reading(0.1)), ReadingMade(reading(0.5))])) == "rising"


def test_parties() -> None:
    assert [sentences.party_name(party) for party in Party] == ["Customer", "Agent", "Both"]
    assert (sentences.legend(Party.CUSTOMER), sentences.legend(Party.AGENT)) == ("━ Customer", "╌ Agent")


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        (CallStage.CONNECTED, ""),
        (CallStage.UNTOLD, ""),
        (CallStage.IVR, "In the menu"),
        (CallStage.QUEUED, "Waits in the queue"),
        (CallStage.HOLD, "On hold"),
        (CallStage.TRANSFER, "Transferred"),
        (CallStage.CONFERENCE, "Conference, voices mixed"),
        (CallStage.WRAP_UP, "Wrap-up"),
    ],
)
def test_stage(stage: CallStage, said: str) -> None:
    state, _ = floor([seen("c", stage=stage)])
    assert sentences.stage(state.calls["c"]) == said


def test_stage_of_a_call_that_is_over() -> None:
    assert sentences.stage(view([over(reason="hung up")])) == "Hung up"
    assert sentences.stage(view([over(reason="")])) == "Ended"


def test_dynamics_freshness_and_lost_sound() -> None:
    assert sentences.dynamics(view()) == []
    assert sentences.dynamics(view([DynamicsMeasured(dynamics(9_000))])) == []
    assert sentences.dynamics(view([DynamicsMeasured(dynamics(90_000)), over()])) == []
    late = view()
    late.lag_ms = 2_600
    assert (sentences.freshness(late), sentences.freshness(view())) == ("3 s behind", "")
    assert sentences.lost(view()) == ""
    assert sentences.lost(view([SoundLost(AudioGap("c", Party.AGENT, 0, 61_000.0, "x"))])) == "1:01 not heard"


def test_the_row_aloud() -> None:
    calm = view()
    assert sentences.row_aloud(calm, 253_000) == "Dana, Billing, 4 min 12, customer no data"
    loud = view(
        [
            ReadingMade(reading(0.0)),
            ReadingMade(reading(-0.6)),
            HitFound(hit(0, 0)),
            HitFound(hit(0, 0, Severity.INFO, label="Refund")),
            DynamicsMeasured(dynamics(both=True)),
            AlertChanged(alert(1)),
        ]
    )
    assert sentences.row_aloud(loud, 19_000) == (
        "Warning: Customer unhappy for 30 s, Dana, Billing, 18 s, customer −0.60 falling, Cancellation, "
        "talking over each other"
    )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "Active"),
        ({"state": AlertState.RECOVERING}, "Recovering"),
        ({"state": AlertState.RESOLVED, "acknowledged": True}, "Resolved"),
        ({"state": AlertState.RESOLVED}, "Missed"),
        ({"acknowledged": True}, "Acknowledged"),
        ({"snoozed": 65_000}, "Snoozed for 1:00"),
        ({"snoozed": 5_000}, "Active"),
    ],
)
def test_alert_state(changed: dict[str, object], said: str) -> None:
    assert sentences.alert_state(alert(1, **changed), 5_000) == said  # type: ignore[arg-type]


def test_alert_lines() -> None:
    assert sentences.alert_headline(alert(1)) == "Warning: Customer unhappy for 30 s"
    assert (
        sentences.alert_headline(alert(1, Severity.CRITICAL, times=3)) == "Critical: Customer unhappy for 30 s, 3 times"
    )
    named = replace(alert(1, Severity.CRITICAL), headline="Critical words: Legal threat")
    assert sentences.alert_headline(named) == "Critical words: Legal threat"
    assert sentences.alert_when(alert(1), 41_000) == "40 s ago"
    assert sentences.alert_when(alert(1, acknowledged=True), 41_000) == "Acknowledged · 40 s ago"
    assert sentences.alert_aloud(alert(1), None, 0) == (
        "Warning, Customer unhappy for 30 s, a call that is no longer kept, average −0.60 over 5 readings, Active"
    )


@pytest.mark.parametrize(
    ("ms", "said"),
    [(-5, "just now"), (4_999, "just now"), (59_000, "59 s ago"), (180_000, "3 min ago"), (7_300_000, "2 h ago")],
)
def test_ago(ms: int, said: str) -> None:
    assert sentences.ago(ms, 0) == said


@pytest.mark.parametrize(
    ("state", "more", "said"),
    [
        (LinkState.CONNECTING, {}, "l1: connecting"),
        (LinkState.LIVE, {}, "l1: live"),
        (LinkState.RETRYING, {}, "l1: can't connect"),
        (LinkState.RETRYING, {"retry_in_s": 7.6}, "l1: can't connect, next try in 8 s"),
        (LinkState.REFUSED, {"detail": "token"}, "l1: refused - token"),
        (LinkState.REFUSED, {}, "l1: refused"),
        (LinkState.REFUSED, {"action": Remedy.SIGN_IN, "detail": "Sign in."}, "l1: not signed in - Sign in."),
        (LinkState.CLOSED, {"region": ""}, "l1: closed"),
    ],
)
def test_a_link_in_one_line(state: LinkState, more: dict[str, object], said: str) -> None:
    changed = LinkUpdated(link(state, **more))  # type: ignore[arg-type]
    assert link_sentences.link(floor([changed])[0].link_views["l1"]) == said


def test_every_state_of_a_link_has_a_sign_and_a_word() -> None:
    words = [link_sentences.link_word(state) for state in LinkState]
    assert len(set(words)) == len({sign for sign, _ in words}) == len(LinkState)


def test_what_was_live_was_lost() -> None:
    state, _ = floor([LinkUpdated(link()), LinkUpdated(link(LinkState.RETRYING, retry_in_s=7.6))])
    assert link_sentences.link(state.link_views["l1"]) == "l1: connection lost, next try in 8 s"


def test_pill_tips_add_the_detail_once_and_the_region() -> None:
    def tip(changed: LinkChanged) -> str:
        return link_sentences.pill_tip(floor([LinkUpdated(changed)])[0].link_views["l1"])

    assert tip(link(region="")) == "l1: live"
    assert tip(link(detail="since 9:00")) == "l1: live - since 9:00\neu"
    assert tip(link(LinkState.REFUSED, detail="token")) == "l1: refused - token\neu"
    assert link_sentences.pill_tip(LinkView("l2")) == "l2: connecting"
    assert link_sentences.link(LinkView("l2")) == "l2: connecting"


def test_the_line_at_the_bottom_says_only_what_is_wrong() -> None:
    trouble = [LinkUpdated(link(LinkState.RETRYING, "l2")), LinkUpdated(link(LinkState.REFUSED, "l3", detail="No."))]
    assert link_sentences.links(floor([LinkUpdated(link()), *trouble])[0]) == "l3: refused - No.   l2: can't connect"
    assert link_sentences.links(floor([LinkUpdated(link()), LinkUpdated(link(LinkState.CLOSED, "l2"))])[0]) == ""
    assert link_sentences.links(FloorState()) == ""


def test_a_floor_that_nobody_connected_says_how() -> None:
    headline, how, button = link_sentences.empty_floor(FloorState(connections=0))
    assert (headline, button) == ("No contact centre connected yet", "Add a connection")
    assert "sidetone demo" in how
    assert link_sentences.empty_floor(FloorState(connections=1)) == (
        "Starting", "Opening the connection to your contact centre.", "",
    )  # fmt: skip


def test_an_empty_floor() -> None:
    def said(*states: LinkState, action: Remedy | None = None) -> tuple[str, str]:
        state, _ = floor([LinkUpdated(link(s, f"l{n}", action=action)) for n, s in enumerate(states)])
        headline, _, button = link_sentences.empty_floor(state)
        return headline, button

    assert said() == ("Starting", "")
    assert said(LinkState.REFUSED, LinkState.LIVE) == ("Not connected", "See why")
    assert said(LinkState.REFUSED, LinkState.LIVE, action=Remedy.SIGN_IN) == ("Not signed in", "Connections")
    assert said(LinkState.CONNECTING) == ("Waiting for the connection", "")
    assert said(LinkState.RETRYING) == ("Waiting for the connection", "See why")
    assert said(LinkState.CONNECTING, LinkState.LIVE) == ("All quiet", "")


def test_bot_sockets_alone_promise_no_calls() -> None:
    bots = LinkDescribed("bots", "Bot events socket")
    state, _ = floor([bots, LinkUpdated(link(name="bots"))])
    headline, sentence, button = link_sentences.empty_floor(state)
    assert (headline, button) == ("No calls here", "Connections")
    assert "by itself" not in sentence
    apply_all(state, [LinkUpdated(link(LinkState.CONNECTING, "list"))])
    assert link_sentences.empty_floor(state)[0] == "Waiting for the connection"
    apply_all(state, [LinkUpdated(link(name="list"))])
    assert link_sentences.empty_floor(state)[0] == "All quiet"


def test_an_empty_transcript_promises_only_what_can_come() -> None:
    call = replace(seen("c"), link="scores")
    state, _ = floor([LinkDescribed("scores", "Real-time analytics socket", "Acme"), call])

    def said() -> str:
        return link_sentences.no_words(state, state.calls["c"])[1]

    assert said() == "This connection brings scores only."
    apply_all(state, [LinkDescribed("bots", "Bot events socket", "Acme"), LinkDescribed("other", "Live list", "Beta")])
    assert said() == "This connection brings scores only."
    apply_all(state, [LinkDescribed("list", "Live list and transcription", "Acme")])
    assert said() == "They appear here as they are recognised."  # the same organisation's words of the same call
    apply_all(state, [replace(call, link="other")])
    assert said() == "They appear here as they are recognised."
    apply_all(state, [replace(call, link="unknown")])
    assert said() == "They appear here as they are recognised."
    apply_all(state, [EngineHealth(1, 1, 0, 0.0, {}, "Recogniser: the speech service refused the key")])
    assert said() == "Recogniser: the speech service refused the key"
    apply_all(state, [EngineHealth(1, 1, 0, 0.0)])
    assert said() == "They appear here as they are recognised."
    apply_all(state, [over("c")])
    assert said() == "None were recognised in this call."


def test_the_recogniser_in_one_line() -> None:
    state = FloorState()
    assert hearing_sentences.engine(None) == "Recogniser: starting"
    assert floor_sentences.behind_live(state) == "–"
    state.health = EngineHealth(0, 2, 0, 0.0, note="Loading the recogniser")
    assert hearing_sentences.engine(state.health) == "Loading the recogniser"
    state.health = EngineHealth(2, 2, 0, 640.0)
    assert hearing_sentences.engine(state.health) == "Recogniser: 2 of 2 workers, 0.6 s behind live"
    assert floor_sentences.behind_live(state) == "0.6 s"
    state.links["l1"] = link(LinkState.RETRYING)
    assert floor_sentences.behind_live(state) == "–"
    state.links["l2"] = link(LinkState.LIVE, "l2")
    assert floor_sentences.behind_live(state) == "0.6 s"
    state.health = EngineHealth(1, 2, 3, 640.0)
    assert hearing_sentences.engine(state.health).endswith(", 3 restarted")


def test_a_recogniser_that_stands_in_is_named_beside_its_lag_and_explained() -> None:
    health = EngineHealth(2, 2, 0, 640.0)
    assert hearing_sentences.engine_explained(None) == hearing_sentences.engine_explained(health) == ""
    health = replace(health, notice=EngineNotice.NO_RUNTIME)
    said = "Recogniser: PocketSphinx stands in, 2 of 2 workers, 0.6 s behind live"
    assert hearing_sentences.engine(health) == said
    assert hearing_sentences.engine_explained(health) == EngineNotice.NO_RUNTIME.in_full


def test_floor_words() -> None:
    state, _ = floor([seen("c"), AlertChanged(alert(1))])
    assert floor_sentences.floor_aloud(state) == "1 live call, 1 at risk, 1 seen in all"
    assert floor_sentences.floor_aloud(FloorState()) == "0 live calls, 0 at risk, 0 seen in all"
    assert [floor_sentences.waiting(n) for n in (0, 1, 3)] == ["", "1 call wants to move", "3 calls want to move"]
    assert (floor_sentences.heartbeat(10), floor_sentences.heartbeat(1_240)) == ("Screen on time", "Screen 1.2 s late")
    assert floor_sentences.bell(state, 0) == "1 open alert"
    apply_all(state, [AlertChanged(alert(2, snoozed=5_000))])
    assert [floor_sentences.bell(state, at) for at in (0, 5_000)] == ["1 open alert, 1 snoozed", "2 open alerts"]
    apply_all(state, [AlertChanged(alert(1, state=AlertState.RESOLVED))])
    assert floor_sentences.bell(state, 0) == "No open alerts, 1 snoozed"
    assert floor_sentences.open_count(state) == "1 open"
    assert floor_sentences.bell(FloorState(), 0) == "No open alerts"
    assert floor_sentences.open_count(FloorState()) == ""
    assert floor_sentences.more(2) == "+2"
    assert floor_sentences.span(120_000) == "Last 2 min"
    titles = [floor_sentences.title(state, at) for at in (0, 5_000)]
    assert titles == ["Sidetone", "(1) Sidetone"]


def test_complaints() -> None:
    bad, lost = Complained(PeerComplaint("l", Complaint.BAD_FRAME, "x")), Complaint.FRAGMENT_LOST
    state, _ = floor([bad])
    assert floor_sentences.complaints(FloorState()) == ""
    assert floor_sentences.complaints(state) == "1 unusable message dropped (mostly: bad frame)"
    state, _ = floor([bad, bad, Complained(PeerComplaint("l", lost, "x"))])
    assert floor_sentences.complaints(state) == "3 unusable messages dropped (mostly: bad frame)"


def test_risk_severity_counts_only_what_nobody_took_on() -> None:
    state, _ = floor([seen("c"), AlertChanged(alert(1, Severity.CRITICAL, acknowledged=True))])
    assert floor_sentences.risk_severity(state, 0) is Severity.INFO
    state, _ = floor([seen("c"), AlertChanged(alert(1)), AlertChanged(alert(2, Severity.CRITICAL, snoozed=9_000))])
    assert floor_sentences.risk_severity(state, 8_999) is Severity.WARNING
    assert floor_sentences.risk_severity(state, 9_000) is Severity.CRITICAL


def test_the_call_line_and_the_curve_in_words() -> None:
    assert sentences.call_line(view(), 253_000) == "4:12 · inbound · Billing"
    talked = sentences.call_line(view([DynamicsMeasured(dynamics())]), 253_000)
    assert talked == "4:12 · inbound · Billing · agent talks 40%, customer 40%"
    assert sentences.curve_aloud(view()) == "No sentiment has been read yet."
    both = view([ReadingMade(reading(-0.8)), ReadingMade(reading(-0.5)), ReadingMade(reading(0.3, party=Party.AGENT))])
    assert sentences.curve_aloud(both) == "Customer at −0.50, rising, lowest −0.80; agent at +0.30."
    mixed = view([ReadingMade(reading(0.2, party=Party.MIXED))])
    assert sentences.curve_aloud(mixed) == "Customer at +0.20, steady, lowest +0.20."
    assert sentences.moment("Refund", 62_000) == "Refund · 1:02"
    assert sentences.line_aloud(Party.AGENT, 62_000, "hello") == "Agent at 1 min 2: hello"


def test_small_words() -> None:
    assert (sentences.counted("Refund", 1), sentences.counted("Refund", 3)) == ("Refund", "Refund ×3")
    assert [sentences.snooze(n) for n in captions.SNOOZE_MINUTES] == ["for 5 min", "for 15 min", "for 1 h"]
    assert [sentences.severity_choice(s).split()[0] for s in Severity] == ["Info", "Warning", "Critical"]
