"""`sidetone gateway`: headless. Ends AudioHook and the HTTPS ingest, offers what it hears to any number of consoles.

SIGTERM: calls are asked to move on (`reconnect`), consoles are sent away, what is under way is finished, then it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from desktop.app.accounts import Desk, open_account
from desktop.app.analytics_service import AnalyticsService
from desktop.app.catalog import Means, make_connection
from desktop.app.doors import API_KEY, CLIENT_SECRET, Doors, make_doors
from desktop.domain.errors import SettingInvalid, SidetoneError
from desktop.domain.events import LinkChanged, LinkFound, SourceEvent
from desktop.domain.finding import Level
from desktop.domain.ports import SecretKeeper
from desktop.domain.sign_in import SignIn
from desktop.gateway.audio_connector import AudioConnectorGateway
from desktop.gateway.bridge import Bridge
from desktop.gateway.config import GatewayConfig
from desktop.gateway.server import Mounted
from desktop.protocols.provisioning_setup import AudioHookSetup, make_setup
from desktop.settings import model
from desktop.settings.credentials import CredentialsFolder, write_secret
from desktop.settings.model import Settings, SignInKind, SourceKind
from desktop.settings.secrets import SecretStore

LINK = "AudioHook"
PREFIX = "gateway/"
CONSOLE_TOKEN = "console-token"
ANALYTICS_KEYS = "analytics-keys"
DRAIN_S = 30.0
TICK_S = 1.0
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """What the command line asked for. `credentials` None: the keyring."""

    settings: Settings
    credentials: Path | None = None
    serve_analytics: bool = False
    results: Path | None = None
    seconds: float | None = None
    drain_s: float = DRAIN_S  # how long calls are given to move on


def keeper_of(credentials: Path | None) -> SecretKeeper:
    """Where the gateway's secrets are."""
    return SecretStore() if credentials is None else CredentialsFolder(credentials)


async def set_up(host: str, settings: Settings, credentials: Path | None) -> AudioHookSetup:
    """New secrets, kept; what an administrator must enter. SettingInvalid when they can't be kept."""
    made = make_setup(host, settings.listener.path, secrets.token_bytes(24), secrets.token_bytes(32))
    wanted = {API_KEY: made.api_key, CLIENT_SECRET: made.client_secret, CONSOLE_TOKEN: secrets.token_urlsafe(32)}
    if credentials is not None:
        for name, secret in wanted.items():
            await asyncio.to_thread(write_secret, credentials / name, secret)
        return made
    store = SecretStore()
    for name, secret in wanted.items():
        if not await store.put(PREFIX + name, secret):
            hint = "Name a folder for them: --credentials /etc/sidetone/credentials"
            raise SettingInvalid("keyring", "this machine has no usable keyring", hint)
    return made


