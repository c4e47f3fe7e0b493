"""As far as it can be told without them: Sidetone imports, finds its folders and its keyring on Windows and macOS."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import keyring.backends.macOS
import keyring.backends.SecretService
import keyring.backends.Windows
import keyring.errors
import platformdirs
import pytest
from platformdirs.api import PlatformDirsABC
from platformdirs.macos import MacOS
from platformdirs.windows import Windows

from desktop.models.store import user_folder
from desktop.settings import measured, secrets, store
from desktop.upkeep.log import log_folder

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_every_module_imports_without_what_that_platform_has_not(platform: str) -> None:
    command = [sys.executable, "-W", "ignore", str(ROOT / "tests/packaging/pretended.py"), platform]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=110, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["modules"] > 400
    assert list(told["failed"]) == ["desktop.sinks.linux_notifications"]  # which catalog.make_notifier imports on Linux


WINDOWS_FOLDERS = {"CSIDL_LOCAL_APPDATA": "C:/Users/Ada/AppData/Local", "CSIDL_COMMON_APPDATA": "C:/ProgramData"}
PLACES = {
    Windows: {
        "settings": "C:/Users/Ada/AppData/Local/sidetone/settings.toml",
        "figures": "C:/Users/Ada/AppData/Local/sidetone/Cache/measured.json",
        "models": "C:/Users/Ada/AppData/Local/sidetone/models",
        "log": "C:/Users/Ada/AppData/Local/sidetone/Logs",
    },
    MacOS: {
        "settings": "/Users/ada/Library/Application Support/sidetone/settings.toml",
        "figures": "/Users/ada/Library/Caches/sidetone/measured.json",
        "models": "/Users/ada/Library/Application Support/sidetone/models",
        "log": "/Users/ada/Library/Logs/sidetone",
    },
}


@pytest.mark.parametrize("rules", [Windows, MacOS])
def test_folders_are_where_that_platform_keeps_them(
    rules: type[PlatformDirsABC], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`os.path` stays this machine's, so the parts are compared and not the separators."""
    monkeypatch.setattr("platformdirs.windows.get_win_folder", WINDOWS_FOLDERS.__getitem__)
    monkeypatch.setattr(platformdirs, "PlatformDirs", rules)
    monkeypatch.setenv("HOME", "/Users/ada")
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "SIDETONE_MODELS"):
        monkeypatch.delenv(name, raising=False)
    found = {
        "settings": store.default_path(),
        "figures": measured.measured_path(),
        "models": user_folder(),
        "log": log_folder(),
    }
    assert {what: path.as_posix() for what, path in found.items()} == PLACES[rules]


def test_every_platform_has_a_keyring_that_keeps_secrets() -> None:
    """The backends of the other platforms are there, and refuse here with a reason instead of failing to import."""
    for backend in (keyring.backends.Windows.WinVaultKeyring, keyring.backends.macOS.Keyring):
        assert not backend.viable
        with pytest.raises(RuntimeError, match=r"Requires Windows|macOS required|Security API"):
            _ = backend.priority


@pytest.mark.parametrize(
    "backend",
    [
        keyring.backends.Windows.WinVaultKeyring,
        keyring.backends.macOS.Keyring,
        keyring.backends.SecretService.Keyring,
    ],
)
def test_no_platforms_own_keyring_is_taken_for_a_plain_file(
    backend: type[keyring.backend.KeyringBackend], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend())
    secrets._refuse_plain_files()


def test_the_bundle_takes_every_keyring_along() -> None:
    """keyring finds its backends by entry points, which a frozen application has only with the package's metadata."""
    from importlib.metadata import entry_points

    names = {point.name for point in entry_points(group="keyring.backends")}
    assert {"Windows", "macOS", "SecretService"} <= names
