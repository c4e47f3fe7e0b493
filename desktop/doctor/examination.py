"""Which checks apply to a connection, in the order in which one comes about: from the name of its host to words."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Final

from desktop.doctor.check import Check, Progress, Tell, failed
from desktop.doctor.listening import listening_checks
from desktop.doctor.network import Endpoint
from desktop.doctor.patient import Course, Patient
from desktop.doctor.permissions import Need, check_permission, subject_of
from desktop.doctor.reaching import clock_check, names_of, ways_to
from desktop.doctor.sign_in import Who, check_sign_in
from desktop.domain.errors import NotOffered, SidetoneError
from desktop.domain.finding import Finding, Level
from desktop.sources.rest import RestClient

SIGN_IN: Final = "Sign-in"
DISCOVERY: Final = "Discovery"


def checks_of(patient: Patient, course: Course, wall_clock: Callable[[], float] = time.time) -> list[Check]:
    """In the order in which a connection comes about; `course` is filled in while they run."""
    several = len(patient.endpoints) > 1
    names = names_of(patient)
    checks: list[Check] = []
    last: dict[str, str] = {}  # role -> the last thing that must work to reach it
    for endpoint in patient.endpoints:
        name = f" ({endpoint.role})" if several else ""
        for check in ways_to(patient, endpoint, name, names, wall_clock):
            checks.append(check)
            last[endpoint.role] = check.subjects[0]
    api = next((e for e in patient.endpoints if e.role == "API"), patient.endpoints[0] if patient.endpoints else None)
    if api is not None:
        checks.append(clock_check(patient, api, (last[api.role],), wall_clock))
    reached = tuple(last.values())
    if patient.who is not None:
        checks.append(_sign_in(patient.who, reached))
        reached = (SIGN_IN, *reached)
    if patient.rest is not None:
        checks += [_permission(need, patient.rest, patient.who, reached) for need in patient.needs]
    if patient.discover is not None:
        checks.append(_discovery(patient, patient.discover, reached, wall_clock))
        reached = (DISCOVERY, *reached)
    return checks if patient.source is None else checks + listening_checks(patient, patient.source, course, reached)


def _sign_in(who: Who, needs: tuple[str, ...]) -> Check:
    async def run(tell: Tell, progress: Progress) -> None:
        progress("signing in")
        tell(await check_sign_in(SIGN_IN, who))

    return Check((SIGN_IN,), run, needs)


def _permission(need: Need, rest: RestClient, who: Who | None, needs: tuple[str, ...]) -> Check:
    async def run(tell: Tell, progress: Progress) -> None:
        tell(await check_permission(need, rest, who.person if who is not None else None))

    return Check((subject_of(need),), run, needs)


def _discovery(
    patient: Patient,
    discover: Callable[[], Awaitable[tuple[str, Endpoint]]],
    needs: tuple[str, ...],
    wall_clock: Callable[[], float],
) -> Check:
    """Document A section 1. A stream on another host than the API's is reached for like the others."""

    async def run(tell: Tell, progress: Progress) -> None:
        progress("asking where the stream is")
        try:
            text, stream = await discover()
        except NotOffered as problem:
            return tell(failed(DISCOVERY, problem, "Use the source that the real platform has for the same."))
        except SidetoneError as problem:
            return tell(failed(DISCOVERY, problem))
        tell(Finding(DISCOVERY, Level.PASS, text))
        if all((stream.host, stream.port) != (known.host, known.port) for known in patient.endpoints):
            ways = ways_to(patient, stream, " (stream)", names_of(patient, stream), wall_clock)
            await _reach(ways, tell, progress)
        return None

    return Check((DISCOVERY,), run, needs)


async def _reach(ways: list[Check], tell: Tell, progress: Progress) -> None:
    """One after the other until one fails."""
    levels: list[Level] = []

    def told(finding: Finding) -> None:
        levels.append(finding.level)
        tell(finding)

    for way in ways:
        await way.run(told, progress)
        if Level.FAIL in levels:
            return
