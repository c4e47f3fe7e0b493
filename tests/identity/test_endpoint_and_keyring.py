"""The token endpoint over real TLS and a real proxy, and secrets on a real Secret Service and nowhere else."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import keyring
import pytest
import trustme
from aiohttp import web

from desktop.domain.errors import Rejected, SettingInvalid, Throttled, Unreachable
from desktop.domain.sign_in import SignInState
from desktop.identity.config import documents, genesys
from desktop.identity.endpoint import TokenEndpoint
from desktop.identity.vault import secret_name
from desktop.protocols.oauth import ME_PATH, AuthorizationCode, Body, ClientCredentials, TokenDoor
from desktop.settings.secrets import SERVICE, SecretStore
from desktop.sources.rest import RestClient
from desktop.sources.trust import client_context
from tests.identity.login import SECRET, Browser, login
from tests.identity.proxies import over_tls, proxying

ASK = ClientCredentials()


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of this machine's."""
    for name in ("no_proxy", "https_proxy", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@dataclass
class Answers:
    """A server that answers its requests as told, one after the other; the last answer stays."""

    answers: list[web.Response]
    heard: list[tuple[str, str]] = field(default_factory=list)  # (path, content type)

    async def handle(self, request: web.Request) -> web.Response:
        await request.read()
        self.heard.append((request.path, request.content_type))
        told = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return web.Response(body=told.body, status=told.status, headers=told.headers)


@contextlib.asynccontextmanager
async def serving(*answers: web.Response) -> AsyncIterator[tuple[str, Answers]]:
    told = Answers(list(answers))
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", told.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", told
    finally:
        await runner.cleanup()


def refusal(status: int, body: str = "", **headers: str) -> web.Response:
    return web.Response(text=body, status=status, headers=headers, content_type="application/json")


TOKEN = '{"access_token":"t","expires_in":60}'


async def test_document_b_or_e_the_dialect_that_answers_is_kept() -> None:
    async with serving(refusal(415), refusal(200, TOKEN)) as (base, heard):
        endpoint = TokenEndpoint(documents("Acme", "example.test", "id", login_url=base))
        for _ in range(2):
            assert (await endpoint.ask(ASK, "s")).access_token == "t"
        form = "application/x-www-form-urlencoded"
        assert [kind for _, kind in heard.heard] == ["application/json", form, form]


async def test_document_e_address_login_first_then_the_bare_domain() -> None:
    config = documents("Acme", "usw2.pure.cloud", "id")
    assert [door.url for door in config.doors][::2] == [
        "https://login.usw2.pure.cloud/oauth/token",
        "https://usw2.pure.cloud/oauth/token",
    ]
    async with serving(refusal(404)) as (first, not_here), serving(refusal(200, TOKEN)) as (second, here):
        with_nobody = documents("Acme", "example.test", "id", login_url="http://127.0.0.1:9")
        places = [with_nobody.doors[0].url, f"{first}/oauth/token", f"{second}/oauth/token"]
        doors = tuple(TokenDoor(place, body) for place in places for body in (Body.JSON, Body.FORM))
        config = documents("Acme", "example.test", "id", login_url=first)
        endpoint = TokenEndpoint(replace(config, doors=doors))
        for _ in range(2):
            assert await endpoint.ask(ASK, "s")
        assert (len(not_here.heard), len(here.heard)) == (1, 2)


async def test_the_real_platform_has_one_door_and_no_secret_in_its_address() -> None:
    config = genesys("Acme", "mypurecloud.de", "id")
    assert config.doors == (TokenDoor("https://login.mypurecloud.de/oauth/token", Body.FORM),)
    assert (config.api, config.scope) == ("https://api.mypurecloud.de", "")


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (refusal(400, '{"error":"unauthorized_client"}'), Rejected, "Client Credentials"),
        (refusal(401), Rejected, "401"),
        (refusal(403, '{"message":"needs [routing:queue:view]"}'), Rejected, "lacks a permission: routing:queue:view"),
        (refusal(404), Rejected, "no sign-in at this address"),
        (refusal(429), Throttled, "429"),
        (refusal(503, **{"Retry-After": "4"}), Throttled, "503"),
        (refusal(503), Unreachable, "503"),
        (refusal(408), Unreachable, "408"),
        (refusal(302, Location="https://elsewhere.example.com/"), Unreachable, "elsewhere"),
        (refusal(200, "<html>hotel</html>"), Unreachable, "own sign-in page"),
        (refusal(200, '{"access_token":5}'), Unreachable, r"\$\.access_token"),
        (refusal(200, " " * 100_000 + TOKEN), Unreachable, "can't be read"),
    ],
)
async def test_document_e_every_failure_has_a_meaning(answer: web.Response, error: type[Exception], says: str) -> None:
    async with serving(answer) as (base, heard):
        with pytest.raises(error, match=says):
            await TokenEndpoint(genesys("Acme", "example.test", "id", login_url=base)).ask(ASK, "s")
        assert len(heard.heard) == 1


