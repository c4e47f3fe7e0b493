"""The simulated organisation's Notifications API against golden requests, without the console's code."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest

from desktop.domain.facts import CallFacts
from desktop.domain.media import Party
from desktop.simulator.notifications import NotificationsPart
from desktop.simulator.notifications_channels import ChannelLimits
from desktop.simulator.platform import SimulatedPlatform
from desktop.simulator.script import Turn
from desktop.simulator.sign_in import SignInPart
from desktop.simulator.token_office import TokenOffice

FACTS = CallFacts("inbound", "Alice", "u-1", "Billing", "q-1", started_at_ms=1_700_000_000_000)
QUEUE = "v2.routing.queues.q-1.conversations.calls"
TEXT = "v2.conversations.c-1.transcription"
OPERATIONS = "v2.operations.events.audiohook"
CHANNELS = "/api/v2/notifications/channels"
OFFERED = "/api/v2/notifications/availabletopics"
QUERY = {
    "metrics": [{"metric": "oInteracting", "details": True}],
    "groupBy": ["queueId"],
    "filter": {
        "type": "and",
        "predicates": [{"type": "dimension", "dimension": "mediaType", "operator": "matches", "value": "voice"}],
    },
}


@dataclass
class Desk:
    """A console's bare hands."""

    part: NotificationsPart
    platform: SimulatedPlatform
    office: TokenOffice
    session: aiohttp.ClientSession
    token: str
    now: list[float]

    async def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        url = self.platform.base_url + path
        async with self.session.request(method, url, json=body, headers=headers) as reply:
            text = await reply.text()
            return reply.status, json.loads(text) if text else None

    async def channel(self, *topics: str) -> dict[str, Any]:
        _, made = await self.ask("POST", CHANNELS)
        if topics:
            status, _ = await self.ask("PUT", subscriptions(made), [{"id": topic} for topic in topics])
            assert status == 200
        return made

    def dial(self, made: dict[str, Any]) -> Any:
        return self.session.ws_connect(made["connectUri"], autoping=False)


def subscriptions(made: dict[str, Any], query: str = "?ignoreErrors=true") -> str:
    return f"{CHANNELS}/{made['id']}/subscriptions{query}"


@asynccontextmanager
async def desk(
    user: str | None = "boss", permissions: frozenset[str] | None = None, **options: Any
) -> AsyncIterator[Desk]:
    now = [0.0]
    office = TokenOffice() if permissions is None else TokenOffice(permissions=permissions)
    part = NotificationsPart(office, clock=lambda: now[0], **options)
    part.script.text_delay_s = 0
    platform = SimulatedPlatform([SignInPart(office, {"demo": ""}), part])  # two parts on one platform
    await platform.start()
    try:
        async with aiohttp.ClientSession() as session:
            yield Desk(part, platform, office, session, office.issue(user=user), now)
    finally:
        await platform.close()


