"""What this machine can watch, on the Recognition page: read, begun, asked about, cancelled."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.domain.updates import HearingMeasured
from desktop.ui import benchmark_box
from desktop.ui.benchmark_box import BenchmarkBox
from desktop.ui.recognition_desk import RecognitionDesk
from tests.ui import recognition
from tests.ui.conftest import Desk, settle


@pytest.fixture
def mine(desk: Desk) -> RecognitionDesk:
    """The page in front."""
    desk.window.page.recognition_desk.toggle()
    desk.window.page.recognition_desk.show_standing(recognition.empty())
    settle()
    return desk.window.page.recognition_desk


@pytest.fixture
def box(desk: Desk, mine: RecognitionDesk) -> BenchmarkBox:
    return desk.window.page.recognition.benchmark


def asked(mine: RecognitionDesk) -> list[str]:
    said: list[str] = []
    mine.benchmark_wanted.connect(lambda: said.append("measure"))
    mine.benchmark_cancelled.connect(lambda: said.append("cancel"))
    return said


def test_never_measured_then_measured_with_the_keyboard_alone(mine: RecognitionDesk, box: BenchmarkBox) -> None:
    said = asked(mine)
    assert "never measured" in box.text.text()
    assert not box.progress.isVisible()
    box.button.setFocus()
    QTest.keyClick(box.button, Qt.Key.Key_Space)
    assert said == ["measure"]
    mine.show_benchmark(recognition.STARTING)
    settle()
    assert box.progress.isVisible()
    assert box.progress.maximum() == 0  # nobody knows how long loading takes
    mine.show_benchmark(recognition.HEARING)
    settle()
    assert (box.progress.value(), box.progress.maximum()) == (400, 1000)
    assert box.left.text() == "About 7 s left"
    assert box.button.hasFocus()  # the same button: the focus stays
    assert box.button.accessibleName() == "Cancel: What this machine can watch"
    QTest.keyClick(box.button, Qt.Key.Key_Space)
    assert said == ["measure", "cancel"]
    mine.show_benchmark(recognition.MEASURED)
    settle()
    assert [number.text() for number, _ in box.figures] == ["14", "30", "92"]
    assert box.accessibleName().startswith("What this machine can watch: 14 calls in words, 30 calls")
    assert not box.left.isVisible()


def test_an_engine_without_keywords_has_two_figures_and_a_service_none(
    mine: RecognitionDesk, box: BenchmarkBox
) -> None:
    mine.show_benchmark(recognition.SHARED)
    settle()
    assert [what.isVisible() for _, what in box.figures] == [True, True, False]
    mine.show_benchmark(recognition.SERVED)
    settle()
    assert not any(what.isVisible() for _, what in box.figures)
    assert not box.button.isVisible()


@pytest.mark.parametrize(("answer", "wanted"), [("yes", ["measure"]), ("no", [])])
def test_while_calls_are_watched_it_asks_first(
    desk: Desk, mine: RecognitionDesk, box: BenchmarkBox, answer: str, wanted: list[str]
) -> None:
    said = asked(mine)
    desk.feed(HearingMeasured(3, 1, 1, 4, True))
    box.button.click()
    box.button.click()
    assert mine.question is not None
    assert "5 calls are being watched" in mine.question.accessibleDescription()
    getattr(mine.question, answer).click()
    settle()
    assert said == wanted
    assert mine.question is None
    desk.feed(HearingMeasured(0, 0, 0, 4, True))
    box.button.click()
    assert said == [*wanted, "measure"]


def test_what_begins_ends_or_fails_is_said_aloud_and_progress_is_not(
    mine: RecognitionDesk, box: BenchmarkBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(benchmark_box, "say", lambda widget, words, critical: said.append(words))
    for standing in (recognition.STARTING, recognition.HEARING, recognition.MEASURED, recognition.FAILED):
        mine.show_benchmark(standing)
        mine.show_benchmark(standing)
    settle()
    assert [words.split(" ")[0] for words in said] == ["Starting", "14", "✕"]
    assert box.problem.isVisible()
    assert "Close other programs" in box.problem.text()
