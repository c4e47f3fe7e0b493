"""`sidetone diagnose`: examines connections one after the other and prints each finding as it comes out."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import importlib.metadata
import json
import logging
import os
import platform
import secrets as chance
import shutil
import ssl
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from desktop import __version__
from desktop.app.diagnose_ears import EngineEars
from desktop.app.diagnose_patients import Unusable, Wanted, chosen, patients
from desktop.app.engine_choice import engine_of
from desktop.dashboard.latency import LatencyMonitor
from desktop.doctor.bundle import Pseudonyms, counters_of, redacted_report, redacted_settings, scrubbed, zipped
from desktop.doctor.check import Checked, examine
from desktop.doctor.examination import checks_of
from desktop.doctor.link import Latency
from desktop.doctor.patient import Course, Ears, Patient
from desktop.doctor.printout import Paper, failed, report, subject_width
from desktop.doctor.watching import Watched
from desktop.domain.errors import SettingInvalid
from desktop.domain.events import Measure
from desktop.domain.finding import Finding, Level
from desktop.domain.ports import SecretKeeper
from desktop.settings.store import default_path, load
from desktop.upkeep.log import is_frame, log_folder, tail

INTERRUPTED = 130
CORRECT_IT = "Correct it under Connections, or in the settings file."
NO_CONNECTION = "No connection uses this organisation, so no calls come from it."
ADD_ONE = "Add one under Connections, or in the settings file."
ROOM_FOR = "Topic transcription"  # a long title that a source finds only while it is watched
LIBRARIES = ("aiohttp", "websockets", "cryptography", "msgspec", "numpy", "opuslib", "keyring", "truststore")


@dataclass(slots=True)
class Diagnosis:
    """What was found so far."""

    profile: str
    started_at: str
    findings: list[tuple[str, Checked]] = field(default_factory=list)
    latency: dict[str, Latency] = field(default_factory=dict)
    counters: dict[str, dict[str, object]] = field(default_factory=dict)
    cancelled: bool = False

    @property
    def checked(self) -> list[Checked]:
        """Without the connections."""
        return [checked for _, checked in self.findings]

    def report(self) -> dict[str, object]:
        """The JSON."""
        return report(self.profile, self.started_at, self.findings, self.latency, cancelled=self.cancelled)


def run_diagnosis(
    profile: str, seconds: float, as_json: bool, bundle: Path | None, secrets: SecretKeeper | None = None
) -> int:
    """0, or 1 when something failed, 130 when interrupted. SettingInvalid for an unknown profile or unusable file."""
    settings = load(default_path())
    wanted = chosen(profile, settings)
    if bundle is not None:
        _check_writable(bundle)
    logging.getLogger("desktop").addHandler(logging.NullHandler())  # what matters is told as a finding
    started_at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    diagnosis = Diagnosis(profile or "all", started_at)
    desk = _Desk(as_json)
    with contextlib.suppress(KeyboardInterrupt):
        diagnosis.cancelled = True
        asyncio.run(_diagnose(wanted, seconds, diagnosis, desk, secrets))
        diagnosis.cancelled = False
    desk.progress("")
    if as_json:
        print(json.dumps(diagnosis.report(), indent=2, ensure_ascii=False), flush=True)
    else:
        desk.say("\n" + desk.paper.summary(diagnosis.checked, cancelled=diagnosis.cancelled))
    try:
        if bundle is not None:
            bundle.write_bytes(_bundle(wanted, diagnosis))
            print(f"bundle: {bundle}", file=sys.stderr if as_json else sys.stdout, flush=True)
    except OSError as error:
        raise _not_writable(bundle, error) from None
    finally:
        if not as_json and (first := desk.paper.first_failure(diagnosis.findings)):
            desk.say("\n" + first)
    return INTERRUPTED if diagnosis.cancelled else int(failed(diagnosis.checked))


async def _diagnose(
    wanted: Wanted, seconds: float, diagnosis: Diagnosis, desk: _Desk, secrets: SecretKeeper | None
) -> None:
    desk.progress("starting")
    choice = await engine_of(wanted.settings.recognition, secrets)
    async with patients(wanted, lambda: EngineEars(choice), secrets) as found:
        for patient in found:
            if isinstance(patient, Unusable):
                _turn_away(patient, diagnosis, desk)
                continue
            async with _listening(patient.ears):
                await _examine(patient, seconds, diagnosis, desk)


def _turn_away(patient: Unusable, diagnosis: Diagnosis, desk: _Desk) -> None:
    problem = Checked(Finding("Settings", Level.FAIL, str(patient.problem), CORRECT_IT), 0.0)
    desk.heading(patient.link, patient.kind, [], None)
    diagnosis.findings.append((patient.link, problem))
    desk.finding(problem)


@contextlib.asynccontextmanager
async def _listening(ears: Ears | None) -> AsyncIterator[None]:
    if isinstance(ears, EngineEars):
        async with ears:
            yield
    else:
        yield


async def _examine(patient: Patient, seconds: float, diagnosis: Diagnosis, desk: _Desk) -> None:
    limit_s = seconds if patient.at_most_s is None else min(seconds, patient.at_most_s)
    course = Course(limit_s, latency_of)
    checks = checks_of(patient, course)
    subjects = [subject for check in checks for subject in check.subjects]
    desk.heading(patient.link, patient.kind, subjects, None if patient.source is None else limit_s)

    before = len(diagnosis.findings)

    def tell(checked: Checked) -> None:
        diagnosis.findings.append((patient.link, checked))
        desk.finding(checked)

    try:
        await examine(checks, tell, desk.progress)
        if patient.source is None:
            tell(Checked(Finding("Connections", Level.WARN, NO_CONNECTION, ADD_ONE), 0.0))
    finally:
        desk.left_out([checked for link, checked in diagnosis.findings[before:]])
        diagnosis.counters[patient.link] = counters_of(course.seen)
        if course.latency is not None:
            diagnosis.latency[patient.link] = course.latency


def latency_of(seen: Watched) -> Latency:
    """Document E's figures of what was watched."""
    monitor = LatencyMonitor()
    for at_s, ms in seen.round_trips_ms:
        monitor.record(Measure.ROUND_TRIP, ms, round(at_s * 1000))
    stats = monitor.stats()
    return Latency(stats.avg_ms, stats.min_ms, stats.max_ms, stats.p95_ms, stats.total_samples, seen.drops)


