"""Names, reach and proxies: real sockets on loopback, and a sentence with a remedy for everything that goes wrong."""

from __future__ import annotations

import contextlib
import errno
import socket
import ssl

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from desktop.doctor import names
from desktop.doctor.network import (
    Endpoint,
    Proxy,
    ProxyRefused,
    dns_verdict,
    endpoint_of,
    open_path,
    proxy_of,
    reach_verdict,
    resolve,
)
from desktop.domain.errors import SettingInvalid
from desktop.domain.finding import Level
from tests.doctor.servers import listening, proxy, server_of

API = Endpoint("API", "api.example.com", 443, tls=True)


async def test_a_name_is_found() -> None:
    found = await resolve("localhost", 80)
    assert "127.0.0.1" in found or "::1" in found
    verdict = dns_verdict("DNS", "localhost", found, 1.0)
    assert verdict.level is Level.PASS
    assert not verdict.remedy


async def test_a_name_that_nobody_has_is_named() -> None:
    with pytest.raises(socket.gaierror) as problem:
        await resolve("no-such-host.invalid", 80)
    verdict = dns_verdict("DNS", "no-such-host.invalid", problem.value, 1.0)
    assert verdict.level is Level.FAIL
    assert "no-such-host.invalid" in verdict.text
    assert verdict.remedy


@pytest.mark.parametrize(
    ("outcome", "level", "said"),
    [
        (socket.gaierror(socket.EAI_NONAME, "x"), Level.FAIL, "There is no host named h."),
        (socket.gaierror(socket.EAI_AGAIN, "x"), Level.FAIL, "DNS server did not answer"),
        (TimeoutError(), Level.FAIL, "Nobody answered"),
        ((), Level.FAIL, "There is no host"),
        (("1.2.3.4",), Level.PASS, "1 address."),
        (("1.2.3.4", "1.2.3.5"), Level.PASS, "2 addresses."),
    ],
)
def test_what_a_look_up_says(outcome: tuple[str, ...] | OSError, level: Level, said: str) -> None:
    verdict = dns_verdict("DNS", "h", outcome, 5.0)
    assert verdict.level is level
    assert said in verdict.text
    assert bool(verdict.remedy) is (level is not Level.PASS)


def test_a_slow_look_up_is_a_warning() -> None:
    verdict = dns_verdict("DNS", "h", ("1.2.3.4",), 2500.0)
    assert verdict.level is Level.WARN
    assert "2.5 s" in verdict.text


async def test_an_open_port_takes_connections_and_a_closed_one_refuses() -> None:
    async with listening(None) as port:
        there = Endpoint("API", "127.0.0.1", port, tls=False)
        _, writer = await open_path(there, None)
        writer.transport.abort()
    assert reach_verdict("Network", there, None, None).level is Level.PASS
    with pytest.raises(ConnectionRefusedError) as problem:
        await open_path(there, None)
    verdict = reach_verdict("Network", there, None, problem.value)
    assert verdict.level is Level.FAIL
    assert f"127.0.0.1:{port} refuses connections" in verdict.text


async def test_through_a_proxy_that_lets_us() -> None:
    async with listening(None) as port, proxy() as (at, heads):
        way = proxy_of(f"http://user:p%40ss@127.0.0.1:{at}")
        assert way is not None
        _, writer = await open_path(Endpoint("API", "localhost", port, tls=False), way)
        writer.transport.abort()
    assert heads[0].startswith(f"CONNECT localhost:{port} HTTP/1.1\r\n".encode())
    assert b"Proxy-Authorization: Basic dXNlcjpwQHNz\r\n" in heads[0]
    assert "pass" not in repr(way)
    assert "dXNlcjpwQHNz" not in repr(way)


@pytest.mark.parametrize(
    ("status", "said"), [(407, "user name and password"), (403, "refuses to connect"), (502, "502")]
)
async def test_through_a_proxy_that_does_not(status: int, said: str) -> None:
    async with proxy(status) as (at, _):
        way = Proxy("127.0.0.1", at)
        with pytest.raises(ProxyRefused) as problem:
            await open_path(API, way)
    verdict = reach_verdict("Network", API, way, problem.value)
    assert verdict.level is Level.FAIL
    assert said in verdict.text
    assert f"127.0.0.1:{at}" in verdict.text
    assert verdict.remedy


async def test_a_proxy_that_hangs_up_or_is_spoken_to_wrongly() -> None:
    async with listening(server_of(trustme.CA().issue_cert("localhost"))) as port:
        with pytest.raises((ConnectionError, TimeoutError)) as problem:
            await open_path(API, Proxy("127.0.0.1", port))
        assert reach_verdict("Network", API, Proxy("127.0.0.1", port), problem.value).level is Level.FAIL
        with pytest.raises(ssl.SSLError) as refused:
            await open_path(API, Proxy("127.0.0.1", port, tls=True))
    verdict = reach_verdict("Network", API, Proxy("127.0.0.1", port, tls=True), refused.value)
    assert "http://" in verdict.remedy


