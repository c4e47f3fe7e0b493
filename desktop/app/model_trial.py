"""Runs an engine with a model on a scripted call, in a process of its own: a native library that crashes takes no more
than that process along. What it needed is the model's speed on this machine."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

import psutil

from desktop.app.apart import How, Say, WorkFailed, apart
from desktop.app.catalog import RecogniserChoice
from desktop.audio.files import read_channels
from desktop.bundled import resources_folder
from desktop.domain.errors import SettingInvalid
from desktop.domain.media import PIPELINE_RATE_HZ, Party
from desktop.domain.speech_model import Speed
from desktop.evaluation.hearing import hear
from desktop.settings.model import Recognition

CALL = "calls/billing-dispute.customer.opus"
TRIAL_S = 30
"""So much of the call: enough to tell, and short enough to wait for."""
PATIENCE_S = 600.0
_CRASHED = "crashed while it was tried (exit code {code})"
_SLOW = "did not hear one call within {minutes:.0f} minutes"
_BROKE = "could not be loaded ({kind})"
_REMEDY = "Check the model: sidetone models verify. Or choose another one."


@dataclass(frozen=True, slots=True)
class _Trial:
    """Goes to the child. Its words go nowhere: nothing but figures comes back."""

    recognition: Recognition

    def __call__(self, say: Say) -> Speed:
        with contextlib.suppress(psutil.Error, OSError):
            psutil.Process().nice(getattr(psutil, "BELOW_NORMAL_PRIORITY_CLASS", 5))
        return _measured(self.recognition)


def try_model(
    recognition: Recognition, check: Callable[[], None] = lambda: None, patience_s: float = PATIENCE_S
) -> Speed:
    """Blocks for half a minute or so. SettingInvalid says why the engine can't hear with this model here.

    `check` is called now and then and raises to end it.
    """
    try:
        return apart(_Trial(recognition), "trial", check=check, patience_s=patience_s)
    except WorkFailed as failed:
        name = recognition.model or recognition.engine.value
        match failed.how:
            case How.SAID:
                raise SettingInvalid(recognition.engine.value, failed.what, "") from None
            case How.BROKE:
                raise SettingInvalid(name, _BROKE.format(kind=failed.what), _REMEDY) from None
            case How.CRASHED:
                raise SettingInvalid(name, _CRASHED.format(code=failed.what), _REMEDY) from None
            case How.SLOW:
                problem = _SLOW.format(minutes=patience_s / 60)
                raise SettingInvalid(name, problem, "Choose a smaller model.") from None
            case _:  # pragma: no cover
                assert_never(failed.how)


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
