"""Tokens go over TLS, or stay on this machine."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest
import trustme
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from desktop.domain.errors import PeerBrokeProtocol, Rejected, SettingInvalid
from desktop.sources import trust
from desktop.sources.trust import (
    Route,
    check_base_url,
    check_proxy,
    check_stream_uri,
    client_context,
    is_loopback,
    route_to,
)

BROKEN = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.8.0.1", "::1"])
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["example.com", "10.0.0.1", "localhost.example.com", "", "0.0.0.0"])
def test_other_machines(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://api.mypurecloud.com", "https://api.mypurecloud.com"),
        ("https://gateway.example.com:8443/", "https://gateway.example.com:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_addresses_that_may_have_the_token(url: str, base: str) -> None:
    assert check_base_url(url) == base


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.mypurecloud.com",
        "ftp://host",
        "http://api.mypurecloud.com",
        "https://user:pw@host",
        "https://host?x=1",
        "https://host:port",
        "https://[::1",
    ],
)
def test_addresses_that_may_not(url: str) -> None:
    with pytest.raises(SettingInvalid, match="base_url"):
        check_base_url(url)


def test_streams() -> None:
    assert check_stream_uri("ws://127.0.0.1:8080/path?token=t") is True
    assert check_stream_uri("wss://wss-us-east-1.mypurecloud.com/path?token=t") is False


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "https://host",
        "ws://example.com/?token=secret",
        "wss://u:secret@host/",
        "wss://h/#secret",
        "wss://h:secret/",
    ],
)
def test_streams_that_are_not_opened_and_not_shown(uri: str) -> None:
    with pytest.raises(PeerBrokeProtocol, match=r"\$\.uri") as caught:
        check_stream_uri(uri)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://proxy.example.com:3128", "http://proxy.example.com:3128/", "http://[::1]:80"])
def test_proxies(url: str) -> None:
    assert check_proxy(url) == url.rstrip("/")
    assert check_proxy("") == ""


@pytest.mark.parametrize(
    "url",
    [
        "proxy:3128",
        "https://proxy:3128",
        "socks5://proxy:1080",
        "http://",
        "http://proxy:port",
        "http://[::1",
        "http://u:planted@proxy:3128",
        "http://proxy/path",
        "http://proxy?x=1",
    ],
)
def test_proxies_that_can_not_be_used_and_passwords_that_must_not_be_there(url: str) -> None:
    with pytest.raises(SettingInvalid, match="proxy") as caught:
        check_proxy(url)
    assert "planted" not in str(caught.value)


@pytest.fixture
def proxies(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the environment's to these, and no others."""

    def put(**named: str) -> None:
        for name in ("https_proxy", "http_proxy", "no_proxy", "all_proxy", "socks_proxy", "wss_proxy"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.upper(), raising=False)
        for name, value in named.items():
            monkeypatch.setenv(name, value)

    return put


def test_the_way_to_a_host(proxies: Callable[..., None]) -> None:
    proxies(HTTPS_PROXY="http://system:3128")
    for address in ("https://api.mypurecloud.com/x", "wss://api.mypurecloud.com"):
        assert route_to(address).by_system
        assert route_to(address).proxy == route_to(address).websockets == "http://system:3128"
        explicit = route_to(address, "http://proxy:3128/")
        assert (explicit.proxy, explicit.by_system) == ("http://proxy:3128", False)
        assert explicit.websockets == "http://proxy:3128"
    for here in ("http://127.0.0.1:8080", "wss://localhost:1", "ws://[::1]:5/x"):
        direct = route_to(here, "http://proxy:3128")
        assert (direct.proxy, direct.by_system, direct.websockets) == (None, False, None)
        assert route_to(here).proxy is None
    assert Route().proxy is None


def test_the_systems_proxy_is_looked_up_each_time_as_settings_change(proxies: Callable[..., None]) -> None:
    proxies()
    route = route_to("https://api.mypurecloud.com")
    assert route.proxy is None
    proxies(https_proxy="http://jane:p%40ss@proxy.example.com:3128/")
    assert route.proxy == "http://jane:p%40ss@proxy.example.com:3128"
    proxies(https_proxy="proxy:3128")  # as many write it
    assert route.proxy == "http://proxy:3128"
    proxies(http_proxy="http://plain:1")
    assert (route.proxy, route_to("http://example.test/").proxy) == (None, "http://plain:1")


@pytest.mark.parametrize(
    ("exempt", "through"),
    [
        ("mypurecloud.com", False),
        ("api.mypurecloud.com:443", False),
        ("api.mypurecloud.com:8443", True),
        ("*", False),
        ("10.0.0.1, .mypurecloud.com", False),
        ("example.com", True),
    ],
)
def test_hosts_that_need_no_proxy(proxies: Callable[..., None], exempt: str, through: bool) -> None:
    proxies(https_proxy="http://proxy:3128", no_proxy=exempt)
    for address in ("https://api.mypurecloud.com/api", "wss://api.mypurecloud.com:443"):
        assert route_to(address).proxy == ("http://proxy:3128" if through else None)


