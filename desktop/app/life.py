"""A console's life on this desk: alone, with a log, and with an end that the next one knows of. Imports no Qt."""

from __future__ import annotations

import contextlib
import datetime
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from desktop import __version__
from desktop.app.options import Options
from desktop.domain.errors import SidetoneError
from desktop.upkeep.ending import Ending, RunRecord, recorded, state_folder
from desktop.upkeep.log import FILE, close_log, log_folder, open_log
from desktop.upkeep.single import SingleInstance, runtime_folder

RAISED = "Sidetone is running already: its window was brought to the front."
DEAF = "Sidetone is running already, but doesn't answer. Wait a moment, or end it and start it again."
DEMO_LOG = "demo.log"
RESET_LEFT = "SIDETONE_RESET_LEFT"
"""Tells the next console that a reset could not remove everything."""
_LOG = logging.getLogger(__name__)


class RunningElsewhere(SidetoneError):
    """The first console holds the place and doesn't answer."""


@dataclass(slots=True)
class Life:
    """`single` and `record` are None for a demo, a replay and runs that end by themselves."""

    single: SingleInstance | None = None
    record: RunRecord | None = None
    before: Ending = field(default_factory=Ending)
    log_name: str = DEMO_LOG
    again: bool | None = None  # start again when this life has ended: True = in safe mode
    reset: bool | None = None  # forget everything when this life has ended: True = models as well


def lasting(options: Options) -> bool:
    """Whether it is a supervisor's console on real connections, of which there is one."""
    return options.play is None and options.seconds is None and options.screenshot is None


@contextlib.contextmanager
def living(options: Options) -> Iterator[Life | None]:
    """None: another console was brought to the front instead. RunningElsewhere if it doesn't answer."""
    with contextlib.ExitStack() as stack:
        life = Life(log_name=FILE if lasting(options) else DEMO_LOG)
        if lasting(options):
            life.single = SingleInstance(runtime_folder())
            stack.callback(life.single.close)
            if not life.single.first:
                if not life.single.raise_first():
                    raise RunningElsewhere(DEAF)
                print(RAISED, flush=True)
                yield None
                return
        stack.callback(close_log, open_log(log_folder(), verbose=options.verbose, name=life.log_name))
        _LOG.info("sidetone %s, python %s, %s", __version__, sys.version.partition(" ")[0], sys.platform)
        if lasting(options):
            started_at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
            life.record = stack.enter_context(recorded(state_folder(), started_at))
            life.before = life.record.before
            _LOG.info("the run before ended: %s", life.before.how.value)
        yield life
        _LOG.info("ended")
