"""What Windows reads parses, names files that exist, and says what the application says."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from inventory import own_version

ROOT = Path(__file__).parents[2]
WINDOWS = ROOT / "packaging/windows"
SETUP = (WINDOWS / "sidetone.iss").read_text(encoding="utf-8")
TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
MADE = {"build/icons/sidetone.ico", "dist/sidetone/*"}
"""By `make package` before the installer is compiled."""


def section(name: str) -> list[str]:
    """The lines of one section of the installer script, without comments."""
    body = SETUP.split(f"[{name}]\n", 1)[1].split("\n[", 1)[0]
    return [line for line in body.splitlines() if line and not line.startswith((";", "#"))]


def setting(name: str) -> str:
    (line,) = [line for line in section("Setup") if line.startswith(f"{name}=")]
    return line.partition("=")[2]


def test_the_installer_takes_files_that_exist() -> None:
    sources = [re.findall(r'^Source: "([^"]+)"', line)[0] for line in section("Files")]
    sources += [setting("LicenseFile"), setting("SetupIconFile")]
    local = {
        source.replace("{#Bundle}", "dist/sidetone").replace("{#Root}\\", "").replace("\\", "/") for source in sources
    }
    assert local >= MADE
    assert not [path for path in local - MADE if not (ROOT / path).is_file()]


def test_the_installer_is_told_its_version_and_refuses_to_guess() -> None:
    assert "#ifndef Version" in SETUP
    assert setting("AppVersion") == "{#Version}"
    assert setting("OutputBaseFilename") == "Sidetone-{#Version}-setup"
    assert re.fullmatch(r"\d+(\.\d+){1,3}", own_version())  # VersionInfoVersion takes numbers alone
    assert f"/DVersion={own_version()} " in SETUP


def test_it_installs_for_one_person_or_for_everybody_and_is_found_again() -> None:
    assert setting("PrivilegesRequired") == "lowest"
    assert setting("PrivilegesRequiredOverridesAllowed").split() == ["commandline", "dialog"]
    assert setting("DefaultDirName").startswith("{autopf}")
    assert re.fullmatch(r"\{\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}", setting("AppId"))


def test_autostart_is_a_choice_and_goes_with_the_application() -> None:
    (run,) = [line for line in section("Registry") if r"CurrentVersion\Run" in line]
    assert "Tasks: autostart" in run
    assert "uninsdeletevalue" in run
    assert '"""{app}\\sidetone-desktop.exe"""' in run
    assert [line for line in section("Tasks") if '"autostart"' in line and "unchecked" in line]


def test_old_files_are_removed_and_user_data_is_not() -> None:
    assert all("{app}\\" in line for line in section("InstallDelete"))
    assert "[UninstallDelete]" not in SETUP
    assert "UninstallSilent" in SETUP


def test_signing_is_only_where_it_is_asked_for() -> None:
    assert re.search(r"#ifdef Signed\nSignTool=signer\nSignedUninstaller=yes\n#endif", SETUP)


@pytest.mark.parametrize("name", ["autostart", "shell_launcher", "assigned_access"])
def test_documents_parse_and_start_the_windowed_program(name: str) -> None:
    text = (WINDOWS / f"{name}.xml").read_text(encoding="utf-8")
    ET.fromstring(text)
    assert r"%ProgramFiles%\Sidetone\sidetone-desktop.exe" in text


def test_the_task_starts_at_sign_in_and_again_after_a_failure() -> None:
    task = ET.parse(WINDOWS / "autostart.xml").getroot()
    assert task.find(f"{TASK}Triggers/{TASK}LogonTrigger") is not None
    again = task.find(f"{TASK}Settings/{TASK}RestartOnFailure")
    assert again is not None
    assert 1 <= int(again.findtext(f"{TASK}Count", "0")) <= 255  # an unsigned byte in the task schema
    assert again.findtext(f"{TASK}Interval") == "PT1M"  # the shortest allowed
    assert task.findtext(f"{TASK}Settings/{TASK}ExecutionTimeLimit") == "PT0S"  # never ended for running long
    assert task.findtext(f"{TASK}Principals/{TASK}Principal/{TASK}RunLevel") == "LeastPrivilege"


@pytest.mark.parametrize("name", ["shell_launcher", "assigned_access"])
def test_a_kiosk_profile_is_the_one_that_the_account_gets(name: str) -> None:
    text = (WINDOWS / f"{name}.xml").read_text(encoding="utf-8")
    assert text.count("KIOSK_ACCOUNT") == 1
    identifiers = re.findall(r'Profile Id="(\{[0-9a-f-]{36}\})"', text)
    assert len(identifiers) == 2
    assert len(set(identifiers)) == 1
    assert "--kiosk" in text


def test_scripts_are_plain_ascii_for_the_powershell_that_windows_brings() -> None:
    scripts = sorted(WINDOWS.glob("*.ps1"))
    assert len(scripts) == 2
    for script in scripts:
        assert script.read_text(encoding="ascii").count("$ErrorActionPreference = 'Stop'") == 1
    kiosk = (WINDOWS / "kiosk.ps1").read_text(encoding="ascii")
    assert all((WINDOWS / name).is_file() for name in re.findall(r"'(\w+\.xml)'", kiosk))
