"""What macOS reads parses and asks for what Sidetone uses, and for nothing else."""

from __future__ import annotations

import plistlib
import re
from pathlib import Path
from typing import Any

import build_opus
import mac_bundle
import pytest
from inventory import own_version

ROOT = Path(__file__).parents[2]
MACOS = ROOT / "packaging/macos"
INFO = mac_bundle.info(own_version())


def read(name: str) -> dict[str, Any]:
    return dict(plistlib.loads((MACOS / name).read_bytes()))


def test_the_bundle_says_what_it_is() -> None:
    plistlib.dumps(INFO)
    assert INFO["CFBundleVersion"] == INFO["CFBundleShortVersionString"] == own_version()
    assert re.fullmatch(r"\d+(\.\d+){0,2}", INFO["CFBundleVersion"])
    assert INFO["CFBundleIdentifier"] == mac_bundle.IDENTIFIER
    assert INFO["CFBundleExecutable"] == "sidetone-desktop"
    assert INFO["LSBackgroundOnly"] is False
    assert INFO["NSHighResolutionCapable"] is True
    assert INFO["LSApplicationCategoryType"].startswith("public.app-category.")


def test_bundle_and_libopus_are_for_the_same_macos() -> None:
    workflow = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    assert INFO["LSMinimumSystemVersion"] == build_opus.LEAST_MACOS
    assert f'MACOSX_DEPLOYMENT_TARGET: "{build_opus.LEAST_MACOS}"' in workflow


def test_the_local_network_is_asked_for_and_the_microphone_is_not() -> None:
    assert INFO["NSLocalNetworkUsageDescription"]
    assert not [key for key in INFO if "Microphone" in key or "Camera" in key or "Speech" in key]
    assert not [key for key in read("entitlements.plist") if "audio" in key or "camera" in key]


def test_nothing_in_the_application_opens_a_microphone() -> None:
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "desktop").rglob("*.py"))
    assert not re.findall(r"import sounddevice|QtMultimedia|QAudioSource|AVCapture", "\n".join(sources))


def test_entitlements_are_no_more_than_the_hardened_runtime_needs() -> None:
    assert read("entitlements.plist") == {"com.apple.security.cs.allow-unsigned-executable-memory": True}


@pytest.mark.parametrize(
    ("name", "arguments", "alive"),
    [
        ("arpa.home.sidetone.plist", [], {"SuccessfulExit": False}),
        ("arpa.home.sidetone.kiosk.plist", ["--kiosk"], True),
    ],
)
def test_launch_agents_start_the_windowed_program(name: str, arguments: list[str], alive: object) -> None:
    agent = read(name)
    assert f"{agent['Label']}.plist" == name
    program, *rest = agent["ProgramArguments"]
    assert program == f"/Applications/Sidetone.app/Contents/MacOS/{INFO['CFBundleExecutable']}"
    assert rest == arguments
    assert agent["RunAtLoad"] is True
    assert agent["KeepAlive"] == alive
    assert agent["LimitLoadToSessionType"] == "Aqua"


def test_signing_and_notarising_happen_only_where_there_is_a_certificate() -> None:
    script = (MACOS / "sign.sh").read_text(encoding="utf-8")
    assert script.count('if [ -n "${SIGNING_IDENTITY:-}" ]') == 2
    assert '&& [ -n "${NOTARY_PROFILE:-}" ]' in script
    assert script.index("licenses") < script.index('if [ -n "${SIGNING_IDENTITY:-}" ]')
    before = script.split("SIGNING_IDENTITY:-", 1)[0]
    assert "codesign --" not in before
    assert "notarytool submit" not in before
