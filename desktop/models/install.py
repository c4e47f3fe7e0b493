"""Installs a model: fetched or brought, checked, unpacked beside its place, recognised, written down, moved in."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import shutil
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from desktop.domain.errors import SettingInvalid
from desktop.domain.speech_model import EngineKind, ModelState, SpeechModel, Trust
from desktop.models.aside import aside
from desktop.models.catalogue import Catalogue, Offer, stem
from desktop.models.fetch import Fetcher, Part
from desktop.models.first_seen import FirstSeen, Sight, listed
from desktop.models.make import Maker, Source, slug
from desktop.models.store import STAGING, Installed, Store, is_id

Report = Callable[[ModelState, int, int], None]
"""(what is being done, bytes done, bytes altogether or 0); called on the loop."""
PARTS = ".parts"
_PIECE = 1 << 20
_STAMP = "%Y-%m-%dT%H:%M:%SZ"
_WRONG_SUM = "was not what its publisher's checksum says"
_OTHER_SUM = "is not the file that came from there first, on {on}"
_RENEW = "If its publisher has made a new one, install it with --renew."


def quiet(state: ModelState, done: int, total: int) -> None:
    """Reports to nobody."""


@dataclass(frozen=True, slots=True)
class Installer:
    """One model at a time per name, however many Sidetones there are; different ones at once are fine."""

    store: Store
    catalogue: Catalogue
    fetcher: Fetcher
    wall_clock: Callable[[], float] = field(default=time.time)

    def part(self, name: str) -> Part:
        """What was fetched of it so far."""
        return Part(self.store.user / PARTS / f"{name}.part")

    async def install(self, name: str, report: Report = quiet, *, renew: bool = False) -> Installed:
        """From the catalogue; cancelled, it goes on from there the next time.

        `renew` False: an archive without a published checksum must be the one that came first.
        """
        offer = self.catalogue.want(name)
        if (there := self.store.find(name)) is not None and not there.problem:
            raise SettingInvalid(name, f"is installed already, in {there.folder}", "Remove it first to fetch it again.")
        async with self._alone(name):
            part = self.part(name)
            wanted = await self._published(offer)
            await self.fetcher.fetch(offer.url, part, lambda done, total: report(ModelState.FETCHING, done, total))
            digest = await self._digest(part, report)
            seen = FirstSeen(self.store.user)
            self._compare(offer, part, digest, wanted, seen, renew=renew)
            source = Source(offer.model, offer.url, digest, Trust.PUBLISHED if wanted else Trust.FIRST_USE)
            try:
                made = await self._make(part.path, source, report)
            except SettingInvalid as invalid:
                if invalid.path == name:  # the archive's own fault: fetching the rest of it is no use
                    part.discard()
                raise
            if not wanted:
                seen.remember(offer.url, Sight(digest, time.strftime("%Y-%m-%d", time.gmtime(self.wall_clock()))))
            part.discard()
            return made

    async def bring(self, path: Path, report: Report = quiet, *, name: str = "") -> Installed:
        """From a folder or an archive on this machine, for sites without internet."""
        path, known = _named(path, name)
        if self.store.find(known) is not None:
            raise SettingInvalid(known, "is installed already", "Remove it first, or give another --name.")
        offer = self.catalogue.find(known)
        model = offer.model if offer else SpeechModel(known, EngineKind.EMBEDDED, name=known)
        async with self._alone(known):
            digest = "" if path.is_dir() else await self._digest(Part(path), report)
            return await self._make(
                path, Source(model, path.name, digest, Trust.LOCAL, known=offer is not None), report
            )

    async def verify(self, name: str, report: Report = quiet) -> list[str]:
        """What differs from the day it was installed, one phrase each."""
        report(ModelState.VERIFYING, 0, 0)
        return await aside(lambda check: self.store.verify(name, check))

    # ---- inside --------------------------------------------------------------------------------------------------

    async def _published(self, offer: Offer) -> str:
        """The publisher's checksum; empty if there is none."""
        if offer.sha256 or not offer.checksums:
            return offer.sha256
        return listed(await self.fetcher.text(offer.checksums) or "", offer.archive)

    async def _digest(self, part: Part, report: Report) -> str:
        total, loop = part.size, asyncio.get_running_loop()

        def work(check: Callable[[], None]) -> str:
            digest, done = hashlib.sha256(), 0
            with part.path.open("rb") as file:
                while piece := file.read(_PIECE):
                    check()
                    digest.update(piece)
                    done += len(piece)
                    loop.call_soon_threadsafe(report, ModelState.VERIFYING, done, total)
            return digest.hexdigest()

        return await aside(work)

    def _compare(self, offer: Offer, part: Part, digest: str, wanted: str, seen: FirstSeen, *, renew: bool) -> None:
        first = None if wanted else seen.of(offer.url)
        if wanted and digest != wanted:
            part.discard()
            raise SettingInvalid(
                offer.id, _WRONG_SUM, "Nothing of it was kept. Try again; if it stays, tell its publisher."
            )
        if first is not None and digest != first.sha256 and not renew:
            part.discard()
            raise SettingInvalid(offer.id, _OTHER_SUM.format(on=first.on), _RENEW)

    async def _make(self, path: Path, source: Source, report: Report) -> Installed:
        """Everything up to the rename happens beside the models; what is left of a failure is thrown away."""
        loop, maker = asyncio.get_running_loop(), Maker(self.store, self.fetcher.bounds, self.fetcher.free)
        staged = self.store.staging(source.model.id)
        at = time.strftime(_STAMP, time.gmtime(self.wall_clock()))

        def work(check: Callable[[], None]) -> Installed:
            def tick(done: int, total: int) -> None:
                check()
                loop.call_soon_threadsafe(report, ModelState.UNPACKING, done, total)

            return maker.make(path, source, staged, at, tick)

        try:
            return await aside(work)
        finally:
            await aside(lambda check: shutil.rmtree(staged, ignore_errors=True))

    @contextlib.asynccontextmanager
    async def _alone(self, name: str) -> AsyncIterator[None]:
        folder = self.store.user / PARTS
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (self.store.user / STAGING).mkdir(exist_ok=True)
            lock = FileLock(folder / f"{name}.lock")
            lock.acquire(timeout=0)
        except Timeout:
            raise SettingInvalid(name, "is being installed already", "Wait until that has ended.") from None
        except OSError as problem:
            said = f"can't be written ({problem.strerror or type(problem).__name__})"
            raise SettingInvalid(str(self.store.user), said, "Check the folder and its disk.") from None
        try:
            yield
        finally:
            lock.release()


def _named(path: Path, name: str) -> tuple[Path, str]:
    """Where it is, and what it will be called."""
    path = path.expanduser()
    if not path.exists():
        raise SettingInvalid(str(path), "is not there", "Give the path of a folder or an archive.")
    known = name or slug(path.resolve().name if path.is_dir() else stem(path.name))
    if not is_id(known):
        raise SettingInvalid("name", f"{known} can't be a model's name", "Use letters, digits, dots and hyphens.")
    return path, known
