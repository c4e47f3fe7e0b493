"""The channel manager: every limit and trap of the Notifications API (genesys.md section 2), one by one."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp
import pytest
import trustme

from desktop.domain.errors import PeerBrokeProtocol, Rejected, SignInNeeded
from desktop.domain.events import LinkState
from desktop.domain.finding import Finding, Level
from desktop.protocols.notifications import (
    CHANNEL_LIFE_S,
    CHANNELS_PATH,
    MAX_CHANNELS,
    MAX_TOPICS,
    Event,
    Topic,
    queue_topic,
)
from desktop.simulator.notifications_channels import ChannelLimits
from desktop.sources.genesys_socket import Dialler, check_connect_uri
from desktop.sources.notification_channel import CHANNELS_AT_MOST, RENEW_AFTER_S, ChannelManager
from tests.support.genesys import organisation
from tests.support.leaks import held

TOPICS = [queue_topic(f"queue-{n}") for n in range(1, 9)]


class Hearing:
    """A listener that notes everything."""

    def __init__(self) -> None:
        self.links: list[LinkState] = []
        self.details: list[str] = []
        self.heard: list[tuple[str, bytes]] = []
        self.results: list[Topic] = []
        self.homeless: list[str] = []
        self.findings: list[Finding] = []
        self.complaints: list[str] = []
        self.trips: list[float] = []

    def on_link(self, state: LinkState, detail: str = "", retry_in_s: float | None = None) -> None:
        self.links.append(state)
        self.details.append(detail)

    def on_event(self, event: Event) -> None:
        self.heard.append((event.topic, event.body))

    def on_topics(self, results: Sequence[Topic]) -> None:
        self.results.extend(results)

    def on_no_room(self, topics: Sequence[str]) -> None:
        self.homeless.extend(topics)

    def on_finding(self, finding: Finding) -> None:
        self.findings.append(finding)

    def on_round_trip(self, ms: float) -> None:
        self.trips.append(ms)

    def on_complaint(self, detail: str) -> None:
        self.complaints.append(detail)

    @property
    def numbers(self) -> list[int]:
        return [int(body) for _, body in self.heard]


async def until(condition: object, at_most_s: float = 10) -> None:
    async with asyncio.timeout(at_most_s):
        while not condition():  # type: ignore[operator]
            await asyncio.sleep(0.005)


async def lives(hearing: Hearing, times: int = 1) -> None:
    await until(lambda: hearing.links.count(LinkState.LIVE) >= times)


@asynccontextmanager
async def serving(manager: ChannelManager, hearing: Hearing, topics: Sequence[str]) -> AsyncIterator[None]:
    for topic in topics:
        assert manager.want(hearing, topic)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(manager.run(hearing))
        try:
            yield
        finally:
            task.cancel()


# ---- the address


@pytest.mark.parametrize(
    ("uri", "home"),
    [
        ("wss://streaming.mypurecloud.de/channels/x", "wss://streaming.mypurecloud.de"),
        ("ws://127.0.0.1:80/channels/x", "ws://localhost"),
    ],
)
def test_trusted_addresses(uri: str, home: str) -> None:
    check_connect_uri(uri, home)


@pytest.mark.parametrize(
    ("uri", "home"),
    [
        ("wss://streaming.evil.example/channels/x", "wss://streaming.mypurecloud.de"),
        ("wss://streaming.mypurecloud.de.evil.example/x", "wss://streaming.mypurecloud.de"),
        ("ws://streaming.mypurecloud.de/channels/x", "wss://streaming.mypurecloud.de"),
        ("ws://127.0.0.1/channels/x", "wss://streaming.mypurecloud.de"),
        ("wss://user@streaming.mypurecloud.de/x", "wss://streaming.mypurecloud.de"),
        ("https://streaming.mypurecloud.de/x", "wss://streaming.mypurecloud.de"),
        ("wss://[bad", "wss://streaming.mypurecloud.de"),
        ("", "wss://streaming.mypurecloud.de"),
    ],
)
def test_only_the_streaming_host_is_trusted_and_the_address_is_never_repeated(uri: str, home: str) -> None:
    with pytest.raises(PeerBrokeProtocol) as caught:
        check_connect_uri(uri, home)
    assert "connectUri" in str(caught.value)
    assert "evil" not in str(caught.value)


async def test_an_address_elsewhere_is_not_dialled() -> None:
    async with organisation() as stage:
        stage.part.script.connect_uri = "wss://evil.example/channels/x"
        hearing = Hearing()
        async with serving(stage.manager(), hearing, TOPICS[:1]):
            await until(lambda: LinkState.RETRYING in hearing.links)
        assert LinkState.LIVE not in hearing.links
        assert any("connectUri" in detail for detail in hearing.details)


# ---- limits


def test_the_documented_limits() -> None:
    assert (MAX_TOPICS, MAX_CHANNELS, CHANNEL_LIFE_S) == (1000, 20, 86_400)
    assert RENEW_AFTER_S == 23 * 3600
    assert CHANNELS_AT_MOST < MAX_CHANNELS


async def test_more_topics_than_a_channel_takes_open_another_channel() -> None:
    """1,000 topics per channel; here 3."""
    async with organisation(limits=ChannelLimits(topics=3)) as stage:
        manager, hearing = stage.manager(max_topics=3), Hearing()
        async with serving(manager, hearing, TOPICS[:5]):
            await until(lambda: sorted(len(c.topics) for c in stage.part.channels.all()) == [2, 3])
            stage.part.channels.publish(TOPICS[0], 1)
            stage.part.channels.publish(TOPICS[4], 2)
            await until(lambda: sorted(hearing.numbers) == [1, 2])
        assert manager.channels == 2
        assert len(hearing.results) == 5


async def test_no_more_channels_than_agreed() -> None:
    async with organisation() as stage:
        manager, hearing = stage.manager(max_topics=2, max_channels=2), Hearing()
        assert [manager.want(hearing, topic) for topic in TOPICS[:5]] == [True] * 4 + [False]
        manager.drop(hearing, TOPICS[0])
        assert manager.want(hearing, TOPICS[4])


async def test_a_platform_that_takes_fewer_topics_than_it_says() -> None:
    """400 above the limit: the topics move to another channel, and a finding says so."""
    async with organisation(limits=ChannelLimits(topics=2)) as stage:
        manager, hearing = stage.manager(), Hearing()
        async with serving(manager, hearing, TOPICS[:2]):
            await lives(hearing)
            for topic in TOPICS[2:4]:
                assert manager.want(hearing, topic)
            await until(lambda: sorted(len(c.topics) for c in stage.part.channels.all()) == [2, 2])
        assert "took only 2 topics" in hearing.findings[0].text


async def test_the_20_channel_limit_is_explained() -> None:
    async with organisation(limits=ChannelLimits(refuse_beyond=0)) as stage:
        with pytest.raises(Rejected, match="20"):
            await stage.manager().run(Hearing())


async def test_a_second_channel_that_is_refused_costs_its_own_topics() -> None:
    async with organisation(limits=ChannelLimits(refuse_beyond=1)) as stage:
        manager, hearing = stage.manager(max_topics=2), Hearing()
        async with serving(manager, hearing, TOPICS[:3]):
            await until(lambda: bool(hearing.homeless))
            await lives(hearing)
            stage.part.channels.publish(TOPICS[0], 1)
            await until(lambda: hearing.numbers == [1])
        assert hearing.homeless == [TOPICS[2]]
        assert "20" in hearing.findings[0].text
        assert "10 minutes" in hearing.findings[0].remedy


async def test_a_further_channel_that_was_refused_is_tried_again_later() -> None:
    limits = ChannelLimits(refuse_beyond=1)
    async with organisation(limits=limits) as stage:
        manager, hearing = stage.manager(max_topics=2, sweep_every_s=0.05, again_after_s=0.5), Hearing()
        async with serving(manager, hearing, TOPICS[:3]):
            await until(lambda: bool(hearing.homeless))
            assert not manager.want(hearing, TOPICS[2])
            stage.part.channels._limits = replace(limits, refuse_beyond=None)
            await until(lambda: manager.want(hearing, TOPICS[2]))
            await until(lambda: sorted(len(c.topics) for c in stage.part.channels.all()) == [1, 2])
            await until(lambda: hearing.findings[-1].level is Level.PASS)
        assert [finding.subject for finding in hearing.findings] == ["Channels", "Channels"]
        assert hearing.links.count(LinkState.LIVE) == 1


async def test_a_further_channel_that_was_refused_is_tried_again_after_a_lost_connection() -> None:
    limits = ChannelLimits(refuse_beyond=1)
    async with organisation(limits=limits) as stage:
        manager, hearing = stage.manager(max_topics=2), Hearing()
        async with serving(manager, hearing, TOPICS[:3]):
            await until(lambda: bool(hearing.homeless))
            await lives(hearing)
            assert not manager.want(hearing, TOPICS[2])
            stage.part.channels.drop()
            await lives(hearing, 2)
            assert manager.want(hearing, TOPICS[2])


async def test_a_platform_that_took_too_few_topics_is_offered_more_again_later() -> None:
    limits = ChannelLimits(topics=2)
    async with organisation(limits=limits) as stage:
        manager, hearing = stage.manager(max_channels=1, sweep_every_s=0.05, again_after_s=0.5), Hearing()
        async with serving(manager, hearing, TOPICS[:2]):
            await lives(hearing)
            assert manager.want(hearing, TOPICS[2])
            await until(lambda: hearing.homeless == [TOPICS[2]])
            assert not manager.want(hearing, TOPICS[2])
            stage.part.channels._limits = replace(limits, topics=1000)
            await until(lambda: manager.want(hearing, TOPICS[2]))
            await until(lambda: len(stage.part.channels.all()[0].topics) == 3)


async def test_an_evicted_channel_is_replaced() -> None:
    """The 21st channel of a user and client evicts the oldest idle one."""
    async with organisation() as stage:
        hearing = Hearing()
        async with serving(stage.manager(), hearing, TOPICS[:2]):
            await lives(hearing)
            stage.part.channels.evict()
            await lives(hearing, 2)
            stage.part.channels.publish(TOPICS[0], 1)
            await until(lambda: hearing.numbers == [1])
        assert stage.part.channels.made == 2


async def test_24_hours_are_renewed_after_23() -> None:
    """Subscribing again renews the channel's life."""
    async with organisation(limits=ChannelLimits(life_s=0.6)) as stage:
        hearing = Hearing()
        async with serving(stage.manager(renew_after_s=0.2), hearing, TOPICS[:1]):
            await lives(hearing)
            await asyncio.sleep(1.0)
            stage.part.channels.publish(TOPICS[0], 1)
            await until(lambda: hearing.numbers == [1])
        assert (stage.part.channels.made, hearing.links.count(LinkState.LIVE)) == (1, 1)
        assert stage.part.channels.all()[0].dialled == 1


