"""A real organisation's source against the simulated one: the list, the text, joining, and all that goes wrong."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from desktop.domain.errors import Rejected, SignInNeeded, Throttled
from desktop.domain.events import (
    AudioGap,
    CallEnded,
    FactsLearned,
    LinkChanged,
    LinkFound,
    LinkMeasured,
    LinkState,
    PeerComplaint,
    WordsArrived,
)
from desktop.domain.facts import CallFacts, CallStage
from desktop.domain.finding import Level, Remedy
from desktop.domain.intents import Join
from desktop.domain.media import Party
from desktop.protocols.notifications import queue_topic, transcription_topic
from desktop.simulator.notifications_channels import ChannelLimits
from desktop.simulator.notifications_stream import QUEUE_PERMISSION, TEXT_PERMISSION
from desktop.simulator.script import Turn
from desktop.simulator.token_office import TokenOffice
from desktop.sources.genesys_waiting import MAX_LOOKS
from tests.support.genesys import FACTS, Stage, Told, organisation, running
from tests.support.leaks import held

ALL = frozenset(
    {
        QUEUE_PERMISSION,
        TEXT_PERMISSION,
        "analytics:queueObservation:view",
        "conversation:communication:view",
        "conversation:call:monitor",
    }
)
TURN = Turn(Party.CUSTOMER, 1000, 3000, "my bill is wrong")


def office_without(*missing: str) -> TokenOffice:
    return TokenOffice(permissions=ALL - set(missing))


def calls_of(events: object) -> list[str]:
    return [event.call for event in events if isinstance(event, FactsLearned)]  # type: ignore[attr-defined]


async def test_the_live_list_is_told_right_after_live() -> None:
    async with organisation() as stage:
        stage.part.appeared("c-1", FACTS, 0)
        stage.part.appeared("c-2", replace(FACTS, agent_id="agent-2", agent_name="Bob", queue_id="queue-2"), 0)
        async with running(stage.source()) as told:
            live = await told.live()
            await told.until(lambda: len(set(calls_of(told.events))) == 2)
            assert live.relists
            assert live.region == "eu-central-1"
            assert calls_of(told.since(live))[:2] == ["c-1", "c-2"]
            assert told.states[:2] == [LinkState.CONNECTING, LinkState.LIVE]
            assert told.findings["Live list"].level is Level.PASS


async def test_names_of_queues_and_agents_are_looked_up() -> None:
    async with organisation() as stage:
        stage.part.appeared("c-1", FACTS, 0)
        async with running(stage.source()) as told:
            await told.until(lambda: any(e.facts.agent_name == "Alice Monroe" for e in told.of(FactsLearned)))
            facts = told.of(FactsLearned)[-1].facts
    assert (facts.queue_name, facts.agent_id, facts.direction) == ("Billing", "agent-1", "inbound")


async def test_a_call_from_its_beginning_to_its_end() -> None:
    async with organisation() as stage, running(stage.source()) as told:
        await told.live()
        stage.part.appeared("c-1", replace(FACTS, agent_id="", agent_name=""), 0)
        await told.until(lambda: calls_of(told.events) == ["c-1"])
        stage.part.changed("c-1", FACTS, 0)
        await told.until(lambda: told.of(FactsLearned)[-1].facts.agent_id == "agent-1")
        stage.part.changed("c-1", replace(FACTS, stage=CallStage.HOLD), 0)
        await told.until(lambda: told.of(FactsLearned)[-1].facts.stage is CallStage.HOLD)
        stage.part.changed("c-1", replace(FACTS, stage=CallStage.WRAP_UP, disposition="solved"), 0)
        stage.part.ended("c-1", 0)
        await told.until(lambda: told.of(CallEnded) == [CallEnded("org", "c-1")])
        last = told.of(FactsLearned)[-1].facts
    assert (last.stage, last.disposition) == (CallStage.WRAP_UP, "solved")


async def test_live_text_of_each_call() -> None:
    async with organisation() as stage, running(stage.source()) as told:
        stage.part.script.partials = 2
        await told.live()
        stage.part.appeared("c-1", FACTS, 1_700_000_000_000)
        await told.until(lambda: any(transcription_topic("c-1") in c.topics for c in stage.part.channels.all()))
        stage.part.spoke("c-1", TURN, 0)
        stage.part.spoke("c-1", replace(TURN, party=Party.AGENT, text="let me look"), 0)
        await told.until(lambda: len(told.texts) == 2)
        words = told.of(WordsArrived)
    assert told.texts == ["my bill is wrong", "let me look"]
    first = [event.segment for event in words if event.segment.party is Party.CUSTOMER]
    assert [(s.segment_id, s.revision, s.is_final) for s in first] == [(0, 0, False), (0, 1, False), (0, 2, True)]
    assert {event.segment.party for event in words} == {Party.CUSTOMER, Party.AGENT}
    assert all(event.segment.trace.received > 0 for event in words)
    assert "bill" not in repr(stage.part.channels)


async def test_without_transcripts_no_text_is_subscribed() -> None:
    async with organisation() as stage, running(stage.source(transcripts=False, operations=False)) as told:
        await told.live()
        stage.part.appeared("c-1", FACTS, 0)
        await told.until(lambda: calls_of(told.events) != [])
        await asyncio.sleep(0.1)
        topics = {topic for channel in stage.part.channels.all() for topic in channel.topics}
    assert topics == {queue_topic("queue-1"), queue_topic("queue-2")}


async def test_an_ended_call_gives_its_topic_back() -> None:
    async with organisation() as stage:
        manager = stage.manager(sweep_every_s=0.05)
        async with running(stage.source(manager=manager)) as told:
            await told.live()
            stage.part.appeared("c-1", FACTS, 0)
            (channel,) = stage.part.channels.all()
            await told.until(lambda: transcription_topic("c-1") in channel.topics)
            stage.part.ended("c-1", 0)
            await told.until(lambda: transcription_topic("c-1") not in channel.topics)


async def test_who_waits_as_the_link_comes_up_is_looked_at_once() -> None:
    async with organisation() as stage:
        waits = replace(FACTS, agent_name="", agent_id="", stage=CallStage.QUEUED)
        for nth in range(MAX_LOOKS + 2):
            stage.part.appeared(f"w-{nth:02}", waits, 0)
        stage.part.appeared("talks", FACTS, 0)
        async with running(stage.source()) as told:
            await told.until(lambda: len(stages(told, CallStage.QUEUED)) == MAX_LOOKS)
            await told.live()
            assert "talks" not in stages(told, CallStage.QUEUED)
            stage.part.changed("w-00", FACTS, 0)
            await told.until(lambda: told.of(FactsLearned)[-1].facts.stage is CallStage.CONNECTED)


@pytest.mark.parametrize("status", [403, 404])
async def test_who_waits_and_can_not_be_looked_at_costs_nothing(status: int) -> None:
    async with organisation() as stage:
        stage.part.appeared("w-1", replace(FACTS, agent_name="", agent_id="", stage=CallStage.QUEUED), 0)
        stage.platform.throttle("/api/v2/conversations/w-1", 100, status=status)
        async with running(stage.source()) as told:
            await told.live()
            stage.part.appeared("c-2", FACTS, 0)
            await told.until(lambda: any(event.call == "c-2" for event in told.of(FactsLearned)))
            assert not {LinkState.RETRYING, LinkState.REFUSED} & set(told.states)


def stages(told: Told, stage: CallStage) -> set[str]:
    return {event.call for event in told.of(FactsLearned) if event.facts.stage is stage}


async def test_a_late_event_does_not_bring_a_call_back() -> None:
    async with organisation() as stage, running(stage.source()) as told:
        await told.live()
        stage.part.appeared("c-1", FACTS, 0)
        stage.part.channels.delay_next = 1
        stage.part.changed("c-1", replace(FACTS, stage=CallStage.HOLD), 0)
        stage.part.ended("c-1", 0)
        await told.until(lambda: len(told.of(CallEnded)) == 1)
        stage.part.channels.release()
        stage.part.appeared("c-2", FACTS, 0)
        await told.until(lambda: "c-2" in calls_of(told.events))
        assert calls_of(told.events)[-1] == "c-2"
        assert all(event.facts.stage is not CallStage.HOLD for event in told.of(FactsLearned))


async def test_duplicate_events_are_told_once() -> None:
    async with organisation() as stage, running(stage.source()) as told:
        await told.live()
        stage.part.channels.repeat_next = 2
        stage.part.appeared("c-1", FACTS, 0)
        await told.until(lambda: transcription_topic("c-1") in stage.part.channels.all()[0].topics)
        stage.part.script.partials = 0
        stage.part.script.text_delay_s = 0
        stage.part.channels.repeat_next = 1
        stage.part.spoke("c-1", TURN, 0)
        stage.part.ended("c-1", 0)
        await told.until(lambda: len(told.of(CallEnded)) == 1)
        assert told.texts == ["my bill is wrong"]
        named = [event.facts for event in told.of(FactsLearned)]
        assert len(named) == len({repr(facts) for facts in named})


async def test_after_a_lost_connection_the_list_is_told_again() -> None:
    async with organisation() as stage:
        for call in ("c-1", "c-2"):
            stage.part.appeared(call, FACTS, 0)
        async with running(stage.source()) as told:
            await told.live()
            stage.part.channels.drop()
            stage.part.ended("c-1", 0)
            stage.part.appeared("c-3", FACTS, 0)
            live = await told.live(2)
            await told.until(lambda: len(calls_of(told.since(live))) >= 2)
            assert live.relists
            assert set(calls_of(told.since(live))) == {"c-2", "c-3"}
            assert LinkState.RETRYING in told.states
            assert stage.part.channels.made == 1  # the same channel: it lives 24 hours


@pytest.mark.parametrize("code", [1001, 1011, 4000])
async def test_closed_sockets_come_back(code: int) -> None:
    async with organisation() as stage, running(stage.source()) as told:
        await told.live()
        await stage.part.channels.leave(code)
        await told.live(2)
        detail = next(e.detail for e in told.of(LinkChanged) if e.state is LinkState.RETRYING)
    assert str(code) in detail


async def test_the_list_refused_leaves_the_queue_topics() -> None:
    """403 on the activity query: no relisting, a finding that names the permission, calls by their events."""
    office = office_without("analytics:queueObservation:view")
    async with organisation(office=office) as stage, running(stage.source()) as told:
        live = await told.live()
        assert not live.relists
        assert "analytics:queueObservation:view" in told.findings["Live list"].remedy
        stage.part.appeared("c-1", FACTS, 0)
        await told.until(lambda: "c-1" in calls_of(told.events))


async def test_a_cut_list_does_not_end_what_it_leaves_out() -> None:
    async with organisation() as stage:
        for call in ("c-1", "c-2"):
            stage.part.appeared(call, FACTS, 0)
        async with running(stage.source()) as told:
            await told.until(lambda: set(calls_of(told.events)) == {"c-1", "c-2"})
            stage.part.script.truncated = True  # it leaves out every second call
            stage.part.channels.drop()
            live = await told.live(2)
            await told.until(lambda: calls_of(told.since(live)) != [])
            assert not live.relists
            assert told.findings["Live list"].level is Level.WARN
            await asyncio.sleep(0.1)
            assert len(set(calls_of(told.since(live)))) < 2
            assert not told.of(CallEnded)


async def test_a_list_that_was_cut_and_is_whole_later_ends_what_is_over() -> None:
    async with organisation() as stage:
        for call in ("c-1", "c-2"):
            stage.part.appeared(call, FACTS, 0)
        async with running(stage.source(audit_s=0.05)) as told:
            await told.until(lambda: set(calls_of(told.events)) == {"c-1", "c-2"})
            stage.part.script.truncated = True
            stage.part.channels.drop()
            stage.part.ended("c-2", 0)
            await told.live(2)
            stage.part.script.truncated = False
            await told.until(lambda: told.of(CallEnded) == [CallEnded("org", "c-2", "no longer listed")])


async def test_a_list_that_comes_later_is_told_later() -> None:
    async with organisation() as stage:
        stage.part.appeared("c-1", FACTS, 0)
        stage.platform.throttle("/api/v2/analytics", 6, status=500)
        async with running(stage.source()) as told:
            first, second = await told.live(1), await told.live(2)
            await told.until(lambda: "c-1" in calls_of(told.events))
    assert (first.relists, second.relists) == (False, True)
    assert "will follow" in first.detail


async def test_a_list_that_comes_later_ends_what_is_over_itself() -> None:
    """The link counts as live since the list failed, so that its relisting says nothing to anybody."""
    async with organisation() as stage:
        for call in ("c-1", "c-2"):
            stage.part.appeared(call, FACTS, 0)
        async with running(stage.source()) as told:
            await told.until(lambda: set(calls_of(told.events)) == {"c-1", "c-2"})
            stage.platform.throttle("/api/v2/analytics", 6, status=500)
            stage.part.channels.drop()
            stage.part.ended("c-1", 0)
            first, second = await told.live(2), await told.live(3)
            assert (first.relists, second.relists) == (False, True)
            await told.until(lambda: told.of(CallEnded) == [CallEnded("org", "c-1", "no longer listed")])
            assert set(calls_of(told.since(second))) == {"c-2"}


async def test_a_list_that_comes_at_once_leaves_ends_to_who_waits_for_them_to_show() -> None:
    """The list lags behind the events, so a call has some time to show itself; the registry gives it."""
    async with organisation() as stage:
        stage.part.appeared("c-1", FACTS, 0)
        async with running(stage.source()) as told:
            await told.until(lambda: calls_of(told.events) != [])
            stage.part.channels.drop()
            stage.part.ended("c-1", 0)
            live = await told.live(2)
            assert live.relists
            await asyncio.sleep(0.1)
            assert not told.of(CallEnded)


async def test_a_call_that_only_the_list_names_shows_a_sign_of_life_at_every_comparison() -> None:
    async with organisation() as stage:
        stage.part.appeared("c-1", FACTS, 0)
        async with running(stage.source(audit_s=0.05, transcripts=False)) as told:
            await told.until(lambda: calls_of(told.events).count("c-1") >= 6)
            assert not told.of(CallEnded)


async def test_a_call_that_a_cut_list_names_shows_a_sign_of_life_too() -> None:
    async with organisation() as stage:
        stage.part.script.truncated = True
        for call in ("c-1", "c-2"):
            stage.part.appeared(call, FACTS, 0)
        async with running(stage.source(audit_s=0.05, transcripts=False)) as told:
            await told.until(lambda: len(calls_of(told.events)) >= 6)
            assert not told.of(CallEnded)


async def test_refused_queue_topics_name_the_permission() -> None:
    async with (
        organisation(office=office_without(QUEUE_PERMISSION)) as stage,
        running(stage.source(queue_ids=("queue-1", "queue-2"))) as told,
    ):
        await told.live()
        await told.until(lambda: "Topic queue calls" in told.findings)
    finding = told.findings["Topic queue calls"]
    assert finding.level is Level.FAIL
    assert QUEUE_PERMISSION in finding.remedy
    assert finding.text.startswith("2 of 2 queues")


async def test_refused_live_text_is_asked_for_once() -> None:
    async with organisation(office=office_without(TEXT_PERMISSION)) as stage:
        stage.part.appeared("c-1", FACTS, 0)
        async with running(stage.source()) as told:
            await told.until(lambda: "Topic transcription" in told.findings)
            finding = told.findings["Topic transcription"]
            assert (finding.level, TEXT_PERMISSION in finding.remedy) == (Level.FAIL, True)
            stage.part.appeared("c-2", FACTS, 0)
            await told.until(lambda: "c-2" in calls_of(told.events))
            await asyncio.sleep(0.1)
            assert stage.part.channels.all()[0].topics.keys() == {queue_topic("queue-1"), queue_topic("queue-2")}


async def test_more_calls_than_topics_the_oldest_first() -> None:
    async with organisation(limits=ChannelLimits(topics=4)) as stage:
        for nth in range(4):
            started = replace(FACTS, started_at_ms=1_700_000_000_000 - nth)
            stage.part.appeared(f"c-{nth}", started, 0)
        manager = stage.manager(max_topics=4, max_channels=1, sweep_every_s=0.05)
        async with running(stage.source(manager=manager, operations=False)) as told:
            await told.until(lambda: "Live text" in told.findings and told.findings["Live text"].level is Level.WARN)
            assert told.findings["Live text"].text.startswith("2 of 4 live calls")
            stage.part.ended("c-0", 0)
            await told.until(lambda: told.findings["Live text"].text.startswith("1 of 3"))


async def test_more_queues_than_topics_are_said() -> None:
    async with organisation() as stage:
        manager = stage.manager(max_topics=1, max_channels=1)
        async with running(stage.source(manager=manager)) as told:
            await told.live()
            await told.until(lambda: "Topic queue calls" in told.findings)
    assert told.findings["Queues"].text.startswith("1 of 2 queues are not watched")


async def test_calls_that_are_not_transcribed_are_counted() -> None:
    """Cloud edges only, and voice transcription switched on: otherwise not even the empty messages come."""
    now = [1_700_000_000.0]
    async with organisation() as stage:
        source = stage.source(wall_clock=lambda: now[0])
        async with running(source) as told:
            await told.live()
            stage.part.appeared("c-1", FACTS, 0)
            await told.until(lambda: transcription_topic("c-1") in stage.part.channels.all()[0].topics)
            now[0] += 400
            await told.until(lambda: "Transcription" in told.findings)
            assert told.findings["Transcription"].level is Level.WARN
            stage.part.spoke("c-1", TURN, 0)
            await told.until(lambda: told.findings["Transcription"].level is Level.PASS)


async def test_the_queues_of_the_person_else_all() -> None:
    async with organisation() as stage:
        stage.part.script.member_of = ("queue-2",)
        async with running(stage.source(operations=False)) as told:
            await told.live()
            assert set(stage.part.channels.all()[0].topics) == {queue_topic("queue-2")}
    async with organisation() as stage:
        stage.part.script.member_of = ()
        async with running(stage.source(operations=False)) as told:
            await told.live()
            assert len(stage.part.channels.all()[0].topics) == 2


async def test_no_queue_at_all_is_refused_in_words() -> None:
    async with organisation() as stage:
        stage.part._floor.queues.clear()
        async with running(stage.source()) as told:
            await told.until(lambda: LinkState.REFUSED in told.states)
            refused = told.of(LinkChanged)[-1]
            assert "routing:queue:view" in refused.detail
            stage.part._floor.queues["queue-9"] = "New"
            source_retry = refused.action
            assert source_retry is Remedy.RETRY


async def test_retry_after_a_refusal() -> None:
    async with organisation() as stage:
        source = stage.source()
        stage.tokens.refusal = SignInNeeded("Sign in.")
        async with running(source) as told:
            await told.until(lambda: LinkState.REFUSED in told.states)
            assert told.of(LinkChanged)[-1].action is Remedy.SIGN_IN
            stage.tokens.refusal = None
            source.retry()
            await told.live()


async def test_an_internal_error_does_not_end_the_calls() -> None:
    """CLOSED means that nothing more will come; whoever keeps the source up runs it again."""
    async with organisation() as stage:
        stage.tokens.refusal = LookupError("a bug")
        told = Told()
        with pytest.raises(LookupError):
            await stage.source().run(told)
    assert told.states == [LinkState.CONNECTING]


async def test_retry_while_all_is_well_does_not_shorten_the_next_wait() -> None:
    async with organisation() as stage:
        source = stage.source(ask_again_s=60.0)
        async with running(source) as told:
            await told.live()
            source.retry()
            stage.tokens.refusal = SignInNeeded("Sign in.")
            stage.part.channels.revoke()
            await told.until(lambda: LinkState.REFUSED in told.states)
            await asyncio.sleep(0.1)
            assert told.states.count(LinkState.REFUSED) == 1


async def test_retry_while_connecting_does_not_shorten_the_wait_after_a_healthy_time() -> None:
    async with organisation() as stage:
        source = stage.source(ask_again_s=60.0)
        async with running(source) as told:
            await told.until(lambda: told.states == [LinkState.CONNECTING])
            source.retry()
            await told.live()
            stage.tokens.refusal = SignInNeeded("Sign in.")
            stage.part.channels.revoke()
            await told.until(lambda: LinkState.REFUSED in told.states)
            await asyncio.sleep(0.1)
            assert told.states.count(LinkState.REFUSED) == 1


async def test_a_service_has_all_visible_queues() -> None:
    """Client credentials have no user context: routing/queues/me is refused."""
    async with organisation(user=None) as stage, running(stage.source(operations=False)) as told:
        await told.live()
        assert len(stage.part.channels.all()[0].topics) == 2


async def test_a_secure_pause_leaves_no_text() -> None:
    """Neither what comes while it lasts nor what was said in it and comes later (live text is up to 35 s late)."""
    async with organisation() as stage, running(stage.source()) as told:
        stage.part.script.partials = 0
        await told.live()
        began_ms = time.time_ns() // 1_000_000 - 60_000
        stage.part.appeared("c-1", replace(FACTS, started_at_ms=began_ms), began_ms)
        await told.until(lambda: transcription_topic("c-1") in stage.part.channels.all()[0].topics)
        stage.part.secure("c-1", True)
        stage.part.spoke("c-1", replace(TURN, text="four one one one"), 0)
        await asyncio.sleep(0.1)
        stage.part.secure("c-1", False)
        await told.until(lambda: bool(told.of(AudioGap)))
        stage.part.spoke("c-1", replace(TURN, start_ms=59_000, end_ms=60_000, text="one one one four"), 0)
        stage.part.spoke("c-1", TURN, 0)
        await told.until(lambda: bool(told.texts))
    assert told.texts == ["my bill is wrong"]
    assert told.of(AudioGap)[0].reason == "Paused for privacy"


async def test_a_transfer_never_keeps_the_old_agents_name() -> None:
    async with organisation() as stage, running(stage.source()) as told:
        await told.live()
        stage.part.appeared("c-1", FACTS, 0)
        await told.until(lambda: any(e.facts.agent_name == "Alice Monroe" for e in told.of(FactsLearned)))
        stage.part.changed("c-1", replace(FACTS, agent_id="agent-2", agent_name="Bob"), 0)
        await told.until(lambda: told.of(FactsLearned)[-1].facts.agent_name == "Bob")
    assert all(e.facts.agent_name != "Alice Monroe" for e in told.of(FactsLearned) if e.facts.agent_id == "agent-2")


async def test_round_trips_are_the_platforms_answers_to_its_own_ping() -> None:
    """Not those of the protocol's ping, which whatever stands in between may answer sooner: one series, one meaning."""
    async with organisation() as stage:
        manager = stage.manager(ping_every_s=0.05)
        async with running(stage.source(manager=manager)) as told:
            await told.live()
            await told.until(lambda: len(told.of(LinkMeasured)) >= 4)
            began, before = asyncio.get_running_loop().time(), len(told.of(LinkMeasured))
            await asyncio.sleep(0.5)
            passed_s, measured = asyncio.get_running_loop().time() - began, len(told.of(LinkMeasured)) - before
    assert 1 <= measured <= passed_s / 0.05 + 2
    assert all(0 <= event.ms < 5000 for event in told.of(LinkMeasured))


