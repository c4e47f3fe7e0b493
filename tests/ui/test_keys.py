"""Everything can be done from the keyboard, and letters typed into the filter are letters."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.dashboard import captions
from desktop.domain.alert import AlertState
from desktop.domain.intents import AcknowledgeAlert, SnoozeAlert
from desktop.domain.updates import AlertChanged
from tests.ui import floor
from tests.ui.conftest import Desk, settle


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """The scenario, list in focus."""
    desk.feed(*floor.scenario())
    desk.window.activateWindow()
    desk.window.calls.view.setFocus()
    return desk


def press(desk: Desk, key: Qt.Key | str) -> None:
    """A key, wherever the focus is."""
    target = desk.window.focusWidget() or desk.window
    if isinstance(key, str):
        QTest.keyClicks(target, key)
    else:
        QTest.keyClick(target, key)
    settle()


def test_j_k_and_arrows_walk_over_titles(busy: Desk) -> None:
    order = ["call-01", "call-10", "call-02", "call-06"]
    assert busy.window.selected == order[0]
    for call in order[1:]:
        press(busy, "j")
        assert busy.window.selected == call
    press(busy, "k")
    assert busy.window.selected == order[2]
    press(busy, Qt.Key.Key_Down)
    assert busy.window.selected == order[3]
    press(busy, Qt.Key.Key_Up)
    assert busy.window.selected == order[2]


def test_the_walk_stops_at_both_ends(busy: Desk) -> None:
    press(busy, "k")
    assert busy.window.selected == "call-01"
    for _ in range(20):
        press(busy, "j")
    assert busy.window.selected == "call-12"


def test_space_opens_the_call_that_needs_me_most(busy: Desk) -> None:
    busy.window.open_call("call-09")
    press(busy, Qt.Key.Key_Space)
    assert busy.window.selected == "call-01"


def test_space_on_an_empty_floor_does_nothing(desk: Desk) -> None:
    press(desk, Qt.Key.Key_Space)
    assert desk.window.selected is None


def test_a_acknowledges_and_takes_back_and_s_snoozes(busy: Desk) -> None:
    press(busy, "a")
    press(busy, "s")
    assert busy.sent == [AcknowledgeAlert(2, True), SnoozeAlert(2, 5)]
    busy.sent.clear()
    busy.window.open_call("call-06")
    press(busy, "a")
    assert busy.sent == [AcknowledgeAlert(5, False)]
    busy.window.open_call("call-09")
    busy.sent.clear()
    press(busy, "a")
    press(busy, "s")
    assert busy.sent == []


def test_with_the_focus_on_the_alert_list_its_alert_is_meant(busy: Desk) -> None:
    alerts = busy.window.alerts
    alerts.view.setFocus()
    press(busy, Qt.Key.Key_Down)
    press(busy, Qt.Key.Key_Down)
    press(busy, "a")
    assert alerts.current is not None
    assert busy.sent == [AcknowledgeAlert(alerts.current.alert_id, True)]
    press(busy, Qt.Key.Key_Return)
    assert busy.window.selected == alerts.current.call


def test_slash_filters_and_escape_clears(busy: Desk) -> None:
    press(busy, "/")
    assert busy.window.calls.filter.hasFocus()
    press(busy, "jaks")
    assert busy.window.calls.filter.text() == "jaks"
    assert busy.sent == []
    press(busy, Qt.Key.Key_Escape)
    assert busy.window.calls.filter.text() == ""
    assert busy.window.calls.view.hasFocus()
    press(busy, "/")
    press(busy, "sales")
    press(busy, Qt.Key.Key_Return)
    assert busy.window.calls.view.hasFocus()
    assert busy.window.selected == "call-09"
    press(busy, "j")
    assert busy.window.selected == "call-03"
    press(busy, Qt.Key.Key_Escape)
    assert len(busy.window.calls.model.rows) == 12


def test_enter_opens_and_question_mark_shows_the_keys(busy: Desk) -> None:
    press(busy, "j")
    press(busy, Qt.Key.Key_Return)
    assert busy.window.selected == "call-10"
    press(busy, "?")
    assert busy.window.keys.isVisible()
    assert captions.KEYS[0][1] in busy.window.keys.accessibleDescription()
    press(busy, "?")
    assert not busy.window.keys.isVisible()
    assert busy.window.calls.view.hasFocus()


def test_a_held_key_holds_the_order(busy: Desk) -> None:
    window = busy.window
    QTest.keyPress(window.calls.view, Qt.Key.Key_J)
    assert window.keyboard.held
    busy.feed(AlertChanged(floor.alert(20, "call-09")))
    busy.tick(10_000)
    assert window.order.calls.index("call-09") > 3
    QTest.keyRelease(window.calls.view, Qt.Key.Key_J)
    assert not window.keyboard.held
    busy.tick(1_000)
    assert window.order.calls.index("call-09") < 4
    QTest.keyPress(window.calls.view, Qt.Key.Key_Down)
    assert window.keyboard.held
    window.keyboard.release_all()
    assert not window.keyboard.held


def test_keys_with_control_and_unknown_keys_are_left_alone(busy: Desk) -> None:
    before = busy.window.selected
    QTest.keyClick(busy.window.calls.view, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    press(busy, "x")
    assert busy.window.selected == before
    assert not busy.window.keyboard.held


def test_a_resolved_alert_is_nothing_to_acknowledge(desk: Desk) -> None:
    desk.feed(floor.seen("a"), AlertChanged(floor.alert(1, "a", state=AlertState.RESOLVED)))
    press(desk, "a")
    assert desk.sent == []


def test_the_sheet_of_keys_does_not_hold_the_list(busy: Desk) -> None:
    window = busy.window
    QTest.keyPress(window, Qt.Key.Key_Question, Qt.KeyboardModifier.ShiftModifier)
    assert not window.keyboard.held  # its release goes to the sheet


def test_a_release_that_never_comes_does_not_hold_the_list_for_ever(
    busy: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.ui.keyboard.HOLDING_MS", 30)
    QTest.keyPress(busy.window, Qt.Key.Key_J)
    QTest.qWait(60)
    assert not busy.window.keyboard.held
