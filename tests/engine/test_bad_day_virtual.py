"""The bad day in virtual time: analytics, notifications and bots on one platform on which everything goes wrong."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pytest

from desktop.alerts.book import AlertBook
from desktop.bundled import resources_folder
from desktop.domain.alert import KeywordAlertRule, SentimentAlertRule
from desktop.domain.events import LinkState
from desktop.domain.ports import Source
from desktop.domain.updates import LinkUpdated, Update
from desktop.engine.desk import InsightDesk
from desktop.engine.hub import Hub
from desktop.engine.links import Connection
from desktop.engine.meters import Meters
from desktop.identity.build import Surroundings, pasted_keeper, person_keeper, service_keeper
from desktop.identity.config import documents, genesys
from desktop.identity.keeper import TokenKeeper
from desktop.insights.keyword_defaults import DEFAULT_RULES
from desktop.insights.lexicon import parse_lexicon
from desktop.insights.mood import MoodMeter
from desktop.insights.sentiment import TextSentiment
from desktop.protocols.activity import ACTIVITY_PATH
from desktop.simulator.analytics import AnalyticsPart
from desktop.simulator.bad_day import BAD_DAY, DAY_S, Fault, Ledger, Stage, Trouble, inflict
from desktop.simulator.bots import BotsPart
from desktop.simulator.notifications import NotificationsPart
from desktop.simulator.platform import SimulatedPlatform
from desktop.simulator.sign_in import LoginScript, SignInPart
from desktop.simulator.token_office import TokenOffice
from desktop.sources.analytics_socket import AnalyticsConfig, AnalyticsSource
from desktop.sources.bot_events import BotEventsConfig, BotEventsSource
from desktop.sources.genesys_cloud import GenesysCloudConfig, GenesysCloudSource
from desktop.sources.rest import ATTEMPTS, RestClient
from desktop.sources.still_live import StillLive
from tests.support.bad_day import (
    CALM,
    Account,
    Archive,
    DeafPool,
    PlannedCall,
    Secrets,
    Shift,
    SignedInAs,
    Supervisor,
    settle_accounts,
    shift,
    within_outages,
)
from tests.support.leaks import Held, held
from tests.support.virtual_time import BEGIN_S, Clocks, run_virtual

pytestmark = [pytest.mark.timeout(180), pytest.mark.xdist_group("virtual days")]  # many tests judge one day
SETTLING_S = 40.0
ALL = ("analytics", "live list", "bots")
TOKEN_LIFE_S = 400.0  # so that tokens end in the middle of the day, twice


@dataclass
class Evening:
    """What is left of a day."""

    ledger: Ledger
    account: Account
    links: list[tuple[float, str, LinkState]]
    inflicted: list[Fault]
    supervisor: Supervisor
    unseeable: set[str]
    leaked: tuple[Held, Held]
    mishaps: dict[str, int]


class LinkLog(Account):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[float, str, LinkState]] = []

    def put(self, update: Update) -> None:
        super().put(update)
        if isinstance(update, LinkUpdated):
            self.links.append((asyncio.get_running_loop().time(), update.link.link, update.link.state))


async def live_through(
    day: Sequence[Trouble],
    links: Collection[str] = ALL,
    *,
    planned: Sequence[PlannedCall] = (),
    day_s: float = DAY_S,
    token_life_s: float = TOKEN_LIFE_S,
    audit_s: float = 300.0,
    signed_in_as: SignedInAs = SignedInAs.SERVICE,
    also: Callable[[Stage], Coroutine[None, None, None]] | None = None,
) -> Evening:
    """One day with a console watching over these links."""
    before = await held()
    loop, clocks = asyncio.get_running_loop(), Clocks.of_running()

    def wall_ms() -> int:
        return clocks.time_ns() // 1_000_000

    office = TokenOffice(clock=loop.time, life_s=token_life_s)
    login = SignInPart(office, {"console": "the-secret"}, script=LoginScript(refresh_tokens=False))
    analytics, bots = AnalyticsPart(office), BotsPart(office, tick_s=5.0)
    notifications = NotificationsPart(
        office, queues={f"queue-{n}": f"Name of queue-{n}" for n in range(3)}, clock=loop.time
    )
    platform = SimulatedPlatform([Archive(), login, analytics, notifications, bots])
    base = await platform.start()
    socket = "ws" + base.removeprefix("http")
    supervisor = Supervisor()
    around = Surroundings(Secrets(), supervisor.hear, wall_clock=clocks.time, jitter=lambda: 0.5)
    keeper, sign_in = somebody(signed_in_as, base, office, supervisor, around)
    sources: list[Source] = [
        AnalyticsSource(
            AnalyticsConfig("analytics", base),
            keeper,
            still_live=StillLive(RestClient(base, keeper, wall_clock=clocks.time, jitter=lambda: 0.5)),
            jitter=lambda: 0.5,
            wall_clock=clocks.time,
        ),
        GenesysCloudSource(
            GenesysCloudConfig("live list", base, socket, has_person=False, housekeeping_s=5.0, audit_s=audit_s),
            keeper,
            wall_clock=clocks.time,
            jitter=lambda: 0.5,
        ),
        BotEventsSource(
            BotEventsConfig("bots", f"{socket}/api/v2/websocket"),
            keeper,
            clock=loop.time,
            jitter=lambda: 0.5,
            wall_clock=clocks.time,
        ),
    ]
    account, meters = LinkLog(), Meters()
    hub = Hub(
        make_pool=cast(Any, DeafPool),
        desk=desk(),
        mailbox=account,
        meters=meters,
        on_alert=lambda alert: None,
        save_keywords=lambda rules: None,
        clock=loop.time,
        wall=wall_ms,
    )
    ledger, began_ms = Ledger(), wall_ms()
    stage = Stage(platform, office, analytics, notifications, bots)
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(supervisor.surf(), name="browser")]
        await sign_in()
        running += [
            group.create_task(supervisor.watch(sign_in, sources), name="supervisor"),
            group.create_task(keeper.run(), name="sign-in"),
            group.create_task(hub.run([Connection(s) for s in sources if s.name in links]), name="hub"),
            group.create_task(Shift(planned or shift(day_s), (*platform.parts, ledger), wall_ms).play(), name="shift"),
            group.create_task(inflict(day, stage), name="the day"),
        ]
        if also is not None:
            running.append(group.create_task(also(stage), name="and that"))
        await asyncio.sleep(day_s + SETTLING_S)
        evening = Evening(
            ledger,
            _copy(account),
            account.links,
            stage.inflicted,
            supervisor,
            within_outages(day, began_ms, ledger),
            (before, before),
            {name: n for name, n in meters.counts.items() if name.startswith("mishaps")},
        )
        for task in running:
            task.cancel()
    await platform.close()
    await asyncio.sleep(1)
    evening.leaked = (before, await held())
    return evening


def somebody(
    signed_in_as: SignedInAs, base: str, office: TokenOffice, supervisor: Supervisor, around: Surroundings
) -> tuple[TokenKeeper, Callable[[], Awaitable[None]]]:
    """A keeper, and how it is signed in to. A pasted token is of the documents' dialect, which has no tokens/me."""
    match signed_in_as:
        case SignedInAs.SERVICE:
            service = service_keeper(genesys("org", "example.com", "console", login_url=base, api_url=base), around)
            return service, service.sign_in
        case SignedInAs.PERSON:
            config = genesys("org", "example.com", "console", login_url=base, api_url=base)
            person = person_keeper(config, around, supervisor.browse, lambda address: None)
            return person, person.sign_in
        case SignedInAs.PASTED:
            pasted = pasted_keeper(documents("org", "example.com", login_url=base, api_url=base), around)
            return pasted, lambda: pasted.paste(office.issue(user="supervisor"))