async def test_bad_events_cost_only_themselves() -> None:
    async with organisation() as stage, running(stage.source()) as told:
        await told.live()
        stage.part.channels.publish(queue_topic("queue-1"), {"id": 7})
        stage.part.channels.publish(queue_topic("queue-1"), {"participants": []})
        stage.part.appeared("c-1", FACTS, 0)
        await told.until(lambda: "c-1" in calls_of(told.events))
    assert ["$.id" in event.detail for event in told.of(PeerComplaint)] == [True, True]


async def test_names_that_may_not_be_asked_for_are_a_finding() -> None:
    async with organisation() as stage:
        stage.platform.throttle("/api/v2/users", 1, status=403)
        stage.part.appeared("c-1", FACTS, 0)
        async with running(stage.source(ask_again_s=0.1)) as told:
            await told.until(lambda: "Agent names" in told.findings)
            await told.until(lambda: told.of(FactsLearned)[-1].facts.agent_name == "Alice Monroe")


async def test_names_that_can_not_be_asked_for_now_come_later() -> None:
    async with organisation() as stage:
        stage.platform.throttle("/api/v2/users", 5, status=500)
        stage.part.appeared("c-1", FACTS, 0)
        async with running(stage.source()) as told:
            await told.until(lambda: any(e.facts.agent_name == "Alice Monroe" for e in told.of(FactsLearned)))


