"""Which versions of the components without one in packaging/components.toml are here: each is asked itself."""

from __future__ import annotations

import ctypes
import platform
import ssl
from collections.abc import Callable, Iterable, Mapping
from importlib import metadata

from inventory import Component


def versions(components: Iterable[Component], own: str) -> dict[str, str]:
    """Component -> its version: stated, else asked; "" where it is inside another and says nothing; else `own`."""
    found = {}
    for component in components:
        ask = ASK.get(component.name)
        found[component.name] = component.version or (ask() if ask else "" if component.inside else own)
    return found


def _opus() -> str:
    from desktop.audio.opus import _library

    version = _library.opus_get_version_string
    version.restype = ctypes.c_char_p
    return str(version().decode("ascii").removeprefix("libopus "))


def _sndfile() -> str:
    import soundfile

    return str(soundfile.__libsndfile_version__)


def _soxr() -> str:
    import soxr

    return str(soxr.__libsoxr_version__)


def _qt() -> str:
    from PySide6.QtCore import qVersion

    return str(qVersion())


def _blas() -> str:
    import numpy as np

    config = np.__config__.show(mode="dicts")  # type: ignore[no-untyped-call,unused-ignore]
    return str(config["Build Dependencies"]["blas"]["version"])


def _installer() -> str:
    try:
        return metadata.version("pyinstaller")
    except metadata.PackageNotFoundError:
        return "not installed"


ASK: Mapping[str, Callable[[], str]] = {
    "Python": platform.python_version,
    "PyInstaller bootloader": _installer,
    "OpenSSL": lambda: ssl.OPENSSL_VERSION.split()[1],
    "libopus": _opus,
    "libsndfile": _sndfile,
    "libsoxr": _soxr,
    "OpenBLAS": _blas,
    "Qt": _qt,
}
