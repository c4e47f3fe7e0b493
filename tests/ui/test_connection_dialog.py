"""Where do the calls come from: only fields that matter, problems beside them, nothing saved before all is right."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QLineEdit, QPushButton

from desktop.dashboard import connection_captions as words
from desktop.domain.regions import REGIONS
from desktop.settings.model import Connection, Dialect, Organisation, SignInKind, SourceKind
from desktop.ui.connection_dialog import ConnectionDialog
from tests.ui.conftest import Desk, settle

ORGANISATIONS = (
    Organisation("Acme", client_id="c"),
    Organisation("Lab", "lab.example.com", Dialect.DOCUMENTS, SignInKind.TOKEN),
)
Wanted = tuple[Organisation | None, Connection, str]


@pytest.fixture
def made(qapp: QApplication) -> Iterator[Callable[..., tuple[ConnectionDialog, list[Wanted]]]]:
    """Makes open dialogs with what they want, and puts them away."""
    there: list[ConnectionDialog] = []

    def make(**more: object) -> tuple[ConnectionDialog, list[Wanted]]:
        dialog = ConnectionDialog(["Old connection"], ORGANISATIONS, **more)  # type: ignore[arg-type]
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        wanted: list[Wanted] = []
        dialog.wanted.connect(lambda *parts: wanted.append(parts))
        dialog.open()
        settle()
        there.append(dialog)
        return dialog, wanted

    yield make
    for dialog in there:
        dialog.close()
        dialog.deleteLater()
    settle()


def shown(dialog: ConnectionDialog) -> list[str]:
    return [key for key, field in dialog.form.fields.items() if not field.isHidden()]


def pick(dialog: ConnectionDialog, kind: SourceKind) -> None:
    QTest.mouseClick(dialog.cards[kind].button, Qt.MouseButton.LeftButton)
    settle()


def choose(box: object, data: object) -> None:
    box.setCurrentIndex(box.findData(data))  # type: ignore[attr-defined]
    box.activated.emit(box.currentIndex())  # type: ignore[attr-defined]
    settle()


def write(field: QLineEdit, text: str) -> None:
    field.clear()
    QTest.keyClicks(field, text)


def test_only_the_fields_that_matter_are_shown(made: Callable[..., tuple[ConnectionDialog, list[Wanted]]]) -> None:
    dialog, _ = made()
    form = dialog.form
    assert shown(dialog) == ["name", "organisation", "organisation_name", "region", "sign_in", "client_id"]
    choose(form.sign_in, SignInKind.SERVICE)
    assert shown(dialog)[-1] == "secret"
    assert form.secret.echoMode() is QLineEdit.EchoMode.Password
    assert form.secret.accessibleName() == words.SECRET
    choose(form.sign_in, SignInKind.TOKEN)
    assert "client_id" not in shown(dialog)
    assert form.secret.accessibleName() == words.TOKEN
    choose(form.region, "")
    assert "host" in shown(dialog)
    choose(form.organisation, "Acme")
    assert shown(dialog) == ["name", "organisation"]
    pick(dialog, SourceKind.ANALYTICS)
    assert shown(dialog) == ["name", "organisation", "base_url"]
    form.advanced.click()
    assert shown(dialog)[-2:] == ["queue_ids", "heartbeat"]


def test_scopes_only_for_the_documents_dialect(made: Callable[..., tuple[ConnectionDialog, list[Wanted]]]) -> None:
    dialog, _ = made(kind=SourceKind.BOTS)
    dialog.form.advanced.click()
    choose(dialog.form.organisation, dialog.form.organisation.itemData(2))
    assert dialog.form.dialect.currentData() is Dialect.DOCUMENTS
    assert {"scopes", "proxy", "ca_file", "engine_url", "dialect"} <= set(shown(dialog))
    choose(dialog.form.dialect, Dialect.GENESYS)
    assert "scopes" not in shown(dialog)
    pick(dialog, SourceKind.NOTIFICATIONS)
    assert "dialect" not in shown(dialog)


def test_what_the_real_platform_does_not_offer_is_said_before_it_is_tried(
    made: Callable[..., tuple[ConnectionDialog, list[Wanted]]],
) -> None:
    dialog, _ = made(kind=SourceKind.ANALYTICS, organisation="Acme")
    form = dialog.form
    assert form.hint.isVisible()
    write(form.base_url, "https://gateway.example.com")
    assert not form.hint.isVisible()
    form.base_url.clear()
    choose(form.organisation, "Lab")
    assert not form.hint.isVisible()
    choose(form.organisation, form.organisation.itemData(2))
    assert not form.hint.isVisible()
    choose(form.dialect, Dialect.GENESYS)
    assert form.hint.isVisible()
    pick(dialog, SourceKind.NOTIFICATIONS)
    assert not form.hint.isVisible()


def test_the_real_platform_s_list_is_not_asked_of_a_compatible_one(
    made: Callable[..., tuple[ConnectionDialog, list[Wanted]]],
) -> None:
    dialog, _ = made()
    box = dialog.form.organisation
    assert [box.itemText(n) for n in range(box.count())] == ["Acme", words.ORGANISATION_NEW]
    pick(dialog, SourceKind.BOTS)
    assert [box.itemText(n) for n in range(box.count())] == [
        "Acme",
        "Lab",
        words.ORGANISATION_NEW,
        words.ORGANISATION_NONE,
    ]


def test_all_regions_and_a_custom_host_can_be_chosen(
    made: Callable[..., tuple[ConnectionDialog, list[Wanted]]],
) -> None:
    dialog, _ = made()
    region = dialog.form.region
    assert [region.itemData(n) for n in range(region.count())] == [*(r.domain for r in REGIONS), ""]
    choose(region, "")
    write(dialog.form.host, "pure.example.com")
    assert dialog.form.draft().region == "pure.example.com"


def test_the_name_is_suggested_until_somebody_writes_one(
    made: Callable[..., tuple[ConnectionDialog, list[Wanted]]],
) -> None:
    dialog, _ = made()
    assert dialog.form.name.text() == "Genesys Cloud"
    pick(dialog, SourceKind.BOTS)
    assert dialog.form.name.text() == "Bots"
    write(dialog.form.name, "Mine")
    pick(dialog, SourceKind.ANALYTICS)
    assert dialog.form.name.text() == "Mine"


def test_problems_stand_beside_their_fields_and_nothing_is_saved(
    made: Callable[..., tuple[ConnectionDialog, list[Wanted]]],
) -> None:
    dialog, wanted = made()
    form = dialog.form
    choose(form.organisation, form.organisation.itemData(form.organisation.count() - 1))
    assert not any(field.problem for field in form.fields.values())
    dialog.activateWindow()
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    assert dialog.isVisible()
    assert wanted == []
    problem = form.fields["organisation_name"].problem
    assert problem == "Name of the organisation is empty. Choose a name that you will recognise."
    assert form.organisation_name.accessibleDescription() == problem
    assert dialog.focusWidget() is form.organisation_name
    write(form.organisation_name, "Beta")
    assert form.fields["organisation_name"].problem == ""
    assert form.fields["client_id"].problem.startswith("Client id is empty.")
    write(form.client_id, "client")
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    settle()
    assert not dialog.isVisible()
    assert wanted == [
        (
            Organisation("Beta", "mypurecloud.com", client_id="client"),
            Connection("Genesys Cloud", kind=SourceKind.NOTIFICATIONS, organisation="Beta"),
            "",
        )
    ]


def test_a_custom_host_and_advanced_fields_show_their_problems(
    made: Callable[..., tuple[ConnectionDialog, list[Wanted]]],
) -> None:
    dialog, _ = made()
    form = dialog.form
    choose(form.organisation, form.organisation.itemData(form.organisation.count() - 1))
    choose(form.region, "")
    write(form.host, "https://pure.example.com")
    form.proxy.setText("nonsense")
    assert not form.advanced.isChecked()
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    assert form.fields["host"].problem.startswith("Host, without https:// is not a domain")
    assert form.fields["region"].problem == ""
    assert form.advanced.isChecked()
    assert form.fields["proxy"].problem.startswith("Proxy is not a proxy's address")


def test_an_address_with_a_token_of_its_own(made: Callable[..., tuple[ConnectionDialog, list[Wanted]]]) -> None:
    dialog, wanted = made(kind=SourceKind.AUDIO_CONNECTOR)
    form = dialog.form
    choose(form.organisation, form.organisation.itemData(form.organisation.count() - 1))
    assert shown(dialog) == ["name", "organisation", "secret", "base_url"]
    write(form.base_url, "https://gateway.example.com")
    write(form.secret, " token ")
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    assert wanted == [(None, Connection("Audio Connector", "https://gateway.example.com"), "token")]


def test_a_secret_that_is_not_asked_for_is_not_handed_on(
    made: Callable[..., tuple[ConnectionDialog, list[Wanted]]],
) -> None:
    dialog, wanted = made(organisation="Acme")
    dialog.form.secret.setText("typed before another organisation was chosen")
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    assert [secret for _, _, secret in wanted] == [""]


def test_a_click_on_the_words_chooses_and_a_second_listener_cannot_be_chosen(
    made: Callable[..., tuple[ConnectionDialog, list[Wanted]]],
) -> None:
    dialog, _ = made(listening="Door")
    for kind, chosen in ((SourceKind.BOTS, SourceKind.BOTS), (SourceKind.AUDIOHOOK, SourceKind.BOTS)):
        label = next(each for each in dialog.cards[kind].findChildren(QLabel) if each.wordWrap())
        QTest.mouseClick(label, Qt.MouseButton.LeftButton)
        assert dialog.form.draft().kind is chosen
    taken = dialog.cards[SourceKind.AUDIOHOOK].button
    assert not taken.isEnabled()
    assert taken.accessibleDescription().startswith("Already set up as Door.")


def test_enter_in_a_field_does_not_save_and_esc_cancels(
    made: Callable[..., tuple[ConnectionDialog, list[Wanted]]],
) -> None:
    dialog, wanted = made(organisation="Acme")
    QTest.keyClick(dialog.form.name, Qt.Key.Key_Return)
    assert dialog.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert wanted == []


def test_the_authority_file_can_be_chosen(made: Callable[..., tuple[ConnectionDialog, list[Wanted]]]) -> None:
    dialog, _ = made()
    choose(dialog.form.organisation, dialog.form.organisation.itemData(1))
    dialog.form.advanced.click()
    settle()
    browse = next(b for b in dialog.form.findChildren(QPushButton) if b.text() == words.CHOOSE_FILE)
    QTest.mouseClick(browse, Qt.MouseButton.LeftButton)
    files = dialog.form.findChild(QFileDialog)
    assert files is not None
    files.fileSelected.emit("/tmp/corporate.pem")
    files.reject()
    settle()
    assert dialog.form.draft().ca_file == "/tmp/corporate.pem"


def test_the_window_opens_one_dialog_and_hands_on_what_it_wants(desk: Desk) -> None:
    wanted: list[Wanted] = []
    desk.window.connection_wanted.connect(lambda *parts: wanted.append(parts))
    desk.window.show_settings([Organisation("Acme", client_id="c")], [Connection("Live")])
    desk.window.connections.toggle()
    QTest.mouseClick(desk.window.page.connections.add, Qt.MouseButton.LeftButton)
    dialog = desk.window.connections.dialog
    assert dialog is not None
    desk.window.connections.add()
    assert desk.window.connections.dialog is dialog
    choose(dialog.form.organisation, "Acme")
    write(dialog.form.name, "Live")
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    assert dialog.form.fields["name"].problem == "Name of this connection is in use. Choose another name."
    write(dialog.form.name, "Live 2")
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    settle()
    assert wanted == [(None, Connection("Live 2", kind=SourceKind.NOTIFICATIONS, organisation="Acme"), "")]
    assert desk.window.connections.dialog is None
