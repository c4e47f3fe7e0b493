"""Why the platform could not reach an AudioHook listener: from the topics offered to the finding, and all refusals."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import msgspec
import pytest

from desktop.domain.events import LinkFound, LinkState, PeerComplaint
from desktop.domain.finding import Finding, Level
from desktop.protocols.notifications import Event, Topic
from desktop.protocols.operations import OFFERED_PATH, EventDefinition, OfferedTopic
from desktop.simulator.notifications_channels import ChannelLimits
from desktop.simulator.notifications_rest import OPERATIONS_TOPIC
from desktop.simulator.notifications_stream import OPERATIONS_PERMISSION, QUEUE_PERMISSION, TEXT_PERMISSION
from desktop.simulator.token_office import TokenOffice
from desktop.sources.genesys_operations import NEITHER, SUBJECT, SUBJECTS_AT_MOST, Operations
from tests.support.genesys import FACTS, Stage, Told, organisation, running
from tests.support.leaks import held

INVALID = "The provisioned server URI is invalid."
CALL = "34c18827-77a6-4970-ad66-6f2966c85bad"


async def subscribed(stage: Stage, told: Told, topic: str = OPERATIONS_TOPIC) -> None:
    await told.until(lambda: any(topic in channel.topics for channel in stage.part.channels.all()))


def event_subjects(told: Told) -> list[str]:
    return [e.finding.subject for e in told.of(LinkFound) if e.finding.subject.startswith("AudioHook event")]


async def still_works(stage: Stage, told: Told) -> None:
    """The live list and its events."""
    stage.part.appeared("c-1", FACTS, 0)
    await told.until(lambda: any(getattr(event, "call", "") == "c-1" for event in told.events))
    assert not {LinkState.RETRYING, LinkState.REFUSED} & set(told.states)


async def test_an_operational_event_becomes_a_finding_on_the_link() -> None:
    async with organisation() as stage, running(stage.source()) as told:
        await subscribed(stage, told)
        stage.part.operation("AUDIOHOOK-0001", f"{INVALID} Call {CALL}", conversation=CALL)
        await told.until(lambda: bool(event_subjects(told)))
        finding = told.findings["AudioHook event AUDIOHOOK-0001"]
        assert {event.link for event in told.of(LinkFound)} == {"org"}
    assert finding.level is Level.FAIL
    assert "connection URI" in finding.text
    assert finding.remedy
    assert CALL not in repr(told.of(LinkFound))
    assert told.findings[SUBJECT].level is Level.PASS


async def test_golden_event() -> None:
    """Written from the platform's catalog, not by the simulator's code."""
    golden = {
        "eventEntity": {
            "id": "AUDIOHOOK-0009",
            "name": "AudioHook protocol error",
            "description": "1399x Received a malformed server message. (AND) Close transaction timed out.",
        },
        "entityType": "integration",
        "entityId": "0f8f91f9-a27d-4ddf-8d5e-1d5d1f1c1a11",
        "entityName": "Jane's AudioHook",
        "errorCode": "x",
        "conversationId": CALL,
        "timestamp": "2026-01-15T10:30:45.123456Z",
        "version": "1.0",
    }
    async with organisation() as stage, running(stage.source()) as told:
        await subscribed(stage, told)
        stage.part.channels.publish(OPERATIONS_TOPIC, golden)
        await told.until(lambda: bool(event_subjects(told)))
        finding = told.findings["AudioHook event AUDIOHOOK-0009"]
    assert "did not understand" in finding.text
    assert not [word for word in (CALL, "Jane", "0f8f91f9") if word in repr(finding)]


async def test_golden_offer_with_placeholders() -> None:
    """Filled with the ids that the schema and description name; others are not asked for."""
    schema = json.dumps({"properties": {"eventEntity": {"enum": ["AUDIOHOOK-0009"]}}}).encode()
    async with organisation() as stage:
        stage.part.offered[:] = [
            OfferedTopic(
                "v2.operations.events.{id}", "AudioHook, as AUDIOHOOK-0001", ("usage:events:view",), msgspec.Raw(schema)
            ),
            OfferedTopic("v2.operations.events.edge.{id}", "Of edges: EDGE-0001"),
            OfferedTopic("v2.operations.events.more.{id}", "Of AudioHook, without any id"),
        ]
        async with running(stage.source()) as told:
            await subscribed(stage, told, "v2.operations.events.AUDIOHOOK-0009")
            topics = {topic for channel in stage.part.channels.all() for topic in channel.topics}
            stage.part.operation("AUDIOHOOK-0001", INVALID, topic="v2.operations.events.AUDIOHOOK-0001")
            await told.until(lambda: event_subjects(told) == ["AudioHook event AUDIOHOOK-0001"])
    assert {topic for topic in topics if "operations" in topic} == {
        "v2.operations.events.AUDIOHOOK-0001",
        "v2.operations.events.AUDIOHOOK-0009",
    }


async def test_switched_off_nothing_is_asked_for() -> None:
    async with organisation() as stage:
        stage.platform.throttle(OFFERED_PATH, 1, status=403)
        async with running(stage.source(operations=False)) as told:
            await told.live()
            await still_works(stage, told)
            await asyncio.sleep(0.1)
            assert stage.platform.refused == 0
            assert SUBJECT not in told.findings
            assert OPERATIONS_TOPIC not in stage.part.channels.all()[0].topics


@pytest.mark.parametrize("status", [400, 403, 404, 405, 410])
async def test_a_refused_question_costs_only_this(status: int) -> None:
    async with organisation() as stage:
        stage.platform.throttle(OFFERED_PATH, 100, status=status)
        async with running(stage.source()) as told:
            await told.until(lambda: SUBJECT in told.findings)
            await told.live()
            await still_works(stage, told)
            await asyncio.sleep(0.1)
            assert stage.platform.refused == 1  # once per connect
    assert [e.finding.level for e in told.of(LinkFound) if "AudioHook" in e.finding.subject] == [Level.WARN]
    assert str(status) in told.findings[SUBJECT].text
    assert told.findings[SUBJECT].remedy


async def test_a_sign_in_that_is_not_accepted_here_costs_only_this() -> None:
    async with organisation() as stage:
        stage.platform.throttle(OFFERED_PATH, 100, status=401)
        async with running(stage.source()) as told:
            await told.until(lambda: SUBJECT in told.findings)
            await told.live()
            stage.part.appeared("c-1", FACTS, 0)
            await told.until(lambda: any(getattr(event, "call", "") == "c-1" for event in told.events))
            assert LinkState.REFUSED not in told.states


async def test_a_refusal_is_taken_back_by_the_next_connection() -> None:
    async with organisation() as stage:
        stage.platform.throttle(OFFERED_PATH, 1, status=403)
        async with running(stage.source()) as told:
            await told.until(lambda: SUBJECT in told.findings)
            stage.part.channels.drop()
            await subscribed(stage, told)
            await told.until(lambda: told.findings[SUBJECT].level is Level.PASS)


async def test_trouble_that_passes_is_waited_out() -> None:
    async with organisation() as stage:
        stage.platform.throttle(OFFERED_PATH, 5, status=500)
        stage.platform.throttle(OFFERED_PATH, 1, retry_after_s=21)
        async with running(stage.source(ask_again_s=0.5)) as told:
            await subscribed(stage, told)
            await still_works(stage, told)
        assert stage.platform.refused == 6


async def test_an_answer_that_can_not_be_read_is_a_complaint() -> None:
    async with organisation() as stage:
        stage.part.offered.append(OfferedTopic("v2.operations.events.odd", schema=msgspec.Raw(b'{"cut":')))
        async with running(stage.source()) as told:
            await told.until(lambda: bool(told.of(PeerComplaint)))
            await told.live()
            await still_works(stage, told)
    assert "available topics reply" in told.of(PeerComplaint)[0].detail
    assert SUBJECT not in told.findings


@pytest.mark.parametrize("catalogue", [None, [], [EventDefinition("EDGE-0001"), EventDefinition()]])
async def test_nothing_offered_and_nothing_in_the_catalogue_is_said(catalogue: list[EventDefinition] | None) -> None:
    async with organisation() as stage:
        stage.part.offered.clear()
        stage.part.rest.definitions = catalogue
        async with running(stage.source()) as told:
            await told.until(lambda: SUBJECT in told.findings)
            await told.live()
            await still_works(stage, told)
    assert (told.findings[SUBJECT].level, told.findings[SUBJECT].text) == (Level.PASS, NEITHER)


async def test_a_list_of_topics_without_audiohook_falls_back_to_the_catalogue_of_events() -> None:
    """As a real organisation may have it: one topic for operational events of all kinds, named by no code."""
    async with organisation() as stage:
        everything = OfferedTopic(
            "v2.operations.events.{operationalEventId}", "Operational events", ("usage:events:view",)
        )
        stage.part.offered[:] = [everything]
        async with running(stage.source()) as told:
            await subscribed(stage, told, "v2.operations.events.AUDIOHOOK-0002")
            topics = {topic for channel in stage.part.channels.all() for topic in channel.topics}
            await told.until(lambda: SUBJECT in told.findings)
            stage.part.operation("AUDIOHOOK-0001", INVALID, topic="v2.operations.events.AUDIOHOOK-0001")
            await told.until(lambda: event_subjects(told) == ["AudioHook event AUDIOHOOK-0001"])
    assert {topic for topic in topics if "operations" in topic} == {
        "v2.operations.events.AUDIOHOOK-0001",
        "v2.operations.events.AUDIOHOOK-0002",
    }
    assert told.findings[SUBJECT].level is Level.PASS


async def test_a_catalogue_that_may_not_be_read_names_the_permission() -> None:
    most = frozenset({QUEUE_PERMISSION, TEXT_PERMISSION, "analytics:queueObservation:view"})
    async with organisation(office=TokenOffice(permissions=most)) as stage:
        stage.part.offered.clear()
        async with running(stage.source()) as told:
            await told.until(lambda: SUBJECT in told.findings)
            await told.live()
            await still_works(stage, told)
    finding = told.findings[SUBJECT]
    assert (finding.level, OPERATIONS_PERMISSION in finding.text) == (Level.WARN, True)


async def test_a_catalogue_whose_topics_the_platform_does_not_know_is_said_once() -> None:
    async with organisation() as stage:
        stage.part.offered.clear()
        stage.part.script.unknown = frozenset(
            {"v2.operations.events.AUDIOHOOK-0001", "v2.operations.events.AUDIOHOOK-0002"}
        )
        async with running(stage.source()) as told:
            await told.until(lambda: SUBJECT in told.findings)
            await still_works(stage, told)
    finding = told.findings[SUBJECT]
    assert (finding.level, "names 2 events about AudioHook" in finding.text) == (Level.WARN, True)
    assert "grant" not in finding.remedy


async def test_a_catalogue_that_can_not_be_read_is_a_complaint() -> None:
    async with organisation() as stage:
        stage.part.offered.clear()
        stage.part.rest.definitions = [EventDefinition(7)]  # type: ignore[arg-type]
        async with running(stage.source()) as told:
            await told.until(lambda: bool(told.of(PeerComplaint)))
            await told.live()
            await still_works(stage, told)
    assert "operational event definitions" in told.of(PeerComplaint)[0].detail


@pytest.mark.parametrize("needs", [(OPERATIONS_PERMISSION,), ()])
async def test_a_refused_topic_names_the_permission(needs: tuple[str, ...]) -> None:
    everything_else = frozenset({QUEUE_PERMISSION, TEXT_PERMISSION, "analytics:queueObservation:view"})
    async with organisation(office=TokenOffice(permissions=everything_else)) as stage:
        stage.part.offered[:] = [OfferedTopic(OPERATIONS_TOPIC, "AudioHook", needs)]
        async with running(stage.source()) as told:
            await told.until(lambda: SUBJECT in told.findings)
            await told.live()
            await still_works(stage, told)
    finding = told.findings[SUBJECT]
    assert (finding.level, OPERATIONS_PERMISSION in finding.remedy) == (Level.FAIL, True)
    assert finding.text.startswith("1 of 1 topics")


async def test_a_topic_that_the_platform_does_not_know_after_all() -> None:
    """Rejected without a permission's name: no permission is made up."""
    async with organisation() as stage:
        stage.part.offered.append(OfferedTopic("v2.operations.events-of-old", "AudioHook"))
        async with running(stage.source()) as told:
            await told.until(lambda: SUBJECT in told.findings)
    finding = told.findings[SUBJECT]
    assert (finding.level, finding.text.startswith("1 of 2 topics")) == (Level.WARN, True)
    assert "grant" not in finding.remedy


