"""How long this process has been there: the interpreter's own start and every import count."""

from __future__ import annotations

import os
import sys
import time

import psutil

_STARTED = 19  # field 22 of /proc/self/stat, counted behind the name in parentheses


def since_start_ms() -> float:
    """Milliseconds since the operating system made this process, to about 10 ms."""
    if sys.platform == "linux":  # psutil knows the boot to a second only
        with open("/proc/self/stat", encoding="utf-8", errors="replace") as file:
            ticks = int(file.read().rpartition(")")[2].split()[_STARTED])
        return (time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")) * 1000
    return (time.time() - psutil.Process().create_time()) * 1000
