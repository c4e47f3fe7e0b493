"""A person signs in with the browser: PKCE over a real loopback port, and everything that can come to that port."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, urlsplit

import aiohttp
import psutil
import pytest

from desktop.domain.errors import Rejected, SignInNeeded, Unreachable
from desktop.domain.sign_in import SignInState
from desktop.identity.build import person_keeper
from desktop.identity.vault import token_name
from tests.identity.login import Browser, login, running
from tests.support.leaks import held


def redirect_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["redirect_uri"][0]


class Silent:
    """A browser that opens and does nothing; the test is the person."""

    def __init__(self) -> None:
        self.urls: list[str] = []

    def __call__(self, url: str) -> bool:
        self.urls.append(url)
        return True

    async def url(self) -> str:
        while not self.urls:
            await asyncio.sleep(0)
        return self.urls[-1]


async def got(url: str, **options: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url, headers=options) as response:
        return response.status, await response.text()


async def test_a_person_signs_in_and_sees_a_page_that_says_so() -> None:
    async with login() as at, asyncio.TaskGroup() as group:
        browser = Browser(group)
        keeper = at.person(browser)
        with pytest.raises(SignInNeeded, match="Nobody is signed in"):
            await keeper(refresh=False)
        await keeper.sign_in()
        grant = at.office.grant(await keeper(refresh=False))
        assert grant is not None
        assert grant.user == at.part.script.user
        states = [said.state for said in at.said]
        assert states == [SignInState.SIGNED_OUT, SignInState.IN_BROWSER, SignInState.SIGNED_IN]
        while not browser.pages:
            await asyncio.sleep(0.005)
        status, text = browser.pages[0]
        assert (status, "You are signed in" in text, "close this tab" in text) == (200, True, True)
    asked = parse_qs(urlsplit(browser.urls[0]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert "scope" not in asked
    assert redirect_of(browser.urls[0]).startswith("http://localhost:")


async def test_a_restart_needs_no_browser_while_the_token_or_its_refresh_token_lasts() -> None:
    async with login() as at, asyncio.TaskGroup() as group:
        keeper = at.person(Browser(group))
        at.part.script.life_s = 0.2
        await keeper.sign_in()
        await asyncio.sleep(0.25)
        later = at.person(lambda url: pytest.fail("a browser was opened"))
        assert at.office.grant(await later(refresh=False))
        assert at.part.asked == ["authorization_code", "refresh_token"]


async def test_refresh_tokens_rotate_without_a_person() -> None:
    async with login() as at, asyncio.TaskGroup() as group:
        keeper = at.person(Browser(group))
        at.part.script.life_s = 0.3
        await keeper.sign_in()
        async with running(keeper), asyncio.timeout(20):
            for _ in range(4):
                await keeper.renewed()
                await keeper(refresh=False)
        assert at.part.asked[:4] == ["authorization_code", "refresh_token", "refresh_token", "refresh_token"]
        assert len(at.part._refresh) == 1


async def test_a_refresh_token_that_is_no_longer_taken_leads_to_the_person() -> None:
    async with login() as at, asyncio.TaskGroup() as group:
        keeper = at.person(Browser(group))
        await keeper.sign_in()
        first = await keeper(refresh=False)
        at.part.forget_people()
        with pytest.raises(Rejected, match="invalid_grant"):
            await keeper(refresh=True)
        assert await keeper(refresh=False) == first  # it still lasts
        at.office.revoke_all()
        with pytest.raises(SignInNeeded):
            await keeper(refresh=True)
        assert at.state is SignInState.SIGNED_OUT
        await keeper.sign_in()
        assert await keeper(refresh=False) != first


async def test_without_a_refresh_token_signing_in_again_is_offered_in_time() -> None:
    async with login() as at, asyncio.TaskGroup() as group:
        keeper = at.person(Browser(group))
        at.now, at.part.script.refresh_tokens, at.part.script.life_s = time.time(), False, 3600
        async with running(keeper):
            await keeper.sign_in()
            first = await keeper(refresh=False)
            at.now += 2999
            keeper.retry()  # look at the clock now
            await asyncio.sleep(0.05)
            assert at.state is SignInState.SIGNED_IN
            at.now += 2  # less than ten minutes are left
            keeper.retry()
            said = await at.until(SignInState.EXPIRING)
            assert said.expires_at_ms is not None
            assert "Sign in again" in said.detail
            assert await keeper(refresh=False) == first  # still in use
            await keeper.sign_in()  # the person does it, and streams move over
            await keeper.renewed()
            assert await keeper(refresh=False) != first
            assert at.state is SignInState.SIGNED_IN
            at.now += 3601
            keeper.retry()
            await at.until(SignInState.SIGNED_OUT)
            with pytest.raises(SignInNeeded, match="has ended"):
                await keeper(refresh=False)


async def test_the_documents_dialect_asks_for_its_scopes() -> None:
    async with login(dialect_of_documents=True) as at:
        config = at.config("public", scopes="read:conversations analytics:realtime")
        browser = Silent()
        keeper = person_keeper(config, at.around(), browser, at.shown.append)
        async with asyncio.TaskGroup() as group:
            signing = group.create_task(keeper.sign_in(), name="sign in")
            url = await browser.url()
            assert parse_qs(urlsplit(url).query)["scope"] == ["read:conversations analytics:realtime"]
            await got(url)
            await signing
        assert at.office.grant(await keeper(refresh=False))


async def test_declined_in_the_browser() -> None:
    async with login() as at, asyncio.TaskGroup() as group:
        at.part.script.denies = True
        browser = Browser(group)
        keeper = at.person(browser)
        with pytest.raises(SignInNeeded, match="declined"):
            await keeper.sign_in()
        assert (at.state, "declined" in at.detail) == (SignInState.SIGNED_OUT, True)
        while not browser.pages:
            await asyncio.sleep(0.005)
        assert browser.pages[0][0] == 400
        assert "You are not signed in" in browser.pages[0][1]


@pytest.mark.parametrize(
    "stray",
    [
        lambda base: got(base + "favicon.ico"),
        lambda base: got(base),
        lambda base: got(base + "?code=planted&state=wrong"),
        lambda base: got(base + "?error=access_denied&state=wrong"),
        lambda base: got(base + "other?code=planted"),
        lambda base: got(base, Host="evil.example.com"),
    ],
)
async def test_stray_requests_change_nothing(stray: Callable[[str], Awaitable[tuple[int, str]]]) -> None:
    answers: list[tuple[int, str]] = []

    async def first(url: str) -> None:
        answers.append(await stray(redirect_of(url)))

    async with login() as at, asyncio.TaskGroup() as group:
        keeper = at.person(Browser(group, before=first))
        await keeper.sign_in()
        assert at.state is SignInState.SIGNED_IN
        assert answers[0][0] in (400, 404)
        assert "planted" not in answers[0][1]


async def test_a_code_is_taken_once_and_nobody_listens_afterwards() -> None:
    second: list[tuple[int, str]] = []

    async with login() as at, asyncio.TaskGroup() as group:
        browser = Silent()
        keeper = at.person(browser)
        exchanging, go_on = asyncio.Event(), asyncio.Event()
        endpoint = keeper._endpoint
        original = endpoint.ask

        async def slow(*arguments: object) -> object:
            exchanging.set()
            await go_on.wait()
            return await original(*arguments)  # type: ignore[arg-type]

        endpoint.ask = slow  # type: ignore[method-assign, assignment]
        signing = group.create_task(keeper.sign_in(), name="sign in")
        url = await browser.url()
        visiting = group.create_task(got(url), name="browser")
        await exchanging.wait()
        state = parse_qs(urlsplit(url).query)["state"][0]
        second.append(await got(f"{redirect_of(url)}?code=planted&state={state}"))
        go_on.set()
        await signing
        assert (await visiting)[0] == 200
        assert second[0][0] == 410
        with pytest.raises(aiohttp.ClientConnectorError):
            await got(redirect_of(url))


async def test_a_browser_that_can_not_be_opened_leaves_the_address_to_copy() -> None:
    def broken(url: str) -> bool:
        raise OSError(url)

    async with login() as at, asyncio.TaskGroup() as group:
        for browser in (lambda url: False, broken):
            at.shown.clear()
            keeper = at.person(browser)
            signing = group.create_task(keeper.sign_in(), name="sign in")
            while not at.shown:
                await asyncio.sleep(0)
            assert (await got(at.shown[0]))[0] == 200
            await signing
            assert at.state is SignInState.SIGNED_IN
            await keeper.sign_out()


async def test_signing_in_again_meanwhile_opens_the_same_address_once_more() -> None:
    async with login() as at, asyncio.TaskGroup() as group:
        browser = Silent()
        keeper = at.person(browser)
        signing = group.create_task(keeper.sign_in(), name="sign in")
        await browser.url()
        await keeper.sign_in()
        assert len(browser.urls) == 2
        assert len(set(browser.urls)) == 1
        await got(browser.urls[1])
        await signing


async def test_nobody_signs_in_in_time() -> None:
    async with login() as at:
        keeper = at.person(lambda url: True, patience_s=0.05)
        with pytest.raises(SignInNeeded, match="minutes"):
            await keeper.sign_in()
        assert at.state is SignInState.SIGNED_OUT


async def test_given_up_what_was_there_before_stays() -> None:
    async with login() as at, asyncio.TaskGroup() as group:
        keeper = at.person(Browser(group))
        await keeper.sign_in()
        first = await keeper(refresh=False)
        keeper._way.browser._open_browser = lambda url: True  # type: ignore[attr-defined]
        signing = group.create_task(keeper.sign_in(), name="sign in")
        await at.until(SignInState.IN_BROWSER)
        assert await keeper(refresh=False) == first
        await asyncio.sleep(0.01)
        signing.cancel()
        await asyncio.wait([signing])
        assert at.state is SignInState.SIGNED_IN
        assert await keeper(refresh=False) == first


async def test_given_up_at_any_moment_nobody_listens_any_more() -> None:
    async with login() as at, asyncio.TaskGroup() as group:
        keeper = at.person(Silent())
        before = await held()
        for turns in range(25):
            signing_in = group.create_task(keeper.sign_in())
            for _ in range(turns):
                await asyncio.sleep(0)
            signing_in.cancel()
            await asyncio.wait([signing_in])
        assert (await held()).sockets == before.sockets


async def test_an_exchange_that_fails_is_shown_in_both_places() -> None:
    async with login() as at, asyncio.TaskGroup() as group:
        browser = Browser(group)
        keeper = at.person(browser)
        at.platform.throttle("/oauth/token", 9, status=500)
        with pytest.raises(Unreachable):
            await keeper.sign_in()
        while not browser.pages:
            await asyncio.sleep(0.005)
        assert browser.pages[0][0] == 400
        assert "500" in browser.pages[0][1]


async def test_no_free_port_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    async def taken(*_: object, **__: object) -> None:
        raise OSError(98, "in use")

    async with login() as at:
        monkeypatch.setattr(asyncio.get_running_loop(), "create_server", taken)
        with pytest.raises(SignInNeeded, match="No port"):
            await at.person(lambda url: True).sign_in()


async def test_the_verifier_and_the_token_go_nowhere_but_to_the_token_endpoint() -> None:
    async with login() as at, asyncio.TaskGroup() as group:
        browser = Browser(group)
        keeper = at.person(browser)
        await keeper.sign_in()
        token = await keeper(refresh=False)
        while not browser.pages:
            await asyncio.sleep(0.005)
        seen = " ".join([*browser.urls, *(text for _, text in browser.pages), *map(repr, at.said)])
        assert token not in seen
        assert "verifier" not in seen
        assert set(at.keyring.held) == {token_name("Acme")}


async def test_twenty_sign_ins_leave_nothing_behind() -> None:
    async with login() as at, asyncio.TaskGroup() as group:
        keeper = at.person(Browser(group))
        await keeper.sign_in()
        await asyncio.sleep(0.05)
        before = await held()
        for _ in range(20):
            await keeper.sign_in()
        await asyncio.sleep(0.05)
        after = await held()
        assert after.tasks <= before.tasks
        assert after.sockets <= before.sockets
        assert after.threads <= before.threads
        assert after.timers <= before.timers + 1


async def test_the_port_is_on_this_machine_only() -> None:
    async with login() as at, asyncio.TaskGroup() as group:
        browser = Silent()
        signing = group.create_task(at.person(browser).sign_in(), name="sign in")
        port = urlsplit(redirect_of(await browser.url())).port
        listening = {
            connection.laddr.ip
            for connection in psutil.Process().net_connections(kind="tcp")
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
        }
        assert "127.0.0.1" in listening
        assert listening <= {"127.0.0.1", "::1"}
        signing.cancel()
        await asyncio.wait([signing])
