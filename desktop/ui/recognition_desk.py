"""Everything about recognition that the window does: its page, the question before a removal, who is asked for what."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.dashboard import benchmark_sentences, model_rows
from desktop.dashboard import model_captions as words
from desktop.dashboard.state import FloorState
from desktop.domain.speech_model import EngineKind, RecognitionStanding
from desktop.ui.confirm import Confirm

if TYPE_CHECKING:
    from desktop.ui.page import Page


class RecognitionDesk(QObject):
    """The composition root does what the signals ask for, and shows what came of it with `show_standing`."""

    looked_at = Signal()
    install_asked = Signal(str)
    cancel_asked = Signal(str)
    import_asked = Signal(str)
    use_asked = Signal(str)
    measure_asked = Signal(str)
    verify_asked = Signal(str)
    remove_wanted = Signal(str)
    service_test_asked = Signal(object, str)  # ServiceAddress; "": the kept key
    service_use_asked = Signal(object, str)
    service_cancelled = Signal()
    benchmark_wanted = Signal()
    benchmark_cancelled = Signal()

    def __init__(self, page: Page, state: FloorState) -> None:
        super().__init__(page)
        self._page, self._state = page, state
        self.standing = RecognitionStanding(EngineKind.EMBEDDED, "")
        self.question: Confirm | None = None
        part = page.recognition
        part.back_asked.connect(self.back)
        part.remove_asked.connect(self._remove)
        for name in ("install", "cancel", "import", "use", "measure", "verify"):
            getattr(part, f"{name}_asked").connect(getattr(self, f"{name}_asked"))
        part.service.test_asked.connect(self.service_test_asked)
        part.service.use_asked.connect(self.service_use_asked)
        part.service.cancelled.connect(self.service_cancelled)
        part.benchmark.measure_asked.connect(self._measure)
        part.benchmark.cancelled.connect(self.benchmark_cancelled)
        self.show_benchmark = part.benchmark.show_standing
        self.show_service = part.service.show_standing
        page.top.recognition_asked.connect(self.toggle)

    @property
    def shown(self) -> bool:
        """Whether the Recognition page is in front."""
        return self._page.front is self._page.recognition

    def show_standing(self, standing: RecognitionStanding) -> None:
        """How models stand now; what runs has told the floor itself how it hears."""
        health = self._state.health
        self.standing = standing = replace(standing, notice=None if health is None else health.notice)
        self._page.recognition.show_standing(standing)
        self._page.top.warn_of_recognition(*model_rows.warning(standing))

    def refresh(self) -> None:
        """What runs may hear otherwise than before."""
        health = self._state.health
        if self.standing.models and health is not None and health.notice is not self.standing.notice:
            self.show_standing(self.standing)

    def toggle(self) -> None:
        """M: there and back."""
        if self.shown:
            self.back()
        else:
            self._page.bring(self._page.recognition)
            self._page.recognition.back.setFocus()
            self.looked_at.emit()

    def back(self) -> None:
        """To the floor."""
        self._page.bring(self._page.floor)
        self._page.calls.take_focus()

    def _remove(self, name: str) -> None:
        each = next((each for each in self.standing.models if each.model.id == name), None)
        if each is None or self.question is not None:
            return
        if not each.place:  # a part of a download
            self.remove_wanted.emit(name)
            return
        text = (words.REMOVE_IN_FORCE if each.in_force else words.REMOVE_TEXT).format(each.model.name or name)
        question = Confirm(words.REMOVE_TITLE, text, words.REMOVE_YES, words.REMOVE_NO, self._page.window())
        question.accepted.connect(lambda: self.remove_wanted.emit(name))
        self._ask(question)

    def _measure(self) -> None:
        """It takes time from calls that are heard just now, so then it is asked about first."""
        hearing = self._state.hearing
        calls = 0 if hearing is None else hearing.words + hearing.phrases + hearing.presence
        if self.question is not None:
            return
        if not calls:
            self.benchmark_wanted.emit()
            return
        said = benchmark_sentences
        question = Confirm(said.QUESTION, said.question(calls), said.YES, said.NO, self._page.window())
        question.accepted.connect(self.benchmark_wanted)
        self._ask(question)

    def _ask(self, question: Confirm) -> None:
        question.finished.connect(self._answered)
        self.question = question
        question.open()

    def _answered(self) -> None:
        self.question = None
