"""Platform -> AudioHook -> headless gateway -> document A's interface -> console pipeline: words on screen."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import csv
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import aiohttp
import pytest
import trustme
from websockets.exceptions import ConnectionClosed

from desktop.app.assembly import Engine, assemble
from desktop.app.doors import API_KEY, CLIENT_SECRET
from desktop.app.gateway import CONSOLE_TOKEN, GatewayOptions, gateway_command, serving, set_up
from desktop.dashboard import pausing
from desktop.dashboard.state import FloorState, apply_all
from desktop.domain.errors import SettingInvalid
from desktop.domain.events import LinkState, PauseReason
from desktop.domain.facts import CallFacts, CallStage
from desktop.engine.links import Connection
from desktop.protocols.audio_subscription import AudioSubscription, Filters
from desktop.protocols.speech_stream import BYTES_PER_MS
from desktop.settings.credentials import read_secret, write_secret
from desktop.settings.model import Listener, Organisation, Settings, SignInKind
from desktop.settings.store import save
from desktop.simulator.audiohook_client import AudioHookClient
from desktop.simulator.audiohook_client_dial import Hook
from desktop.simulator.audiohook_client_play import play_script, stream
from desktop.simulator.audiohook_client_sound import pcmu_of
from desktop.simulator.library import load_script
from desktop.simulator.notifications import NotificationsPart
from desktop.simulator.platform import SimulatedPlatform
from desktop.simulator.sign_in import SignInPart
from desktop.simulator.speech_client import SpeechClient, mono_mix
from desktop.simulator.token_office import TokenOffice
from desktop.sources.audio_connector import AudioConnectorSource
from desktop.sources.audio_connector_config import AudioConnectorConfig
from tests.support.quick import make_quick_recogniser
from tests.support.tokens import FixedToken

CALLS = Path(__file__).parents[2] / "resources" / "calls"
NOW_MS = 1_800_000_000_000
PATIENCE_S = 90.0
BILLING = CallFacts("inbound", "Dana", "agent-dana", "Billing", "queue-billing", started_at_ms=NOW_MS)
SALES = CallFacts("inbound", "Lee", "agent-lee", "Sales", "queue-sales", started_at_ms=NOW_MS)
C1, C2 = "00000000-0000-4000-8000-0000000000c1", "00000000-0000-4000-8000-0000000000c2"


@dataclass
class Console:
    """One supervisor's pipeline."""

    engine: Engine
    state: FloorState = field(default_factory=FloorState)

    async def until(self, happened: Callable[[FloorState], bool]) -> FloorState:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                apply_all(self.state, self.engine.mailbox.drain())
                if happened(self.state):
                    return self.state
                await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def consoles(address: str, token: str, *queues: str) -> AsyncIterator[list[Console]]:
    made = []
    async with asyncio.TaskGroup() as group:
        jobs = []
        for queue in queues:
            engine = assemble(Settings(workers=1), lambda rules: None)
            engine.hub.pool.use(make_quick_recogniser)
            wanted = AudioSubscription(filters=Filters(queue_ids=(queue,) if queue else ()), sample_rate=16_000)
            config = AudioConnectorConfig("gateway", address, subscription=wanted)
            source = AudioConnectorSource(config, FixedToken(token), jitter=lambda: 0.0)
            jobs.append(group.create_task(engine.hub.run([Connection(source, source)]), name=f"console {queue}"))
            made.append(Console(engine))
        try:
            yield made
        finally:
            for job in jobs:
                job.cancel()


@contextlib.asynccontextmanager
async def organisation() -> AsyncIterator[tuple[NotificationsPart, Organisation]]:
    """The platform's REST and notifications side, with a service that may sign in."""
    office = TokenOffice()
    part = NotificationsPart(office, queues={"queue-billing": "Billing", "queue-sales": "Sales"})
    platform = SimulatedPlatform([SignInPart(office, {"service": "secret-of-this-test"}), part])
    url = await platform.start()
    acme = Organisation("acme", sign_in=SignInKind.SERVICE, client_id="service", login_url=url, api_url=url)
    try:
        yield part, replace(acme, streaming_url="ws" + url.removeprefix("http"))
    finally:
        await platform.close()