async def test_one_socket_per_channel_a_second_one_kicks_the_first() -> None:
    async with organisation() as stage:
        hearing = Hearing()
        async with serving(stage.manager(), hearing, TOPICS[:1]):
            await lives(hearing)
            (channel,) = stage.part.channels.all()
            async with (
                aiohttp.ClientSession() as session,
                session.ws_connect(f"{stage.streaming_url}/channels/{channel.channel_id}"),
            ):
                await lives(hearing, 2)
        assert channel.dialled == 3


# ---- what the socket says


async def test_socket_closing_moves_without_losing_an_event() -> None:
    async with organisation() as stage:
        hearing = Hearing()
        async with serving(stage.manager(), hearing, TOPICS[:1]):
            await lives(hearing)
            for number in range(40):
                stage.part.channels.publish(TOPICS[0], number)
                if number == 10:
                    stage.part.channels.close_soon()
                await asyncio.sleep(0.003)
            await until(lambda: len(set(hearing.numbers)) == 40)
        assert hearing.links == [LinkState.CONNECTING, LinkState.LIVE]
        assert stage.part.channels.all()[0].dialled == 2
        assert stage.part.channels.made == 1


async def test_socket_closing_while_the_platform_is_busy() -> None:
    """The next socket is refused at first: the old one is heard until it works."""
    async with organisation() as stage:
        hearing = Hearing()
        async with serving(stage.manager(jitter=lambda: 0.0), hearing, TOPICS[:1]):
            await lives(hearing)
            stage.platform.throttle("/channels/", 1, retry_after_s=0)
            stage.part.channels.close_soon()
            await until(lambda: stage.platform.refused == 1)
            stage.part.channels.publish(TOPICS[0], 1)
            await until(lambda: hearing.numbers == [1])
            await until(lambda: stage.part.channels.all()[0].dialled == 2)
        assert LinkState.RETRYING not in hearing.links


