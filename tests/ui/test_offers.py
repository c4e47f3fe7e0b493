"""What Sidetone says about itself: one bar, gravest first, and a report to read and save."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication

from desktop.domain.insight import Severity
from desktop.ui.offers import Offer
from desktop.ui.report_dialog import ReportDialog
from tests.ui.conftest import Desk, settle


def test_the_gravest_is_shown_and_the_others_wait(desk: Desk) -> None:
    pressed: list[str] = []
    offers = desk.window.page.offers
    assert not offers.isVisible()
    offers.add(Offer("news", "There is a new version.", acts=(("Read", lambda: pressed.append("news")),)))
    offers.add(Offer("ended", "It ended.", Severity.WARNING, (("Show", lambda: pressed.append("ended")),)))
    settle()
    assert offers.bar.label.text() == "It ended."
    assert [button.text() for button in offers.buttons] == ["Show"]
    offers.buttons[0].click()
    offers.dismiss.click()
    settle()
    assert offers.bar.label.text() == "There is a new version."
    offers.buttons[0].click()
    assert pressed == ["ended", "news"]
    offers.withdraw("news")
    offers.withdraw("news")
    settle()
    assert not offers.isVisible()


def test_what_stays_cannot_be_dismissed(desk: Desk) -> None:
    offers = desk.window.page.offers
    offers.add(Offer("safe", "Safe mode.", Severity.WARNING, stays=True))
    settle()
    assert offers.isVisible()
    assert not offers.dismiss.isVisible()
    offers.add(Offer("safe", "Still safe mode.", Severity.WARNING, stays=True))
    settle()
    assert offers.bar.label.text() == "Still safe mode."


def test_a_report_is_read_copied_and_saved(desk: Desk, tmp_path: Path) -> None:
    where, saved = tmp_path / "report.txt", []
    dialog = ReportDialog("all of it\n", desk.window, ask=lambda parent, name: str(where))
    dialog.saved.connect(saved.append)
    dialog.open()
    settle()
    assert dialog.text.isReadOnly()
    dialog.copy.click()
    assert QApplication.clipboard().text() == "all of it\n"
    dialog.save.click()
    settle()
    assert (where.read_text("utf-8"), saved) == ("all of it\n", [True])


def test_a_report_that_cannot_be_saved_says_so_and_stays(desk: Desk, tmp_path: Path) -> None:
    answers, saved = ["", str(tmp_path / "no" / "where.txt")], []
    dialog = ReportDialog("x", desk.window, ask=lambda parent, name: answers.pop(0))
    dialog.saved.connect(saved.append)
    dialog.open()
    dialog.save.click()
    assert saved == []
    dialog.save.click()
    assert saved == [False]
    assert dialog.isVisible()
    dialog.reject()
    settle()
