"""`sidetone gateway`: headless. Ends AudioHook and the HTTPS ingest, offers what it hears to any number of consoles.

SIGHUP: certificate, AudioHook keys and allowed addresses are read again; calls go on.
SIGTERM: calls are asked to move on (`reconnect`), consoles are sent away, what is under way is finished, then it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path

from desktop.app.accounts import Desk, open_account
from desktop.app.analytics_service import AnalyticsService
from desktop.app.catalog import Means, make_connection
from desktop.app.doors import API_KEY, CLIENT_SECRET, Doors, make_doors
from desktop.app.spokesman import Say, Spokesman
from desktop.app.supervision import ALIVE, READY, STOPPING, report
from desktop.domain.errors import SettingInvalid, SidetoneError
from desktop.domain.events import SourceEvent
from desktop.domain.listener import TranscriptsBack
from desktop.domain.ports import Deliver, SecretKeeper
from desktop.domain.sign_in import SignIn
from desktop.gateway.audio_connector import AudioConnectorGateway
from desktop.gateway.bridge import Bridge
from desktop.gateway.config import GatewayConfig
from desktop.gateway.hardening import secure
from desktop.gateway.server import Mounted
from desktop.gateway.speech_service import SHORTEST_KEY
from desktop.protocols.address_ranges import parse_networks
from desktop.protocols.provisioning_setup import AudioHookSetup, make_setup
from desktop.settings import model
from desktop.settings.credentials import CredentialsFolder, write_secret
from desktop.settings.model import Settings, SignInKind, SourceKind
from desktop.settings.secrets import SecretStore
from desktop.settings.store import default_path, load

LINK = "AudioHook"
PREFIX = "gateway/"
CONSOLE_TOKEN = "console-token"
ANALYTICS_KEYS = "analytics-keys"
DRAIN_S = 30.0
TICK_S = 1.0
USAGE_EVERY_S = 300.0
LIVE_LIST = "Live list"


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """What the command line asked for. `credentials` None: the keyring."""

    settings: Settings
    credentials: Path | None = None
    serve_analytics: bool = False
    results: Path | None = None
    seconds: float | None = None
    drain_s: float = DRAIN_S  # how long calls are given to move on
    reread: Callable[[], Settings] | None = None  # the settings as they are later


def keeper_of(credentials: Path | None) -> SecretKeeper:
    """Where the gateway's secrets are."""
    return SecretStore() if credentials is None else CredentialsFolder(credentials)


async def set_up(
    host: str, settings: Settings, credentials: Path | None, *, replacing: bool = False
) -> tuple[AudioHookSetup, str]:
    """New secrets, kept: what an administrator enters, and the consoles' token. SettingInvalid when they can't be."""
    if not replacing and await keeper_of(credentials).get(PREFIX + API_KEY):
        hint = "Add --replace to make new ones: the platform and every console must then be told."
        raise SettingInvalid("--set-up", "has been done: there are secrets already", hint)
    made = make_setup(host, settings.listener.path, secrets.token_bytes(24), secrets.token_bytes(32))
    wanted = {API_KEY: made.api_key, CLIENT_SECRET: made.client_secret, CONSOLE_TOKEN: secrets.token_urlsafe(32)}
    if credentials is not None:
        for name, secret in wanted.items():
            await asyncio.to_thread(write_secret, credentials / name, secret)
        return made, wanted[CONSOLE_TOKEN]
    store = SecretStore()
    for name, secret in wanted.items():
        if not await store.put(PREFIX + name, secret):
            hint = "Name a folder for them: --credentials /etc/sidetone/credentials"
            raise SettingInvalid("keyring", "this machine has no usable keyring", hint)
    return made, wanted[CONSOLE_TOKEN]


