"""`sidetone diagnose` whole: the built-in simulator, real TLS gone wrong, other platforms, Ctrl-C, and the bundle."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import signal
import socket
import ssl
import subprocess
import sys
import threading
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import web

from desktop.app import diagnose
from desktop.app.diagnose import run_diagnosis
from desktop.doctor import names
from desktop.domain.errors import SettingInvalid
from desktop.domain.speech import EngineNotice
from desktop.gateway.audio_connector import AudioConnectorGateway
from desktop.gateway.config import GatewayConfig
from desktop.settings.model import Connection, Dialect, Organisation, Settings, SignInKind, SourceKind
from tests.support.makeshift import WithoutModel

pytestmark = pytest.mark.timeout(180)
TOKEN = "tok3n-planted-0123456789-planted"
SECRET = "s3cret-planted-0123456789-planted"


class Secrets:
    """A keyring in memory."""

    persistent = True

    def __init__(self, **kept: str) -> None:
        self._kept = kept

    async def get(self, name: str) -> str | None:
        return self._kept.get(name.replace("/", "_").replace("-", "_"))

    async def put(self, name: str, secret: str) -> bool:
        return True

    async def forget(self, name: str) -> None:
        return None


@contextlib.contextmanager
def elsewhere(start: Callable[[], Awaitable[tuple[str, Callable[[], Awaitable[None]]]]]) -> Iterator[str]:
    """Runs a server on a loop and thread of its own; its address. `start` returns it and how to stop."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    address, stop = asyncio.run_coroutine_threadsafe(_as_coroutine(start()), loop).result(10)
    try:
        yield address
    finally:
        asyncio.run_coroutine_threadsafe(_as_coroutine(stop()), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _as_coroutine(work: Awaitable[Any]) -> Any:
    return await work


def gateway(server: ssl.SSLContext | None = None) -> Any:
    async def start() -> tuple[str, Callable[[], Awaitable[None]]]:
        made = AudioConnectorGateway(GatewayConfig(TOKEN, region="here"), ssl_context=server)
        address = await made.start("127.0.0.1" if server is None else "localhost")
        return address.replace("127.0.0.1", "localhost").replace("[::1]", "localhost"), made.close

    return elsewhere(start)


def platform(status: int, body: dict[str, object]) -> Any:
    """Answers every request alike."""

    async def answer(request: web.Request) -> web.Response:
        return web.json_response(body, status=status)

    async def start() -> tuple[str, Callable[[], Awaitable[None]]]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}", runner.cleanup

    return elsewhere(start)


@pytest.fixture
def settle(monkeypatch: pytest.MonkeyPatch) -> Callable[[Settings], None]:
    """Makes these the settings."""

    def use(settings: Settings) -> None:
        monkeypatch.setattr(diagnose, "load", lambda path: settings)

    return use


def diagnosed(
    capsys: pytest.CaptureFixture[str], profile: str = "", seconds: float = 1.0, **kept: str
) -> tuple[int, dict[str, Any]]:
    """The exit status and the JSON."""
    status = run_diagnosis(profile, seconds, True, None, Secrets(**kept))
    out, err = capsys.readouterr()
    assert TOKEN not in out + err
    assert SECRET not in out + err
    found = json.loads(out)
    assert found["exit"] == status
    return status, found


def levels(found: dict[str, Any]) -> dict[str, str]:
    return {check["subject"]: check["level"] for check in found["checks"]}


def test_an_untrusted_certificate_fails_and_what_needs_it_is_not_checked(
    capsys: pytest.CaptureFixture[str], settle: Callable[[Settings], None]
) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA(organization_name="Northwind Authority").issue_cert("localhost").configure_cert(server)
    with gateway(server) as address:
        settle(Settings(connections=(Connection("live", address),)))
        status, found = diagnosed(capsys, "live", live=TOKEN)
    assert status == 1
    by_subject = {check["subject"]: check for check in found["checks"]}
    assert by_subject["DNS"]["level"] == "pass"
    assert by_subject["Network"]["level"] == "pass"
    assert by_subject["Certificate"]["level"] == "fail"
    assert "Northwind Authority" in by_subject["Certificate"]["text"]
    for subject in ("Clock", "Sign-in", "Discovery", "Socket", "Audio", "First words"):
        assert by_subject[subject]["level"] == "skipped"
        assert by_subject[subject]["text"].startswith("Not checked")


