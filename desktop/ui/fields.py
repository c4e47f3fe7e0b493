"""A form's fields: a caption, the field, and what is wrong with it right below."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from desktop.ui import fonts


class Field(QWidget):
    """One of them. The problem's words name the field, so that they make sense when read aloud."""

    def __init__(self, caption: str, field: QLineEdit | QComboBox, beside: QWidget | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.field = field
        self._name = caption
        self._caption, self._problem = QLabel(caption, self), QLabel(self)
        self._caption.setObjectName("muted")
        self._caption.setBuddy(field)
        self._problem.setObjectName("problem")
        self._problem.setWordWrap(True)
        for label in (self._caption, self._problem):
            label.setFont(fonts.font(fonts.SMALL))
        field.setAccessibleName(caption)
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(field, 1)
        if beside is not None:
            line.addWidget(beside)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 4)
        box.setSpacing(3)
        box.addWidget(self._caption)
        box.addLayout(line)
        box.addWidget(self._problem)
        self.complain("")

    @property
    def problem(self) -> str:
        """What is shown."""
        return self._problem.text()

    def rename(self, caption: str) -> None:
        """Another caption."""
        self._name = caption
        self._caption.setText(caption)
        self.field.setAccessibleName(caption)

    def complain(self, problem: str) -> None:
        """Show what is wrong; empty for nothing."""
        self._problem.setText(f"{self._name} {problem}" if problem else "")
        self._problem.setVisible(bool(problem))
        self.field.setAccessibleDescription(self._problem.text())
        if self.field.property("bad") != bool(problem):
            self.field.setProperty("bad", bool(problem))
            self.field.style().unpolish(self.field)
            self.field.style().polish(self.field)