async def run_gateway(options: GatewayOptions, say: Say = lambda line: print(line, flush=True)) -> int:
    """Serve until SIGTERM, SIGINT or the time asked for; the exit status."""
    stop, hung_up = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(name, stop.set)
    if sys.platform != "win32":
        loop.add_signal_handler(signal.SIGHUP, hung_up.set)
    if options.seconds is not None:
        loop.call_later(options.seconds, stop.set)
    async with serving(options, say, hung_up):
        report(READY)
        await stop.wait()
        report(STOPPING)
        for name in (signal.SIGINT, signal.SIGTERM):  # the second one doesn't wait for anybody
            with contextlib.suppress(NotImplementedError):
                loop.remove_signal_handler(name)
    return 0


@contextlib.asynccontextmanager
async def serving(options: GatewayOptions, say: Say, hung_up: asyncio.Event | None = None) -> AsyncIterator[Doors]:
    """A gateway that is open as long as the context; `hung_up` asks it to read again what may change."""
    if options.settings.listener.transcripts_back is not TranscriptsBack.OFF:
        hint = "Set it to off here. A workstation that listens itself (Add connection > AudioHook) can send them."
        raise SettingInvalid("listener.transcripts_back", "needs words, and a gateway recognises none", hint)
    keeper = keeper_of(options.credentials)
    token = await keeper.get(PREFIX + CONSOLE_TOKEN)
    if not token:
        raise SettingInvalid(CONSOLE_TOKEN, "is not kept", "Run: sidetone gateway --set-up HOST")
    proxies = parse_networks(options.settings.listener.proxies, "proxies")
    gateway = AudioConnectorGateway(
        GatewayConfig(
            access_token=token,
            secure=lambda request: secure(request, proxies),
            public_url=_public(options.settings),
        )
    )
    bridge = Bridge(gateway, frozenset({LINK, f"{LINK} (HTTPS)"}))

    mishaps: Counter[str] = Counter()
    spokesman = Spokesman(say)

    def deliver(event: SourceEvent) -> None:
        """One bad event costs itself."""
        try:
            bridge.deliver(event)
            spokesman.hear(event)
        except Exception as error:  # its text may carry anything
            mishaps[type(error).__name__] += 1
            if mishaps[type(error).__name__] == 1:
                say(f"An event was dropped by an internal error ({type(error).__name__}); further ones are not told.")

    live_list = _live_list(options, keeper, deliver, say) if options.settings.listener.organisation else None
    async with contextlib.AsyncExitStack() as stack:
        others: list[Mounted] = [gateway]
        goodbyes: list[Callable[[], Awaitable[None]]] = []
        if options.serve_analytics:
            analytics = await stack.enter_async_context(_analytics(options, keeper))
            others.append(analytics)
            goodbyes.append(analytics.close)
        listener = options.settings.listener
        saving = listener.pause_unwatched
        doors = await make_doors(LINK, listener, keeper, PREFIX, deliver, others, start_paused=saving)
        if listener.pause_waiting:
            bridge.talking = doors.audiohook.talking
        if saving:
            bridge.watch = doors.audiohook.watch
        async with asyncio.TaskGroup() as group:
            say(f"Listening at {await doors.open()}; AudioHook at {listener.path}")
            jobs = [
                group.create_task(_ticks(bridge, doors, say), name="ticks"),
                group.create_task(doors.run(), name="ingest"),
                group.create_task(_reloads(hung_up or asyncio.Event(), doors, options, say), name="reloads"),
            ]
            if live_list is not None:
                jobs.append(group.create_task(live_list(), name="live list"))
            try:
                yield doors
            finally:
                say(f"Ending: {doors.audiohook.sessions} sessions are asked to move on.")
                await doors.drain(options.drain_s)
                await doors.close([*goodbyes, gateway.close])
                bridge.close()
                for job in jobs:
                    job.cancel()


async def _reloads(hung_up: asyncio.Event, doors: Doors, options: GatewayOptions, say: Say) -> None:
    while True:
        await hung_up.wait()
        hung_up.clear()
        listener = doors.settings
        try:
            listener = listener if options.reread is None else (await asyncio.to_thread(options.reread)).listener
        except (SettingInvalid, OSError) as problem:
            why = problem if isinstance(problem, SettingInvalid) else type(problem).__name__
            say(f"Reloading: the settings before are kept. {why}")
        for line in await doors.reload(listener):
            say(f"Reloading: {line}")


