"""Where something went wrong, without what: files as they lie in their package, lines and functions, no message.

An exception's text may hold words of a call, a name or a token, and a path the name of whoever sits at this computer.
"""

from __future__ import annotations

import re
import traceback
from pathlib import Path, PurePosixPath
from types import TracebackType

MOST_FRAMES = 40
_ROOMS = ("site-packages", "dist-packages")
_FILE = re.compile(r'File "([^"]*)"')
_HEADS = ("Fatal", "Windows fatal", "Current thread", "Thread")
_LIBRARY = re.compile(r"python3\.\d+")


def short(path: str) -> str:
    """`desktop/app/cli.py` of ours, `aiohttp/client.py` of a library; of anything else the file's name alone."""
    parts = PurePosixPath(path.replace("\\", "/")).parts
    for room in (*_ROOMS, "desktop"):
        if room in parts[:-1]:
            at = len(parts) - 1 - parts[::-1].index(room)
            return "/".join(parts[at + (room in _ROOMS) :])
    for at, part in enumerate(parts[:-1]):
        if _LIBRARY.fullmatch(part):
            return "/".join(parts[at + 1 :])
    return parts[-1] if parts else path


def frames(trace: TracebackType | None) -> tuple[str, ...]:
    """The innermost frames last, at most MOST_FRAMES: `desktop/app/cli.py:12 run`."""
    stack = [(frame.f_code, line) for frame, line in traceback.walk_tb(trace)]
    return tuple(f"{short(code.co_filename)}:{line} {code.co_name}" for code, line in stack[-MOST_FRAMES:])


def story(error: BaseException) -> tuple[str, ...]:
    """Kind and frames of an exception, of what caused it before it, and of each in a group."""
    told: list[str] = []
    seen: set[int] = set()

    def tell(each: BaseException) -> None:
        if id(each) in seen:
            return
        seen.add(id(each))
        before = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
        if before is not None:
            tell(before)
        told.append(kind_of(each))
        told.extend(f"  {frame}" for frame in frames(each.__traceback__))
        if isinstance(each, BaseExceptionGroup):
            for inner in each.exceptions:
                tell(inner)

    tell(error)
    return tuple(told[-4 * MOST_FRAMES :])


def kind_of(error: BaseException) -> str:
    """`ValueError`, or `aiohttp.client_exceptions.ClientError` of a library."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def dump(path: Path) -> tuple[str, ...]:
    """What Python's faulthandler wrote as the process died, paths shortened; empty when it wrote nothing.

    The thread that failed comes first: others, often many that only wait, are cut off at the end.
    """
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(64 * 1024)
    except OSError:
        return ()
    blocks: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith(_HEADS):
            blocks.append([line.rstrip()[:300]])
        elif line.startswith("  File") and blocks:
            blocks[-1].append(_FILE.sub(lambda found: f'File "{short(found.group(1))}"', line.rstrip()[:300]))
    blocks.sort(key=lambda block: (block[0].startswith("Thread"), block[0].startswith("Current")))
    return tuple(line for block in blocks for line in block)[: 2 * MOST_FRAMES]
