"""Parts that the whole window's tests don't reach: ticks that explain themselves, announcements, signs, elision."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QAccessible, QColor, QFontMetricsF, QHelpEvent, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from desktop.dashboard.state import apply_all
from desktop.dashboard.transcript import Mark
from desktop.domain.alert import AlertState
from desktop.domain.insight import Severity
from desktop.domain.updates import AlertChanged, SoundLost
from desktop.ui import fonts, glyphs, ink
from desktop.ui.announce import Announcer
from desktop.ui.columns import columns
from desktop.ui.lanes import LANE_HEIGHT, LaneData, Lanes
from desktop.ui.look import Look
from desktop.ui.palette import DARK, LIGHT
from desktop.ui.sparkline import Spark, paint_spark
from tests.ui import floor
from tests.ui.conftest import Desk, settle


def canvas(width: int = 200, height: int = 40) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(LIGHT.card))
    return image


def inks(image: QImage) -> set[str]:
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


def test_ticks_say_what_they_stand_for() -> None:
    lanes = Lanes(Look(), 76)
    lanes.resize(476, 110)
    lanes.show_range(0, 100_000)
    keywords = ((50_000, Severity.WARNING, "Refund"), (50_500, Severity.INFO, "Invoice"))
    lanes.show_data(LaneData(keywords=keywords, alerts=((90_000, Severity.CRITICAL, "Critical words"),)))
    middle = 76 + round(399 * 0.5)
    assert lanes.words_at(QPoint(middle, 4 * LANE_HEIGHT + 5)) == "Refund · 0:50\nInvoice · 0:50"
    assert lanes.words_at(QPoint(76 + round(399 * 0.9), 5 * LANE_HEIGHT + 5)) == "Critical words · 1:30"
    assert lanes.words_at(QPoint(middle, 5)) == ""
    assert lanes.words_at(QPoint(100, 4 * LANE_HEIGHT + 5)) == ""
    place = QPoint(middle, 4 * LANE_HEIGHT + 5)
    QApplication.sendEvent(lanes, QHelpEvent(QEvent.Type.ToolTip, place, lanes.mapToGlobal(place)))
    assert QToolTip.text().startswith("Refund")
    QToolTip.hideText()


def test_a_click_left_of_the_axis_is_no_moment() -> None:
    lanes, moments = Lanes(Look(), 76), []
    lanes.resize(476, 110)
    lanes.moment_chosen.connect(moments.append)
    QTest.mouseClick(lanes, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    QTest.mouseClick(lanes, Qt.MouseButton.RightButton, pos=QPoint(200, 20))
    assert moments == []
    QTest.mouseClick(lanes, Qt.MouseButton.LeftButton, pos=QPoint(475, 20))
    assert moments == [pytest.approx(60_000, rel=0.01)]


def test_an_alert_is_announced_once_and_only_if_it_matters(desk: Desk) -> None:
    announcer, state = Announcer(desk.window), desk.state
    apply_all(state, [floor.seen("a")])
    calm, loud = floor.alert(1, "a", Severity.INFO), floor.alert(2, "a", Severity.CRITICAL)
    gone = floor.alert(3, "a", state=AlertState.RESOLVED)
    warning = floor.alert(4, "stranger")
    apply_all(state, [AlertChanged(a) for a in (calm, loud, gone, warning)])
    assert announcer.texts(state, [calm, loud, gone, warning]) == [
        ("Critical: Customer unhappy for 30 s, Dana Whitfield, Billing", True),
        ("Warning: Customer unhappy for 30 s, a call that is no longer kept", False),
    ]
    assert announcer.texts(state, [loud]) == []


def test_a_screen_reader_hears_it(desk: Desk) -> None:
    QAccessible.setActive(True)
    try:
        desk.feed(
            floor.seen("a"), AlertChanged(floor.alert(1, "a")), AlertChanged(floor.alert(2, "a", Severity.CRITICAL))
        )
        spoken = QAccessible.queryAccessibleInterface(desk.window.calls.view)
        assert spoken.text(QAccessible.Text.Name) == "Calls, those that need you first"
        row = spoken.child(1)
        assert row.text(QAccessible.Text.Name).startswith(
            "Critical: Customer unhappy for 30 s, Dana Whitfield, Billing"
        )
    finally:
        QAccessible.setActive(False)


@pytest.mark.parametrize("severity", list(Severity))
def test_signs_differ_by_shape_not_only_by_colour(severity: Severity) -> None:
    shapes = []
    for other in (severity, *(s for s in Severity if s is not severity)):
        image = canvas(24, 24)
        painter = QPainter(image)
        glyphs.severity_mark(painter, QRectF(3, 3, 18, 18), other, LIGHT)
        painter.end()
        card = QColor(LIGHT.card)
        shapes.append(tuple(image.pixelColor(x, y) != card for x in range(24) for y in range(24)))
    assert shapes[0] not in shapes[1:]


def test_a_spark_without_data_is_only_a_dotted_line() -> None:
    empty, full = canvas(), canvas()
    for image, spark in ((empty, Spark()), (full, Spark(((0.0, -0.9), (1.0, -0.9)), ((0.0, 0.5), (1.0, 0.5))))):
        painter = QPainter(image)
        paint_spark(painter, QRectF(0, 0, 200, 40), spark, LIGHT)
        painter.end()
    assert inks(empty) == {LIGHT.card, LIGHT.zero}
    assert LIGHT.negative_mark in inks(full)


def test_an_ended_call_s_spark_is_faded() -> None:
    image = canvas()
    painter = QPainter(image)
    paint_spark(painter, QRectF(0, 0, 200, 40), Spark(((0.0, -0.9), (1.0, -0.9))), LIGHT, faded=True)
    assert painter.opacity() == 1
    painter.end()
    assert LIGHT.negative_mark not in inks(image)


def test_the_end_of_the_words_stays_in_sight_and_marks_move_along() -> None:
    metrics = QFontMetricsF(fonts.font())
    words = "i have told you three times that i want to cancel it now"
    at = words.index("cancel")
    shown, (mark,) = ink.tail(words, [Mark(at, at + 6, Severity.CRITICAL)], metrics, 160)
    assert shown.startswith("…")
    assert shown.endswith("cancel it now")
    assert shown[mark.start : mark.end] == "cancel"
    assert metrics.horizontalAdvance(shown) <= 160
    assert ink.tail("short", [], metrics, 160) == ("short", [])
    one_word, _ = ink.tail("x" * 200, [], metrics, 160)
    assert metrics.horizontalAdvance(one_word) <= 160
    assert ink.tail(words, [Mark(0, 1, Severity.INFO)], metrics, 160)[1] == []


def test_a_chip_needs_a_little_room() -> None:
    image = canvas()
    painter = QPainter(image)
    assert ink.chip(painter, 0, 0, 30, "Cancellation", Severity.CRITICAL, LIGHT, mark=True) == 0
    assert ink.chip(painter, 0, 0, 60, "Cancellation", Severity.CRITICAL, LIGHT, mark=True) == 60
    painter.end()


@pytest.mark.parametrize("width", [520, 700, 1_200])
def test_columns_stand_side_by_side_within_the_row(width: int) -> None:
    place = columns(QRect(0, 0, width, 48))
    parts = [place.need, place.call, place.time, place.spark, place.now, place.words]
    assert all(a.right() < b.left() for a, b in itertools.pairwise(parts))
    assert place.words.right() < width


def test_the_hover_line_follows_the_pointer_inside_the_plot(desk: Desk) -> None:
    desk.feed(*floor.scenario())
    settle()
    plot = desk.window.detail.curve.plot
    scene = plot.scene
    scene.sigMouseMoved.emit(QPointF(200, 40))
    assert plot.hover_ms is not None
    scene.sigMouseMoved.emit(QPointF(-5, 40))
    assert plot.hover_ms is None


def test_gaps_come_and_go_on_the_curve_and_survive_another_look(desk: Desk) -> None:
    desk.feed(*floor.scenario())
    desk.window.open_call("call-01")
    plot = desk.window.detail.curve.plot
    assert len(plot.gaps) == 2
    desk.window.toggle_theme()
    settle()
    assert plot.colours is DARK
    desk.window.open_call("call-03")
    assert plot.gaps == []
    desk.feed(SoundLost(floor.gap("call-03", 5_000, 1_000.0)))
    assert len(plot.gaps) == 1
    desk.window.toggle_theme()


def test_the_keys_sheet_goes_with_a_click_and_any_key(desk: Desk) -> None:
    keys = desk.window.keys
    keys.toggle()
    QTest.mouseClick(keys, Qt.MouseButton.LeftButton)
    assert not keys.isVisible()
    keys.toggle()
    QTest.keyClick(keys, Qt.Key.Key_X)
    assert not keys.isVisible()
    keys.close_sheet()
    assert not keys.isVisible()
