"""The workers shared out among the calls: a pool whose processes never start, and the pulses they would send."""

from __future__ import annotations

import pytest

from desktop.alerts.book import AlertBook
from desktop.alerts.rules import DEFAULT_ALERT_RULES
from desktop.domain.channels import ChannelFault
from desktop.domain.events import AudioGap
from desktop.domain.load import Costs, Spent, Work
from desktop.domain.media import Codec, EncodedFrame, Party
from desktop.domain.ports import Recogniser
from desktop.domain.speech import Attention, EngineNotice, Segment, SpeechActivity, Trace
from desktop.domain.updates import CallAttended, ChannelsJudged, EngineHealth, HearingMeasured, Update
from desktop.engine.attendance import LATE_MS, Attendance
from desktop.engine.desk import InsightDesk
from desktop.engine.meters import Meters
from desktop.engine.pool import WorkerPool
from desktop.engine.seat import FULL_MS, FULL_PULSES
from desktop.engine.wire import FromWorker, Heard, LanePulse, Pulse, Ready
from desktop.insights.keyword_defaults import DEFAULT_RULES
from desktop.insights.lexicon import parse_lexicon
from desktop.insights.load import USUAL
from desktop.insights.mood import MoodMeter
from desktop.insights.sentiment import TextSentiment

WORDS, PRESENCE = Attention.WORDS, Attention.PRESENCE
BASE = 1_700_000_000_000
NOTHING = Spent(0.25, 0.0, 0.0, 0.0, 0, ())


def no_recogniser() -> Recogniser:
    raise AssertionError("no process is started here")


class Bench:
    """An engine without processes; seconds pass when told."""

    def __init__(self, workers: int = 1) -> None:
        self.told: list[Update] = []
        self.gaps: list[AudioGap] = []
        self.said: list[FromWorker] = []
        self.now_s = 100.0
        self.pool = WorkerPool(workers, no_recogniser, self.said.append, self.gaps.append)
        for slot in self.pool.slots:
            slot.ready = True
        book = AlertBook(DEFAULT_ALERT_RULES)
        mood = MoodMeter(TextSentiment(parse_lexicon("bad\t-2.5\n")))
        self.desk = InsightDesk(mood, DEFAULT_RULES, book)
        self.meters = Meters()
        wall = lambda: BASE + round(self.now_s * 1000)  # noqa: E731
        self.attendance = Attendance(self.pool, self.desk, self.told.append, self.meters, lambda: self.now_s, wall)

    def begin(self, calls: int) -> None:
        for number in range(calls):
            self.frame(f"c{number}", 0)

    def frame(self, call: str, at_ms: int, party: Party = Party.CUSTOMER) -> bool:
        received = round(self.now_s * 1e9)
        return self.pool.feed(
            EncodedFrame("l", call, party, Codec.OPUS, None, BASE + at_ms, b"\x00", received), "en-US"
        )

    def passes(self, seconds: int = 1) -> None:
        for _ in range(seconds):
            self.now_s += 1
            self.attendance.tick([])

    def heard(self, attention: Attention = WORDS) -> set[str]:
        return {call for call, _, how in self.pool.placed() if how is attention}

    def lane(self, call: str, position_ms: int, backlog_ms: float = 0.0, worker: int = 0) -> None:
        lane = LanePulse(call, Party.CUSTOMER, position_ms, backlog_ms, 0, 0, 0, 0, 0)
        self.pool._message(worker, Pulse(100.0, [lane], [], NOTHING))

    def alarm(self, call: str) -> None:
        words = "i am going to call my lawyer about this"
        self.desk.segment(
            Segment(call, Party.CUSTOMER, 1, 1, words, 0, 900, True, "en-US", 1.0, (), Trace()),
            BASE + round(self.now_s * 1000),
        )


def test_calls_beyond_what_the_machine_bears_are_told_to_be_unheard() -> None:
    bench = Bench()
    bench.begin(30)
    bench.passes()
    hearing = bench.meters.hearing
    assert hearing.words == len(bench.heard()) >= 1
    assert hearing.words + hearing.presence == 30
    assert hearing.most_calls < 30
    assert not hearing.measured
    told = {update.call: update.attention for update in bench.told if isinstance(update, CallAttended)}
    assert told == dict.fromkeys(bench.heard(PRESENCE), PRESENCE)
    assert bench.told[-1] == hearing
    assert isinstance(hearing, HearingMeasured)
    assert bench.meters.heard_s[PRESENCE] == hearing.presence


def test_a_call_that_begins_where_there_is_no_room_is_not_heard_even_for_a_second() -> None:
    bench = Bench()
    bench.begin(30)
    assert len(bench.heard()) == 1
    bench.passes()
    heard = len(bench.heard())
    bench.frame("new", 0)
    assert len(bench.heard()) == heard