def test_an_exempt_ipv6_host(proxies: Callable[..., None]) -> None:
    proxies(https_proxy="http://proxy:3128", no_proxy="2001:db8::1")
    assert route_to("https://[2001:db8::1]:8443/").proxy is None
    assert route_to("https://[2001:db8::2]:8443/").proxy == "http://proxy:3128"


@pytest.mark.parametrize(
    "value",
    [
        "socks5h://planted:1080",
        "socks://planted",
        "https://planted:1",
        "http://u@planted:1",
        "http://planted/x",
        "http://planted..x",
        "http://[::1",
        "ftp://planted",
    ],
)
def test_a_system_proxy_that_can_not_be_used_is_named_and_not_shown(
    proxies: Callable[..., None], monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    for name in ("https_proxy", "HTTPS_PROXY"):
        proxies(**{name: value})
        with pytest.raises(Rejected, match=f"^{name} ") as caught:
            _ = route_to("https://example.test").websockets
        assert ("SOCKS" in str(caught.value)) is value.startswith("socks")
        assert "planted" not in str(caught.value)
    proxies()
    monkeypatch.setattr("urllib.request.getproxies", lambda: {"https": value})  # of Windows or macOS
    with pytest.raises(Rejected, match=r"^The system's proxy setting ") as caught:
        _ = route_to("https://example.test").proxy
    assert "planted" not in str(caught.value)


def test_a_system_that_can_not_say_who_needs_no_proxy(
    proxies: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows looks the name up for it."""

    def bypass(host: str) -> bool:
        raise UnicodeError("label empty or too long")

    proxies(https_proxy="http://proxy:3128")
    monkeypatch.setattr("urllib.request.proxy_bypass", bypass)
    assert route_to("https://example.test").proxy == "http://proxy:3128"


def test_a_base_of_another_script_is_written_as_the_wire_has_it() -> None:
    assert check_base_url("https://api.bücher.example:8443/") == "https://api.xn--bcher-kva.example:8443"


@pytest.mark.parametrize(
    "host", ["api.mypurecloud..ie", f"{'a' * 64}.ie", "api.bücher..example", "pure cloud.ie", ".ie"]
)
def test_a_base_whose_host_is_no_name(host: str) -> None:
    with pytest.raises(SettingInvalid, match="base_url: not a host name"):
        check_base_url(f"https://{host}")


def test_a_ca_file_in_the_home_of_nobody_is_named() -> None:
    with pytest.raises(SettingInvalid, match="ca_file"):
        client_context("~nosuchperson/company.pem")


@pytest.mark.parametrize("content", [None, b"", b"not a certificate", b"\xff\xfe", BROKEN])
def test_a_ca_file_that_can_not_be_used_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "company.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingInvalid, match="ca_file"):
        client_context(str(path))
    with pytest.raises(SettingInvalid, match="ca_file"):
        client_context(str(tmp_path))


def test_the_systems_authorities_are_found_elsewhere_if_the_interpreter_was_built_for_another_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "bundle.pem"
    trustme.CA().cert_pem.write_to_path(store)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setattr(trust, "OTHER_STORES", (str(tmp_path / "missing.pem"), str(store)))
    assert client_context(platform="linux").cert_store_stats()["x509_ca"] == 1
    monkeypatch.setenv("SSL_CERT_FILE", str(store))
    monkeypatch.setattr(trust, "OTHER_STORES", ())
    assert client_context(platform="linux").cert_store_stats()["x509_ca"] == 1


@pytest.mark.parametrize("platform", ["linux", "win32", "darwin"])
async def test_both_clients_take_the_context(tmp_path: Path, platform: str) -> None:
    """On Windows and macOS it is truststore's, which both must accept as an SSLContext."""
    authority, server = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)
    (tmp_path / "company.pem").write_bytes("# Autorité de l'entreprise\n".encode() + authority.cert_pem.bytes())
    good, bad = client_context(str(tmp_path / "company.pem"), platform=platform), client_context(platform=platform)
    assert good.verify_mode is ssl.CERT_REQUIRED
    assert good.check_hostname

    async def echo(connection: ServerConnection) -> None:
        await connection.send("hello")

    async with serve(echo, "localhost", 0, ssl=server) as listening:
        port = next(iter(listening.sockets)).getsockname()[1]
        route = route_to(f"wss://localhost:{port}")
        async with connect(f"wss://localhost:{port}", ssl=good, proxy=route.websockets) as connection:
            assert await connection.recv() == "hello"
        with pytest.raises(ssl.SSLCertVerificationError):
            await connect(f"wss://localhost:{port}", ssl=bad, proxy=route.websockets)
        for context, error in ((good, aiohttp.ClientResponseError), (bad, aiohttp.ClientConnectorCertificateError)):
            async with aiohttp.ClientSession(proxy=route.proxy) as session:
                with pytest.raises(error):
                    await session.get(f"https://localhost:{port}", ssl=context, raise_for_status=True)
