"""The alert book: document B's rule to the letter, keyword alerts, what people do with alerts, bounds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.alerts.book import MAX_HISTORY, AlertBook, Pending
from desktop.alerts.rules import DEFAULT_ALERT_RULES
from desktop.alerts.watches import STALE_MS
from desktop.domain.alert import Alert, AlertRule, AlertState, KeywordAlertRule, SentimentAlertRule
from desktop.domain.insight import KeywordHit, SentimentReading, Severity
from desktop.domain.media import Party

T0 = 1_790_000_000_000
MOOD = SentimentAlertRule()
WORDS = KeywordAlertRule()
ACTIVE, RECOVERING, RESOLVED = AlertState.ACTIVE, AlertState.RECOVERING, AlertState.RESOLVED


def at(seconds: float) -> int:
    return T0 + round(seconds * 1000)


class Floor:
    """A book and its stage directions, in seconds."""

    def __init__(self, *rules: AlertRule) -> None:
        self.book = AlertBook(rules or (MOOD,))

    def reads(
        self, s: float, average: float, *, count: int = 5, call: str = "c", party: Party = Party.CUSTOMER
    ) -> list[Alert]:
        reading = SentimentReading(call, party, round(s * 1000), average, "negative", "sidetone", 1, average, count)
        return list(self.book.on_reading(reading, at(s)))

    def hears(
        self, s: float, label: str = "Cancellation", severity: Severity = Severity.CRITICAL, call: str = "c"
    ) -> list[Alert]:
        hit = KeywordHit(call, Party.CUSTOMER, label.lower(), label, severity, round(s * 1000), 1, 0, 0)
        return list(self.book.on_hit(hit, at(s)))

    def ticks(self, s: float, until: float | None = None) -> list[Alert]:
        changed: list[Alert] = []
        second = s
        while second <= (s if until is None else until):
            changed += self.book.tick(at(second))
            second += 1
        return changed

    def unhappy(self, s: float = 0.0, call: str = "c") -> Alert:
        """A raised sentiment alert, 31 s after `s`."""
        assert self.reads(s, -0.6, call=call) == []
        (alert,) = self.ticks(s + 31)
        return alert


# Document B section 3, step 5


def test_below_half_for_more_than_thirty_seconds_raises() -> None:
    floor = Floor()
    assert floor.reads(0, -0.62) == []
    assert floor.reads(12, -0.6) == []
    assert floor.ticks(13, until=30) == []
    (alert,) = floor.ticks(30.1)
    assert alert == Alert(
        alert_id=1,
        call="c",
        rule_id="sentiment-low",
        severity=Severity.WARNING,
        state=ACTIVE,
        headline="Customer unhappy for 30 s",
        evidence="average -0.60 over 5 readings",
        raised_at_ms=at(30.1),
        changed_at_ms=at(30.1),
        position_ms=12_000,
    )
    assert floor.ticks(31, until=60) == []


@pytest.mark.parametrize(("average", "count"), [(-0.5, 5), (-0.9, 4), (0.0, 5)])
def test_not_below_or_not_five_readings_never_raises(average: float, count: int) -> None:
    floor = Floor()
    for second in range(0, 100, 10):
        assert floor.reads(second, average, count=count) == []
    assert floor.ticks(100) == []


def test_the_hold_begins_again_after_an_interruption() -> None:
    floor = Floor()
    floor.reads(0, -0.6)
    floor.reads(20, -0.45)
    floor.reads(25, -0.6)
    assert floor.ticks(26, until=55) == []
    assert len(floor.ticks(56)) == 1


def test_a_reading_that_ends_the_condition_late_still_raises_first() -> None:
    """Between readings the last average holds, even if no tick came in time."""
    floor = Floor()
    floor.reads(0, -0.6)
    first, second = floor.reads(31, 0.1)
    assert (first.state, first.times) == (ACTIVE, 1)
    assert (second.state, second.alert_id) == (RECOVERING, first.alert_id)


def test_no_reading_for_a_minute_is_no_data_and_stops_pending() -> None:
    floor = Floor(SentimentAlertRule(hold_s=90))
    floor.reads(0, -0.6)
    assert floor.book.pending("c") == (Pending("sentiment-low", at(0), at(90)),)
    floor.ticks(STALE_MS / 1000 + 1)
    assert floor.book.pending("c") == ()
    floor.reads(80, -0.6)
    assert floor.ticks(91, until=139) == []


def test_only_the_party_of_the_rule_counts_and_a_mixed_channel() -> None:
    floor = Floor()
    floor.reads(0, -0.9, party=Party.AGENT)
    assert floor.ticks(31) == []
    floor.reads(32, -0.9, party=Party.MIXED)
    assert len(floor.ticks(63)) == 1


def test_pending_names_due_time_until_fired() -> None:
    floor = Floor()
    assert floor.book.pending("c") == ()
    floor.reads(0, -0.6)
    assert floor.book.pending("c") == (Pending("sentiment-low", at(0), at(30)),)
    floor.ticks(31)
    assert floor.book.pending("c") == ()


# Hysteresis, repetition, cooldown


def test_recovers_above_leave_and_resolves_after_fifteen_seconds() -> None:
    floor = Floor()
    floor.unhappy()
    assert floor.reads(40, -0.35) == []
    (recovering,) = floor.reads(45, -0.2)
    assert recovering.state is RECOVERING
    assert floor.ticks(46, until=59) == []
    (resolved,) = floor.ticks(60)
    assert (resolved.state, resolved.changed_at_ms, resolved.raised_at_ms) == (RESOLVED, at(60), at(31))


def test_a_relapse_takes_the_recovery_back_without_counting() -> None:
    floor = Floor()
    floor.unhappy()
    floor.reads(40, -0.2)
    (relapsed,) = floor.reads(50, -0.4)
    assert (relapsed.state, relapsed.times) == (ACTIVE, 1)
    assert floor.ticks(51, until=100) == []


def test_firing_again_while_open_counts_up() -> None:
    floor = Floor()
    floor.unhappy()
    floor.reads(40, -0.2)
    floor.reads(45, -0.7)
    assert floor.ticks(46, until=75) == []
    (again,) = floor.ticks(76)
    assert (again.alert_id, again.state, again.times, again.evidence) == (1, ACTIVE, 2, "average -0.70 over 5 readings")


def test_after_resolution_the_rule_is_quiet_for_its_cooldown() -> None:
    floor = Floor()
    floor.unhappy()
    floor.reads(40, 0.0)
    floor.ticks(55)
    for second in range(60, 175, 10):
        assert floor.reads(second, -0.6) == []
    assert floor.book.pending("c")[0].due_ms == at(55 + 120)
    (alert,) = floor.ticks(175)
    assert alert.alert_id == 2


def test_an_open_alert_without_data_stays_as_it_is() -> None:
    floor = Floor()
    floor.unhappy()
    assert floor.ticks(32, until=300) == []
    assert [alert.state for alert in floor.book.alerts] == [ACTIVE]


# Keywords


def test_critical_words_alert_at_once() -> None:
    (alert,) = Floor(WORDS).hears(67)
    assert (alert.severity, alert.headline) == (Severity.CRITICAL, "Critical words: Cancellation")
    assert (alert.evidence, alert.position_ms) == ("1 match, at 1:07 of the call", 67_000)


def test_less_severe_words_do_not_unless_named() -> None:
    assert Floor(WORDS).hears(0, "Refund", Severity.WARNING) == []
    named = KeywordAlertRule(keyword_rules=("refund",), severity=Severity.WARNING, label="Words")
    assert Floor(named).hears(0, "Cancellation") == []
    (alert,) = Floor(named).hears(0, "Refund", Severity.CRITICAL)
    assert alert.severity is Severity.WARNING


def test_a_rule_by_severity_takes_the_most_severe_of_its_words() -> None:
    floor = Floor(KeywordAlertRule(severity=Severity.WARNING, label="Words"))
    assert floor.hears(0, "Refund", Severity.WARNING)[0].severity is Severity.WARNING
    assert floor.hears(1, "Legal", Severity.CRITICAL)[0].severity is Severity.CRITICAL
    assert floor.hears(2, "Refund", Severity.WARNING)[0].severity is Severity.CRITICAL


def test_more_words_count_up_and_are_named_once() -> None:
    floor = Floor(WORDS)
    floor.hears(0)
    (alert,) = floor.hears(5)
    assert (alert.times, alert.headline) == (2, "Critical words: Cancellation")
    (alert,) = floor.hears(6, "Legal threat")
    assert (alert.alert_id, alert.times, alert.headline) == (1, 3, "Critical words: Cancellation, Legal threat")
    assert alert.evidence == "3 matches, the last at 0:06 of the call"


def test_words_resolve_after_their_quiet_time_and_cool_down() -> None:
    floor = Floor(WORDS)
    floor.hears(0)
    floor.hears(30)
    assert floor.ticks(31, until=89) == []
    (resolved,) = floor.ticks(90)
    assert resolved.state is RESOLVED
    assert floor.hears(100) == []
    (news,) = floor.hears(101, "Legal threat")
    assert (news.alert_id, news.headline) == (2, "Critical words: Legal threat")


def test_words_after_a_long_silence_are_a_new_alert() -> None:
    floor = Floor(WORDS)
    floor.hears(0)
    resolved, *more = floor.hears(61, "Legal threat")
    assert resolved.state is RESOLVED
    assert [alert.alert_id for alert in more] == [2]
    assert floor.hears(400)[-1].alert_id == 3


# The end of a call (document B section 3, "Race Condition Handling")


def test_the_end_of_a_call_resolves_what_is_open() -> None:
    floor = Floor(MOOD, WORDS)
    floor.unhappy()
    floor.hears(32)
    assert [alert.state for alert in floor.book.call_ended("c", at(33))] == [RESOLVED, RESOLVED]
    assert floor.book.call_ended("c", at(34)) == ()


def test_a_condition_that_completes_while_the_call_lingers_is_not_lost() -> None:
    floor = Floor()
    floor.reads(0, -0.6)
    assert floor.book.call_ended("c", at(28)) == ()
    floor.reads(29, -0.8)
    (alert,) = floor.ticks(31)
    assert alert.state is ACTIVE
    (closed,) = floor.book.forget("c", at(31))
    assert (closed.alert_id, closed.state) == (alert.alert_id, RESOLVED)


def test_the_fifth_reading_may_arrive_after_the_end() -> None:
    floor = Floor(SentimentAlertRule(hold_s=2))
    floor.reads(0, -0.6, count=4)
    floor.book.call_ended("c", at(1))
    floor.reads(2, -0.6)
    assert len(floor.ticks(5)) == 1


def test_words_in_the_last_sentence_alert_after_the_end() -> None:
    floor = Floor(WORDS)
    floor.book.call_ended("c", at(0))
    assert len(floor.hears(2)) == 1


def test_the_hold_that_completed_just_before_the_end_is_raised_and_resolved() -> None:
    floor = Floor()
    floor.reads(0, -0.6)
    assert [alert.state for alert in floor.book.call_ended("c", at(31))] == [ACTIVE, RESOLVED]


# What people do


def test_acknowledge_and_take_back() -> None:
    floor = Floor()
    alert = floor.unhappy()
    (seen,) = floor.book.acknowledge(alert.alert_id, True, at(40))
    assert (seen.acknowledged, seen.changed_at_ms) == (True, at(40))
    assert floor.book.acknowledge(alert.alert_id, True, at(41)) == ()
    assert not floor.book.acknowledge(alert.alert_id, False, at(42))[0].acknowledged
    assert floor.book.acknowledge(99, True, at(43)) == ()


def test_a_snooze_ends_by_itself_by_hand_or_with_the_alert() -> None:
    floor = Floor()
    alert = floor.unhappy()
    (snoozed,) = floor.book.snooze(alert.alert_id, at(50), at(40))
    assert snoozed.snoozed_until_ms == at(50)
    assert floor.book.snooze(alert.alert_id, at(50), at(41)) == ()
    assert floor.ticks(42, until=49) == []
    assert floor.ticks(50)[0].snoozed_until_ms is None
    floor.book.snooze(alert.alert_id, at(90), at(51))
    assert floor.book.snooze(alert.alert_id, at(51), at(52))[0].snoozed_until_ms is None
    floor.book.snooze(alert.alert_id, at(90), at(53))
    assert floor.book.call_ended("c", at(54))[0].snoozed_until_ms is None
    assert floor.book.snooze(alert.alert_id, at(99), at(55)) == ()
    assert floor.book.snooze(99, at(99), at(56)) == ()


# Bounds


def test_history_is_bounded_and_loses_its_oldest_first() -> None:
    floor = Floor(WORDS)
    for number in range(MAX_HISTORY + 10):
        floor.hears(number, call=f"call-{number}")
        floor.book.forget(f"call-{number}", at(number))
    floor.hears(MAX_HISTORY + 10, call="open")
    assert len(floor.book.alerts) == MAX_HISTORY + 1
    assert floor.book.alerts[0].alert_id == 11
    assert floor.book.alerts[-1].state is ACTIVE
    assert floor.book.calls_watched == 1


def test_a_call_that_nobody_forgot_is_dropped_once_nothing_is_known_of_it() -> None:
    floor = Floor(MOOD, WORDS)
    floor.reads(0, 0.1)
    floor.reads(0, 0.1, call="d")
    floor.hears(0)
    floor.ticks(STALE_MS / 1000)
    assert floor.book.calls_watched == 2
    floor.ticks(STALE_MS / 1000 + 1)
    assert floor.book.calls_watched == 1
    floor.ticks(121)
    assert floor.book.calls_watched == 0


def test_a_wall_clock_set_back_neither_stalls_nor_hurries() -> None:
    floor = Floor()
    floor.reads(100, -0.6)
    floor.ticks(110)
    assert floor.ticks(50) == []
    assert floor.book.pending("c") == (Pending("sentiment-low", at(40), at(70)),)
    assert floor.ticks(69) == []
    (alert,) = floor.ticks(71)
    assert alert.raised_at_ms == at(71)


def test_a_change_never_lies_before_its_raising() -> None:
    floor = Floor()
    alert = floor.unhappy()
    assert floor.book.acknowledge(alert.alert_id, True, at(0))[0].changed_at_ms == alert.raised_at_ms


def test_the_rules_of_a_fresh_installation() -> None:
    assert AlertBook(DEFAULT_ALERT_RULES).alerts == ()


steps = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.sampled_from("ab"), st.floats(-1, 1), st.integers(1, 5)),
        st.tuples(st.just("hit"), st.sampled_from("ab"), st.sampled_from(["Cancellation", "Legal"]), st.just(0)),
        st.tuples(st.just("tick"), st.just(""), st.just(0.0), st.just(0)),
        st.tuples(st.just("end"), st.sampled_from("ab"), st.just(0.0), st.just(0)),
        st.tuples(st.just("forget"), st.sampled_from("ab"), st.just(0.0), st.just(0)),
        st.tuples(st.just("ack"), st.just(""), st.just(0.0), st.integers(1, 4)),
        st.tuples(st.just("snooze"), st.just(""), st.just(0.0), st.integers(1, 4)),
    ).flatmap(lambda step: st.tuples(st.just(step), st.integers(0, 40))),
    max_size=60,
)

ALLOWED = {
    (None, ACTIVE),
    (ACTIVE, ACTIVE),
    (ACTIVE, RECOVERING),
    (RECOVERING, RECOVERING),
    (RECOVERING, ACTIVE),
    (ACTIVE, RESOLVED),
    (RECOVERING, RESOLVED),
    (RESOLVED, RESOLVED),
}


@given(steps)
@settings(max_examples=150, deadline=None)
def test_whatever_happens_alerts_keep_their_order_and_stay_one_per_rule_and_call(
    steps: list[tuple[tuple[str, str, float | str, int], int]],
) -> None:
    floor = Floor(SentimentAlertRule(hold_s=10, cooldown_s=20), KeywordAlertRule(leave_s=30, cooldown_s=10))
    known: dict[int, Alert] = {}
    now = 0.0
    for (what, call, value, number), wait in steps:
        now += wait
        match what:
            case "read":
                changed = floor.reads(now, float(value), count=number, call=call)
            case "hit":
                changed = floor.hears(now, str(value), call=call)
            case "tick":
                changed = floor.ticks(now)
            case "end":
                changed = list(floor.book.call_ended(call, at(now)))
            case "forget":
                changed = list(floor.book.forget(call, at(now)))
            case "ack":
                changed = list(floor.book.acknowledge(number, True, at(now)))
            case _:
                changed = list(floor.book.snooze(number, at(now + 15), at(now)))
        for alert in changed:
            before = known.get(alert.alert_id)
            assert (before.state if before else None, alert.state) in ALLOWED
            assert alert != before
            if before is None:
                assert alert.alert_id == len(known) + 1
                assert (alert.times, alert.raised_at_ms) == (1, at(now))
            else:
                assert alert.raised_at_ms == before.raised_at_ms
                assert alert.times in (before.times, before.times + 1)
                assert alert.changed_at_ms >= before.changed_at_ms
            known[alert.alert_id] = alert
        listed = floor.book.alerts
        assert {alert.alert_id: alert for alert in listed} == known
        is_open = [(alert.rule_id, alert.call) for alert in listed if alert.state is not RESOLVED]
        assert len(set(is_open)) == len(is_open)
    for call in "ab":
        floor.book.forget(call, at(now))
    assert floor.book.calls_watched == 0
    assert all(alert.state is RESOLVED for alert in floor.book.alerts)
