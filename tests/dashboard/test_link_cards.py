"""Cards, findings and regions as they are shown; the plot's data; the pills; which connection a call comes from."""

from __future__ import annotations

import numpy as np
import pytest

from desktop.dashboard import connection_captions as words
from desktop.dashboard import link_cards, link_history, link_pills, link_sentences
from desktop.dashboard.links import LinkUpdate
from desktop.dashboard.state import FloorState, apply_all
from desktop.domain.events import LinkState, Measure
from desktop.domain.finding import Level, Remedy
from desktop.domain.insight import Severity
from desktop.domain.sign_in import SignInState
from desktop.domain.updates import LinkTimed, Update
from tests.dashboard.link_builders import at, finding, is_a, signed, view

LIVE, RETRYING, REFUSED = LinkState.LIVE, LinkState.RETRYING, LinkState.REFUSED


def floor(*updates: Update) -> FloorState:
    state = FloorState()
    apply_all(state, updates)
    return state


def trip(ms: float, second: float, name: str = "l1", measure: Measure = Measure.ROUND_TRIP) -> LinkTimed:
    return LinkTimed(name, measure, ms, round(second * 1000))


def test_problems_stand_first_then_names() -> None:
    state = floor(
        at(1, LIVE, "zeta"), at(1, LIVE, "Alpha"), at(1, LIVE, "warned"), at(1, RETRYING, "lost"),
        at(1, REFUSED, "no"), at(1, LIVE, "failing"), at(1, LinkState.CLOSED, "closed"), is_a("new"),
        finding(Level.WARN, name="warned"), finding(Level.FAIL, name="failing"), trip(1.0, 1, "ghost"),
    )  # fmt: skip
    order = [card.link for card in link_cards.cards(state, 2_000)]
    assert order == ["no", "failing", "lost", "warned", "new", "closed", "Alpha", "zeta"]


def test_a_card_in_full() -> None:
    timed = [trip(ms, 10) for ms in (30.0, 50.0)]
    state = floor(is_a(), at(1, LIVE, region="mypurecloud.de"), *timed, trip(900.0, 10, measure=Measure.ENGINE))
    (card,) = link_cards.cards(state, 241_000)
    assert card.what == "Bot events socket · Acme · Europe (Frankfurt)"
    assert (card.glyph, card.word, card.since) == ("●", "live", "for 4 min")
    assert card.round_trip == link_cards.Figures("50 ms", "40 ms", "50 ms", high=False, p50="50 ms")
    assert card.engine == link_cards.Figures("900 ms", "900 ms", "900 ms", high=True, p50="900 ms")
    assert (card.foot, card.severity, card.state) == ("no drops", Severity.INFO, Severity.INFO)
    assert card.aloud == (
        "l1, Bot events socket · Acme · Europe (Frankfurt), live for 4 min, round trip 50 ms, no drops"
    )


def test_nothing_measured_is_no_figure() -> None:
    (card,) = link_cards.cards(floor(is_a()), 5_000)
    assert (card.round_trip, card.engine, card.since) == (None, None, "")
    assert card.aloud == "l1, Bot events socket · Acme, connecting, no drops"


@pytest.mark.parametrize(
    ("state", "level", "found"),
    [
        (LIVE, Level.PASS, Severity.INFO),
        (LIVE, Level.WARN, Severity.WARNING),
        (LIVE, Level.FAIL, Severity.CRITICAL),
        (RETRYING, Level.PASS, Severity.WARNING),
        (REFUSED, Level.PASS, Severity.CRITICAL),
    ],
)
def test_how_bad_a_connection_is(state: LinkState, level: Level, found: Severity) -> None:
    assert link_cards.severity(view(at(1, state), finding(level))) is found


