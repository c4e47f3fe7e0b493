"""Each permission that a connection needs is present, or missing and named, or honestly not known."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from desktop.app.tokens import FixedToken
from desktop.doctor.permissions import JOINING, LIVE_LIST, LIVE_TEXT, Need, check_permission, subject_of
from desktop.domain.finding import Finding, Level, Remedy
from desktop.protocols.platform_errors import encode_error
from desktop.simulator.permissions import PermissionsPart
from desktop.simulator.platform import SimulatedPlatform
from desktop.simulator.token_office import TokenOffice
from desktop.sources.rest import RestClient

VIEW, QUEUES, CALL = LIVE_LIST


class Token:
    async def __call__(self, *, refresh: bool) -> str:
        return "t"

    async def renewed(self) -> None:
        raise NotImplementedError


@dataclass
class Platform:
    """Answers every request alike."""

    base_url: str = ""
    status: int = 200
    body: bytes = b"{}"
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(f"{request.method} {request.path_qs}")
        return web.Response(status=self.status, body=self.body)

    async def check(self, need: Need, person: bool | None = True) -> Finding:
        return await check_permission(need, RestClient(self.base_url, Token(), attempts=1), person)


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    made = Platform()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


async def test_what_answers_is_permitted(platform: Platform) -> None:
    found = [await platform.check(need) for need in LIVE_LIST]
    assert {f.level for f in found} == {Level.PASS}
    assert platform.asked == [
        "POST /api/v2/analytics/conversations/activity/query",
        "GET /api/v2/routing/queues?pageSize=1",
        "GET /api/v2/conversations/00000000-0000-4000-8000-000000000000",
    ]


async def test_a_missing_permission_is_named_and_fails_what_can_t_do_without(platform: Platform) -> None:
    platform.status = 403
    platform.body = encode_error(403, "missing.any.permissions", permissions=("analytics:queueObservation:view",))
    found = await platform.check(VIEW)
    assert found.level is Level.FAIL
    assert "the list of live calls" in found.text
    assert "grant analytics:queueObservation:view" in found.remedy
    platform.body = b""
    queues = await platform.check(QUEUES)
    assert queues.level is Level.WARN
    assert "grant routing:queue:view" in queues.remedy


async def test_an_unknown_call_means_that_one_may_ask(platform: Platform) -> None:
    platform.status, platform.body = 404, encode_error(404, "not.found")
    assert (await platform.check(CALL)).level is Level.PASS
    list_missing = await platform.check(VIEW)
    assert list_missing.level is Level.FAIL
    assert "does not offer it (404)" in list_missing.text


async def test_joining_is_asked_for_and_rings_nobody(platform: Platform) -> None:
    for body, level in (
        (b'{"entities":[{"id":"d"}],"total":1}', Level.PASS),
        (b'{"entities":[],"allDivsPermitted":true}', Level.PASS),
        (b'{"entities":[],"total":0,"allDivsPermitted":false}', Level.WARN),
    ):
        platform.body = body
        assert (await platform.check(JOINING[0])).level is level
    assert set(platform.asked) == {
        "GET /api/v2/authorization/divisionspermitted/paged/me?pageSize=1&permission=conversation:call:monitor"
    }


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'"x"', b"\xff", b"[" * 3000])
async def test_an_answer_that_says_nothing_is_no_verdict(platform: Platform, body: bytes) -> None:
    platform.body = body
    found = await platform.check(LIVE_TEXT)
    assert found.level is Level.WARN
    assert "can't be told" in found.text
    assert "conversation:transcription:view" in found.remedy


async def test_a_service_can_t_join_and_is_told_so_without_asking(platform: Platform) -> None:
    found = await platform.check(JOINING[2], person=False)
    assert found.level is Level.WARN
    assert "stands for a service" in found.text
    assert not platform.asked


async def test_a_request_that_needs_a_person_says_so(platform: Platform) -> None:
    platform.status = 403
    platform.body = encode_error(403, "bad.request", message="This request requires a user context.")
    assert "Sign in as a person" in (await platform.check(VIEW)).remedy


async def test_passing_trouble_is_not_checked_and_no_sign_in_is_a_failure(platform: Platform) -> None:
    for status in (429, 503, 500):
        platform.status = status
        found = await platform.check(VIEW)
        assert found.level is Level.WARN
        assert "Not checked" in found.text
    platform.status = 401
    refused = await platform.check(VIEW)
    assert refused.level is Level.FAIL
    assert refused.action is Remedy.SIGN_IN


def test_subjects_name_the_permission() -> None:
    names = [subject_of(need) for need in (*LIVE_LIST, LIVE_TEXT, *JOINING)]
    assert len(set(names)) == 7
    assert "Permission: coach" in names


async def test_the_simulated_platform_says_where_a_token_may_what() -> None:
    office = TokenOffice(permissions=frozenset({"conversation:call:monitor"}))
    simulated = SimulatedPlatform([PermissionsPart(office)])
    base_url = await simulated.start()
    token = office.issue(user="somebody")
    try:
        found = {
            need.key: await check_permission(need, RestClient(base_url, FixedToken(token), attempts=1), True)
            for need in JOINING
        }
        stranger = await check_permission(LIVE_TEXT, RestClient(base_url, Token(), attempts=1), True)
    finally:
        await simulated.close()
    assert {key: f.level for key, f in found.items()} == {
        "monitor": Level.PASS,
        "coach": Level.WARN,
        "barge": Level.WARN,
    }
    assert "conversation:call:coach is missing" in found["coach"].text
    assert stranger.level is Level.FAIL