async def test_no_room_for_the_topic() -> None:
    async with organisation() as stage:
        manager = stage.manager(max_topics=2, max_channels=1)
        async with running(stage.source(manager=manager)) as told:
            await told.until(lambda: SUBJECT in told.findings)
            await still_works(stage, told)
    assert told.findings[SUBJECT].level is Level.WARN
    assert "no room" in told.findings[SUBJECT].text


async def test_room_that_is_taken_back() -> None:
    """The platform takes fewer topics than it says: 400 for the third, and for another channel."""
    async with organisation(limits=ChannelLimits(topics=2)) as stage:
        manager = stage.manager(max_topics=10, max_channels=1)
        async with running(stage.source(manager=manager, transcripts=False)) as told:
            await told.until(lambda: SUBJECT in told.findings)
            await still_works(stage, told)
    assert "no room" in told.findings[SUBJECT].text


async def test_events_that_repeat_are_one_line_and_there_are_at_most_20() -> None:
    async with organisation() as stage, running(stage.source()) as told:
        await subscribed(stage, told)
        for nth in range(SUBJECTS_AT_MOST + 5):
            for text in (INVALID, INVALID, "Timed out waiting for opened"):
                stage.part.operation(f"AUDIOHOOK-{nth:04}", text)
        stage.part.operation("AUDIOHOOK-0000", "TLS handshake failed")
        await told.until(lambda: "TLS" in getattr(told.findings.get("AudioHook event AUDIOHOOK-0000"), "text", ""))
        said = event_subjects(told)
    assert len(set(said)) == SUBJECTS_AT_MOST
    assert len(said) == 2 * SUBJECTS_AT_MOST + 1  # what is said already isn't said again


