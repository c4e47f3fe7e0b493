"""The bad day once for real, a minute long: real sockets, sound and worker processes, and the streams of document A."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass

import pytest

from desktop.app.assembly import Engine, assemble
from desktop.domain.alert import KeywordAlertRule, SentimentAlertRule
from desktop.domain.events import LinkState
from desktop.domain.ports import Source
from desktop.domain.updates import AlertChanged, LinkUpdated
from desktop.engine.hub import wall_ms
from desktop.engine.links import Connection
from desktop.gateway.audio_connector import AudioConnectorGateway
from desktop.gateway.config import GatewayConfig
from desktop.identity.build import Surroundings, service_keeper
from desktop.identity.config import genesys
from desktop.identity.keeper import TokenKeeper
from desktop.protocols.backoff import Backoff
from desktop.settings.model import Settings
from desktop.simulator.analytics import AnalyticsPart
from desktop.simulator.audience import Audience
from desktop.simulator.bad_day import Fault, Ledger, Stage, Trouble, inflict
from desktop.simulator.bots import BotsPart
from desktop.simulator.library import load_script
from desktop.simulator.notifications import NotificationsPart
from desktop.simulator.platform import SimulatedPlatform
from desktop.simulator.player import Performance, play
from desktop.simulator.sign_in import LoginScript, SignInPart
from desktop.simulator.token_office import TokenOffice
from desktop.sources.analytics_socket import AnalyticsConfig, AnalyticsSource
from desktop.sources.audio_connector import AudioConnectorSource
from desktop.sources.audio_connector_config import AudioConnectorConfig
from desktop.sources.bot_events import BotEventsConfig, BotEventsSource
from desktop.sources.genesys_cloud import GenesysCloudConfig, GenesysCloudSource
from desktop.sources.genesys_socket import Dialler
from desktop.sources.notification_channel import ChannelManager
from desktop.sources.rest import RestClient
from desktop.sources.still_live import StillLive
from tests.engine.floor import CALLS
from tests.support.bad_day import (
    ANGRY,
    CALM,
    LEGAL,
    Account,
    Archive,
    PlannedCall,
    Secrets,
    Shift,
    settle_accounts,
    within_outages,
)
from tests.support.leaks import held

pytestmark = pytest.mark.timeout(240)
DAY = (
    Trouble(2.0, Fault.LATE_AND_TWICE, 6.0),
    Trouble(5.0, Fault.TOKENS_REFUSED),
    Trouble(11.9, Fault.STORM),
    Trouble(12.0, Fault.GOING_AWAY),
    Trouble(22.0, Fault.ABNORMAL),
    Trouble(28.0, Fault.HALF_OPEN),
    Trouble(36.0, Fault.REGION_GONE, 8.0),
    Trouble(58.0, Fault.EVICTED),
    Trouble(62.0, Fault.LATE_AND_TWICE, 3.0),
    Trouble(62.5, Fault.ABNORMAL),
)
DAY_S = 66.0
SETTLING_S = 17.0  # a new attempt, the 10 s in which a call must show itself again, and some
STORM = 5
HEALTHY_S = 2.5  # as with the day itself, 12 times less than in life: otherwise every wait is the longest one
HOLD_S = 2.5
SHIFT = (
    PlannedCall("all-day", 0.5, 999, CALM, 0.1, 1.0),
    PlannedCall("early", 1, 21, CALM, 0.4, 1.0),
    PlannedCall("ends-while-refused", 1, 6, CALM, 0.4, 1.0),
    PlannedCall("ends-after-a-goodbye", 3, 13, CALM, 0.4, 1.0),
    PlannedCall("begins-in-the-storm", 13, 45, CALM, 0.4, 1.0),
    PlannedCall("ends-half-open", 8, 29.5, CALM, 0.4, 1.0),
    PlannedCall("begins-half-open", 29, 69, CALM, 0.4, 1.0),
    PlannedCall("ends-while-gone", 10, 40, CALM, 0.4, 1.0),
    PlannedCall("begins-while-gone", 38, 70, CALM, 0.4, 1.0),
    PlannedCall("comes-and-goes-while-gone", 37, 43, CALM, 0.4, 1.0),
    PlannedCall("ends-evicted", 30, 58.3, CALM, 0.4, 1.0),
    PlannedCall("late", 62, 999, CALM, 0.4, 1.0),
    PlannedCall("angry-1", 2, 63, ANGRY, -0.8, 0.8),
    PlannedCall("angry-2", 24, 999, ANGRY, -0.8, 0.8),
    PlannedCall("legal-1", 4, 50, LEGAL, -0.1, 4.0),
    PlannedCall("legal-2", 35, 999, LEGAL, -0.1, 4.0),
)
HEARD = ("legal-threat", "supervisor-request", "rising-anger")
LINKS = ("streams", "analytics", "live list", "bots")


@dataclass
class Platform:
    """The simulated one, and where it is."""

    stage: Stage
    keeper: TokenKeeper
    rest_url: str
    audio_url: str

    @property
    def socket_url(self) -> str:
        return "ws" + self.rest_url.removeprefix("http")

    async def close(self) -> None:
        await self.stage.platform.close()
        assert self.stage.gateway is not None
        await self.stage.gateway.close()


async def opened() -> Platform:
    office = TokenOffice()
    login = SignInPart(office, {"console": "the-secret"}, script=LoginScript(life_s=45.0))
    scripts = [load_script(CALLS / f"{name}.toml") for name in HEARD]
    queues = {"queue-1": "One", **{script.facts.queue_id: script.facts.queue_name for script in scripts}}
    notifications = NotificationsPart(office, queues=queues)
    analytics, bots = AnalyticsPart(office), BotsPart(office, tick_s=1.0)
    platform = SimulatedPlatform([Archive(), login, analytics, notifications, bots])
    base = await platform.start()
    gateway = AudioConnectorGateway(GatewayConfig("nobody's", lambda token: office.grant(token) is not None))
    keeper = service_keeper(
        genesys("org", "example.com", "console", login_url=base, api_url=base),
        Surroundings(Secrets(), lambda sign_in: None),
    )
    stage = Stage(platform, office, analytics, notifications, bots, gateway, STORM)
    return Platform(stage, keeper, base, await gateway.start())


def sources(platform: Platform) -> list[Source]:
    """Impatient ones: a minute is all they have to notice a dead line."""
    token, base, socket = platform.keeper, platform.rest_url, platform.socket_url
    rest = RestClient(base, token)
    manager = ChannelManager(rest, token, Dialler(socket, ping_every_s=0.5, silence_s=1.5), sweep_every_s=2.0)
    return [
        AudioConnectorSource(
            AudioConnectorConfig("streams", platform.audio_url, ping_interval_s=1.0, healthy_after_s=HEALTHY_S), token
        ),
        AnalyticsSource(
            AnalyticsConfig("analytics", base, ping_every_s=0.5, ping_timeout_s=1.0, healthy_after_s=HEALTHY_S),
            token,
            still_live=StillLive(rest),
        ),
        GenesysCloudSource(GenesysCloudConfig("live list", base, socket, has_person=False), token, manager=manager),
        BotEventsSource(
            BotEventsConfig(
                "bots",
                f"{socket}/api/v2/websocket",
                ping_interval_s=1.0,
                ping_timeout_s=1.0,
                measure_every_s=1.0,
                healthy_after_s=HEALTHY_S,
            ),
            token,
        ),
    ]


def engine() -> Engine:
    """Real workers; the alert rules as much faster as the day is."""
    return assemble(
        Settings(
            workers=1,
            sentiment_alert=SentimentAlertRule(hold_s=HOLD_S),
            keyword_alert=KeywordAlertRule(leave_s=3600.0),
        ),
        lambda rules: None,
    )


@dataclass
class Watch:
    """Empties the mailbox as a screen does, and keeps the account."""

    engine: Engine
    account: Account
    states: dict[str, LinkState]
    losses: Counter[str]
    notified: list[int]

    def look(self) -> None:
        for update in self.engine.mailbox.drain():
            self.account.put(update)
            match update:
                case LinkUpdated(link=link):
                    self.states[link.link] = link.state
                    self.losses[link.link] += link.state is LinkState.RETRYING
                case AlertChanged(alert=alert):
                    self.notified.append(alert.alert_id)
                case _:
                    pass

    async def run(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(0.1)


async def test_the_bad_day_for_real_every_call_accounted_for_no_alert_lost_nothing_left_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Backoff.__init__, "__defaults__", (HEALTHY_S,))
    before = await held()
    began_ms, ledger = wall_ms(), Ledger()
    platform, made = await opened(), engine()
    audiences: tuple[Audience, ...] = (*platform.stage.platform.parts, ledger)
    watch = Watch(made, Account(), {}, Counter(), [])
    assert platform.stage.gateway is not None
    async with asyncio.TaskGroup() as group:
        running = [
            group.create_task(platform.keeper.run(), name="sign-in"),
            group.create_task(made.hub.run([Connection(source) for source in sources(platform)]), name="hub"),
            group.create_task(watch.run(), name="watch"),
            group.create_task(Shift(SHIFT, audiences, wall_ms).play(), name="shift"),
            group.create_task(inflict(DAY, platform.stage), name="the day"),
        ]
        for name in HEARD:
            how = Performance(f"heard-{name}")
            script = load_script(CALLS / f"{name}.toml")
            running.append(group.create_task(play(script, how, platform.stage.gateway, audiences), name=how.call))
        await asyncio.sleep(DAY_S + SETTLING_S)
        watch.look()
        unseeable = within_outages(DAY, began_ms, ledger)
        problems = settle_accounts(ledger, watch.account, unseeable, 250)
        raised, states = watch.account.raised, dict(watch.states)
        counts = dict(made.meters.counts)
        for task in running:
            task.cancel()
    await platform.close()

    assert set(platform.stage.inflicted) == set(Fault)
    assert all(watch.losses[link] >= 3 for link in LINKS), watch.losses
    assert problems == []
    assert {reason for _, reason in watch.account.ended.values()} - {"ended"}, "some ended while nobody could hear"
    assert set(states.values()) == {LinkState.LIVE}, states
    # what these calls raise on a quiet day: see the virtual one, and test_hub_live for what is heard
    assert {
        ("angry-1", "sentiment-low"),
        ("angry-2", "sentiment-low"),
        ("legal-1", "keyword-critical"),
        ("legal-2", "keyword-critical"),
        ("heard-legal-threat", "keyword-critical"),
    } <= raised
    assert unseeable == {"comes-and-goes-while-gone"}
    assert not [name for name in counts if name.startswith("mishaps")], counts
    assert counts["segments.final"] > 10
    after = await held()
    assert after.tasks <= before.tasks
    assert after.timers <= before.timers
    assert after.sockets <= before.sockets
