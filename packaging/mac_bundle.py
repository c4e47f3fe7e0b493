"""What Sidetone.app says about itself (Info.plist); asked by sidetone.spec, kept in Python so that it is tested."""

from __future__ import annotations

from typing import Any

IDENTIFIER = "arpa.home.sidetone"
LEAST_MACOS = "13.0"
"""PySide6 6.11's wheels are for this and later; libopus is built for it too (packaging/build_opus.py)."""


def info(version: str) -> dict[str, Any]:
    """Info.plist beside what PyInstaller writes by itself (icon, type), and in place of what it would guess: of the two
    programs the console one, hidden from the Dock.

    No microphone is asked for: Sidetone hears calls through sockets. The local network is: gateways may be on it.
    """
    return {
        "CFBundleExecutable": "sidetone-desktop",
        "LSBackgroundOnly": False,
        "CFBundleName": "Sidetone",
        "CFBundleDisplayName": "Sidetone",
        "CFBundleIdentifier": IDENTIFIER,
        "CFBundleShortVersionString": version,
        "CFBundleVersion": version,
        "CFBundleDevelopmentRegion": "en",
        "LSApplicationCategoryType": "public.app-category.business",
        "LSMinimumSystemVersion": LEAST_MACOS,
        "LSMultipleInstancesProhibited": False,  # a demo may run beside the console, which looks after its own place
        "NSHighResolutionCapable": True,
        "NSSupportsAutomaticGraphicsSwitching": True,
        "NSRequiresAquaSystemAppearance": False,  # dark mode is followed
        "NSHumanReadableCopyright": "MIT licence",
        "NSLocalNetworkUsageDescription": (
            "Sidetone connects to the gateway and the speech service that you entered, if they are on your network."
        ),
        "NSAppTransportSecurity": {"NSAllowsLocalNetworking": True},
    }