async def test_both_dialects_misread_is_explained_by_the_second() -> None:
    answers = refusal(415), refusal(400, '{"error":"unsupported_grant_type"}')
    async with serving(*answers) as (base, _):
        with pytest.raises(Rejected, match="unsupported_grant_type"):
            await TokenEndpoint(documents("Acme", "example.test", "id", login_url=base)).ask(ASK, "s")


async def test_a_code_is_exchanged_by_form_only() -> None:
    async with serving(refusal(200, TOKEN)) as (base, heard):
        endpoint = TokenEndpoint(documents("Acme", "example.test", "id", login_url=base))
        await endpoint.ask(AuthorizationCode("c", "v", "http://localhost:1/"))
        assert heard.heard == [("/oauth/token", "application/x-www-form-urlencoded")]


async def test_nobody_there() -> None:
    endpoint = TokenEndpoint(genesys("Acme", "example.test", "id", login_url="http://127.0.0.1:9"))
    with pytest.raises(Unreachable, match="does not answer"):
        await endpoint.ask(ASK, "s")
    with pytest.raises(Unreachable, match="did not accept"):
        await endpoint.alive("t")


@pytest.mark.parametrize("host", ["login.mypurecloud..ie", f"{'a' * 64}.ie", "bücher..example"])
async def test_a_host_name_that_is_none_is_a_sentence(host: str) -> None:
    address = f"https://{host}"
    config = replace(
        genesys("Acme", "example.test", "id"), api=address, doors=(TokenDoor(f"{address}/oauth/token", Body.FORM),)
    )
    with pytest.raises(Rejected, match="not a host name"):
        await TokenEndpoint(config).ask(ASK, "s")
    with pytest.raises(Unreachable, match="did not accept"):
        await TokenEndpoint(config).alive("t")
    await TokenEndpoint(config).revoke("t")
    with pytest.raises(SettingInvalid, match="not a host name"):
        genesys("Acme", "example.test", "id", login_url=address)


# ---- TLS and proxies ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", ["linux", "win32", "darwin"])
async def test_a_company_authority_is_trusted_by_ca_file_and_a_stranger_is_not(tmp_path: Path, platform: str) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    for name, one in (("company", authority), ("stranger", stranger)):
        one.cert_pem.write_to_path(tmp_path / f"{name}.pem")
    async with over_tls(authority) as base:
        config = genesys("Acme", "example.test", "service", login_url=base)
        good = client_context(str(tmp_path / "company.pem"), platform=platform)
        assert await TokenEndpoint(config, good).ask(ASK, SECRET)
        for ca_file in (str(tmp_path / "stranger.pem"), ""):
            with pytest.raises(Rejected, match="certificate is not trusted"):
                await TokenEndpoint(config, client_context(ca_file, platform=platform)).ask(ASK, SECRET)


@pytest.mark.parametrize("explicit", [True, False])
async def test_the_corporate_proxy_is_used_and_sees_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, explicit: bool
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "company.pem")
    async with over_tls(authority) as base, proxying(base) as (address, proxy):
        monkeypatch.setenv("https_proxy", "http://127.0.0.1:9" if explicit else address)
        config = genesys("Acme", "example.test", "service", proxy=address if explicit else "")
        endpoint = TokenEndpoint(config, client_context(str(tmp_path / "company.pem")))
        assert await endpoint.ask(ASK, SECRET)
        assert len(proxy.asked) == 1
        assert proxy.asked[0].startswith("CONNECT login.example.test:443 ")
        assert "uthorization" not in proxy.asked[0]


@pytest.mark.parametrize(("status", "error"), [(407, Rejected), (502, Unreachable)])
async def test_a_proxy_that_refuses_is_named(status: int, error: type[Exception]) -> None:
    async with proxying("http://localhost:9", status) as (address, _):
        config = genesys("Acme", "example.test", "service", proxy=address)
        with pytest.raises(error, match=f"proxy.*{status}"):
            await TokenEndpoint(config).ask(ASK, SECRET)


