"""What every test finds: Qt off screen, folders of its own, no bus and no keyring but those it asks for.

Fixtures for the real thing: `session_bus` (its address), `notification_daemon` (dunst, see
support/desktop_session.py) and `secret_service` (an unlocked keyring that the `keyring` library uses).
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings

# Before anything imports Qt or looks for the session: no test reaches the desktop of whoever runs it.
NO_BUS = "unix:path=/nonexistent/sidetone-tests"
_HOME = tempfile.TemporaryDirectory(prefix="sidetone-tests-")
os.environ.update(
    QT_QPA_PLATFORM=os.environ.get("SIDETONE_TEST_PLATFORM", "offscreen"),
    QT_API="pyside6",
    PYQTGRAPH_QT_LIB="PySide6",
    DBUS_SESSION_BUS_ADDRESS=NO_BUS,
    PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring",
    XDG_RUNTIME_DIR=_HOME.name,
    **{f"XDG_{kind}_HOME": f"{_HOME.name}/{kind.lower()}" for kind in ("CONFIG", "DATA", "CACHE", "STATE")},
)
os.chmod(_HOME.name, 0o700)

if not os.environ.get("CI"):  # there hypothesis brings its own profile: no deadline, no chance
    settings.register_profile("here", deadline=None)
    settings.load_profile("here")

if sys.platform == "linux":
    from tests.support import desktop_session
    from tests.support.desktop_session import NotificationDaemon


def pytest_collection_finish() -> None:
    """What imports and thousands of tests hold is not looked through again by everyone who collects garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def _private_desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NotificationDaemon]:
    """One bus, display and dunst for all tests of this process that want them."""
    folder = tmp_path_factory.mktemp("desktop")
    with ExitStack() as stack:
        address = stack.enter_context(desktop_session.session_bus(_short_folder(stack)))
        display = stack.enter_context(desktop_session.virtual_display())
        yield stack.enter_context(desktop_session.notification_daemon(address, display, folder))


@pytest.fixture
def notification_daemon(
    _private_desktop: NotificationDaemon, monkeypatch: pytest.MonkeyPatch
) -> Iterator[NotificationDaemon]:
    """A real dunst with nothing on its screen, on the session bus that this test sees."""
    _private_desktop.close_all()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", _private_desktop.address)
    yield _private_desktop
    _private_desktop.close_all()


@pytest.fixture
def session_bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a session bus on which nobody is: no notification daemon, no keyring."""
    with ExitStack() as stack:
        address = stack.enter_context(desktop_session.session_bus(_short_folder(stack)))
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        yield address


@pytest.fixture
def secret_service(session_bus: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A real Secret Service, empty and unlocked, which `keyring` uses for the time of the test."""
    import keyring
    from keyring.backends.SecretService import Keyring

    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    before = keyring.get_keyring()
    with desktop_session.secret_service(session_bus, tmp_path) as address:
        keyring.set_keyring(Keyring())
        yield address
        keyring.set_keyring(before)


def _short_folder(stack: ExitStack) -> Path:
    """A folder whose sockets' paths stay under the 108 bytes that the kernel allows."""
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sidetone-bus-")))
