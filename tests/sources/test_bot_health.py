"""Bot health (document E step 3): at most once in 60 s, both dialects, every way it can be refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from desktop.domain.bots import BotHealth
from desktop.domain.errors import Rejected, SignInNeeded, Throttled, Unreachable
from desktop.domain.events import LinkFound, PeerComplaint, SourceEvent
from desktop.domain.finding import Level, Remedy
from desktop.protocols.platform_errors import PlatformError
from desktop.simulator.bots import BotsPart
from desktop.simulator.platform import SimulatedPlatform
from desktop.simulator.token_office import TokenOffice
from desktop.sources.bot_health import BotHealthWatch, shortened
from desktop.sources.rest import NotFound, RestClient

BOT = "0f1e2d3c-aaaa-bbbb-cccc-000000000001"
DOCUMENTS = "/api/v2/integrations/bots/" + BOT
REAL = "/api/v2/integrations/" + BOT
ON, OFF = b'{"enabled": true}', b'{"enabled": false}'
REAL_ON = b'{"intendedState": "ENABLED", "reportedState": {"code": "ACTIVE"}}'
NOT_FOUND = NotFound("The platform knows nothing at this address (404).", 404, PlatformError())


class Rest:
    """Answers from a table; what is missing is a 404."""

    def __init__(self, **answers: object) -> None:
        self.answers: dict[str, object] = {DOCUMENTS: answers.get("documents", NOT_FOUND)}
        self.answers[REAL] = answers.get("real", NOT_FOUND)
        self.asked: list[str] = []

    async def get(self, path: str, *, permission: str = "") -> bytes:
        self.asked.append(path)
        answer = self.answers.get(path, NOT_FOUND)
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            await asyncio.Event().wait()
        assert isinstance(answer, bytes)
        assert permission
        return answer


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def watch_of(rest: Rest, clock: Clock, **options: float) -> BotHealthWatch:
    return BotHealthWatch("bots", [BOT], rest, clock=clock, jitter=lambda: 0.0, **options)  # type: ignore[arg-type]


def nobody(event: SourceEvent) -> None:
    raise AssertionError(event)


@pytest.mark.parametrize(
    ("answer", "level", "health"),
    [
        (ON, Level.PASS, BotHealth.ENABLED),
        (OFF, Level.WARN, BotHealth.DISABLED),
        (b'{"enabled": true, "connected": false}', Level.FAIL, BotHealth.UNREACHABLE),
        (Unreachable("The platform does not answer."), Level.FAIL, BotHealth.UNREACHABLE),
        (Rejected("no"), Level.FAIL, BotHealth.UNREACHABLE),
    ],
)
async def test_document_e_step_3_enabled_disabled_unreachable(answer: object, level: Level, health: BotHealth) -> None:
    watch = watch_of(Rest(documents=answer), Clock())
    assert watch.health(BOT) is None
    finding = await watch.check(BOT, nobody)
    assert (finding.subject, finding.level, watch.health(BOT)) == ("Bot 0f1e2d3c…", level, health)
    assert (finding.remedy == "") is (level is Level.PASS)
    assert watch.enabled == (health is BotHealth.ENABLED)


async def test_document_e_429_the_health_check_is_not_called_more_than_once_in_60_s() -> None:
    rest, clock = Rest(documents=ON), Clock()
    watch = watch_of(rest, clock, interval_s=1.0)  # a setting cannot undercut it
    for second in range(600):
        clock.now = 1_000.0 + second
        await asyncio.gather(watch.check(BOT, nobody), watch.check(BOT, nobody))
    assert len(rest.asked) == 10


async def test_the_real_platforms_address_is_found_once_and_remembered() -> None:
    rest, clock = Rest(real=REAL_ON), Clock()
    watch = watch_of(rest, clock)
    for _ in range(3):
        assert (await watch.check(BOT, nobody)).level is Level.PASS
        clock.now += 60.0
    assert rest.asked == [DOCUMENTS, REAL, REAL, REAL]


async def test_a_bot_that_nobody_knows_costs_one_request_a_minute() -> None:
    rest, clock = Rest(), Clock()
    watch = watch_of(rest, clock)
    findings = []
    for _ in range(4):
        findings.append(await watch.check(BOT, nobody))
        clock.now += 60.0
    assert rest.asked == [DOCUMENTS, REAL, REAL, DOCUMENTS, REAL]
    assert {finding.level for finding in findings} == {Level.FAIL}
    assert "404" in findings[0].text
    rest.answers[DOCUMENTS] = ON
    assert (await watch.check(BOT, nobody)).level is Level.PASS
    assert watch.health(BOT) is BotHealth.ENABLED


async def test_document_e_step_3_a_health_check_times_out() -> None:
    watch = watch_of(Rest(documents=None), Clock(), timeout_s=0.02)
    finding = await watch.check(BOT, nobody)
    assert finding.level is Level.FAIL
    assert "within 0.02 s" in finding.text
    assert finding.action is Remedy.RETRY


async def test_document_e_429_pauses_grow_and_retry_after_wins() -> None:
    rest, clock = Rest(documents=Throttled("wait", 5.0)), Clock()
    watch = watch_of(rest, clock)
    waits = []
    for _ in range(6):
        finding = await watch.check(BOT, nobody)
        assert (finding.level, "429" in finding.text) == (Level.WARN, True)
        count, begin = len(rest.asked), clock.now
        while len(rest.asked) == count:
            clock.now += 10.0
            await watch.check(BOT, nobody)
        waits.append(clock.now - begin)
    assert waits == [60.0, 120.0, 240.0, 480.0, 600.0, 600.0]
    rest.answers[DOCUMENTS] = Throttled("wait", 4_000.0)
    clock.now += 600.0
    await watch.check(BOT, nobody)
    count = len(rest.asked)
    clock.now += 3_999.0
    await watch.check(BOT, nobody)
    assert len(rest.asked) == count


async def test_a_limit_hit_for_one_bot_spares_the_others() -> None:
    rest, clock = Rest(documents=Throttled("wait", 5.0)), Clock()
    watch = BotHealthWatch("bots", [BOT, "bot-2"], rest, clock=clock)
    await watch.check(BOT, nobody)
    assert "429" in (await watch.check("bot-2", nobody)).text
    assert rest.asked == [DOCUMENTS]


async def test_a_sign_in_that_ended_offers_to_sign_in() -> None:
    finding = await watch_of(Rest(documents=SignInNeeded("Sign in again.")), Clock()).check(BOT, nobody)
    assert (finding.level, finding.action) == (Level.FAIL, Remedy.SIGN_IN)


async def test_an_answer_that_is_none_is_complained_about() -> None:
    told: list[SourceEvent] = []
    finding = await watch_of(Rest(documents=b'{"enabled": "yes"}'), Clock()).check(BOT, told.append)
    assert finding.level is Level.FAIL
    (complaint,) = told
    assert isinstance(complaint, PeerComplaint)
    assert "$.enabled" in complaint.detail


def test_ids_are_shortened_but_never_alike() -> None:
    one, other, third = "0c4f5d9a-1111-2222-3333-444455556666", "0c4f5d9a-11bb-2222-3333-444455556666", "z" * 25
    assert shortened([one, third]) == {one: "0c4f5d9a…", third: "zzzzzzzz…"}
    assert shortened([one, other, other]) == {one: "0c4f5d9a-111…", other: "0c4f5d9a-11b…"}
    assert shortened([one + "a", one + "b"]) == {one + "a": one + "a", one + "b": one + "b"}
    assert shortened([]) == {}


def test_a_short_id_is_shown_whole() -> None:
    ids = ["bot-billing", "ab", "a" * 24, "bot-bill"]
    assert shortened(ids) == {bot_id: bot_id for bot_id in ids}


# against the simulated platform, through the real REST client


@asynccontextmanager
async def platform_of(part: BotsPart, office: TokenOffice) -> AsyncIterator[RestClient]:
    platform = SimulatedPlatform([part])
    token = office.issue()

    class Token:
        async def __call__(self, *, refresh: bool) -> str:
            return token

        async def renewed(self) -> None:
            await asyncio.Event().wait()

    try:
        yield RestClient(await platform.start(), Token(), attempts=1)
    finally:
        await platform.close()


@pytest.mark.parametrize("documents", [True, False])
async def test_both_ends_a_bot_is_switched_off_and_removed(documents: bool) -> None:
    office, clock, naps = TokenOffice(), Clock(), asyncio.Semaphore(0)
    part = BotsPart(office, bots=[BOT], offers_documents=documents, offers_integrations=not documents)
    found: asyncio.Queue[SourceEvent] = asyncio.Queue()

    async def sleep(seconds: float) -> None:
        assert seconds >= 60.0
        await naps.acquire()
        clock.now += seconds

    async def next_level(change: Callable[[], None] | None = None) -> Level:
        if change is not None:
            change()
            naps.release()
        async with asyncio.timeout(10):
            event = await found.get()
        assert isinstance(event, LinkFound)
        return event.finding.level

    async with platform_of(part, office) as rest, asyncio.TaskGroup() as group:
        watch = BotHealthWatch("bots", [BOT], rest, sleep=sleep, clock=clock)
        running = group.create_task(watch.run(found.put_nowait))
        levels = [
            await next_level(),
            await next_level(lambda: part.bots.update({BOT: "disabled"})),
            await next_level(lambda: part.bots.update({BOT: "gone"})),
            await next_level(lambda: part.refuse_health(429, headers={"Retry-After": "0"})),
            await next_level(lambda: part.bots.update({BOT: "enabled"})),
        ]
        running.cancel()
    assert levels == [Level.PASS, Level.WARN, Level.FAIL, Level.WARN, Level.PASS]
    assert part.health_asked[DOCUMENTS if documents else REAL] == 5
