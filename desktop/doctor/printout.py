"""How a diagnosis looks: aligned lines for people, one JSON object for machines. Pure."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from desktop.doctor.check import SKIPPED, Checked
from desktop.doctor.link import Latency
from desktop.domain.finding import Level

GLYPHS: Final = {Level.PASS: "✓", Level.WARN: "!", Level.FAIL: "✗"}
PLAIN: Final = {Level.PASS: "+", Level.WARN: "!", Level.FAIL: "x"}
COLOURS: Final = {Level.PASS: "32", Level.WARN: "33", Level.FAIL: "31"}
SKIP: Final = "-"
TELLING_MS: Final = 1.0
GLUE: Final = "\u00a0"
"""Where no line may be broken; shown as a blank."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What is written on. `subjects` is the width of the second column."""

    columns: int = 100
    subjects: int = 16
    glyphs: bool = True  # False: the terminal's encoding has no ticks and crosses
    colour: bool = False

    def lines(self, checked: Checked) -> str:
        """One finding: glyph, word, subject, text and time; its remedy indented below."""
        finding = checked.finding
        glyph = (GLYPHS if self.glyphs else PLAIN)[finding.level]
        mark = f"{glyph} {finding.level.value}"
        if self.colour:
            mark = f"\x1b[{COLOURS[finding.level]}m{mark}\x1b[0m"
        indent = 2 + 4 + 2 + self.subjects + 2
        width = max(30, self.columns - indent)
        took = f" [{checked.took_ms:.0f}{GLUE}ms]" if checked.took_ms >= TELLING_MS else ""
        text = self._wrapped(finding.text + took, width) or [""]
        arrow = "→" if self.glyphs else "->"
        remedy = self._wrapped(f"{arrow} {finding.remedy}", width) if finding.remedy else []
        rows = [f"{mark}  {self._plain(finding.subject):<{self.subjects}}  {text[0]}"]
        rows += [" " * indent + line for line in (*text[1:], *remedy)]
        return "\n".join(rows)

    def skipped(self, findings: Sequence[Checked]) -> str:
        """Everything of one connection that a failure kept from being checked, as one entry; "" for nothing."""
        names = list(dict.fromkeys(_short(c.finding.subject) for c in findings if c.skipped))
        if not names:
            return ""
        mark = f"{SKIP} skip"
        if self.colour:
            mark = f"\x1b[2m{mark}\x1b[0m"
        rows = self._wrapped(
            f"Not checked because of this: {', '.join(names).replace(' (', GLUE + '(')}.", max(30, self.columns - 8)
        )
        return "\n".join([f"{mark}  {rows[0]}", *(" " * 8 + row for row in rows[1:])])

    def summary(self, findings: Sequence[Checked], *, cancelled: bool = False) -> str:
        """How many of each."""
        count = Counter(checked.outcome for checked in findings)
        told = [f"{count[Level.PASS.value]} passed"]
        told += [f"{count[Level.WARN.value]} to look at"] if count[Level.WARN.value] else []
        told.append(f"{count[Level.FAIL.value]} failed")
        told += [f"{count[SKIPPED]} not checked"] if count[SKIPPED] else []
        total = f"{', '.join(told)}."
        return f"Interrupted. So far: {total}" if cancelled else total

    def first_failure(self, findings: Sequence[tuple[str, Checked]]) -> str:
        """What to put right first, once more at the very end; "" if nothing failed. `findings` as for `report`."""
        found = next(((link, c) for link, c in findings if c.finding.level is Level.FAIL), None)
        if found is None:
            return ""
        link, checked = found
        return f"To put right first, of {link}:\n{replace(self, subjects=0).lines(checked)}"

    def _wrapped(self, text: str, width: int) -> list[str]:
        lines = textwrap.wrap(text, width, break_on_hyphens=False)  # names of hosts have some
        return [self._plain(line.replace(GLUE, " ")) for line in lines]

    def _plain(self, text: str) -> str:
        if self.glyphs:
            return text
        for typographic, ascii_ in (("“", '"'), ("”", '"'), ("…", "..."), ("×", "x")):
            text = text.replace(typographic, ascii_)
        return text.encode("ascii", "replace").decode()


def _short(subject: str) -> str:
    """In a list: permissions are one, and what is no abbreviation begins small."""
    if subject.startswith("Permission: "):
        return "permissions"
    return subject if subject[:2].isupper() else subject[:1].lower() + subject[1:]


def subject_width(subjects: Sequence[str]) -> int:
    """Of the second column; sources name some subjects only when they find them."""
    return min(max((len(subject) for subject in subjects), default=0), 40)


def failed(findings: Sequence[Checked]) -> bool:
    """Whether the exit status is 1."""
    return any(checked.finding.level is Level.FAIL for checked in findings)


def report(
    profile: str,
    started_at: str,
    findings: Sequence[tuple[str, Checked]],
    latency: Mapping[str, Latency],
    *,
    cancelled: bool = False,
) -> dict[str, object]:
    """The JSON of `--json`: {"profile", "started_at", "checks": [...], "latency": {link: {...}}, "exit"}.

    Levels are "pass", "warn", "fail", and "skipped" for what was not checked because of a failure.
    `findings` with the connection they belong to. `started_at` is ISO 8601, UTC. Latencies in ms, null = not measured.
    """
    return {
        "profile": profile,
        "started_at": started_at,
        "checks": [
            {
                "connection": link,
                "subject": checked.finding.subject,
                "level": checked.outcome,
                "text": checked.finding.text,
                "remedy": checked.finding.remedy,
                "took_ms": round(checked.took_ms, 1),
            }
            for link, checked in findings
        ],
        "latency": {link: _figures(figures) for link, figures in latency.items()},
        "cancelled": cancelled,
        "exit": 130 if cancelled else int(failed([checked for _, checked in findings])),
    }


def _figures(latency: Latency) -> dict[str, object]:
    def rounded(ms: float | None) -> float | None:
        return None if ms is None else round(ms, 2)

    return {
        "avg": rounded(latency.avg),
        "min": rounded(latency.min),
        "max": rounded(latency.max),
        "p95": rounded(latency.p95),
        "samples": latency.samples,
        "drops": latency.drops,
    }
