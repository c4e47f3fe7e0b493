"""What the Recognition page asks for, done for real: a publisher on this machine, folders, the engine in a process."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import pytest

from desktop.app.model_desk import ModelDesk
from desktop.app.model_shelf import Shelf
from desktop.domain.errors import SettingInvalid
from desktop.domain.finding import Level
from desktop.domain.speech_model import EngineKind, ModelStanding, ModelState, RecognitionStanding, Speed
from desktop.models.bounds import Bounds
from desktop.models.catalogue import Catalogue, Offer
from desktop.models.fetch import Fetcher, Patience
from desktop.models.install import Installer, Report, quiet
from desktop.models.store import Store
from desktop.settings.model import Recognition
from tests.models.made import VOSK, below, plant, zipped
from tests.models.publisher import Publisher, publisher

ZIP = zipped({**below("vosk-x", VOSK), "vosk-x/big.bin": random.Random(1).randbytes(300_000)})
SPEED = Speed(0.1, 400.0, 1.0, 100.0, 0)


class QuickShelf(Shelf):
    """Measures without an engine: that one is run in test_models_command.py. `held`: until then it measures."""

    held: ClassVar[asyncio.Event | None] = None

    async def measure(self, name: str, recognition: Recognition, report: Report = quiet) -> Speed:
        if name == "vosk-bad":
            raise SettingInvalid(name, "crashed while it was tried", "Choose another one.")
        report(ModelState.MEASURING, 0, 0)
        if QuickShelf.held is not None:
            await QuickShelf.held.wait()
        return SPEED


@dataclass(slots=True)
class Page:
    """What the window would have shown."""

    desk: ModelDesk
    server: Publisher
    store: Store
    standings: list[RecognitionStanding] = field(default_factory=list)
    notices: list[tuple[str, Level]] = field(default_factory=list)
    used: list[Recognition] = field(default_factory=list)
    kept: list[Recognition] = field(default_factory=list)

    async def until(self, seen: Callable[[RecognitionStanding], bool]) -> RecognitionStanding:
        """The first standing that is so."""
        async with asyncio.timeout(60):
            while not (self.standings and seen(self.standings[-1])):
                await asyncio.sleep(0.02)
        return self.standings[-1]

    async def until_said(self, text: str) -> Level:
        async with asyncio.timeout(60):
            while not any(text in said for said, _ in self.notices):
                await asyncio.sleep(0.02)
        return next(level for said, level in self.notices if text in said)


def model(standing: RecognitionStanding, name: str = "vosk-x") -> ModelStanding:
    return next(each for each in standing.models if each.model.id == name)


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    async with publisher(files={"vosk-x.zip": ZIP}) as server:
        url = server.url("vosk-x.zip")
        offer = Offer("vosk-x", EngineKind.VOSK, "Tiny", "en-US", 16_000, 0.3, "MIT", url)
        along = Offer("embedded", EngineKind.EMBEDDED, "Embedded", "en-US", 16_000, 9, "BSD")
        fetcher = Fetcher(ssl.create_default_context(), Bounds(spare_bytes=0), Patience(5, 5, ()))
        store = Store(tmp_path / "user", ())
        shelf = QuickShelf(Installer(store, Catalogue((along, offer)), fetcher), tmp_path / "measured.json")
        desk = ModelDesk(Recognition(), print, print, print, bool, make_shelf=lambda: shelf)
        made = Page(desk, server, store)
        desk.show, desk.notice = made.standings.append, lambda text, level: made.notices.append((text, level))
        desk.use_at_once = lambda choice: made.used.append(choice.recognition)

        def keep(wanted: Recognition) -> bool:
            made.kept.append(wanted)
            return wanted.model != "session"

        desk.keep = keep
        async with asyncio.TaskGroup() as group:
            running = group.create_task(desk.run())
            await made.until(lambda standing: bool(standing.models))
            yield made
            running.cancel()


async def test_from_the_catalogue_to_hearing_the_calls(page: Page) -> None:
    page.desk.install("vosk-x")
    await page.until(lambda s: model(s).state is ModelState.INSTALLED)
    assert await page.until_said("Tiny was installed.") is Level.PASS
    page.desk.use("vosk-x")
    standing = await page.until(lambda s: model(s).in_force)
    assert page.used == page.kept == [Recognition(EngineKind.VOSK, "vosk-x")]
    assert standing.problem == ""
    assert await page.until_said("vosk-x hears the calls from now on. Their words pause") is Level.PASS
    page.desk.use("embedded")
    await page.until(lambda s: model(s, "embedded").in_force)
    assert page.used[-1] == Recognition()


async def test_progress_comes_and_a_cancelled_download_is_gone_on_with(page: Page) -> None:
    page.server.stall_at = 100_000
    page.desk.install("vosk-x")
    page.desk.install("vosk-x")  # pressed twice
    await page.server.stalled.wait()
    await page.until(lambda s: model(s).state is ModelState.FETCHING and model(s).total_bytes == len(ZIP))
    page.desk.cancel("vosk-x")
    standing = await page.until(lambda s: model(s).state is ModelState.PARTIAL)
    assert 0 < model(standing).done_bytes < len(ZIP)
    assert page.notices == []
    page.server.stall_at = None
    page.desk.install("vosk-x")
    await page.until(lambda s: model(s).state is ModelState.INSTALLED)
    assert len(page.server.asked) == 2


async def test_one_that_is_given_up_before_it_began_is_over(page: Page) -> None:
    page.desk.install("vosk-x")
    page.desk.cancel("vosk-x")
    for _ in range(3):
        await asyncio.sleep(0)
    page.desk.install("vosk-x")
    await page.until(lambda s: model(s).state is ModelState.INSTALLED)


async def test_what_went_wrong_stands_in_its_row_until_it_is_tried_again(page: Page) -> None:
    page.server.status["vosk-x.zip"] = 404
    page.desk.install("vosk-x")
    standing = await page.until(lambda s: bool(model(s).problem))
    assert "no longer there" in model(standing).problem
    page.server.status.clear()
    page.desk.install("vosk-x")
    standing = await page.until(lambda s: model(s).state is ModelState.INSTALLED)
    assert model(standing).problem == ""


async def test_a_bug_costs_that_piece_of_work_and_names_no_words(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> object:
        raise RuntimeError("a secret")

    monkeypatch.setattr(QuickShelf, "chosen", broken)
    page.desk.use("embedded")
    standing = await page.until(lambda s: bool(model(s, "embedded").problem))
    said = model(standing, "embedded").problem
    assert "internal error (RuntimeError)" in said
    assert "secret" not in said


async def test_a_model_is_tried_before_it_is_used(page: Page, tmp_path: Path) -> None:
    plant(tmp_path / "vosk-bad", VOSK)
    page.desk.bring(str(tmp_path / "vosk-bad"))
    await page.until_said("vosk-bad was imported.")
    await page.until(lambda s: any(each.model.id == "vosk-bad" for each in s.models))
    page.desk.use("vosk-bad")
    standing = await page.until(lambda s: bool(model(s, "vosk-bad").problem))
    assert "crashed while it was tried" in model(standing, "vosk-bad").problem
    assert page.used == page.kept == []


async def test_measuring_is_seen(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    held = asyncio.Event()
    monkeypatch.setattr(QuickShelf, "held", held)
    page.desk.measure("embedded")
    await page.until(lambda s: model(s, "embedded").state is ModelState.MEASURING)
    held.set()
    await page.until(lambda s: model(s, "embedded").state is ModelState.INSTALLED)


async def test_an_import_that_fails_is_said_aloud_as_it_has_no_row(page: Page, tmp_path: Path) -> None:
    page.desk.bring(str(tmp_path / "nothing"))
    assert await page.until_said("is not there") is Level.FAIL


async def test_verified_damaged_and_removed(page: Page, tmp_path: Path) -> None:
    page.desk.install("vosk-x")
    await page.until_said("was installed")
    page.desk.verify("vosk-x")
    assert await page.until_said("every file is as it was installed") is Level.PASS
    for number in range(5):
        (page.store.user / "vosk-x/model" / f"more{number}").write_text("x")
    page.desk.verify("vosk-x")
    standing = await page.until(lambda s: bool(model(s).problem))
    assert model(standing).problem.endswith("more0 was added, more1 was added, more2 was added and 2 more.")
    page.desk.remove("vosk-x")
    await page.until(lambda s: model(s).state is ModelState.OFFERED)


async def test_a_demo_uses_it_for_this_session_only(page: Page, tmp_path: Path) -> None:
    plant(tmp_path / "session", VOSK)
    page.desk.bring(str(tmp_path / "session"))
    await page.until(lambda s: any(each.model.id == "session" and each.place for each in s.models))
    page.desk.use("session")
    await page.until_said("It is for this session only.")


async def test_what_the_settings_name_and_is_not_here_is_said(page: Page) -> None:
    page.desk.recognition = replace(page.desk.recognition, engine=EngineKind.VOSK, model="gone")
    page.desk.look()
    standing = await page.until(lambda s: bool(s.problem))
    assert "gone is neither installed nor a folder" in standing.problem
