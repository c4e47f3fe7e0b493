"""What a person may read, and send to whoever helps, after Sidetone ended without being asked to.

Only what is named here is in it: versions, frames, counters, the shape of the settings, the end of the log. Nothing is
sent by Sidetone.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from desktop import __version__
from desktop.upkeep.ending import Ending, How
from desktop.upkeep.log import anonymous_line

MOST_LINES = 200
LEGEND = """\
This report was made on this computer and was sent nowhere.
In it: versions, places in the program, counters, how many connections of which kind there are, the end of the log.
Not in it: what was said, names, numbers, addresses, secrets."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the caller knows. `libraries`: versions by name; `shape`: of the settings, without values."""

    libraries: Mapping[str, str]
    shape: Mapping[str, str]
    log: Sequence[str] = ()
    counters: Mapping[str, float] | None = None


def how_it_ended(ending: Ending) -> str:
    """In a sentence."""
    if ending.how is not How.UNCLEAN:
        return "No unexpected end is on record."
    if ending.faults:
        what = "The process was ended by a fault in native code."
    elif ending.story:
        what = "An error inside Sidetone was caught by nothing."
    else:
        what = "The process vanished without a word (killed, or out of memory)."
    again = f" It was the {_nth(ending.in_a_row)} time in a row." if ending.in_a_row > 1 else ""
    return what + again


def _nth(number: int) -> str:
    return {2: "second", 3: "third"}.get(number, f"{number}th")


def crash_report(ending: Ending, facts: Facts) -> str:
    """The whole text."""
    parts = [
        ("Sidetone report", LEGEND.splitlines()),
        ("What happened", [how_it_ended(ending), *_started(ending)]),
        ("Where: error", ending.story),
        ("Where: native fault", ending.faults),
        ("Counters of that run", _table(ending.counters or {})),
        ("Counters of this run", _table(facts.counters or {})),
        ("Versions", _table({"sidetone": __version__, **_system(), **facts.libraries})),
        ("Settings, without values", _table(facts.shape)),
        ("End of the log", [anonymous_line(line) for line in facts.log[-MOST_LINES:]]),
    ]
    blocks = ["\n".join([title, "-" * len(title), *lines]) for title, lines in parts if lines]
    return "\n\n".join(blocks) + "\n"


def _started(ending: Ending) -> list[str]:
    return [f"That run was of version {ending.version}, started {ending.started_at}."] if ending.version else []


def _system() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "packaged": "yes" if getattr(sys, "frozen", False) else "no",
    }


def _table(values: Mapping[str, object]) -> list[str]:
    wide = max(map(len, values), default=0)
    return [f"{name:<{wide}}  {value}" for name, value in values.items()]
