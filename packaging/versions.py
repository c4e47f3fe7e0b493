"""Which versions of the components without one in packaging/components.toml are here: each is asked itself."""

from __future__ import annotations

import ctypes
import platform
import ssl
import subprocess
from collections.abc import Callable, Iterable, Mapping
from importlib import metadata

from inventory import Component

OURS = "sidetone"
"""Stands for a version in packaging/components.toml."""


def versions(components: Iterable[Component], own: str) -> dict[str, str]:
    """Component -> its version: stated, Sidetone's `own`, asked, or "" where nobody can be asked."""
    found = {}
    for component in components:
        ask = ASK.get(component.name, lambda: "")
        found[component.name] = own if component.version == OURS else component.version or ask()
    return found


def of_the_system(names: Iterable[str]) -> dict[str, str]:
    """File name -> version of the Debian package that installs a library of that name here; empty without dpkg."""
    patterns = [f"*/{name}" for name in names]
    try:
        found = subprocess.run(
            ["dpkg-query", "--search", *patterns], capture_output=True, text=True, check=False
        ).stdout
        packages = {}
        for line in found.splitlines():
            package, _, path = line.partition(": ")
            packages[path.rpartition("/")[2]] = package
        shown = ["dpkg-query", "--show", "--showformat", "${binary:Package}\t${Version}\n", *set(packages.values())]
        listed = subprocess.run(shown, capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        return {}
    versions = dict(line.split("\t") for line in listed.splitlines() if "\t" in line)
    return {name: versions[package] for name, package in packages.items() if package in versions}


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
