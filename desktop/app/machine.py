"""This machine: how it is recognised again, and what of it may be used."""

from __future__ import annotations

import contextlib
import math
import os
import platform
from pathlib import Path

import psutil

from desktop import __version__
from desktop.insights.capacity import Machine


def fingerprint() -> str:
    """Processor, cores, memory, interpreter and version: with another one, figures must be measured anew."""
    memory_gb = round(psutil.virtual_memory().total / 1e9)
    python = ".".join(platform.python_version_tuple()[:2])
    parts = (platform.system(), platform.machine(), _processor(), f"{os.cpu_count() or 1} cores", f"{memory_gb} GB")
    return ", ".join((*parts, f"Python {python}", f"Sidetone {__version__}"))


def this_machine() -> Machine:
    """Memory that is free, the fastest network card that is up; infinite where the system doesn't tell its speed."""
    speeds = [stats.speed for stats in psutil.net_if_stats().values() if stats.isup and stats.speed > 0]
    free_mb = psutil.virtual_memory().available / 1e6
    return Machine(float(os.cpu_count() or 1), max(free_mb, 1.0), float(max(speeds, default=math.inf)))


def _processor() -> str:
    with contextlib.suppress(OSError):  # Linux alone doesn't tell it otherwise
        for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