async def events(socket: Any, count: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(5):
        return [json.loads((await socket.receive()).data) for _ in range(count)]


async def test_a_channel_is_made_subscribed_and_heard() -> None:
    async with desk() as console:
        made = await console.channel()
        assert made.keys() == {"connectUri", "id", "expires"}
        assert made["connectUri"].startswith("ws://127.0.0.1")
        status, reply = await console.ask("PUT", subscriptions(made), [{"id": QUEUE}, {"id": "v2.nonsense"}])
        assert status == 200
        assert [(t["id"], t["state"]) for t in reply["entities"]] == [(QUEUE, "Permitted"), ("v2.nonsense", "Rejected")]
        async with console.dial(made) as socket:
            await asyncio.sleep(0.02)
            console.part.appeared("c-1", FACTS, 0)
            console.part.ended("c-1", 0)
            first, last = await events(socket, 2)
    assert (first["topicName"], first["version"], first["eventBody"]["id"]) == (QUEUE, "2", "c-1")
    assert first["metadata"]["CorrelationId"]
    assert {p["state"] for p in last["eventBody"]["participants"]} == {"terminated"}


async def test_without_a_token_nothing_is_given() -> None:
    async with desk() as console:
        console.token = "made up"
        status, reply = await console.ask("POST", CHANNELS)
    assert (status, reply["code"]) == (401, "bad.credentials")


async def test_one_refused_topic_refuses_all_without_ignore_errors() -> None:
    async with desk(permissions=frozenset({"routing:queue:view"})) as console:
        made = await console.channel()
        status, reply = await console.ask("POST", subscriptions(made, ""), [{"id": QUEUE}, {"id": TEXT}])
        assert (status, reply["code"]) == (403, "missing.any.permissions")
        assert "conversation:transcription:view" in reply["messageParams"]["permissions"]
        _, listed = await console.ask("GET", subscriptions(made))
        assert listed["entities"] == []
        _, reply = await console.ask("POST", subscriptions(made), [{"id": QUEUE}, {"id": TEXT}])
        assert reply["entities"][1]["missingPermissions"] == ["conversation:transcription:view"]


async def test_1000_topics_and_not_one_more() -> None:
    async with desk() as console:
        made = await console.channel(*(f"v2.conversations.c{n}.transcription" for n in range(1000)))
        status, _ = await console.ask("POST", subscriptions(made), [{"id": QUEUE}])
        assert status == 400
        status, _ = await console.ask("PUT", subscriptions(made), [{"id": QUEUE}])
        assert status == 200


async def test_put_replaces_post_adds_delete_empties() -> None:
    async with desk() as console:
        made = await console.channel(QUEUE)
        await console.ask("POST", subscriptions(made), [{"id": TEXT}])
        assert len((await console.ask("GET", subscriptions(made)))[1]["entities"]) == 2
        await console.ask("PUT", subscriptions(made), [{"id": TEXT}])
        assert len((await console.ask("GET", subscriptions(made)))[1]["entities"]) == 1
        assert (await console.ask("DELETE", subscriptions(made)))[0] == 204
        assert (await console.ask("PUT", subscriptions(made), {"id": 1}))[0] == 400


async def test_the_21st_channel_evicts_the_oldest_idle_one() -> None:
    async with desk() as console:
        first = await console.channel()
        async with console.dial(first):
            second = await console.channel()
            for _ in range(19):
                await console.channel()
            assert (await console.ask("HEAD", f"{CHANNELS}/{first['id']}"))[0] == 200
            assert (await console.ask("HEAD", f"{CHANNELS}/{second['id']}"))[0] == 404
    assert console.part.channels.evicted == 1


async def test_a_channel_lives_24_hours_and_subscribing_renews_it() -> None:
    async with desk() as console:
        made, other = await console.channel(QUEUE), await console.channel(QUEUE)
        console.now[0] = 80_000
        await console.ask("PUT", subscriptions(made), [{"id": QUEUE}])
        console.now[0] = 90_000
        assert (await console.ask("HEAD", f"{CHANNELS}/{made['id']}"))[0] == 200
        for method, path in (("HEAD", f"{CHANNELS}/{other['id']}"), ("PUT", subscriptions(other))):
            assert (await console.ask(method, path, []))[0] == 404
        for method in ("GET", "DELETE"):
            assert (await console.ask(method, subscriptions(other)))[0] == 404


async def test_a_channel_dies_with_its_token() -> None:
    async with desk() as console:
        made = await console.channel(QUEUE)
        console.office.revoke_all()
        console.token = console.office.issue(user="boss")
        assert (await console.ask("HEAD", f"{CHANNELS}/{made['id']}"))[0] == 404
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await console.dial(made)


async def test_one_socket_per_channel() -> None:
    async with desk() as console:
        made = await console.channel(QUEUE)
        async with console.dial(made) as first, console.dial(made) as second:
            assert (await first.receive()).type is aiohttp.WSMsgType.CLOSE
            console.part.appeared("c-1", FACTS, 0)
            (event,) = await events(second, 1)
        assert event["topicName"] == QUEUE


async def test_ping_subscribe_and_heartbeat_within_the_socket() -> None:
    async with desk() as console:
        console.part.script.heartbeat_s = 0.02
        made = await console.channel()
        async with console.dial(made) as socket:
            (beat,) = await events(socket, 1)
            assert beat == {"topicName": "channel.metadata", "eventBody": {"message": "WebSocket Heartbeat"}}
            console.part.script.heartbeat_s = 30
            await events(socket, 1)
            await socket.send_str('{"message":"ping"}')
            await socket.send_str("nonsense")
            await socket.send_str(json.dumps({"message": "subscribe", "topics": [QUEUE], "correlationId": "x"}))
            await socket.send_str(json.dumps({"message": "subscribe", "topics": ["v2.nonsense"]}))
            await socket.ping(b"rfc")
            answers = [await socket.receive() for _ in range(4)]
        told = [json.loads(a.data) for a in answers[:3]]
    assert told[0]["eventBody"] == {"message": "pong"}
    assert told[1] == {"result": "200", "status": "subscribed", "correlationId": "x"}
    assert told[2]["result"] == "400"
    assert answers[3].type is aiohttp.WSMsgType.PONG


async def test_live_text_in_partials_and_a_final() -> None:
    async with desk() as console:
        made = await console.channel(TEXT)
        async with console.dial(made) as socket:
            await asyncio.sleep(0.02)
            console.part.appeared("c-1", FACTS, 0)
            console.part.spoke("c-1", Turn(Party.AGENT, 1000, 2000, "how can I help"), 0)
            console.part.spoke("c-9", Turn(Party.AGENT, 1000, 2000, "nobody"), 0)
            console.part.ended("c-1", 0)
            told = [e["eventBody"] for e in await events(socket, 5)]
    assert [len(body["transcripts"]) for body in told] == [0, 1, 1, 1, 0]
    texts = [body["transcripts"][0] for body in told[1:4]]
    assert [t["alternatives"][0]["transcript"] for t in texts] == ["how", "how can", "how can I help"]
    assert [t["isFinal"] for t in texts] == [False, False, True]
    assert {t["channel"] for t in texts} == {"INTERNAL"}
    assert [body["status"]["status"] for body in told] == ["SESSION_ONGOING"] * 4 + ["SESSION_ENDED"]


async def test_the_live_list() -> None:
    async with desk() as console:
        console.part.appeared("c-1", FACTS, 0)
        console.part.appeared("c-2", replace(FACTS, queue_id="q-2"), 0)
        status, reply = await console.ask("POST", "/api/v2/analytics/conversations/activity/query", QUERY)
        assert status == 200
        assert {e["conversationId"] for r in reply["results"] for e in r["entities"]} == {"c-1", "c-2"}
        some = QUERY | {"filter": {"clauses": [{"predicates": [{"dimension": "queueId", "value": "q-2"}]}]}}
        _, reply = await console.ask("POST", "/api/v2/analytics/conversations/activity/query", some)
        assert [r["group"] for r in reply["results"]] == [{"queueId": "q-2"}]
        console.part.script.truncated = True
        _, reply = await console.ask("POST", "/api/v2/analytics/conversations/activity/query", QUERY)
        assert (reply["truncated"], len(reply["results"])) == (True, 1)
        assert (await console.ask("POST", "/api/v2/analytics/conversations/activity/query", []))[0] == 400


async def test_the_live_list_needs_a_permission() -> None:
    async with desk(permissions=frozenset()) as console:
        status, reply = await console.ask("POST", "/api/v2/analytics/conversations/activity/query", QUERY)
    assert (status, reply["messageParams"]["permissions"]) == (403, "analytics:queueObservation:view")


async def test_names() -> None:
    async with desk(queues={"q-9": "Empty"}) as console:
        console.part.appeared("c-1", FACTS, 0)
        _, queues = await console.ask("GET", "/api/v2/routing/queues?pageSize=1&pageNumber=2")
        assert (queues["entities"], queues["pageCount"]) == ([{"id": "q-1", "name": "Billing"}], 2)
        console.part.script.member_of = ("q-9",)
        _, mine = await console.ask("GET", "/api/v2/routing/queues/me")
        assert [q["id"] for q in mine["entities"]] == ["q-9"]
        _, users = await console.ask("GET", "/api/v2/users?id=u-1&id=u-2")
        assert users["entities"] == [{"id": "u-1", "name": "Alice"}]


async def test_the_topics_offered() -> None:
    async with desk() as console:
        status, reply = await console.ask("GET", OFFERED + "?expand=description,requiresPermissions,schema")
        _, plain = await console.ask("GET", OFFERED)
        console.token = "made up"
        refused, _ = await console.ask("GET", OFFERED)
    about = [topic for topic in reply["entities"] if "audiohook" in topic["description"].lower()]
    assert (status, refused) == (200, 401)
    assert [(t["id"], t["requiresPermissions"]) for t in about] == [(OPERATIONS, ["usage:events:view"])]
    assert {topic["id"] for topic in plain["entities"]} == {topic["id"] for topic in reply["entities"]}
    assert not any("description" in topic or "requiresPermissions" in topic for topic in plain["entities"])


async def test_operational_events() -> None:
    async with desk() as console:
        made = await console.channel(OPERATIONS)
        async with console.dial(made) as socket:
            await asyncio.sleep(0.02)
            console.part.operation("AUDIOHOOK-0001", "The provisioned server URI is invalid.", conversation="c-1")
            (told,) = await events(socket, 1)
    entity = told["eventBody"]["eventEntity"]
    assert told["topicName"] == OPERATIONS
    assert (entity["id"], entity["description"]) == ("AUDIOHOOK-0001", "The provisioned server URI is invalid.")
    assert told["eventBody"]["conversationId"] == "c-1"
    assert {"entityId", "entityName", "errorCode"} <= told["eventBody"].keys()


async def test_operational_events_need_a_permission() -> None:
    async with desk(permissions=frozenset()) as console:
        made = await console.channel()
        _, reply = await console.ask("PUT", subscriptions(made), [{"id": OPERATIONS}])
    assert reply["entities"][0]["missingPermissions"] == ["usage:events:view"]


async def test_a_client_s_own_token_has_no_person() -> None:
    async with desk(user=None) as console:
        console.part.appeared("c-1", FACTS, 0)
        assert (await console.ask("GET", "/api/v2/routing/queues/me"))[0] == 400
        path = "/api/v2/conversations/calls/c-1/participants/c-1-agent-u-1/monitor"
        assert (await console.ask("POST", path))[0] == 403


@pytest.mark.parametrize("how", ["monitor", "coach", "barge"])
async def test_joining(how: str) -> None:
    async with desk() as console:
        console.part.appeared("c-1", FACTS, 0)
        status, call = await console.ask("GET", "/api/v2/conversations/c-1")
        agent = next(p["id"] for p in call["participants"] if p["purpose"] == "agent")
        path = f"/api/v2/conversations/calls/c-1/participants/{agent}/{how}"
        assert (status, (await console.ask("POST", path))[0]) == (200, 202)
        console.part.script.station = False
        assert (await console.ask("POST", path))[0] == 409
        console.part.ended("c-1", 0)
        assert (await console.ask("POST", path))[0] == 404
        status, call = await console.ask("GET", "/api/v2/conversations/c-1")
        assert status == 200  # the platform still knows it, with everybody gone
        assert {person["state"] for person in call["participants"]} <= {"disconnected", "terminated"}
        assert (await console.ask("GET", "/api/v2/conversations/c-9"))[0] == 404
    assert [(r.user, r.how) for r in console.part.ringing] == [("boss", how)]


async def test_joining_needs_the_permission() -> None:
    async with desk(permissions=frozenset({"conversation:call:monitor"})) as console:
        console.part.appeared("c-1", FACTS, 0)
        path = "/api/v2/conversations/calls/c-1/participants/c-1-agent-u-1/"
        assert (await console.ask("POST", path + "monitor"))[0] == 202
        status, reply = await console.ask("POST", path + "barge")
    assert (status, reply["messageParams"]["permissions"]) == (403, "conversation:call:barge")


async def test_a_transfer_leaves_the_first_agent_behind() -> None:
    async with desk() as console:
        console.part.appeared("c-1", FACTS, 0)
        console.part.changed("c-1", replace(FACTS, agent_id="u-2"), 0)
        console.part.changed("c-9", FACTS, 0)
        _, call = await console.ask("GET", "/api/v2/conversations/c-1")
    agents = [(p["user"]["id"], p["state"]) for p in call["participants"] if p["purpose"] == "agent"]
    assert agents == [("u-1", "terminated"), ("u-2", "connected")]


async def test_scripted_faults_reach_the_socket() -> None:
    async with desk(limits=ChannelLimits(refuse_beyond=1)) as console:
        made = await console.channel(QUEUE)
        assert (await console.ask("POST", CHANNELS))[0] == 400
        async with console.dial(made) as socket:
            await asyncio.sleep(0.02)
            channels = console.part.channels
            channels.close_soon()
            channels.take()
            channels.revoke()
            channels.repeat_next = 1
            console.part.appeared("c-1", FACTS, 0)
            channels.delay_next = 1
            console.part.secure("c-1", True)
            console.part.secure("c-1", False)
            channels.release()
            told = await events(socket, 7)
            assert [t["topicName"].split(".")[2] for t in told[:3]] == [
                "socket_closing",
                "no_longer_subscribed",
                "token_revoked",
            ]
            assert told[3] == told[4]
            assert [t["eventBody"]["participants"][0]["securePause"] for t in told[5:]] == [False, True]
            channels.freeze()
            await socket.send_str('{"message":"ping"}')
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await socket.receive()
            channels.drop()
            assert (await socket.receive()).type is not aiohttp.WSMsgType.TEXT
