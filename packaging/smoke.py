"""Starts a built or installed Sidetone on a desktop of its own and judges what comes of it.

usage: smoke.py PROGRAM OUT [--seconds 20] [--no-timing] [--only STEP ...]

A real window (Xvfb), window manager, notification daemon (dunst) and Secret Service; nothing of this checkout is in the
program's environment. In OUT: report, the application's screenshot, the whole screen. Status 1 and a sentence if it
doesn't do what the source does.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import bench_startup
import check_report
import smoke_commands
from PIL import Image, ImageGrab
from smoke_commands import Broken, Desktop

from tests.support import desktop_session as session

SLOWEST_PAINT = 2.5
"""First painting of the program, at most so many times the source's, both measured in turns."""
RUNS = 3
PATIENCE_S = 60.0


@contextmanager
def desktop(program: Path) -> Iterator[tuple[Desktop, session.NotificationDaemon]]:
    """Bus, display, window manager, notifications and keyring for a user who has nothing yet."""
    with (
        tempfile.TemporaryDirectory(prefix="smoke-") as name,
        session.session_bus(Path(name)) as bus,
        session.virtual_display() as display,
        session.notification_daemon(bus, display, Path(name)) as daemon,
        session.secret_service(bus, Path(name)),
    ):
        home, runtime = Path(name) / "home", Path(name) / "run"
        home.mkdir()
        runtime.mkdir(mode=0o700)
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(runtime),
            "DBUS_SESSION_BUS_ADDRESS": bus,
            "DISPLAY": display,
        }
        with session.running(["openbox"], env=environment):
            yield Desktop(program.absolute(), home, environment), daemon


def demo(place: Desktop, daemon: session.NotificationDaemon, out: Path, seconds: float) -> str:
    """The built-in contact centre: report, both pictures, and a notification that the daemon really shows."""
    report, shot, screen = (out / name for name in ("demo.json", "demo.png", "screen.png"))
    command = ["demo", "--seconds", str(seconds), "--report", str(report), "--screenshot", str(shot)]
    running = subprocess.Popen([place.program, *command], env=place.environment, cwd=place.home)
    try:
        deadline = time.monotonic() + seconds + PATIENCE_S
        while running.poll() is None and time.monotonic() < deadline and not (daemon.count() and screen.exists()):
            time.sleep(0.2)
            if daemon.count():
                time.sleep(0.5)  # until it is painted
                ImageGrab.grab(xdisplay=place.environment["DISPLAY"]).save(screen)
        status = running.wait(seconds + PATIENCE_S)
    finally:
        running.kill()
    if status:
        raise Broken(f"demo ended with status {status}")
    if check_report.main([str(report)]):
        raise Broken("the demo's report has figures at fault")
    for picture in (screen, shot):
        _painted(picture)
    counted = json.loads(report.read_text("utf-8"))["notifications"]
    told = [known for known in (*daemon.shown(), *daemon.history()) if known.app == "Sidetone"]
    if not told or not counted:
        raise Broken(f"{counted} notifications were sent, and the daemon has {len(told)}")
    return f"report good, {counted} notifications, of which the daemon has {len(told)}"


def _painted(path: Path) -> None:
    """Broken if there is no picture, or one that shows nothing."""
    if not path.exists():
        raise Broken(f"{path.name} was not made: no notification came while the window was there")
    with Image.open(path) as picture:
        colours = picture.convert("RGB").getcolors(maxcolors=1_000_000)
    if colours is not None and len(colours) < 200:
        raise Broken(f"{path.name} shows {len(colours)} colours: no window")


def first_paint(place: Desktop) -> str:
    """How soon the window is painted, beside the same from source, in turns."""
    programs = {"program": [str(place.program)], "source": [sys.executable, "-m", "desktop"]}
    found: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(RUNS):
        for name, program in programs.items():
            found[name].append(bench_startup.sidetone(program, place.environment))
    ours, source = (statistics.median(found[name]) for name in ("program", "source"))
    if ours > SLOWEST_PAINT * source:
        raise Broken(f"first paint after {ours:.0f} ms is more than {SLOWEST_PAINT} times the source's {source:.0f} ms")
    return f"after {ours:.0f} ms, from source {source:.0f} ms: {ours / source:.2f} times (at most {SLOWEST_PAINT})"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("program", type=Path, metavar="PROGRAM")
    options.add_argument("out", type=Path, metavar="OUT")
    options.add_argument("--seconds", type=float, default=20.0, help="of the demo (20)")
    options.add_argument("--only", nargs="+", metavar="STEP", help="these steps alone")
    options.add_argument("--no-timing", action="store_true", help="without the comparison of first paintings")
    chosen = options.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    for old in chosen.out.glob("*"):
        old.unlink()
    with desktop(chosen.program) as (place, daemon):
        steps: dict[str, Any] = {
            "version": lambda: smoke_commands.version(place),
            "demo": lambda: demo(place, daemon, chosen.out.absolute(), chosen.seconds),
            **smoke_commands.steps(place),
        }
        if not chosen.no_timing:
            steps["first paint"] = lambda: first_paint(place)
        for name in chosen.only or steps:
            begun = time.monotonic()
            try:
                said = steps[name]()
            except (Broken, OSError, subprocess.SubprocessError, AssertionError) as problem:
                print(f"FAILED {name}: {problem}", file=sys.stderr)
                return 1
            print(f"{name:<12}{time.monotonic() - begun:6.1f} s  {said}", flush=True)
    print(f"{chosen.program}: good")
    return 0


if __name__ == "__main__":
    sys.exit(main())