async def test_queues_that_can_not_be_asked_for_now() -> None:
    async with organisation() as stage:
        stage.platform.throttle("/api/v2/routing", 1, retry_after_s=21)
        stage.platform.throttle("/api/v2/routing", 5, status=500)
        async with running(stage.source()) as told:
            await told.live()
            details = [e.detail for e in told.of(LinkChanged) if e.state is LinkState.RETRYING]
    assert "429" in details[0]
    assert "500" in details[1]


# ---- looking up and joining


async def test_look_up() -> None:
    async with organisation() as stage:
        stage.part.appeared("c-1", FACTS, 0)
        source = stage.source()
        assert await source.look_up("c-1") == FACTS
        assert await source.look_up("c-1") == FACTS
        assert await source.look_up("c-9") is None
        assert await source.look_up("..") is None


@pytest.mark.parametrize("how", list(Join))
async def test_joining_rings_the_supervisors_phone(how: Join) -> None:
    async with organisation() as stage:
        source = stage.source()
        async with running(source) as told:
            await told.live()
            stage.part.appeared("c-1", FACTS, 0)
            await told.until(lambda: "c-1" in calls_of(told.events))
            await source.join("c-1", how)
    (ringing,) = stage.part.ringing
    assert (ringing.user, ringing.call, ringing.how) == ("supervisor-1", "c-1", how.value)
    assert ringing.participant == "c-1-agent-agent-1"