async def test_bad_events_and_those_of_others_cost_only_themselves() -> None:
    async with organisation() as stage, running(stage.source()) as told:
        await subscribed(stage, told)
        stage.part.channels.publish(OPERATIONS_TOPIC, {"eventEntity": {"id": 7}})
        stage.part.operation("EDGE-0001", INVALID)
        stage.part.operation("AUDIOHOOK-0002", "Connection refused")
        await told.until(lambda: bool(event_subjects(told)))
    assert ["$.eventEntity.id" in event.detail for event in told.of(PeerComplaint)] == [True]
    assert event_subjects(told) == ["AudioHook event AUDIOHOOK-0002"]


async def test_after_a_lost_connection_events_come_again() -> None:
    async with organisation() as stage, running(stage.source()) as told:
        await subscribed(stage, told)
        stage.part.channels.evict()
        await told.live(2)
        await subscribed(stage, told)
        stage.part.operation("AUDIOHOOK-0002", "Connection refused")
        await told.until(lambda: bool(event_subjects(told)))


async def test_20_reconnects_leave_nothing_behind() -> None:
    async with organisation() as stage:
        stage.platform.throttle(OFFERED_PATH, 1000, status=403)  # so that each one asks anew
        source = stage.source(manager=stage.manager(sleep=lambda seconds: asyncio.sleep(0.001)))
        async with running(source) as told:
            await told.live()
            before = await held()
            for nth in range(20):
                stage.part.channels.drop()
                await told.live(nth + 2)
            await told.until(lambda: stage.platform.refused == 21)
            await asyncio.sleep(0.2)
            after = await held()
        assert after.tasks <= before.tasks
        assert after.sockets <= before.sockets + 1  # the simulator's side of the last one may still be closing
        assert after.timers <= before.timers + 2
        assert after.threads == before.threads
    assert len([e for e in told.of(LinkFound) if e.finding.subject == SUBJECT]) == 1


