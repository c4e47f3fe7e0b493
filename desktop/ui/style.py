"""The style sheet: cards, buttons, fields, scroll bars, splitters. Lists and curves paint themselves."""

from __future__ import annotations

from string import Template

from desktop.bundled import resources_folder
from desktop.ui.palette import Colours

_SHEET = Template("""
QToolTip { background: $raised; color: $text; border: 1px solid $border; padding: 6px; }
QWidget#page { background: $window; }
QFrame#card { background: $card; border: 1px solid $border; border-radius: 10px; }
QFrame#banner[severity="critical"] { background: $critical_back; border: 1px solid $critical_mark; border-radius: 8px; }
QFrame#banner[severity="warning"] { background: $warning_back; border: 1px solid $warning_mark; border-radius: 8px; }
QFrame#banner[severity="info"] { background: $chip; border: 1px solid $border; border-radius: 8px; }
QFrame#banner[severity="critical"] QLabel { color: $critical_text; }
QFrame#banner[severity="warning"] QLabel { color: $warning_text; }
QFrame#banner[severity="info"] QLabel { color: $text; }
QFrame#line { background: transparent; border: none; border-bottom: 1px solid $border; }
QFrame#choice { background: $raised; border: 1px solid $border; border-radius: 8px; }
QFrame#choice[chosen="true"] { background: $selected; border: 1px solid $accent; }
QScrollArea, QWidget#inside { background: transparent; border: none; }
QRadioButton { color: $text; spacing: 8px; background: transparent; }
QRadioButton:disabled { color: $neutral_mark; }
QRadioButton::indicator { width: 14px; height: 14px; border-radius: 8px; border: 1px solid $strong_border;
  background: $card; }
QRadioButton::indicator:checked { width: 6px; height: 6px; border: 5px solid $accent; background: $on_accent; }
QRadioButton::indicator:disabled { border-color: $border; }
QRadioButton:focus { text-decoration: underline; }
QFrame#rule { background: $border; border: none; max-height: 1px; min-height: 1px; }
QLabel { background: transparent; color: $text; }
QLabel#muted { color: $muted; }
QLabel#key { background: $chip; border: 1px solid $border; border-radius: 5px; padding: 2px 8px; }
QLabel#problem, QLabel#bad { color: $critical_text; }
QLabel#warn { color: $warning_text; }
QPushButton, QToolButton {
  background: $card; color: $text; border: 1px solid $border; border-radius: 7px; padding: 5px 12px; min-height: 18px;
}
QPushButton:hover, QToolButton:hover { background: $hover; border-color: $strong_border; }
QPushButton:pressed, QToolButton:pressed { background: $selected; }
QPushButton:focus, QToolButton:focus { border: 2px solid $accent; padding: 4px 11px; }
QPushButton:checked, QToolButton:checked { background: $selected; border-color: $strong_border; }
QPushButton:disabled, QToolButton:disabled { color: $neutral_mark; background: $raised; }
QPushButton#primary { background: $accent; color: $on_accent; border: 1px solid $accent; }
QPushButton#primary:hover { border-color: $text; }
QPushButton#primary:focus { border: 2px solid $text; padding: 4px 11px; }
QPushButton#primary:disabled { background: $raised; color: $neutral_mark; border-color: $border; }
QPushButton#hint { background: $accent; color: $on_accent; border: none; border-radius: 13px; padding: 4px 14px; }
QPushButton#hint:focus { border: 2px solid $text; padding: 2px 12px; }
QPushButton#segment { border-radius: 5px; padding: 1px 8px; min-height: 16px; color: $muted; background: transparent;
  border: 1px solid transparent; }
QPushButton#segment:hover { background: $hover; }
QPushButton#fold { background: transparent; color: $muted; border: 1px solid transparent; padding: 2px 8px 2px 0; }
QPushButton#fold:hover { color: $text; }
QPushButton#fold:focus { border: 1px solid $accent; }
QPushButton#segment:checked { color: $text; background: $chip; }
QPushButton#segment:focus { border: 1px solid $accent; padding: 1px 8px; }
QPushButton#quiet { background: transparent; border: 1px solid transparent; padding: 5px 10px; }
QPushButton#quiet:hover { background: $hover; border-color: $border; }
QPushButton#quiet:focus { border: 2px solid $accent; padding: 4px 9px; }
QLineEdit[bad="true"], QComboBox[bad="true"] { border: 1px solid $critical_mark; }
QToolButton#icon { border: 1px solid transparent; background: transparent; padding: 6px; }
QToolButton#icon:hover { background: $hover; border-color: $border; }
QToolButton#icon:focus { border: 2px solid $accent; padding: 5px; }
QToolButton::menu-indicator { image: none; width: 0; }
QLineEdit, QPlainTextEdit, QComboBox {
  background: $raised; color: $text; border: 1px solid $border; border-radius: 7px; padding: 5px 9px; min-height: 18px;
  selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit QToolButton, QLineEdit QToolButton:hover, QLineEdit QToolButton:pressed {
  background: transparent; border: none; padding: 0; min-height: 0;
}
QLineEdit:hover, QPlainTextEdit:hover, QComboBox:hover { border-color: $strong_border; }
QLineEdit:focus, QPlainTextEdit:focus, QComboBox:focus { border: 2px solid $accent; padding: 4px 8px; }
QPlainTextEdit#code { padding: 4px 6px; }
QPlainTextEdit#code:focus { padding: 3px 5px; }
QFrame#number { background: $raised; border: 1px solid $border; border-radius: 7px; }
QFrame#number:hover { border-color: $strong_border; }
QFrame#number[focused="true"] { border: 2px solid $accent; }
QSpinBox, QSpinBox QLineEdit { background: transparent; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: url($chevron); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: $card; color: $text; border: 1px solid $border; outline: none;
  selection-background-color: $selected; selection-color: $text; }
QListView, QListWidget { background: transparent; border: none; outline: none; color: $text; }
QListWidget#rules { background: $raised; border: 1px solid $border; border-radius: 8px; padding: 4px; }
QListWidget#rules:focus { border: 2px solid $accent; padding: 3px; }
QListWidget#rules::item { padding: 7px 8px; border-radius: 6px; color: $text; }
QListWidget#rules::item:hover { background: $hover; }
QListWidget#rules::item:selected { background: $selected; color: $text; }
QMenu { background: $card; color: $text; border: 1px solid $border; padding: 6px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 5px; }
QMenu::item:selected { background: $selected; }
QSplitter::handle { background: transparent; }
QSplitter::handle:hover { background: $border; border-radius: 3px; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 2px; }
QScrollBar::handle:vertical { background: $zero; border-radius: 3px; min-height: 32px; }
QScrollBar::handle:vertical:hover { background: $neutral_mark; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 2px; }
QScrollBar::handle:horizontal { background: $zero; border-radius: 3px; min-width: 32px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QProgressBar { background: $chip; border: none; border-radius: 4px; }
QProgressBar::chunk { background: $accent; border-radius: 4px; }
QDialog { background: $card; }
""")


def sheet(colours: Colours) -> str:
    """The style sheet of a theme."""
    names = {name: str(getattr(colours, name)) for name in colours.__slots__}
    chevron = resources_folder() / "icons" / f"chevron-{'dark' if colours.dark else 'light'}.svg"
    return _SHEET.substitute(names, chevron=chevron.as_posix())
