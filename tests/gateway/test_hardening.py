"""What stands before the gateway's listeners: real TLS with a test authority, mutual TLS, allow-lists, HSTS."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import trustme
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from desktop.domain.errors import SettingInvalid
from desktop.gateway.hardening import (
    HANDSHAKE_LIMIT_S,
    AllowRule,
    HardenedSite,
    Hardening,
    HardeningStats,
    admitted,
    client_of,
    harden,
    hardened_runner,
    server_context,
)
from desktop.protocols.address_ranges import parse_address, parse_networks

LOCAL = parse_networks(["127.0.0.0/8", "::1"])
GENESYS = parse_networks(["52.200.73.32/32", "2600:1f18::/36"])


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def files(authority: trustme.CA, tmp_path: Path) -> tuple[Path, Path]:
    made = authority.issue_cert("127.0.0.1", "localhost")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
    key.write_bytes(made.private_key_pem.bytes())
    return chain, key


def client(authority: trustme.CA, certificate: trustme.LeafCert | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    if certificate is not None:
        certificate.configure_cert(context)
    return context


@dataclass
class Served:
    base: str
    port: int
    stats: HardeningStats


@contextlib.asynccontextmanager
async def serving(
    config: Hardening,
    context: ssl.SSLContext | None = None,
    *,
    handshake_s: float = HANDSHAKE_LIMIT_S,
    silent_s: float = 60.0,
) -> AsyncIterator[Served]:
    async def ok(request: web.Request) -> web.Response:
        return web.Response(text="ok")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", ok)
    stats = harden(app, config)
    runner = hardened_runner(app, shutdown_timeout_s=0.2, silent_s=silent_s)
    await runner.setup()
    site = HardenedSite(runner, "127.0.0.1", 0, ssl_context=context, handshake_s=handshake_s)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield Served(f"{site.name.rpartition(':')[0]}:{port}", port, stats)
    finally:
        await runner.cleanup()


async def ask(
    served: Served, path: str = "/", context: ssl.SSLContext | None = None, **headers: str
) -> tuple[int, dict[str, str]]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connector = aiohttp.TCPConnector(ssl=context if context else True)
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get(served.base + path, headers=named) as response,
    ):
        return response.status, dict(response.headers)


# TLS


async def test_document_c_step_1_tls_1_2_and_1_3_and_hsts(authority: trustme.CA, files: tuple[Path, Path]) -> None:
    async with serving(Hardening(), server_context(*files)) as served:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = client(authority)
            context.minimum_version = context.maximum_version = version
            status, headers = await ask(served, context=context)
            assert status == 200
            assert headers["Strict-Transport-Security"] == "max-age=31536000"
            assert headers["Server"] == "Sidetone"


async def test_document_c_tls_1_1_is_refused(authority: trustme.CA, files: tuple[Path, Path]) -> None:
    """The same client gets through to a server that still allows it."""
    lax, old = server_context(*files), client(authority)
    for context in (lax, old):
        context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1 is deprecated"):
        lax.minimum_version = old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    async with serving(Hardening(), lax) as served:
        assert (await ask(served, context=old))[0] == 200
    async with serving(Hardening(), server_context(*files)) as served:
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            await asyncio.open_connection("127.0.0.1", served.port, ssl=old)


async def test_document_c_step_1_a_handshake_that_takes_too_long_is_ended(files: tuple[Path, Path]) -> None:
    assert HANDSHAKE_LIMIT_S < 5
    async with serving(Hardening(), server_context(*files), handshake_s=0.1) as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


@pytest.mark.parametrize("said", [b"", b"POST /stream/v1/audiohook HTTP/1.1\r\nHost: x\r\nX-Slow: "])
async def test_a_connection_that_never_brings_a_request_is_closed(said: bytes) -> None:
    async with serving(Hardening(), silent_s=0.1) as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(said)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
        assert (await ask(served))[0] == 200


async def test_mutual_tls_demanded_of_everybody(
    authority: trustme.CA, files: tuple[Path, Path], tmp_path: Path
) -> None:
    platform = trustme.CA()
    platform.cert_pem.write_to_path(tmp_path / "clients.pem")
    context = server_context(*files, client_ca_file=tmp_path / "clients.pem", demand_certificate=True)
    async with serving(Hardening(), context) as served:
        own = client(authority, platform.issue_cert("genesys.example.com"))
        assert (await ask(served, context=own))[0] == 200
        for stranger in (client(authority), client(authority, trustme.CA().issue_cert("stranger.example.com"))):
            with pytest.raises((aiohttp.ClientError, OSError)):
                await ask(served, context=stranger)


async def test_mutual_tls_on_some_paths_lets_consoles_and_audiohook_in_without(
    authority: trustme.CA, files: tuple[Path, Path], tmp_path: Path
) -> None:
    platform = trustme.CA()
    platform.cert_pem.write_to_path(tmp_path / "clients.pem")
    context = server_context(*files, client_ca_file=tmp_path / "clients.pem")
    async with serving(Hardening(certificate_prefixes=("/stream",)), context) as served:
        own = client(authority, platform.issue_cert("genesys.example.com"))
        assert (await ask(served, "/stream/v1/audiohook", own))[0] == 200
        assert (await ask(served, "/stream/v1/audiohook", client(authority)))[0] == 403
        assert (await ask(served, "/audiohook", client(authority)))[0] == 200
        assert served.stats.refused_certificates == 1


@pytest.mark.parametrize("what", ["missing", "another's key", "no pem", "no ca", "empty ca"])
def test_files_that_cannot_be_used_are_named(
    what: str, authority: trustme.CA, files: tuple[Path, Path], tmp_path: Path
) -> None:
    chain, key = files
    other = tmp_path / "other.pem"
    other.write_bytes(authority.issue_cert("x.example.com").private_key_pem.bytes())
    junk = tmp_path / "junk.pem"
    junk.write_text("nothing")
    attempts: dict[str, Callable[[], ssl.SSLContext]] = {
        "missing": lambda: server_context(tmp_path / "none.pem", key),
        "another's key": lambda: server_context(chain, other),
        "no pem": lambda: server_context(junk, key),
        "no ca": lambda: server_context(chain, key, client_ca_file=junk),
        "empty ca": lambda: server_context(chain, key, demand_certificate=True),
    }
    with pytest.raises(SettingInvalid) as caught:
        attempts[what]()
    expected = {"missing": "cert_file", "another's key": "key_file", "no pem": "cert_file"}
    assert caught.value.path == expected.get(what, "client_ca_file")


# the allow-list


async def test_document_c_step_1_only_the_platform_s_addresses_may_come_in() -> None:
    rules = (AllowRule("/stream", GENESYS), AllowRule("/", LOCAL))
    async with serving(Hardening(rules=rules)) as served:
        assert (await ask(served, "/stream/v1/audiohook"))[0] == 403
        assert (await ask(served, "/api/v2/audioconnector/connections"))[0] == 200
        assert served.stats.refused_addresses == 1


async def test_the_way_in_is_closed_for_every_spelling_of_the_path() -> None:
    async with serving(Hardening(rules=(AllowRule("/stream", GENESYS),))) as served:
        for path in ("/stream/v1/audiohook", "/%73tream/v1/audiohook", "/stream"):
            assert (await ask(served, path))[0] == 403


async def test_behind_a_proxy_forwarded_addresses_count_only_if_the_proxy_is_trusted() -> None:
    rules = (AllowRule("/stream", GENESYS),)
    async with serving(Hardening(rules=rules)) as served:
        assert (await ask(served, "/stream", X_Forwarded_For="52.200.73.32"))[0] == 403
    async with serving(Hardening(rules=rules, trusted_proxies=LOCAL)) as served:
        assert (await ask(served, "/stream", X_Forwarded_For="52.200.73.32"))[0] == 200
        assert (await ask(served, "/stream", X_Forwarded_For="52.200.73.32, 6.6.6.6"))[0] == 403
        assert (await ask(served, "/stream", X_Forwarded_For="52.200.73.32, 127.0.0.9"))[0] == 200
        assert (await ask(served, "/stream"))[0] == 403


@pytest.mark.parametrize(
    ("forwarded", "client_address"),
    [
        (None, "127.0.0.1"),
        ("52.200.73.32:4711", "52.200.73.32"),
        ("[2600:1f18::7]:4711", "2600:1f18::7"),
        ("2600:1f18::7", "2600:1f18::7"),
        ("::ffff:52.200.73.32", "52.200.73.32"),
        ("1.1.1.1, 52.200.73.32", "52.200.73.32"),
        ("unknown", None),
        (" , ", "127.0.0.1"),
    ],
)
def test_who_asks(forwarded: str | None, client_address: str | None) -> None:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    request = make_mocked_request("GET", "/", headers=headers).clone(remote="127.0.0.1")
    assert client_of(request, LOCAL) == parse_address(client_address)
    assert client_of(request, ()) == parse_address("127.0.0.1")


def test_the_longest_prefix_counts() -> None:
    config = Hardening(rules=(AllowRule("/", LOCAL), AllowRule("/stream", GENESYS)))
    assert admitted(config, "/stream/x", parse_address("52.200.73.32"))
    assert not admitted(config, "/stream/x", parse_address("127.0.0.1"))
    assert admitted(config, "/console", parse_address("127.0.0.1"))
    assert not admitted(config, "/console", None)
    assert admitted(Hardening(), "/anything", None)


async def test_hsts_is_not_sent_in_the_clear_but_for_a_trusted_proxy_s_tls() -> None:
    async with serving(Hardening(trusted_proxies=LOCAL)) as served:
        assert "Strict-Transport-Security" not in (await ask(served))[1]
        assert "Strict-Transport-Security" in (await ask(served, X_Forwarded_Proto="https"))[1]
    async with serving(Hardening()) as served:
        assert "Strict-Transport-Security" not in (await ask(served, X_Forwarded_Proto="https"))[1]


async def test_hsts_is_on_refusals_too(authority: trustme.CA, files: tuple[Path, Path]) -> None:
    async with serving(Hardening(rules=(AllowRule("/", GENESYS),)), server_context(*files)) as served:
        status, headers = await ask(served, context=client(authority))
        assert status == 403
        assert "Strict-Transport-Security" in headers
        assert headers["Connection"] == "close"