def test_silence_and_everything_else() -> None:
    assert "does not answer within" in reach_verdict("N", API, None, TimeoutError()).text
    assert "OSError" not in reach_verdict("N", API, None, OSError()).text
    several = OSError(f"Multiple exceptions: [Errno {errno.ECONNREFUSED}] a, [Errno {errno.ECONNREFUSED}] b")
    assert "refuses connections" in reach_verdict("N", API, None, several).text
    nowhere = reach_verdict("N", API, None, OSError(errno.ENETUNREACH, "Network is unreachable"))
    assert nowhere.text == "api.example.com:443 can't be reached: no way leads there from this network."


def test_sentences_about_a_proxy_begin_with_a_capital() -> None:
    for problem in (ProxyRefused(407), ProxyRefused(403), ConnectionRefusedError(), TimeoutError(), ssl.SSLError()):
        assert reach_verdict("N", API, Proxy("p.example", 8080), problem).text.startswith("The proxy p.example:8080 ")


def test_a_password_is_never_to_be_put_into_the_settings() -> None:
    assert "HTTPS_PROXY" in reach_verdict("N", API, Proxy("p.example", 8080), ProxyRefused(407)).remedy


@pytest.mark.parametrize("outcome", [socket.gaierror(socket.EAI_NONAME, "x"), socket.gaierror(socket.EAI_AGAIN, "x")])
def test_without_internet_nobody_is_told_to_change_the_region(outcome: OSError) -> None:
    verdict = dns_verdict("DNS", "login.mypurecloud.ie", outcome, 1.0)
    assert verdict.level is Level.FAIL
    assert verdict.text == "No name can be looked up: is this computer online?"
    assert "VPN" in verdict.remedy
    assert "region" not in verdict.remedy
    assert dns_verdict("DNS", "notmypurecloud.ie", outcome, 1.0).text != verdict.text
    all_of_them = dns_verdict("DNS", "login.own.example", outcome, 1.0, none_found=True)
    assert all_of_them.text == verdict.text
    assert all_of_them.remedy == (
        "Check the network connection, the VPN and the proxy setting. "
        "If web pages open here, the region or the address in the settings is wrong."
    )


def test_a_proxy_s_name_is_corrected_where_the_proxy_is_set() -> None:
    verdict = dns_verdict("DNS", "p.example", (), 1.0, is_proxy=True)
    assert verdict.text == "There is no host named p.example."
    assert "proxy's address" in verdict.remedy


async def test_each_name_is_looked_up_once_and_all_of_them_only_after_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    async def resolve(host: str, port: int) -> tuple[str, ...]:
        asked.append(host)
        if host.endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "x")
        return ("192.0.2.1",)

    monkeypatch.setattr(names, "resolve", resolve)
    some = names.Names([("a.invalid", 1), ("b.example", 1), ("127.0.0.1", 1)])
    assert (await some.look_up("a.invalid", 1)).failed
    assert not await some.none_found()
    assert not (await some.look_up("b.example", 1)).failed
    assert asked == ["a.invalid", "b.example"]
    assert await names.Names([("a.invalid", 1), ("c.invalid", 1)]).none_found()
    assert not await names.Names([("a.invalid", 1), ("127.0.0.1", 1)]).none_found(), "one name proves nothing"


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("https://api.mypurecloud.com", "api.mypurecloud.com", 443, True),
        ("wss://streaming.mypurecloud.com/x?y=z", "streaming.mypurecloud.com", 443, True),
        ("http://127.0.0.1:8080/", "127.0.0.1", 8080, False),
        ("ws://[::1]:9", "::1", 9, False),
    ],
)
def test_where_an_address_leads(url: str, host: str, port: int, tls: bool) -> None:
    assert endpoint_of("API", url) == Endpoint("API", host, port, tls)


def test_a_numeric_host_needs_no_name() -> None:
    assert endpoint_of("API", "ws://[::1]:9").numeric
    assert not API.numeric


@pytest.mark.parametrize("url", ["", "api", "ftp://h", "https://", "https://h:99999", "https://[::1", "https://h:x"])
def test_what_is_no_address_names_the_field(url: str) -> None:
    with pytest.raises(SettingInvalid, match="API"):
        endpoint_of("API", url)


@pytest.mark.parametrize("url", ["socks5://h:1", "http://h:99999", "http://"])
def test_what_is_no_proxy_names_the_field(url: str) -> None:
    with pytest.raises(SettingInvalid, match="proxy"):
        proxy_of(url)


def test_a_proxy_without_scheme_is_http() -> None:
    assert proxy_of("") is None
    assert proxy_of("proxy.example:3128") == Proxy("proxy.example", 3128)
    assert proxy_of("https://proxy.example") == Proxy("proxy.example", 443, True)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_setting_error(url: str) -> None:
    for read in (lambda: endpoint_of("API", url), lambda: proxy_of(url)):
        with contextlib.suppress(SettingInvalid):
            read()