async def test_socket_closing_of_a_channel_that_is_gone_makes_a_new_one() -> None:
    async with organisation() as stage:
        hearing = Hearing()
        async with serving(stage.manager(), hearing, TOPICS[:1]):
            await lives(hearing)
            stage.platform.throttle("/channels/", 1, status=404)
            stage.part.channels.close_soon()
            await until(lambda: stage.part.channels.made == 2)
            stage.part.channels.publish(TOPICS[0], 1)
            await until(lambda: 1 in hearing.numbers)
        assert LinkState.RETRYING not in hearing.links


async def test_new_channels_that_are_gone_at_once_are_not_made_without_end() -> None:
    async with organisation() as stage:
        hearing = Hearing()
        async with serving(stage.manager(sleep=asyncio.sleep), hearing, TOPICS[:1]):
            await lives(hearing)
            stage.platform.throttle("/channels/", 50, status=404)
            stage.tokens.renew()
            await until(lambda: stage.part.channels.made >= 2)
            await asyncio.sleep(0.3)
            assert stage.part.channels.made <= 3
            stage.part.channels.publish(TOPICS[0], 1)
            await until(lambda: hearing.numbers == [1])


async def test_streaming_over_tls() -> None:
    authority = trustme.CA()
    server, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(trusting)
    async with organisation(ssl_context=server) as stage:
        hearing = Hearing()
        trusted = stage.manager(ssl_context=trusting)
        async with serving(trusted, hearing, TOPICS[:1]):
            await lives(hearing)
        with pytest.raises(Rejected, match="not trusted"):
            await stage.manager().run(Hearing())
        with pytest.raises(Rejected, match="not trusted"):
            await Dialler(stage.streaming_url).dial(f"{stage.streaming_url}/channels/x")
    assert stage.streaming_url.startswith("wss://")


