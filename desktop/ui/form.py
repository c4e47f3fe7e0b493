"""A column of fields with problems below them: what the forms of the add-connection dialog share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from desktop.dashboard import connection_captions as words
from desktop.ui import fonts
from desktop.ui.fields import Field


class Form(QWidget):
    """`fields` by their keys, in the order in which they stand; `advanced` folds the last of them."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inside")
        self.fields: dict[str, Field] = {}
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(0, 0, 10, 0)
        self.box.setSpacing(6)
        self.open = False  # whether what is advanced is shown
        self.advanced = QPushButton(words.ADVANCED[0], self)
        self.advanced.setObjectName("fold")
        self.advanced.setCheckable(True)
        self.advanced.toggled.connect(self._toggled)

    def sort_out(self) -> None:
        """Show the fields that matter for what is chosen, and say that something changed."""
        self.changed.emit()

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Under their fields."""
        for key, field in self.fields.items():
            field.complain(problems.get(key, ""))

    def focus_first(self, problems: Mapping[str, str]) -> None:
        """The cursor goes to the first field that is wrong."""
        wrong = next((field for field in self.fields.values() if field.problem), None)
        if wrong is not None and problems:
            wrong.field.setFocus()

    def line(
        self, key: str, caption: str, hint: str = "", beside: QWidget | None = None, *, sorts: bool = False
    ) -> QLineEdit:
        """A line to type in; `sorts` if what is typed decides what else is shown."""
        line = QLineEdit(self)
        line.setPlaceholderText(hint)
        line.textEdited.connect(self.sort_out if sorts else self.changed)
        self._add(key, Field(caption, line, beside, self))
        return line

    def choice(self, key: str, caption: str, items: Sequence[tuple[str, object]]) -> QComboBox:
        """A list to choose from."""
        box = QComboBox(self)
        for said, value in items:
            box.addItem(said, value)
        box.setMinimumContentsLength(12)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.activated.connect(self.sort_out)
        self._add(key, Field(caption, box, None, self))
        return box

    def file(self, key: str, caption: str, hint: str = "") -> QLineEdit:
        """A file's path, typed or chosen."""
        browse = QPushButton(words.CHOOSE_FILE, self)
        browse.setAutoDefault(False)
        browse.setAccessibleName(f"{words.CHOOSE_FILE} {caption}")
        line = self.line(key, caption, hint, browse)
        browse.clicked.connect(lambda: self._browse(caption, line.setText))
        return line

    def note(self, text: str, ink: str = "muted") -> QLabel:
        """A sentence between the fields."""
        label = QLabel(text, self)
        label.setObjectName(ink)
        label.setFont(fonts.font(fonts.SMALL))
        label.setWordWrap(True)
        self.box.addWidget(label)
        return label

    def fold(self) -> None:
        """Everything after this is advanced."""
        self.box.addWidget(self.advanced, 0, Qt.AlignmentFlag.AlignLeft)

    def _add(self, key: str, field: Field) -> None:
        self.fields[key] = field
        self.box.addWidget(field)

    def _toggled(self) -> None:
        self.open = self.advanced.isChecked()
        self.advanced.setText(words.ADVANCED[int(self.open)])
        self.sort_out()

    def _browse(self, title: str, take: Callable[[str], None]) -> None:
        dialog = QFileDialog(self, title)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(take)
        dialog.fileSelected.connect(self.changed)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
