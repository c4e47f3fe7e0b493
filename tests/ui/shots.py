"""Saves screenshots of the scenario to look at: python -m tests.ui.shots FOLDER. Not a test."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from desktop.dashboard.state import FloorState, apply_all
from desktop.domain.events import LinkState
from desktop.ui.application import make_application
from desktop.ui.main_window import MainWindow
from tests.ui import floor


def settle() -> None:
    """Let everything be laid out and painted."""
    for _ in range(6):
        QApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def main(folder: Path) -> None:
    """Every size in both themes, and the special states."""
    make_application(["sidetone"])
    folder.mkdir(parents=True, exist_ok=True)
    for theme in ("light", "dark"):
        for width, height in ((1440, 900), (1280, 720)):
            state = FloorState()
            window = MainWindow(state, print, theme=theme, default_keywords=floor.RULES)
            window.resize(width, height)
            window.show()
            settle()
            for index in range(12):  # a minute of floor, for the bars
                window.refresh_text(floor.NOW - 60_000 + index * 5_000)
            if theme == "light":
                settle()
                window.grab_png(folder / f"starting-{width}.png")
            if theme == "light":
                window.take(apply_all(state, [floor.link()]))
                window.refresh_text(floor.NOW)
                settle()
                window.grab_png(folder / f"quiet-{width}.png")
            window.take(apply_all(state, floor.scenario()))
            window._volume.live.extend(max(1, 9 + (i * 7 % 5) - (i * 3 % 4)) for i in range(30))
            window._volume.hits.extend((i * 5 % 7) // 3 for i in range(30))
            window.refresh_text(floor.NOW)
            settle()
            window.refresh_curves(floor.NOW)
            settle()
            window.grab_png(folder / f"auto-open-{theme}-{width}.png")
            window.open_call("call-01")
            window.refresh_text(floor.NOW)
            window.refresh_curves(floor.NOW)
            settle()
            window.detail.transcript.follow()
            settle()
            window.grab_png(folder / f"floor-{theme}-{width}.png")
            if width == 1280:
                window.open_call("call-02")
                window.detail.curve.point_at(3_300_000)
                settle()
                window.grab_png(folder / f"long-{theme}.png")
            window.take(apply_all(state, floor.shed()))
            window.open_call("call-07")
            window.refresh_text(floor.NOW)
            window.refresh_curves(floor.NOW)
            settle()
            window.grab_png(folder / f"shed-{theme}-{width}.png")
            window.take(apply_all(state, floor.heard_again()))
            for view in list(state.calls.values())[:7]:
                view.connected = False
            window.take(apply_all(state, [floor.link(LinkState.RETRYING, retry_in_s=4.0)]))
            window.calls.filter.setText("i")
            for view in state.calls.values():
                window._waiting.calls.add(view.call)
            window.refresh_text(floor.NOW)
            window.refresh_curves(floor.NOW)
            settle()
            window.grab_png(folder / f"unheard-{theme}-{width}.png")
            window.calls.filter.clear()
            window.edit_keywords()
            settle()
            assert window.editor is not None
            window.editor.grab().save(str(folder / f"editor-{theme}.png"))
            window.editor.reject()
            window.keys.toggle()
            settle()
            window.grab_png(folder / f"keys-{theme}-{width}.png")
            window.close()
            window.deleteLater()
            settle()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "shots"))