async def test_the_systems_proxy_works_beside_a_netrc_that_knows_every_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its words are for other programs: they must neither replace our token nor stand beside it."""
    (tmp_path / "netrc").write_text("default login jane password planted\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "company.pem")
    async with over_tls(authority) as base, proxying(base) as (address, proxy):
        monkeypatch.setenv("https_proxy", address)
        context = client_context(str(tmp_path / "company.pem"))
        endpoint = TokenEndpoint(
            genesys("Acme", "example.test", "service", api_url="https://login.example.test"), context
        )
        reply = await endpoint.ask(ASK, SECRET)
        assert await endpoint.alive(reply.access_token)
        assert await endpoint.alive("another") is False

        async def token(*, refresh: bool) -> str:
            return reply.access_token

        rest = RestClient("https://login.example.test", cast(Any, token), ssl_context=context)
        assert b"authorizedScope" in await rest.get(ME_PATH)
        assert len(proxy.asked) == 4
        assert not any("uthorization" in head for head in proxy.asked)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("socks5://planted:1080", "HTTPS_PROXY names a SOCKS proxy"),
        ("http://u:planted@proxy:port", "HTTPS_PROXY is not the address of an HTTP proxy"),
        ("http://", "HTTPS_PROXY is not the address of an HTTP proxy"),
        ("https://u:planted@proxy", "HTTPS_PROXY is not the address of an HTTP proxy"),
        ("http://pro xy:1", "HTTPS_PROXY is not the address of an HTTP proxy"),
    ],
)
async def test_a_proxy_of_the_environment_that_can_not_be_used_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, value: str, says: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    endpoint = TokenEndpoint(genesys("Acme", "example.test", "id"))
    with pytest.raises(Rejected, match=says) as caught:
        await endpoint.ask(ASK, SECRET)
    assert "planted" not in str(caught.value)
    with pytest.raises(Unreachable):
        await endpoint.alive("t")
    await endpoint.revoke("t")

    async def token(*, refresh: bool) -> str:
        return "t"

    with pytest.raises(Rejected, match=says):
        await RestClient("https://example.test", cast(Any, token)).get("/x")


# ---- the keyring -------------------------------------------------------------------------------------------------


def files_with(text: str, *folders: Path) -> list[Path]:
    """Files below the folders that hold the text in the clear."""
    return [
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and text.encode() in path.read_bytes()
    ]


async def test_secrets_and_tokens_are_in_the_real_keyring_and_nowhere_else(
    secret_service: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    home = Path(os.environ["XDG_CONFIG_HOME"]).parent
    async with login(keyring=SecretStore()) as at:
        keeper = await at.service()
        token = await keeper(refresh=False)
        assert at.said[-1].kept
        assert keyring.get_password(SERVICE, secret_name("Acme")) == SECRET
        assert token in (keyring.get_password(SERVICE, "Acme/token") or "")
        at.keyring = SecretStore()  # after a restart
        assert await (await at.service())(refresh=False) == token
        for planted in (token, SECRET):
            assert files_with(planted, tmp_path, home) == []
            assert planted not in caplog.text
        await keeper.sign_out(forget_secret=True)
        assert keyring.get_password(SERVICE, "Acme/token") is None
        assert keyring.get_password(SERVICE, secret_name("Acme")) is None


async def test_a_persons_tokens_are_in_the_real_keyring_too(secret_service: str) -> None:
    async with login(keyring=SecretStore()) as at, asyncio.TaskGroup() as group:
        keeper = at.person(Browser(group))
        await keeper.sign_in()
        token = await keeper(refresh=False)
        at.keyring = SecretStore()
        assert await at.person(lambda url: False)(refresh=False) == token


async def test_with_no_usable_keyring_it_lasts_for_this_session_and_says_so(tmp_path: Path) -> None:
    home = Path(os.environ["XDG_CONFIG_HOME"]).parent
    async with login(keyring=SecretStore()) as at, asyncio.TaskGroup() as group:
        keeper = at.person(Browser(group))
        await keeper.sign_in()
        token = await keeper(refresh=False)
        assert (at.state, at.said[-1].kept) == (SignInState.SIGNED_IN, False)
        assert await keeper(refresh=False) == token
        assert files_with(token, tmp_path, home) == []
        at.keyring = SecretStore()  # after a restart it is gone
        with pytest.raises(Rejected):
            await at.person(lambda url: False)(refresh=False)
