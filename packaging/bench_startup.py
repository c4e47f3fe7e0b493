"""How soon a window is painted, beside an empty PySide6 window: both started in turns, so that both meet the same load.

usage: bench_startup.py [--runs N] [--platform offscreen|xcb] [--binary FILE]
"xcb" needs a display (xvfb-run). With --binary a built `sidetone` is started in turns as well. Times are from the
operating system's start of the process to the first painting; medians, in ms.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEMO = ("demo", "--calls", "1", "--seconds", "2", "--via", "audio", "--size", "1440x900")
EMPTY = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget

class Window(QWidget):
    def paintEvent(self, event):
        sys.path.insert(0, sys.argv[1])
        from desktop.app.since_start import since_start_ms
        print(since_start_ms(), flush=True)
        QTimer.singleShot(0, QApplication.instance().quit)

app = QApplication([])
window = Window()
window.resize(1440, 900)
window.show()
app.exec()
"""


def empty(environment: dict[str, str]) -> float:
    """First painting of a QWidget with nothing in it."""
    command = [sys.executable, "-c", EMPTY, str(ROOT)]
    return float(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)


def sidetone(program: list[str], environment: dict[str, str]) -> float:
    """First painting of the console, as its own report says it."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [*program, *DEMO, "--report", str(report)]
        subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=True)
        return float(json.loads(report.read_text("utf-8"))["first_paint_ms"])


def main() -> None:
    """Measure in turns and print medians and ratios."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=7, help="of each (7)")
    options.add_argument("--platform", choices=("offscreen", "xcb"), default="offscreen", help="Qt's (offscreen)")
    options.add_argument("--binary", type=Path, help="a built sidetone to compare with")
    chosen = options.parse_args()
    environment = {**os.environ, "QT_QPA_PLATFORM": chosen.platform}
    if chosen.platform == "offscreen":
        environment = {k: v for k, v in environment.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    programs = {"sidetone": [sys.executable, "-m", "desktop"]}
    if chosen.binary is not None:
        programs["binary"] = [str(chosen.binary.resolve())]
    found: dict[str, list[float]] = {name: [] for name in ("empty window", *programs)}
    with tempfile.TemporaryDirectory() as home:
        environment["XDG_CONFIG_HOME"] = home
        empty(environment)  # both have been read from the disk once
        sidetone(programs["sidetone"], environment)
        for _ in range(chosen.runs):
            found["empty window"].append(empty(environment))
            for name, program in programs.items():
                found[name].append(sidetone(program, environment))
    medians = {name: statistics.median(times) for name, times in found.items()}
    for name, times in found.items():
        print(f"{name:<14}{medians[name]:8.0f} ms   ({min(times):.0f} to {max(times):.0f}, {chosen.platform})")
    print(f"sidetone / empty window: {medians['sidetone'] / medians['empty window']:.1f}")
    if "binary" in medians:
        print(f"binary / sidetone from source: {medians['binary'] / medians['sidetone']:.2f}")


if __name__ == "__main__":
    main()
