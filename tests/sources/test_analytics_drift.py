"""Document B edge case 2, drift: closed, cut, frozen, expired, silently rejected; nothing is left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from desktop.domain.errors import Rejected, SignInNeeded, Throttled, Unreachable
from desktop.domain.events import CallEnded, FactsLearned, LinkChanged, LinkFound, LinkMeasured, LinkState, Measure
from desktop.domain.finding import Level, Remedy
from desktop.protocols.analytics import error_message
from desktop.sources.analytics_socket import AnalyticsSource
from desktop.sources.analytics_upkeep import ENDED_UNHEARD
from tests.sources.analytics_rig import Console, Rig, Token, rig
from tests.support.leaks import held
from tests.support.virtual_time import run_virtual, wall_clock


def lost(console: Console) -> list[LinkChanged]:
    return [change for change in console.all(LinkChanged) if change.state is LinkState.RETRYING]


async def goodbye(floor: Rig) -> None:
    await floor.part.dismiss(1001)


async def cut(floor: Rig) -> None:
    await floor.part.cut()


@pytest.mark.parametrize(("lose", "code"), [(goodbye, 1001), (cut, 1006)])
def test_document_b_edge_case_2_closed_re_authenticates_and_is_back_within_5_s(
    lose: Callable[[Rig], asyncio.Future[None]], code: int
) -> None:
    async def main() -> None:
        async with rig() as floor, floor.console() as console:
            await console.live()
            floor.begins()
            await lose(floor)
            took = await console.live(times=2)
            assert took < 5.0
            assert f"({code})" in lost(console)[0].detail
            assert floor.token.asked == [False, True]
            assert not any(change.relists for change in console.all(LinkChanged))
            floor.says(-0.4)
            await console.until(lambda: console.scores == [-0.4])

    run_virtual(main())


def test_document_b_edge_case_2_again_and_again_each_time_within_5_s() -> None:
    async def main() -> None:
        async with rig() as floor, floor.console(jitter=1.0) as console:
            for times in range(1, 12):
                assert await console.live(times) < 5.0  # virtual seconds: a slow machine changes nothing
                await floor.part.cut()
            waits = [change.retry_in_s for change in lost(console)]
            assert all(wait is not None and wait < 5.0 for wait in waits)

    run_virtual(main())


@pytest.mark.parametrize("when", ["while connecting", "while live"])
def test_retry_while_all_is_well_does_not_shorten_the_next_wait(when: str) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with rig() as floor, floor.console(jitter=1.0) as console:
            if when == "while connecting":
                await console.until(lambda: console.states == ["connecting"])
                console.source.retry()
            await console.live()
            console.source.retry()
            await floor.part.cut()
            await console.until(lambda: lost(console))
            began = loop.time()
            await console.until(lambda: console.states.count("connecting") == 2)
            assert loop.time() - began >= 0.99

    run_virtual(main())


def test_while_the_platform_is_away_retries_back_off() -> None:
    async def main() -> None:
        async with rig() as floor, floor.console(jitter=0.0) as console:
            await console.live()
            await floor.platform.go_away()
            await console.until(lambda: len(lost(console)) == 8, within_s=200)
            assert [change.retry_in_s for change in lost(console)] == [0.2, 2, 4, 8, 16, 32, 60, 60]
            await floor.platform.come_back()
            assert await console.live(times=2, within_s=70) < 61

    run_virtual(main())


def test_document_b_edge_case_2_an_outage_of_the_sign_in_does_not_keep_a_good_token_from_being_used() -> None:
    async def main() -> None:
        for trouble in (Unreachable("away"), Throttled("later", 60), SignInNeeded("again")):
            async with rig() as floor, floor.console() as console:
                await console.live()
                floor.token.refusal = trouble
                await floor.part.cut()
                assert await console.live(times=2) < 5.0
                assert floor.token.asked == [False, True, False]

    run_virtual(main())


def test_a_token_that_was_renewed_in_vain_is_renewed_once_more_for_a_401() -> None:
    """The keeper of tokens hands out what it takes for newer; the handshake knows better."""

    async def main() -> None:
        async with rig() as floor, floor.console() as console:
            await console.live()
            await floor.part.cut()
            floor.platform.throttle("/api", 1, status=401)
            assert await console.live(times=2) < 5.0
            assert floor.token.asked == [False, True, True]

    run_virtual(main())


def test_document_b_edge_case_2_a_sign_in_that_does_not_answer_costs_2_s_at_most() -> None:
    async def main() -> None:
        async with rig() as floor, floor.console() as console:
            await console.live()
            give = floor.token.__class__.__call__

            async def slow(token: Token, *, refresh: bool) -> str:
                await asyncio.sleep(60 if refresh else 0)
                return await give(token, refresh=refresh)

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(Token, "__call__", slow)
                await floor.part.cut()
                assert await console.live(times=2) < 5.0

    run_virtual(main())


def test_document_b_edge_case_2_half_open_socket_is_noticed() -> None:
    async def main() -> None:
        async with rig() as floor, floor.console() as console:
            await console.live()
            floor.part.freeze()
            took = await console.live(times=2, within_s=60)
            assert took < 7 + 10 + 5
            assert "stopped answering" in lost(console)[0].detail

    run_virtual(main())


def test_document_b_edge_case_2_token_expires_mid_stream_and_was_renewed_in_time() -> None:
    """Renewed with 300 s left: the new socket is open and subscribed before the old one is closed."""

    async def main() -> None:
        async with rig(life_s=3600) as floor, floor.console() as console:
            await console.live()
            floor.begins()
            said, began = [], asyncio.get_running_loop().time()
            for second in [*range(0, 3_290, 250), *range(3_298, 3_306), *range(3_306, 3_700, 40)]:
                await asyncio.sleep(began + second - asyncio.get_running_loop().time())
                if second == 3_300:
                    floor.token.renew()
                said.append(round((second % 200) / 100 - 1, 2))
                floor.says(said[-1])
            await console.until(lambda: len(console.scores) == len(said))
            assert console.scores == said
            assert not lost(console)
            assert floor.part.connections == 2
            assert floor.part.open_now == 1
            assert console.states == ["connecting", "live", "live"]

    run_virtual(main())


def test_a_token_that_will_not_be_renewed_leaves_the_stream_alone() -> None:
    async def main() -> None:
        async with rig() as floor, floor.console() as console:

            async def never() -> None:
                raise SignInNeeded("again")

            floor.token.renewed = never  # type: ignore[method-assign]
            await console.live()
            await asyncio.sleep(60)
            assert console.states == ["connecting", "live"]

    run_virtual(main())


def test_events_without_any_mark_are_not_told_twice_while_two_sockets_are_open() -> None:
    async def main() -> None:
        async with rig() as floor, floor.console() as console:
            await console.live()
            text = '{"conversationId": "c", "state": "connected", "sentiment": {"score": -0.5}}'
            floor.part.faults.confirms = False  # so that the overlap lasts
            floor.part.tell(text)
            await console.until(lambda: console.scores)
            floor.token.renew()
            await console.until(lambda: floor.part.open_now == 2)
            for _ in range(3):
                floor.part.tell(text)
                await asyncio.sleep(0.3)
            await console.until(lambda: floor.part.open_now == 1)
            assert len(console.scores) == 4
            await asyncio.sleep(6)
            floor.part.tell(text)
            await console.until(lambda: len(console.scores) == 5)

    run_virtual(main())


def test_a_renewed_token_that_is_not_taken_leaves_the_stream_alone_and_is_tried_again() -> None:
    async def main() -> None:
        async with rig() as floor, floor.console() as console:
            await console.live()
            floor.begins()
            floor.platform.throttle("/api", 3, retry_after_s=1)
            floor.token.renew()
            await asyncio.sleep(1)
            floor.says(-0.3)
            await console.until(lambda: console.scores == [-0.3])
            await console.until(lambda: floor.part.connections == 2, within_s=30)
            assert not lost(console)

    run_virtual(main())


def test_document_b_edge_case_2_silent_rejection_after_expiry_is_detected() -> None:
    """Nothing is rejected aloud and the socket stays open: after 2.5 heartbeats without an answer, a new token."""

    async def main() -> None:
        async with rig(life_s=200) as floor, floor.console() as console:
            await console.live()
            floor.begins()
            await asyncio.sleep(190)
            floor.says(-0.1)
            await asyncio.sleep(20)
            floor.says(-0.2)  # expired: lost, and nobody said so
            took = await console.live(times=2, within_s=200)
            assert took <= 75 + 7.5 + 1
            assert "silent" in console.all(LinkChanged)[-1].detail
            assert floor.token.asked[-1] is True
            floor.says(-0.3)
            await console.until(lambda: console.scores == [-0.1, -0.3])

    run_virtual(main())


def test_document_b_edge_case_2_silent_rejection_while_heartbeats_are_still_answered() -> None:
    """Only the events are missing: nothing of a live call for 10 heartbeats makes the console look at its token."""

    async def main() -> None:
        async with rig(life_s=100) as floor, floor.console() as console:
            floor.part.faults.beats_after_expiry = True
            await console.live()
            floor.begins()
            await asyncio.sleep(101)
            floor.says(-0.2)
            assert await console.live(times=2, within_s=400) < 300
            assert floor.token.asked == [False, False, True]
            floor.says(-0.3)
            await console.until(lambda: console.scores == [-0.3])
            await asyncio.sleep(101)
            floor.token.refusal = SignInNeeded("Sign in again.")
            await console.until(lambda: "refused" in console.states, within_s=400)

    run_virtual(main())


def test_without_live_calls_a_quiet_floor_is_no_reason_to_reconnect() -> None:
    async def main() -> None:
        async with rig() as floor, floor.console() as console:
            await console.live()
            await asyncio.sleep(700)
            assert floor.part.connections == 1
            floor.begins()
            await asyncio.sleep(2_000)  # a call of which nothing is told is looked at, ever more seldom
            assert floor.part.connections == 3
            assert not lost(console)

    run_virtual(main())


def test_a_look_at_the_token_that_fails_leaves_the_stream_alone() -> None:
    async def main() -> None:
        async with rig() as floor, floor.console() as console:
            await console.live()
            floor.begins()
            floor.platform.throttle("/api", 1)
            await asyncio.sleep(500)
            assert floor.platform.refused == 1
            assert not lost(console)
            floor.part.faults.answers_heartbeats = False
            floor.says(0.1)
            await console.until(lambda: console.scores == [0.1])

    run_virtual(main())


def test_silent_rejection_and_no_new_token_to_be_had_asks_a_person() -> None:
    async def main() -> None:
        async with rig(life_s=100) as floor, floor.console() as console:
            await console.live()
            await asyncio.sleep(95)
            floor.token.refusal = SignInNeeded("Sign in again.")
            await console.until(lambda: "refused" in console.states, within_s=200)
            refused = console.all(LinkChanged)[-1]
            assert (refused.detail, refused.action) == ("Sign in again.", Remedy.SIGN_IN)
            floor.token.refusal = None
            console.source.retry()
            assert await console.live(times=2) < 2

    run_virtual(main())


def test_document_b_edge_case_2_the_platform_says_that_the_token_expired() -> None:
    async def main() -> None:
        async with rig(life_s=100) as floor, floor.console() as console:
            floor.part.faults.silent_after_expiry = False
            await console.live()
            floor.begins()
            await asyncio.sleep(101)
            floor.says(-0.2)
            assert await console.live(times=2) < 5
            assert "expired" in lost(console)[0].detail
            assert floor.token.asked == [False, True]

    run_virtual(main())


def test_a_quiet_floor_whose_platform_answers_no_heartbeats_is_left_in_peace_ever_longer() -> None:
    async def main() -> None:
        async with rig() as floor, floor.console() as console:
            floor.part.faults.answers_heartbeats = False
            await console.live()
            await asyncio.sleep(1_200)
            assert floor.part.connections == 5
            assert not lost(console)
            assert all(not change.detail for change in console.all(LinkChanged))
            floor.begins()
            floor.says(0.5)
            await console.until(lambda: console.scores == [0.5])

    run_virtual(main())


def test_a_heartbeat_is_sent_every_30_s() -> None:
    async def main() -> None:
        async with rig() as floor, floor.console() as console:
            await console.live()
            await asyncio.sleep(605)
            assert floor.part.beats == 20
            assert floor.part.connections == 1

    run_virtual(main())


def test_round_trip_and_handling_are_measured_every_few_seconds() -> None:
    async def main() -> None:
        async with rig() as floor, floor.console() as console:
            await console.live()
            floor.begins()
            await asyncio.sleep(60)
            for measure in Measure:
                found = [each.ms for each in console.all(LinkMeasured) if each.measure is measure]
                assert len(found) == (0 if measure is Measure.ENGINE else 9)
                assert all(0 <= ms < 1000 for ms in found)

    run_virtual(main())


def test_calls_that_ended_while_disconnected_are_found_out_a_handful_at_a_time() -> None:
    asked: list[str] = []
    busy = most = 0

    async def still_live(call: str) -> bool | None:
        nonlocal busy, most
        asked.append(call)
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.1)
        busy -= 1
        if call == "c7" and asked.count(call) == 1:
            raise Throttled("later", 9)
        if call == "c8" and asked.count(call) == 1:
            raise Unreachable("nobody")
        return {"c1": False, "c2": None, "c7": False, "c8": False}.get(call, True)

    async def main() -> None:
        async with rig() as floor, floor.console(still_live=still_live) as console:
            await console.live()
            for number in range(10):
                floor.begins(f"c{number}")
            await console.until(lambda: len(console.all(FactsLearned)) == 10)
            floor.part.ended("c9", floor.now_ms)
            await console.until(lambda: len(console.all(CallEnded)) == 1)
            await floor.part.cut()
            await console.live(times=2)
            floor.says(0.1, "c6")  # shows itself
            await console.until(lambda: len(console.all(CallEnded)) == 2)
            assert console.all(CallEnded)[-1] == CallEnded("link", "c1", "ended while disconnected")
            await asyncio.sleep(30)
            assert sorted(asked) == ["c0", "c1", "c2", "c3", "c4", "c5", "c7", "c8"]
            await console.until(lambda: len(console.all(CallEnded)) == 4, within_s=90)
            assert asked.count("c2") == 2
            assert asked.count("c0") == 1
            assert most <= 4

    run_virtual(main())


def test_calls_that_ended_while_an_internal_error_was_got_over_are_found_out_too() -> None:
    """Whoever keeps the source up runs it again; what it knew is not forgotten by that."""

    async def still_live(call: str) -> bool | None:
        return call != "over"

    async def main() -> None:
        async with rig() as floor:
            source = AnalyticsSource(floor.config(), floor.token, still_live=still_live, wall_clock=wall_clock)
            console, broke = Console(source), asyncio.Event()

            async def keep_up() -> None:
                with pytest.raises(LookupError):
                    await source.run(console.deliver)
                broke.set()
                await source.run(console.deliver)

            async with asyncio.TaskGroup() as group:
                keeper = group.create_task(keep_up(), name="keeper")
                await console.live()
                for call in ("over", "on"):
                    floor.begins(call)
                await console.until(lambda: len(console.all(FactsLearned)) == 2)
                floor.token.refusal = LookupError("a bug")  # type: ignore[assignment]
                await floor.part.cut()
                await broke.wait()
                floor.token.refusal = None
                await console.live(times=2)
                await console.until(lambda: console.all(CallEnded))
                await asyncio.sleep(5)
                keeper.cancel()
            assert [ended.call for ended in console.all(CallEnded)] == ["over"]
            assert console.states.count("closed") == 1

    run_virtual(main())


def test_calls_that_may_not_be_asked_about_are_said_once_with_the_permission_and_what_it_costs() -> None:
    allowed = False

    async def still_live(call: str) -> bool | None:
        if not allowed:
            raise Rejected("The sign-in lacks a permission (403). Grant conversation:communication:view.")
        return True

    async def main() -> None:
        nonlocal allowed
        async with rig() as floor, floor.console(still_live=still_live) as console:
            await console.live()
            for number in range(3):
                floor.begins(f"c{number}")
            await console.until(lambda: len(console.all(FactsLearned)) == 3)
            for times in (2, 3):
                await floor.part.cut()
                await console.live(times)
                await asyncio.sleep(5)
            mine = [found for found in console.all(LinkFound) if found.finding.subject == ENDED_UNHEARD]
            assert [found.finding.level for found in mine] == [Level.WARN]
            assert "conversation:communication:view" in mine[0].finding.text + mine[0].finding.remedy
            assert "stay on the list" in mine[0].finding.text
            allowed = True
            await asyncio.sleep(65)
            mine = [found for found in console.all(LinkFound) if found.finding.subject == ENDED_UNHEARD]
            assert [found.finding.level for found in mine] == [Level.WARN, Level.PASS]

    run_virtual(main())


def test_20_reconnects_leave_nothing_behind() -> None:
    async def main() -> None:
        async with rig() as floor:
            before = await held()
            async with floor.console() as console:
                for number in range(20):
                    await console.live(times=number + 1)
                    match number % 4:
                        case 0:
                            await floor.part.cut()
                        case 1:
                            await floor.part.dismiss()
                        case 2:
                            floor.token.renew()
                        case _:
                            floor.part.tell(error_message(401, "expired"))
                await console.live(times=21)
                await asyncio.sleep(1)
            await asyncio.sleep(1)
            assert console.states[-1] == "closed"
            assert floor.part.open_now == 0
            assert await held() == before

    run_virtual(main())


@pytest.mark.parametrize("after_s", [0.0, 0.001, 0.01, 0.5, 3.0])
def test_a_cancelled_run_leaves_nothing_behind_wherever_it_is(after_s: float) -> None:
    async def main() -> None:
        async with rig() as floor:
            floor.part.faults.confirms = False
            before = await held()
            async with floor.console():
                await asyncio.sleep(after_s)
            await asyncio.sleep(1)
            assert await held() == before

    run_virtual(main())


def test_a_run_cancelled_between_two_sockets_leaves_nothing_behind() -> None:
    async def main() -> None:
        async with rig() as floor:
            floor.part.faults.confirms = False
            before = await held()
            async with floor.console() as console:
                await console.live()
                floor.token.renew()
                await console.until(lambda: floor.part.open_now == 2)
            await asyncio.sleep(1)
            assert await held() == before

    run_virtual(main())


def test_what_is_asked_for_is_found_fine_at_once() -> None:
    async def main() -> None:
        async with rig() as floor, floor.console() as console:
            await console.live()
            assert [found.finding.level for found in console.all(LinkFound)] == [Level.PASS]

    run_virtual(main())
