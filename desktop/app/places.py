"""Where calls come from: the settings' connections, or the built-in simulator on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import urllib.request
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Protocol

from desktop.app.place import Place
from desktop.app.tokens import FixedToken, SessionSecrets
from desktop.bundled import resources_folder
from desktop.domain.errors import SettingInvalid
from desktop.domain.updates import LinkDescribed
from desktop.engine.links import Connection
from desktop.settings import model
from desktop.settings.model import Organisation, SourceKind
from desktop.settings.secrets import SecretStore
from desktop.settings.store import default_path, load
from desktop.simulator.organisation import BOTS, CLIENT
from desktop.simulator.process import Orders, SimulatorProcess
from desktop.sources.audio_connector import AudioConnectorSource
from desktop.sources.audio_connector_config import AudioConnectorConfig

SIMULATED = "Simulator"
VIA = ("audio", "list", "text", "analytics", "bots")
"""Ways by which the simulator's calls may come; `list` names calls that `audio` brings, `text` brings words as well."""
BROWSER_S = 20.0
EARS_S, LOOK_S = 20.0, 0.05


class Wanted(Protocol):
    """The command line's part of it."""

    @property
    def play(self) -> str | None: ...
    @property
    def calls(self) -> int: ...
    @property
    def seed(self) -> int: ...
    @property
    def speed(self) -> float: ...
    @property
    def files(self) -> tuple[Path, ...]: ...
    @property
    def via(self) -> tuple[str, ...]: ...


@contextlib.asynccontextmanager
async def find_places(wanted: Wanted, open_browser: Callable[[str], bool]) -> AsyncIterator[Place]:
    """Open what the command line asked for; a simulator lives as long as the context."""
    if wanted.play is None:
        path = default_path()
        settings = load(path)
        yield Place(
            SecretStore(),
            open_browser,
            settings.organisations,
            settings.connections,
            listener=settings.listener,
            path=path,
        )
        return
    orders = Orders(resources_folder() / "calls", wanted.calls, wanted.seed, wanted.speed, wanted.files, waits=True)
    async with SimulatorProcess(orders) as floor:
        place = simulated_place(floor, wanted.via)
        place.begin = floor.begin
        yield place


class Ears(Protocol):
    """What hears: so many of these workers have loaded their recogniser."""

    @property
    def ready(self) -> int: ...
    @property
    def slots(self) -> Sequence[object]: ...


async def begin_when_heard(begin: Callable[[], None], ears: Ears) -> None:
    """A simulated floor's first words are not lost on workers that still load; nor does it wait for them for ever."""
    for _ in range(round(EARS_S / LOOK_S)):
        if ears.ready >= len(ears.slots):
            break
        await asyncio.sleep(LOOK_S)
    begin()


def simulated_place(floor: SimulatorProcess, via: tuple[str, ...]) -> Place:
    """Connections to a simulator that is listening. SettingInvalid names an unknown way."""
    if unknown := [way for way in via if way not in VIA]:
        raise SettingInvalid("--via", f"{unknown[0]} is unknown", f"Use one or more of {', '.join(VIA)}.")
    ready = []
    if "audio" in via:
        config = AudioConnectorConfig(name="Audio stream", base_url=floor.base_url, region="built-in")
        audio = AudioConnectorSource(config, FixedToken(floor.token))
        ready.append(Connection(audio, audio, None, LinkDescribed(audio.name, "Built-in simulator", SIMULATED)))
    kinds = [(name, kind) for way, name, kind in _BY_SIGN_IN if way in via]
    return Place(
        SessionSecrets(),
        simulated_person,
        (simulated_organisation(floor.platform_url),) if kinds else (),
        tuple(
            model.Connection(
                name, kind=kind, organisation=SIMULATED, transcripts="text" in via, bot_ids=BOTS, engine_url=""
            )
            for name, kind in kinds
        ),
        ready,
        sign_in_first=True,
    )


_BY_SIGN_IN = (
    ("list", "Live list", SourceKind.NOTIFICATIONS),
    ("text", "Live list and text", SourceKind.NOTIFICATIONS),
    ("analytics", "Analytics socket", SourceKind.ANALYTICS),
    ("bots", "Bot events", SourceKind.BOTS),
)


def simulated_organisation(platform_url: str) -> Organisation:
    """The organisation behind a simulated platform's address; a person signs in to it."""
    streaming = "ws" + platform_url.removeprefix("http")
    return Organisation(
        SIMULATED,
        region="built-in",
        client_id=CLIENT,
        login_url=platform_url,
        api_url=platform_url,
        streaming_url=streaming,
    )


def simulated_person(address: str) -> bool:
    """Stands in for a supervisor with a browser: follows the simulator's sign-in page, which agrees by itself."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def follow() -> None:
        with contextlib.suppress(ValueError, OSError), opener.open(address, timeout=BROWSER_S) as page:
            page.read()

    threading.Thread(target=follow, name="simulated person", daemon=True).start()
    return True