def _copy(account: LinkLog) -> Account:
    """As it stands, before the console closes."""
    copy = Account()
    copy.opened, copy.live, copy.ended = account.opened.copy(), set(account.live), dict(account.ended)
    copy.ends, copy.alerts = account.ends.copy(), dict(account.alerts)
    return copy


def desk() -> InsightDesk:
    lexicon = parse_lexicon((resources_folder() / "lexicon/vader_words.tsv").read_text("utf-8"))
    rules = (SentimentAlertRule(), KeywordAlertRule(leave_s=3600.0))
    return InsightDesk(MoodMeter(TextSentiment(lexicon.for_the_trade())), DEFAULT_RULES, AlertBook(rules))


@pytest.fixture(scope="module")
def quiet() -> Evening:
    """The same day without anything going wrong."""
    return run_virtual(live_through(()), settle_s=0.001)


@pytest.fixture(scope="module")
def bad() -> Evening:
    return run_virtual(live_through(BAD_DAY), settle_s=0.001)


def test_on_a_quiet_day_the_account_is_right_and_alerts_are_raised(quiet: Evening) -> None:
    assert settle_accounts(quiet.ledger, quiet.account, (), 0) == []
    rules = {rule for _, rule in quiet.account.raised}
    assert rules == {"sentiment-low", "keyword-critical"}
    assert len(quiet.account.raised) >= 9
    assert not quiet.mishaps


def test_every_fault_of_the_day_took_place_and_every_link_felt_it(bad: Evening) -> None:
    assert set(bad.inflicted) == set(Fault)
    for link in ("analytics", "live list", "bots"):
        losses = [state for _, name, state in bad.links if name == link and state is LinkState.RETRYING]
        assert len(losses) >= 4, link


