"""A recogniser that takes its time to load; spawned workers import it."""

from __future__ import annotations

import time

from desktop.app.catalog import make_recogniser
from desktop.domain.ports import Recogniser

LOADS_S = 4.0


def make_no_recogniser() -> Recogniser:
    """An installation that is broken."""
    raise SystemExit(1)


def make_slow_recogniser() -> Recogniser:
    """The real one, late."""
    time.sleep(LOADS_S)
    return make_recogniser()