async def _ticks(bridge: Bridge, doors: Doors, say: Say) -> None:
    spoken = 0.0
    while True:
        await asyncio.sleep(TICK_S)
        report(ALIVE)
        bridge.tick()
        spoken += TICK_S
        if spoken >= USAGE_EVERY_S:
            spoken = 0.0
            usage, sessions = doors.audiohook.usage, doors.audiohook.sessions
            minutes = f"{usage.streamed_s / 60:.0f} min streamed, {usage.saved_s / 60:.0f} min saved by pausing"
            say(f"{sessions} sessions; {minutes}; {bridge.dropped} frames dropped, {bridge.complaints} complaints.")


def _live_list(
    options: GatewayOptions, keeper: SecretKeeper, deliver: Deliver, say: Say
) -> Callable[[], Coroutine[None, None, None]]:
    """Agent and queue of a conversation, from the organisation that sends the sound. SettingInvalid before it runs."""
    wanted = options.settings.listener.organisation
    organisation = next((o for o in options.settings.organisations if o.name == wanted), None)
    if organisation is None:
        raise SettingInvalid("listener.organisation", "names no organisation", "Add it under [[organisations]] first.")
    if organisation.sign_in is SignInKind.PERSON:
        hint = "Use a service (client credentials): a gateway has no browser."
        raise SettingInvalid(f"organisations.{wanted}.sign_in", "needs a person", hint)

    def changed(sign_in: SignIn) -> None:
        say(f"Sign-in of {sign_in.organisation}: {sign_in.state.value}. {sign_in.detail}".rstrip())

    account = open_account(organisation, Desk(keeper, changed, lambda address: False, lambda name, address: None))
    setting = model.Connection(LIVE_LIST, kind=SourceKind.NOTIFICATIONS, organisation=wanted, transcripts=False)
    source = make_connection(setting, Means(account.keeper, keeper, account.ssl_context, account)).source

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(account.keeper.run(), name="sign-in")
            group.create_task(source.run(deliver), name="live list source")

    return run


@contextlib.asynccontextmanager
async def _analytics(options: GatewayOptions, keeper: SecretKeeper) -> AsyncIterator[AnalyticsService]:
    keys = (await keeper.get(PREFIX + ANALYTICS_KEYS) or "").split()
    if not keys:
        hint = "Put one key a line, of 16 or more characters, into that secret."
        raise SettingInvalid(ANALYTICS_KEYS, "is not kept", hint)
    if any(len(key) < SHORTEST_KEY for key in keys):
        raise SettingInvalid(ANALYTICS_KEYS, f"holds one of fewer than {SHORTEST_KEY} characters", "Make a longer one.")
    folder = options.results or Path.cwd() / "results"
    service = AnalyticsService(keys, folder, workers=options.settings.workers or os.cpu_count() or 1)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(service.run(), name="analytics service")
        await service.start()
        try:
            yield service
        finally:
            await service.close()  # again, if it has been closed in order
            running.cancel()


def _public(settings: Settings) -> str:
    host = settings.listener.public_host
    return f"wss://{host}" if host else ""


def gateway_command(options: GatewayOptions, host: str | None, *, replacing: bool = False) -> int:
    """The command line's entry: set up or serve."""
    try:
        if host is None:
            return asyncio.run(run_gateway(replace(options, reread=lambda: load(default_path()))))
        made, token = asyncio.run(set_up(host, options.settings, options.credentials, replacing=replacing))
    except BaseExceptionGroup as problems:
        known, others = problems.split(SidetoneError)
        if known is None or others is not None:
            raise
        print(f"sidetone: {_first(known)}", file=sys.stderr)
        return 2
    print(
        f"Connection URI  {made.connection_uri}\nAPI key         {made.api_key}\nClient secret   {made.client_secret}"
    )
    print(f"Console token   {token}   (for: sidetone connect NAME https://{host})")
    for number, step in enumerate(made.steps, 1):
        print(f"{number:>2}. {step}")
    return 0


def _first(problems: BaseExceptionGroup[BaseException]) -> BaseException:
    first: BaseException = problems
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first
