"""How a diagnosis looks: aligned lines for people, one JSON object for machines. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from desktop.doctor.check import Checked
from desktop.doctor.link import Latency
from desktop.domain.finding import Level

GLYPHS: Final = {Level.PASS: "✓", Level.WARN: "!", Level.FAIL: "✗"}
PLAIN: Final = {Level.PASS: "+", Level.WARN: "!", Level.FAIL: "x"}
COLOURS: Final = {Level.PASS: "32", Level.WARN: "33", Level.FAIL: "31"}
TELLING_MS: Final = 1.0


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
        took = f" [{checked.took_ms:.0f} ms]" if checked.took_ms >= TELLING_MS else ""
        text = textwrap.wrap(self._plain(finding.text + took), width) or [""]
        arrow = "→" if self.glyphs else "->"
        remedy = textwrap.wrap(self._plain(f"{arrow} {finding.remedy}"), width) if finding.remedy else []
        rows = [f"{mark}  {self._plain(finding.subject):<{self.subjects}}  {text[0]}"]
        rows += [" " * indent + line for line in (*text[1:], *remedy)]
        return "\n".join(rows)

    def summary(self, findings: Sequence[Checked], *, cancelled: bool = False) -> str:
        """The last line."""
        count = {level: sum(1 for c in findings if c.finding.level is level) for level in Level}
        total = f"{count[Level.PASS]} passed, {count[Level.WARN]} to look at, {count[Level.FAIL]} failed."
        return f"Interrupted. So far: {total}" if cancelled else total

    def _plain(self, text: str) -> str:
        return text if self.glyphs else text.encode("ascii", "replace").decode()


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

    `findings` with the connection they belong to. `started_at` is ISO 8601, UTC. Latencies in ms, null = not measured.
    """
    return {
        "profile": profile,
        "started_at": started_at,
        "checks": [
            {
                "connection": link,
                "subject": checked.finding.subject,
                "level": checked.finding.level.value,
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
