"""The log file: what happened and how often, never what was said, who said it, a number or a token.

Five files of 1 MB beside the current one, in the system's folder for logs. Of other people's libraries only warnings,
and of those only the fixed part of the first line, as what they fill in may be anything.
"""

from __future__ import annotations

import getpass
import logging
import logging.handlers
import re
import sys
from pathlib import Path
from typing import Final

import platformdirs

from desktop.domain.scrubbing import scrub
from desktop.upkeep.frames import story

FILE: Final = "sidetone.log"
MOST_BYTES: Final = 1_000_000
BACKUPS: Final = 5
TAIL_BYTES: Final = 64 * 1024
LONGEST: Final = 2_000
OURS: Final = "desktop"
_FRAME: Final = re.compile(r"    (?:  [\w./<>-]+:\d+ [\w.<>]+|[A-Za-z_][\w.]*)")


def log_folder() -> Path:
    """Where this user's logs are."""
    return platformdirs.user_log_path("sidetone", appauthor=False)


class Private(logging.Formatter):
    """A line without anything private; exceptions as kinds and frames."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self.default_time_format, self.default_msec_format = "%Y-%m-%dT%H:%M:%S", "%s.%03d"

    def format(self, record: logging.LogRecord) -> str:
        """One record, on one line for each frame."""
        plain = logging.makeLogRecord({**record.__dict__, "exc_info": None, "exc_text": None, "stack_info": None})
        plain.msg, plain.args = anonymous(" ".join(_words(record).splitlines())), ()
        line = super().format(plain)
        if record.exc_info and isinstance(record.exc_info[1], BaseException):
            line += "".join(f"\n    {each}" for each in story(record.exc_info[1]))
        return line


def _words(record: logging.LogRecord) -> str:
    if record.name.partition(".")[0] != OURS:
        return str(record.msg).partition("\n")[0]
    try:
        return record.getMessage()
    except Exception:  # a slip in a log line must not end what it tells of
        return str(record.msg)


def anonymous(text: str) -> str:
    """Scrubbed, and without this user's name and folders."""
    for path in _homes():
        text = text.replace(path, "~")
    for name in _names():
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "(user)", text)
    return scrub(text)[:LONGEST]


def _homes() -> tuple[str, ...]:
    try:
        home = str(Path.home())
    except RuntimeError:
        return ()
    return (home,) if len(home) > 3 else ()  # not "/"


def _names() -> tuple[str, ...]:
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):  # nobody in the system's list
        return ()
    return (name,) if len(name) > 2 and name != "root" else ()


def open_log(folder: Path, *, verbose: bool, name: str = FILE) -> logging.Handler | None:
    """Write what is logged from now on to a file; None when the folder can't be written, which must not stop a start.

    `verbose`: our own details, and everything on stderr as well.
    """
    root, ours = logging.getLogger(), logging.getLogger(OURS)
    root.setLevel(logging.WARNING)
    ours.setLevel(logging.DEBUG if verbose else logging.INFO)
    if verbose and sys.stderr is not None:
        _add(root, logging.StreamHandler())
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = logging.handlers.RotatingFileHandler(
            folder / name, maxBytes=MOST_BYTES, backupCount=BACKUPS, encoding="utf-8", errors="backslashreplace"
        )
    except OSError:
        return None
    _add(root, file)
    return file


def _add(logger: logging.Logger, handler: logging.Handler) -> None:
    handler.setFormatter(Private())
    logger.addHandler(handler)


def close_log(handler: logging.Handler | None) -> None:
    """Write no more to it."""
    if handler is not None:
        logging.getLogger().removeHandler(handler)
        handler.close()


def tail(folder: Path, most_bytes: int = TAIL_BYTES, name: str = FILE) -> tuple[str, ...]:
    """The newest whole lines, scrubbed once more; nothing without a log."""
    lines: list[str] = []
    for path in (folder / name, folder / f"{name}.1"):
        room = most_bytes - sum(len(line) + 1 for line in lines)
        if room <= 0:
            break
        try:
            with path.open("rb") as file:
                size = file.seek(0, 2)
                file.seek(max(0, size - room))
                text = file.read().decode("utf-8", "replace")
        except OSError:
            break
        whole = text.splitlines()[1 if size > room else 0 :]
        lines = [*whole, *lines]
    return tuple(anonymous_line(line) for line in lines)


def anonymous_line(line: str) -> str:
    """A line of the log; frames, which are shortened already, stay as they are."""
    return line if is_frame(line) else anonymous(line)


def is_frame(line: str) -> bool:
    """Whether a line of the log tells a place in the program; nothing else looks like it."""
    return _FRAME.fullmatch(line) is not None
