"""The keyword list is edited on a copy, judged while typing, and sent only when saved."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.domain.insight import KeywordRule, Severity
from desktop.domain.intents import ReplaceKeywords
from desktop.domain.media import Party
from desktop.domain.updates import KeywordsReplaced
from desktop.ui.keyword_editor import KeywordEditor
from tests.ui import floor
from tests.ui.conftest import Desk, settle


def needs_phrases(rules: tuple[KeywordRule, ...]) -> str | None:
    """A stand-in for the real check."""
    return next((f"{rule.label} has no phrase." for rule in rules if not rule.phrases), None)


def editor() -> KeywordEditor:
    made = KeywordEditor(floor.RULES, floor.RULES[:1], needs_phrases)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    made.open()
    settle()
    return made


def test_a_rule_is_added_and_must_have_a_phrase() -> None:
    made, saved = editor(), []
    made.saved.connect(saved.append)
    QTest.mouseClick(made.add, Qt.MouseButton.LeftButton)
    assert made.problem.text() == "New keyword has no phrase."
    assert not made.save.isEnabled()
    QTest.keyClicks(made.label, "Outage")
    made.phrases.setPlainText("  the LINE is   dead\n\nno signal\n")
    made.severity.setCurrentIndex(2)
    made.severity.activated.emit(2)
    made.party.setCurrentIndex(2)
    made.party.activated.emit(2)
    assert made.problem.text() == ""
    assert made.list.item(4).text() == "Outage"
    QTest.mouseClick(made.save, Qt.MouseButton.LeftButton)
    phrases = ("the line is dead", "no signal")
    assert saved == [(*floor.RULES, KeywordRule("own-1", "Outage", phrases, Severity.CRITICAL, Party.AGENT))]
    assert not made.isVisible()


def test_what_cannot_be_listened_for_is_named_and_may_be_saved() -> None:
    def remark(rules: tuple[KeywordRule, ...]) -> str:
        return "“привет” can't be read aloud." if "привет" in rules[0].phrases else ""

    made = KeywordEditor(floor.RULES, (), needs_phrases, remark=remark)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    made.open()
    settle()
    assert not made.note.isVisible()
    made.phrases.setPlainText("привет")
    assert (made.note.text(), made.note.isVisible()) == ("“привет” can't be read aloud.", True)
    assert made.save.isEnabled()
    made.label.clear()
    made.phrases.setPlainText("")
    assert (made.problem.text() != "", made.note.text()) == (True, "")
    made.reject()


def test_own_rules_get_ids_that_are_free() -> None:
    made = editor()
    for _ in range(2):
        QTest.mouseClick(made.add, Qt.MouseButton.LeftButton)
    assert [rule.rule_id for rule in made.rules[-2:]] == ["own-1", "own-2"]
    made.reject()


def test_removing_everything_leaves_empty_closed_fields() -> None:
    made = editor()
    for _ in floor.RULES:
        QTest.mouseClick(made.remove, Qt.MouseButton.LeftButton)
    assert made.rules == []
    assert not made.label.isEnabled()
    assert (made.label.text(), made.phrases.toPlainText()) == ("", "")
    QTest.mouseClick(made.reset, Qt.MouseButton.LeftButton)
    assert made.rules == [floor.RULES[0]]
    assert made.label.text() == "Cancellation"
    made.reject()


def test_without_a_supplied_list_there_is_no_way_back_to_it() -> None:
    made = KeywordEditor(floor.RULES, (), needs_phrases)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    made.open()
    assert not made.reset.isVisible()
    made.reject()


def test_choosing_a_rule_shows_it_without_changing_it() -> None:
    made = editor()
    made.list.setCurrentRow(2)
    assert made.phrases.toPlainText() == "lawyer\ntake legal action"
    assert made.party.currentText() == "Anyone"
    assert tuple(made.rules) == floor.RULES
    made.reject()


def test_enter_in_a_field_does_not_save() -> None:
    made, saved = editor(), []
    made.saved.connect(saved.append)
    QTest.keyClick(made.label, Qt.Key.Key_Return)
    assert made.isVisible()
    assert saved == []
    QTest.keyClick(made.label, Qt.Key.Key_Escape)
    assert not made.isVisible()


def test_the_window_opens_one_editor_and_sends_what_was_saved(desk: Desk) -> None:
    desk.feed(KeywordsReplaced(floor.RULES))
    QTest.mouseClick(desk.window.page.top.keywords, Qt.MouseButton.LeftButton)
    first = desk.window.editor
    assert first is not None
    desk.window.edit_keywords()
    assert desk.window.editor is first
    assert tuple(first.rules) == floor.RULES
    QTest.mouseClick(first.remove, Qt.MouseButton.LeftButton)
    QTest.mouseClick(first.save, Qt.MouseButton.LeftButton)
    settle()
    assert desk.sent == [ReplaceKeywords(floor.RULES[1:])]
    assert desk.window.editor is None


def test_cancelling_sends_nothing(desk: Desk) -> None:
    desk.window.edit_keywords()
    assert desk.window.editor is not None
    QTest.mouseClick(desk.window.editor.cancel, Qt.MouseButton.LeftButton)
    settle()
    assert desk.sent == []
    assert desk.window.editor is None
