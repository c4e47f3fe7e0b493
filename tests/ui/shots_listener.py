"""Saves screenshots of being dialled by Genesys to look at: python -m tests.ui.shots_listener FOLDER. Not a test."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from desktop.dashboard.capacity import Planner, Room
from desktop.dashboard.state import FloorState, apply_all
from desktop.domain.events import PauseReason
from desktop.domain.finding import Level
from desktop.domain.listener import TranscriptsBack
from desktop.domain.media import Party
from desktop.domain.updates import CallUpdated, PauseNoted
from desktop.settings.model import SourceKind
from desktop.ui.application import make_application
from desktop.ui.main_window import MainWindow
from tests.ui import floor, links, listening
from tests.ui.shots import settle


def main(folder: Path) -> None:
    """The dialog, the set-up, the page, the planner and pauses, in both themes and two sizes."""
    make_application(["sidetone"])
    folder.mkdir(parents=True, exist_ok=True)
    for theme in ("light", "dark"):
        for width, height in ((1440, 900), (1280, 720)):
            state = FloorState()
            measured = listening.PLANNER if width == 1440 else replace(listening.PLANNER, room=Room())
            window = MainWindow(state, print, theme=theme, default_keywords=floor.RULES, planner=Planner())
            window.resize(width, height)
            window.show()
            desk, page = window.connections, window.page.connections

            def refresh(window: MainWindow = window) -> None:
                window.refresh_text(floor.NOW)
                window.refresh_curves(floor.NOW)
                settle()

            def save(name: str, window: MainWindow = window, tail: str = f"{theme}-{width}") -> None:
                settle()
                window.grab_png(folder / f"{name}-{tail}.png")

            desk.show_settings(links.ORGANISATIONS, links.CONNECTIONS)
            desk.add(SourceKind.AUDIOHOOK)
            assert desk.dialog is not None
            settle()
            desk.dialog.grab().save(str(folder / f"add-{theme}.png"))
            form = desk.dialog.listener
            form.port.setText("8443")
            form.transcripts_back.setCurrentIndex(1)
            form.advanced.setChecked(True)
            desk.dialog.save.click()
            settle()
            desk.dialog.grab().save(str(folder / f"add-wrong-{theme}.png"))
            desk.dialog._area.verticalScrollBar().setValue(10_000)
            settle()
            desk.dialog.grab().save(str(folder / f"add-wrong-end-{theme}.png"))
            form.tls.setCurrentIndex(1)
            form.sort_out()
            desk.dialog._area.verticalScrollBar().setValue(0)
            settle()
            desk.dialog.grab().save(str(folder / f"add-proxy-{theme}.png"))
            desk.dialog.reject()

            ours = [
                replace(update, link=listening.NAME) if isinstance(update, CallUpdated) else update
                for update in floor.scenario()
            ]
            window.take(apply_all(state, [*ours, *links.scenario()]))
            for name in ("eu-central-1", "us-east-1"):
                state.links.pop(name)
                state.link_views.pop(name)
            desk.show_settings(links.ORGANISATIONS, (*links.CONNECTIONS, listening.CONNECTION), listening.LISTENER)
            window.show_listener_setup(replace(listening.SETUP, transcripts_back=TranscriptsBack.FINALS))
            refresh()
            assert desk.listener.dialog is not None
            desk.listener.dialog.grab().save(str(folder / f"setup-{theme}.png"))
            window.take(apply_all(state, listening.scenario()))
            desk.listener.dialog.client_secret.reveal.click()
            for step in desk.listener.dialog.steps[:3]:
                step.box.click()
            refresh()
            desk.listener.dialog.tries["Last probe"].detail.fold.click()
            settle()
            desk.listener.dialog.grab().save(str(folder / f"setup-tried-{theme}.png"))
            desk.listener.dialog.close()

            desk.toggle()
            page.choose(listening.NAME)
            refresh()
            save("page")
            page.detail.findings.widgets["Last probe"].detail.fold.click()  # type: ignore[attr-defined]
            refresh()
            save("page-detail")
            window.take(apply_all(state, [listening.probe(Level.PASS)]))
            page.tabs.button(2).click()
            assert page.capacity is not None
            refresh()
            save("capacity-unmeasured")
            page.capacity.show_planner(Planner(progress=0.4))
            save("capacity-measuring")
            page.capacity.show_planner(measured)
            window.activateWindow()
            page.capacity.calls.setFocus()
            refresh()
            save("capacity")
            page.capacity.calls.setValue(400)
            refresh()
            save("capacity-over")
            desk.add()
            settle()
            assert desk.dialog is not None
            desk.dialog.grab().save(str(folder / f"add-taken-{theme}.png"))
            desk.dialog.reject()
            desk.back()
            window.take(
                apply_all(
                    state,
                    [
                        PauseNoted("call-01", True, PauseReason.PRIVACY),
                        PauseNoted("call-05", True, PauseReason.WAITING),
                        PauseNoted("call-06", True, PauseReason.PRIVACY),
                        PauseNoted("call-06", False, PauseReason.PRIVACY),
                    ],
                )
            )
            window.open_call("call-01")
            refresh()
            save("paused")
            window.take(
                apply_all(
                    state,
                    [
                        PauseNoted("call-01", False, PauseReason.PRIVACY),
                        floor.said("call-01", Party.CUSTOMER, 60, "thank you that is done", 256_000, 258_000),
                    ],
                )
            )
            refresh()
            save("resumed")
            window.close()
            window.deleteLater()
            settle()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "shots"))
