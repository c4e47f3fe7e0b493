"""The keeper against a simulated login: renewal, storms, refusals, sleep; nothing secret is ever said."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from desktop.domain.errors import Rejected, SignInNeeded, Throttled, Unreachable
from desktop.domain.finding import Remedy
from desktop.domain.sign_in import SignInState
from desktop.identity.attempts import Attempts
from desktop.identity.keeper import PAUSE_S, TokenKeeper
from desktop.identity.vault import secret_name, token_name
from desktop.protocols.oauth import TokenReply
from tests.identity.login import SECRET, login, running
from tests.support.leaks import held

TOKEN = "/oauth/token"


def without_sleep(keeper: TokenKeeper) -> list[float]:
    """Its pauses between tries, in seconds, without waiting for them."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    keeper._attempts._sleep = sleep
    return slept


async def test_document_b_section_2_client_credentials_in_the_documents_dialect() -> None:
    async with login(dialect_of_documents=True) as at:
        keeper = await at.service(scopes="read:conversations analytics:realtime")
        token = await keeper(refresh=False)
        assert at.office.grant(token)
        assert at.part.scopes == ["read:conversations analytics:realtime"]
        assert at.state is SignInState.SIGNED_IN


async def test_the_real_platform_gets_a_form_with_basic_and_no_scopes() -> None:
    async with login() as at:
        keeper = await at.service()
        assert at.office.grant(await keeper(refresh=False))
        assert (at.part.asked, at.part.scopes) == (["client_credentials"], [""])


async def test_document_e_429_the_token_is_cached_and_asked_for_only_when_necessary() -> None:
    async with login() as at:
        keeper = await at.service()
        tokens = {await keeper(refresh=False) for _ in range(20)}
        assert len(tokens) == at.office.issued == 1
        again = await at.service()  # after a restart
        assert {await again(refresh=False)} == tokens
        assert at.office.issued == 1


async def test_document_e_authentication_three_tries_with_doubling_pauses_for_429_and_5xx() -> None:
    async with login() as at:
        keeper = await at.service()
        slept = without_sleep(keeper)
        at.platform.throttle(TOKEN, 1, status=429)
        at.platform.throttle(TOKEN, 1, status=502)
        assert at.office.grant(await keeper(refresh=False))
        assert slept == [1.0, 2.0]
        assert [said.state for said in at.said] == [SignInState.RENEWING, SignInState.RENEWING, SignInState.SIGNED_IN]


async def test_document_e_authentication_after_three_tries_the_asker_is_told() -> None:
    async with login() as at:
        keeper = await at.service()
        slept = without_sleep(keeper)
        at.platform.throttle(TOKEN, 9, status=500)
        with pytest.raises(Unreachable, match="500"):
            await keeper(refresh=False)
        assert at.platform.refused == 3
        assert len(slept) == 2


async def test_retry_after_is_honoured() -> None:
    async with login() as at:
        keeper = await at.service()
        slept = without_sleep(keeper)
        at.platform.throttle(TOKEN, 1, status=429, retry_after_s=7)
        assert await keeper(refresh=False)
        assert slept == [7.0]


async def test_a_long_retry_after_is_handed_to_the_asker_and_kept_for_everybody() -> None:
    async with login() as at:
        keeper = await at.service()
        slept = without_sleep(keeper)
        at.platform.throttle(TOKEN, 1, status=429, retry_after_s=120)
        for _ in range(3):
            with pytest.raises(Throttled) as caught:
                await keeper(refresh=False)
            assert 110 < caught.value.after_s <= 120
        assert (at.platform.refused, at.office.issued, slept) == (1, 0, [])
        keeper.retry()  # a person insists
        assert await keeper(refresh=False)


async def test_a_mistaken_retry_after_of_a_day_does_not_lock_the_sign_in() -> None:
    async with login() as at:
        keeper = await at.service()
        at.platform.throttle(TOKEN, 1, status=429, retry_after_s=86_400)
        with pytest.raises(Throttled) as caught:
            await keeper(refresh=False)
        assert caught.value.after_s <= 300


async def test_askers_at_the_same_time_share_one_request() -> None:
    async with login() as at:
        keeper = await at.service()
        tokens = await asyncio.gather(*(keeper(refresh=False) for _ in range(20)))
        assert len(set(tokens)) == at.office.issued == 1


