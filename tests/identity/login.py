"""A simulated login, a keyring in memory, and an organisation that signs in there."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from desktop.domain.sign_in import SignIn, SignInState
from desktop.identity.build import Surroundings, pasted_keeper, person_keeper, service_keeper
from desktop.identity.config import SignInConfig, documents, genesys
from desktop.identity.keeper import TokenKeeper
from desktop.identity.vault import secret_name
from desktop.simulator.platform import SimulatedPlatform
from desktop.simulator.sign_in import SignInPart
from desktop.simulator.token_office import TokenOffice

SECRET = "planted-client-secret"
CLIENTS = {"service": SECRET, "public": ""}


@dataclass
class MemoryKeyring:
    """A SecretKeeper."""

    held: dict[str, str] = field(default_factory=dict)
    persistent: bool = True

    async def get(self, name: str) -> str | None:
        return self.held.get(name)

    async def put(self, name: str, secret: str) -> bool:
        self.held[name] = secret
        return self.persistent

    async def forget(self, name: str) -> None:
        self.held.pop(name, None)


@dataclass
class Login:
    """One platform, and what its keepers said."""

    platform: SimulatedPlatform
    part: SignInPart
    office: TokenOffice
    keyring: Any = field(default_factory=MemoryKeyring)
    said: list[SignIn] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    now: float | None = None  # the wall clock, if it is not the machine's

    def clock(self) -> float:
        return time.time() if self.now is None else self.now

    @property
    def state(self) -> SignInState:
        return self.said[-1].state

    @property
    def detail(self) -> str:
        return self.said[-1].detail

    def config(self, client: str = "service", organisation: str = "Acme", scopes: str = "") -> SignInConfig:
        base = self.platform.base_url
        if self.part.documents:
            return documents(organisation, "example.test", client, scopes=scopes, login_url=base, api_url=base)
        return genesys(organisation, "example.test", client, login_url=base, api_url=base)

    def around(self) -> Surroundings:
        return Surroundings(self.keyring, self.said.append, None, self.clock, lambda: 0.0)

    async def service(self, organisation: str = "Acme", scopes: str = "") -> TokenKeeper:
        await self.keyring.put(secret_name(organisation), SECRET)
        return service_keeper(self.config(organisation=organisation, scopes=scopes), self.around())

    def person(self, browser: Callable[[str], bool], organisation: str = "Acme", patience_s: float = 20) -> TokenKeeper:
        return person_keeper(self.config("public", organisation), self.around(), browser, self.shown.append, patience_s)

    def pasted(self) -> TokenKeeper:
        return pasted_keeper(self.config(""), self.around())

    async def until(self, state: SignInState) -> SignIn:
        """Wait until a keeper says so."""
        async with asyncio.timeout(20):
            while not self.said or self.state is not state:
                await asyncio.sleep(0.005)
        return self.said[-1]


@contextlib.asynccontextmanager
async def login(*, dialect_of_documents: bool = False, keyring: Any = None) -> AsyncIterator[Login]:
    """Listens until the test is over."""
    office = TokenOffice()
    part = SignInPart(office, dict(CLIENTS), documents=dialect_of_documents)
    platform = SimulatedPlatform([part])
    await platform.start()
    try:
        yield Login(platform, part, office, MemoryKeyring() if keyring is None else keyring)
    finally:
        await platform.close()


class Browser:
    """What a person's browser does with the address: fetch it and follow. Joined at the end of the test."""

    def __init__(self, group: asyncio.TaskGroup, *, before: Callable[[str], Any] | None = None) -> None:
        self._group = group
        self._before = before
        self.pages: list[tuple[int, str]] = []
        self.urls: list[str] = []

    def __call__(self, url: str) -> bool:
        self.urls.append(url)
        self._group.create_task(self._visit(url), name="browser")
        return True

    async def _visit(self, url: str) -> None:
        async with aiohttp.ClientSession() as session:
            if self._before is not None:
                await self._before(url)
            async with session.get(url) as response:
                self.pages.append((response.status, await response.text()))


@contextlib.asynccontextmanager
async def running(keeper: TokenKeeper) -> AsyncIterator[None]:
    """Its proactive life, for the time of the block."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(keeper.run(), name="keeper")
        yield
        task.cancel()
