"""The platform's side alone: golden requests in, document B's events out, and every fault on demand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from desktop.domain.facts import CallFacts, CallStage
from desktop.domain.media import Party
from desktop.simulator.analytics import Analysis, AnalyticsFaults, AnalyticsPart
from desktop.simulator.library import load_scripts
from desktop.simulator.platform import SimulatedPlatform
from desktop.simulator.script import Turn
from desktop.simulator.token_office import TokenOffice
from tests.support.leaks import held
from tests.support.virtual_time import run_virtual, running

PATH = "/api/v2/analytics/websocket"
FACTS = CallFacts("inbound", "John Doe", "a-1", "Support", "q-1")
FIELDS = ["sentiment.score", "sentiment.label", "state"]
CALLS = Path(__file__).resolve().parents[2] / "resources" / "calls"
AT_MS = 1_795_168_800_000


class Listener:
    """A raw client."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def subscribe(self, *filters: dict[str, str], fields: list[str] = FIELDS, heartbeat: int | None = 30) -> None:
        events = [{"type": "conversation", "filters": each, "fields": fields} for each in filters or ({},)]
        body: dict[str, Any] = {"action": "subscribe", "events": events}
        await self.socket.send_json(body if heartbeat is None else body | {"heartbeat": heartbeat})

    async def hears(self, within_s: float = 2.0) -> Any:
        """The next message; None when there is none, "closed 1001" when the platform left."""
        try:
            message = await self.socket.receive(within_s)
        except TimeoutError:
            return None
        return json.loads(message.data) if message.type is WSMsgType.TEXT else f"closed {self.socket.close_code}"


@asynccontextmanager
async def platform(part: AnalyticsPart) -> AsyncIterator[str]:
    simulated = SimulatedPlatform([part])
    base = await simulated.start()
    try:
        yield base
    finally:
        await simulated.close()


@asynccontextmanager
async def listener(part: AnalyticsPart, token: str = "") -> AsyncIterator[Listener]:
    headers = {"Authorization": f"Bearer {token or part.office.issue()}"}
    async with (
        platform(part) as base,
        aiohttp.ClientSession() as session,
        session.ws_connect(base + PATH, headers=headers) as socket,
    ):
        yield Listener(socket)


@pytest.fixture
def part() -> AnalyticsPart:
    return AnalyticsPart(TokenOffice())


def say(part: AnalyticsPart, score: float | None, call: str = "c") -> None:
    part.spoke(call, Turn(Party.CUSTOMER, 0, 1, "words", score), AT_MS)


async def status(part: AnalyticsPart, authorization: str | None) -> int:
    headers = {} if authorization is None else {"Authorization": authorization}
    async with platform(part) as base, aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(base + PATH, headers=headers)
    return refused.value.status


async def test_document_b_section_2_a_bearer_token_with_the_permission_is_needed(part: AnalyticsPart) -> None:
    assert await status(part, None) == 401
    assert await status(part, "Bearer unknown") == 401
    part.office.permissions = frozenset({"conversation:view"})
    assert await status(part, f"Bearer {part.office.issue()}") == 403
    part.faults.offered = False
    assert await status(part, f"Bearer {part.office.issue()}") == 404


async def test_a_call_from_its_beginning_to_its_end(part: AnalyticsPart) -> None:
    async with listener(part) as console:
        await console.subscribe()
        assert await console.hears() == {"type": "subscribed"}
        part.appeared("c", FACTS, AT_MS)
        say(part, -0.4)
        say(part, None)
        part.changed("c", replace(FACTS, stage=CallStage.HOLD), AT_MS)
        part.ended("c", AT_MS)
        part.ended("c", AT_MS)
        say(part, -0.4)
        told = [await console.hears() for _ in range(4)]
        assert await console.hears(0.1) is None
    assert told[0] == {
        "type": "conversation",
        "conversationId": "c",
        "eventId": "event-1",
        "eventTime": "2026-11-20T10:00:00Z",
        "agentId": "a-1",
        "agentName": "John Doe",
        "queueId": "q-1",
        "queueName": "Support",
        "direction": "inbound",
        "state": "connected",
    }
    assert told[1]["sentiment"] == {"score": -0.4, "label": "negative"}
    assert [each["state"] for each in told] == ["connected", "connected", "hold", "ended"]
    assert part.open_now == 0


async def test_the_filters_decide_and_so_do_the_fields(part: AnalyticsPart) -> None:
    async with listener(part) as console:
        await console.subscribe({"queueId": "q-2"}, {"agentId": "a-9"}, fields=["sentiment.label"])
        await console.hears()
        part.appeared("c", FACTS, AT_MS)
        part.appeared("d", replace(FACTS, queue_id="q-2"), AT_MS)
        part.changed("e", replace(FACTS, agent_id="a-9"), AT_MS)
        say(part, 0.5, "d")
        told = [await console.hears() for _ in range(3)]
    assert [each["conversationId"] for each in told] == ["d", "e", "d"]
    assert "state" not in told[0]
    assert told[2]["sentiment"] == {"label": "positive"}


async def test_document_b_trap_heartbeat_too_low_is_rate_limited(part: AnalyticsPart) -> None:
    async with listener(part) as console:
        await console.subscribe(heartbeat=5)
        assert await console.hears() == {
            "type": "error",
            "code": 429,
            "message": "the heartbeat is too frequent",
            "retryAfter": 30,
        }
        part.appeared("c", FACTS, AT_MS)
        assert await console.hears(0.1) is None