async def test_a_cancelled_run_leaves_nothing_behind() -> None:
    async with organisation() as stage:
        before = await held()
        manager = stage.manager()
        async with running(stage.source(manager=manager)) as told:
            await subscribed(stage, told)
        stage.part.offered[:] = [replace_id(topic) for topic in stage.part.offered]
        async with running(stage.source(manager=manager)) as told:  # the earlier topics are not wanted any longer
            await subscribed(stage, told, OPERATIONS_TOPIC + ".newer")
            assert OPERATIONS_TOPIC not in stage.part.channels.all()[-1].topics
        await asyncio.sleep(0.2)
        after = await held()
    assert (after.tasks, after.threads) == (before.tasks, before.threads)
    assert after.sockets <= before.sockets


def replace_id(topic: OfferedTopic) -> OfferedTopic:
    return msgspec.structs.replace(topic, id=topic.id + ".newer") if topic.id == OPERATIONS_TOPIC else topic


class Floor:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def on_link(self, state: LinkState, detail: str = "", retry_in_s: float | None = None) -> None:
        self.told.append((state, detail, retry_in_s))

    def on_event(self, event: Event) -> None:
        self.told.append(event)

    def on_topics(self, results: Sequence[Topic]) -> None:
        self.told.append(results)

    def on_no_room(self, topics: Sequence[str]) -> None:
        self.told.append(topics)

    def on_finding(self, finding: Finding) -> None:
        self.told.append(finding)

    def on_round_trip(self, ms: float) -> None:
        self.told.append(ms)

    def on_complaint(self, detail: str) -> None:
        self.told.append(detail)


async def test_the_floor_hears_all_that_is_not_an_operational_event() -> None:
    finding = Finding("Topics", Level.WARN, "x")
    async with organisation() as stage:
        floor = Floor()
        operations = Operations(stage.rest(), stage.manager(), floor, asyncio.sleep, 1.0)
        operations.on_link(LinkState.RETRYING, "lost", 2.0)
        operations.on_topics([Topic("v2.x")])
        operations.on_no_room(["v2.x"])
        operations.on_finding(finding)
        operations.on_round_trip(3.0)
        operations.on_complaint("odd")
        operations.on_event(Event("v2.operations.events.x", b'{"eventEntity": {"id": "EDGE-0001"}}'))
    assert floor.told == [(LinkState.RETRYING, "lost", 2.0), [Topic("v2.x")], ["v2.x"], finding, 3.0, "odd"]
