"""Contrast, computed as WCAG 2.2 says, for every pair that is drawn; the palette leaves nothing to the desktop."""

from __future__ import annotations

import ast
import colorsys
from dataclasses import fields

import pytest
from PySide6.QtGui import QColor, QFontDatabase, QFontInfo, QPalette, QRawFont
from PySide6.QtWidgets import QApplication

from desktop.bundled import resources_folder
from desktop.domain.insight import Severity
from desktop.domain.media import Party
from desktop.ui import fonts
from desktop.ui.application import apply_theme, is_dark, make_application
from desktop.ui.look import Look
from desktop.ui.palette import DARK, LIGHT, Colours, qpalette

BOTH = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb" (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """1..21 (WCAG 2.2)."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_formula_knows_its_ends() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@BOTH
def test_words_are_readable_on_everything_they_stand_on(colours: Colours) -> None:
    backs = ("window", "card", "raised", "hover", "selected", "chip")
    for ink in ("text", "muted", "negative_text", "positive_text"):
        for back in backs:
            assert contrast(getattr(colours, ink), getattr(colours, back)) >= 4.5, (ink, back)
    for party in Party:
        for back in ("card", "hover", "selected"):
            assert contrast(colours.party(party), getattr(colours, back)) >= 4.5, (party, back)
    for severity in Severity:
        text, _, back = colours.severity(severity)
        assert contrast(text, back) >= 4.5, severity
        assert contrast(colours.text, back) >= 4.5, severity
    assert contrast(colours.on_accent, colours.accent) >= 4.5
    assert contrast(colours.on_critical, colours.critical_mark) >= 4.5


@BOTH
def test_marks_stand_out(colours: Colours) -> None:
    marks = ("negative_mark", "neutral_mark", "positive_mark", "warning_mark", "critical_mark", "accent")
    for mark in (*marks, "strong_border"):
        for back in ("card", "selected") if mark not in ("strong_border", "negative_mark") else ("card",):
            assert contrast(getattr(colours, mark), getattr(colours, back)) >= 2.9, (mark, back)
    for severity in (Severity.WARNING, Severity.CRITICAL):
        _, mark, back = colours.severity(severity)
        assert contrast(mark, back) >= 3, severity


@BOTH
def test_sentiment_is_orange_grey_blue_never_red_or_green(colours: Colours) -> None:
    def hue(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        return colorsys.rgb_to_hls(*parts)[0] * 360

    assert all(15 <= hue(c) <= 40 for c in (colours.negative_text, colours.negative_mark))
    assert all(200 <= hue(c) <= 230 for c in (colours.positive_text, colours.positive_mark))
    assert colours.mood(None) == colours.mood(0.1) == colours.mood(-0.1) == colours.muted
    assert colours.mood(-0.6) == colours.negative_text
    assert colours.mood(0.6) == colours.positive_text


@BOTH
def test_every_colour_is_a_colour(colours: Colours) -> None:
    for each in fields(colours):
        value = getattr(colours, each.name)
        assert isinstance(value, bool) or QColor(value).isValid(), each.name


@BOTH
def test_the_palette_names_every_role(colours: Colours) -> None:
    ours = {getattr(colours, each.name) for each in fields(colours) if each.name != "dark"}
    palette = qpalette(colours)
    for role in QPalette.ColorRole:
        if role not in (QPalette.ColorRole.NColorRoles, QPalette.ColorRole.NoRole):
            assert palette.color(role).name() in ours, role


def test_themes(qapp: QApplication) -> None:
    apply_theme(qapp, "dark")
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == DARK.window
    assert DARK.critical_back in qapp.styleSheet()
    apply_theme(qapp, "light")
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == LIGHT.window
    assert is_dark(qapp, "system") is False
    with pytest.raises(ValueError, match="light, dark, system"):
        apply_theme(qapp, "pink")


def test_the_look_tells_only_of_changes() -> None:
    look, told = Look(), []
    look.changed.connect(lambda: told.append(look.colours))
    look.use(dark=False)
    look.use(dark=True)
    assert told == [DARK]


def test_the_application_is_made_once_and_has_its_typeface_and_sign(qapp: QApplication) -> None:
    assert make_application([]) is qapp
    assert not qapp.quitOnLastWindowClosed()
    assert QFontInfo(qapp.font()).family() == fonts.FAMILY
    assert {fonts.FAMILY, fonts.SIGNS} <= set(QFontDatabase.families())
    assert not qapp.windowIcon().isNull()


def test_figures_are_tabular() -> None:
    from PySide6.QtGui import QFontMetricsF

    metrics = QFontMetricsF(fonts.font(fonts.BODY))
    assert metrics.horizontalAdvance("1111") == metrics.horizontalAdvance("8888")


def test_every_sign_on_the_screen_is_in_a_bundled_face(qapp: QApplication) -> None:
    folder = resources_folder() / "fonts"
    faces = [QRawFont(str(folder / name), 12) for name in ("Inter-Regular.otf", "SidetoneSigns.ttf")]
    missing = {}
    for room in ("ui", "dashboard"):
        for path in (resources_folder().parent / "desktop" / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
                for sign in text:
                    if sign.isprintable() and not any(face.supportsCharacter(ord(sign)) for face in faces):
                        missing[sign] = path.name
    assert not missing


def test_bundled_files_are_small_and_carry_their_licence() -> None:
    folder = resources_folder() / "fonts"
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_500_000
    assert "SIL OPEN FONT LICENSE" in (folder / "LICENSE-Inter.txt").read_text()
