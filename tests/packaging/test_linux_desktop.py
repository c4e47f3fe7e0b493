"""What a desktop reads about Sidetone, and the kiosk session: real validators, a real shell."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

LINUX = Path(__file__).parents[2] / "packaging/linux"
SHARE = LINUX / "root/usr/share"
PATIENCE_S = 30.0


@pytest.mark.parametrize("entry", ["applications/sidetone.desktop", "xsessions/sidetone-kiosk.desktop"])
def test_desktop_entries_are_valid(entry: str) -> None:
    done = subprocess.run(["desktop-file-validate", SHARE / entry], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_software_centres_understand_the_description(tmp_path: Path) -> None:
    (template,) = (SHARE / "metainfo").iterdir()
    made = tmp_path / template.name
    made.write_text(template.read_text("utf-8").replace("@VERSION@", "1.2.3").replace("@DATE@", "2026-01-31"), "utf-8")
    done = subprocess.run(["appstreamcli", "validate", "--no-net", made], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


SCRIPTS = ["build_deb.sh", "debian/postinst", "debian/prerm", "debian/postrm", "root/usr/bin/sidetone-kiosk"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_parse(script: str) -> None:
    shell = (LINUX / script).read_text("utf-8").partition("\n")[0].rpartition("/")[2].split()[-1]
    subprocess.run([shell, "-n", LINUX / script], check=True)


class Kiosk:
    """The session's script, with a Sidetone that writes down how it was started and ends as it is told."""

    def __init__(self, folder: Path, sidetone: str) -> None:
        self.started = folder / "started"
        self._tool(folder / "sidetone", f'echo "$*" >>"{self.started}"\n{sidetone}')
        self._tool(folder / "xset", f'echo "$*" >"{folder}/screen"')
        self._tool(folder / "x-window-manager", "exec sleep 60")
        self.screen = folder / "screen"
        environment = {"PATH": f"{folder}:{os.environ['PATH']}", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/dev/null"}
        script = LINUX / "root/usr/bin/sidetone-kiosk"
        self.process = subprocess.Popen(["sh", script, "--theme", "dark"], env=environment, start_new_session=True)

    @staticmethod
    def _tool(path: Path, text: str) -> None:
        path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
        path.chmod(0o755)

    def starts(self) -> list[str]:
        return self.started.read_text().splitlines() if self.started.exists() else []

    def wait_for_starts(self, number: int) -> None:
        end = time.monotonic() + PATIENCE_S
        while len(self.starts()) < number:
            assert time.monotonic() < end, "not started"
            time.sleep(0.05)

    def left_behind(self) -> bool:
        """Whether anybody of its process group lives on."""
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True


def test_after_a_fault_it_starts_again_and_leaving_ends_the_session(tmp_path: Path) -> None:
    kiosk = Kiosk(tmp_path, f'[ "$(wc -l <"{tmp_path}/started")" -ge 2 ] || exit 70')
    assert kiosk.process.wait(PATIENCE_S) == 0
    assert kiosk.starts() == ["--kiosk --theme dark"] * 2
    assert kiosk.screen.read_text() == "s off s noblank -dpms\n"
    assert not kiosk.left_behind()


def test_the_session_s_end_ends_everything(tmp_path: Path) -> None:
    kiosk = Kiosk(tmp_path, "exec sleep 60")
    kiosk.wait_for_starts(1)
    kiosk.process.send_signal(signal.SIGTERM)
    assert kiosk.process.wait(PATIENCE_S) == 0
    assert not kiosk.left_behind()