class _Desk:
    """The terminal: findings on stdout (unless it is JSON's), what goes on meanwhile on stderr."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._live = sys.stderr.isatty()
        self._announced = self._link = ""
        wide = shutil.get_terminal_size((100, 24)).columns
        colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        self.paper = Paper(max(60, min(wide, 120)), glyphs=_can_write("✓✗→“”…×", sys.stdout.encoding), colour=colour)

    def heading(self, link: str, kind: str, subjects: list[str], seconds: float | None) -> None:
        """Whose findings follow; how long it is listened to, None for not at all."""
        self._link, self._announced = link, ""
        self.paper = replace(self.paper, subjects=subject_width([*subjects, ROOM_FOR]))
        if not self._as_json:
            listening = "" if seconds is None else f", listening for {seconds:g} s"
            self.say(f"\n{link} - {kind}{listening}")

    def finding(self, checked: Checked) -> None:
        """As soon as it is there; what was not checked is told together."""
        if not self._as_json and not checked.skipped:
            self.say(self.paper.lines(checked))

    def left_out(self, findings: list[Checked]) -> None:
        """What of one connection could not be checked, when all the rest is told."""
        if not self._as_json and (text := self.paper.skipped(findings)):
            self.say(text)

    def say(self, text: str) -> None:
        """A finished line."""
        self.progress("")
        print(text, flush=True)

    def progress(self, text: str) -> None:
        """What goes on, and where: on a terminal one line that changes, elsewhere one line per kind of work."""
        whose = f"{self._link}: " if self._link else ""
        if self._live:
            shown = f"  ... {whose}{text}"[: self.paper.columns - 1] if text else ""
            sys.stderr.write(f"\r\x1b[K{shown}")
            sys.stderr.flush()
        elif text and (kind := text.partition(",")[0]) != self._announced:
            self._announced = kind
            print(f"... {whose}{kind}", file=sys.stderr, flush=True)


def _can_write(text: str, encoding: str | None) -> bool:
    try:
        text.encode(encoding or "ascii")
    except (UnicodeError, LookupError):
        return False
    return True


def _check_writable(path: Path) -> None:
    """Find out before the run. SettingInvalid names the option."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab"):
            pass
    except OSError as error:
        raise _not_writable(path, error) from None


def _not_writable(path: Path | None, error: OSError) -> SettingInvalid:
    why = "it is a folder" if isinstance(error, IsADirectoryError) else (error.strerror or "the system refuses").lower()
    hint = "Choose a file in a folder that you may write to."
    return SettingInvalid("--bundle", f"{path} can't be written: {why}", hint)


def _bundle(wanted: Wanted, diagnosis: Diagnosis) -> bytes:
    pseudonym = Pseudonyms(chance.token_bytes(32))
    settings = redacted_settings(wanted.settings, pseudonym)  # first: it makes every name known
    return zipped(
        {
            "settings": settings,
            "report": redacted_report(diagnosis.report(), pseudonym),
            "counters": {pseudonym(link): counted for link, counted in diagnosis.counters.items()},
            "versions": _versions(),
            "log": [line if is_frame(line) else scrubbed(line, pseudonym) for line in tail(log_folder())],
        }
    )


def _versions() -> dict[str, str]:
    found = {
        "sidetone": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "tls": ssl.OPENSSL_VERSION,
    }
    for library in LIBRARIES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[library] = importlib.metadata.version(library)
    return found
