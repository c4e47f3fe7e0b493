"""Tokens go over TLS, or stay on this machine."""

from __future__ import annotations

import pytest

from desktop.domain.errors import PeerBrokeProtocol, SettingInvalid
from desktop.sources.trust import check_base_url, check_stream_uri, is_loopback


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
