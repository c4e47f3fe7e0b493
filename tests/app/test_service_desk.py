"""What the speech service's form asks for, done for real: our own gateway's service over TLS, the keyring, workers."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import keyring
import pytest
import trustme

from desktop.app.catalog import RecogniserChoice
from desktop.app.model_desk import ModelDesk, desk_for
from desktop.app.service_desk import ServiceDesk, service_desk_for
from desktop.app.telling import SESSION_ONLY
from desktop.app.tokens import SessionSecrets
from desktop.dashboard.service_result import result
from desktop.dashboard.state import FloorState
from desktop.domain.finding import Level
from desktop.domain.ports import SecretKeeper
from desktop.domain.speech import EngineTrouble
from desktop.domain.speech_service import KeyPlace, ServiceAddress, ServiceStanding, ServiceTested, ServiceWork
from desktop.settings.model import EngineKind, Recognition
from desktop.settings.secrets import SERVICE, SPEECH_SERVICE_KEY, SecretStore
from desktop.settings.store import load
from desktop.simulator.library import load_script
from desktop.simulator.player import Performance, play
from desktop.ui.application import make_application
from desktop.ui.main_window import MainWindow
from tests.engine.floor import CALLS, live_floor
from tests.gateway.speech_ears import KEY, PATH, SECOND_KEY, serving
from tests.recognition.speech_service import Called, service

WRONG = "a-key-that-nobody-gave"


@dataclass(slots=True)
class Page:
    """What the window would have shown, and the address of a service."""

    desk: ServiceDesk
    address: ServiceAddress
    standings: list[ServiceStanding] = field(default_factory=list)
    notices: list[tuple[str, Level]] = field(default_factory=list)
    used: list[RecogniserChoice] = field(default_factory=list)
    kept: list[Recognition] = field(default_factory=list)

    async def until(self, seen: Callable[[ServiceStanding], object]) -> ServiceStanding:
        async with asyncio.timeout(60):
            while not (self.standings and seen(self.standings[-1])):
                await asyncio.sleep(0.01)
        return self.standings[-1]

    async def tested(self, key: str, **changes: str) -> EngineTrouble | str | None:
        """What a test comes to."""
        self.desk.test(replace(self.address, **changes), key)
        standing = await self.until(lambda s: s.work is None)
        if standing.problem:
            return standing.problem
        assert standing.tested is not None
        return standing.tested.trouble


@asynccontextmanager
async def page_of(secrets: SecretKeeper, folder: Path, *, kept: bool = True) -> AsyncIterator[Page]:
    """The real service over TLS, and a desk that knows nothing of it yet."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    async with serving(folder, ssl_context=context) as served:
        url = "wss" + served.url.removeprefix("ws")
        models = ModelDesk(Recognition(), print, print, print, bool)
        desk = ServiceDesk(models, secrets, print, print, kept)
        page = Page(desk, ServiceAddress(url, "en", "", str(folder / "ca.pem")))
        desk.show = page.standings.append
        desk.notice = models.notice = lambda text, level: page.notices.append((text, level))
        models.use_at_once = page.used.append

        def keep(wanted: Recognition) -> bool:
            page.kept.append(wanted)
            return kept

        models.keep = keep
        async with asyncio.TaskGroup() as group:
            running = group.create_task(desk.run())
            await page.until(lambda _: True)
            yield page
            running.cancel()


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    """Without a keyring."""
    async with page_of(SecretStore(), tmp_path) as made:
        yield made


async def test_a_test_names_what_is_wrong_or_the_languages(page: Page) -> None:
    assert await page.tested(KEY) is None
    assert page.standings[-1].tested == ServiceTested(None, ("en", "tr"))
    assert ServiceWork.TESTING in [standing.work for standing in page.standings]
    assert await page.tested(WRONG) is EngineTrouble.KEY_REFUSED
    assert await page.tested("") is EngineTrouble.KEY_MISSING
    assert await page.tested(KEY, ca_file="") is EngineTrouble.NOT_TRUSTED
    assert await page.tested(KEY, url=f"{page.address.url}/elsewhere") is EngineTrouble.NOT_A_SERVICE
    assert await page.tested(KEY, language="de") is EngineTrouble.LANGUAGE
    assert result(page.standings[-1]).text.endswith("Its languages: English, Turkish.")
    assert [*page.used, *page.kept, *page.notices] == []  # a test changes nothing
    assert page.standings[-1].address == ServiceAddress(language="en-US")


async def test_nobody_at_the_address(page: Page, unused_tcp_port: int) -> None:
    assert await page.tested(KEY, url=f"wss://127.0.0.1:{unused_tcp_port}{PATH}") is EngineTrouble.UNREACHABLE