async def test_another_channel_subscribed_means_a_new_channel() -> None:
    async with organisation() as stage:
        hearing = Hearing()
        async with serving(stage.manager(), hearing, TOPICS[:1]):
            await lives(hearing)
            stage.part.channels.take()
            await lives(hearing, 2)
        assert stage.part.channels.made == 2
        assert any("Another program" in detail for detail in hearing.details)


async def test_user_tokens_revoked_asks_for_a_new_token() -> None:
    async with organisation() as stage:
        hearing = Hearing()
        async with serving(stage.manager(), hearing, TOPICS[:1]):
            await lives(hearing)
            stage.part.channels.revoke()
            await lives(hearing, 2)
        assert True in stage.tokens.asked
        assert stage.part.channels.made == 2


async def test_user_tokens_revoked_without_a_new_token_needs_a_sign_in() -> None:
    async with organisation() as stage:
        hearing, manager = Hearing(), stage.manager()
        async with asyncio.TaskGroup() as group:
            manager.want(hearing, TOPICS[0])
            task = group.create_task(_expect(manager, hearing))
            await lives(hearing)
            stage.tokens.refusal = SignInNeeded("Sign in.")
            stage.part.channels.revoke()
            assert isinstance(await task, SignInNeeded)


async def _expect(manager: ChannelManager, hearing: Hearing) -> Exception | None:
    try:
        await manager.run(hearing)
    except Rejected as problem:
        return problem
    return None


async def test_half_open_sockets_are_noticed_by_their_silence() -> None:
    """The protocol's ping is not the health check: the platform answers {"message": "ping"}."""
    async with organisation() as stage:
        hearing = Hearing()
        manager = stage.manager(ping_every_s=0.1, silence_s=0.3)
        async with serving(manager, hearing, TOPICS[:1]):
            await lives(hearing)
            await until(lambda: len(hearing.trips) >= 2)
            stage.part.channels.freeze()
            await lives(hearing, 2)
            stage.part.channels.publish(TOPICS[0], 1)
            await until(lambda: hearing.numbers == [1])
        assert stage.part.channels.made == 1
        assert any("silent" in detail for detail in hearing.details)