def test_who_is_needed() -> None:
    assert not link_cards.needs_person(floor(at(1, LIVE), at(1, RETRYING, "l2"), signed(SignInState.RENEWING)))
    assert link_cards.needs_person(floor(at(1, REFUSED)))
    assert link_cards.needs_person(floor(at(1, LIVE), finding(Level.FAIL)))
    for state in (SignInState.SIGNED_OUT, SignInState.REFUSED, SignInState.EXPIRING):
        assert link_cards.needs_person(floor(signed(state)))


def test_findings_by_level_with_their_buttons() -> None:
    found = view(
        finding(Level.PASS, "a"),
        finding(Level.WARN, "b", action=Remedy.USE_AUDIOHOOK),
        finding(Level.FAIL, "c", action=Remedy.USE_NOTIFICATIONS),
        finding(Level.WARN, "d", action=Remedy.SIGN_IN),
        finding(Level.FAIL, "e", action=Remedy.RETRY),
    )
    rows = link_cards.findings(found)
    assert [(row.subject, row.glyph, row.word, row.button) for row in rows] == [
        ("c", "✕", "Fail", "Use notifications instead"),
        ("e", "✕", "Fail", "Try again"),
        ("b", "▲", "Warn", "Set up AudioHook"),
        ("d", "▲", "Warn", "Sign in"),
        ("a", "✓", "Pass", ""),
    ]
    assert (rows[0].text, rows[0].remedy) == ("found this", "do that")


def test_regions_of_an_organisation_with_several() -> None:
    state = floor(
        is_a("l1"), is_a("l2"), is_a("other", organisation="Beta"),
        at(1, LIVE, "l1", "mypurecloud.de"), at(1, LIVE, "l2", "mypurecloud.ie"),
        at(5, RETRYING, "l2", "mypurecloud.ie"), at(1, LIVE, "other", "mypurecloud.jp"),
    )  # fmt: skip
    rows = link_cards.regions(state, state.link_views["l1"], 65_000)
    assert [(row.region, row.word, row.since, row.severity) for row in rows] == [
        ("Europe (Frankfurt)", "live", "for 1 min", Severity.INFO),
        ("Europe (Ireland)", "reconnecting", "for 1 min", Severity.WARNING),
    ]
    assert link_cards.regions(state, state.link_views["other"], 65_000) == []


def test_a_region_that_was_left_is_not_in_use_and_trouble_wins() -> None:
    state = floor(at(1, LIVE, region="a"), at(2, RETRYING, region="a"), at(3, LIVE, region="b"))
    rows = link_cards.regions(state, state.link_views["l1"], 3_000)
    assert [(row.glyph, row.word) for row in rows] == [("○", "not in use now"), ("●", "live")]
    apply_all(state, [is_a("l1"), is_a("l2"), at(4, REFUSED, "l2", "b"), is_a("l3"), at(4, LIVE, "l3", "b")])
    rows = link_cards.regions(state, state.link_views["l1"], 4_000)
    assert [row.word for row in rows] == ["not in use now", "refused"]


def test_the_plot_shows_trails_drops_and_outages_of_its_span() -> None:
    found = view(
        at(0, LIVE), trip(30.0, 1), at(100, RETRYING), at(130, LIVE), trip(60.0, 700), at(800, RETRYING),
        trip(5.0, 790, measure=Measure.HANDLING),
    )  # fmt: skip
    drawn = link_history.history(found, 810_000, 600_000)
    assert set(drawn.trails) == {Measure.ROUND_TRIP, Measure.HANDLING}
    trail = drawn.trails[Measure.ROUND_TRIP]
    assert trail.at_s[np.isfinite(trail.ms)].tolist() == [-110.0]
    assert drawn.drops_s == (-10.0,)
    assert drawn.outages_s == ((-10.0, 0.0),)
    assert (drawn.span_s, drawn.highest_ms) == (600.0, 60.0)
    hour = link_history.history(found, 810_000, 3_600_000)
    assert hour.drops_s == (-710.0, -10.0)
    assert hour.outages_s == ((-710.0, -680.0), (-10.0, 0.0))


