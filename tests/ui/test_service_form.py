"""The speech service's form on the Recognition page: unfolded, filled in, tested and used as a supervisor does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit

from desktop.dashboard import connection_captions
from desktop.dashboard import service_captions as words
from desktop.domain.speech_service import KeyPlace, ServiceAddress, ServiceWork
from desktop.ui.service_form import ServiceForm
from tests.ui import recognition
from tests.ui.conftest import Desk, settle

KEY = "a-key-of-this-test"
Asked = list[tuple[ServiceAddress, str]]


@pytest.fixture
def page(desk: Desk) -> Desk:
    """The page in front, nothing set up."""
    mine = desk.window.page.recognition_desk
    mine.toggle()
    mine.show_standing(recognition.empty())
    mine.show_service(recognition.FRESH)
    settle()
    return desk


@pytest.fixture
def form(page: Desk) -> ServiceForm:
    """The form, unfolded."""
    form = page.window.page.recognition.service
    form.head.click()
    settle()
    return form


def asked_to_test(desk: Desk) -> Asked:
    asked: Asked = []
    desk.window.page.recognition_desk.service_test_asked.connect(lambda *what: asked.append(what))
    return asked


def asked_to_use(desk: Desk) -> Asked:
    asked: Asked = []
    desk.window.page.recognition_desk.service_use_asked.connect(lambda *what: asked.append(what))
    return asked


def type_into(line: QLineEdit, text: str) -> None:
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, text)


def test_it_is_folded_until_it_is_wanted_or_in_force(page: Desk) -> None:
    form = page.window.page.recognition.service
    assert form.head.text() == words.FOLD[0]
    assert not form.fields.isVisible()
    form.head.click()
    settle()
    assert form.fields.isVisible()
    form.head.click()
    page.window.page.recognition_desk.show_standing(recognition.served())
    settle()
    assert form.fields.isVisible()
    assert form.use.text() == words.APPLY
    page.window.page.recognition_desk.show_standing(recognition.empty())
    assert form.use.text() == words.USE


def test_what_is_said_before_anything_is_sent(page: Desk, form: ServiceForm) -> None:
    shown = [label.text() for label in form.findChildren(QLabel) if label.isVisible()]
    assert words.PRIVACY in shown
    assert words.INTRO in shown
    assert connection_captions.SECRET_NOTE in shown
    assert form.fields.key.echoMode() is QLineEdit.EchoMode.Password


def test_what_is_typed_is_tested(page: Desk, form: ServiceForm) -> None:
    asked = asked_to_test(page)
    type_into(form.fields.url, "wss://a.example.com/m")  # m, c and a are keys of the window elsewhere
    type_into(form.fields.key, KEY)
    form.test.click()
    assert asked == [(ServiceAddress("wss://a.example.com/m", "en-US"), KEY)]
    QTest.keyClick(form.fields.key, Qt.Key.Key_Return)
    assert len(asked) == 2
    assert page.window.page.recognition_desk.shown
    assert page.sent == []


def test_what_is_used_is_asked_for_with_the_rare_settings(page: Desk, form: ServiceForm, tmp_path: object) -> None:
    asked = asked_to_use(page)
    assert not form.fields.proxy.isVisible()
    form.fields.advanced.click()
    type_into(form.fields.url, "wss://a.example.com")
    type_into(form.fields.key, KEY)
    type_into(form.fields.language, "tr")
    type_into(form.fields.proxy, "http://proxy:3128")
    type_into(form.fields.ca_file, __file__)
    form.use.click()
    assert asked == [(ServiceAddress("wss://a.example.com", "tr", "http://proxy:3128", __file__), KEY)]


def test_what_is_missing_stands_at_its_field_and_the_cursor_with_it(page: Desk, form: ServiceForm) -> None:
    asked = asked_to_use(page)
    form.use.click()
    assert asked == []
    assert form.fields.fields["url"].problem.startswith("Address is empty")
    assert form.fields.fields["key"].problem.startswith("API key is empty")
    assert form.fields.url.hasFocus()
    type_into(form.fields.url, "w")
    assert form.fields.fields["url"].problem == ""
    form.fields.proxy.setText("socks5://proxy")
    form.use.click()
    settle()
    assert form.fields.proxy.isVisible()


def test_a_test_goes_on_and_can_be_cancelled_with_the_same_button(page: Desk, form: ServiceForm) -> None:
    mine = page.window.page.recognition_desk
    cancelled: list[int] = []
    mine.service_cancelled.connect(lambda: cancelled.append(1))
    asked = asked_to_test(page)
    form.test.setFocus()
    mine.show_service(recognition.TESTING)
    settle()
    assert form.progress.isVisible()
    assert form.said.text().startswith("Opening a session")
    assert form.test.text() == words.CANCEL
    assert form.test.hasFocus()
    assert not form.use.isEnabled()
    assert form.fields.url.isReadOnly()
    QTest.keyClick(form.fields.url, Qt.Key.Key_Return)
    assert asked == []
    form.test.click()
    assert cancelled == [1]
    mine.show_service(replace(recognition.TESTING, work=None))
    settle()
    assert not form.progress.isVisible()
    assert not form.said.isVisible()
    assert form.test.text() == words.TEST


def test_what_came_of_it_is_seen_until_something_else_is_typed(page: Desk, form: ServiceForm) -> None:
    mine = page.window.page.recognition_desk
    mine.show_service(recognition.ANSWERS)
    settle()
    assert form.said.text() == "✓  It answers and accepts the key. Its languages: English (US), German, Turkish."
    assert form.said.objectName() == ""
    mine.show_service(recognition.REFUSED)
    settle()
    assert form.said.objectName() == "bad"
    assert "refused the key" in form.said.text()
    type_into(form.fields.key, "x")
    assert not form.said.isVisible()


def test_an_unknown_authority_unfolds_where_its_file_goes(page: Desk, form: ServiceForm) -> None:
    page.window.page.recognition_desk.show_service(recognition.UNTRUSTED)
    settle()
    assert form.fields.ca_file.isVisible()
    assert "certificate is not trusted" in form.said.text()


def test_where_the_key_is_is_said_and_a_taken_one_is_forgotten_here(page: Desk, form: ServiceForm) -> None:
    mine = page.window.page.recognition_desk
    type_into(form.fields.key, KEY)
    mine.show_service(replace(recognition.FRESH, work=ServiceWork.SWITCHING))
    assert form.fields.key.text() == KEY
    assert not form.test.isEnabled()
    mine.show_service(recognition.KEPT)
    assert form.fields.key.text() == ""
    assert form.fields.key.placeholderText() == words.KEY_HINTS[KeyPlace.KEYRING]
    assert form.fields.url.text() == recognition.ELSEWHERE.url
    mine.show_service(replace(recognition.KEPT, key=KeyPlace.SESSION))
    assert form.fields.kept.text() == connection_captions.SECRET_NOTE_SESSION
    type_into(form.fields.key, KEY)
    mine.show_service(replace(recognition.KEPT, work=ServiceWork.SWITCHING))
    mine.show_service(replace(recognition.KEPT, problem="It could not be saved."))
    assert form.fields.key.text() == KEY  # nothing was taken


def test_a_kept_key_is_not_asked_for_again(page: Desk, form: ServiceForm) -> None:
    asked = asked_to_test(page)
    page.window.page.recognition_desk.show_service(recognition.KEPT)
    form.test.click()
    assert asked == [(recognition.ELSEWHERE, "")]
    type_into(form.fields.url, "wss://another.example.com")
    form.test.click()
    assert len(asked) == 1
    assert "another host" in form.fields.fields["key"].problem


def test_what_the_settings_have_is_unfolded_if_it_is_rare(page: Desk, form: ServiceForm) -> None:
    address = replace(recognition.ELSEWHERE, ca_file="/srv/ca.pem")
    page.window.page.recognition_desk.show_service(replace(recognition.KEPT, address=address))
    settle()
    assert form.fields.ca_file.isVisible()
    assert form.fields.ca_file.text() == "/srv/ca.pem"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_result_is_seen_on_a_small_screen(desks: Callable[..., Desk], theme: str) -> None:
    desk = desks(theme)
    desk.window.resize(1280, 720)
    mine, part = desk.window.page.recognition_desk, desk.window.page.recognition
    mine.toggle()
    mine.show_standing(recognition.served())
    mine.show_service(recognition.UNTRUSTED)
    settle()
    shown = part.area.viewport().rect()
    said = part.service.said
    assert shown.contains(said.rect().translated(said.mapTo(part.area.viewport(), said.rect().topLeft())))
    content = part.area.widget()
    assert content is not None
    assert content.width() <= shown.width()
