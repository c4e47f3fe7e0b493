"""Setting up a hook step by step, alone against literal replies and against the simulated platform."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator

import pytest
import trustme
from aiohttp import web

from desktop.domain.errors import NotOffered, Rejected, SettingInvalid, SidetoneError, Throttled, Unreachable
from desktop.domain.facts import CallFacts
from desktop.domain.finding import Finding, Level, Remedy
from desktop.protocols.address_ranges import AddressRange
from desktop.protocols.provisioning import HookPlan
from desktop.simulator.platform import SimulatedPlatform
from desktop.simulator.provisioning import ProvisioningPart, really_asked
from desktop.simulator.token_office import TokenOffice
from desktop.sources.provisioning import (
    ENDING,
    NOT_ACTIVE,
    UNKNOWN_CALL,
    UNNAMED_403,
    HookProvisioner,
    audiohook_ranges,
    read_integration,
)
from desktop.sources.provisioning_probe import try_destination
from desktop.sources.rest import RestClient
from tests.support.leaks import held
from tests.support.tokens import FixedToken

PLAN = HookPlan("Sidetone (test)", "https://analytics.example.com/stream/v1/audiohook")
WELL = Finding("Destination", Level.PASS, "fine")
ILL = Finding("Destination", Level.FAIL, "broken", "mend it")


class Rig:
    """A simulated organisation whose clock runs only while somebody sleeps."""

    def __init__(self, part: ProvisioningPart, base: str, office: TokenOffice, now: list[float]) -> None:
        self.part, self.office, self.now = part, office, now
        self.told: list[Finding] = []
        self.tried: list[str] = []
        self.destination = WELL
        self.rest = RestClient(base, FixedToken(office.issue()), sleep=self.sleep, jitter=lambda: 0.0)
        self.provisioner = HookProvisioner(self.rest, self.try_it, sleep=self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.now[0] += seconds
        await asyncio.sleep(0)

    async def try_it(self, url: str) -> Finding:
        self.tried.append(url)
        return self.destination

    @property
    def said(self) -> list[tuple[str, Level]]:
        return [(finding.subject, finding.level) for finding in self.told]


@contextlib.asynccontextmanager
async def organisation(**options: object) -> AsyncIterator[Rig]:
    now = [1_000.0]
    office = TokenOffice(clock=lambda: now[0])
    part = ProvisioningPart(office, **options)  # type: ignore[arg-type]
    platform = SimulatedPlatform([part])
    base = await platform.start()
    try:
        yield Rig(part, base, office, now)
    finally:
        await platform.close()


async def sick(url: str) -> bool:
    return False


# section 2


async def test_document_c_step_2_created_disabled_tested_enabled_and_watched() -> None:
    async with organisation() as rig:
        hook = await rig.provisioner.provision(PLAN, rig.told.append)
        assert hook.enabled
        assert [request.status for request in rig.part.requests] == ["DISABLED", "ENABLED"]
        assert rig.tried == [PLAN.destination_url]
        assert rig.said == [
            ("Hook", Level.PASS),
            ("Destination", Level.PASS),
            ("Health check", Level.WARN),
            ("Health check", Level.PASS),
        ]
        assert rig.now[0] - 1_000.0 >= 60.0


async def test_document_c_step_2_trap_a_destination_that_fails_is_never_enabled() -> None:
    async with organisation() as rig:
        rig.destination = ILL
        hook = await rig.provisioner.provision(PLAN, rig.told.append)
        assert not hook.enabled
        assert [request.status for request in rig.part.requests] == ["DISABLED"]
        assert rig.said == [("Hook", Level.PASS), ("Destination", Level.FAIL), ("Hook", Level.WARN)]
        rig.destination = WELL
        assert (await rig.provisioner.enable(PLAN, hook.id, rig.told.append)).enabled


async def test_document_c_step_2_effect_the_platform_disables_it_after_up_to_60_s() -> None:
    async with organisation(health=sick, reflect_s=60.0) as rig:
        hook = await rig.provisioner.provision(PLAN, rig.told.append)
        assert not hook.enabled
        assert rig.said[-1] == ("Health check", Level.FAIL)
        assert "by itself after about 60 s" in rig.told[-1].text
        assert "lets in the platform's addresses" in rig.told[-1].remedy


async def test_looks_that_fail_say_nothing_about_the_hook() -> None:
    async with organisation() as rig:
        looks = rig.provisioner._rest
        original, failed = looks.get, [0]

        async def sometimes(path: str, **options: object) -> bytes:
            failed[0] += 1
            if failed[0] in (3, 5):
                raise Unreachable("gone") if failed[0] == 3 else Throttled("wait", 1.0)
            return await original(path, **options)  # type: ignore[arg-type]

        looks.get = sometimes  # type: ignore[method-assign]
        assert (await rig.provisioner.provision(PLAN, rig.told.append)).enabled


async def test_document_c_step_2_fields_are_checked_before_anything_is_sent() -> None:
    async with organisation() as rig:
        with pytest.raises(SettingInvalid, match="destinationUrl"):
            await rig.provisioner.provision(HookPlan("n", "http://a.example.com"), rig.told.append)
        assert not rig.part.asked


async def test_document_c_step_2_names_are_unique() -> None:
    async with organisation() as rig:
        await rig.provisioner.provision(PLAN, rig.told.append)
        with pytest.raises(SettingInvalid, match="name: is taken"):
            await rig.provisioner.provision(PLAN, rig.told.append)
        assert len(rig.part.hooks()) == 1


async def test_a_real_organisation_does_not_offer_it_and_audiohook_is_named() -> None:
    async with organisation(offers=False) as rig:
        for attempt in (rig.provisioner.provision(PLAN, rig.told.append), rig.provisioner.bind("c", "h")):
            with pytest.raises(NotOffered, match="AudioHook Monitor") as caught:
                await attempt
            assert caught.value.remedy is Remedy.USE_AUDIOHOOK


async def test_document_c_permissions_that_are_missing_are_named() -> None:
    async with organisation() as rig:
        rig.office.permissions = frozenset({"audiohooks:audiohook:read"})
        rig.rest = RestClient(rig.rest.base_url, FixedToken(rig.office.issue()), attempts=1)
        with pytest.raises(Rejected, match="audiohooks:audiohook:create"):
            await HookProvisioner(rig.rest, rig.try_it).provision(PLAN, rig.told.append)


@contextlib.asynccontextmanager
async def answering(*replies: tuple[str, int, str]) -> AsyncIterator[RestClient]:
    """A platform that answers "METHOD /path" with a status and a literal body, each in its turn."""
    left = list(replies)

    async def answer(request: web.Request) -> web.Response:
        expected, status, body = left.pop(0)
        assert f"{request.method} {request.path}" == expected
        return web.Response(status=status, text=body, content_type="application/json")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield RestClient(f"http://127.0.0.1:{runner.addresses[0][1]}", FixedToken(), attempts=1)
        assert not left
    finally:
        await runner.cleanup()


async def nap(seconds: float) -> None:
    await asyncio.sleep(0)


async def well(url: str) -> Finding:
    return WELL


async def test_document_c_step_1_effect_a_bare_403_may_be_the_certificate() -> None:
    listing, create = ("GET /api/v2/audiohooks", 200, "{}"), ("POST /api/v2/audiohooks", 403, "{}")
    async with answering(listing, create) as rest:
        with pytest.raises(Rejected) as caught:
            await HookProvisioner(rest, well).provision(PLAN, lambda finding: None)
        assert str(caught.value) == UNNAMED_403
        assert "certificate" in UNNAMED_403


@pytest.mark.parametrize(
    ("status", "error", "word"), [(409, SettingInvalid, "taken"), (404, NotOffered, "404"), (400, Rejected, "400")]
)
async def test_a_creation_that_is_refused(status: int, error: type[SidetoneError], word: str) -> None:
    listing, create = ("GET /api/v2/audiohooks", 200, "{}"), ("POST /api/v2/audiohooks", status, "{}")
    async with answering(listing, create) as rest:
        with pytest.raises(error, match=word):
            await HookProvisioner(rest, well).provision(PLAN, lambda finding: None)


async def test_an_enabling_that_is_refused_or_has_no_effect() -> None:
    disabled = '{"id":"h","status":"DISABLED"}'
    begin = (("GET /api/v2/audiohooks", 200, "{}"), ("POST /api/v2/audiohooks", 201, disabled))
    async with answering(*begin, ("PUT /api/v2/audiohooks/h", 403, "{}")) as rest:
        with pytest.raises(Rejected, match="certificate"):
            await HookProvisioner(rest, well).provision(PLAN, lambda finding: None)
    told: list[Finding] = []
    looks = (("GET /api/v2/audiohooks/h", 200, disabled),) * 15
    async with answering(*begin, ("PUT /api/v2/audiohooks/h", 200, disabled), *looks) as rest:
        hook = await HookProvisioner(rest, well, sleep=nap).provision(PLAN, told.append)
    assert not hook.enabled
    assert told[-1].text == "The platform has not enabled the hook."


# section 3


async def bound(rig: Rig) -> str:
    hook = await rig.provisioner.provision(PLAN, rig.told.append)
    rig.part.appeared("call-1", CallFacts(), 0)
    return hook.id


async def test_document_c_step_3_option_b_binds_an_active_call() -> None:
    async with organisation() as rig:
        hook = await bound(rig)
        await rig.provisioner.bind("call-1", hook)
        assert rig.part.streaming == [("call-1", hook)]
        rig.part.ended("call-1", 0)
        assert rig.part.streaming == []


@pytest.mark.parametrize("how", ["disconnecting", "ended"])
async def test_document_c_step_3_trap_a_call_that_is_ending_is_not_even_tried(how: str) -> None:
    async with organisation() as rig:
        hook = await bound(rig)
        if how == "disconnecting":
            rig.part.disconnecting("call-1")
        else:
            rig.part.ended("call-1", 0)
        with pytest.raises(Rejected) as caught:
            await rig.provisioner.bind("call-1", hook)
        assert str(caught.value) == NOT_ACTIVE
        assert not [path for path in rig.part.asked if path.endswith("/events")]


async def test_document_c_step_3_fix_409_is_tried_again_while_the_call_is_active() -> None:
    async with organisation() as rig:
        hook = await bound(rig)
        rig.part.conflicts = 2
        await rig.provisioner.bind("call-1", hook)
        assert rig.part.streaming == [("call-1", hook)]


async def test_document_c_step_3_effect_409_to_the_end_is_told_with_the_hook_s_state() -> None:
    async with organisation() as rig:
        hook = await bound(rig)
        rig.part.conflicts = 9
        with pytest.raises(Rejected, match=r"no longer available \(409\)"):
            await rig.provisioner.bind("call-1", hook)
        assert rig.part.conflicts == 6


async def test_document_c_step_3_effect_the_hook_remains_disabled() -> None:
    active, conflict = ("GET", 200, '{"status":"Active"}'), ("POST", 409, "{}")
    call = "/api/v2/conversations/conversations/c"
    turns = [(f"GET {call}", *active[1:]), (f"POST {call}/events", *conflict[1:])] * 3
    async with answering(*turns, ("GET /api/v2/audiohooks/h", 200, '{"id":"h","status":"DISABLED"}')) as rest:
        with pytest.raises(Rejected, match="The hook is disabled now"):
            await HookProvisioner(rest, well, sleep=nap).bind("c", "h")
    async with answering(*turns, ("GET /api/v2/audiohooks/h", 500, "")) as rest:
        with pytest.raises(Rejected, match=r"\(409\)"):
            await HookProvisioner(rest, well, sleep=nap).bind("c", "h")


async def test_document_c_step_3_a_call_that_ends_between_two_tries() -> None:
    call = "/api/v2/conversations/conversations/c"
    active, over = (f"GET {call}", 200, '{"status":"Active"}'), (f"GET {call}", 200, '{"status":"Disconnecting"}')
    async with answering(active, (f"POST {call}/events", 409, "{}"), over) as rest:
        with pytest.raises(Rejected) as caught:
            await HookProvisioner(rest, well, sleep=nap).bind("c", "h")
    assert str(caught.value) == ENDING


async def test_a_call_that_nobody_knows_and_a_hook_that_is_gone() -> None:
    async with organisation() as rig:
        hook = await bound(rig)
        with pytest.raises(Rejected) as caught:
            await rig.provisioner.bind("call-2", hook)
        assert str(caught.value) == UNKNOWN_CALL
        with pytest.raises(Rejected, match="404"):
            await rig.provisioner.bind("call-1", "another")


# the real platform


async def test_the_integration_s_state_is_read() -> None:
    body = '{"id":"i","intendedState":"ENABLED","reportedState":{"code":"ACTIVE"}}'
    async with answering(("GET /api/v2/integrations/i", 200, body)) as rest:
        assert (await read_integration(rest, "i")).level is Level.PASS


async def test_document_c_step_1_the_platform_s_ranges_are_imported() -> None:
    ranges = (AddressRange("52.200.73.32/32", "audiohook"), AddressRange("1.2.3.4/32", "smtp"))
    async with organisation(ranges=ranges, offers=False) as rig:
        assert [str(network) for network in await audiohook_ranges(rig.rest)] == ["52.200.73.32/32"]


# the connectivity test


@contextlib.asynccontextmanager
async def destination(
    status: dict[str, int] | None = None, *, tls: bool = True, slow: bool = False
) -> AsyncIterator[tuple[str, ssl.SSLContext, list[web.Request]]]:
    authority, seen = trustme.CA(), []
    hang = asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        seen.append(request)
        if slow:
            await hang.wait()
        return web.Response(status=(status or {}).get(request.method, 200))

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.issue_cert("localhost").configure_cert(server)
    authority.configure_trust(client)
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=server if tls else None).start()
    try:
        yield f"https://localhost:{runner.addresses[0][1]}/stream/v1/audiohook", client, seen
    finally:
        hang.set()
        await runner.cleanup()


async def test_document_c_step_2_fix_post_and_get_are_tried_as_the_platform_would() -> None:
    async with destination() as (url, context, seen):
        finding = await try_destination(url, ssl_context=context, token="t")
        assert finding.level is Level.PASS
        assert [request.method for request in seen] == ["POST", "GET"]
        assert {request.headers["User-Agent"] for request in seen} == {"GenesysCloud-AudioHook-Client"}
        assert {request.headers["Authorization"] for request in seen} == {"Bearer t"}


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ({"POST": 401}, "token"),
        ({"POST": 403}, "allow-list"),
        ({"POST": 404}, "path"),
        ({"POST": 405}, "accept POST"),
        ({"GET": 429}, "busy"),
        ({"GET": 302}, "final address"),
        ({"POST": 500}, "own log"),
        ({"POST": 202}, "own log"),
    ],
)
async def test_document_c_step_2_anything_but_200_is_named(status: dict[str, int], word: str) -> None:
    async with destination(status) as (url, context, _):
        finding = await try_destination(url, ssl_context=context)
    assert finding.level is Level.FAIL
    assert str(*status.values()) in finding.text
    assert word in finding.remedy


async def test_document_c_step_1_trap_an_untrusted_certificate_is_named_as_such() -> None:
    async with destination() as (url, _, seen):
        finding = await try_destination(url)
        assert finding.level is Level.FAIL
        assert "certificate is not trusted" in finding.text
        assert f"openssl s_client -connect {url.split('/')[2]}" in finding.remedy
        assert not seen


async def test_a_destination_without_tls() -> None:
    async with destination(tls=False) as (url, context, _):
        finding = await try_destination(url, ssl_context=context)
    assert (finding.level, "TLS" in finding.text) == (Level.FAIL, True)


async def test_a_destination_that_is_slow_or_gone() -> None:
    async with destination(slow=True) as (url, context, _):
        assert "within 0.2 s" in (await try_destination(url, ssl_context=context, limit_s=0.2)).text
    assert "can't be reached" in (await try_destination(url, ssl_context=context)).text


async def test_a_destination_whose_name_nobody_knows() -> None:
    finding = await try_destination("https://nowhere.invalid/x")
    assert finding.level is Level.FAIL


# the simulated platform by itself


async def test_the_simulated_platform_s_own_health_check() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=200 if request.path == "/well" or request.method == "POST" else 500)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    assert await really_asked(f"{base}/well")
    assert not await really_asked(f"{base}/ill")
    await runner.cleanup()
    assert not await really_asked(f"{base}/well")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{}", 400),
        (b'{"name":"n","destinationUrl":"http://x","format":"OPUS","status":"DISABLED"}', 400),
        (b'{"name":"n","destinationUrl":"https://x","format":"opus","status":"DISABLED"}', 400),
        (b'{"name":"n","destinationUrl":"https://x","format":"OPUS","status":"on"}', 400),
        (b'{"name":"n","destinationUrl":"https://x","format":"OPUS","status":"ENABLED"}', 200),
    ],
)
async def test_document_c_step_2_the_simulated_platform_rejects_a_single_character_error(
    body: bytes, status: int
) -> None:
    async with organisation() as rig:
        if status == 200:
            await rig.rest.post("/api/v2/audiohooks", body)
            with pytest.raises(Rejected, match="409"):
                await rig.rest.post("/api/v2/audiohooks", body)
        else:
            with pytest.raises(Rejected, match="400"):
                await rig.rest.post("/api/v2/audiohooks", body)


async def test_document_c_edge_case_2_a_hook_s_format_is_not_changed_by_the_api() -> None:
    async with organisation() as rig:
        hook = await rig.provisioner.provision(PLAN, rig.told.append)
        other = HookPlan(PLAN.name, PLAN.destination_url, format="PCMU")
        with pytest.raises(Rejected, match="400"):
            await rig.provisioner.enable(other, hook.id, rig.told.append)


async def test_twenty_provisionings_leave_nothing_behind() -> None:
    async with organisation() as rig:
        await rig.provisioner.hooks()
        before = await held()
        for n in range(20):
            await rig.provisioner.provision(HookPlan(f"n{n}", PLAN.destination_url), rig.told.append)
        after = await held()
    assert after.sockets <= before.sockets + 1
    assert after.tasks <= before.tasks + 1