def test_who_is_looked_at_is_heard_at_once_and_told() -> None:
    bench = Bench()
    bench.begin(30)
    bench.passes()
    bench.told.clear()
    unheard = max(bench.heard(PRESENCE))
    bench.attendance.watch(unheard)
    assert unheard in bench.heard()
    assert CallAttended(unheard, WORDS, 0) in bench.told
    bench.attendance.forget(unheard)
    bench.pool.close(unheard)
    bench.passes()
    assert unheard not in bench.heard()


def test_an_alert_brings_words_and_while_there_are_none_it_stays() -> None:
    bench = Bench()
    bench.begin(30)
    bench.passes()
    call = max(bench.heard(PRESENCE))
    bench.alarm(call)
    bench.passes()
    assert call in bench.heard()
    (alert,) = bench.desk._shown.values()
    bench.desk.attended(call, PRESENCE, alert.raised_at_ms + 1_000)
    bench.now_s += 7_200
    assert bench.desk.tick(BASE + round(bench.now_s * 1000)) == []


def test_a_worker_whose_words_are_late_gets_fewer_until_they_are_in_time_again() -> None:
    bench = Bench()
    bench.attendance.assume(Costs(0.0, 0.7 / 10.5, 1.0))
    bench.begin(30)
    bench.passes(2)
    before = len(bench.heard())
    assert before == 10
    late = min(bench.heard())
    for _ in range(6):
        bench.lane(late, 0, LATE_MS + 1)
        bench.passes()
        bench.attendance.watch(late)
    assert len(bench.heard()) < before
    bench.lane(late, 0, 0.0)
    bench.passes(60)
    assert len(bench.heard()) == before


def test_what_is_measured_here_counts_for_more_than_what_was_assumed() -> None:
    bench = Bench()
    dear = Spent(0.25, 2.0, 2.0, 0.0, 10, (Work(WORDS, 2.0, 5.0, 2.5),))
    for _ in range(200):
        bench.attendance.pulse(Pulse(1.0, [], [], dear))
    costs = bench.attendance.costs
    assert costs.words == pytest.approx(0.79, abs=0.05)
    bench.begin(1)
    bench.attendance.assume(Costs(0.0, 0.01, 1.0))
    assert bench.attendance.costs == costs


def test_what_is_measured_anew_while_no_call_is_heard_counts_at_once() -> None:
    bench = Bench()
    dear = Spent(0.25, 2.0, 2.0, 0.0, 10, (Work(WORDS, 2.0, 5.0, 2.5),))
    for _ in range(200):
        bench.attendance.pulse(Pulse(1.0, [], [], dear))
    bench.attendance.assume(Costs(0.0, 0.01, 1.0))
    assert bench.attendance.costs.words == pytest.approx(0.01)


def test_it_is_told_what_the_number_of_calls_rests_on() -> None:
    bench = Bench()
    bench.attendance.assume(USUAL, earlier=False)
    bench.passes()
    assert not bench.meters.hearing.earlier
    bench.attendance.assume(Costs(0.0, 0.01, 1.0))
    bench.passes()
    assert bench.meters.hearing.earlier
    assert not bench.meters.hearing.measured


def test_what_the_engine_makes_do_with_is_told_with_its_health() -> None:
    bench = Bench(workers=2)
    for worker in (0, 1, 0):
        bench.pool._message(worker, Ready("embedded:pocketsphinx", 1.0, EngineNotice.MODEL_DAMAGED))
        bench.attendance.tell_health()
    told = [update.notice for update in bench.told if isinstance(update, EngineHealth)]
    assert told == [EngineNotice.MODEL_DAMAGED] * 3


def test_another_engine_is_measured_anew() -> None:
    bench = Bench()
    bench.pool._message(0, Ready("one", 1.0))
    dear = Spent(0.25, 2.0, 2.0, 0.0, 10, (Work(WORDS, 2.0, 5.0, 2.5),))
    for _ in range(200):
        bench.attendance.pulse(Pulse(1.0, [], [], dear))
    assert bench.attendance.costs.words > 0.7
    bench.pool._message(0, Ready("another", 1.0))
    bench.attendance.pulse(Pulse(1.0, [], [], NOTHING))
    assert bench.attendance.costs.words == pytest.approx(USUAL.words)


def test_where_phrases_can_be_spotted_keywords_are_heard_of_more_calls() -> None:
    bench = Bench()
    bench.attendance.pulse(Pulse(1.0, [], [], NOTHING, None, True))
    bench.begin(30)
    bench.passes(2)
    assert bench.meters.hearing.phrases == len(bench.heard(Attention.PHRASES)) > bench.meters.hearing.words


