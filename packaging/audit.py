"""Asks pip-audit about every pin of the locks, whatever platform it is for; run by packaging/tools.sh.

packaging/tools.sh audit.py [LOCK ...]

Exit status 0: every pin was asked about and none has a known vulnerability. 1: some have. 3: the service could not be
asked about all of them, which is no good news and is not reported as such.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inventory import LOCK, ROOT, Pin, normal, read_lock

CLEAN, VULNERABLE, UNASKED = 0, 1, 3
LOCKS = (LOCK, ROOT / "packaging/tools.lock")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of a pin."""

    pin: str  # name and version
    problems: tuple[str, ...] = ()  # an identifier each, with the versions that repair it
    unasked: bool = False


def rounds(pins: Iterable[Pin]) -> list[list[Pin]]:
    """Pins without their markers, so that every platform's are judged: each list has a name once."""
    lists: list[list[Pin]] = []
    for pin in dict.fromkeys(pins):
        for one in lists:
            if all(pin.name != other.name for other in one):
                one.append(pin)
                break
        else:
            lists.append([pin])
    return lists


def ask(pins: Iterable[Pin]) -> list[Answer]:
    """One run of pip-audit. Where it breaks down, everything is unasked."""
    pins = list(pins)
    lines = [f"{pin.name}=={pin.version} " + " ".join(f"--hash=sha256:{each}" for each in pin.hashes) for pin in pins]
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder, "pins.txt")
        wanted.write_text("\n".join(lines) + "\n", encoding="utf-8")
        options = ["--disable-pip", "--require-hashes", "--format", "json", "--progress-spinner", "off"]
        command = [sys.executable, "-m", "pip_audit", *options, "--requirement", str(wanted)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return answers(pins, done.stdout)


def answers(pins: Iterable[Pin], said: str) -> list[Answer]:
    """pip-audit's JSON, pin by pin: only a pin that it lists without a reason for skipping has been asked about."""
    try:
        listed: list[dict[str, Any]] = json.loads(said)["dependencies"]
    except (ValueError, KeyError, TypeError):
        listed = []
    known = {(normal(each["name"]), each.get("version", "")): each for each in listed if "skip_reason" not in each}
    found = []
    for pin in pins:
        entry, label = known.get((pin.name, pin.version)), f"{pin.name} {pin.version}"
        problems = [_problem(each) for each in entry["vulns"]] if entry else []
        found.append(Answer(label, tuple(problems), unasked=entry is None))
    return found


def _problem(found: dict[str, Any]) -> str:
    repaired = ", ".join(found.get("fix_versions", ())) or "no version yet"
    return f"{found['id']} (repaired in {repaired})"


def judge(told: list[Answer]) -> tuple[int, list[str]]:
    """The exit status and what is said."""
    bad = [f"{answer.pin}: {problem}" for answer in told for problem in answer.problems]
    unasked = sum(answer.unasked for answer in told)
    lines = [f"audit: {line}" for line in bad]
    if unasked or not told:
        lines.append(
            f"audit: NOT AUDITED: the vulnerability service could not be asked about {unasked} of {len(told)} pins. "
            "This says nothing about them; run it again where the service can be reached."
        )
    if bad:
        return VULNERABLE, [*lines, f"audit: {len(bad)} known vulnerabilities"]
    if unasked or not told:
        return UNASKED, lines
    return CLEAN, [f"audit: {len(told)} pins asked about, no known vulnerability"]


def main() -> int:
    locks = [Path(name) for name in sys.argv[1:]] or list(LOCKS)
    pins = [pin for lock in locks for pin in read_lock(lock.read_text(encoding="utf-8"))]
    told = [answer for one in rounds(pins) for answer in ask(one)]
    status, lines = judge(told)
    print("\n".join(lines), file=sys.stderr if status else sys.stdout)
    return status


if __name__ == "__main__":
    sys.exit(main())
