"""Which permissions the sign-in holds, each by its name: tried out harmlessly, else asked for (genesys.md section 3).

A request that only reads is tried where there is one. For what can't be tried (joining a call rings a phone), the
platform is asked where the permission applies: GET /api/v2/authorization/divisionspermitted/paged/me needs none itself.
"""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import quote

import msgspec

from desktop.domain.errors import Rejected, SidetoneError, SignInNeeded
from desktop.domain.finding import Finding, Level
from desktop.sources.rest import NotFound, Refused, RestClient

PERMITTED_PATH: Final = "/api/v2/authorization/divisionspermitted/paged/me?pageSize=1&permission="
NOBODY: Final = "00000000-0000-4000-8000-000000000000"
"""An id that nothing has: 404 then means that one may ask."""


class Probe(NamedTuple):
    """A request that changes nothing. `body` None: GET."""

    path: str
    body: object = None


class Need(NamedTuple):
    """A permission and what it is for; `essential`: without it the connection is of no use. `key` titles its line."""

    key: str
    permission: str
    purpose: str
    essential: bool = False
    probe: Probe | None = None
    person_only: bool = False


ACTIVITY: Final = Probe(
    "/api/v2/analytics/conversations/activity/query",
    {
        "metrics": [{"metric": "oInteracting", "details": True}],
        "groupBy": ["queueId"],
        "filter": {
            "type": "and",
            "predicates": [
                {"type": "dimension", "dimension": "mediaType", "operator": "matches", "value": "voice"},
            ],
        },
    },
)
LIVE_LIST: Final = (
    Need("live list", "analytics:queueObservation:view", "the list of live calls", True, ACTIVITY),
    Need("queue names", "routing:queue:view", "names of queues", False, Probe("/api/v2/routing/queues?pageSize=1")),
    Need(
        "call details",
        "conversation:communication:view",
        "details of a call",
        False,
        Probe(f"/api/v2/conversations/{NOBODY}"),
    ),
)
LIVE_TEXT: Final = Need("live text", "conversation:transcription:view", "live text of calls")
JOINING: Final = (
    Need("monitor", "conversation:call:monitor", "listening in", person_only=True),
    Need("coach", "conversation:call:coach", "coaching", person_only=True),
    Need("barge", "conversation:call:barge", "barging in", person_only=True),
)


def subject_of(need: Need) -> str:
    """The finding's key."""
    return f"Permission: {need.key}"


async def check_permission(need: Need, rest: RestClient, person: bool | None) -> Finding:
    """Present, missing, or why it can't be told. Never raises a SidetoneError."""
    subject = subject_of(need)
    if need.person_only and person is False:
        text = f"{need.purpose.capitalize()} needs a person; this sign-in stands for a service."
        return Finding(subject, Level.WARN, text, "Sign in as a person to join calls.")
    try:
        if need.probe is None:
            return _asked(need, await rest.get(PERMITTED_PATH + quote(need.permission, safe=":")))
        if need.probe.body is None:
            await rest.get(need.probe.path, permission=need.permission)
        else:
            await rest.post(need.probe.path, need.probe.body, permission=need.permission)
    except SidetoneError as problem:
        return _refused(need, problem)
    return _present(need)


def _refused(need: Need, problem: SidetoneError) -> Finding:
    subject = subject_of(need)
    match problem:
        case NotFound() if need.probe is not None and NOBODY in need.probe.path:
            return _present(need)
        case Refused(status=403) if need.probe is not None:
            named = problem.error.permissions or (need.permission,)
            if problem.error.needs_person:
                return Finding(subject, _missing(need), f"No {need.purpose}: {problem}", "Sign in as a person.")
            return _absent(need, " or ".join(named))
        case SignInNeeded():
            return Finding(subject, Level.FAIL, str(problem), "Sign in again.", problem.remedy)
        case NotFound() if need.probe is not None:
            text = f"No {need.purpose}: this platform does not offer it (404)."
            return Finding(subject, _missing(need), text, "Check that the connection's kind fits this platform.")
        case Rejected():
            text = f"It can't be told beforehand whether {need.purpose} is allowed."
            return Finding(
                subject, Level.WARN, text, f"If it is refused, an administrator can grant {need.permission}."
            )
        case _:
            return Finding(subject, Level.WARN, f"Not checked: {problem}", "Try again later.")


def _asked(need: Need, body: bytes) -> Finding:
    """{"entities": [divisions], "total", "allDivsPermitted"}: nothing permitted anywhere means that it is missing."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        found = None
    if not isinstance(found, dict) or not ({"entities", "total", "allDivsPermitted"} & found.keys()):
        return _refused(need, Rejected("not an answer"))
    if found.get("allDivsPermitted") is True or found.get("entities") or found.get("total"):
        return _present(need)
    return _absent(need, need.permission)


def _present(need: Need) -> Finding:
    return Finding(subject_of(need), Level.PASS, f"{need.permission} is granted: {need.purpose}.")


def _absent(need: Need, names: str) -> Finding:
    text = f"{need.permission} is missing: no {need.purpose}."
    return Finding(subject_of(need), _missing(need), text, f"An administrator can grant {names} by a role.")


def _missing(need: Need) -> Level:
    return Level.FAIL if need.essential else Level.WARN