async def run_gateway(options: GatewayOptions, say: Say = lambda line: print(line, flush=True)) -> int:
    """Serve until SIGTERM, SIGINT or the time asked for; the exit status."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(name, stop.set)
    if options.seconds is not None:
        loop.call_later(options.seconds, stop.set)
    async with serving(options, say) as doors:
        await stop.wait()
        say(f"Ending: {doors.audiohook.sessions} sessions are asked to move on.")
    return 0


@contextlib.asynccontextmanager
async def serving(options: GatewayOptions, say: Say) -> AsyncIterator[Doors]:
    """A gateway that is open as long as the context."""
    keeper = keeper_of(options.credentials)
    token = await keeper.get(PREFIX + CONSOLE_TOKEN)
    if not token:
        raise SettingInvalid(CONSOLE_TOKEN, "is not kept", "Run: sidetone gateway --set-up HOST")
    gateway = AudioConnectorGateway(GatewayConfig(access_token=token, public_url=_public(options.settings)))
    bridge = Bridge(gateway, frozenset({LINK, f"{LINK} (HTTPS)"}))

    def deliver(event: SourceEvent) -> None:
        bridge.deliver(event)
        _tell(event, say)

    others: list[Mounted] = [gateway]
    async with contextlib.AsyncExitStack() as stack:
        if options.serve_analytics:
            others.append(await stack.enter_async_context(_analytics(options, keeper)))
        listener = options.settings.listener
        saving = listener.pause_unwatched
        doors = await make_doors(LINK, listener, keeper, PREFIX, deliver, others, start_paused=saving)
        if saving:
            bridge.watch, bridge.talking = doors.audiohook.watch, doors.audiohook.talking
        async with asyncio.TaskGroup() as group:
            say(f"Listening at {await doors.open()}; AudioHook at {listener.path}")
            jobs = [
                group.create_task(_ticks(bridge), name="ticks"),
                group.create_task(doors.run(), name="ingest"),
            ]
            if listener.organisation:
                jobs.append(group.create_task(_live_list(options, keeper, deliver, say), name="live list"))
            try:
                yield doors
            finally:
                await doors.close(options.drain_s if doors.audiohook.sessions else 0.0)
                bridge.close()
                await gateway.close()
                for job in jobs:
                    job.cancel()


async def _ticks(bridge: Bridge) -> None:
    while True:
        await asyncio.sleep(TICK_S)
        bridge.tick()


async def _live_list(
    options: GatewayOptions, keeper: SecretKeeper, deliver: Callable[[SourceEvent], None], say: Say
) -> None:
    """Agent and queue of a conversation, from the organisation that sends the sound."""
    wanted = options.settings.listener.organisation
    organisation = next((o for o in options.settings.organisations if o.name == wanted), None)
    if organisation is None:
        raise SettingInvalid("listener.organisation", "names no organisation", "Add it under [[organisations]] first.")
    if organisation.sign_in is SignInKind.PERSON:
        hint = "Use a service (client credentials): a gateway has no browser."
        raise SettingInvalid(f"organisations.{wanted}.sign_in", "needs a person", hint)

    def changed(sign_in: SignIn) -> None:
        say(f"Sign-in of {sign_in.organisation}: {sign_in.state.value}. {sign_in.detail}".rstrip())

    account = open_account(
        organisation, Desk(keeper, changed, lambda address: False, lambda organisation, address: None)
    )
    setting = model.Connection("Live list", kind=SourceKind.NOTIFICATIONS, organisation=wanted, transcripts=False)
    means = Means(account.keeper, keeper, account.ssl_context, account)
    async with asyncio.TaskGroup() as group:
        group.create_task(account.keeper.run(), name="sign-in")
        group.create_task(make_connection(setting, means).source.run(deliver), name="live list source")


@contextlib.asynccontextmanager
async def _analytics(options: GatewayOptions, keeper: SecretKeeper) -> AsyncIterator[AnalyticsService]:
    keys = (await keeper.get(PREFIX + ANALYTICS_KEYS) or "").split()
    if not keys:
        hint = "Put one key a line, of 16 or more characters, into that secret."
        raise SettingInvalid(ANALYTICS_KEYS, "is not kept", hint)
    folder = options.results or Path.cwd() / "results"
    service = AnalyticsService(keys, folder, workers=options.settings.workers or os.cpu_count() or 1)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(service.run(), name="analytics service")
        await service.start()
        try:
            yield service
        finally:
            await service.close()
            running.cancel()


def _tell(event: SourceEvent, say: Say) -> None:
    """Connections and findings; never a call's own facts."""
    match event:
        case LinkChanged():
            say(f"{event.link}: {event.state.value}. {event.detail}".rstrip())
        case LinkFound(link, finding) if finding.level is not Level.PASS:
            say(f"{link}: {finding.subject}: {finding.text} {finding.remedy}".rstrip())
        case _:
            pass


def _public(settings: Settings) -> str:
    host = settings.listener.public_host
    return f"wss://{host}" if host else ""


def gateway_command(options: GatewayOptions, host: str | None) -> int:
    """The command line's entry: set up or serve."""
    try:
        if host is None:
            return asyncio.run(run_gateway(options))
        made = asyncio.run(set_up(host, options.settings, options.credentials))
    except BaseExceptionGroup as problems:
        for problem in _known(problems):
            print(f"sidetone: {problem}", file=sys.stderr)
            return 2
        raise
    print(
        f"Connection URI  {made.connection_uri}\nAPI key         {made.api_key}\nClient secret   {made.client_secret}"
    )
    for number, step in enumerate(made.steps, 1):
        print(f"{number:>2}. {step}")
    return 0


def _known(problems: BaseExceptionGroup) -> list[SidetoneError]:
    found, _ = problems.split(SidetoneError)
    flat: list[SidetoneError] = []

    def collect(group: BaseExceptionGroup) -> None:
        for each in group.exceptions:
            if isinstance(each, BaseExceptionGroup):
                collect(each)
            elif isinstance(each, SidetoneError):
                flat.append(each)

    if found is not None:
        collect(found)
    return flat
