"""The report says what was counted and timed, under the promised names, and nothing it did not measure."""

from __future__ import annotations

import importlib.util
import json
import time
from pathlib import Path

from pytestqt.qtbot import QtBot

from desktop.app.heartbeat import CURVES_EVERY, TEXT_EVERY, Heartbeat
from desktop.app.paint_clock import PaintClock
from desktop.app.report import made, written
from desktop.domain.media import Party
from desktop.domain.speech import Segment, Trace
from desktop.domain.updates import SegmentHeard
from desktop.engine.meters import Meters

CHECK = Path(__file__).parents[2] / "packaging" / "check_report.py"


def segment(trace: Trace) -> SegmentHeard:
    return SegmentHeard(Segment("c", Party.AGENT, 0, 0, "hi", 0, 1, True, "en-US", 1.0, (), trace))


def test_words_count_as_seen_when_they_are_painted_not_before() -> None:
    meters = Meters()
    clock = PaintClock(meters)
    now = time.monotonic_ns()
    clock.taken([segment(Trace(recognised=now - 10**9, speech_ended=now - 2 * 10**9))])
    clock.painted()
    assert meters.words_to_screen.at(50) is None
    clock.shown(on_screen=True)
    assert meters.words_to_screen.at(50) is None
    clock.painted()
    assert 1000 <= (meters.words_to_screen.at(50) or 0) < 60_000
    assert 2000 <= (meters.speech_end_to_screen.at(50) or 0) < 60_000
    clock.painted()
    assert len(meters.words_to_screen.samples) == 1
    for _ in range(20):
        clock.taken([segment(Trace(recognised=now))])
        clock.shown(on_screen=False)
    clock.painted()
    assert len(meters.words_to_screen.samples) == 1  # nobody saw them, so nobody waited


def test_the_heart_beats_and_notices_when_it_was_held_up(qtbot: QtBot) -> None:
    beats = {"curves": 0, "text": 0}

    def count(what: str) -> None:
        beats[what] += 1

    heart = Heartbeat(lambda: count("curves"), lambda: count("text"))
    heart.start()
    qtbot.waitUntil(lambda: beats["text"] == 1, timeout=20_000)
    assert beats["curves"] == TEXT_EVERY // CURVES_EVERY
    heart.forget()
    time.sleep(0.2)
    qtbot.waitUntil(lambda: heart.worst > 150, timeout=20_000)
    assert sum(late > 20 for late in heart.late.samples) >= 7  # every beat that never came counts
    heart.stop()


def test_a_report_of_nothing_has_all_names_and_no_invented_figures(tmp_path: Path) -> None:
    heart = Heartbeat(lambda: None, lambda: None)
    report = made(Meters(), heart, notifications=0, restarts=0, seconds=1.0, engine="")
    written(report, tmp_path / "a" / "r.json")
    assert json.loads((tmp_path / "a" / "r.json").read_text()) == report
    assert report["latency_ms"]["decode"] == {"p50": None, "p95": None}
    assert report["calls"] == {"seen": 0, "ended": 0}
    spec = importlib.util.spec_from_file_location("check_report", CHECK)
    assert spec is not None
    assert spec.loader is not None
    check = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check)
    wrong = dict(check.faults(report))
    assert set(wrong) >= {"segments.final", "readings", "keyword_hits", "alerts"}


def test_counts_reach_the_report() -> None:
    meters = Meters()
    meters.counts.update({"calls.seen": 3, "frames.received": 9, "complaints.bad frame": 2, "alerts": 1})
    meters.lag.extend([1.0, 2.0, 30.0])
    meters.worker_rss_mb.update({1: 20.0, 0: 10.0})
    report = made(meters, one_late_beat(), notifications=4, restarts=2, seconds=12.34, engine="embedded")
    assert report["calls"]["seen"] == 3
    assert report["complaints"] == {"bad frame": 2}
    assert report["notifications"] == 4
    assert report["workers"]["restarted"] == 2
    assert report["memory_mb"]["workers"] == [10.0, 20.0]
    assert report["recognition_lag_ms"]["last_third_p50"] == 30.0
    assert report["ui_tick_late_ms"]["p50"] == 1.0


def one_late_beat() -> Heartbeat:
    heart = Heartbeat(lambda: None, lambda: None)
    heart.late.add(1.0)
    return heart