async def test_askers_at_the_same_time_share_a_failure_too() -> None:
    async with login() as at:
        keeper = await at.service()
        without_sleep(keeper)
        at.platform.throttle(TOKEN, 99, status=503)
        outcomes = await asyncio.gather(*(keeper(refresh=False) for _ in range(20)), return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {Unreachable}
        assert at.platform.refused == 3


async def test_a_cancelled_asker_does_not_fail_the_others() -> None:
    async with login() as at:
        keeper = await at.service()
        async with asyncio.TaskGroup() as group:
            first = group.create_task(keeper(refresh=False), name="first")
            second = group.create_task(keeper(refresh=False), name="second")
            await asyncio.sleep(0.001)
            first.cancel()
        assert at.office.grant(second.result())


async def test_document_e_401_a_token_that_is_not_accepted_is_replaced_once_for_all() -> None:
    """Five streams find out one after the other; the second to fifth get what the first got."""
    async with login() as at:
        keeper = await at.service()

        async def stream() -> tuple[str, str]:
            refused = await keeper(refresh=False)
            await asyncio.sleep(0.01)
            at.office.revoke_all() if at.office.issued == 1 else None
            return refused, await keeper(refresh=True)

        results = await asyncio.gather(*(stream() for _ in range(5)))
        assert len({old for old, _ in results}) == len({new for _, new in results}) == 1
        assert at.office.issued == 2
        assert at.office.grant(results[0][1])


@pytest.mark.parametrize("dialect", [True, False])
async def test_a_wrong_secret_is_explained_and_not_repeated(dialect: bool) -> None:
    async with login(dialect_of_documents=dialect) as at:
        keeper = await at.service()
        await at.keyring.put(secret_name("Acme"), "another-planted-secret")
        for _ in range(3):
            with pytest.raises(Rejected, match="invalid_client") as caught:
                await keeper(refresh=False)
            assert "secret is wrong" in str(caught.value)
            assert "planted" not in str(caught.value)
        assert (at.state, len(at.part.asked)) == (SignInState.REFUSED, 1)
        await at.keyring.put(secret_name("Acme"), SECRET)
        keeper.retry()
        assert await keeper(refresh=False)


async def test_without_a_secret_or_a_client_id_a_sentence_says_so() -> None:
    async with login() as at:
        keeper = await at.service()
        await at.keyring.forget(secret_name("Acme"))
        with pytest.raises(SignInNeeded, match="client secret"):
            await keeper(refresh=False)
        keeper._endpoint._config = at.config("")
        await at.keyring.put(secret_name("Acme"), SECRET)
        keeper.retry()
        with pytest.raises(Rejected, match="client id"):
            await keeper(refresh=False)


async def test_document_b_edge_case_2_renewed_before_it_ends_and_streams_are_told_once_per_token() -> None:
    async with login() as at:
        at.part.script.life_s = 0.5
        keeper = await at.service()
        moves: list[tuple[str, float]] = []

        async def stream() -> None:
            while len(moves) < 8:
                token = await keeper(refresh=False)
                grant = at.office.grant(token)
                assert grant is not None
                moves.append((token, grant.expires_at - at.office.clock()))
                await keeper.renewed()

        async with running(keeper), asyncio.timeout(20):
            await asyncio.gather(stream(), stream())
        tokens = [token for token, _ in moves]
        assert len(tokens) >= 8
        assert max(tokens.count(token) for token in tokens) == 2  # each stream got each token once
        assert min(left for _, left in moves) > 0
        assert set(at.part.asked) == {"client_credentials"}
        assert at.state is SignInState.SIGNED_IN


async def test_document_b_edge_case_2_a_storm_during_renewal_is_outlasted() -> None:
    async with login() as at:
        at.now, at.part.script.life_s = time.time(), 3600
        keeper = await at.service()
        old = await keeper(refresh=False)
        async with running(keeper):
            at.platform.throttle(TOKEN, 1, status=503)
            at.now += 3299
            keeper.retry()  # look at the clock now
            await asyncio.sleep(0.05)
            assert at.state is SignInState.SIGNED_IN
            at.now += 2  # less than 300 s are left
            keeper.retry()
            said = await at.until(SignInState.RENEWING)
            assert "503" in said.detail
            assert said.expires_at_ms is not None
            assert await keeper(refresh=False) == old  # still good
            await at.until(SignInState.SIGNED_IN)  # after a second, by itself
            assert await keeper(refresh=False) != old


async def test_a_stream_may_wait_for_the_newer_token_in_a_task_of_its_own() -> None:
    async with login() as at:
        keeper = await at.service()
        await keeper(refresh=False)
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(keeper.renewed(), name="watch")
            await asyncio.sleep(0.01)
            assert not waiting.done()
            await keeper(refresh=True)
            await asyncio.wait_for(waiting, 5)
            again = group.create_task(keeper.renewed(), name="watch again")
            await asyncio.sleep(0.01)
            assert not again.done()
            again.cancel()


async def test_a_token_that_ran_out_while_the_machine_slept_is_noticed_on_waking() -> None:
    async with login() as at:
        at.now = time.time()
        keeper = await at.service()
        first = await keeper(refresh=False)
        at.now += 86_401
        assert await keeper(refresh=False) != first


async def test_a_wall_clock_that_is_set_back_does_not_prolong_a_token() -> None:
    async with login() as at:
        at.now = time.time()
        at.part.script.life_s = 0.05
        keeper = await at.service()
        first = await keeper(refresh=False)
        at.now -= 7200
        await asyncio.sleep(0.1)
        assert await keeper(refresh=False) != first


async def test_sign_out_forgets_and_gives_the_token_back() -> None:
    async with login() as at:
        keeper = await at.service()
        token = await keeper(refresh=False)
        async with running(keeper):
            await keeper.sign_out()
            assert at.state is SignInState.SIGNED_OUT
            assert at.office.grant(token) is None
            assert set(at.keyring.held) == {secret_name("Acme")}
            with pytest.raises(SignInNeeded):
                await keeper(refresh=False)
            await keeper.sign_in()
            assert at.office.grant(await keeper(refresh=False))
            await keeper.sign_out(forget_secret=True)
        assert at.keyring.held == {}


async def test_signing_out_while_a_renewal_is_under_way_keeps_nothing() -> None:
    async with login() as at:
        keeper = await at.service()
        slept = asyncio.Event()

        async def sleep(seconds: float) -> None:
            slept.set()
            await asyncio.sleep(0.05)

        keeper._attempts._sleep = sleep
        at.platform.throttle(TOKEN, 1, status=500)
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(_caught(keeper), name="asker")
            await slept.wait()
            await keeper.sign_out()
        assert isinstance(asking.result(), SignInNeeded)
        assert set(at.keyring.held) == {secret_name("Acme")}
        assert at.state is SignInState.SIGNED_OUT
        assert not at.office._grants


async def _caught(keeper: TokenKeeper) -> Exception:
    with pytest.raises(Rejected) as caught:
        await keeper(refresh=False)
    return caught.value


async def test_signing_out_while_the_keyring_is_slow_keeps_nothing() -> None:
    async with login() as at:
        keeper = await at.service()
        put = at.keyring.put
        saving, go_on = asyncio.Event(), asyncio.Event()

        async def slow(name: str, secret: str) -> bool:
            saving.set()
            await go_on.wait()
            return bool(await put(name, secret))

        at.keyring.put = slow
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(_caught(keeper), name="asker")
            await saving.wait()
            await keeper.sign_out()
            go_on.set()
        assert isinstance(asking.result(), SignInNeeded)
        assert set(at.keyring.held) == {secret_name("Acme")}
        assert at.state is SignInState.SIGNED_OUT


async def test_the_loop_keeps_to_a_retry_after_and_ends_with_a_refusal() -> None:
    async with login() as at:
        keeper = await at.service()
        async with running(keeper):
            at.platform.throttle(TOKEN, 1, status=429, retry_after_s=120)
            await at.until(SignInState.RENEWING)
            for _ in range(3):
                keeper._moved.set()
                await asyncio.sleep(0.01)
            assert (at.platform.refused, at.part.asked) == (1, [])
            await at.keyring.put(secret_name("Acme"), "another-planted-secret")
            keeper.retry()
            await at.until(SignInState.REFUSED)
            for _ in range(3):
                keeper._moved.set()
                await asyncio.sleep(0.01)
            assert len(at.part.asked) == 1


async def test_a_peer_that_names_absurdly_short_lives_is_not_stormed() -> None:
    async with login() as at:
        at.part.script.life_s = 0.001
        keeper = await at.service()
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with running(keeper):
            await asyncio.sleep(0.5)
        assert 1 <= len(at.part.asked) <= (loop.time() - began) / PAUSE_S + 2


async def test_a_pasted_token_is_used_until_it_is_not_accepted() -> None:
    async with login() as at:
        keeper = at.pasted()
        with pytest.raises(SignInNeeded, match="Paste"):
            await keeper(refresh=False)
        for unusable in ("", "two words", "tökén"):
            with pytest.raises(Rejected):
                await keeper.paste(unusable)
        token = at.office.issue(user="u")
        await keeper.paste(f" Bearer {token}\n")
        assert await keeper(refresh=False) == token
        assert (at.state, at.said[-1].expires_at_ms) == (SignInState.SIGNED_IN, None)
        assert await at.pasted()(refresh=False) == token  # after a restart
        with pytest.raises(Rejected, match="permission") as caught:  # somebody asks more than it may
            await keeper(refresh=True)
        assert caught.value.remedy is None
        at.office.revoke_all()
        with pytest.raises(SignInNeeded, match="no longer accepts") as gone:
            await keeper(refresh=True)
        assert gone.value.remedy is Remedy.SIGN_IN
        assert at.state is SignInState.SIGNED_OUT


async def test_a_bare_token_in_the_keyring_counts_as_pasted() -> None:
    async with login() as at:
        await at.keyring.put(token_name("Acme"), "bare-token")
        assert await at.pasted()(refresh=False) == "bare-token"


@pytest.mark.parametrize("kept", ["{", "{}", '{"access_token":7}', '{"access_token":"t","expires_at_ms":"soon"}'])
async def test_a_keyring_entry_that_can_not_be_read_is_no_token(kept: str) -> None:
    async with login() as at:
        await at.keyring.put(token_name("Acme"), kept)
        with pytest.raises(SignInNeeded):
            await at.pasted()(refresh=False)


async def test_nothing_secret_is_said_or_shown() -> None:
    async with login() as at:
        keeper = await at.service()
        token = await keeper(refresh=False)
        shown = " ".join(map(repr, [keeper, keeper._current.kept, keeper._way, keeper._vault, *at.said]))
        assert token not in shown
        assert SECRET not in shown
        assert json.loads(at.keyring.held[token_name("Acme")])["access_token"] == token


async def test_twenty_renewals_leave_nothing_behind() -> None:
    async with login() as at:
        keeper = await at.service()
        await keeper(refresh=False)
        async with running(keeper):
            await keeper(refresh=True)
            before = await held()
            for _ in range(20):
                await keeper(refresh=True)
            await asyncio.sleep(0.05)
            after = await held()
        assert at.office.issued == 22
        assert after.tasks <= before.tasks
        assert after.sockets <= before.sockets
        assert after.timers <= before.timers + 1
        assert after.threads == before.threads
    assert (await held()).tasks == 1


async def test_two_organisations_side_by_side_do_not_mix() -> None:
    async with login() as at:
        one, two = await at.service("One"), await at.service("Two")
        first, second = await one(refresh=False), await two(refresh=False)
        assert first != second
        await one.sign_out(forget_secret=True)
        assert await two(refresh=False) == second
        assert set(at.keyring.held) == {secret_name("Two"), token_name("Two")}
        assert {said.organisation for said in at.said} == {"One", "Two"}


async def test_without_a_usable_keyring_it_says_so() -> None:
    async with login() as at:
        at.keyring.persistent = False
        keeper = await at.service()
        await keeper(refresh=False)
        assert at.said[-1].kept is False


async def test_attempts_wait_for_what_the_peer_asked_before() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def fetch() -> TokenReply:
        return TokenReply("t")

    attempts = Attempts(lambda: 0.0, sleep, lambda problem: None)
    attempts._not_before = asyncio.get_running_loop().time() + 5
    with pytest.raises(Throttled):
        await attempts.make(fetch, 1)
    assert (await attempts.make(fetch, 3)).access_token == "t"
    assert slept == [pytest.approx(5, abs=1)]
