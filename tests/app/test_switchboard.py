"""Connections and sign-ins of a running console, against a simulated organisation on real sockets."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from desktop.app.assembly import Engine, assemble
from desktop.app.place import Place
from desktop.app.places import SIMULATED, simulated_organisation, simulated_person
from desktop.app.switchboard import Switchboard
from desktop.app.telling import ADD_AGAIN, BROKE, SESSION_ONLY, SIGNED_OUT
from desktop.app.tokens import SessionSecrets
from desktop.dashboard.state import FloorState, apply_all
from desktop.domain.events import LinkState, Measure
from desktop.domain.facts import CallFacts
from desktop.domain.finding import Level, Remedy
from desktop.domain.intents import Join, JoinCall
from desktop.domain.listener import ListenerSetup
from desktop.domain.media import Party
from desktop.domain.sign_in import SignInState
from desktop.domain.updates import CallUpdated, JoinAnswered, SignInChanged, Update
from desktop.identity.keeper import TokenKeeper
from desktop.settings import model
from desktop.settings.model import Listener, Organisation, Settings, SignInKind, SourceKind
from desktop.settings.store import load, save
from desktop.simulator.audiohook_client_dial import Hook
from desktop.simulator.audiohook_client_play import play_script
from desktop.simulator.audiohook_client_sound import pcmu_of
from desktop.simulator.library import load_script
from desktop.simulator.organisation import BOTS, SimulatedOrganisation
from desktop.simulator.script import Script, Turn
from tests.support.leaks import held
from tests.support.quick import make_quick_recogniser

NOW_MS = 1_800_000_000_000
DANA = CallFacts("inbound", "Dana", "agent-dana", "Billing", "queue-billing", started_at_ms=NOW_MS)
PATIENCE_S = 30.0
CALLS = Path(__file__).parents[2] / "resources" / "calls"
HEARD = "00000000-0000-4000-8000-0000000000c1"


@dataclass
class Bench:
    """A running console without a window."""

    engine: Engine
    board: Switchboard
    platform: SimulatedOrganisation
    platform_url: str
    audio_url: str
    state: FloorState = field(default_factory=FloorState)
    updates: list[Update] = field(default_factory=list)
    notices: list[tuple[str, Level]] = field(default_factory=list)
    addresses: list[tuple[str, str]] = field(default_factory=list)

    async def until(self, happened: Callable[[FloorState], bool], patience_s: float = PATIENCE_S) -> FloorState:
        async with asyncio.timeout(patience_s):
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
    engine.hub.pool.use(make_quick_recogniser)
    platform = SimulatedOrganisation("audio-token", scripts=[Script("one", DANA, ())])
    audio, url = await platform.start()
    kept = load(path) if path is not None else Settings()
    place = Place(
        SessionSecrets(),
        simulated_person,
        kept.organisations if path is not None else (simulated_organisation(url),),
        kept.connections if path is not None else settings,
        path=path,
        sign_in_first=ready,
    )
    made = Bench(engine, Switchboard(engine.hub, engine.mailbox, place), platform, url, audio)
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
        appears(made)
        await made.until(lambda s: len(s.live) == 1)
        made.board.sign_out(SIMULATED)
        await made.until(lambda s: made.sign_ins[-1] is SignInState.SIGNED_OUT and not s.live)
        assert made.state.links["list"].detail == SIGNED_OUT
        appears(made, "c2")
        await asyncio.sleep(0.3)
        await made.until(lambda s: True)
        assert not made.state.live  # signed out means: nothing more is heard
        made.board.sign_in(SIMULATED)
        await made.until(lambda s: len(s.live) == 2)


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
        await made.until(lambda s: "scores" not in s.links and "acme" not in s.sign_ins)
        assert load(path) == Settings()
        assert await made.board.place.secrets.get("acme/client-secret") is None


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


async def test_one_connection_that_cannot_be_opened_costs_itself_only_and_is_shown() -> None:
    lost = model.Connection("lost", kind=SourceKind.ANALYTICS, organisation="nobody")
    async with bench(None, lost, live_list()) as made:
        await made.until(lambda s: made.link("list") is LinkState.LIVE)
        assert [level for _, level in made.notices] == [Level.FAIL]
        assert made.link("lost") is LinkState.REFUSED
        made.board.remove("lost")
        await made.until(lambda s: "lost" not in s.links)


async def test_an_organisation_that_cannot_be_opened_says_why_wherever_it_is_met(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    broken = Organisation("NoCa", client_id="x", ca_file=str(tmp_path / "ca.pem"))
    save(Settings(organisations=(broken,), connections=(live_list_of("NoCa"),)), path)
    async with bench(path, ready=False) as made:
        await made.until(lambda s: made.link("list") is LinkState.REFUSED)
        detail = made.state.links["list"].detail
        assert "NoCa: ca_file" in detail
        made.board.sign_in("NoCa")
        assert made.notices == [(detail, Level.FAIL)] * 2


async def test_a_call_can_be_joined_whichever_connection_brought_it_first() -> None:
    scores = model.Connection("scores", kind=SourceKind.ANALYTICS, organisation=SIMULATED)
    async with bench(None, scores) as made:
        await made.until(lambda s: made.link("scores") is LinkState.LIVE)
        appears(made)
        await made.until(lambda s: len(s.live) == 1)
        made.board.add(None, live_list(), "")
        await made.until(lambda s: any(isinstance(u, CallUpdated) and u.joinable for u in made.updates))


async def test_a_bug_in_a_sign_in_costs_that_organisation_only(monkeypatch: pytest.MonkeyPatch) -> None:
    async def bug(self: TokenKeeper) -> None:
        raise RuntimeError("a name that must not travel")

    async with bench(None, live_list()) as made:
        await made.until(lambda s: made.link("list") is LinkState.LIVE)
        monkeypatch.setattr(TokenKeeper, "run", bug)
        made.board._open(made.board.place.organisations[0])
        await made.until(lambda s: made.sign_ins[-1] is SignInState.RENEWING)
        assert "RuntimeError" in made.state.sign_ins[SIMULATED].detail
        assert "name" not in made.state.sign_ins[SIMULATED].detail
        monkeypatch.setattr(TokenKeeper, "sign_in", bug)
        made.board.sign_in(SIMULATED)
        await made.until(lambda s: made.notices == [(BROKE.format(kind="RuntimeError"), Level.FAIL)])
        appears(made)
        await made.until(lambda s: len(s.live) == 1)


async def test_what_cannot_be_opened_is_never_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    save(Settings(), path)
    async with bench(path) as made:
        bad = Organisation("acme", region="mypurecloud..ie", client_id="x")
        made.board.add(bad, live_list_of("acme"), "")
        await made.until(lambda s: len(made.notices) == 1)
        bad = Organisation("acme", client_id="x", ca_file=str(tmp_path / "none.pem"))
        made.board.add(bad, live_list_of("acme"), "")
        await made.until(lambda s: len(made.notices) == 2)
        assert load(path) == Settings()


async def test_changes_that_cross_each_other_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    save(Settings(), path)

    class Slow(SessionSecrets):
        async def put(self, name: str, secret: str) -> bool:
            await asyncio.sleep(0.2)
            return await super().put(name, secret)

    async with bench(path) as made:
        made.board.place.secrets = Slow()
        for name in ("one", "two"):
            made.board.add(None, model.Connection(name, "https://127.0.0.1:9"), "token")
        await asyncio.sleep(0.05)
        save(replace(load(path), theme="dark"), path)
        await made.until(lambda s: {"one", "two"} <= set(s.links))
        kept = load(path)
        assert {connection.name for connection in kept.connections} == {"one", "two"}
        assert kept.theme == "dark"


async def test_a_token_that_ran_out_is_replaced_without_adding_the_connection_again(tmp_path: Path) -> None:
    plain = model.Connection("plain")
    async with bench(None) as made:
        made.board.add(None, replace(plain, base_url=made.audio_url), "wrong")
        await made.until(lambda s: made.link("plain") is LinkState.REFUSED)
        made.board.replace_secret("plain", "audio-token")
        await made.until(lambda s: made.link("plain") is LinkState.LIVE)


async def test_a_rotated_client_secret_and_a_pasted_token_are_taken_at_once() -> None:
    async with bench(None) as made:
        made.platform.sign_in.clients["service"] = "new"
        url = made.platform_url
        service = Organisation("acme", sign_in=SignInKind.SERVICE, client_id="service", login_url=url, api_url=url)
        made.board.add(service, model.Connection("b", kind=SourceKind.ANALYTICS, organisation="acme"), "old")
        await made.until(lambda s: made.link("b") is LinkState.REFUSED)
        made.board.replace_secret("acme", "new")
        await made.until(lambda s: made.link("b") is LinkState.LIVE)
        pasted = Organisation("beta", sign_in=SignInKind.TOKEN, login_url=url, api_url=url)
        made.board.add(pasted, model.Connection("c", kind=SourceKind.ANALYTICS, organisation="beta"), "old")
        await made.until(lambda s: made.link("c") is LinkState.REFUSED)
        made.board.replace_secret("beta", made.platform.office.issue())
        await made.until(lambda s: made.link("c") is LinkState.LIVE)


async def test_twenty_connections_added_and_removed_leave_nothing_behind() -> None:
    async with bench(None, live_list()) as made:
        await made.until(lambda s: made.link("list") is LinkState.LIVE)
        extra = model.Connection("extra", kind=SourceKind.ANALYTICS, organisation=SIMULATED)

        async def once() -> None:
            made.board.add(None, extra, "")
            await made.until(lambda s: made.link("extra") is LinkState.LIVE)
            made.board.remove("extra")
            await made.until(lambda s: "extra" not in s.links)

        await once()
        await made.until(lambda s: s.health is not None and s.health.ready_workers == 1)
        before = await held()
        for _ in range(20):
            await once()
        for _ in range(100):  # other connections' own timers come and go
            if all(now <= then for now, then in zip(await held(), before, strict=True)):
                break
            await asyncio.sleep(0.1)
        else:
            raise AssertionError(f"held before: {before}, after: {await held()}")


def live_list_of(organisation: str) -> model.Connection:
    return model.Connection("list", kind=SourceKind.NOTIFICATIONS, organisation=organisation)


async def test_whatever_comes_by_every_connection_no_word_name_number_or_secret_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    kinds = (("list", SourceKind.NOTIFICATIONS), ("scores", SourceKind.ANALYTICS), ("bots", SourceKind.BOTS))
    settings = [model.Connection(name, kind=kind, organisation=SIMULATED, bot_ids=BOTS) for name, kind in kinds]
    async with bench(None, *settings) as made:
        await made.until(lambda s: all(made.link(name) is LinkState.LIVE for name, _ in kinds))
        appears(made)
        await made.until(lambda s: len(s.live) == 1)
        said = Turn(Party.CUSTOMER, 0, 900, "my unmistakable card is 4111 1111 1111 1111", -0.9)
        async with asyncio.timeout(PATIENCE_S):
            while not any(view.segments and view.readings for view in made.state.live):
                for part in made.platform.parts:  # its text is subscribed a moment after the call appears
                    part.spoke("c1", said, NOW_MS)
                await asyncio.sleep(0.5)
                await made.until(lambda s: True)
        await made.platform.analytics.dismiss(1001)
        made.platform.bots.say_goodbye(1011)
        await made.until(lambda s: made.link("scores") is LinkState.RETRYING)
        kept = made.board.place.secrets
        assert isinstance(kept, SessionSecrets)
        secrets = list(kept._secrets.values())
        assert secrets
        assert any("4111" not in segment.text for view in made.state.live for segment in view.segments)
    logged = "\n".join(str(record.msg) + record.getMessage() for record in caplog.records)
    token = json.loads(secrets[0])["access_token"]
    for private in ("Dana", "unmistakable", "4111", token, "agent-dana"):
        assert private not in logged


async def test_a_listener_of_ones_own_hears_what_the_platform_streams(tmp_path: Path) -> None:
    script = load_script(CALLS / "legal-threat.toml")
    sounds = await asyncio.to_thread(pcmu_of, script)
    shown: list[ListenerSetup] = []
    async with bench(None) as made:
        made.board.show_listener_setup = shown.append
        wanted = Listener("127.0.0.1", _free_port(), public_host="audiohook.example.com")
        made.board.listen(model.Connection("hook", kind=SourceKind.AUDIOHOOK), wanted)
        await made.until(lambda s: made.link("hook") is LinkState.LIVE and bool(shown))
        (setup,) = shown
        assert "Genesys could not use this listener yet" in made.notices[0][0]  # nobody has that public name here
        assert setup.uri == "wss://audiohook.example.com/audiohook"
        hook = Hook(setup.uri, setup.api_key, base64.b64decode(setup.client_secret), host=("127.0.0.1", wanted.port))
        hook = replace(hook, uri="ws://audiohook.example.com/audiohook")
        async with asyncio.TaskGroup() as group:
            playing = group.create_task(play_script(hook, script, HEARD, sounds=sounds), name="call")
            await made.until(lambda s: s.segments_final >= 1)
            handled = Measure.HANDLING  # `open` until `opened`, shown on the Connections page
            await made.until(lambda s: s.link_views["hook"].monitor.latest(handled) is not None)
            playing.cancel()
        wrong = replace(hook, secret=b"not the secret at all, not at all")
        with contextlib.suppress(Exception):
            await play_script(wrong, script, HEARD, sounds=sounds)
        finding = (await made.until(lambda s: "AudioHook sign-on" in s.link_views["hook"].findings)).link_views["hook"]
        detail = finding.findings["AudioHook sign-on"].detail  # what was checked, for who looks closer
        assert "@authority" in detail
        assert setup.api_key not in detail
        assert "(hidden)" in detail
        assert finding.findings["AudioHook sign-on"].level is Level.FAIL
        async with asyncio.TaskGroup() as group:
            playing = group.create_task(play_script(hook, script, HEARD, sounds=sounds), name="call")
            level = Level.PASS
            await made.until(lambda s: s.link_views["hook"].findings["AudioHook sign-on"].level is level)
            playing.cancel()
        made.board.show_listener("hook")
        await made.until(lambda s: len(shown) == 2)
        assert shown[1].client_secret == setup.client_secret
        made.board.remove("hook")
        await made.until(lambda s: "hook" not in s.links)
        made.board.show_listener("hook")
        await made.until(lambda s: any("no longer has" in text for text, _ in made.notices))


async def test_a_port_that_somebody_else_has_is_refused_in_words() -> None:
    async with bench(None) as made:
        taken = int(made.platform_url.rpartition(":")[2])
        wanted = Listener("127.0.0.1", taken, public_host="audiohook.example.com")
        made.board.listen(model.Connection("hook", kind=SourceKind.AUDIOHOOK), wanted)
        await made.until(lambda s: made.link("hook") is LinkState.REFUSED)
        assert "listener.port" in made.state.links["hook"].detail


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
