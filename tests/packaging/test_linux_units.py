"""systemd's own tools accept the units; the gateway's is locked up and is given every secret that a gateway reads."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from desktop.app import doors, gateway
from desktop.app.command_line import parser
from desktop.settings.model import Settings
from desktop.settings.store import load

ROOT = Path(__file__).parents[2] / "packaging/linux/root"
UNITS = ROOT / "usr/lib/systemd"
GATEWAY = UNITS / "system/sidetone-gateway.service"
MOST_EXPOSED = 15
"""Tenths of systemd-analyze's level: 100 is an ordinary unit, below 20 is "OK", its best word."""


def settings_of(unit: Path, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", unit.read_text("utf-8"), re.MULTILINE)


def systemd_analyze(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", "--no-pager", *arguments]
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(folder)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


@pytest.mark.parametrize("unit", sorted(UNITS.rglob("*.service")), ids=lambda unit: unit.name)
def test_systemd_understands_every_line(unit: Path, tmp_path: Path) -> None:
    copy = tmp_path / unit.name  # what it starts is not installed here
    copy.write_text(unit.read_text("utf-8").replace("/usr/bin/sidetone", "/usr/bin/true"), "utf-8")
    done = systemd_analyze(f"--{unit.parent.name}", "verify", "--man=no", str(copy), folder=tmp_path)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_gateway_is_locked_up(tmp_path: Path) -> None:
    done = systemd_analyze("security", "--offline=yes", f"--threshold={MOST_EXPOSED}", str(GATEWAY), folder=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "Overall exposure level" in done.stdout


def test_it_is_given_every_secret_and_starts_without_any() -> None:
    read = {
        gateway.CONSOLE_TOKEN,
        gateway.ANALYTICS_KEYS,
        doors.API_KEY,
        doors.CLIENT_SECRET,
        doors.INGEST_TOKEN,
        doors.INGEST_ENCRYPTION,
        "client-secret",
    }
    loaded = dict(line.split(":", 1) for line in settings_of(GATEWAY, "LoadCredential"))
    assert loaded == {name: f"/etc/sidetone/credentials/{name}" for name in read}
    assert settings_of(GATEWAY, "SetCredential") == [f"{name}:\\n" for name in loaded]


@pytest.mark.parametrize("unit", sorted(UNITS.rglob("*.service")), ids=lambda unit: unit.name)
def test_what_it_starts_is_a_command_of_ours(unit: Path) -> None:
    (line,) = settings_of(unit, "ExecStart")
    program, *words = line.split()
    assert program == "/usr/bin/sidetone"
    parser().parse_args([word for word in words if not word.startswith("$")])


def test_its_options_and_settings_are_good_as_shipped_and_with_the_examples(tmp_path: Path) -> None:
    (line,) = [line for line in (ROOT / "etc/default/sidetone-gateway").read_text().splitlines() if line[0] != "#"]
    assert line == 'SIDETONE_GATEWAY_OPTIONS=""'
    assert settings_of(GATEWAY, "ExecStart")[0].endswith(" $SIDETONE_GATEWAY_OPTIONS")
    shipped = ROOT / "etc/sidetone/settings.toml"
    assert load(shipped) == Settings()
    examples = tmp_path / "settings.toml"
    text = shipped.read_text("utf-8")
    examples.write_text(re.sub(r"^# (?=\w+ = )", "", text, flags=re.MULTILINE), "utf-8")
    assert load(examples).listener.public_host == "audiohook.example.com"
