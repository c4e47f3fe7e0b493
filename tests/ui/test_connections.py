"""The Connections page, the bars and joining a call, driven by real states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QLabel, QPushButton, QWidget

from desktop.dashboard import connection_captions as words
from desktop.dashboard import notices
from desktop.domain.events import LinkState, Measure
from desktop.domain.finding import Level, Remedy
from desktop.domain.intents import Join, JoinCall, RetryLink, SnoozeAlert
from desktop.domain.sign_in import SignInState
from desktop.domain.updates import AlertChanged, CallUpdated, JoinAnswered, LinkDescribed, LinkForgotten, Update
from desktop.settings.model import Connection, SourceKind
from desktop.ui.palette import DARK
from tests.ui import floor, links
from tests.ui.conftest import Desk, settle


@pytest.fixture
def linked(desk: Desk) -> Desk:
    """The four connections, their page in front."""
    desk.feed(*links.scenario())
    desk.window.show_settings(links.ORGANISATIONS, links.CONNECTIONS)
    desk.window.connections.toggle()
    desk.tick()
    return desk


def shown_cards(desk: Desk) -> list[str]:
    return [card.link for card in desk.window.page.connections.links.model.rows]  # type: ignore[attr-defined]


def click(button: QWidget) -> None:
    assert button.isVisible()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    settle()


def said(part: QWidget) -> set[str]:
    return {label.text() for label in part.findChildren(QLabel) if label.isVisible()}


def press(desk: Desk, key: Qt.Key) -> None:
    QTest.keyClick(desk.window.focusWidget() or desk.window, key)
    settle()


def test_the_page_opens_by_button_and_key_and_closes_by_esc_and_button(desk: Desk) -> None:
    window = desk.window
    window.activateWindow()
    click(window.page.top.connections)
    assert window.connections.shown
    assert not window.calls.isVisible()
    click(window.page.connections.back)
    assert window.calls.isVisible()
    for key in (Qt.Key.Key_C, Qt.Key.Key_Escape, Qt.Key.Key_C, Qt.Key.Key_C):
        before = window.connections.shown
        press(desk, key)
        assert window.connections.shown != before


def test_without_a_connection_it_says_what_to_do(desk: Desk) -> None:
    desk.window.connections.toggle()
    desk.tick()
    texts = said(desk.window.page.connections)
    assert {words.NO_LINKS[0], words.NO_SIGN_INS[0], words.NO_LINK_CHOSEN[0]} <= texts
    desk.window.page.connections.tabs.button(1).click()
    settle()
    assert words.NO_COVERAGE[0] in said(desk.window.page.connections)


def test_problems_stand_first_and_the_first_one_is_open(linked: Desk) -> None:
    assert shown_cards(linked) == ["Northwind scores", "Southwind audio", "Northwind live", "Southwind bots"]
    page = linked.window.page.connections
    assert page.chosen == "Northwind scores"
    assert page.links.current == "Northwind scores"
    assert {"✕  refused for 1 min", "Genesys Cloud does not offer this interface (404)."} <= said(page.detail)
    assert next(iter(page.detail.findings.widgets)) == words.WHY_DOWN


def test_the_choice_stays_when_the_order_changes(linked: Desk) -> None:
    page = linked.window.page.connections
    page.links.view.setCurrentIndex(page.links.model.index(3))
    assert page.chosen == "Southwind bots"
    linked.feed(links.state(3, LinkState.REFUSED, 0, detail="no"))
    assert shown_cards(linked)[1] == "Southwind bots"
    assert (page.chosen, page.links.current) == ("Southwind bots", "Southwind bots")
    linked.feed(LinkForgotten("Southwind bots"))
    assert page.links.current == page.chosen == "Northwind scores"


def test_a_click_on_a_card_opens_it(linked: Desk) -> None:
    view = linked.window.page.connections.links.view
    rect = view.visualRect(view.model().index(1, 0))
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert linked.window.page.connections.chosen == "Southwind audio"


def test_j_k_walk_over_the_cards_and_call_keys_do_nothing(linked: Desk) -> None:
    linked.feed(floor.seen("a"), AlertChanged(floor.alert(1, "a")))
    page = linked.window.page.connections
    page.links.view.setFocus()
    press(linked, Qt.Key.Key_J)
    assert page.chosen == "Southwind audio"
    press(linked, Qt.Key.Key_K)
    assert page.chosen == "Northwind scores"
    for key in (Qt.Key.Key_A, Qt.Key.Key_S, Qt.Key.Key_L, Qt.Key.Key_Space, Qt.Key.Key_Slash):
        press(linked, key)
    assert linked.sent == []
    assert linked.window.connections.shown


def test_retry_sends_an_intent(linked: Desk) -> None:
    page = linked.window.page.connections
    click(page.detail.retry)
    assert linked.sent == [RetryLink("Northwind scores")]
    page.choose("Northwind live")
    assert not page.detail.retry.isVisible()
    assert not page.detail.remedy.isVisible()


def finding_button(desk: Desk, subject: str) -> QPushButton:
    line = desk.window.page.connections.detail.findings.widgets[subject]
    assert isinstance(line, QWidget)
    button = line.findChild(QPushButton)
    assert button is not None
    return button


def test_findings_offer_what_can_be_done(linked: Desk) -> None:
    desk, page = linked.window.connections, linked.window.page.connections
    assert list(page.detail.findings.widgets) == [words.WHY_DOWN, "Interface", "Live audio", "Sign-in"]
    assert not finding_button(linked, "Sign-in").isVisible()
    click(finding_button(linked, "Live audio"))
    assert desk.dialog is not None
    assert desk.dialog.listener.isVisible()
    desk.dialog.reject()
    settle()
    click(finding_button(linked, "Interface"))
    assert desk.dialog is not None
    draft = desk.dialog.form.draft()
    assert (draft.kind, draft.organisation) == (SourceKind.NOTIFICATIONS, "Northwind")
    desk.dialog.reject()
    settle()
    assert desk.dialog is None
    asked: list[str] = []
    linked.window.sign_in_asked.connect(asked.append)
    linked.feed(links.finding(1, "Sign-in", Level.FAIL, "The token was refused.", "Sign in again.", Remedy.SIGN_IN))
    click(finding_button(linked, "Sign-in"))
    linked.feed(links.finding(1, "Network", Level.FAIL, "Nobody answers.", "Look at the cable.", Remedy.RETRY))
    click(finding_button(linked, "Network"))
    assert asked == ["Northwind"]
    assert linked.sent == [RetryLink("Northwind scores")]


def test_a_focused_button_keeps_its_focus_through_refreshes(linked: Desk) -> None:
    linked.window.activateWindow()
    button = finding_button(linked, "Interface")
    button.setFocus()
    linked.tick()
    linked.feed(links.finding(1, "Another", Level.FAIL, "x"))
    assert linked.window.focusWidget() is button


def test_the_action_of_the_link_itself_is_a_button(linked: Desk) -> None:
    click(linked.window.page.connections.detail.remedy)
    assert linked.window.connections.dialog is not None
    linked.window.connections.dialog.reject()


def test_the_plot_keeps_socket_and_engine_apart_and_marks_drops(linked: Desk) -> None:
    page = linked.window.page.connections
    page.choose("Southwind bots")
    linked.tick()
    assert set(page.detail.delays.plot.shown.trails) == set(Measure)
    assert {"━ Round trip", "╌ Engine"} <= said(page.detail.delays)
    page.choose("Southwind audio")
    linked.tick()
    plot = page.detail.delays.plot
    assert (len(plot.drops), len(plot.outages)) == (1, 1)
    page.detail.delays.spans.button(1).click()
    assert (len(plot.drops), len(plot.outages)) == (2, 2)
    linked.window.toggle_theme()
    settle()
    assert plot.colours is DARK
    linked.window.toggle_theme()
    page.choose("Northwind live")
    linked.tick()
    assert (plot.drops, plot.outages) == ([], [])
    assert plot.widget.accessibleDescription().startswith("Round trip 46 ms")


def test_nothing_is_drawn_while_nothing_was_measured(linked: Desk) -> None:
    assert words.NOTHING_TIMED in said(linked.window.page.connections.detail.delays)
    assert linked.window.page.connections.detail.delays.plot.shown.trails == {}


def test_regions_of_the_organisation_are_listed(linked: Desk) -> None:
    page = linked.window.page.connections
    page.choose("Southwind audio")
    assert {"Europe (Ireland)", "Europe (London)", "live for 6 min", "reconnecting for 6 s"} <= said(
        page.detail.regions
    )
    page.choose("Northwind live")
    assert not page.detail.regions.isVisible()


def test_sign_ins_say_what_was_pressed(linked: Desk) -> None:
    panel = linked.window.page.connections.sign_ins
    told: list[tuple[str, str]] = []
    linked.window.sign_in_asked.connect(lambda name: told.append(("in", name)))
    linked.window.sign_out_asked.connect(lambda name: told.append(("out", name)))
    south, north = panel.rows.widgets["Southwind"], panel.rows.widgets["Northwind"]
    click(south.enter)  # type: ignore[attr-defined]
    click(north.leave)  # type: ignore[attr-defined]
    assert told == [("in", "Southwind"), ("out", "Northwind")]
    assert not north.enter.isVisible()  # type: ignore[attr-defined]
    assert words.SESSION_ONLY in said(panel)
    linked.feed(links.signed_in("Northwind", SignInState.SIGNED_IN, expires_at_ms=links.NOW + 82_000_000))
    assert words.SESSION_ONLY not in said(panel)


def test_the_coverage_audit_is_a_tab_with_a_count(linked: Desk) -> None:
    page = linked.window.page.connections
    assert page.tabs.button(1).text() == "Coverage  4"
    page.tabs.button(1).click()
    settle()
    assert {"Billing", "Not in the recording policy", "14 calls"} <= said(page.coverage)
    page.choose("Northwind live")
    assert page.detail.isVisible()


def test_the_button_warns_when_somebody_is_needed(desk: Desk) -> None:
    top = desk.window.page.top
    desk.feed(floor.link())
    assert top.connections.toolTip() == words.CONNECTIONS_TIP
    desk.feed(links.state(1, LinkState.REFUSED, 1, detail="no"))
    assert top.connections.toolTip() == top.connections.accessibleDescription() == words.CONNECTIONS_LOUD
    desk.feed(links.state(1, LinkState.LIVE, 0))
    assert top.connections.toolTip() == words.CONNECTIONS_TIP


def test_removing_asks_first_and_only_what_the_settings_hold_can_go(linked: Desk) -> None:
    desk, page = linked.window.connections, linked.window.page.connections
    gone: list[str] = []
    linked.window.connection_unwanted.connect(gone.append)
    click(page.detail.remove)
    assert desk.question is not None
    assert desk.question.no.isDefault()
    click(desk.question.no)
    assert gone == []
    click(page.detail.remove)
    assert desk.question is not None
    click(desk.question.yes)
    assert gone == ["Northwind scores"]
    assert desk.question is None
    linked.window.show_settings((), ())
    assert not page.detail.remove.isVisible()


def test_the_page_costs_nothing_while_the_floor_is_in_front(linked: Desk) -> None:
    linked.window.connections.back()
    before = shown_cards(linked)
    linked.feed(links.state(3, LinkState.REFUSED, 0, detail="no"))
    assert shown_cards(linked) == before
    linked.window.connections.toggle()
    assert shown_cards(linked) != before


def test_opening_a_call_brings_the_floor_back(linked: Desk) -> None:
    linked.feed(floor.seen("a"))
    linked.window.open_call("a")
    assert not linked.window.connections.shown
    linked.window.connections.toggle()
    click(linked.window.page.top.bell)
    assert linked.window.alerts.isVisible()


# -- bars -------------------------------------------------------------------------------------------------------------


def test_a_sign_in_that_is_needed_has_a_bar_with_a_button(desk: Desk) -> None:
    bars = desk.window.page.bars
    assert not bars.isVisible()
    desk.feed(links.signed_in("Northwind", SignInState.REFUSED, detail="The secret is wrong."))
    assert bars.sign_in.label.text() == "Northwind refused the sign-in. The secret is wrong."
    asked: list[str] = []
    desk.window.sign_in_asked.connect(asked.append)
    click(bars.button)
    assert asked == ["Northwind"]
    desk.feed(links.signed_in("Northwind", SignInState.SIGNED_IN))
    assert not bars.isVisible()


def test_waiting_for_the_browser_can_be_copied_cancelled_and_ends_by_itself(desk: Desk) -> None:
    bars, gone = desk.window.page.bars, []
    desk.window.sign_in_cancelled.connect(gone.append)
    desk.feed(links.signed_in("Northwind", SignInState.SIGNED_OUT))
    desk.window.show_browser_wait("Northwind", "https://login.example.com/a?state=1")
    assert bars.browser.isVisible()
    assert not bars.sign_in.isVisible()
    click(bars.copy)
    assert QGuiApplication.clipboard().text() == "https://login.example.com/a?state=1"
    assert bars.copy.text() == words.COPIED
    desk.feed(links.signed_in("Northwind", SignInState.IN_BROWSER))
    assert bars.browser.isVisible()
    desk.feed(links.signed_in("Northwind", SignInState.SIGNED_IN))
    assert not bars.isVisible()
    desk.window.show_browser_wait("Northwind", "https://login.example.com/b")
    click(bars.cancel)
    assert gone == ["Northwind"]
    assert not bars.isVisible()
    desk.window.show_browser_wait("Northwind", "https://login.example.com/c")
    desk.window.connections.end_browser_wait()
    assert not bars.isVisible()


def test_good_news_goes_by_itself_and_problems_stay(desk: Desk) -> None:
    notice = desk.window.page.bars.notice
    desk.window.show_notice("Added.", Level.PASS)
    desk.tick()
    assert notice.isVisible()
    desk.tick(notices.PRAISE_MS)
    assert not notice.isVisible()
    desk.window.show_notice("The address can't be used.", Level.FAIL)
    desk.tick(60_000)
    assert notice.property("severity") == "critical"
    click(desk.window.page.bars.dismiss)
    assert not notice.isVisible()
    desk.tick()
    assert not desk.window.page.bars.isVisible()


# -- joining ----------------------------------------------------------------------------------------------------------


def joinable(call: str = "a", link: str = "l1") -> list[Update]:
    seen = floor.seen(call)
    assert isinstance(seen, CallUpdated)
    return [LinkDescribed(link, "x", "Acme"), replace(seen, link=link, joinable=True)]


def test_joining_asks_first_and_shows_the_answer_beside_the_buttons(desk: Desk) -> None:
    desk.feed(*joinable())
    bar = desk.window.detail.join
    click(bar.buttons[Join.COACH])
    assert bar.question is not None
    assert "Your phone rings. Only the agent hears you." in said(bar.question)
    click(bar.question.no)
    assert desk.sent == []
    click(bar.buttons[Join.COACH])
    assert bar.question is not None
    click(bar.question.yes)
    assert desk.sent == [JoinCall("a", Join.COACH)]
    desk.tick()
    assert bar.answer.text() == words.JOIN_ASKING
    assert not bar.buttons[Join.COACH].isEnabled()
    desk.feed(JoinAnswered("a", Join.COACH, False, "you need the permission conversation:call:coach."))
    assert bar.answer.text() == "Coach: you need the permission conversation:call:coach."
    assert bar.buttons[Join.COACH].isEnabled()


def test_the_answer_waits_for_its_call(desk: Desk) -> None:
    desk.feed(*joinable("a"), *joinable("b"))
    desk.window.open_call("a")
    bar = desk.window.detail.join
    bar.ask(Join.MONITOR)
    assert bar.question is not None
    bar.question.accept()
    desk.window.open_call("b")
    assert bar.answer.text() == ""
    desk.feed(JoinAnswered("a", Join.MONITOR, True, "Your phone rings."))
    assert bar.answer.text() == ""
    desk.window.open_call("a")
    assert bar.answer.text() == "Your phone rings."
    desk.tick(59_000)
    assert bar.answer.text() == "Your phone rings."
    desk.tick(1_000)
    assert bar.answer.text() == ""
    desk.feed(floor.ended("a"))
    assert not bar.isVisible()


def test_l_listens_where_that_is_possible(desk: Desk) -> None:
    desk.feed(floor.seen("x"))
    desk.window.activateWindow()
    press(desk, Qt.Key.Key_L)
    assert desk.window.detail.join.question is None
    assert not desk.window.detail.join.isVisible()
    desk.feed(*joinable())
    desk.window.open_call("a")
    press(desk, Qt.Key.Key_L)
    assert desk.window.detail.join.question is not None
    desk.window.detail.join.question.reject()
    desk.feed(floor.ended("a"))
    assert not desk.window.detail.join.buttons[Join.MONITOR].isVisible()


# -- whose score, where from, leftovers -------------------------------------------------------------------------------


def test_whose_score_the_curve_shows_is_said(desk: Desk) -> None:
    desk.feed(floor.seen("a"), *links.scenario())
    desk.window.open_call("a")
    assert "Sentiment: no data yet" in said(desk.window.detail.curve)
    desk.feed(floor.reading("a", 1_000, 0.5, 0.5))
    assert "Scored here from the words" in said(desk.window.detail.curve)
    assert "Scored here" in desk.window.detail.curve.plot.widget.accessibleDescription()


def test_a_call_without_a_score_says_why(desk: Desk) -> None:
    desk.feed(floor.seen("call-01"), *links.scenario())
    desk.window.open_call("call-01")
    assert "Sentiment: no data yet · Not in the recording policy" in said(desk.window.detail.curve)


def test_a_snoozed_call_leaves_needs_you_and_the_list_can_snooze(desk: Desk) -> None:
    desk.feed(floor.seen("a"), AlertChanged(floor.alert(1, "a")))
    assert desk.window.order.pinned == 1
    alerts = desk.window.alerts
    assert isinstance(alerts.view, QAbstractScrollArea)
    rect = alerts.view.visualRect(alerts.model.index(0))
    place = alerts._delegate.later(rect, alerts.model.rows[0])  # type: ignore[arg-type]
    QTest.mouseClick(alerts.view.viewport(), Qt.MouseButton.LeftButton, pos=place.center())
    alerts.menu.actions()[0].trigger()
    alerts.menu.close()
    assert desk.sent == [SnoozeAlert(1, 5)]
    desk.feed(AlertChanged(floor.alert(1, "a", snoozed_until_ms=desk.now + 300_000)))
    desk.tick(6_000)
    assert desk.window.order.pinned == 0
    assert alerts._delegate.later(rect, alerts.model.rows[0]).isEmpty()  # type: ignore[arg-type]
    desk.tick(300_000)
    assert desk.window.order.pinned == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (1280, 720)])
def test_nothing_is_cut_off(desks: Callable[..., Desk], theme: str, size: tuple[int, int]) -> None:
    desk = desks(theme)
    desk.window.resize(*size)
    desk.feed(*floor.scenario(), *links.scenario(), *joinable("call-01"))
    desk.window.show_settings(links.ORGANISATIONS, links.CONNECTIONS)
    desk.window.show_notice("Northwind live was added.", Level.PASS)
    desk.window.open_call("call-01")
    desk.feed(JoinAnswered("call-01", Join.COACH, False, "you need the permission conversation:call:coach."))
    lanes = desk.window.detail.curve.lanes
    assert lanes.height() >= lanes.sizeHint().height()
    for link in (None, *(connection.name for connection in links.CONNECTIONS)):
        if link is not None:
            desk.window.page.bring(desk.window.page.connections)
            desk.window.page.connections.choose(link)
        desk.tick(0)
        assert (desk.window.width(), desk.window.height()) == size
        for label in desk.window.findChildren(QLabel):
            if label.isVisible() and type(label) is QLabel:
                least = label.heightForWidth(label.width()) if label.wordWrap() else label.minimumSizeHint().height()
                assert label.height() >= least, label.text()
                assert label.wordWrap() or label.width() >= label.minimumSizeHint().width(), label.text()
        for button in desk.window.findChildren(QPushButton):
            if button.isVisible():
                assert button.width() >= button.minimumSizeHint().width(), button.text()
                assert button.accessibleName() or button.text()


def test_every_connection_stays_reachable_without_a_mouse(linked: Desk) -> None:
    linked.window.activateWindow()
    linked.window.page.connections.links.view.setFocus()
    reached = set()
    for _ in range(40):
        QTest.keyClick(linked.window.focusWidget() or linked.window, Qt.Key.Key_Tab)
        reached.add(linked.window.focusWidget())
    page = linked.window.page.connections
    wanted: list[QWidget] = [
        page.back,
        page.add,
        page.detail.retry,
        page.detail.remove,
        finding_button(linked, "Interface"),
    ]
    wanted += [page.sign_ins.rows.widgets["Southwind"].enter, page.links.view]  # type: ignore[attr-defined]
    assert set(wanted) <= reached


def test_a_connection_of_an_unknown_kind_is_still_shown(desk: Desk) -> None:
    desk.feed(floor.link())
    desk.window.show_settings((), [Connection("other")])
    desk.window.connections.toggle()
    desk.tick()
    assert shown_cards(desk) == ["eu-central-1"]
