"""The speech service of a running console: tested when asked, used only if it answers; its key goes to the keyring."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from desktop.app.catalog import RecogniserChoice
from desktop.app.engine_choice import engine_of
from desktop.app.model_desk import ModelDesk, drop
from desktop.app.telling import BROKE, SESSION_ONLY, Notice
from desktop.domain.errors import SidetoneError
from desktop.domain.finding import Level
from desktop.domain.ports import SecretKeeper
from desktop.domain.speech_service import KeyPlace, ServiceAddress, ServiceStanding, ServiceTested, ServiceWork
from desktop.recognition.speech_service_probe import tested
from desktop.settings.checks import check_recognition
from desktop.settings.model import EngineKind, Recognition
from desktop.settings.secrets import SPEECH_SERVICE_KEY
from desktop.sources.trust import client_context
from desktop.ui.recognition_desk import RecognitionDesk

NAME = "The speech service"


@dataclass(slots=True, weakref_slot=True, eq=False)  # Qt keeps its methods by weak reference
class ServiceDesk:
    """`run` lives as long as the console does. One wish at a time. `kept` False: a demo, whose secrets stay in memory.

    `models` knows what is in force and changes it.
    """

    models: ModelDesk
    secrets: SecretKeeper
    show: Callable[[ServiceStanding], None]
    notice: Notice
    kept: bool = True
    _key: KeyPlace = KeyPlace.UNKNOWN
    _work: ServiceWork | None = None
    _job: asyncio.Task[tuple[ServiceTested | None, str]] | None = None
    _looking: asyncio.Task[None] | None = None
    _group: asyncio.TaskGroup | None = None
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Until cancelled; a test that goes on then is given up."""
        async with asyncio.TaskGroup() as self._group:
            self._tell()
            await self._over.wait()

    def look(self) -> None:
        """Somebody brought the page up: another engine may be in force, another key in the keyring."""
        if self._group is not None and self._job is None and self._looking is None:
            self._looking = self._group.create_task(self._look(), name="speech service's key")

    def test(self, address: ServiceAddress, key: str) -> None:
        """Whether it would hear us; `key` "": the kept one."""
        self._start(self._test(address, key))

    def use(self, address: ServiceAddress, key: str) -> None:
        """It hears from now on, if it passes the test."""
        self._start(self._use(address, key))

    def cancel(self) -> None:
        """The person doesn't want to wait for a test."""
        if self._job is not None and self._work is ServiceWork.TESTING:
            self._job.cancel()

    # ---- inside --------------------------------------------------------------------------------------------------

    async def _look(self) -> None:
        try:
            choice = await engine_of(replace(self.models.recognition, engine=EngineKind.SPEECH_SERVICE), self.secrets)
        finally:
            self._looking = None
        self._key = self._place(kept=self.secrets.persistent) if choice.api_key else KeyPlace.NOWHERE
        if self._job is None:
            self._tell()

    async def _test(self, address: ServiceAddress, key: str) -> ServiceTested:
        _, found = await self._tried(address, key)
        return found

    async def _use(self, address: ServiceAddress, key: str) -> ServiceTested:
        choice, found = await self._tried(address, key)
        if found.trouble is not None:
            return found
        self._work = ServiceWork.SWITCHING
        self._tell()
        stored = not key or await self.secrets.put(SPEECH_SERVICE_KEY, key)
        if key:
            self._key = self._place(kept=stored)
        await self.models.adopt(choice, NAME)
        if not stored:
            self.notice(SESSION_ONLY, Level.WARN)
        return found

    async def _tried(self, address: ServiceAddress, key: str) -> tuple[RecogniserChoice, ServiceTested]:
        """SettingInvalid names what can't be used."""
        wanted = recognition_of(address, self.models.recognition)
        check_recognition(wanted)
        await asyncio.to_thread(client_context, address.ca_file)
        choice = RecogniserChoice(wanted, key) if key else await engine_of(wanted, self.secrets)
        return choice, await tested(choice.service)

    def _place(self, *, kept: bool) -> KeyPlace:
        return KeyPlace.KEYRING if kept and self.kept else KeyPlace.SESSION

    def _start(self, work: Awaitable[ServiceTested]) -> None:
        assert self._group is not None, "run first"
        if self._job is not None:
            drop(work)
            return
        self._work = ServiceWork.TESTING
        self._job = self._group.create_task(self._told(work), name="speech service")
        self._job.add_done_callback(lambda job: self._ended(job, work))  # one that is cancelled at once never begins
        self._tell()

    def _ended(self, job: asyncio.Task[tuple[ServiceTested | None, str]], work: Awaitable[ServiceTested]) -> None:
        drop(work)
        self._work = self._job = None
        self._tell(*((None, "") if job.cancelled() else job.result()))

    async def _told(self, work: Awaitable[ServiceTested]) -> tuple[ServiceTested | None, str]:
        """What was found, and what went wrong."""
        try:
            return await work, ""
        except SidetoneError as error:
            return None, str(error)
        except Exception as error:  # its text may carry anything, the key as well
            return None, BROKE.format(kind=type(error).__name__)

    def _tell(self, found: ServiceTested | None = None, problem: str = "") -> None:
        now = self.models.recognition
        address = ServiceAddress(now.service_url, now.language, now.service_proxy, now.service_ca_file)
        self.show(ServiceStanding(address, self._key, self._work, found, problem))


def recognition_of(address: ServiceAddress, before: Recognition) -> Recognition:
    """The settings that use this service."""
    return replace(
        before,
        engine=EngineKind.SPEECH_SERVICE,
        model="",
        language=address.language,
        service_url=address.url,
        service_proxy=address.proxy,
        service_ca_file=address.ca_file,
    )


def service_desk_for(
    page: RecognitionDesk, models: ModelDesk, secrets: SecretKeeper, notice: Notice, *, kept: bool
) -> ServiceDesk:
    """Does what the form on the window's Recognition page asks for."""
    desk = ServiceDesk(models, secrets, page.show_service, notice, kept)
    page.looked_at.connect(desk.look)
    page.service_test_asked.connect(desk.test)
    page.service_use_asked.connect(desk.use)
    page.service_cancelled.connect(desk.cancel)
    return desk
