"""What counts as evidence against a token that only a person can replace: a 401, never a lost connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from desktop.domain.errors import Rejected, SignInNeeded, Unreachable
from desktop.domain.ports import FreshToken
from desktop.domain.sign_in import SignInState
from desktop.identity.keeper import TokenKeeper
from desktop.identity.vault import secret_name
from desktop.protocols.oauth import ME_PATH
from desktop.sources.analytics_dial import Dial, Renew
from desktop.sources.platform_rest import PlatformRest
from desktop.sources.rest import RestClient
from desktop.sources.trust import Route
from tests.identity.login import Browser, Login, login


async def _person(at: Login) -> TokenKeeper:
    at.part.script.refresh_tokens = False
    async with asyncio.TaskGroup() as group:
        keeper = at.person(Browser(group))
        await keeper.sign_in()
    return keeper


async def _pasted(at: Login) -> TokenKeeper:
    keeper = at.pasted()
    await keeper.paste(at.office.issue(user="u"))
    return keeper


KINDS = [_person, _pasted]
Kind = Callable[[Login], Coroutine[Any, Any, TokenKeeper]]


@pytest.mark.parametrize("dialect", [True, False])
@pytest.mark.parametrize("kind", KINDS)
async def test_document_b_edge_case_2_a_precaution_is_no_evidence_against_a_token(kind: Kind, dialect: bool) -> None:
    async with login(dialect_of_documents=dialect) as at:
        keeper = await kind(at)
        token = await keeper(refresh=False)
        at.platform.throttle(ME_PATH, 99, retry_after_s=60)
        dial = Dial("ws://127.0.0.1:9/", keeper, None, Route(), 1.0, at.clock)
        for _ in range(3):
            with pytest.raises(Unreachable):
                await dial.open(Renew.TRY)
        assert isinstance(keeper, FreshToken)
        assert await keeper.freshened() == await keeper(refresh=False) == token
        assert (at.state, at.platform.refused) == (SignInState.SIGNED_IN, 0)


async def test_a_precaution_renews_what_can_be_renewed_without_a_person() -> None:
    async with login() as at, asyncio.TaskGroup() as group:
        service, person = await at.service(), at.person(Browser(group), "Other")
        await person.sign_in()
        for keeper in (service, person):
            token = await keeper(refresh=False)
            assert at.office.grant(await keeper.freshened())
            assert await keeper(refresh=False) != token
        at.part.forget_people()
        token = await person(refresh=False)
        with pytest.raises(Rejected):  # the refresh token is no good; the other one still is
            await person.freshened()
        assert await person.freshened() == token


async def test_a_precaution_of_somebody_signed_out_says_so() -> None:
    async with login() as at:
        with pytest.raises(SignInNeeded, match="Paste"):
            await at.pasted().freshened()
        keeper = await _pasted(at)
        await keeper.sign_out()
        with pytest.raises(SignInNeeded):
            await keeper.freshened()


@pytest.mark.parametrize("status", [429, 500, 403])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_401_while_the_platform_can_not_be_asked_keeps_the_token(kind: Kind, status: int) -> None:
    async with login() as at:
        keeper = await kind(at)
        token = await keeper(refresh=False)
        at.platform.throttle(ME_PATH, 2, status=status)
        for _ in range(2):
            with pytest.raises(Unreachable, match="did not accept"):
                await keeper(refresh=True)
            assert await keeper(refresh=False) == token
        assert at.state is SignInState.SIGNED_IN
        with pytest.raises(Rejected, match="permission"):  # asked at last: it is good
            await keeper(refresh=True)
        at.office.revoke(token)
        with pytest.raises(SignInNeeded, match="no longer accepts"):
            await keeper(refresh=True)
        assert at.said[-1].state is SignInState.SIGNED_OUT


async def test_a_401_while_nobody_answers_keeps_the_token() -> None:
    async with login() as at:
        keeper = await _pasted(at)
        token = await keeper(refresh=False)
        await at.platform.go_away()
        with pytest.raises(Unreachable):
            await keeper(refresh=True)
        assert await keeper(refresh=False) == token


@pytest.mark.parametrize("kind", KINDS)
async def test_a_401_ends_a_token_where_the_platform_has_no_way_to_ask(kind: Kind) -> None:
    async with login(dialect_of_documents=True) as at:
        keeper = await kind(at)
        await keeper(refresh=False)
        with pytest.raises(SignInNeeded, match="no longer accepts"):
            await keeper(refresh=True)
        assert at.state is SignInState.SIGNED_OUT


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_a_gateway_that_does_not_know_tokens_me_is_no_way_to_ask(status: int) -> None:
    async with login() as at:
        keeper = await _pasted(at)
        await keeper(refresh=False)
        at.platform.throttle(ME_PATH, 1, status=status)
        with pytest.raises(SignInNeeded, match="no longer accepts"):
            await keeper(refresh=True)


async def test_document_a_a_401_of_discovery_while_the_platform_asks_to_wait_is_tried_again_later() -> None:
    """Also what REST makes of it: Unreachable, so that the source waits and does not ask for a person."""
    async with login() as at:
        keeper = await _pasted(at)
        at.platform.throttle("/api/v2/conversations", 1, status=401)
        at.platform.throttle("/api/v2/audioconnector", 1, status=401)
        at.platform.throttle(ME_PATH, 2, retry_after_s=1)
        rest, discovery = RestClient(at.platform.base_url, keeper), PlatformRest(at.platform.base_url, keeper)
        with pytest.raises(Unreachable, match="did not accept"):
            await rest.get("/api/v2/conversations/1")
        with pytest.raises(Unreachable, match="did not accept"):
            await discovery.discover()
        assert at.state is SignInState.SIGNED_IN


async def test_who_pastes_a_new_token_while_the_old_one_is_asked_about_stays_signed_in() -> None:
    async with login() as at:
        keeper = await _pasted(at)
        await keeper(refresh=False)
        newer = at.office.issue(user="u")

        async def alive(access_token: str) -> bool:
            await keeper.paste(newer)
            return False

        keeper._endpoint.alive = alive  # type: ignore[method-assign]
        assert await keeper(refresh=True) == newer
        assert at.state is SignInState.SIGNED_IN


async def test_what_is_missing_is_entered_at_a_place_that_exists() -> None:
    async with login() as at:
        service = await at.service()
        await at.keyring.forget(secret_name("Acme"))
        for keeper, button in ((service, "Replace secret…"), (at.pasted(), "Paste a new token…")):
            with pytest.raises(SignInNeeded, match=f'"{button}" beside its sign-in on the Connections page'):
                await keeper(refresh=False)
