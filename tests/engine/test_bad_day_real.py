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
from desktop.settings.model import Settings
from desktop.simulator.analytics import AnalyticsPart
from desktop.simulator.audience import Audience
from desktop.simulator.bad_day import BAD_DAY, DAY_S, Fault, Ledger, Stage, compressed, inflict
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
from tests.support.bad_day import Account, Archive, Secrets, Shift, faster, settle_accounts, shift, within_outages
from tests.support.leaks import held

pytestmark = pytest.mark.timeout(240)
FASTER = 12.0
DAY = compressed(BAD_DAY, FASTER)
SETTLING_S = 26.0  # the longest wait for a new attempt, the 10 s in which a call must show itself again, and some
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
    analytics, bots, notifications = AnalyticsPart(office), BotsPart(office, tick_s=1.0), NotificationsPart(office)
    platform = SimulatedPlatform([Archive(), login, analytics, notifications, bots])
    base = await platform.start()
    gateway = AudioConnectorGateway(GatewayConfig("nobody's", lambda token: office.grant(token) is not None))
    keeper = service_keeper(
        genesys("org", "example.com", "console", login_url=base, api_url=base),
        Surroundings(Secrets(), lambda sign_in: None),
    )
    stage = Stage(platform, office, analytics, notifications, bots, gateway)
    return Platform(stage, keeper, base, await gateway.start())


def sources(platform: Platform) -> list[Source]:
    """Impatient ones: a minute is all they have to notice a dead line."""
    token, base, socket = platform.keeper, platform.rest_url, platform.socket_url
    rest = RestClient(base, token)
    manager = ChannelManager(rest, token, Dialler(socket, ping_every_s=0.5, silence_s=1.5), sweep_every_s=2.0)
    return [
        AudioConnectorSource(AudioConnectorConfig("streams", platform.audio_url, ping_interval_s=1.0), token),
        AnalyticsSource(
            AnalyticsConfig("analytics", base, ping_every_s=0.5, ping_timeout_s=1.0),
            token,
            still_live=StillLive(rest),
        ),
        GenesysCloudSource(GenesysCloudConfig("live list", base, socket, has_person=False), token, manager=manager),
        BotEventsSource(
            BotEventsConfig(
                "bots", f"{socket}/api/v2/websocket", ping_interval_s=1.0, ping_timeout_s=1.0, measure_every_s=1.0
            ),
            token,
        ),
    ]


def engine() -> Engine:
    """Real workers; the alert rules as much faster as the day is."""
    return assemble(
        Settings(
            workers=1,
            sentiment_alert=SentimentAlertRule(hold_s=30 / FASTER),
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


async def test_the_bad_day_for_real_every_call_accounted_for_no_alert_lost_nothing_left_behind() -> None:
    before = await held()
    began_ms, ledger = wall_ms(), Ledger()
    platform, made = await opened(), engine()
    audiences: tuple[Audience, ...] = (*platform.stage.platform.parts, ledger)
    watch = Watch(made, Account(), {}, Counter(), [])
    planned = faster(shift(DAY_S), FASTER)
    assert platform.stage.gateway is not None
    async with asyncio.TaskGroup() as group:
        running = [
            group.create_task(platform.keeper.run(), name="sign-in"),
            group.create_task(made.hub.run([Connection(source) for source in sources(platform)]), name="hub"),
            group.create_task(watch.run(), name="watch"),
            group.create_task(Shift(planned, audiences, wall_ms).play(), name="shift"),
            group.create_task(inflict(DAY, platform.stage), name="the day"),
        ]
        for name in HEARD:
            how = Performance(f"heard-{name}")
            script = load_script(CALLS / f"{name}.toml")
            running.append(group.create_task(play(script, how, platform.stage.gateway, audiences), name=how.call))
        await asyncio.sleep(DAY_S / FASTER + SETTLING_S)
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
    # what the same day raises when nothing goes wrong: see the virtual one, and test_hub_live for what is heard
    assert {("heard-legal-threat", "keyword-critical")} | {
        (f"{kind}-{n}", "keyword-critical" if kind == "legal" else "sentiment-low")
        for kind in ("angry", "legal")
        for n in range(4)
    } | {("angry-at-the-end", "sentiment-low")} <= raised
    assert not [name for name in counts if name.startswith("mishaps")], counts
    assert counts["segments.final"] > 10
    after = await held()
    assert after.tasks <= before.tasks
    assert after.timers <= before.timers
    assert after.sockets <= before.sockets
