"""Runs an engine with a model on a scripted call, in a process of its own: a native library that crashes takes no more
than that process along. What it needed is the model's speed on this machine."""

from __future__ import annotations

import contextlib
import multiprocessing
import statistics
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

import psutil

from desktop.app.catalog import RecogniserChoice
from desktop.audio.files import read_channels
from desktop.bundled import resources_folder
from desktop.domain.errors import SettingInvalid, SidetoneError
from desktop.domain.media import PIPELINE_RATE_HZ, Party
from desktop.domain.speech_model import Speed
from desktop.evaluation.hearing import hear
from desktop.settings.model import Recognition

CALL = "calls/billing-dispute.customer.opus"
TRIAL_S = 30
"""So much of the call: enough to tell, and short enough to wait for."""
PATIENCE_S = 600.0
EXIT_S = 3.0
_LOOK_S = 0.1
_CRASHED = "crashed while it was tried (exit code {code})"
_SLOW = "did not hear one call within {minutes:.0f} minutes"
_BROKE = "could not be loaded ({kind})"
_REMEDY = "Check the model: sidetone models verify. Or choose another one."

Answer = Speed | tuple[str, str, str] | str


def try_model(
    recognition: Recognition, check: Callable[[], None] = lambda: None, patience_s: float = PATIENCE_S
) -> Speed:
    """Blocks for half a minute or so. SettingInvalid says why the engine can't hear with this model here.

    `check` is called now and then and raises to end it.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_trial, args=(theirs, recognition), name="sidetone-trial", daemon=True)
    name = recognition.model or recognition.engine.value
    process.start()
    theirs.close()
    try:
        until = time.monotonic() + patience_s
        while not ours.poll(_LOOK_S):
            check()
            if time.monotonic() > until:
                raise SettingInvalid(name, _SLOW.format(minutes=patience_s / 60), "Choose a smaller model.")
        return _understood(name, ours.recv, process)
    finally:
        ours.close()
        process.join(0)
        if process.is_alive():
            process.kill()
        process.join(EXIT_S)
        process.close()


def _understood(name: str, receive: Callable[[], Answer], process: multiprocessing.process.BaseProcess) -> Speed:
    try:
        answer = receive()
    except (EOFError, OSError):
        process.join(EXIT_S)
        raise SettingInvalid(name, _CRASHED.format(code=process.exitcode), _REMEDY) from None
    match answer:
        case Speed():
            return answer
        case (path, problem, hint):
            raise SettingInvalid(path, problem, hint)
        case _:
            raise SettingInvalid(name, _BROKE.format(kind=answer), _REMEDY)


def _trial(channel: Connection, recognition: Recognition) -> None:
    """In the child. Its words go nowhere: nothing but figures comes back."""
    with contextlib.suppress(psutil.Error, OSError):
        psutil.Process().nice(getattr(psutil, "BELOW_NORMAL_PRIORITY_CLASS", 5))
    try:
        answer: Answer = _measured(recognition)
    except SettingInvalid as invalid:
        answer = (invalid.path, invalid.problem, invalid.hint)
    except SidetoneError as error:
        answer = (recognition.engine.value, str(error), "")
    except Exception as error:  # its text may carry anything
        answer = type(error).__name__
    with channel:
        channel.send(answer)


def _measured(recognition: Recognition) -> Speed:
    started = time.monotonic()
    recogniser = RecogniserChoice(recognition)()
    load_s = time.monotonic() - started
    try:
        samples = read_channels(resources_folder() / CALL)[0][: TRIAL_S * PIPELINE_RATE_HZ]
        heard = hear(recogniser, samples, Party.CUSTOMER)
    finally:
        recogniser.close()
    memory_mb = psutil.Process().memory_full_info().uss / 2**20
    speech_s = max(heard.speech_ms, 1.0) / 1000
    final_ms = statistics.median(heard.final_ms) if heard.final_ms else 0.0
    return Speed(heard.cpu_ms / 1000 / speech_s, final_ms, load_s, memory_mb, time.time_ns() // 1_000_000)