async def test_joining_a_call_that_only_the_list_named() -> None:
    async with organisation() as stage:
        stage.part.appeared("c-1", FACTS, 0)
        source = stage.source()
        async with running(source) as told:
            await told.until(lambda: "c-1" in calls_of(told.events))
            await source.join("c-1", Join.MONITOR)
    assert len(stage.part.ringing) == 1


async def refusal_of(stage: Stage, call: str = "c-1", how: Join = Join.MONITOR, has_person: bool = True) -> str:
    with pytest.raises(Rejected) as caught:
        await stage.source(has_person=has_person).join(call, how)
    return str(caught.value)


async def test_joining_without_a_person_is_explained() -> None:
    async with organisation(user=None) as stage:
        stage.part.appeared("c-1", FACTS, 0)
        assert "signed in as a service" in await refusal_of(stage)
        assert "signed in as a service" in await refusal_of(stage, has_person=False)


async def test_joining_without_the_permission_names_it() -> None:
    async with organisation(office=TokenOffice(permissions=ALL)) as stage:
        stage.part.appeared("c-1", FACTS, 0)
        assert "conversation:call:barge" in await refusal_of(stage, how=Join.BARGE)


async def test_joining_without_a_station_says_what_to_do() -> None:
    async with organisation() as stage:
        stage.part.appeared("c-1", FACTS, 0)
        stage.part.script.station = False
        text = await refusal_of(stage)
    assert "station" in text
    assert "Available" in text
    assert "no.station.selected" in text


