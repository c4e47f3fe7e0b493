"""Saves screenshots of what Sidetone says about itself: python -m tests.ui.shots_desk FOLDER. Not a test."""

from __future__ import annotations

import sys
from pathlib import Path

from desktop.app.computer_desk import ComputerDesk
from desktop.app.housekeeping import Housekeeping
from desktop.app.life import Life
from desktop.dashboard.state import FloorState, apply_all
from desktop.settings.managed import Managed
from desktop.settings.model import Settings
from desktop.ui.application import make_application
from desktop.ui.locks import lock
from desktop.ui.main_window import MainWindow
from desktop.upkeep.ending import Ending, How
from tests.ui import floor
from tests.ui.shots import settle

LOCKED = frozenset({"connections", "keywords", "theme"})
MANAGED = Managed(Path("/etc/sidetone/managed.toml"), {}, LOCKED)
STORY = ("ValueError", "  desktop/app/works.py:82 run", "  desktop/app/places.py:40 find_places")


def main(folder: Path) -> None:
    """Every bar in both themes and sizes, and the dialogs."""
    make_application(["sidetone"])
    folder.mkdir(parents=True, exist_ok=True)
    for theme in ("light", "dark"):
        for width, height in ((1440, 900), (1280, 720)):
            for name, before, safe in (
                ("ended", Ending(How.UNCLEAN, 1, "0.1.0", "2026-11-28T01:00:00+00:00", STORY), False),
                ("often", Ending(How.UNCLEAN, 2), False),
                ("safe", Ending(How.CLEAN), True),
            ):
                state = FloorState()
                window = MainWindow(state, print, theme=theme, default_keywords=floor.RULES)
                window.resize(width, height)
                window.show()
                keeping = Housekeeping(window, Settings(), Life(before=before), dict, print, safe=safe)
                window.take(apply_all(state, floor.scenario()))
                window.refresh_text(floor.NOW)
                window.refresh_curves(floor.NOW)
                settle()
                window.grab_png(folder / f"{name}-{theme}-{width}.png")
                if name == "ended" and width == 1440:
                    keeping.show_report()
                    settle()
                    assert keeping.dialog is not None
                    keeping.dialog.grab().save(str(folder / f"report-{theme}.png"))
                    keeping.dialog.reject()
                    lock(window, MANAGED)
                    asks = {"report": print, "again": print, "reset": print}
                    desk = ComputerDesk(window, MANAGED, "sidetone.log", safe=False, real=True, **asks)
                    desk.open()
                    settle()
                    assert desk.dialog is not None
                    desk.dialog.grab().save(str(folder / f"computer-{theme}.png"))
                    desk.dialog.reject()
                    window.page.offers.hide()
                    window.connections.toggle()
                    settle()
                    window.grab_png(folder / f"locked-{theme}.png")
                window.close()
                window.deleteLater()
                settle()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "shots"))