def test_an_outage_that_began_before_the_span_is_cut_at_its_edge() -> None:
    drawn = link_history.history(view(at(0, LIVE), at(10, RETRYING)), 1_000_000, 600_000)
    assert drawn.outages_s == ((-600.0, 0.0),)
    assert (drawn.trails, drawn.highest_ms) == ({}, 0.0)


def test_the_plot_in_words() -> None:
    assert link_history.aloud(view(is_a())) == "No delay has been measured yet."
    found = view(trip(40.0, 1), trip(60.0, 2), trip(1_200.0, 2, measure=Measure.ENGINE))
    assert link_history.aloud(found) == "Round trip 60 ms, on average 50 ms; engine 1.2 s; no drops."
    assert link_history.aloud(view(trip(40.0, 1))) == "Round trip 40 ms, on average 40 ms; no drops."


@pytest.mark.parametrize("top", [10.0, 11.5, 15.0, 19.0, 24.0, 50.0, 61.0, 500.0, 940.0, 12_000.0])
def test_ticks_are_round_and_few(top: float) -> None:
    ticks = link_history.ticks_ms(top)
    assert 3 <= len(ticks) <= 6
    assert ticks[0] == (0.0, "0")
    assert ticks[-1][0] <= top
    assert ticks[1][0] in (2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)


def test_ticks_of_the_time() -> None:
    assert [words for _, words in link_history.ticks_s(600)] == [
        "−10 min", "−8 min", "−6 min", "−4 min", "−2 min", "now",
    ]  # fmt: skip
    assert [words for _, words in link_history.ticks_s(3_600)][:2] == ["−60 min", "−50 min"]


def test_a_calls_row_names_organisation_or_region_only_where_there_are_several() -> None:
    two = floor(is_a("l1"), is_a("l2", organisation="Beta"), at(1, LIVE, "l1"), at(1, LIVE, "l2"))
    assert link_sentences.homes(two) == {"l1": "Acme", "l2": "Beta"}
    regions = floor(is_a("l1"), is_a("l2"), at(1, LIVE, "l1", "de"), at(1, LIVE, "l2", "ie"))
    assert link_sentences.homes(regions) == {"l1": "de", "l2": "ie"}
    neither = floor(is_a("l1"), is_a("l2"), at(1, LIVE, "l1"), at(1, LIVE, "l2"))
    assert link_sentences.homes(neither) == {}


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-4, "for 0 s"), (59, "for 59 s"), (60, "for 1 min"), (7_300, "for 2 h"), (90_000, "for 1 day"),
     (200_000, "for 2 days")],
)  # fmt: skip
def test_how_long(seconds: int, said: str) -> None:
    assert link_sentences.lasting(seconds * 1000, 0) == said


def test_since_says_when_it_tries_again() -> None:
    waiting = view(at(10, RETRYING, retry_in_s=8.0))
    assert link_sentences.since(waiting, 12_000) == "for 2 s, next try in 6 s"
    assert link_sentences.since(waiting, 18_500) == "for 8 s, trying now"
    assert link_sentences.since(view(at(10, RETRYING)), 12_000) == "for 2 s"
    assert link_sentences.since(view(at(10, LIVE, retry_in_s=8.0)), 12_000) == "for 2 s"


@pytest.mark.parametrize(
    ("ms", "said"), [(None, "–"), (0.4, "<1 ms"), (41.6, "42 ms"), (999.0, "999 ms"), (1_240.0, "1.2 s")]
)
def test_durations_in_words(ms: float | None, said: str) -> None:
    assert link_sentences.took(ms) == said


def test_small_words() -> None:
    assert [link_sentences.drops(n) for n in (0, 1, 3)] == ["no drops", "1 drop", "3 drops"]
    assert [link_sentences.region(r) for r in ("eu-west-1", "host.example")] == ["Europe (Ireland)", "host.example"]
    assert [link_sentences.legend(m)[2:] for m in Measure] == ["Round trip", "Handling here", "Engine"]