async def test_joining_a_call_that_is_over() -> None:
    async with organisation() as stage:
        assert "over" in await refusal_of(stage)
        assert "over" in await refusal_of(stage, "..")


async def test_joining_a_call_that_nobody_has_taken() -> None:
    async with organisation() as stage:
        stage.part.appeared("c-1", CallFacts(queue_id="queue-1"), 0)
        assert "No agent" in await refusal_of(stage)


async def test_joining_is_never_tried_twice_after_trouble() -> None:
    async with organisation() as stage:
        stage.part.appeared("c-1", FACTS, 0)
        stage.platform.throttle("/api/v2/conversations/calls", 1, status=429, retry_after_s=600)
        with pytest.raises(Throttled):
            await stage.source().join("c-1", Join.COACH)
    assert stage.part.ringing == []


# ---- what goes wrong


async def test_a_storm_of_429_is_waited_out() -> None:
    async with organisation() as stage:
        stage.platform.throttle("/api/v2/", 6, retry_after_s=1)
        async with running(stage.source()) as told:
            await told.live()
        assert stage.platform.refused == 6


async def test_revoked_tokens_of_a_person_need_a_sign_in() -> None:
    async with organisation() as stage, running(stage.source()) as told:
        await told.live()
        stage.tokens.refusal = SignInNeeded("Sign in again.")
        stage.part.channels.revoke()
        await told.until(lambda: LinkState.REFUSED in told.states)
        assert told.of(LinkChanged)[-1].action is Remedy.SIGN_IN


