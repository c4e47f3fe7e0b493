"""The Recognition page: reached, read and pressed as a supervisor does; what it asks for is said by signals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton

from desktop.dashboard import model_captions as words
from desktop.domain.insight import Severity
from desktop.domain.speech import EngineNotice
from desktop.domain.speech_model import ModelStanding, ModelState
from desktop.domain.updates import EngineHealth
from tests.ui import recognition
from tests.ui.conftest import Desk, settle


@pytest.fixture
def page(desk: Desk) -> Desk:
    """A desk with the page in front."""
    desk.window.page.recognition_desk.toggle()
    settle()
    return desk


def buttons(desk: Desk, model: str) -> list[str]:
    """Captions of what can be pressed in a model's row."""
    line = desk.window.page.recognition.line(model)
    seen = [button for button in line.findChildren(QPushButton) if button.isVisible()]
    return [button.text() for button in sorted(seen, key=lambda button: button.x())]


def texts(desk: Desk, model: str) -> str:
    line = desk.window.page.recognition.line(model)
    return "\n".join(label.text() for label in line.findChildren(QLabel) if label.isVisible())


def test_the_button_and_the_key_go_there_and_back(desk: Desk) -> None:
    window, mine = desk.window, desk.window.page.recognition_desk
    looked: list[int] = []
    mine.looked_at.connect(lambda: looked.append(1))
    window.page.top.recognition.click()
    assert mine.shown
    window.page.recognition.back.click()
    assert not mine.shown
    QTest.keyClick(window, Qt.Key.Key_M)
    assert mine.shown
    QTest.keyClick(window, Qt.Key.Key_A)  # calls' keys do nothing here
    assert desk.sent == []
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not mine.shown
    assert looked == [1, 1]


def test_from_recognition_to_connections_and_to_a_call(page: Desk) -> None:
    QTest.keyClick(page.window, Qt.Key.Key_C)
    assert page.window.connections.shown
    QTest.keyClick(page.window, Qt.Key.Key_M)
    assert page.window.page.recognition_desk.shown
    assert not page.window.connections.shown
    page.window.page.toggle_alerts()
    assert page.window.page.front is page.window.page.floor


def test_until_something_is_known_it_says_so(page: Desk) -> None:
    assert page.window.page.recognition.models.widgets == {}
    assert not page.window.page.recognition.models.isVisible()
    page.window.page.recognition_desk.show_standing(recognition.empty())
    settle()
    assert page.window.page.recognition.models.isVisible()


def test_the_first_day(page: Desk) -> None:
    page.window.page.recognition_desk.show_standing(recognition.empty())
    settle()
    part = page.window.page.recognition
    assert part.title.text() == "Embedded engine"
    assert "many words wrong" in part.advice.text()
    assert buttons(page, "embedded") == [words.MEASURE]
    assert buttons(page, recognition.SMALL.id) == [words.INSTALL]
    assert "not installed" in texts(page, recognition.SMALL.id)
    assert not part.mark.isVisible()


def test_what_goes_on_is_shown_with_how_far_it_is(page: Desk) -> None:
    mine = page.window.page.recognition_desk
    mine.show_standing(recognition.busy())
    settle()
    line = page.window.page.recognition.line(recognition.ZIPFORMER.id)
    assert line.progress.isVisible()
    assert line.progress.value() == 348
    assert "103 MB of 296 MB" in line.progress.accessibleName()
    assert buttons(page, recognition.ZIPFORMER.id) == [words.CANCEL]
    assert buttons(page, recognition.KIOSK.id) == [words.CANCEL]
    assert not page.window.page.recognition.line(recognition.KIOSK.id).progress.isVisible()
    assert buttons(page, recognition.GERMAN.id) == [words.DISCARD, words.GO_ON]
    assert buttons(page, recognition.SMALL.id) == [words.REMOVE, words.VERIFY, words.MEASURE_AGAIN]
    assert buttons(page, "embedded") == [words.MEASURE_AGAIN, words.USE]
    assert "Check the cable" in texts(page, recognition.SPANISH.id)
    done = replace(recognition.busy().models[3], state=ModelState.INSTALLED, place="/x")
    mine.show_standing(replace(recognition.busy(), models=(done,)))
    settle()
    assert page.window.page.recognition.line(recognition.ZIPFORMER.id) is line  # kept, and its focus with it
    assert not line.progress.isVisible()
    assert list(page.window.page.recognition.models.widgets) == [recognition.ZIPFORMER.id]


def test_a_choice_that_can_not_be_used_is_loud_everywhere(page: Desk) -> None:
    top = page.window.page.top
    assert top.recognition.accessibleDescription() == words.RECOGNITION_TIP
    page.window.page.recognition_desk.show_standing(recognition.broken())
    settle()
    assert page.window.page.recognition.mark.isVisible()
    assert "without words" in page.window.page.recognition.why.text()
    assert top.recognition.accessibleDescription() == words.RECOGNITION_LOUD
    assert buttons(page, recognition.SMALL.id) == [words.REMOVE, words.INSTALL_AGAIN]
    assert buttons(page, recognition.ZIPFORMER.id) == [words.REMOVE, words.VERIFY]
    assert "pip install 'sidetone[sherpa]'" in texts(page, recognition.ZIPFORMER.id)
    page.window.page.recognition_desk.show_standing(recognition.empty())
    assert top.recognition.accessibleDescription() == words.RECOGNITION_TIP


