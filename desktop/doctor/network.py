"""Names and reach: does the host have an address, and does it, or the proxy in front of it, take a connection?"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import socket
import ssl
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from desktop.domain.errors import SettingInvalid
from desktop.domain.finding import Finding, Level
from desktop.domain.regions import REGIONS
from desktop.protocols.trouble import Trouble
from desktop.sources.plainly import trouble_in

PATIENCE_S = 10.0
SLOW_DNS_MS = 1000.0
PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}


class Endpoint(NamedTuple):
    """Where a connection goes; `role` says what for: "sign-in", "API", "stream"."""

    role: str
    host: str
    port: int
    tls: bool

    @property
    def numeric(self) -> bool:
        """Whether the host is an address already, so that no name has to be looked up."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return False
        return True


class Proxy(NamedTuple):
    """An HTTP proxy. `authorization` is a header's value, never shown."""

    host: str
    port: int
    tls: bool = False
    authorization: str = ""

    def __repr__(self) -> str:
        return f"Proxy({self.host}:{self.port})"


class ProxyRefused(Exception):
    """The proxy answered CONNECT with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"CONNECT answered {status}")
        self.status = status


Path = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def endpoint_of(role: str, url: str) -> Endpoint:
    """From a base address such as https://api.mypurecloud.com. SettingInvalid if it is none."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if not host or parts.scheme not in PORTS:
        raise SettingInvalid(role, "not an address", "Write it like https://api.mypurecloud.com")
    return Endpoint(role, host, port or PORTS[parts.scheme], parts.scheme in ("https", "wss"))


def proxy_of(url: str) -> Proxy | None:
    """From http://[user:password@]host:port; None for "". SettingInvalid if it is none."""
    if not url:
        return None
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if not host or parts.scheme not in ("http", "https"):
        raise SettingInvalid("proxy", "not an address", "Write it like http://proxy.example.com:8080")
    who = ""
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        who = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return Proxy(host, port or PORTS[parts.scheme], parts.scheme == "https", who)


async def resolve(host: str, port: int) -> tuple[str, ...]:
    """The host's addresses. OSError (gaierror) if there are none; TimeoutError."""
    async with asyncio.timeout(PATIENCE_S):
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


async def open_path(endpoint: Endpoint, proxy: Proxy | None) -> Path:
    """A plain connection to the endpoint, through the proxy if there is one. OSError, TimeoutError, ProxyRefused."""
    async with asyncio.timeout(PATIENCE_S):
        if proxy is None:
            return await asyncio.open_connection(endpoint.host, endpoint.port)
        context = ssl.create_default_context() if proxy.tls else None
        reader, writer = await asyncio.open_connection(proxy.host, proxy.port, ssl=context)
        try:
            await _tunnel(reader, writer, endpoint, proxy)
        except BaseException:
            writer.close()
            raise
        return reader, writer


async def _tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, endpoint: Endpoint, proxy: Proxy) -> None:
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    lines = [f"CONNECT {host}:{endpoint.port} HTTP/1.1", f"Host: {host}:{endpoint.port}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        raise ConnectionResetError("the proxy hung up") from None
    words = head.split(b"\r\n", 1)[0].split()
    status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    if status != 200:
        raise ProxyRefused(status)


def in_a_region(host: str) -> bool:
    """Whether it is a host of a known region: then there is one of that name."""
    return any(host == region.domain or host.endswith(f".{region.domain}") for region in REGIONS)


def dns_verdict(
    subject: str,
    host: str,
    outcome: tuple[str, ...] | OSError,
    took_ms: float,
    *,
    is_proxy: bool = False,
    none_found: bool = False,
) -> Finding:
    """What a look-up of `host` says. `none_found`: nor was any of the other hosts."""
    failed = isinstance(outcome, OSError) or not outcome
    if failed and (in_a_region(host) or none_found):
        remedy = OFFLINE_REMEDY if in_a_region(host) else f"{OFFLINE_REMEDY} If web pages open here, {PERHAPS_REGION}"
        return Finding(subject, Level.FAIL, OFFLINE, remedy)
    if isinstance(outcome, TimeoutError):
        text = f"Nobody answered what {host} is within {PATIENCE_S:.0f} s."
        return Finding(subject, Level.FAIL, text, "Check the network connection and its DNS server.")
    if isinstance(outcome, socket.gaierror) and outcome.errno == socket.EAI_AGAIN:
        text = f"The DNS server did not answer for {host}."
        return Finding(subject, Level.FAIL, text, "Check the network connection and its DNS server.")
    if isinstance(outcome, OSError) or not outcome:
        text = f"There is no host named {host}."
        if is_proxy:
            return Finding(subject, Level.FAIL, text, "Check the proxy's address in the settings, or in the system's.")
        remedy = "Check the region or the address in the settings. Within a VPN, its DNS server must know the name."
        return Finding(subject, Level.FAIL, text, remedy)
    count = len(outcome)
    text = f"{host} has {count} address{'es' if count > 1 else ''}."
    if took_ms > SLOW_DNS_MS:
        text = f"{host} was found, but only after {took_ms / 1000:.1f} s."
        return Finding(
            subject, Level.WARN, text, "A DNS server that slow delays every reconnect; ask your network team."
        )
    return Finding(subject, Level.PASS, text)


OFFLINE = "No name can be looked up: is this computer online?"
OFFLINE_REMEDY = "Check the network connection, the VPN and the proxy setting."
PERHAPS_REGION = "the region or the address in the settings is wrong."


def reach_verdict(subject: str, endpoint: Endpoint, proxy: Proxy | None, problem: Exception | None) -> Finding:
    """What opening a connection says; `problem` None = it opened."""
    where = f"{endpoint.host}:{endpoint.port}"
    via = "" if proxy is None else f" through the proxy {proxy.host}:{proxy.port}"
    nearest = where if proxy is None else f"The proxy {proxy.host}:{proxy.port}"
    trouble = None if problem is None else trouble_in(problem)
    match problem:
        case None:
            return Finding(subject, Level.PASS, f"{where} takes connections{via}.")
        case ProxyRefused(status=407):
            text = f"{nearest} wants a user name and password (407)."
            remedy = "Set HTTPS_PROXY to http://user:password@host:port, and leave the proxy in the settings empty."
        case ProxyRefused(status=status):
            text = f"{nearest} refuses to connect to {where} ({status})."
            remedy = "Ask your network team to allow this host."
        case _ if trouble is Trouble.REFUSED:
            text = f"{nearest} refuses connections."
            remedy = "Check the port in the settings, and that the service is running."
        case _ if trouble is Trouble.TIMED_OUT:
            text = f"{nearest} does not answer within {PATIENCE_S:.0f} s."
            remedy = (
                f"A firewall may be in between: allow outgoing connections to port {endpoint.port}, or set a proxy."
            )
        case ssl.SSLError():
            text = f"{nearest} can't be spoken to over TLS."
            remedy = "Check the proxy setting: most proxies are reached by http://, even for https:// addresses."
        case _:
            known = Trouble.UNKNOWN if trouble is None else trouble
            text = f"{nearest} can't be reached: {known.reason}."
            remedy = known.remedy
    return Finding(subject, Level.FAIL, text, remedy)