async def test_heartbeats_and_pongs_are_no_events() -> None:
    async with organisation() as stage:
        hearing = Hearing()
        async with serving(stage.manager(ping_every_s=0.02), hearing, TOPICS[:1]):
            await lives(hearing)
            stage.part.channels.beat()
            await until(lambda: len(hearing.trips) > 3)
        assert hearing.heard == []
        assert hearing.complaints == []


async def test_lost_subscriptions_are_made_again_on_every_connection() -> None:
    async with organisation() as stage:
        hearing = Hearing()
        async with serving(stage.manager(), hearing, TOPICS[:2]):
            await lives(hearing)
            stage.part.channels.lose_topics()
            stage.part.channels.drop()
            await lives(hearing, 2)
            assert len(stage.part.channels.all()[0].topics) == 2


async def test_the_region_gone_for_a_while() -> None:
    async with organisation() as stage:
        hearing = Hearing()
        async with serving(stage.manager(), hearing, TOPICS[:1]):
            await lives(hearing)
            await stage.platform.go_away()
            await until(lambda: hearing.links.count(LinkState.RETRYING) >= 3)
            await stage.platform.come_back()
            await lives(hearing, 2)
        assert stage.part.channels.made == 1


async def test_nobody_waits_who_does_not_want_to() -> None:
    async with organisation() as stage:
        hearing = Hearing()
        manager = stage.manager(sleep=asyncio.sleep)
        async with serving(manager, hearing, TOPICS[:1]):
            await lives(hearing)
            stage.part.channels.drop()
            await until(lambda: LinkState.RETRYING in hearing.links)
            manager.hurry()
            await lives(hearing, 2)


async def test_429_while_subscribing_is_waited_out() -> None:
    async with organisation() as stage:
        manager, hearing = stage.manager(), Hearing()
        async with serving(manager, hearing, TOPICS[:1]):
            await lives(hearing)
            stage.platform.throttle(CHANNELS_PATH, 5, retry_after_s=1)
            manager.want(hearing, TOPICS[1])
            await until(lambda: len(stage.part.channels.all()[0].topics) == 2)


async def test_429_while_connecting_is_waited_for_as_long_as_it_says() -> None:
    async with organisation() as stage:
        hearing = Hearing()
        stage.platform.throttle(CHANNELS_PATH, 1, retry_after_s=10)
        async with serving(stage.manager(), hearing, TOPICS[:1]):
            await lives(hearing)
        assert hearing.links == [LinkState.CONNECTING, LinkState.RETRYING, LinkState.CONNECTING, LinkState.LIVE]
        assert stage.platform.refused == 1


@pytest.mark.parametrize("path", ["/channels/", f"{CHANNELS_PATH}/"])
@pytest.mark.parametrize("status", [404, 500])
async def test_trouble_between_creating_and_hearing_a_channel(path: str, status: int) -> None:
    async with organisation() as stage:
        hearing = Hearing()
        stage.platform.throttle(path, 4, status=status)
        async with serving(stage.manager(), hearing, TOPICS[:1]):
            await lives(hearing)
            before = await held()
            stage.part.channels.publish(TOPICS[0], 1)
            await until(lambda: hearing.numbers == [1])
        assert LinkState.RETRYING in hearing.links
        assert before.sockets <= (await held()).sockets + 4


async def test_a_channel_that_can_not_be_asked_about_is_replaced() -> None:
    async with organisation() as stage:
        hearing = Hearing()
        async with serving(stage.manager(), hearing, TOPICS[:1]):
            await lives(hearing)
            stage.platform.throttle(CHANNELS_PATH + "/", 1, status=405)
            stage.part.channels.drop()
            await lives(hearing, 2)
        assert stage.part.channels.made == 2


async def test_garbage_in_the_socket_costs_only_itself() -> None:
    async with organisation() as stage:
        hearing = Hearing()
        async with serving(stage.manager(), hearing, TOPICS[:1]):
            await lives(hearing)
            (channel,) = stage.part.channels.all()
            for text in ("nonsense", '{"topicName":7}', '{"result":"200"}', '{"topicName":"v2.not.mine"}'):
                channel.outbox.put_nowait(text)
            for number in range(40):
                stage.part.channels.publish(TOPICS[0], number)
            await until(lambda: hearing.numbers == list(range(40)))
        assert [complaint.split(":")[0] for complaint in hearing.complaints] == ["notification", "notification"]
        assert "nonsense" not in "".join(hearing.complaints)