async def options(folder: Path, organisations: Sequence[Organisation] = (), port: int = 0) -> GatewayOptions:
    name = organisations[0].name if organisations else ""
    listener = Listener("127.0.0.1", port, organisation=name)
    settings = Settings(organisations=tuple(organisations), listener=listener)
    if not (folder / API_KEY).exists():
        await set_up("audiohook.example.com", settings, folder)
        write_secret(folder / "client-secret", "secret-of-this-test")
    return GatewayOptions(settings, folder, drain_s=0.3)


def hook_of(folder: Path, address: str) -> Hook:
    key, secret = read_secret(folder / API_KEY) or "", read_secret(folder / CLIENT_SECRET) or ""
    return Hook("ws" + address.removeprefix("http") + "/audiohook", key, base64.b64decode(secret))


async def test_two_consoles_with_different_queues_hear_only_theirs(tmp_path: Path) -> None:
    script = load_script(CALLS / "legal-threat.toml")
    sounds = await asyncio.to_thread(pcmu_of, script)
    said: list[str] = []
    async with organisation() as (part, acme), serving(await options(tmp_path, [acme]), said.append) as doors:
        token = read_secret(tmp_path / CONSOLE_TOKEN) or ""
        async with consoles(doors.address, token, "queue-billing", "queue-sales") as (billing, sales):
            for call, facts in ((C1, BILLING), (C2, SALES)):
                part.appeared(call, facts, NOW_MS)
            async with asyncio.TaskGroup() as group:
                hook = hook_of(tmp_path, doors.address)
                playing = [
                    group.create_task(play_script(hook, script, call, sounds=sounds), name=call) for call in (C1, C2)
                ]
                state = await billing.until(lambda s: s.segments_final >= 2)
                assert [view.facts.agent_name for view in state.live] == ["Dana"]
                state = await sales.until(lambda s: s.segments_final >= 2)
                assert [view.facts.queue_name for view in state.live] == ["Sales"]
                for stream in playing:
                    stream.cancel()
    assert not [line for line in said if "Dana" in line or C1 in line or token in line]


async def test_a_gateway_that_is_restarted_mid_call_is_found_again_by_itself(tmp_path: Path) -> None:
    script = load_script(CALLS / "legal-threat.toml")
    sounds = await asyncio.to_thread(pcmu_of, script)
    first = await options(tmp_path)
    async with contextlib.AsyncExitStack() as stack:
        async with serving(first, lambda line: None) as doors, asyncio.TaskGroup() as group:
            address, hook = doors.address, hook_of(tmp_path, doors.address)
            token = read_secret(tmp_path / CONSOLE_TOKEN) or ""
            (console,) = await stack.enter_async_context(consoles(address, token, ""))
            playing = group.create_task(play_script(hook, script, C1, sounds=sounds), name=C1)
            before = (await console.until(lambda s: s.segments_final >= 1)).segments_final
            playing.cancel()
        await console.until(lambda s: s.links["gateway"].state is LinkState.RETRYING)
        port = int(address.rpartition(":")[2])
        again = replace(first, settings=replace(first.settings, listener=Listener("127.0.0.1", port)))
        async with serving(again, lambda line: None), asyncio.TaskGroup() as group:
            # the platform dials again, as it does after a loss
            playing = group.create_task(play_script(hook, script, C1, sounds=sounds), name=C1)
            state = await console.until(lambda s: s.segments_final > before)
            assert list(state.calls) == [C1]
            playing.cancel()


async def test_a_call_that_nobody_watches_is_paused_and_goes_on_once_somebody_does(tmp_path: Path) -> None:
    script = load_script(CALLS / "happy-order.toml")
    sounds = await asyncio.to_thread(pcmu_of, script)
    async with serving(await options(tmp_path), lambda line: None) as doors, asyncio.TaskGroup() as group:
        hook = hook_of(tmp_path, doors.address)
        playing = group.create_task(play_script(hook, script, C1, sounds=sounds), name=C1)
        async with asyncio.timeout(PATIENCE_S):
            while not [call for call in doors.audiohook.calls() if call.saving]:
                await asyncio.sleep(0.05)
        async with consoles(doors.address, read_secret(tmp_path / CONSOLE_TOKEN) or "", "") as (console,):
            await console.until(lambda s: s.segments_final >= 1)
            assert doors.audiohook.usage.saved_s > 0
        playing.cancel()


