"""Imports every module of Sidetone on a pretended platform and prints, as JSON, which could not be and why.

python tests/packaging/pretended.py win32

Run by test_other_platforms. What is pretended: the name, the absence of modules, functions and signals, and that no
package for Linux alone is there. Standard library and packages are loaded before, as they are for the real platform.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import sys
import types
from typing import Any

import desktop

LINUX_ONLY = ("jeepney", "secretstorage", "dbus_fast")
POSIX_MODULES = ("fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty", "readline")
POSIX_NAMES = {
    os: """chown chroot ctermid fchdir fchmod fchown fork forkpty getegid geteuid getgid getgroups getloadavg getpgid
        getpgrp getpriority getresuid getsid getuid killpg lchown mkfifo nice openpty pathconf posix_fadvise pread
        sched_getaffinity sched_setaffinity sched_setscheduler setgid setpgid setpriority setsid setuid statvfs sysconf
        uname wait3 wait4 O_CLOEXEC O_DIRECTORY O_NOFOLLOW O_NONBLOCK""",
    signal: """SIGHUP SIGUSR1 SIGUSR2 SIGKILL SIGALRM SIGCHLD SIGCONT SIGPIPE SIGQUIT SIGSTOP SIGTSTP SIGWINCH alarm
        pthread_sigmask setitimer siginterrupt sigwait""",
    socket: "AF_UNIX SO_REUSEPORT socketpair_unix",
    select: "epoll poll",
}
LINUX_NAMES = {
    os: "sched_getaffinity sched_setaffinity posix_fadvise getresuid memfd_create eventfd",
    select: "epoll",
}


def modules() -> list[str]:
    """All of Sidetone's but the one that runs it."""
    found = [found.name for found in pkgutil.walk_packages(desktop.__path__, "desktop.")]
    return [name for name in found if name != "desktop.__main__"]


def stand_in(name: str) -> types.ModuleType:
    """A package of the other platform: every name that is asked of it is a class."""
    module = types.ModuleType(name)

    class Anything:
        Low = Normal = Critical = 0

    module.__getattr__ = lambda attribute: Anything  # type: ignore[method-assign]
    return module


def pretend(platform: str) -> None:
    """From here on it is `platform`, as far as a module that is imported can tell."""
    sys.platform = platform
    absent = LINUX_ONLY + (POSIX_MODULES if platform == "win32" else ())
    for name in [each for each in sys.modules if each.split(".")[0] in (*absent, "desktop")]:
        del sys.modules[name]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None: importing it is an error
    for owner, names in (POSIX_NAMES if platform == "win32" else LINUX_NAMES).items():
        for name in names.split():
            if hasattr(owner, name):
                delattr(owner, name)


def main(platform: str) -> None:
    sys.modules["desktop_notifier"] = stand_in("desktop_notifier")
    names = modules()
    for name in names:
        importlib.import_module(name)
    pretend(platform)
    failed: dict[str, Any] = {}
    for name in names:
        try:
            importlib.import_module(name)
        except Exception as problem:
            failed[name] = f"{type(problem).__name__}: {problem}"
    print(json.dumps({"modules": len(names), "failed": failed}))


if __name__ == "__main__":
    main(sys.argv[1])
