"""Work in a process of its own: it may crash, says how far it is, and ends when nobody wants it any more."""

from __future__ import annotations

import contextlib
import enum
import multiprocessing
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

from desktop.domain.errors import SettingInvalid, SidetoneError

Result = TypeVar("Result")
Say = Callable[[float], bool]
"""The child tells the share that is done; False: nobody wants it any more."""
EXIT_S = 3.0
_LOOK_S = 0.1


class How(enum.Enum):
    """Why there is no result."""

    SAID = enum.auto()  # it is our own error, in words for people
    BROKE = enum.auto()  # any other; only its kind is known, as its text may carry anything
    CRASHED = enum.auto()  # the process went by itself
    SLOW = enum.auto()


class WorkFailed(SidetoneError):
    """`what`: the words, the kind of the error, or the exit code."""

    def __init__(self, how: How, what: str) -> None:
        super().__init__(what)
        self.how, self.what = how, what


@dataclass(frozen=True, slots=True)
class _Done(Generic[Result]):
    result: Result


@dataclass(frozen=True, slots=True)
class _Invalid:
    path: str
    problem: str
    hint: str


@dataclass(frozen=True, slots=True)
class _Failed:
    how: How
    what: str


def apart(
    work: Callable[[Say], Result],
    name: str,
    *,
    check: Callable[[], None],
    patience_s: float,
    heard: Callable[[float], None] = lambda share: None,
    leave_s: float = 0.0,
) -> Result:
    """Blocks until it is done. SettingInvalid as the child raised it; WorkFailed.

    `work` is pickled on its way. `check` is called ten times a second and raises to end it; then the child has
    `leave_s` to notice, which it needs if it has processes of its own.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(theirs, work), name=f"sidetone-{name}", daemon=not leave_s)
    process.start()
    theirs.close()
    try:
        until = time.monotonic() + patience_s
        while True:
            check()
            if ours.poll(_LOOK_S):
                answer: float | _Done[Result] | _Invalid | _Failed = _answer(ours, process)
                if not isinstance(answer, float):
                    return _result(answer)
                heard(answer)
            if time.monotonic() > until:
                raise WorkFailed(How.SLOW, f"{patience_s:.0f} s")
    finally:
        ours.close()
        process.join(leave_s)
        if process.is_alive():
            process.kill()
        process.join(EXIT_S)
        process.close()


def _answer(ours: Connection, process: BaseProcess) -> Any:
    try:
        return ours.recv()
    except (EOFError, OSError):
        process.join(EXIT_S)
        return _Failed(How.CRASHED, str(process.exitcode))


def _result(answer: _Done[Result] | _Invalid | _Failed) -> Result:
    match answer:
        case _Done(result):
            return result
        case _Invalid(path, problem, hint):
            raise SettingInvalid(path, problem, hint)
        case _Failed(how, what):
            raise WorkFailed(how, what)


def _child(channel: Connection, work: Callable[[Say], Result]) -> None:
    """What comes back is a result or why there is none; what the work says or prints goes nowhere else."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the console's to handle

    def say(share: float) -> bool:
        try:
            channel.send(float(share))
        except OSError:  # the console is gone, or has closed its end
            return False
        return True

    answer: _Done[Result] | _Invalid | _Failed
    try:
        answer = _Done(work(say))
    except SettingInvalid as invalid:
        answer = _Invalid(invalid.path, invalid.problem, invalid.hint)
    except SidetoneError as error:
        answer = _Failed(How.SAID, str(error))
    except Exception as error:
        answer = _Failed(How.BROKE, type(error).__name__)
    with channel, contextlib.suppress(OSError):
        channel.send(answer)
