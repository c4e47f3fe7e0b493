"""Saves screenshots of the Recognition page to look at: python -m tests.ui.shots_recognition FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

from desktop.dashboard.state import FloorState, apply_all
from desktop.domain.finding import Level
from desktop.domain.speech import EngineNotice
from desktop.domain.updates import EngineHealth, HearingMeasured
from desktop.ui.application import make_application
from desktop.ui.main_window import MainWindow
from tests.ui import floor, recognition
from tests.ui.shots import settle


def main(folder: Path) -> None:
    """Every state, in both themes and two sizes."""
    make_application(["sidetone"])
    folder.mkdir(parents=True, exist_ok=True)
    for theme in ("light", "dark"):
        for width, height in ((1440, 900), (1280, 720)):
            state = FloorState()
            window = MainWindow(state, print, theme=theme, default_keywords=floor.RULES)
            window.resize(width, height)
            window.show()
            window.take(apply_all(state, floor.scenario()))
            window.refresh_text(floor.NOW)
            desk = window.page.recognition_desk
            desk.toggle()
            for name in ("loading", "empty", "busy", "broken"):
                if name != "loading":
                    desk.show_standing(getattr(recognition, name)())
                if name == "broken":
                    window.show_notice("Vosk German, small was installed.", Level.PASS)
                settle()
                window.grab_png(folder / f"{name}-{theme}-{width}.png")
            desk.show_standing(recognition.empty())
            for notice in EngineNotice:
                window.take(apply_all(state, [EngineHealth(2, 2, 0, 620.0, notice=notice)]))
                window.refresh_text(floor.NOW)
                settle()
                window.grab_png(folder / f"notice-{notice.name.lower()}-{theme}-{width}.png")
            window.page.bring(window.page.floor)
            settle()
            window.grab_png(folder / f"notice-floor-{theme}-{width}.png")
            desk.toggle()
            window.take(apply_all(state, [EngineHealth(2, 2, 0, 620.0)]))
            window.refresh_text(floor.NOW)
            for name in ("MEASURED", "SHARED", "STARTING", "HEARING", "FAILED", "NEVER_MEASURED"):
                desk.show_standing(recognition.empty())
                desk.show_benchmark(getattr(recognition, name))
                window.page.recognition.benchmark.button.setFocus()
                settle()
                window.grab_png(folder / f"benchmark-{name.lower()}-{theme}-{width}.png")
            service = window.page.recognition.service
            desk.show_standing(recognition.empty())
            service.head.setChecked(True)
            for name in ("FRESH", "ANSWERS", "TESTING", "REFUSED", "UNTRUSTED"):
                desk.show_service(getattr(recognition, name))
                if name == "FRESH":
                    service.use.click()  # says what is missing
                if name == "ANSWERS":
                    desk.show_standing(recognition.served())
                settle()
                window.grab_png(folder / f"service-{name.lower()}-{theme}-{width}.png")
            window.take(apply_all(state, [HearingMeasured(4, 2, 4, 4, True)]))
            desk.show_benchmark(recognition.MEASURED)
            window.page.recognition.benchmark.button.click()
            settle()
            assert desk.question is not None
            desk.question.grab().save(str(folder / f"benchmark-question-{theme}.png"))
            desk.question.reject()
            settle()
            desk.show_standing(recognition.busy())
            window.page.recognition.remove_asked.emit(recognition.SMALL.id)
            settle()
            assert desk.question is not None
            desk.question.grab().save(str(folder / f"remove-{theme}.png"))
            desk.question.reject()
            window.close()
            window.deleteLater()
            settle()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "shots"))
