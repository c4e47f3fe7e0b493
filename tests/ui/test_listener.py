"""Being dialled by Genesys on the screen: the dialog, the set-up, the page, the planner; and pauses on the floor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit, QPushButton, QWidget

from desktop.dashboard import listener_captions as words
from desktop.dashboard.capacity import Planner
from desktop.domain.events import PauseReason
from desktop.domain.finding import Finding, Level
from desktop.domain.listener import TranscriptsBack
from desktop.domain.updates import AlertChanged, FindingMade, PauseNoted
from desktop.settings.model import Connection, Listener, Organisation, SourceKind
from desktop.ui.connection_dialog import ConnectionDialog
from desktop.ui.detail_block import MOST_LINES
from desktop.ui.findings import FindingLine
from desktop.ui.listener_setup import ListenerSetupDialog
from desktop.ui.transcript_model import LINE_ROLE
from tests.ui import floor, links, listening
from tests.ui.conftest import Desk, settle


@pytest.fixture
def linked(desks: Callable[..., Desk]) -> Desk:
    """Four connections and a listener, its page in front."""
    desk = desks(planner=listening.PLANNER)
    desk.feed(*links.scenario(), *listening.scenario())
    settings = (*links.CONNECTIONS, listening.CONNECTION)
    desk.window.show_settings(links.ORGANISATIONS, settings, listening.LISTENER)
    desk.window.connections.toggle()
    desk.window.page.connections.choose(listening.NAME)
    desk.tick()
    return desk


def click(button: QWidget) -> None:
    assert button.isVisible()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    settle()


def said(part: QWidget) -> set[str]:
    return {label.text() for label in part.findChildren(QLabel) if label.isVisible()}


def write(field: QLineEdit, text: str) -> None:
    field.clear()
    QTest.keyClicks(field, text)


def adding(desk: Desk) -> ConnectionDialog:
    desk.window.show_settings(links.ORGANISATIONS, links.CONNECTIONS)
    desk.window.connections.add(SourceKind.AUDIOHOOK)
    settle()
    dialog = desk.window.connections.dialog
    assert dialog is not None
    return dialog


def shown(dialog: ConnectionDialog) -> list[str]:
    return [key for key, field in dialog.listener.fields.items() if field.isVisibleTo(dialog)]


# -- adding it --------------------------------------------------------------------------------------------------------


def test_adding_a_listener_asks_for_what_genesys_needs_and_hands_it_on(desk: Desk, tmp_path: Path) -> None:
    dialog = adding(desk)
    form = dialog.listener
    wanted: list[tuple[Connection, Listener]] = []
    desk.window.listener_wanted.connect(lambda *parts: wanted.append(parts))
    assert shown(dialog) == [
        "name", "public_host", "tls", "certificate", "private_key", "port", "organisation",
    ]  # fmt: skip
    assert dialog.save.text() == words.NEXT
    click(dialog.save)
    assert wanted == []
    assert form.fields["public_host"].problem.startswith("Public host name is empty.")
    assert dialog.focusWidget() is form.public_host
    write(form.public_host, "hook.example.com")
    for field, name in ((form.certificate, "chain.pem"), (form.private_key, "key.pem")):
        (tmp_path / name).write_text("x")
        write(field, str(tmp_path / name))
    click(dialog.save)
    chain, key = str(tmp_path / "chain.pem"), str(tmp_path / "key.pem")
    made = Listener(public_host="hook.example.com", certificate=chain, private_key=key, organisation="Northwind")
    assert wanted == [(Connection(words.SUGGESTION, kind=SourceKind.AUDIOHOOK, organisation="Northwind"), made)]
    assert desk.window.connections.dialog is None


def test_a_proxy_needs_no_files_and_another_port_is_explained(desk: Desk) -> None:
    dialog = adding(desk)
    form = dialog.listener
    assert not {words.PORT_NOTE, words.PROXY_NOTE} & said(dialog)
    form.tls.setCurrentIndex(1)
    form.tls.activated.emit(1)
    write(form.port, "8080")
    assert {words.PORT_NOTE, words.PROXY_NOTE} <= said(dialog)
    assert not {"certificate", "private_key"} & set(shown(dialog))
    write(form.public_host, "hook.example.com")
    form.organisation.setCurrentIndex(form.organisation.count() - 1)
    form.organisation.activated.emit(form.organisation.currentIndex())
    assert words.NAMES_NOTE in said(dialog)
    wanted: list[tuple[Connection, Listener]] = []
    desk.window.listener_wanted.connect(lambda *parts: wanted.append(parts))
    click(dialog.save)
    ((connection, listener),) = wanted
    assert (connection.organisation, listener.certificate, listener.port) == ("", "", 8080)


def test_only_organisations_with_a_live_list_can_give_names(desk: Desk) -> None:
    box = adding(desk).listener.organisation
    assert [box.itemData(n) for n in range(box.count())] == ["Northwind", ""]


def test_advanced_problems_unfold_and_the_other_kinds_stay_as_they_were(desk: Desk) -> None:
    dialog = adding(desk)
    form = dialog.listener
    form.allow.setText("everybody")
    click(dialog.save)
    assert form.advanced.isChecked()
    assert form.fields["allow"].problem.startswith("Only from these addresses everybody is no address")
    click(dialog.cards[SourceKind.BOTS].button)
    assert dialog.form.isVisible()
    assert not form.isVisible()
    assert dialog.form.draft().kind is SourceKind.BOTS
    assert not any(field.problem for field in dialog.form.fields.values())


def test_a_certificate_can_be_chosen(desk: Desk) -> None:
    dialog = adding(desk)
    browse = [b for b in dialog.listener.findChildren(QPushButton) if words.CERTIFICATE in b.accessibleName()]
    click(browse[0])
    files = dialog.listener.findChild(QFileDialog)
    assert files is not None
    files.fileSelected.emit("/srv/chain.pem")
    files.reject()
    settle()
    assert dialog.listener.draft().certificate == "/srv/chain.pem"


def test_the_form_starts_with_the_listener_of_the_settings(desk: Desk) -> None:
    kept = Listener(
        "127.0.0.1", 8443, "hook.example.com", "/hook", allow=("192.0.2.0/24",), proxies=("10.0.0.7",),
        organisation="Northwind", pause_waiting=False, transcripts_back=TranscriptsBack.ALL,
    )  # fmt: skip
    desk.window.show_settings([Organisation("Northwind", client_id="c")], (), kept)
    desk.window.connections.add(SourceKind.AUDIOHOOK)
    dialog = desk.window.connections.dialog
    assert dialog is not None
    wanted: list[Listener] = []
    desk.window.listener_wanted.connect(lambda _, listener: wanted.append(listener))
    click(dialog.save)
    assert wanted == [kept]


def test_sending_words_back_is_off_and_says_that_they_leave_this_computer(desk: Desk) -> None:
    form = adding(desk).listener
    click(form.advanced)
    note = next(label for label in form.findChildren(QLabel) if label.text() == words.BACK_NOTE)
    assert form.draft().transcripts_back is TranscriptsBack.OFF
    assert not note.isVisible()
    form.transcripts_back.setCurrentIndex(1)
    form.sort_out()
    assert form.draft().transcripts_back is TranscriptsBack.FINALS
    assert note.isVisible()
    desk.window.show_listener_setup(listening.SETUP)
    first = desk.window.connections.listener.dialog
    assert first is not None
    assert words.WORDS_LEAVE not in said(first)
    desk.window.show_listener_setup(replace(listening.SETUP, transcripts_back=TranscriptsBack.FINALS))
    second = desk.window.connections.listener.dialog
    assert second is not None
    assert words.WORDS_LEAVE in said(second)
    second.close()


def test_a_second_listener_is_not_added_but_the_first_one_shown(linked: Desk) -> None:
    desk, page = linked.window.connections, linked.window.page.connections
    desk.back()
    desk.add(SourceKind.AUDIOHOOK)
    assert desk.dialog is None
    assert desk.shown
    assert page.chosen == listening.NAME


# -- its set-up -------------------------------------------------------------------------------------------------------


def set_up(desk: Desk) -> ListenerSetupDialog:
    desk.window.show_listener_setup(listening.SETUP)
    settle()
    dialog = desk.window.connections.listener.dialog
    assert dialog is not None
    return dialog


def test_every_value_can_be_copied_and_the_secret_is_masked(desk: Desk) -> None:
    dialog = set_up(desk)
    setup, board = listening.SETUP, QGuiApplication.clipboard()
    for field, value in (
        (dialog.uri, setup.uri), (dialog.api_key, setup.api_key),
        (dialog.client_secret, setup.client_secret), (dialog.custom_config, setup.custom_config),
    ):  # fmt: skip
        click(field.copy)
        assert board.text() == value
        assert field.copy.text() == words.COPIED
        assert field.value.isReadOnly()
    board.clear()
    secret = dialog.client_secret
    assert secret.value.displayText() != setup.client_secret
    click(secret.reveal)
    assert (secret.value.displayText(), secret.reveal.text()) == (setup.client_secret, words.HIDE)
    click(secret.reveal)
    assert secret.value.displayText() != setup.client_secret
    assert not dialog.uri.reveal.isVisible()
    assert words.SECRET_NOTE in said(dialog)


def test_steps_can_be_ticked_by_box_and_by_words(desk: Desk) -> None:
    dialog = set_up(desk)
    assert [step.box.accessibleName() for step in dialog.steps] == list(listening.SETUP.steps)
    first, second = dialog.steps[:2]
    click(first.box)
    click(second._words)
    assert (first.box.isChecked(), second.box.isChecked()) == (True, True)
    click(second._words)
    assert not second.box.isChecked()
    first.box.setFocus()
    QTest.keyClick(first.box, Qt.Key.Key_Space)
    assert not first.box.isChecked()


def test_waiting_turns_into_what_genesys_found(desk: Desk) -> None:
    desk.window.listener_wanted.emit(listening.CONNECTION, listening.LISTENER)
    dialog = set_up(desk)
    assert dialog.waiting.isVisible()
    desk.feed(*listening.scenario())
    assert not dialog.waiting.isVisible()
    line = dialog.tries["Last probe"]
    assert "✕  Fail" in said(line)
    line.detail.fold.click()
    settle()
    assert line.detail.lines.toPlainText() == listening.SIGNATURE_BASE
    desk.feed(listening.probe(Level.PASS))
    assert "✓  Pass" in said(line)
    assert not line.detail.isVisible()
    desk.feed(FindingMade(listening.NAME, Finding("AudioHook sign-on", Level.FAIL, "A connection was refused.")))
    assert "A connection was refused." in said(dialog)


def test_a_newer_set_up_replaces_the_one_shown_and_closing_forgets_it(desk: Desk) -> None:
    first = set_up(desk)
    second = set_up(desk)
    assert second is not first
    assert second.isVisible()
    click(second.enough)
    assert desk.window.connections.listener.dialog is None
    assert desk.window.findChildren(ListenerSetupDialog) == []
    desk.tick()


def test_the_set_up_is_shown_again_on_request_only_for_the_listener(linked: Desk) -> None:
    page, asked = linked.window.page.connections, list[str]()
    linked.window.listener_setup_asked.connect(asked.append)
    click(page.detail.setup)
    assert asked == [listening.NAME]
    page.choose("Southwind bots")
    assert not page.detail.setup.isVisible()


# -- its page ---------------------------------------------------------------------------------------------------------


def test_a_listener_has_figures_of_its_own(linked: Desk) -> None:
    detail = linked.window.page.connections.detail
    assert [figure.caption.text() for figure in detail.listening] == [
        words.CALLS_NOW, words.OPENED_P50, words.OPENED_P95, words.ROUND_TRIP_NOW,
    ]  # fmt: skip
    assert {"0", "11 ms", "17 ms", "51 ms"} <= said(detail)
    assert "●  listening for 1 h · on port 443" in said(detail)
    assert not any(figure.isVisible() for figure in detail.figures)
    assert "┈ Opened in" in said(detail.delays)
    linked.window.page.connections.choose("Southwind bots")
    assert not any(figure.isVisible() for figure in detail.listening)
    assert {"┈ Handling here"} <= said(detail.delays)


def test_a_finding_unfolds_to_lines_that_can_be_copied(linked: Desk) -> None:
    lines = linked.window.page.connections.detail.findings.widgets
    probe, other = lines["Last probe"], lines["Certificate"]
    assert isinstance(probe, FindingLine)
    assert isinstance(other, FindingLine)
    assert not other.detail.isVisible()
    block = probe.detail
    assert not block.lines.isVisible()
    click(block.fold)
    assert block.lines.isVisible()
    assert block.lines.verticalScrollBar().maximum() == 0
    assert block.lines.isReadOnly()
    click(block.copy)
    assert QGuiApplication.clipboard().text() == listening.SIGNATURE_BASE
    QGuiApplication.clipboard().clear()
    block.lines.selectAll()
    linked.tick()
    assert block.lines.textCursor().hasSelection()
    long = Finding("Last probe", Level.FAIL, "no", detail="\n".join(str(n) for n in range(40)))
    linked.feed(FindingMade(listening.NAME, long))
    assert block.copy.text() == words.COPY
    assert block.lines.verticalScrollBar().maximum() == 40 - MOST_LINES
    click(block.fold)
    assert not block.lines.isVisible()


# -- its capacity -----------------------------------------------------------------------------------------------------


def test_the_planner_says_what_so_many_calls_need(linked: Desk) -> None:
    page = linked.window.page.connections
    panel = page.capacity
    assert panel is not None
    click(page.tabs.button(2))
    assert panel.verdict.text() == "✓  100 calls at once can be taken in by this computer."
    assert panel.limit.text() == "The processor gives out first, at 312 calls."
    assert [bar.accessibleName() for bar in panel.bars][1] == "Processor: 2.8 cores of 8 cores, 35 %, gives out first"
    assert not panel.scale.isVisible()
    panel.calls.setValue(395)
    click(panel.more)
    assert panel.calls.value() == 400
    assert panel.verdict.text() == "✕  400 calls at once are more than this computer can take in."
    assert panel.verdict.objectName() == "bad"
    click(panel.fewer)
    assert panel.calls.value() == 390
    panel.calls.setValue(1)
    click(panel.fewer)
    assert panel.calls.value() == 1
    linked.window.activateWindow()
    panel.calls.setFocus()
    assert panel.number.property("focused") is True
    page.tabs.button(0).setFocus()
    assert panel.number.property("focused") is False


def test_an_unmeasured_computer_is_not_judged_and_can_be_measured(desks: Callable[..., Desk]) -> None:
    desk = desks(planner=Planner())
    desk.feed(*listening.scenario())
    desk.window.connections.toggle()
    page = desk.window.page.connections
    page.choose(listening.NAME)
    desk.tick()
    click(page.tabs.button(2))
    panel = page.capacity
    assert panel is not None
    asked: list[str] = []
    panel.measure_asked.connect(lambda: asked.append("measure"))
    panel.measure_cancelled.connect(lambda: asked.append("stop"))
    assert words.UNMEASURED in said(panel)
    assert not panel.calls.isVisible()
    assert not any(bar.isVisible() for bar in panel.bars)
    click(panel.measure)
    panel.show_planner(Planner(progress=0.4))
    assert (panel.progress.value(), panel.measure.isVisible()) == (40, False)
    assert words.MEASURING in said(panel)
    click(panel.stop)
    assert asked == ["measure", "stop"]
    panel.show_planner(Planner(problem="It is too busy."))
    assert {"It is too busy.", words.UNMEASURED} <= said(panel)
    panel.show_planner(listening.PLANNER)
    assert panel.measure.text() == words.MEASURE_AGAIN
    assert listening.PLANNER.rests_on in said(panel)
    assert panel.bars[0].isVisible()
    assert not panel.problem.isVisible()


def test_the_planner_is_a_listener_s_and_needs_a_plan(linked: Desk, desks: Callable[..., Desk]) -> None:
    page = linked.window.page.connections
    click(page.tabs.button(2))
    page.choose("Southwind bots")
    assert page.detail.isVisible()
    assert not page.tabs.button(2).isVisible()
    page.choose(listening.NAME)
    click(page.tabs.button(2))
    linked.window.show_settings(links.ORGANISATIONS, links.CONNECTIONS)
    assert page.tabs.button(2).isVisible()
    plain = desks()
    plain.feed(*listening.scenario())
    plain.window.connections.toggle()
    assert plain.window.page.connections.capacity is None
    assert not plain.window.page.connections.tabs.button(2).isVisible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (1280, 720)])
def test_nothing_of_a_listener_is_cut_off(desks: Callable[..., Desk], theme: str, size: tuple[int, int]) -> None:
    desk = desks(theme, planner=listening.PLANNER)
    desk.window.resize(*size)
    desk.feed(*links.scenario(), *listening.scenario())
    desk.window.show_settings(links.ORGANISATIONS, (*links.CONNECTIONS, listening.CONNECTION))
    desk.window.connections.toggle()
    desk.window.page.connections.choose(listening.NAME)
    setup = set_up(desk)
    for part in (desk.window.page.connections, setup):
        for tab in (0, 2):
            desk.window.page.connections.tabs.button(tab).click()
            desk.tick(0)
            for label in part.findChildren(QLabel):
                if label.isVisible() and type(label) is QLabel:
                    least = (
                        label.heightForWidth(label.width()) if label.wordWrap() else label.minimumSizeHint().height()
                    )
                    assert label.height() >= least, label.text()
                    assert label.wordWrap() or label.width() >= label.minimumSizeHint().width(), label.text()
            for button in part.findChildren(QPushButton):
                if button.isVisible():
                    assert button.width() >= button.minimumSizeHint().width(), button.text()
                    assert button.accessibleName() or button.text()
    assert (desk.window.width(), desk.window.height()) == size
    assert setup.width() <= 1280
    assert setup.height() <= 720


# -- on the floor -----------------------------------------------------------------------------------------------------


def test_a_pause_for_privacy_is_on_the_row_and_in_the_transcript(desk: Desk) -> None:
    desk.feed(floor.seen("a"), *floor.conversation("a", 60_000))
    desk.window.open_call("a")
    before = desk.window.calls.view.viewport().grab().toImage()
    desk.feed(PauseNoted("a", True, PauseReason.PRIVACY))
    row = desk.window.calls.model.rows["a"]
    assert (row.words, row.paused) == ("Paused for privacy", PauseReason.PRIVACY)
    private = desk.window.calls.view.viewport().grab().toImage()
    model = desk.window.detail.transcript.model
    last = model.index(model.rowCount() - 1)
    assert last.data(LINE_ROLE).notice
    assert last.data(Qt.ItemDataRole.AccessibleTextRole) == "Paused for privacy"
    desk.feed(PauseNoted("a", False, PauseReason.PRIVACY), PauseNoted("a", True, PauseReason.SAVING))
    saving = desk.window.calls.view.viewport().grab().toImage()
    assert before != private != saving != before
    assert last.data() == "Was paused for privacy"
    desk.feed(PauseNoted("a", False, PauseReason.SAVING))
    assert desk.window.calls.model.rows["a"].paused is None


def test_the_bell_does_not_count_what_was_snoozed_until_the_snooze_ends(desk: Desk) -> None:
    later = floor.alert(2, "a", snoozed_until_ms=desk.now + 300_000)
    desk.feed(floor.seen("a"), AlertChanged(floor.alert(1, "a")), AlertChanged(later))
    bell = desk.window.page.top.bell
    assert bell.accessibleName() == "1 open alert, 1 snoozed"
    assert desk.window.windowTitle().startswith("(1)")
    desk.tick(300_000)
    assert bell.accessibleName() == "2 open alerts"
    assert desk.window.windowTitle().startswith("(2)")