async def test_revoked_tokens_of_a_service_heal_by_themselves() -> None:
    """The channel dies with its token; the next request gets a new one."""
    async with organisation(user=None) as stage, running(stage.source()) as told:
        await told.live()
        stage.office.revoke_all()
        stage.part.channels.beat()
        await told.live(2)
        assert stage.part.channels.made == 2
        assert True in stage.tokens.asked


async def test_a_lost_end_and_a_lost_beginning_are_found_by_comparing_lists() -> None:
    async with organisation() as stage, running(stage.source(audit_s=0.05)) as told:
        await told.live()
        stage.part.appeared("c-1", FACTS, 0)
        await told.until(lambda: "c-1" in calls_of(told.events))
        stage.part.channels.delay_next = 100  # from now on no event arrives
        stage.part.appeared("c-2", FACTS, 0)
        stage.part.ended("c-1", 0)
        await told.until(lambda: told.of(CallEnded) == [CallEnded("org", "c-1", "no longer listed")])
        assert "c-2" in calls_of(told.events)
        assert told.states.count(LinkState.LIVE) == 1


async def test_a_queue_that_is_made_later_is_watched_too() -> None:
    async with organisation() as stage, running(stage.source(audit_s=0.05)) as told:
        await told.live()
        late = replace(FACTS, queue_id="queue-of-tomorrow", queue_name="Tomorrow")
        stage.part.appeared("c-1", late, 0)  # the platform's list of queues grows with it
        await told.until(lambda: "c-1" in calls_of(told.events))
        stage.part.appeared("c-2", late, 0)
        await told.until(lambda: "c-2" in calls_of(told.events))