def test_a_call_moves_to_a_worker_with_room_and_its_numbers_go_on() -> None:
    bench = Bench(workers=2)
    bench.attendance.assume(Costs(0.0, 0.7 / 2.5, 1.0))
    bench.begin(6)
    bench.passes(2)
    zero = {call for call, worker, _ in bench.pool.placed() if worker == 0}
    for call in zero:
        bench.frame(call, 5_000)
        bench.alarm(call)
    segment = Segment(min(zero), Party.CUSTOMER, 4, 1, "hm", 0, 900, False, "en-US", 1.0, (), Trace())
    activity: list[SpeechActivity] = []
    bench.pool._message(0, Heard([segment], activity, [], []))
    bench.passes(10)
    moved = [call for call, worker, _ in bench.pool.placed() if worker == 1 and call in zero]
    assert len(moved) == 1
    assert {gap.call for gap in bench.gaps} == set(moved)  # five seconds that the other one never took in
    assert bench.gaps[0].missing_ms == 5_000
    bench.lane(moved[0], 9_000, worker=0)  # a late word of the one before
    assert bench.pool.position_ms(moved[0]) == 5_000


def test_sound_that_a_worker_cannot_even_take_in_is_bounded_and_counts_as_lag() -> None:
    bench = Bench()
    bench.begin(2)
    assert bench.heard() == {"c0"}
    for call in ("c0", "c1"):
        assert bench.frame(call, 2_000)
        for _ in range(FULL_PULSES):
            bench.lane(call, 100)
    assert bench.pool.health().lag_by_call == {"c0": 1_900.0, "c1": 1_900.0}
    assert bench.frame("c0", 2_020)
    assert not bench.frame("c1", 2_020)  # who isn't heard in words makes room first
    bench.frame("c0", round(FULL_MS) + 200)
    for _ in range(FULL_PULSES):
        assert bench.frame("c0", round(FULL_MS) + 210)
        bench.lane("c0", 100)
    assert not bench.frame("c0", round(FULL_MS) + 220)
    bench.lane("c0", round(FULL_MS) + 200)
    assert bench.frame("c0", round(FULL_MS) + 240)
    bench.lane("c0", round(FULL_MS) + 260)
    assert bench.pool.health().lag_by_call["c0"] == 0.0


def test_a_call_whose_sound_was_refused_is_tried_again_and_its_lag_never_grows() -> None:
    bench = Bench()
    bench.begin(1)
    lag, taken = [], 0
    for at_ms in range(0, 60_000, 20):
        taken += bench.frame("c0", at_ms)
        if at_ms % 260 == 0:
            bench.lane("c0", 100)  # it never gets any further
            lag.append(bench.pool.health().lag_ms)
    assert max(lag) <= FULL_MS + FULL_PULSES * 260 + 20
    assert 0 < taken < 3_000
    assert taken > FULL_MS / 20 + 10
    for _ in range(FULL_PULSES):
        bench.lane("c0", 60_000)
    assert all(bench.frame("c0", at_ms) for at_ms in range(60_000, 62_000, 20))


def test_a_call_whose_sound_no_worker_has_taken_in_yet_is_not_taken_for_an_empty_one() -> None:
    bench = Bench()
    bench.begin(1)
    bench.desk.call_over("c0", BASE)
    for _ in range(5):
        bench.now_s += 1
        bench.attendance.tick(["c0"])
    assert not [update for update in bench.told if isinstance(update, ChannelsJudged)]
    bench.lane("c0", 0)
    bench.attendance.tick(["c0"])
    assert ChannelsJudged("c0", (ChannelFault.EMPTY,)) in bench.told


def test_a_call_that_is_over_takes_no_room() -> None:
    bench = Bench()
    bench.begin(3)
    bench.pool.flush("c0")
    assert {call for call, _, _ in bench.pool.placed()} == {"c1", "c2"}
    bench.frame("c0", 100)  # its end was only guessed
    assert len(bench.pool.placed()) == 3


def test_while_the_worker_loads_only_what_still_waits_for_it_counts_as_lag() -> None:
    bench = Bench()
    bench.pool.slots[0].ready = False
    bench.begin(1)
    assert bench.pool.health().lag_ms == 0
    for second in range(1, 201):
        bench.now_s += 1
        for _ in range(50):
            bench.frame("c0", second * 1000)
    assert bench.pool.slots[0].waiting_ms == bench.pool.health().lag_ms == 119_000  # FRAMES_WAITING of them
    bench.pool.slots[0].ready = True
    assert bench.pool.health().lag_ms == 119_000  # not 200 s: it has not said yet how far it is
    bench.lane("c0", 198_000)
    assert bench.pool.health().lag_ms == 2_000
    bench.pool.close("c0")
    assert bench.pool.health().lag_ms == 0
