"""Which addresses a token may be sent to: TLS everywhere, plain text on this machine only."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from desktop.domain.errors import PeerBrokeProtocol, SettingInvalid


def is_loopback(host: str) -> bool:
    """Whether `host` (a name or an address) is this machine. Names other than localhost are not looked up."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_base_url(url: str) -> str:
    """A REST base without trailing slash: `https://host[:port]`, or `http://` on loopback. SettingInvalid otherwise."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise SettingInvalid("base_url", "not an address", "Write it like https://api.mypurecloud.com") from None
    if not host or parts.scheme not in ("http", "https") or parts.query or parts.fragment or parts.username:
        raise SettingInvalid("base_url", "not an address", "Write it like https://api.mypurecloud.com")
    if parts.scheme == "http" and not is_loopback(host):
        raise SettingInvalid("base_url", "plain http would show the access token to the network", "Use https")
    return url.rstrip("/")


def check_stream_uri(uri: str) -> bool:
    """The discovered WebSocket address; True if it is on this machine. PeerBrokeProtocol never repeats the address."""
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise PeerBrokeProtocol("discovery reply: not an address - at `$.uri`") from None
    if not host or parts.scheme not in ("ws", "wss") or parts.username or parts.fragment:
        raise PeerBrokeProtocol("discovery reply: not a WebSocket address - at `$.uri`")
    local = is_loopback(host)
    if parts.scheme == "ws" and not local:
        raise PeerBrokeProtocol("discovery reply: a stream without TLS is only taken on this machine - at `$.uri`")
    return local
