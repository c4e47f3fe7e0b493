"""The window driven by real states: what it shows, what it sends, what it repaints."""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.dashboard import captions
from desktop.dashboard.listing import Section
from desktop.domain.alert import AlertState
from desktop.domain.events import LinkState
from desktop.domain.insight import Severity
from desktop.domain.intents import AcknowledgeAlert, SnoozeAlert
from desktop.domain.media import Party
from desktop.domain.speech import ServiceAnalysis
from desktop.domain.updates import AlertChanged, CallRemoved, EngineHealth, LinkForgotten, ServiceAnalysed
from tests.ui import floor
from tests.ui.conftest import Desk, settle


def calls_of(desk: Desk) -> list[str]:
    return [entry for entry in desk.window.calls.model.entries if isinstance(entry, str)]


def titles_of(desk: Desk) -> list[Section]:
    return [entry for entry in desk.window.calls.model.entries if isinstance(entry, Section)]


def test_an_empty_floor_is_said_pleasantly(desk: Desk) -> None:
    desk.tick()
    words = {label.text() for label in desk.window.findChildren(QLabel) if label.isVisible()}
    assert {"Starting", "No call selected", "No alerts"} <= words
    desk.feed(floor.link())
    words = {label.text() for label in desk.window.findChildren(QLabel) if label.isVisible()}
    assert "All quiet" in words


def test_sections_and_order(desk: Desk) -> None:
    desk.feed(*floor.scenario())
    assert titles_of(desk) == [Section.NEEDS_YOU, Section.LIVE, Section.ENDED]
    assert calls_of(desk)[:3] == ["call-01", "call-10", "call-02"]
    assert calls_of(desk)[-2:] == ["call-11", "call-12"]
    assert desk.window.page.figures.live.value == "10"
    assert desk.window.page.figures.risk.severity is Severity.CRITICAL
    assert desk.window.page.top.bell.accessibleName() == "4 open alerts"


def test_what_a_speech_service_concludes_is_shown_with_its_origin(desk: Desk) -> None:
    desk.feed(floor.seen("a"), floor.seen("b"))
    desk.window.open_call("a")
    desk.tick()
    line = desk.window.detail.header._service
    assert not line.isVisible()
    desk.feed(ServiceAnalysed(ServiceAnalysis("a", Party.MIXED, "negative", 2.0, "", "called twice", "", "")))
    assert (line.isVisible(), line.text()) == (True, "Speech service: negative · agent 2 of 5 · called twice")
    desk.window.open_call("b")
    desk.tick()
    assert not line.isVisible()


def test_until_somebody_chooses_the_neediest_call_is_open(desk: Desk) -> None:
    opened: list[str] = []
    desk.window.call_opened.connect(opened.append)
    desk.feed(floor.seen("a"), floor.seen("b"))
    assert desk.window.selected == "a"
    desk.feed(AlertChanged(floor.alert(1, "b")))
    assert desk.window.selected == "b"
    desk.feed(AlertChanged(floor.alert(1, "b", state=AlertState.RESOLVED)))
    assert desk.window.selected == "b"
    desk.window.open_call("a")
    desk.feed(AlertChanged(floor.alert(2, "b")))
    assert desk.window.selected == "a"
    assert opened == ["a", "b", "a"]


def test_opening_a_call_shows_it_even_if_the_filter_hides_it(desk: Desk) -> None:
    desk.feed(*floor.scenario())
    desk.window.calls.filter.setText("retention")
    assert calls_of(desk) == ["call-06", "call-12"]
    desk.window.open_call("call-03")
    assert desk.window.calls.filter.text() == ""
    assert desk.window.calls.current == "call-03"
    assert desk.window.selected == "call-03"
    assert desk.window.isVisible()


def test_opening_a_stranger_changes_nothing(desk: Desk) -> None:
    desk.feed(floor.seen("a"))
    desk.window.open_call("nobody")
    assert desk.window.selected == "a"