def test_pills_in_the_order_in_which_connections_came() -> None:
    lost = [at(1, LIVE, "l2", "us"), at(2, RETRYING, "l2", "us", retry_in_s=3.0, detail="No answer.")]
    pills = link_pills.pills(floor(is_a("l0"), at(1, LIVE, "l1", "mypurecloud.ie"), *lost))
    assert [(p.key, p.name, p.word, p.loud) for p in pills] == [
        ("l1", "l1", "live", False),
        ("l2", "l2", "reconnecting", True),
    ]
    assert pills[1].aloud == "l2: connection lost, next try in 3 s"
    assert [pill.tip for pill in pills] == [
        "l1: live\nEurope (Ireland)",
        "l2: connection lost, next try in 3 s - No answer.\nus",
    ]
    assert link_pills.pills(floor(at(1, LIVE, region="")))[0].tip == "l1: live"


def test_many_connections_leave_pills_to_those_in_trouble() -> None:
    state = floor(*(at(1, LIVE, f"l{n}", f"r{n}") for n in range(4)), at(1, REFUSED, "bad", "rx", detail="token"))
    pills = link_pills.pills(state)
    assert [(p.name, p.word) for p in pills] == [("bad", "refused"), ("l0", "live"), ("+3", "more")]
    assert pills[-1].tip.splitlines() == ["l1: live", "l2: live", "l3: live"]
    assert not pills[-1].loud
    apply_all(state, [at(2, REFUSED, f"l{n}", f"r{n}", detail="token") for n in range(3)])
    assert link_pills.pills(state)[-1].loud


def test_what_it_is_that_waits_for_somebody_is_said_in_its_own_word() -> None:
    def word(*updates: LinkUpdate, kind: str = "Audio Connector gateway") -> str:
        return link_sentences.state_word(view(is_a(kind=kind), *updates))[1]

    assert word(at(1, REFUSED, action=Remedy.SIGN_IN)) == "not signed in"
    assert word(at(1, REFUSED, action=Remedy.RETRY)) == "refused"
    assert word(at(1, RETRYING)) == "can't connect"
    assert word(at(1, LIVE), at(2, RETRYING)) == "reconnecting"
    assert word(at(1, RETRYING), kind="Genesys Cloud AudioHook") == "can't listen"
    assert word(at(1, RETRYING), at(2, LIVE), kind="Genesys Cloud AudioHook") == "listening"


def test_why_a_connection_is_down_is_its_first_finding() -> None:
    def first(*updates: LinkUpdate) -> list[tuple[str, str, Level]]:
        rows = link_cards.findings(view(*updates))
        return [(row.subject, row.text, row.level) for row in rows]

    passed = finding(Level.PASS, "Sign-in")
    assert first(at(1, REFUSED, detail="No such thing (404)."), passed) == [
        ("Connection", "No such thing (404).", Level.FAIL),
        ("Sign-in", "found this", Level.PASS),
    ]
    assert first(at(1, RETRYING, detail="No answer.")) == [("Connection", "No answer.", Level.WARN)]
    assert first(at(1, REFUSED)) == [("Connection", words.REFUSED_SILENTLY, Level.FAIL)]
    assert first(at(1, RETRYING)) == [("Connection", words.DOWN_SILENTLY, Level.WARN)]
    assert first(at(1, REFUSED, detail="found this"), passed) == [("Sign-in", "found this", Level.PASS)]
    assert first(at(1, LIVE, detail="Since noon.")) == first(is_a()) == []


def test_what_was_measured_before_it_was_lost_is_not_now() -> None:
    state = floor(is_a(), at(1, LIVE), trip(900.0, 2), at(3, RETRYING))
    (card,) = link_cards.cards(state, 4_000)
    assert card.round_trip == link_cards.Figures("–", "900 ms", "900 ms", high=False, p50="900 ms")
    assert card.aloud == "l1, Bot events socket · Acme · eu, reconnecting for 1 s, 1 drop"