async def test_heartbeats_are_answered_and_strange_messages_survived(part: AnalyticsPart) -> None:
    async with listener(part) as console:
        await console.socket.send_str("{")
        assert (await console.hears())["code"] == 400
        await console.socket.send_bytes(b"\x00")
        await console.socket.send_str('{"action": "dance"}')
        await console.socket.send_str('{"action": "heartbeat"}')
        assert await console.hears() == {"type": "heartbeat"}
        part.faults.answers_heartbeats = part.faults.confirms = False
        await console.socket.send_str('{"action": "heartbeat"}')
        await console.subscribe()
        assert await console.hears(0.1) is None
    assert part.beats == 2


@pytest.mark.parametrize(("heartbeat", "after_s"), [(None, 60), (30, 90)])
def test_document_b_trap_heartbeat_missing_is_closed_as_inactive(heartbeat: int | None, after_s: int) -> None:
    async def main() -> None:
        async with listener(AnalyticsPart(TokenOffice(clock=running().time))) as console:
            await console.subscribe(heartbeat=heartbeat)
            await console.hears()
            assert await console.hears(after_s - 1) is None

    async def closed() -> None:
        async with listener(AnalyticsPart(TokenOffice(clock=running().time))) as console:
            await console.subscribe(heartbeat=heartbeat)
            await console.hears()
            assert await console.hears(after_s + 2) == "closed 1001"

    run_virtual(main())
    run_virtual(closed())


@pytest.mark.parametrize(
    ("analysis", "scores"),
    [
        (Analysis(licensed=False), [None] * 3),
        (Analysis(analyses={"q-1": False}), [None] * 3),
        (Analysis(analyses={"q-2": False}), [-0.5] * 3),
        (Analysis(wrong_language={"q-1"}), [0.0] * 3),
        (Analysis(masked_after=1), [-0.5, None, None]),
    ],
    ids=["no licence", "policy gap", "another queue's gap", "language mismatch", "masking"],
)
async def test_what_the_platform_cannot_score(analysis: Analysis, scores: list[float | None]) -> None:
    part = AnalyticsPart(TokenOffice(), analysis)
    async with listener(part) as console:
        await console.subscribe()
        await console.hears()
        part.appeared("c", FACTS, AT_MS)
        for _ in range(3):
            say(part, -0.5)
        await console.hears()
        assert [(await console.hears())["sentiment"]["score"] for _ in range(3)] == scores


async def test_document_b_section_3_race_the_last_score_comes_after_the_end() -> None:
    part = AnalyticsPart(TokenOffice(), faults=AnalyticsFaults(late_score_s=0.05, duplicates=1))
    async with listener(part) as console:
        await console.subscribe()
        await console.hears()
        part.appeared("c", FACTS, AT_MS)
        say(part, -0.7)
        part.ended("c", AT_MS)
        told = [await console.hears() for _ in range(8)]
    assert [each["state"] for each in told] == ["connected"] * 4 + ["ended"] * 4
    assert told[6]["sentiment"]["score"] == -0.7
    assert told[6] == told[7] != told[5]


async def test_it_leaves_with_a_goodbye_or_without(part: AnalyticsPart) -> None:
    async with listener(part) as console:
        await part.dismiss()
        assert await console.hears() == "closed 1001"
    async with listener(part) as console:
        await part.cut()
        assert await console.hears() == "closed 1006"
    await part.dismiss()


async def test_document_b_edge_case_2_after_expiry_nothing_is_told_and_nothing_closed() -> None:
    now = 0.0
    part = AnalyticsPart(TokenOffice(clock=lambda: now, life_s=3600))
    async with listener(part) as console:
        await console.subscribe()
        await console.hears()
        now = 3601
        part.appeared("c", FACTS, AT_MS)
        await console.socket.send_str('{"action": "heartbeat"}')
        assert await console.hears(0.1) is None
        part.faults.beats_after_expiry = True
        await console.socket.send_str('{"action": "heartbeat"}')
        assert await console.hears() == {"type": "heartbeat"}
        part.faults.silent_after_expiry = False
        part.ended("c", AT_MS)
        assert (await console.hears())["code"] == 401


async def test_frozen_it_neither_answers_nor_leaves(part: AnalyticsPart) -> None:
    async with listener(part) as console:
        await console.subscribe()
        await console.hears()
        part.freeze()
        await console.socket.send_str('{"action": "heartbeat"}')
        part.appeared("c", FACTS, AT_MS)
        assert await console.hears(0.2) is None


async def test_a_slow_console_loses_the_oldest(part: AnalyticsPart) -> None:
    async with listener(part) as console:
        await console.subscribe()
        await console.hears()
        for number in range(1_100):
            part.tell(json.dumps({"number": number}))
        assert (await console.hears())["number"] == 100


async def test_it_leaves_nothing_behind() -> None:
    before = await held()
    part = AnalyticsPart(TokenOffice(), faults=AnalyticsFaults(late_score_s=60))
    async with listener(part) as console:
        await console.subscribe()
        await console.hears()
        part.appeared("c", FACTS, AT_MS)
        say(part, 0.5)
        part.ended("c", AT_MS)
        part.freeze()
        await part.cut()
    await asyncio.sleep(0.05)
    assert await held() == before


def test_every_scripted_call_has_the_platforms_own_scores() -> None:
    for script in load_scripts(CALLS):
        scores = [turn.score for turn in script.turns if turn.score is not None]
        assert len(scores) >= 0.8 * len(script.turns)
        assert all(-1 <= score <= 1 and round(score, 2) == score for score in scores)
    angry = next(script for script in load_scripts(CALLS) if script.name == "rising-anger")
    assert min(turn.score or 0 for turn in angry.turns if turn.party is Party.CUSTOMER) < -0.5