def test_a_filter_without_a_match_says_so(desk: Desk) -> None:
    desk.feed(*floor.scenario())
    desk.window.calls.filter.setText("zzz")
    settle()
    words = {label.text() for label in desk.window.calls.findChildren(QLabel) if label.isVisible()}
    assert captions.NO_MATCH[0] in words


def test_the_transcript_follows_until_the_supervisor_scrolls(desk: Desk) -> None:
    long = [floor.said("a", Party.CUSTOMER, n, "and then " * 20, n * 9_000, n * 9_000 + 8_000) for n in range(40)]
    desk.feed(floor.seen("a"), *long)
    pane = desk.window.detail.transcript
    bar = pane.view.verticalScrollBar()
    assert bar.value() == bar.maximum() > 0
    assert not pane.jump.isVisible()
    bar.setValue(0)
    desk.feed(floor.said("a", Party.AGENT, 99, "new words", 400_000, 401_000))
    assert bar.value() == 0
    assert pane.jump.isVisible()
    QTest.mouseClick(pane.jump, Qt.MouseButton.LeftButton)
    settle()
    assert bar.value() == bar.maximum()
    assert not pane.jump.isVisible()


def test_a_line_moves_the_cursor_of_the_curve_and_the_curve_that_of_the_lines(desk: Desk) -> None:
    desk.feed(*floor.scenario())
    desk.window.open_call("call-01")
    settle()
    pane, curve = desk.window.detail.transcript, desk.window.detail.curve
    chosen: list[int] = []
    pane.moment_chosen.connect(chosen.append)
    last = pane.model.index(pane.model.rowCount() - 1)
    QTest.mouseClick(pane.view.viewport(), Qt.MouseButton.LeftButton, pos=pane.view.visualRect(last).center())
    assert chosen == [pane.model.lines[-1].start_ms]
    lanes = curve.lanes
    middle = QPoint((76 + lanes.width()) // 2, 20)
    moments: list[float] = []
    curve.moment_chosen.connect(moments.append)
    QTest.mouseClick(lanes, Qt.MouseButton.LeftButton, pos=middle)
    settle()
    assert moments == [pytest.approx(sum(curve.plot.shown()) / 2, rel=0.02)]
    assert not pane.following


def test_the_curve_click_is_a_moment(desk: Desk) -> None:
    desk.feed(*floor.scenario())
    desk.window.open_call("call-01")
    settle()
    plot = desk.window.detail.curve.plot
    moments: list[float] = []
    plot.moment_chosen.connect(moments.append)
    place = QPoint(plot.widget.width() // 2, plot.widget.height() // 2)
    assert isinstance(plot.widget, QAbstractScrollArea)
    QTest.mouseClick(plot.widget.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert len(moments) == 1
    begin, end = plot.shown()
    assert begin < moments[0] < end


def test_a_moment_out_of_sight_shows_the_whole_call(desk: Desk) -> None:
    desk.feed(*floor.scenario())
    desk.window.open_call("call-02")
    curve = desk.window.detail.curve
    assert curve.plot.shown()[0] > 3_000_000
    curve.point_at(60_000)
    assert curve.plot.shown()[0] == 0


def test_the_curve_is_drawn_only_when_something_moved(desk: Desk) -> None:
    desk.feed(*floor.scenario())
    desk.window.open_call("call-01")
    curve, view = desk.window.detail.curve, desk.state.calls["call-01"]
    alerts = tuple(a for a in desk.state.alerts.values() if a.call == "call-01")
    assert not curve.show_call(view, alerts)
    desk.window.take(floor.apply_all(desk.state, [floor.reading("call-01", 253_000, -0.9, -0.8)]))
    assert curve.show_call(view, alerts)
    assert "−0.80" in curve.plot.widget.accessibleDescription()


def test_banner_buttons_send_intents(desk: Desk) -> None:
    desk.feed(floor.seen("a"), AlertChanged(floor.alert(7, "a", Severity.CRITICAL)))
    banner = desk.window.detail.banner
    assert banner.isVisible()
    QTest.mouseClick(banner.button, Qt.MouseButton.LeftButton)
    QTest.mouseClick(banner.later, Qt.MouseButton.LeftButton)
    actions = banner.menu.actions()
    assert [a.text() for a in actions] == ["for 5 min", "for 15 min", "for 1 h"]
    actions[1].trigger()
    banner.menu.close()
    assert desk.sent == [AcknowledgeAlert(7, True), SnoozeAlert(7, 15)]
    desk.feed(AlertChanged(floor.alert(7, "a", Severity.CRITICAL, acknowledged=True)))
    assert banner.button.text() == captions.UNDO
    QTest.mouseClick(banner.button, Qt.MouseButton.LeftButton)
    assert desk.sent[-1] == AcknowledgeAlert(7, False)
    desk.feed(AlertChanged(floor.alert(7, "a", state=AlertState.RESOLVED)))
    assert not banner.isVisible()


def test_the_alert_list_acknowledges_and_opens(desk: Desk) -> None:
    desk.feed(*floor.scenario())
    alerts = desk.window.alerts
    rect = alerts.view.visualRect(alerts.model.index(1))
    QTest.mouseClick(alerts.view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert desk.window.selected == "call-10"
    QTest.mouseClick(
        alerts.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(rect.right() - 40, rect.center().y())
    )
    assert desk.sent == [AcknowledgeAlert(3, True)]
    assert alerts.current is not None
    assert alerts.current.alert_id == 3


def test_the_bell_hides_and_shows_the_alert_list(desk: Desk) -> None:
    QTest.mouseClick(desk.window.page.top.bell, Qt.MouseButton.LeftButton)
    assert not desk.window.alerts.isVisible()
    QTest.mouseClick(desk.window.page.top.bell, Qt.MouseButton.LeftButton)
    assert desk.window.alerts.isVisible()


def test_nothing_moves_under_the_pointer_and_the_hint_sorts(desk: Desk) -> None:
    desk.feed(floor.seen("a", age_s=30), floor.seen("b", age_s=20), floor.seen("c", age_s=10))
    port = desk.window.calls.view.viewport()
    inside = QPointF(port.rect().center())
    QApplication.sendEvent(port, QEnterEvent(inside, inside, QPointF(port.mapToGlobal(inside.toPoint()))))
    assert desk.window.calls.held
    desk.feed(AlertChanged(floor.alert(1, "c")))
    desk.tick(10_000)
    assert calls_of(desk) == ["a", "b", "c"]
    hint = next(b for b in desk.window.calls.findChildren(QPushButton) if b.objectName() == "hint")
    assert hint.isVisible()
    assert hint.text() == "1 call wants to move"
    QTest.mouseClick(hint, Qt.MouseButton.LeftButton)
    assert calls_of(desk) == ["c", "a", "b"]
    QApplication.sendEvent(port, QEvent(QEvent.Type.Leave))
    assert not desk.window.calls.held


def test_a_pointer_left_lying_on_the_list_does_not_hold_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    port = desk.window.calls.view.viewport()
    inside = QPointF(port.rect().center())
    QApplication.sendEvent(port, QEnterEvent(inside, inside, QPointF(port.mapToGlobal(inside.toPoint()))))
    monkeypatch.setattr("desktop.ui.call_list.POINTING_MS", 30)
    QTest.qWait(60)
    assert not desk.window.calls.held
    QTest.mouseMove(port, port.rect().center() + QPoint(3, 3))
    assert desk.window.calls.held
    QApplication.sendEvent(port, QEvent(QEvent.Type.Leave))


def test_painted_is_said_after_each_refresh_and_not_without_one(desk: Desk, qtbot: QtBot) -> None:
    desk.feed(*floor.scenario())
    told: list[None] = []
    desk.window.painted.connect(lambda: told.append(None))
    desk.window.refresh_text(desk.now + 1_000)
    assert told == []
    qtbot.waitUntil(lambda: len(told) == 1, timeout=2_000)
    desk.window.calls.view.viewport().update()
    settle()
    assert len(told) == 1


def test_painted_waits_for_the_transcript_when_its_words_moved(desk: Desk) -> None:
    desk.feed(*floor.scenario())
    desk.window.open_call("call-01")
    settle()
    told: list[str] = []
    desk.window.calls.view.painted.connect(lambda: told.append("list"))
    desk.window.detail.transcript.view.painted.connect(lambda: told.append("transcript"))
    desk.window.painted.connect(lambda: told.append("both"))
    desk.window.take(floor.apply_all(desk.state, [floor.said("call-01", Party.AGENT, 41, "now", 253_000, 253_900)]))
    desk.window.refresh_text(desk.now + 1_000)
    settle()
    assert {"list", "transcript"} <= set(told[: told.index("both") + 2]), "the slot of the window runs before ours"
    assert told.count("both") == 1


def test_sparklines_are_only_made_for_rows_in_sight(desk: Desk) -> None:
    desk.feed(*(floor.seen(f"c{n:03}", age_s=n) for n in range(120)))
    desk.feed(*(floor.reading(f"c{n:03}", 1_000, 0.5, 0.5) for n in range(120)))
    assert 0 < len(desk.window.calls.sparks) < 40
    desk.window.calls.view.scrollToBottom()
    settle()
    in_sight = set(desk.window.calls.calls_in_sight())
    desk.window.refresh_curves(desk.now)
    assert in_sight <= set(desk.window.calls.sparks)


def test_a_row_that_was_out_of_sight_is_not_shown_with_an_old_curve(desk: Desk) -> None:
    desk.feed(*(floor.seen(f"c{n:03}", age_s=200 - n) for n in range(60)))
    desk.feed(floor.reading("c000", 1_000, 0.5, 0.5))
    desk.window.calls.view.scrollToBottom()
    settle()
    desk.feed(floor.reading("c000", 2_000, -0.9, -0.9))
    desk.window.calls.view.scrollToTop()
    settle()
    desk.window.refresh_curves(desk.now)
    assert desk.window.calls.sparks["c000"].customer[-1][1] == -0.9


def test_gone_calls_leave_nothing_behind(desk: Desk) -> None:
    for number in range(45):
        desk.feed(floor.seen(f"c{number}"), floor.ended(f"c{number}"), CallRemoved(f"c{number}"))
    assert set(desk.window.calls.sparks) <= set(desk.state.calls)
    assert set(desk.window.calls.model.rows) <= set(desk.state.calls)


def test_the_selected_call_may_go_away(desk: Desk) -> None:
    desk.feed(floor.seen("a"))
    desk.window.open_call("a")
    del desk.state.calls["a"]
    desk.feed(floor.seen("b"))
    assert desk.window.view is None
    words = {label.text() for label in desk.window.detail.findChildren(QLabel) if label.isVisible()}
    assert captions.NOTHING_OPEN[0] in words


def test_the_theme_is_toggled_and_said(desk: Desk) -> None:
    chosen: list[str] = []
    desk.window.theme_chosen.connect(chosen.append)
    QTest.mouseClick(desk.window.page.top.theme, Qt.MouseButton.LeftButton)
    assert desk.window.look.colours.dark
    assert desk.window.page.top.theme.accessibleName() == captions.THEME_TO_LIGHT
    QTest.mouseClick(desk.window.page.top.theme, Qt.MouseButton.LeftButton)
    assert not desk.window.look.colours.dark
    assert chosen == ["dark", "light"]


def test_pills_come_change_and_go(desk: Desk) -> None:
    desk.feed(floor.link(), floor.link(LinkState.RETRYING, "us", retry_in_s=3.0))
    top = desk.window.page.top
    names = [w.accessibleName() for w in top.findChildren(QWidget) if type(w).__name__ == "LinkPill"]
    assert names == ["eu-central-1: live", "us: can't connect, next try in 3 s"]
    assert desk.window.page.status.links.text() == "us: can't connect, next try in 3 s"
    desk.feed(LinkForgotten("us"))
    assert desk.window.page.status.links.text() == ""
    assert [type(w).__name__ for w in top.children()].count("LinkPill") == 1


def test_late_refreshes_are_said(desk: Desk) -> None:
    desk.tick()
    desk.tick(1_000)
    assert desk.window.page.status.heart.text() == "Screen on time"
    desk.tick(2_400)
    assert desk.window.late_ms == 1_400
    assert desk.window.page.status.heart.text() == "Screen 1.4 s late"
    desk.feed(EngineHealth(1, 2, 1, 5_000.0))
    assert desk.window.page.figures.behind.severity is Severity.WARNING


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (1280, 720), (1000, 620)])
def test_everything_fits_and_a_picture_can_be_saved(
    desks: Callable[..., Desk], theme: str, size: tuple[int, int], tmp_path: Path
) -> None:
    desk = desks(theme)
    desk.window.resize(*size)
    desk.feed(*floor.scenario())
    desk.window.open_call("call-01")
    settle()
    assert (desk.window.width(), desk.window.height()) == size
    for label in desk.window.findChildren(QLabel):
        if label.isVisible() and not label.wordWrap() and type(label) is QLabel:
            assert label.width() >= label.minimumSizeHint().width(), label.text()
    for button in desk.window.findChildren(QPushButton):
        if button.isVisible():
            assert button.width() >= button.minimumSizeHint().width(), button.text()
    lanes = desk.window.detail.curve.lanes
    assert lanes.height() >= lanes.sizeHint().height()
    path = tmp_path / "floor.png"
    assert desk.window.grab_png(path)
    picture = QImage(str(path))
    assert (picture.width(), picture.height()) == size
    colours = {picture.pixelColor(x, y).name() for x in range(0, size[0], 7) for y in range(0, size[1], 7)}
    assert len(colours) > 60
    assert desk.window.look.colours.critical_back in colours


def test_splitters_share_until_they_are_moved(desk: Desk) -> None:
    panes = desk.window.page.splitters[0]
    wide = panes.sizes()
    assert wide[0] / sum(wide) == pytest.approx(0.58, abs=0.02)
    desk.window.resize(1280, 900)
    settle()
    assert panes.sizes()[0] / sum(panes.sizes()) == pytest.approx(0.58, abs=0.02)
    saved = panes.saveState()
    panes.moveSplitter(600, 1)
    desk.window.resize(1440, 900)
    settle()
    assert panes.sizes()[0] / sum(panes.sizes()) < 0.52
    assert panes.restoreState(saved)
    assert panes.sizes()[0] / sum(panes.sizes()) == pytest.approx(0.58, abs=0.02)


def test_a_hundred_calls_are_refreshed_in_little_time(desk: Desk) -> None:
    updates = [floor.link()]
    for number in range(100):
        call = f"c{number:03}"
        updates += [floor.seen(call, age_s=600), *floor.mood(call, floor.wave(number, 0, -0.4, 100), 600_000)]
        updates += floor.conversation(call, 600_000)
    desk.feed(*updates)
    took = []
    for _ in range(9):
        desk.now += 1_000
        began = time.thread_time()
        desk.window.refresh_text(desk.now)
        took.append(time.thread_time() - began)
    assert sorted(took)[4] < 0.060, "the bar is 15 ms of this thread on a quiet machine; this bound is for a busy one"


def test_a_closed_window_is_freed_with_everything_it_held(desks: Callable[..., Desk]) -> None:
    from tests.ui.conftest import Desk as Alone

    desk = Alone()
    desk.feed(*floor.scenario())
    closed: list[None] = []
    desk.window.closed.connect(lambda: closed.append(None))
    desk.window.close()
    assert len(closed) == 1
    gone = weakref.ref(desk.window)
    desk.window.deleteLater()
    desk.window = None  # type: ignore[assignment]
    settle()
    gc.collect()
    assert gone() is None


def test_the_window_keeps_no_timer_of_its_own(desk: Desk) -> None:
    from PySide6.QtCore import QTimer

    desk.feed(*floor.scenario())
    assert [timer for timer in desk.window.findChildren(QTimer) if timer.isActive()] == []