async def test_a_call_that_waits_in_the_queue_is_paused_and_the_console_says_why(tmp_path: Path) -> None:
    said: list[str] = []
    async with organisation() as (part, acme), serving(await options(tmp_path, [acme]), said.append) as doors:
        token = read_secret(tmp_path / CONSOLE_TOKEN) or ""
        async with consoles(doors.address, token, "") as (console,), asyncio.TaskGroup() as group:
            await console.until(lambda s: "Live list: live." in said)
            part.appeared(C1, replace(BILLING, agent_name="", agent_id="", stage=CallStage.QUEUED), NOW_MS)
            client = AudioHookClient(hook_of(tmp_path, doors.address), C1)
            await client.connect()
            await client.open()
            playing = group.create_task(stream(client, bytes(100 * 16_000), seconds=PATIENCE_S), name="the platform")
            waits = PauseReason.WAITING
            state = await console.until(lambda s: C1 in s.calls and s.calls[C1].pauses == {waits})
            assert pausing.pause(waits, state.calls[C1].facts.stage) == "not streamed: waits in the queue"
            assert client.server_paused
            saved = doors.audiohook.usage.saved_s
            part.changed(C1, BILLING, NOW_MS)  # Dana takes it
            state = await console.until(lambda s: not s.calls[C1].pauses)
            assert state.calls[C1].facts.agent_name == "Dana"
            assert doors.audiohook.usage.saved_s > saved
            assert not client.server_paused
            playing.cancel()
        assert client.violations == []


@pytest.mark.parametrize("name", [API_KEY, CONSOLE_TOKEN])
async def test_a_missing_or_readable_secret_is_named(tmp_path: Path, name: str) -> None:
    wanted = await options(tmp_path)
    (tmp_path / name).chmod(0o644)
    with pytest.raises(SettingInvalid, match=f"{name}: can be read by others.*chmod 600"):
        async with serving(wanted, lambda line: None):
            pass
    (tmp_path / name).unlink()
    with pytest.raises(SettingInvalid, match=r"Run: sidetone gateway --set-up HOST"):
        async with serving(wanted, lambda line: None):
            pass


def test_plain_text_is_not_offered_to_the_network_and_words_come_instead_of_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(listener=Listener("0.0.0.0", 0))
    assert gateway_command(GatewayOptions(settings, tmp_path), "audiohook.example.com") == 0
    with pytest.raises(SettingInvalid, match="Add --replace"):
        gateway_command(GatewayOptions(settings, tmp_path), "audiohook.example.com")
    assert gateway_command(GatewayOptions(settings, tmp_path), "audiohook.example.com", replacing=True) == 0
    told = capsys.readouterr().out
    assert "wss://audiohook.example.com/audiohook" in told
    assert " 1. " in told
    with pytest.raises(SettingInvalid, match="in the clear"):
        gateway_command(GatewayOptions(settings, tmp_path), None)