async def test_what_can_not_be_asked_is_said_with_the_remedy(page: Page, tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("no certificate")
    said = await page.tested(KEY, ca_file=str(tmp_path / "no.pem"))
    assert str(said).startswith("ca_file: is not a certificate in PEM form. ")
    said = await page.tested(KEY, url="ws://speech.example.com")
    assert "is not encrypted" in str(said)


async def test_a_bug_names_no_key(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_: object) -> ServiceTested:
        raise RuntimeError(KEY)

    monkeypatch.setattr("desktop.app.service_desk.tested", broken)
    said = str(await page.tested(KEY))
    assert "internal error (RuntimeError)" in said
    assert KEY not in said


async def test_a_test_of_a_silent_service_can_be_cancelled(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.recognition.speech_service_probe.OPENED_S", 60.0)

    async def silent(called: Called) -> None:
        await called.socket.wait_closed()

    async with service(silent) as found:
        page.desk.test(ServiceAddress(found.url), KEY)
        page.desk.test(ServiceAddress(found.url), KEY)  # pressed twice
        async with asyncio.timeout(60):
            while not found.calls:
                await asyncio.sleep(0.01)
        page.desk.look()
        page.desk.cancel()
        standing = await page.until(lambda s: s.work is None)
        page.desk.cancel()  # nothing goes on
        assert len(found.calls) == 1
    assert (standing.tested, standing.problem) == (None, "")


async def test_one_that_is_given_up_before_it_began_is_over(page: Page) -> None:
    page.desk.test(page.address, KEY)
    page.desk.cancel()
    standing = await page.until(lambda s: s.work is None)
    assert (standing.tested, standing.problem) == (None, "")
    assert await page.tested(KEY) is None


async def test_a_service_that_refuses_changes_nothing(page: Page) -> None:
    page.desk.use(page.address, WRONG)
    standing = await page.until(lambda s: s.work is None and s.tested)
    assert standing.tested == ServiceTested(EngineTrouble.KEY_REFUSED)
    assert [*page.used, *page.kept, *page.notices] == []
    assert await page.desk.secrets.get(SPEECH_SERVICE_KEY) is None


async def test_without_a_keyring_it_is_used_for_this_session_and_that_is_said(page: Page) -> None:
    page.desk.use(page.address, KEY)
    standing = await page.until(lambda s: s.work is None and s.tested)
    wanted = Recognition(EngineKind.SPEECH_SERVICE, "", "en", page.address.url, "", page.address.ca_file)
    assert page.kept == [wanted]
    assert page.used == [RecogniserChoice(wanted, KEY)]
    assert (standing.address, standing.key) == (page.address, KeyPlace.SESSION)
    assert [level for _, level in page.notices] == [Level.PASS, Level.WARN]
    assert page.notices[0][0].startswith("The speech service hears the calls from now on.")
    assert page.notices[1][0] == SESSION_ONLY
    page.desk.use(replace(page.address, language="tr"), "")  # with the key of this session
    await page.until(lambda s: s.address.language == "tr" and s.work is None)
    assert page.used[-1] == RecogniserChoice(replace(wanted, language="tr"), KEY)
    assert page.desk.models.recognition.language == "tr"
    assert len(page.notices) == 3


async def test_the_keyring_has_the_key_under_the_command_lines_name(secret_service: str, tmp_path: Path) -> None:
    async with page_of(SecretStore(), tmp_path) as page:
        page.desk.look()
        await page.until(lambda s: s.key is KeyPlace.NOWHERE)
        page.desk.use(page.address, KEY)
        await page.until(lambda s: s.key is KeyPlace.KEYRING and s.work is None)
        assert keyring.get_password(SERVICE, "recognition/api-key") == KEY
        assert [level for _, level in page.notices] == [Level.PASS]
    async with page_of(SecretStore(), tmp_path) as page:  # the next start
        page.desk.look()
        page.desk.look()
        await page.until(lambda s: s.key is KeyPlace.KEYRING)
        assert await page.tested("") is None


async def test_a_demo_keeps_neither_key_nor_settings(tmp_path: Path) -> None:
    async with page_of(SessionSecrets(), tmp_path, kept=False) as page:
        page.desk.use(page.address, KEY)
        standing = await page.until(lambda s: s.work is None and s.tested)
        assert standing.key is KeyPlace.SESSION
        assert page.notices[0][0].endswith("It is for this session only.")


async def test_a_key_is_in_no_trace(page: Page) -> None:
    page.desk.use(page.address, SECOND_KEY)
    await page.until(lambda s: s.work is None and s.tested)
    assert SECOND_KEY not in repr((page.standings, page.notices, page.used, page.kept))


async def attentive(called: Called) -> None:
    """Says the same words of everything."""
    await called.open()
    while True:
        await called.hear(4)
        await called.say("i will call my lawyer")


async def test_from_the_form_to_the_words_and_on_with_another_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.app.model_desk.default_path", lambda: tmp_path / "settings.toml")
    make_application(["sidetone"])
    window = MainWindow(FloorState(), print)
    form, mine = window.page.recognition.service, window.page.recognition_desk
    deaf = RecogniserChoice(Recognition(EngineKind.SPEECH_SERVICE))
    async with service(attentive) as found, live_floor(use=deaf) as floor:
        models = desk_for(mine, floor.engine.hub, Recognition(), window.show_notice, kept=True)
        desk = service_desk_for(mine, models, SecretStore(), window.show_notice, kept=True)
        running = floor.group.create_task(desk.run())
        how = Performance("call-1", speed=1.0)
        playing = floor.group.create_task(play(load_script(CALLS / "legal-threat.toml"), how, floor.gateway))
        await floor.until(lambda s: bool(s.calls))
        form.fields.url.setText(found.url)
        form.fields.key.setText(KEY)
        form.use.click()
        state = await floor.until(lambda s: s.segments_final > 0)
        assert "i will call my lawyer" in state.calls["call-1"].segments[0].text
        kept = load(tmp_path / "settings.toml").recognition
        assert (kept.engine, kept.service_url) == (EngineKind.SPEECH_SERVICE, found.url)
        assert KEY not in (tmp_path / "settings.toml").read_text()
        assert form.fields.key.text() == ""
        pid = floor.engine.hub.pool.slots[0].pid
        form.fields.key.setText(SECOND_KEY)
        form.use.click()
        await floor.until(lambda s: sum(SECOND_KEY in path for path in found.paths) > 1)  # the test, a call's session
        assert floor.engine.hub.pool.slots[0].pid != pid
        for task in (running, playing):
            task.cancel()
    window.close()
    window.deleteLater()
