"""The Recognition page: the models on the left, what is in force and what to expect of it on the right."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from desktop.dashboard import connection_captions, model_rows
from desktop.dashboard import model_captions as words
from desktop.dashboard.model_rows import ModelRow
from desktop.domain.insight import Severity
from desktop.domain.speech_model import RecognitionStanding
from desktop.ui import fonts, glyphs
from desktop.ui.badges import SeverityMark
from desktop.ui.benchmark_box import BenchmarkBox
from desktop.ui.empty import EmptyState
from desktop.ui.look import Look
from desktop.ui.model_line import ModelLine
from desktop.ui.rows_box import RowsBox
from desktop.ui.service_form import ServiceForm

_HEAD_PX = 400


class RecognitionPage(QWidget):
    """Says what was pressed; shows what it is given. `service`: the form of the engine that is elsewhere."""

    back_asked = Signal()
    import_asked = Signal(str)
    install_asked = Signal(str)
    cancel_asked = Signal(str)
    use_asked = Signal(str)
    measure_asked = Signal(str)
    verify_asked = Signal(str)
    remove_asked = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._tip = ""  # why nothing can be chosen
        self.back, self.bring = QPushButton(connection_captions.BACK, self), QPushButton(words.IMPORT, self)
        self.back.setToolTip(connection_captions.BACK_TIP)
        self.back.clicked.connect(self.back_asked)
        self.bring.setToolTip(words.IMPORT_TIP)
        self.menu = QMenu(self.bring)
        for caption, mode in (
            (words.IMPORT_FOLDER, QFileDialog.FileMode.Directory),
            (words.IMPORT_ARCHIVE, QFileDialog.FileMode.ExistingFile),
        ):
            action = QAction(caption, self.menu)
            action.triggered.connect(lambda _=False, mode=mode: self._choose(mode))
            self.menu.addAction(action)
        self.bring.setMenu(self.menu)
        self.models: RowsBox[ModelRow] = RowsBox(self._line, lambda row: row.id, self)
        self.title, self.why, self.advice = QLabel(self), QLabel(self), QLabel(self)
        self.mark = SeverityMark(look, 18, self)
        self.benchmark, self.service, self.area = BenchmarkBox(self), ServiceForm(self), QScrollArea(self)
        self.dialog: QFileDialog | None = None
        panes = QHBoxLayout()
        panes.setSpacing(12)
        panes.addWidget(self._list(), 1)
        panes.addWidget(self._side())
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 0, 16, 0)
        box.setSpacing(8)
        box.addLayout(self._head())
        box.addLayout(panes, 1)
        look.changed.connect(self._dress)
        self._dress()

    def _head(self) -> QHBoxLayout:
        title = QLabel(words.RECOGNITION, self)
        title.setFont(fonts.font(fonts.LARGE, fonts.BOLD))
        head = self.head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.back)
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(self.bring)
        return head

    def _list(self) -> QFrame:
        card = QFrame(self)
        card.setObjectName("card")
        title = QLabel(words.MODELS, card)
        title.setFont(fonts.font(fonts.SMALL, fonts.BOLD))
        inside = QWidget(card)
        self._stack = QStackedLayout(inside)
        self._stack.addWidget(EmptyState(self._look, (words.LOADING, ""), wave=False, parent=inside))
        self._stack.addWidget(self.models)
        box = QVBoxLayout(card)
        box.setContentsMargins(16, 10, 8, 6)
        box.setSpacing(2)
        box.addWidget(title)
        box.addWidget(inside, 1)
        return card

    def _side(self) -> QFrame:
        card = QFrame(self)
        card.setObjectName("card")
        card.setFixedWidth(_HEAD_PX)
        caption = QLabel(words.IN_FORCE, card)
        caption.setFont(fonts.font(fonts.SMALL, fonts.BOLD))
        self.title.setFont(fonts.font(fonts.LARGE, fonts.BOLD))
        self.advice.setObjectName("muted")
        for label in (self.title, self.why, self.advice):
            label.setWordWrap(True)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.title, 1)
        area, inside = self.area, QWidget(card)
        inside.setObjectName("inside")
        box = QVBoxLayout(inside)
        box.setContentsMargins(0, 0, 8, 0)
        box.setSpacing(8)
        box.addWidget(caption)
        box.addLayout(line)
        for part in (self.why, self.advice, self.benchmark, self.service):
            box.addWidget(part)
        box.addStretch(1)
        area.setWidget(inside)
        self.service.look_here.connect(area.ensureWidgetVisible)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outer = QVBoxLayout(card)
        outer.setContentsMargins(16, 10, 8, 12)
        outer.addWidget(area)
        return card

    def show_standing(self, standing: RecognitionStanding) -> None:
        """Show this."""
        head = model_rows.in_force(standing)
        for label, text in ((self.title, head.title), (self.why, head.why), (self.advice, head.advice)):
            if label.text() != text:
                label.setText(text)
        self.mark.severity = head.severity
        self.mark.setVisible(head.severity is not Severity.INFO)
        self.mark.update()
        self.service.show_engine(standing.engine)
        self.models.show_rows(model_rows.rows(standing))
        self._stack.setCurrentIndex(1)

    def line(self, name: str) -> ModelLine:
        """The row of that model."""
        found = self.models.widgets[name]
        assert isinstance(found, ModelLine)
        return found

    def lock(self, tip: str) -> None:
        """Another engine or model can't be chosen here; `tip` says why. Models can still be looked after."""
        self._tip = tip
        self.service.setEnabled(False)
        self.service.setToolTip(tip)
        for widget in self.models.widgets.values():
            assert isinstance(widget, ModelLine)
            widget.lock(tip)

    def _line(self, inside: QWidget) -> ModelLine:
        line = ModelLine(inside)
        if self._tip:
            line.lock(self._tip)
        for name in ("install", "cancel", "use", "measure", "verify", "remove"):
            getattr(line, f"{name}_asked").connect(getattr(self, f"{name}_asked"))
        return line

    def _choose(self, mode: QFileDialog.FileMode) -> None:
        dialog = self.dialog = QFileDialog(self.window(), words.IMPORT_TIP)
        dialog.setFileMode(mode)
        if mode is QFileDialog.FileMode.Directory:
            dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        else:
            dialog.setNameFilter(words.ARCHIVES)
        dialog.fileSelected.connect(self.import_asked)
        dialog.finished.connect(self._chosen)
        dialog.open()

    def _chosen(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None

    def _dress(self) -> None:
        self.back.setIcon(glyphs.icon(glyphs.back, self._look.colours.text))