async def test_topics_refused_for_another_reason_are_asked_for_again() -> None:
    async with organisation() as stage:
        manager, hearing = stage.manager(sweep_every_s=0.05), Hearing()
        async with serving(manager, hearing, TOPICS[:1]):
            await lives(hearing)
            stage.platform.throttle(CHANNELS_PATH + "/", 1, status=403)
            manager.want(hearing, TOPICS[1])
            await until(lambda: len(stage.part.channels.all()[0].topics) == 2)
        assert [finding.subject for finding in hearing.findings] == ["Topics"]


async def test_a_channel_gone_while_subscribing_is_replaced() -> None:
    async with organisation() as stage:
        manager, hearing = stage.manager(), Hearing()
        async with serving(manager, hearing, TOPICS[:1]):
            await lives(hearing)
            stage.platform.throttle(CHANNELS_PATH + "/", 1, status=404)
            manager.want(hearing, TOPICS[1])
            await until(lambda: stage.part.channels.made == 2)
            await until(lambda: any(len(c.topics) == 2 for c in stage.part.channels.all()))
        assert LinkState.RETRYING not in hearing.links


async def test_a_renewed_token_when_the_platform_is_busy() -> None:
    """The old channel is heard until the new one stands."""
    async with organisation() as stage:
        hearing = Hearing()
        async with serving(stage.manager(), hearing, TOPICS[:1]):
            await lives(hearing)
            stage.platform.throttle(CHANNELS_PATH, 1, status=500)
            stage.tokens.renew()
            await until(lambda: stage.part.channels.made == 2)
            stage.part.channels.publish(TOPICS[0], 1)
            await until(lambda: 1 in hearing.numbers)
        assert LinkState.RETRYING not in hearing.links


# ---- sharing


async def test_listeners_share_the_channels_and_take_over_from_each_other() -> None:
    async with organisation() as stage:
        manager, first, second = stage.manager(sweep_every_s=0.05), Hearing(), Hearing()
        async with asyncio.TaskGroup() as group:
            manager.want(first, TOPICS[0])
            leader = group.create_task(manager.run(first))
            await lives(first)
            manager.want(second, TOPICS[0])
            manager.want(second, TOPICS[1])
            follower = group.create_task(manager.run(second))
            await lives(second)  # it came when all was well
            await until(lambda: len(stage.part.channels.all()[0].topics) == 2)
            stage.part.channels.publish(TOPICS[0], 1)
            stage.part.channels.publish(TOPICS[1], 2)
            await until(lambda: second.numbers == [1, 2])
            assert first.numbers == [1]
            leader.cancel()
            await lives(second, 2)
            stage.part.channels.publish(TOPICS[0], 3)
            await until(lambda: second.numbers[-1] == 3)
            assert first.numbers == [1]
            follower.cancel()
        assert stage.part.channels.made == 1


async def test_20_reconnects_leave_nothing_behind() -> None:
    async with organisation() as stage:
        hearing = Hearing()
        manager = stage.manager(sleep=lambda seconds: asyncio.sleep(0.001))
        async with serving(manager, hearing, TOPICS[:1]):
            await lives(hearing)
            before = await held()
            for number in range(20):
                if number % 2:
                    stage.part.channels.drop()
                else:
                    await stage.part.channels.leave()
                await lives(hearing, number + 2)
            await asyncio.sleep(0.1)
            after = await held()
        assert (after.tasks, after.threads) == (before.tasks, before.threads)
        assert after.sockets <= before.sockets
        assert after.timers <= before.timers + 1


async def test_20_moves_leave_nothing_behind(caplog: pytest.LogCaptureFixture) -> None:
    async with organisation() as stage:
        hearing = Hearing()
        async with serving(stage.manager(), hearing, TOPICS[:1]):
            await lives(hearing)
            before = await held()
            for number in range(20):
                stage.part.channels.close_soon()
                await until(lambda number=number: stage.part.channels.all()[0].dialled == number + 2)
            await asyncio.sleep(0.1)
            after = await held()
        assert (after.tasks, after.sockets, after.threads) == (before.tasks, before.sockets, before.threads)
    assert not [record for record in caplog.records if "/channels/" in record.getMessage()]
