"""The order of an examination: one check after the other, each told as it comes out, followers of a failure skipped."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from desktop.domain.errors import Rejected, SidetoneError
from desktop.domain.finding import Finding, Level

Tell = Callable[[Finding], None]
Progress = Callable[[str], None]
"""Gets a few words about what is going on; "" when it is over."""


@dataclass(frozen=True, slots=True)
class Check:
    """`run` tells a finding per subject, and leaves out what turns out not to apply."""

    subjects: tuple[str, ...]  # what it is going to judge, in order
    run: Callable[[Tell, Progress], Awaitable[None]]
    needs: tuple[str, ...] = ()  # subjects without which it would only fail as well


@dataclass(frozen=True, slots=True)
class Checked:
    """A finding and the ms from the one before it. `because_of`: the failure that kept it from being checked."""

    finding: Finding
    took_ms: float
    because_of: str = ""

    @property
    def skipped(self) -> bool:
        """Neither right nor wrong: it was not checked."""
        return bool(self.because_of)

    @property
    def outcome(self) -> str:
        """One of pass, warn, fail and skipped."""
        return SKIPPED if self.skipped else self.finding.level.value


SKIPPED: Final = "skipped"


async def examine(
    checks: Sequence[Check],
    tell: Callable[[Checked], None],
    progress: Progress,
    clock: Callable[[], float] = time.perf_counter,
) -> None:
    """Run them in order. A check that breaks is a finding, and ends nobody else's."""
    missing: dict[str, str] = {}  # what failed or could not be checked, and the failure behind it
    for check in checks:
        since = clock()

        def told(finding: Finding) -> None:
            nonlocal since
            now = clock()
            if finding.level is Level.FAIL:
                missing[finding.subject] = finding.subject
            tell(Checked(finding, (now - since) * 1000))
            since = now

        blocked = next((need for need in check.needs if need in missing), None)
        if blocked is not None:
            cause = missing[blocked]
            for subject in check.subjects:
                missing[subject] = cause
                tell(Checked(_unchecked(subject, cause), 0.0, cause))
            continue
        try:
            await check.run(told, progress)
        except SidetoneError as problem:
            told(failed(check.subjects[0], problem))
        except Exception as bug:  # named by type alone: its text could hold anything
            told(Finding(check.subjects[0], Level.FAIL, f"This check itself broke ({type(bug).__name__}).", REPORT_IT))
        finally:
            progress("")


REPORT_IT = "Send us a bundle (--bundle FILE.zip), so that we can put it right."


def failed(subject: str, problem: SidetoneError, remedy: str = "") -> Finding:
    """A domain error as a finding: its sentence says what happened and what to do."""
    return Finding(subject, Level.FAIL, str(problem), remedy, problem.remedy if isinstance(problem, Rejected) else None)


def _unchecked(subject: str, because_of: str) -> Finding:
    return Finding(subject, Level.WARN, f"Not checked, because of “{because_of}”.")
