"""How the last run ended, and what it left: a small file that is there while a console runs.

A run that ended in order says so; one that didn't is noticed by the next. A computer that was switched off meanwhile
is not Sidetone's unclean end and is not counted.
"""

from __future__ import annotations

import contextlib
import enum
import faulthandler
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import msgspec
import platformdirs
import psutil

from desktop import __version__
from desktop.domain.errors import SidetoneError
from desktop.upkeep.frames import dump, story

FILE: Final = "run.json"
FAULTS: Final = "fault.txt"
FILES: Final = (FILE, FAULTS, "updates.json")
MOST_BYTES: Final = 256 * 1024
OTHER_BOOT_S: Final = 60.0
SAFE_AFTER: Final = 2
"""Unclean ends in a row after which a start without connections is offered."""


class How(enum.Enum):
    """The way a run ended."""

    FIRST = "first"  # there was none
    CLEAN = "clean"
    UNCLEAN = "unclean"
    SWITCHED_OFF = "switched off"


@dataclass(frozen=True, slots=True)
class Ending:
    """`story` and `faults` are frames without messages, `counters` what the run had counted by then."""

    how: How = How.FIRST
    in_a_row: int = 0
    version: str = ""
    started_at: str = ""
    story: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    counters: Mapping[str, float] | None = None

    @property
    def safer(self) -> bool:
        """Whether it ended uncleanly again and again."""
        return self.how is How.UNCLEAN and self.in_a_row >= SAFE_AFTER


class _Run(msgspec.Struct):
    """What is kept. `boot` is the time at which the computer started, s since 1970."""

    pid: int
    version: str
    started_at: str
    boot: float
    in_a_row: int = 0
    ended: bool = False
    story: tuple[str, ...] = ()
    counters: dict[str, float] = {}


def state_folder() -> Path:
    """Where this user's state is: what is neither settings nor a cache."""
    return platformdirs.user_state_path("sidetone", appauthor=False)


class RunRecord:
    """This run's part of the file. A folder that can't be written costs the record, not the start."""

    def __init__(self, folder: Path, started_at: str) -> None:
        self._path, self._faults = folder / FILE, folder / FAULTS
        self._open: IO[str] | None = None
        before = _read(self._path)
        boot = psutil.boot_time()
        self.before = Ending() if before is None else _judged(before, boot, dump(self._faults))
        in_a_row = self.before.in_a_row if self.before.how is not How.CLEAN else 0
        self._run = _Run(os.getpid(), __version__, started_at, boot, in_a_row)
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._open = self._faults.open("w", encoding="utf-8")
        self._watched = faulthandler.is_enabled()  # by somebody else, on stderr
        if self._open is not None:
            faulthandler.enable(self._open)
        self._write()

    def note(self, counters: Mapping[str, float]) -> None:
        """What has been counted by now, in case the run ends without a word. Writes a small file."""
        self._run.counters = dict(counters)
        self._write()

    def broke(self, error: BaseException) -> None:
        """The run ends by an exception that nobody caught."""
        self._run.story = story(error)
        self._write()

    def end(self) -> None:
        """In order, unless something broke."""
        if not self._run.story:
            self._run.ended, self._run.in_a_row = True, 0
        self._write()
        if self._open is not None:
            faulthandler.disable()
            if self._watched and sys.stderr is not None:
                faulthandler.enable(sys.__stderr__ or sys.stderr)
            self._open.close()
            self._open = None

    def _write(self) -> None:
        fresh = self._path.with_suffix(".new")
        with contextlib.suppress(OSError):
            fresh.write_bytes(msgspec.json.encode(self._run))
            os.replace(fresh, self._path)


def _read(path: Path) -> _Run | None:
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        return msgspec.json.decode(path.read_bytes(), type=_Run)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _judged(run: _Run, boot: float, faults: tuple[str, ...]) -> Ending:
    if run.ended:
        how, in_a_row = How.CLEAN, 0
    elif not run.story and not faults and abs(boot - run.boot) > OTHER_BOOT_S:
        how, in_a_row = How.SWITCHED_OFF, run.in_a_row
    else:
        how, in_a_row = How.UNCLEAN, run.in_a_row + 1
    return Ending(how, in_a_row, run.version, run.started_at, run.story, faults, run.counters)


@contextlib.contextmanager
def recorded(folder: Path, started_at: str) -> Iterator[RunRecord]:
    """A run, from beginning to end."""
    record = RunRecord(folder, started_at)
    try:
        yield record
    except SidetoneError:  # something for a person to put right, said in a sentence
        raise
    except Exception as error:
        record.broke(error)
        raise
    finally:
        record.end()
