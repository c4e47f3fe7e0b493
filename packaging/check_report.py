"""Judges a demo's report: prints its figures as a table; status 1 when one is missing or the demo heard nothing.

usage: check_report.py REPORT.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PERCENTILES = ("p50", "p95")

REQUIRED: tuple[str, ...] = (
    *(f"calls.{name}" for name in ("seen", "ended")),
    *(f"frames.{name}" for name in ("received", "concealed", "corrupt", "fragments_joined")),
    *(f"segments.{name}" for name in ("partial", "final")),
    "readings",
    "keyword_hits",
    "alerts",
    "notifications",
    "reconnects",
    *(
        f"latency_ms.{stage}.{percentile}"
        for stage in ("decode", "recognise", "words_to_screen", "speech_end_to_screen")
        for percentile in PERCENTILES
    ),
    *(f"recognition_lag_ms.{name}" for name in ("first_third_p50", "last_third_p50", "max")),
    *(f"hearing.{what}.{how}" for what in ("calls", "call_seconds") for how in ("words", "phrases", "presence")),
    "hearing.most_calls",
    *(f"hearing.costs.{name}" for name in ("call", "words", "talk", "contention")),
    *(f"ui_tick_late_ms.{name}" for name in (*PERCENTILES, "max")),
    "memory_mb.gui",
    "memory_mb.workers",
)
"""Every figure of a report, as a dotted path; the values are numbers, `memory_mb.workers` a list of them."""

ALIVE = ("segments.final", "readings", "keyword_hits", "alerts", "hearing.call_seconds.words", "hearing.most_calls")
"""What a demo that works cannot leave at nought."""


def look_up(report: object, path: str) -> Any:
    """The value at a dotted path, or None."""
    value: Any = report
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def is_figure(value: object) -> bool:
    """A number (no bool, no NaN) or a list of one or more numbers."""
    if isinstance(value, list):
        return bool(value) and all(not isinstance(item, list) and is_figure(item) for item in value)
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def faults(report: object) -> Iterator[tuple[str, str]]:
    """(path, what is wrong with it) for each required figure that fails."""
    for path in REQUIRED:
        value = look_up(report, path)
        if value is None:
            yield path, "missing"
        elif not is_figure(value):
            yield path, f"not a figure: {value!r}"
        elif path in ALIVE and value <= 0:
            yield path, "must not be 0"


def table(report: object, wrong: dict[str, str]) -> Iterator[str]:
    """One line a figure; those at fault are marked."""
    for path in REQUIRED:
        value = look_up(report, path)
        if isinstance(value, float):
            value = f"{value:.1f}"
        shown = "-" if value is None else str(value)
        yield f"  {path:<40}{shown:>14}" + (f"   <-- {wrong[path]}" if path in wrong else "")


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    path = Path(arguments[0])
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        print(f"{path}: no report: {error}", file=sys.stderr)
        return 1
    wrong = dict(faults(report))
    print("\n".join(table(report, wrong)))
    print(f"{path}: " + ("good" if not wrong else f"{len(wrong)} figures at fault"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