def test_a_trusted_certificate_leads_to_an_open_socket_without_calls(
    capsys: pytest.CaptureFixture[str], settle: Callable[[Settings], None], tmp_path: Path
) -> None:
    authority = trustme.CA(organization_name="Northwind Authority")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)
    authority.cert_pem.write_to_path(tmp_path / "root.pem")
    with gateway(server) as address:
        mine = Organisation(
            "Northwind",
            dialect=Dialect.DOCUMENTS,
            sign_in=SignInKind.TOKEN,
            api_url=address,
            ca_file=str(tmp_path / "root.pem"),
        )
        settle(Settings(organisations=(mine,), connections=(Connection("live", organisation="Northwind"),)))
        status, found = diagnosed(capsys, "Northwind", Northwind_token=TOKEN)
    assert status == 0, found["checks"]
    expected = {"Certificate": "pass", "Sign-in": "pass", "Discovery": "pass", "Socket": "pass"}
    assert levels(found).items() >= expected.items()
    assert levels(found)["Calls"] == "warn"


def test_a_damaged_speech_model_is_a_fault_of_its_own_and_keeps_nothing_else_from_being_checked(
    capsys: pytest.CaptureFixture[str], settle: Callable[[Settings], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def damaged(recognition: object, secrets: object) -> WithoutModel:
        return WithoutModel()

    monkeypatch.setattr(diagnose, "engine_of", damaged)
    with gateway() as address:
        settle(Settings(connections=(Connection("live", address),)))
        status, found = diagnosed(capsys, "live", live=TOKEN)
    assert status == 1
    assert {name for name, level in levels(found).items() if level == "fail"} == {"Word recognition"}
    by_subject = {check["subject"]: check for check in found["checks"]}
    assert by_subject["Recogniser"]["level"] == "pass"
    assert by_subject["Word recognition"]["text"] == EngineNotice.MODEL_DAMAGED.value
    assert by_subject["Word recognition"]["remedy"] == "Install Sidetone again."
    assert by_subject["Socket"]["level"] == "pass"


def test_settings_that_can_t_be_used_fail_for_that_connection_alone(
    capsys: pytest.CaptureFixture[str], settle: Callable[[Settings], None]
) -> None:
    with gateway() as address:
        mine = Organisation("Northwind", sign_in=SignInKind.TOKEN, api_url=address, ca_file="/nonexistent/root.pem")
        broken, sound = Connection("broken", organisation="Northwind"), Connection("sound", address)
        settle(Settings(organisations=(mine,), connections=(broken, sound)))
        status, found = diagnosed(capsys, sound=TOKEN)
    assert status == 1
    assert [(c["subject"], c["level"]) for c in found["checks"] if c["connection"] == "broken"] == [
        ("Settings", "fail")
    ]
    assert "ca_file" in found["checks"][0]["text"]
    assert {"Socket": "pass"}.items() <= levels(found).items()


def test_no_token_and_a_refused_token_are_sign_in_failures(
    capsys: pytest.CaptureFixture[str], settle: Callable[[Settings], None]
) -> None:
    with gateway() as address:
        settle(Settings(connections=(Connection("live", address),)))
        status, found = diagnosed(capsys, "live")
        assert (status, levels(found)["Sign-in"]) == (1, "fail")
        status, found = diagnosed(capsys, "live", live="not-the-right-one")
    assert status == 1
    assert levels(found)["Discovery"] == "fail"
    assert levels(found)["Socket"] == "skipped"


def test_a_real_platform_s_404_is_explained_with_the_source_it_has_instead(
    capsys: pytest.CaptureFixture[str], settle: Callable[[Settings], None]
) -> None:
    with platform(404, {"code": "not.found", "status": 404}) as address:
        settle(
            Settings(
                connections=(
                    Connection("audio", address),
                    Connection("scores", address, kind=SourceKind.ANALYTICS),
                )
            )
        )
        _, found = diagnosed(capsys, "audio", audio=TOKEN)
        (discovery,) = [check for check in found["checks"] if check["subject"] == "Discovery"]
        assert "404" in discovery["text"]
        assert "AudioHook" in discovery["text"]
        _, found = diagnosed(capsys, "scores", scores=TOKEN)
        (socket,) = [check for check in found["checks"] if check["subject"] == "Socket"]
        assert socket["level"] == "fail"
        assert "404" in socket["text"]
    assert "First words" not in levels(found), "what does not apply to a kind is left out"


def test_missing_permissions_are_named(capsys: pytest.CaptureFixture[str], settle: Callable[[Settings], None]) -> None:
    with platform(403, {"code": "missing.any.permissions", "status": 403}) as address:
        mine = Organisation(
            "Northwind", sign_in=SignInKind.TOKEN, api_url=address, streaming_url="ws" + address.removeprefix("http")
        )
        live = Connection("live", organisation="Northwind", kind=SourceKind.NOTIFICATIONS)
        settle(Settings(organisations=(mine,), connections=(live,)))
        status, found = diagnosed(capsys, "live", Northwind_token=TOKEN)
    assert status == 1
    (view,) = [c for c in found["checks"] if c["subject"] == "Permission: live list"]
    assert view["level"] == "fail"
    assert "analytics:queueObservation:view" in view["remedy"]


def test_an_unknown_profile_is_misuse_and_names_the_known_ones(settle: Callable[[Settings], None]) -> None:
    both = (Organisation("Ireland"), Organisation("Northwind"))
    settle(Settings(organisations=both, connections=(Connection("live", "https://gw.example"),)))
    with pytest.raises(SettingInvalid, match=r"nowhere is not.*Ireland, Northwind, live, demo"):
        run_diagnosis("nowhere", 1.0, False, None, Secrets())
    settle(Settings())
    with pytest.raises(SettingInvalid, match="--profile demo"):
        run_diagnosis("", 1.0, False, None, Secrets())


@pytest.mark.parametrize("place", ["", "a file/bundle.zip"])
def test_a_bundle_that_can_t_be_written_is_misuse_before_anything_is_checked(
    settle: Callable[[Settings], None], tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    (tmp_path / "a file").write_text("")
    settle(Settings(connections=(Connection("live", "https://gw.example"),)))
    with pytest.raises(SettingInvalid, match=r"--bundle: .* can't be written: [^()]+\. Choose"):
        run_diagnosis("live", 1.0, False, tmp_path / place, Secrets())
    assert capsys.readouterr() == ("", "")


def test_a_bundle_that_can_no_longer_be_written_costs_only_itself(
    settle: Callable[[Settings], None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(path: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    settle(Settings(connections=(Connection("live", "http://127.0.0.1:1"),)))
    with pytest.raises(SettingInvalid, match=r"--bundle.*space"):
        run_diagnosis("live", 1.0, False, tmp_path / "bundle.zip", Secrets(live=TOKEN))
    out, _ = capsys.readouterr()
    assert "1 failed" in out
    assert "To put right first, of live:" in out


def test_an_organisation_without_a_connection_is_checked_by_itself(
    capsys: pytest.CaptureFixture[str], settle: Callable[[Settings], None]
) -> None:
    with platform(200, {}) as address:
        mine = Organisation("Ireland", sign_in=SignInKind.TOKEN, api_url=address)
        settle(Settings(organisations=(mine,), connections=(Connection("live", "https://gw.example"),)))
        status, found = diagnosed(capsys, "Ireland", Ireland_token=TOKEN)
        assert status == 0
        assert {check["connection"] for check in found["checks"]} == {"Ireland"}
        assert levels(found) == {"Network": "pass", "Clock": "pass", "Sign-in": "pass", "Connections": "warn"}
        status, found = diagnosed(capsys, "Ireland")
        assert (status, levels(found)["Sign-in"]) == (1, "fail")
        settle(Settings(organisations=(mine,)))
        assert {check["connection"] for check in diagnosed(capsys)[1]["checks"]} == {"Ireland"}
    settle(Settings(organisations=(Organisation("Ireland", ca_file="/nonexistent/root.pem"),)))
    assert levels(diagnosed(capsys, "Ireland")[1]) == {"Settings": "fail"}


def test_without_internet_it_is_said_once_what_to_do_and_what_could_not_be_checked(
    capsys: pytest.CaptureFixture[str], settle: Callable[[Settings], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def resolve(host: str, port: int) -> tuple[str, ...]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(names, "resolve", resolve)
    monkeypatch.setenv("no_proxy", "*")
    mine = Organisation("Ireland", region="mypurecloud.ie", client_id="c")
    live = Connection("live", organisation="Ireland", kind=SourceKind.NOTIFICATIONS)
    settle(Settings(organisations=(mine,), connections=(live,)))
    assert run_diagnosis("", 20.0, False, None, Secrets()) == 1
    out, err = capsys.readouterr()
    assert "live - Genesys Cloud live list and transcription, listening for 20 s" in out
    assert out.count("fail  DNS (") == 4  # sign-in, API, stream, and the first again at the end
    assert "There is no host named" not in out
    assert out.count("Not checked because of this: ") == 1
    *_, summary, again = out.strip().split("\n\n")
    assert summary.endswith("0 passed, 3 failed, 19 not checked.")
    assert again.startswith("To put right first, of live:\n✗ fail  DNS (sign-in)  No name can be looked up")
    assert "→ Check the network connection" in again
    assert "... live: looking up login.mypurecloud.ie" in err


def test_a_proxy_of_the_system_that_can_t_be_used_is_named(
    capsys: pytest.CaptureFixture[str], settle: Callable[[Settings], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"socks5://u:{SECRET}@proxy.example:1080")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    settle(Settings(connections=(Connection("live", "https://gw.example"),)))
    status, found = diagnosed(capsys, "live", live=TOKEN)
    (check,) = found["checks"]
    assert (status, check["subject"]) == (1, "Settings")
    assert "SOCKS" in check["text"]


def test_the_text_and_the_bundle_hold_no_secret(
    capsys: pytest.CaptureFixture[str],
    settle: Callable[[Settings], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bundle = tmp_path / "out" / "bundle.zip"
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    log = tmp_path / "state/sidetone/log/sidetone.log"
    log.parent.mkdir(parents=True)
    log.write_text(f"Northwind live of queue-77 with {TOKEN} called +49 170 1234567\n")
    with gateway() as address:
        settle(Settings(connections=(Connection("Northwind live", address, queue_ids=("queue-77",)),)))
        assert run_diagnosis("", 1.0, False, bundle, Secrets(**{"Northwind live": TOKEN})) == 0
    out, err = capsys.readouterr()
    assert "✓ pass  Socket" in out
    assert "Northwind live - Audio Connector" in out
    assert "Northwind live - Audio Connector gateway, listening for 1 s" in out
    assert "... Northwind live: listening for 1 s\n" in err
    assert TOKEN not in out + err
    with zipfile.ZipFile(bundle) as opened:
        texts = {name: opened.read(name).decode() for name in opened.namelist()}
    everything = "\n".join(texts.values())
    assert "called (number)" in json.loads(texts["log.json"])[0]
    for planted in (TOKEN, "Northwind", "queue-77", "1234567"):
        assert planted not in everything
    assert json.loads(texts["versions.json"])["sidetone"]
    assert any(check["subject"] == "Socket" for check in json.loads(texts["report.json"])["checks"])
    (counted,) = json.loads(texts["counters.json"]).values()
    assert counted["last_state"] in ("live", "closed")


def test_ctrl_c_prints_what_was_found_so_far() -> None:
    code = "import sys; from desktop.app.diagnose import run_diagnosis as r; sys.exit(r('demo', 600.0, False, None))"
    running = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )
    assert running.stdout is not None
    said = ""
    while "pass  Socket" not in said:
        line = running.stdout.readline()
        assert line, running.stderr.read() if running.stderr else ""
        said += line
    running.send_signal(signal.SIGINT)
    rest, errors = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "Interrupted. So far: " in rest
    assert "Traceback" not in errors
