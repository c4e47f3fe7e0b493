"""AudioHook on one workstation: the listener as a source of the console, without a gateway between."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

from desktop.app.doors import Doors, make_doors
from desktop.doctor import listener as self_test
from desktop.domain.errors import SidetoneError
from desktop.domain.events import LinkChanged, LinkFound, LinkMeasured, LinkState, Measure, SourceEvent
from desktop.domain.finding import Finding, Level, Remedy
from desktop.domain.ports import Deliver, SecretKeeper
from desktop.domain.speech import Segment
from desktop.protocols.audiohook_waits import Waits
from desktop.settings.model import Listener
from desktop.sources.trust import client_context

USAGE_EVERY_S = 5.0
WAITS_EVERY_S = 0.5
TEST_EVERY_S = 6 * 3600.0


class ListenerSource:
    """Implements `Source` and `Feedback`. Its secrets are kept under `<name>/...`.

    A call that other connections say is in a menu, in a queue or on hold is paused: nobody needs it here.
    """

    def __init__(
        self, name: str, settings: Listener, secrets: SecretKeeper, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name, self._settings, self._secrets, self._clock = name, settings, secrets, clock
        self._acted = asyncio.Event()
        self._waits = Waits()
        self._doors: Doors | None = None

    @property
    def name(self) -> str:
        return self._name

    def retry(self) -> None:
        """A person has freed the port, or put the certificate right."""
        self._acted.set()

    def told(self, event: SourceEvent) -> None:
        """Another connection named a call, ended one, or changed its own state."""
        self._waits.hear(event, self._clock())

    def said(self, segment: Segment) -> None:
        """What was recognised of a call's sound goes back to the platform, if the settings say so."""
        if self._doors is not None:
            self._doors.audiohook.transcribed(segment)

    async def run(self, deliver: Deliver) -> None:
        """Until cancelled: listen; when that is refused, wait for a person."""
        while True:
            self._acted.clear()
            self._tell(deliver, LinkState.CONNECTING)
            try:
                await self._serve(deliver)
            except SidetoneError as problem:
                deliver(LinkChanged(self._name, "", LinkState.REFUSED, str(problem), action=Remedy.RETRY))
                await self._acted.wait()

    async def _serve(self, deliver: Deliver) -> None:
        doors = await make_doors(self._name, self._settings, self._secrets, f"{self._name}/", deliver)
        await doors.open()
        self._doors = doors
        try:
            async with asyncio.TaskGroup() as group:
                if self._settings.pause_waiting:
                    group.create_task(self._pause_what_waits(doors), name="waits")
                group.create_task(doors.run(), name="ingest")
                group.create_task(self._report(doors, deliver), name="usage")
                group.create_task(self._test_itself(deliver), name="self-test")
        finally:
            self._doors = None
            await doors.close()

    async def _pause_what_waits(self, doors: Doors) -> None:
        for call in self._waits.waiting():  # from before the port was closed for a while
            doors.audiohook.talking(call, False)
        while True:
            for call, talks in self._waits.due(self._clock()):
                doors.audiohook.talking(call, talks)
            await asyncio.sleep(WAITS_EVERY_S)

    async def _report(self, doors: Doors, deliver: Deliver) -> None:
        told: set[str] = set()
        while True:
            for call in doors.audiohook.calls():
                if call.opened_ms is not None and call.call not in told:
                    deliver(LinkMeasured(self._name, Measure.HANDLING, call.opened_ms))  # `open` until `opened`
            told = {call.call for call in doors.audiohook.calls()}
            usage = doors.audiohook.usage
            text = f"{usage.streamed_s / 60:.1f} min streamed, {usage.saved_s / 60:.1f} min saved by pausing."
            deliver(LinkFound(self._name, Finding("Streamed minutes", Level.PASS, text)))
            sessions = f"{doors.audiohook.sessions} calls are streamed to this listener now."
            deliver(LinkFound(self._name, Finding("Sessions", Level.PASS, sessions)))
            await asyncio.sleep(USAGE_EVERY_S)

    async def _test_itself(self, deliver: Deliver) -> None:
        """The certificate as the platform would see it."""
        if not self._settings.public_host:
            text = "No public host name is set, so the certificate can't be tested."
            deliver(LinkFound(self._name, Finding("Self-test", Level.WARN, text, "Set it: Genesys dials that name.")))
            return
        while True:
            with contextlib.suppress(OSError):
                listener = self_test.Listener(self._settings.public_host)
                for finding in await self_test.check_listener(listener, client_context()):
                    deliver(LinkFound(self._name, finding))
            await asyncio.sleep(TEST_EVERY_S)

    def _tell(self, deliver: Deliver, state: LinkState) -> None:
        deliver(LinkChanged(self._name, "", state))
