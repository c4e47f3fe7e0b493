"""What a newcomer meets: new secrets, several answers at once, where the focus goes, what removing means."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget

from desktop.dashboard import captions
from desktop.dashboard import connection_captions as words
from desktop.domain.events import LinkState
from desktop.domain.finding import Finding, Level, Remedy
from desktop.domain.sign_in import SignInState
from desktop.domain.updates import CallUpdated, FindingMade, LinkDescribed, Update
from desktop.settings.model import Connection, Organisation, SignInKind, SourceKind
from desktop.ui.connection_draft import Draft
from desktop.ui.secret_ways import PERSON, TOKEN, way
from tests.ui import floor, links
from tests.ui.conftest import Desk, settle

ORGANISATIONS = (
    Organisation("Acme"),
    Organisation("Robot", sign_in=SignInKind.SERVICE),
    Organisation("Pasted", sign_in=SignInKind.TOKEN),
)
CONNECTIONS = (
    Connection("live", kind=SourceKind.NOTIFICATIONS, organisation="Acme"),
    Connection("more", kind=SourceKind.ANALYTICS, organisation="Acme"),
    Connection("service", kind=SourceKind.ANALYTICS, organisation="Robot"),
    Connection("own", "https://gateway.example.com"),
)


@pytest.fixture
def known(desk: Desk) -> Desk:
    """Three ways of signing in, the Connections page in front; `replaced` holds what was asked for."""
    desk.window.show_settings(ORGANISATIONS, CONNECTIONS)
    desk.feed(*(LinkDescribed(each.name, "x", each.organisation) for each in CONNECTIONS))
    desk.window.activateWindow()
    desk.window.connections.toggle()
    desk.tick()
    return desk


def click(button: QWidget) -> None:
    assert button.isVisible()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    settle()


def said(part: QWidget) -> set[str]:
    return {label.text() for label in part.findChildren(QLabel) if label.isVisible()}


def replaced(desk: Desk) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    desk.window.secret_replaced.connect(lambda name, secret: found.append((name, secret)))
    return found


def refused(name: str, action: Remedy | None = Remedy.SIGN_IN) -> Update:
    return floor.link(LinkState.REFUSED, name, detail="It refused.", action=action)


# -- secrets ----------------------------------------------------------------------------------------------------------


def test_how_each_way_gets_in() -> None:
    assert way(SignInKind.PERSON, refused=True) == way(None, refused=True) == PERSON
    assert way(SignInKind.TOKEN, refused=False) is TOKEN
    service = way(SignInKind.SERVICE, refused=False)
    assert (service.replace, service.sign_in) == (words.REPLACE_SECRET, True)
    assert not way(SignInKind.SERVICE, refused=True).sign_in


def test_a_refused_service_is_offered_a_new_secret_instead_of_signing_in(known: Desk) -> None:
    asked = replaced(known)
    known.feed(links.signed_in("Robot", SignInState.REFUSED, detail="The secret is wrong."))
    row = known.window.page.connections.sign_ins.rows.widgets["Robot"]
    assert not row.enter.isVisible()  # type: ignore[attr-defined]
    assert row.secret.objectName() == "primary"  # type: ignore[attr-defined]
    click(row.secret)  # type: ignore[attr-defined]
    dialog = known.window.connections.secret
    assert dialog is not None
    assert dialog.line.echoMode() is QLineEdit.EchoMode.Password
    assert {words.SECRET_TITLE.format("Robot"), words.SECRET_NOTE} <= said(dialog)
    click(dialog.save)
    assert dialog.field.problem == "Client secret is empty. Paste it first."
    QTest.keyClicks(dialog.line, "  new one ")
    assert dialog.field.problem == ""
    click(dialog.save)
    assert asked == [("Robot", "new one")]
    assert known.window.connections.secret is None
    known.feed(links.signed_in("Robot", SignInState.SIGNED_IN))
    assert row.secret.isVisible()  # type: ignore[attr-defined]
    assert row.secret.objectName() == ""  # type: ignore[attr-defined]


def test_a_pasted_token_is_replaced_and_a_person_signs_in(known: Desk) -> None:
    known.feed(*(links.signed_in(each.name, SignInState.SIGNED_OUT) for each in ORGANISATIONS))
    rows = known.window.page.connections.sign_ins.rows.widgets
    buttons = {
        name: (row.enter.isVisible(), row.secret.text())  # type: ignore[attr-defined]
        for name, row in rows.items()
    }
    assert buttons == {
        "Acme": (True, ""),
        "Robot": (True, words.REPLACE_SECRET),
        "Pasted": (False, words.PASTE_TOKEN),
    }


def test_a_long_name_pushes_no_button_out_of_sight(known: Desk) -> None:
    name = "An organisation with a name that is much longer than its row"
    known.window.resize(1280, 720)
    known.window.show_settings([Organisation(name, sign_in=SignInKind.SERVICE)], CONNECTIONS)
    known.feed(links.signed_in(name, SignInState.EXPIRING, expires_at_ms=links.NOW + 250_000, kept=False))
    box = known.window.page.connections.sign_ins.rows
    row = box.widgets[name]
    assert not row.enter.isVisible()  # type: ignore[attr-defined]
    for button in (row.secret, row.leave):  # type: ignore[attr-defined]
        right = button.mapTo(box.viewport(), button.rect().bottomRight()).x()
        assert button.isVisible()
        assert right < box.viewport().width()


def test_the_bar_offers_what_helps(known: Desk) -> None:
    bars = known.window.page.bars
    known.feed(links.signed_in("Robot", SignInState.REFUSED, detail="The secret is wrong."))
    assert (bars.secret.text(), bars.button.isVisible()) == (words.REPLACE_SECRET, False)
    click(bars.secret)
    assert known.window.connections.secret is not None
    known.window.connections.secret.reject()
    settle()
    known.feed(links.signed_in("Robot", SignInState.SIGNED_IN), links.signed_in("Acme", SignInState.REFUSED))
    assert (bars.secret.isVisible(), bars.button.isVisible()) == (False, True)


def test_the_details_of_a_connection_offer_a_new_secret(known: Desk) -> None:
    asked, page = replaced(known), known.window.page.connections
    page.choose("live")
    assert not page.detail.secret.isVisible()
    page.choose("service")
    assert page.detail.secret.text() == words.REPLACE_SECRET
    known.feed(refused("own"))
    page.choose("own")
    known.tick()
    assert not page.detail.remedy.isVisible()
    assert page.detail.secret.objectName() == "primary"
    click(page.detail.secret)
    dialog = known.window.connections.secret
    assert dialog is not None
    assert words.TOKEN_TITLE.format("own") in said(dialog)
    QTest.keyClicks(dialog.line, "token")
    QTest.keyClick(dialog.line, Qt.Key.Key_Return)
    settle()
    assert asked == [("own", "token")]
    page.choose("service")
    click(page.detail.secret)
    assert known.window.connections.secret is not None
    QTest.keyClicks(known.window.connections.secret.line, "s")
    click(known.window.connections.secret.save)
    assert asked[-1] == ("Robot", "s")


def test_a_finding_that_says_sign_in_asks_for_the_token_where_only_that_helps(known: Desk) -> None:
    signing: list[str] = []
    known.window.sign_in_asked.connect(signing.append)
    known.feed(FindingMade("own", Finding("Sign-in", Level.FAIL, "The token was refused.", "", Remedy.SIGN_IN)))
    page = known.window.page.connections
    page.choose("own")
    known.tick()
    line = page.detail.findings.widgets["Sign-in"]
    assert line.button.text() == words.PASTE_TOKEN  # type: ignore[attr-defined]
    click(line.button)  # type: ignore[attr-defined]
    assert signing == []
    assert known.window.connections.secret is not None
    known.window.connections.secret.reject()


def test_where_a_secret_is_kept_is_said_as_it_is(known: Desk) -> None:
    desk = known.window.connections
    known.window.keyring_usable(False)
    desk.ask_secret("own")
    assert desk.secret is not None
    assert words.SECRET_NOTE_SESSION in said(desk.secret)
    desk.ask_secret("Robot")  # one at a time
    assert words.TOKEN_TITLE.format("own") in said(desk.secret)
    desk.secret.reject()
    settle()
    desk.add(SourceKind.AUDIO_CONNECTOR)
    assert desk.dialog is not None
    settle()
    assert words.SECRET_NOTE_SESSION in said(desk.dialog.form)
    desk.dialog.reject()
    settle()
    known.window.keyring_usable(True)
    desk.add(SourceKind.AUDIO_CONNECTOR)
    assert words.SECRET_NOTE in said(desk.dialog.form)
    desk.dialog.reject()


def test_a_draft_does_not_show_its_secret() -> None:
    assert "hidden" not in repr(Draft(SourceKind.BOTS, secret="hidden"))


# -- the add-connection dialog ----------------------------------------------------------------------------------------


def test_a_gateway_comes_with_an_address_and_a_token_until_somebody_chooses(known: Desk) -> None:
    desk = known.window.connections
    desk.add()
    assert desk.dialog is not None
    form = desk.dialog.form
    for kind, own in ((SourceKind.AUDIO_CONNECTOR, True), (SourceKind.ANALYTICS, False)):
        click(desk.dialog.cards[kind].button)
        assert (form.draft().organisation is None) == own
        assert form.base_url.placeholderText() == (words.URL_HINT_OWN if own else words.URL_HINT)
    form.organisation.setCurrentIndex(form.organisation.findData("Acme"))
    form.organisation.activated.emit(form.organisation.currentIndex())
    click(desk.dialog.cards[SourceKind.AUDIO_CONNECTOR].button)
    assert form.draft().organisation == "Acme"
    desk.dialog.reject()


def test_where_the_client_id_is_found_is_said_before_anything_is_wrong(known: Desk) -> None:
    desk = known.window.connections
    desk.add()
    assert desk.dialog is not None
    form = desk.dialog.form
    settle()
    assert {words.CLIENT_ID_NOTE, words.REDIRECT_NOTE} <= said(form)
    form.sign_in.setCurrentIndex(1)
    form.sign_in.activated.emit(1)
    assert words.CLIENT_ID_NOTE in said(form)
    assert words.REDIRECT_NOTE not in said(form)
    form.sign_in.setCurrentIndex(2)
    form.sign_in.activated.emit(2)
    assert words.CLIENT_ID_NOTE not in said(form)
    desk.dialog.reject()


# -- several answers at once ------------------------------------------------------------------------------------------


def test_several_answers_wait_for_each_other(desk: Desk) -> None:
    bars, show = desk.window.page.bars, desk.window.show_notice
    show("Added.", Level.PASS)
    show("Kept for this session only.", Level.WARN)
    show("The address can't be used.", Level.FAIL)
    read = []
    while bars.notice.isVisible():
        read.append((bars.notice.label.text(), bars.count.text()))
        click(bars.dismiss)
    assert read == [
        ("The address can't be used.", "1 of 3"),
        ("Kept for this session only.", "1 of 2"),
        ("Added.", ""),
    ]


# -- where the focus goes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("busy", [False, True])
def test_after_cancelling_the_browser_letters_are_keys(desk: Desk, busy: bool) -> None:
    window = desk.window
    window.activateWindow()
    desk.feed(floor.link(), *([floor.seen("a")] if busy else []))
    window.show_browser_wait("Acme", "https://login.example.com/")
    assert "No browser opened? Copy the address." in window.page.bars.browser.label.text()
    click(window.page.bars.cancel)
    assert window.focusWidget() is not window.calls.filter
    QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_C)
    settle()
    assert window.calls.filter.text() == ""
    assert window.connections.shown
    QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_C)
    settle()
    assert not window.connections.shown
    assert window.focusWidget() is not window.calls.filter


def test_a_list_that_empties_does_not_hand_its_focus_to_the_filter(desk: Desk) -> None:
    window = desk.window
    window.activateWindow()
    desk.feed(floor.link(), floor.seen("a", "Dana"))
    window.calls.view.setFocus()
    window.calls.filter.setText("nobody")
    settle()
    assert window.focusWidget() is window.calls
    window.calls.filter.clear()
    settle()
    assert window.focusWidget() is window.calls.view


def test_a_bar_that_goes_takes_the_focus_from_nobody_else(desk: Desk) -> None:
    window = desk.window
    window.activateWindow()
    window.show_notice("Something.", Level.WARN)
    window.calls.filter.setFocus()
    window.page.bars.dismiss.click()
    settle()
    assert QApplication.focusWidget() is window.calls.filter


# -- empty states and removing ----------------------------------------------------------------------------------------


def test_an_empty_floor_offers_the_way_to_what_is_wrong(desk: Desk) -> None:
    button = desk.window.calls.empty.button
    desk.tick()
    assert not button.isVisible()
    desk.feed(refused("l1", None))
    assert button.text() == words.SEE_WHY
    click(button)
    assert desk.window.connections.shown
    assert desk.window.connections.dialog is None


def test_a_newcomer_gets_right_to_the_dialog(desk: Desk) -> None:
    desk.state.connections = 0
    desk.tick()
    click(desk.window.calls.empty.button)
    assert desk.window.connections.shown
    assert desk.window.connections.dialog is not None
    desk.window.connections.dialog.reject()


def test_a_call_that_brings_scores_only_promises_no_words(desk: Desk) -> None:
    seen = floor.seen("a")
    assert isinstance(seen, CallUpdated)
    desk.feed(LinkDescribed("l1", "Real-time analytics socket"), replace(seen, link="l1"))
    assert captions.TRANSCRIPT_SCORES[1] in said(desk.window.detail.transcript)
    desk.feed(replace(seen, link="l2"))
    assert captions.TRANSCRIPT_EMPTY[1] in said(desk.window.detail.transcript)


def test_removing_says_what_goes_with_it(known: Desk) -> None:
    desk = known.window.connections
    for link, text in (
        ("live", words.FORM_REMOVE_ONE.format("live", "Acme")),
        ("service", words.FORM_REMOVE_LAST.format("service", "Robot")),
        ("own", words.FORM_REMOVE_OWN.format("own")),
    ):
        known.window.page.connections.choose(link)
        known.tick()
        click(known.window.page.connections.detail.remove)
        assert desk.question is not None
        assert text in said(desk.question)
        click(desk.question.no)


def test_a_call_that_is_not_heard_is_grey(desk: Desk) -> None:
    seen = floor.seen("a")
    assert isinstance(seen, CallUpdated)
    desk.feed(floor.link(), replace(seen, link="eu-central-1"), *floor.mood("a", [-0.9] * 6, 100_000))
    desk.window.open_call("a")
    desk.tick()
    colours, value = desk.window.look.colours, desk.window.detail.header._value
    loud, before = value.styleSheet(), desk.window.calls.view.grab().toImage()
    desk.feed(floor.link(LinkState.RETRYING))
    assert colours.muted not in loud
    assert colours.muted in value.styleSheet()
    assert desk.window.calls.model.rows["a"].unheard
    assert desk.window.calls.view.grab().toImage() != before
