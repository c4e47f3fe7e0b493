"""Connections and sign-ins of a running console, against a simulated organisation on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from desktop.app.assembly import Engine, assemble
from desktop.app.places import SIMULATED, simulated_organisation, simulated_person
from desktop.app.switchboard import ADD_AGAIN, SESSION_ONLY, Place, Switchboard
from desktop.app.tokens import SessionSecrets
from desktop.dashboard.state import FloorState, apply_all
from desktop.domain.events import LinkState
from desktop.domain.facts import CallFacts
from desktop.domain.finding import Level, Remedy
from desktop.domain.intents import Join, JoinCall
from desktop.domain.sign_in import SignInState
from desktop.domain.updates import JoinAnswered, SignInChanged, Update
from desktop.settings import model
from desktop.settings.model import Organisation, Settings, SignInKind, SourceKind
from desktop.settings.store import load, save
from desktop.simulator.organisation import BOTS, SimulatedOrganisation
from desktop.simulator.script import Script

NOW_MS = 1_800_000_000_000
DANA = CallFacts("inbound", "Dana", "agent-dana", "Billing", "queue-billing", started_at_ms=NOW_MS)
PATIENCE_S = 30.0


@dataclass
class Bench:
    """A running console without a window."""

    engine: Engine
    board: Switchboard
    platform: SimulatedOrganisation
    platform_url: str
    state: FloorState = field(default_factory=FloorState)
    updates: list[Update] = field(default_factory=list)
    notices: list[tuple[str, Level]] = field(default_factory=list)
    addresses: list[tuple[str, str]] = field(default_factory=list)

    async def until(self, happened: Callable[[FloorState], bool]) -> FloorState:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                batch = self.engine.mailbox.drain()
                self.updates += batch
                apply_all(self.state, batch)
                if happened(self.state):
                    return self.state
                await asyncio.sleep(0.02)

    def link(self, name: str) -> LinkState | None:
        change = self.state.links.get(name)
        return None if change is None else change.state

    @property
    def sign_ins(self) -> list[SignInState]:
        return [u.sign_in.state for u in self.updates if isinstance(u, SignInChanged)]


@contextlib.asynccontextmanager
async def bench(path: Path | None = None, *settings: model.Connection, ready: bool = True) -> AsyncIterator[Bench]:
    engine = assemble(Settings(workers=1), lambda rules: None)
    platform = SimulatedOrganisation("audio-token", scripts=[Script("one", DANA, ())])
    _, url = await platform.start()
    kept = load(path) if path is not None else Settings()
    place = Place(
        SessionSecrets(),
        simulated_person,
        kept.organisations if path is not None else (simulated_organisation(url),),
        kept.connections if path is not None else settings,
        path=path,
        sign_in_first=ready,
    )
    made = Bench(engine, Switchboard(engine.hub, engine.mailbox, place), platform, url)
    made.board.notice = lambda text, level: made.notices.append((text, level))
    made.board.show_address = lambda organisation, address: made.addresses.append((organisation, address))
    try:
        async with asyncio.TaskGroup() as group:
            jobs = [
                group.create_task(engine.hub.run([]), name="hub"),
                group.create_task(made.board.run(), name="board"),
            ]
            await asyncio.sleep(0)
            try:
                yield made
            finally:
                for job in jobs:
                    job.cancel()
    finally:
        await platform.close()


def live_list(name: str = "list") -> model.Connection:
    return model.Connection(name, kind=SourceKind.NOTIFICATIONS, organisation=SIMULATED)


def appears(made: Bench, call: str = "c1") -> None:
    for part in made.platform.parts:
        part.appeared(call, DANA, NOW_MS)


async def test_a_person_signs_in_and_every_connection_of_the_organisation_comes_up() -> None:
    analytics = model.Connection("scores", kind=SourceKind.ANALYTICS, organisation=SIMULATED)
    bots = model.Connection("bots", kind=SourceKind.BOTS, organisation=SIMULATED, bot_ids=BOTS)
    async with bench(None, live_list(), analytics, bots) as made:
        await made.until(lambda s: all(made.link(n) is LinkState.LIVE for n in ("list", "scores", "bots")))
        assert made.sign_ins[0] is SignInState.IN_BROWSER
        assert made.sign_ins[-1] is SignInState.SIGNED_IN
        assert made.addresses[0][0] == SIMULATED
        appears(made)
        state = await made.until(lambda s: len(s.live) == 1)
        assert state.live[0].facts.agent_name == "Dana"
        assert made.notices == []


async def test_the_supervisors_phone_rings_for_a_call_of_the_live_list() -> None:
    async with bench(None, live_list()) as made:
        await made.until(lambda s: made.link("list") is LinkState.LIVE)
        appears(made)
        await made.until(lambda s: len(s.live) == 1)
        made.engine.hub.intend(JoinCall("c1", Join.MONITOR))
        await made.until(lambda s: any(isinstance(u, JoinAnswered) for u in made.updates))
        (answer,) = [u for u in made.updates if isinstance(u, JoinAnswered)]
        assert answer.ringing, answer.text


async def test_nobody_signed_in_is_said_and_signing_in_brings_the_connection_up_at_once() -> None:
    async with bench(None, live_list(), ready=False) as made:
        await made.until(lambda s: made.link("list") is LinkState.REFUSED)
        assert made.state.links["list"].action is Remedy.SIGN_IN
        made.board.sign_in(SIMULATED)
        await made.until(lambda s: made.link("list") is LinkState.LIVE)
        made.board.sign_out(SIMULATED)
        await made.until(lambda s: made.sign_ins[-1] is SignInState.SIGNED_OUT)


async def test_signing_in_can_be_given_up() -> None:
    async with bench(None, live_list(), ready=False) as made:
        made.board.place.open_browser = lambda address: True  # a person who does nothing
        made.board._open(made.board.place.organisations[0])
        made.board.sign_in(SIMULATED)
        await made.until(lambda s: SignInState.IN_BROWSER in made.sign_ins)
        made.board.sign_in(SIMULATED)  # the browser once more
        made.board.cancel_sign_in(SIMULATED)
        await made.until(lambda s: made.sign_ins[-1] is SignInState.SIGNED_OUT)
        made.board.cancel_sign_in(SIMULATED)
        made.board.sign_in("nobody")
        assert made.notices == [(ADD_AGAIN.format(name="nobody"), Level.WARN)]
        made.board.sign_out("nobody")


async def test_a_connection_is_added_at_once_and_kept_without_its_secret(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    save(Settings(), path)
    async with bench(path) as made:
        made.platform.sign_in.clients["service"] = "a-secret-of-this-test"
        organisation = Organisation(
            "acme",
            sign_in=SignInKind.SERVICE,
            client_id="service",
            login_url=made.platform_url,
            api_url=made.platform_url,
            streaming_url="ws" + made.platform_url.removeprefix("http"),
        )
        connection = model.Connection("scores", kind=SourceKind.ANALYTICS, organisation="acme")
        made.board.add(organisation, connection, "a-secret-of-this-test")
        await made.until(lambda s: made.link("scores") is LinkState.LIVE)
        assert made.notices == []
        assert load(path).connections == (connection,)
        assert "a-secret" not in path.read_text()
        made.board.remove("scores")
        await made.until(lambda s: "scores" not in s.links)
        assert load(path) == Settings()
        assert await made.board.place.secrets.get("acme/client-secret") is None
        assert "acme" not in made.state.sign_ins


async def test_without_a_keyring_the_secret_lasts_for_the_session_and_that_is_said() -> None:
    async with bench(None) as made:

        class Forgetful(SessionSecrets):
            persistent = False

        made.board.place.secrets = Forgetful()
        made.board.add(None, model.Connection("plain", "https://127.0.0.1:9"), "token-of-this-test")
        await made.until(lambda s: made.link("plain") is LinkState.RETRYING)
        assert made.notices == [(SESSION_ONLY, Level.WARN)]


async def test_a_wrong_secret_is_explained_and_what_cannot_be_used_is_named(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    save(Settings(), path)
    async with bench(path) as made:
        made.platform.sign_in.clients["service"] = "right"
        organisation = Organisation(
            "acme",
            sign_in=SignInKind.SERVICE,
            client_id="service",
            login_url=made.platform_url,
            api_url=made.platform_url,
        )
        made.board.add(organisation, model.Connection("b", kind=SourceKind.ANALYTICS, organisation="acme"), "wrong")
        await made.until(lambda s: made.link("b") is LinkState.REFUSED)
        assert made.sign_ins[-1] is SignInState.REFUSED
        made.board.add(None, model.Connection("c", kind=SourceKind.NOTIFICATIONS), "")
        await made.until(lambda s: any("organisation" in text for text, _ in made.notices))
        made.board.add(None, model.Connection("plain", "https://127.0.0.1:9"), "token-of-this-test")
        await made.until(lambda s: made.link("plain") is LinkState.RETRYING)
        assert await made.board.place.secrets.get("plain") == "token-of-this-test"


async def test_one_connection_that_cannot_be_opened_costs_itself_only() -> None:
    lost = model.Connection("lost", kind=SourceKind.ANALYTICS, organisation="nobody")
    async with bench(None, lost, live_list()) as made:
        await made.until(lambda s: made.link("list") is LinkState.LIVE)
        assert [level for _, level in made.notices] == [Level.FAIL]
        assert "lost" not in made.state.links
