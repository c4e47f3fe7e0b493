"""Clock skew from the Date header, and what a token says about whom it stands for."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from desktop.doctor.clock import Reading, clock_verdict, read_clock
from desktop.doctor.sign_in import Who, check_sign_in, sign_in_verdict
from desktop.domain.errors import Rejected, SignInNeeded, Unreachable
from desktop.domain.finding import Level, Remedy

SENT = 1_800_000_000.0


@pytest.mark.parametrize(
    ("ahead_s", "trip_s", "level", "said"),
    [
        (0.0, 0.1, Level.PASS, "agrees"),
        (4.0, 0.1, Level.PASS, "agrees"),
        (8.0, 8.0, Level.PASS, "agrees"),  # no more than the trip itself leaves open
        (20.0, 0.1, Level.WARN, "20 s ahead of"),
        (-20.0, 0.1, Level.WARN, "20 s behind"),
        (290.0, 0.1, Level.WARN, "5 min ahead of"),
        (310.0, 0.1, Level.FAIL, "5 min ahead of"),
        (-90_000.0, 0.1, Level.FAIL, "25 h behind"),
    ],
)
def test_how_far_off_the_clock_is(ahead_s: float, trip_s: float, level: Level, said: str) -> None:
    ours = SENT + 0.5 + ahead_s
    verdict = clock_verdict("Clock", Reading(SENT, ours - trip_s / 2, ours + trip_s / 2))
    assert verdict.level is level
    assert said in verdict.text
    assert bool(verdict.remedy) is (level is not Level.PASS)


def test_no_date_is_not_checked() -> None:
    verdict = clock_verdict("Clock", Reading(None, SENT, SENT))
    assert verdict.level is Level.WARN
    assert "Not checked" in verdict.text


@pytest.fixture
async def dated() -> AsyncIterator[tuple[str, dict[str, str]]]:
    """A server and the headers that it answers with."""
    headers: dict[str, str] = {}

    async def answer(request: web.Request) -> web.Response:
        assert "Authorization" not in request.headers
        return web.Response(status=404, headers=headers)

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/", headers
    await runner.cleanup()


async def test_any_answer_tells_the_time_and_no_token_is_sent(dated: tuple[str, dict[str, str]]) -> None:
    url, headers = dated
    assert clock_verdict("Clock", await read_clock(url, aiohttp.ClientSession)).level is Level.PASS
    headers["Date"] = "Wed, 21 Oct 2015 07:28:00 GMT"
    reading = await read_clock(url, aiohttp.ClientSession, time.time)
    assert reading.theirs == 1445412480.0
    assert clock_verdict("Clock", reading).level is Level.FAIL
    headers["Date"] = "yesterday"
    assert (await read_clock(url, aiohttp.ClientSession)).theirs is None


class Token:
    def __init__(self, problem: Exception | None = None) -> None:
        self._problem = problem

    async def __call__(self, *, refresh: bool) -> str:
        assert not refresh, "a diagnosis must not end anybody's session"
        if self._problem is not None:
            raise self._problem
        return "t"

    async def renewed(self) -> None:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("problem", "said", "action"),
    [
        (SignInNeeded("Nobody is signed in."), "Nobody is signed in.", Remedy.SIGN_IN),
        (Rejected("The secret is wrong (400)."), "The secret is wrong", None),
        (Unreachable("The login does not answer."), "does not answer", None),
        (TimeoutError(), "No token was given", None),
    ],
)
async def test_why_there_is_no_token(problem: Exception, said: str, action: Remedy | None) -> None:
    verdict = await check_sign_in("Sign-in", Who(Token(problem)))
    assert verdict.level is Level.FAIL
    assert said in verdict.text
    assert verdict.action is action


async def test_a_token_that_is_there_passes() -> None:
    assert (await check_sign_in("Sign-in", Who(Token(), True, True, lambda: 82_800.0))).text == (
        "Signed in as a person; the token lasts another 23 h."
    )


@pytest.mark.parametrize(
    ("person", "renews", "remaining", "level", "said"),
    [
        (False, True, 3600.0, Level.PASS, "a service; the token lasts another 60 min. A service can watch, but not"),
        (False, True, 60.0, Level.PASS, "60 s"),
        (True, False, 200.0, Level.WARN, "3 min"),
        (True, False, None, Level.PASS, "Signed in as a person."),
        (None, True, float("inf"), Level.PASS, "A token is kept."),
    ],
)
def test_whom_it_stands_for_and_how_long(
    person: bool | None, renews: bool, remaining: float | None, level: Level, said: str
) -> None:
    verdict = sign_in_verdict("Sign-in", person, renews, remaining)
    assert verdict.level is level
    assert said in verdict.text