async def test_an_address_without_the_interface_is_explained() -> None:
    async with organisation() as stage:
        stage.platform.throttle("/api/v2/notifications", 1, status=404)
        async with running(stage.source()) as told:
            await told.until(lambda: LinkState.REFUSED in told.states)
            assert "no Notifications API" in told.of(LinkChanged)[-1].detail


async def test_a_renewed_token_moves_to_a_new_channel_without_losing_an_event() -> None:
    """An existing channel dies with the token that made it."""
    async with organisation() as stage, running(stage.source()) as told:
        await told.live()
        for nth in range(30):
            stage.part.appeared(f"c-{nth}", FACTS, 0)
            if nth == 10:
                stage.tokens.renew()
            await asyncio.sleep(0.005)
        await told.until(lambda: len(set(calls_of(told.events))) == 30 and stage.part.channels.made == 2)
        assert told.states.count(LinkState.LIVE) == 1
        assert LinkState.RETRYING not in told.states


async def test_20_reconnects_leave_nothing_behind() -> None:
    async with organisation() as stage:
        source = stage.source(manager=stage.manager(sleep=lambda seconds: asyncio.sleep(0.001)))
        async with running(source) as told:
            await told.live()
            before = await held()
            for nth in range(20):
                stage.part.channels.drop()
                await told.live(nth + 2)
            await asyncio.sleep(0.2)
            after = await held()
        assert after.tasks <= before.tasks
        assert after.sockets <= before.sockets + 1  # the simulator's side of the last one may still be closing
        assert after.timers <= before.timers + 2
        assert after.threads == before.threads


async def test_a_cancelled_run_leaves_nothing_behind() -> None:
    async with organisation() as stage:
        before = await held()
        async with running(stage.source()) as told:
            await told.live()
            stage.part.appeared("c-1", FACTS, 0)
            await told.until(lambda: "c-1" in calls_of(told.events))
        await asyncio.sleep(0.2)
        after = await held()
        assert (after.tasks, after.threads) == (before.tasks, before.threads)
        assert after.sockets <= before.sockets


async def test_nothing_secret_is_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with organisation() as stage, running(stage.source()) as told:
        await told.live()
        stage.part.appeared("c-1", FACTS, 0)
        stage.part.channels.drop()
        await told.live(2)
        secrets = [channel.channel_id for channel in stage.part.channels.all()]
        secrets.append(await stage.tokens(refresh=False))
    said = caplog.text + repr([e for e in told.events if isinstance(e, LinkChanged | LinkFound | PeerComplaint)])
    assert not [secret for secret in secrets if secret in said]