async def test_document_d_is_served_on_the_same_port_and_leaves_its_results(tmp_path: Path) -> None:
    secrets, results = tmp_path / "secrets", tmp_path / "results"
    wanted = replace(await options(secrets), serve_analytics=True, results=results)
    with pytest.raises(SettingInvalid, match="analytics-keys: is not kept"):
        async with serving(wanted, lambda line: None):
            pass
    write_secret(secrets / "analytics-keys", "a-key-of-sixteen-letters")
    mix = mono_mix(load_script(CALLS / "legal-threat.toml"))[: 12_000 * BYTES_PER_MS]
    async with serving(wanted, lambda line: None) as doors:
        url = "ws" + doors.address.removeprefix("http") + "/api/v2/speech-analytics"
        for sessions in (1, 2, 3, 4):  # a machine that has other things to do hears too little at first
            client = SpeechClient(url, "a-key-of-sixteen-letters", speed=0)
            answers = await client.stream(f"session-{sessions}", mix)
            if answers.analysis is not None:
                break
    assert answers.texts
    assert answers.analysis is not None
    (table,) = results.glob("results-*.csv")
    with table.open(newline="", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == sessions


def test_sigterm_ends_the_headless_gateway_in_order(tmp_path: Path) -> None:
    asyncio.run(set_up("audiohook.example.com", Settings(), tmp_path / "secrets"))
    save(Settings(listener=Listener("127.0.0.1", 0)), tmp_path / "sidetone" / "settings.toml")
    command = [sys.executable, "-m", "desktop", "gateway", "--credentials", str(tmp_path / "secrets")]
    env = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path)}
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        while "Listening at" not in (line := process.stdout.readline()):
            assert line, "it ended by itself"
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, err) == (0, "")
    assert "0 sessions are asked to move on" in out


async def test_at_the_end_consoles_and_sessions_hear_a_goodbye(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    wanted = replace(await options(secrets), serve_analytics=True, results=tmp_path / "results")
    write_secret(secrets / "analytics-keys", "a-key-of-sixteen-letters")
    mix = mono_mix(load_script(CALLS / "legal-threat.toml"))
    async with contextlib.AsyncExitStack() as stack:
        doors = await stack.enter_async_context(serving(wanted, lambda line: None))
        base = "ws" + doors.address.removeprefix("http")
        token = read_secret(secrets / CONSOLE_TOKEN) or ""
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
            headers = {"Authorization": f"Bearer {token}"}
            async with session.get(f"{doors.address}/api/v2/audioconnector/connections", headers=headers) as reply:
                uri = (await reply.json())["uri"]
            console = await session.ws_connect(uri)
            client = SpeechClient(f"{base}/api/v2/speech-analytics", "a-key-of-sixteen-letters", speed=1.0)

            async def speak() -> int:
                try:
                    return (await client.stream("session-1", mix)).close_code or 0
                except ExceptionGroup as problems:
                    (closed,) = problems.exceptions
                    assert isinstance(closed, ConnectionClosed)
                    return closed.rcvd.code if closed.rcvd else 1006

            speaking = group.create_task(speak(), name="document D")
            await asyncio.sleep(2.0)
            await stack.aclose()
            goodbye = await console.receive()
            assert (goodbye.type, goodbye.data) == (aiohttp.WSMsgType.CLOSE, 1001)
            assert await speaking == 1001
    assert len(list((tmp_path / "results").glob("results-*.csv"))) == 1


async def test_behind_tls_consoles_are_sent_to_tls(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "both.pem"))
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(str(tmp_path / "chain.pem"))
    certificate.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    wanted = await options(tmp_path / "secrets")
    listener = Listener("127.0.0.1", 0, certificate=str(tmp_path / "chain.pem"), private_key=str(tmp_path / "key.pem"))
    wanted = replace(wanted, settings=replace(wanted.settings, listener=listener))
    context = ssl.create_default_context()
    authority.configure_trust(context)
    token = read_secret(tmp_path / "secrets" / CONSOLE_TOKEN) or ""
    headers = {"Authorization": f"Bearer {token}"}
    async with serving(wanted, lambda line: None) as doors, aiohttp.ClientSession() as session:
        where = f"{doors.address}/api/v2/audioconnector/connections"
        async with session.get(where, headers=headers, ssl=context) as reply:
            assert (await reply.json())["uri"].startswith("wss://127.0.0.1:")
            assert "Strict-Transport-Security" in reply.headers


def test_systemds_credentials_may_have_an_access_list_and_nobody_elses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_secret(tmp_path / "token", "x")
    (tmp_path / "token").chmod(0o440)
    with pytest.raises(SettingInvalid, match="can be read by others"):
        read_secret(tmp_path / "token")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert read_secret(tmp_path / "token") == "x"
    (tmp_path / "token").chmod(0o444)
    with pytest.raises(SettingInvalid, match="can be read by others"):
        read_secret(tmp_path / "token")