def test_every_call_of_the_bad_day_is_accounted_for(bad: Evening) -> None:
    assert settle_accounts(bad.ledger, bad.account, bad.unseeable, 0) == []
    assert len(bad.unseeable) <= 3, "only who came and went while the region was gone"
    assert {reason for _, reason in bad.account.ended.values()} - {"ended"}, "some ended while nobody could hear"


def test_no_alert_of_the_bad_day_is_lost_and_none_is_made_up(quiet: Evening, bad: Evening) -> None:
    assert bad.account.raised == quiet.account.raised


def test_a_real_organisation_s_console_with_the_live_list_alone_accounts_for_every_call_too() -> None:
    evening = run_virtual(live_through(BAD_DAY, ("live list",)), settle_s=0.001)
    assert settle_accounts(evening.ledger, evening.account, evening.unseeable, 0) == []
    assert ("legal-0", "keyword-critical") in evening.account.raised


def test_a_renewal_that_overtakes_a_half_open_socket_leaves_no_ghost_beyond_the_next_comparison() -> None:
    """The channel moves to the new token before the silence of the old socket shows, so no loss is ever seen."""
    over, stays = PlannedCall("over-unheard", 1, 22, CALM, 0.1), PlannedCall("stays", 1, 999, CALM, 0.1)
    half_open = (Trouble(20.0, Fault.HALF_OPEN),)
    evening = run_virtual(
        live_through(half_open, ("live list",), planned=(over, stays), day_s=60.0, token_life_s=27.7, audit_s=20.0),
        settle_s=0.001,
    )
    assert not [state for _, _, state in evening.links if state is LinkState.RETRYING]
    assert settle_accounts(evening.ledger, evening.account, (), 0) == []


def test_a_storm_of_429_on_the_list_that_outlasts_all_attempts_leaves_no_ghost() -> None:
    """The link is live long before the list comes; who ended while the region was gone must end with the list."""
    storm = 2 * ATTEMPTS + 1

    over, begun, stays = (
        PlannedCall("over-while-gone", 1, 25, CALM, 0.1),
        PlannedCall("begun-while-gone", 23, 999, CALM, 0.1),
        PlannedCall("stays", 1, 999, CALM, 0.1),
    )
    gone = (Trouble(20.0, Fault.REGION_GONE, 10.0),)
    refused = []

    async def busy(stage: Stage) -> None:
        await asyncio.sleep(15)
        stage.platform.throttle(ACTIVITY_PATH, storm, retry_after_s=2.0)
        await asyncio.sleep(60)
        refused.append(stage.platform.refused)

    evening = run_virtual(
        live_through(gone, ("live list",), planned=(over, begun, stays), day_s=80.0, also=busy), settle_s=0.001
    )
    assert refused == [storm]
    lives = [at_s - BEGIN_S for at_s, _, state in evening.links if state is LinkState.LIVE]
    assert len(lives) == 3, "at first, without its list, with its list"
    assert settle_accounts(evening.ledger, evening.account, (), 0) == []


def test_late_and_double_events_raise_nothing_twice(quiet: Evening, bad: Evening) -> None:
    assert Counter(bad.account.alerts.values()) == Counter(quiet.account.alerts.values())


def test_every_link_is_live_in_the_evening(bad: Evening) -> None:
    last = {name: state for _, name, state in bad.links if state is not LinkState.CLOSED}
    assert set(last.values()) == {LinkState.LIVE}


def test_the_bad_day_leaves_no_task_socket_or_timer_behind(bad: Evening) -> None:
    before, after = bad.leaked
    assert after.tasks <= before.tasks
    assert after.sockets <= before.sockets
    assert after.timers <= before.timers


def test_nothing_broke_inside(bad: Evening) -> None:
    assert not bad.mishaps


@pytest.mark.parametrize("signed_in_as", [SignedInAs.PERSON, SignedInAs.PASTED])
def test_a_person_signs_in_once_on_a_bad_day_because_once_the_token_was_refused(
    quiet: Evening, signed_in_as: SignedInAs
) -> None:
    """Sockets that are cut, closed with 1001 or fall silent, and 429, are no reason to ask for a person."""
    evening = run_virtual(live_through(BAD_DAY, token_life_s=86_400.0, signed_in_as=signed_in_as), settle_s=0.001)
    refused_s = next(trouble.at_s for trouble in BAD_DAY if trouble.fault is Fault.TOKENS_REFUSED)
    (signed_out_at,) = evening.supervisor.signed_out_at
    assert refused_s < signed_out_at - BEGIN_S < refused_s + 90, "as soon as the silence was noticed"
    assert settle_accounts(evening.ledger, evening.account, evening.unseeable, 0) == []
    assert evening.account.raised == quiet.account.raised
    last = {name: state for _, name, state in evening.links if state is not LinkState.CLOSED}
    assert set(last.values()) == {LinkState.LIVE}
    assert not evening.mishaps
    before, after = evening.leaked
    assert (after.tasks, after.sockets) <= (before.tasks, before.sockets)