@pytest.mark.parametrize(
    ("notice", "severity"),
    [(EngineNotice.NO_RUNTIME, Severity.WARNING), (EngineNotice.MODEL_DAMAGED, Severity.CRITICAL)],
)
def test_an_engine_that_makes_do_is_seen_on_the_page_the_bar_and_the_line(
    page: Desk, notice: EngineNotice, severity: Severity
) -> None:
    part, top, line = page.window.page.recognition, page.window.page.top, page.window.page.status.engine
    page.feed(EngineHealth(2, 2, 0, 0.0, notice=notice))
    assert not part.models.isVisible()  # still looking for models
    page.window.page.recognition_desk.show_standing(recognition.empty())
    settle()
    assert part.mark.isVisible()
    assert (part.mark.severity, part.why.text()) == (severity, notice.in_full)
    assert top.recognition.accessibleDescription() == words.RECOGNITION_LESS
    assert "PocketSphinx stands in" in line.text()
    assert line.toolTip() == line.accessibleDescription() == notice.in_full
    page.feed(EngineHealth(2, 2, 0, 0.0))  # another engine hears
    assert not part.mark.isVisible()
    assert top.recognition.accessibleDescription() == words.RECOGNITION_TIP
    assert (line.toolTip(), "PocketSphinx" in line.text()) == ("", False)
    page.feed(EngineHealth(2, 2, 0, 0.0, notice=notice))
    assert part.why.text() == notice.in_full


@pytest.mark.parametrize(
    ("model", "caption", "signal"),
    [
        (recognition.GERMAN.id, words.GO_ON, "install_asked"),
        (recognition.ZIPFORMER.id, words.CANCEL, "cancel_asked"),
        ("embedded", words.USE, "use_asked"),
        ("embedded", words.MEASURE_AGAIN, "measure_asked"),
        (recognition.SMALL.id, words.VERIFY, "verify_asked"),
    ],
)
def test_each_button_says_what_is_asked_for(page: Desk, model: str, caption: str, signal: str) -> None:
    mine = page.window.page.recognition_desk
    mine.show_standing(recognition.busy())
    settle()
    asked: list[str] = []
    getattr(mine, signal).connect(asked.append)
    line = page.window.page.recognition.line(model)
    (button,) = [each for each in line.findChildren(QPushButton) if each.text() == caption]
    button.click()
    assert asked == [model]
    assert button.accessibleName().startswith(f"{caption}: ")


@pytest.mark.parametrize(("answer", "wanted"), [("yes", [recognition.SMALL.id]), ("no", [])])
def test_a_removal_is_asked_about_once(page: Desk, answer: str, wanted: list[str]) -> None:
    mine = page.window.page.recognition_desk
    mine.show_standing(recognition.busy())
    asked: list[str] = []
    mine.remove_wanted.connect(asked.append)
    line = page.window.page.recognition.line(recognition.SMALL.id)
    line.remove.click()
    line.remove.click()
    assert mine.question is not None
    assert "until you choose another one" in mine.question.accessibleDescription()
    getattr(mine.question, answer).click()
    settle()
    assert asked == wanted
    assert mine.question is None


def test_a_part_of_a_download_is_discarded_without_a_question(page: Desk) -> None:
    mine = page.window.page.recognition_desk
    mine.show_standing(recognition.busy())
    asked: list[str] = []
    mine.remove_wanted.connect(asked.append)
    page.window.page.recognition.line(recognition.GERMAN.id).remove.click()
    page.window.page.recognition.remove_asked.emit("nobody")
    assert asked == [recognition.GERMAN.id]
    assert mine.question is None


@pytest.mark.parametrize(
    ("entry", "mode"), [(0, QFileDialog.FileMode.Directory), (1, QFileDialog.FileMode.ExistingFile)]
)
def test_an_import_asks_for_a_folder_or_an_archive(
    page: Desk, tmp_path: Path, entry: int, mode: QFileDialog.FileMode
) -> None:
    part = page.window.page.recognition
    asked: list[str] = []
    page.window.page.recognition_desk.import_asked.connect(asked.append)
    part.menu.actions()[entry].trigger()
    assert part.dialog is not None
    assert part.dialog.fileMode() is mode
    part.dialog.fileSelected.emit(str(tmp_path))
    part.dialog.reject()
    settle()
    assert asked == [str(tmp_path)]
    assert part.dialog is None


def test_both_looks_fit_into_both_sizes(desks: Callable[..., Desk]) -> None:
    for theme in ("light", "dark"):
        desk = desks(theme)
        desk.window.resize(1280, 720)
        desk.window.page.recognition_desk.toggle()
        desk.window.page.recognition_desk.show_standing(recognition.busy())
        settle()
        inside = desk.window.page.recognition.models
        content = inside.widget()
        assert content is not None
        assert content.width() <= inside.viewport().width()
        desk.window.toggle_theme()
        settle()


def test_a_model_that_nobody_named_is_called_by_its_folder(page: Desk) -> None:
    bare = ModelStanding(recognition.KIOSK, ModelState.INSTALLED, managed=True, place="/usr/share/sidetone/models/k")
    page.window.page.recognition_desk.show_standing(replace(recognition.empty(), models=(bare,)))
    settle()
    assert "kiosk-model" in texts(page, "kiosk-model")
    assert buttons(page, "kiosk-model") == [words.MEASURE, words.USE]
