"""What stands before every listener of the gateway (document C step 1): TLS, who may come in, HSTS, slow handshakes.

    context = server_context("chain.pem", "key.pem")
    harden(app, Hardening(rules=(AllowRule("/stream", parse_networks([...])),)), counts)
    runner = hardened_runner(app); await runner.setup()
    await HardenedSite(runner, host, 443, ssl_context=context).start()

The allow-list and client certificates are judged per path, as one port serves the platform, which comes from its own
addresses, and consoles, which come from anywhere. AudioHook itself can't present a client certificate
(genesys.md section 1.5), so mutual TLS is asked of all connections and demanded on the paths that are named.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from desktop.domain.errors import SettingInvalid
from desktop.gateway.replies import error_reply
from desktop.protocols.address_ranges import Address, Network, parse_address, within

HANDSHAKE_LIMIT_S: Final = 4.5
"""Below the 5 s after which the platform gives up (step 1)."""
SILENT_CONNECTION_S: Final = 60.0
HSTS: Final = "max-age=31536000"
_NO_PASSWORD: Final = ""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class AllowRule:
    """Paths that begin with `prefix` are open to `networks` alone; of several rules the longest prefix counts."""

    prefix: str
    networks: tuple[Network, ...]


@dataclass(frozen=True, slots=True)
class Hardening:
    """`trusted_proxies`: only their X-Forwarded-For and X-Forwarded-Proto are believed. No rule for a path: open."""

    rules: tuple[AllowRule, ...] = ()
    trusted_proxies: tuple[Network, ...] = ()
    certificate_prefixes: tuple[str, ...] = ()  # paths that demand a client certificate
    hsts: str = HSTS  # "" for none
    tls_elsewhere: bool = False  # a trusted proxy does TLS: in plain text, only it and this machine are served


@dataclass(slots=True)
class HardeningStats:
    """Counts since the start."""

    refused_addresses: int = 0
    refused_certificates: int = 0


def server_context(
    cert_file: str | Path, key_file: str | Path, *, client_ca_file: str | Path = "", demand_certificate: bool = False
) -> ssl.SSLContext:
    """TLS 1.2 and newer. `cert_file` is the full chain, own certificate first; both are PEM, the key unencrypted.

    With `client_ca_file` clients are asked for a certificate; `demand_certificate` refuses those without one already in
    the handshake. SettingInvalid names the file.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_alpn_protocols(["http/1.1"])
    for setting, path in (("cert_file", cert_file), ("key_file", key_file)):
        if not Path(path).is_file():
            raise SettingInvalid(setting, "there is no such file", "Name a PEM file that this program may read")
    try:
        context.load_cert_chain(cert_file, key_file, password=_NO_PASSWORD)
    except ssl.SSLError as problem:
        if "MISMATCH" in str(problem.reason):
            raise SettingInvalid(
                "key_file", "does not belong to the certificate", "Name the key made with it"
            ) from None
        hint = "Name PEM files: the full chain, own certificate first, and its key without a password"
        raise SettingInvalid("cert_file", "can't be used with key_file", hint) from None
    except OSError:
        raise SettingInvalid(
            "key_file", "can't be read", "Let the gateway's own user read it, and nobody else"
        ) from None
    if client_ca_file:
        try:
            context.load_verify_locations(cafile=client_ca_file)
        except OSError:  # ssl.SSLError as well
            hint = "Name the PEM file of the authority that issued the platform's client certificate"
            raise SettingInvalid("client_ca_file", "can't be used", hint) from None
        context.verify_mode = ssl.CERT_REQUIRED if demand_certificate else ssl.CERT_OPTIONAL
    elif demand_certificate:
        raise SettingInvalid("client_ca_file", "is empty", "Name the authority whose client certificates are accepted")
    return context


def harden(
    app: web.Application, wanted: Hardening | Callable[[], Hardening], stats: HardeningStats | None = None
) -> HardeningStats:
    """Put it before everything in `app`; returns what counts the refused. What is callable is asked each time."""
    counts = stats or HardeningStats()

    def now() -> Hardening:
        return wanted if isinstance(wanted, Hardening) else wanted()

    @web.middleware
    async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
        config = now()
        if config.tls_elsewhere and not _from_the_proxy(request, config.trusted_proxies):
            counts.refused_addresses += 1
            return _away()
        if not admitted(config, request.path, client_of(request, config.trusted_proxies)):
            counts.refused_addresses += 1
            return _away()
        if request.path.startswith(config.certificate_prefixes) and not _has_certificate(request):
            counts.refused_certificates += 1
            return _away()
        return await handler(request)

    async def sign(request: web.Request, response: web.StreamResponse) -> None:
        config = now()
        response.headers["Server"] = "Sidetone"  # not which version of what
        if config.hsts and secure(request, config.trusted_proxies):
            response.headers["Strict-Transport-Security"] = config.hsts

    app.middlewares.insert(0, admit)
    app.on_response_prepare.append(sign)
    return counts


def _from_the_proxy(request: web.BaseRequest, trusted: Sequence[Network]) -> bool:
    peer = parse_address(request.remote)
    return peer is not None and (peer.is_loopback or within(peer, trusted))


def admitted(config: Hardening, path: str, client: Address | None) -> bool:
    """Whether the rules let `client` in there."""
    rules = [rule for rule in config.rules if path.startswith(rule.prefix)]
    if not rules:
        return True
    return within(client, max(rules, key=lambda rule: len(rule.prefix)).networks)


def client_of(request: web.BaseRequest, trusted: Sequence[Network]) -> Address | None:
    """Who asks: the peer, or, behind trusted proxies, the last address of X-Forwarded-For that is not one of them."""
    client = parse_address(request.remote)
    chain = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")
    for hop in reversed([hop.strip() for hop in chain if hop.strip()]):
        if not within(client, trusted):
            break
        client = parse_address(_without_port(hop))
    return client


def secure(request: web.BaseRequest, trusted: Sequence[Network]) -> bool:
    """Whether it came by TLS, to us or to a trusted proxy."""
    if request.secure:
        return True
    forwarded = request.headers.get("X-Forwarded-Proto", "").strip().lower()
    return forwarded == "https" and within(parse_address(request.remote), trusted)


def hardened_runner(
    app: web.Application, *, shutdown_timeout_s: float = 2.0, silent_s: float = SILENT_CONNECTION_S
) -> web.AppRunner:
    """No access log, since request lines hold keys and tokens.

    A connection that brings no whole request head within `silent_s`, or sends it by drops, is closed.
    """
    return web.AppRunner(
        app,
        access_log=None,
        handle_signals=False,
        shutdown_timeout=shutdown_timeout_s,
        keepalive_timeout=silent_s,
    )


class HardenedSite(web.BaseSite):
    """A TCP site whose TLS handshakes end in time; `port` 0 takes a free one, `runner.addresses` tells it."""

    __slots__ = ("_handshake_s", "_host", "_port")

    def __init__(
        self,
        runner: web.BaseRunner,
        host: str,
        port: int,
        *,
        ssl_context: ssl.SSLContext | None = None,
        handshake_s: float = HANDSHAKE_LIMIT_S,
        backlog: int = 1024,
    ) -> None:
        super().__init__(runner, ssl_context=ssl_context, backlog=backlog)
        self._host, self._port, self._handshake_s = host, port, handshake_s

    @property
    def name(self) -> str:
        return f"{'http' if self._ssl_context is None else 'https'}://{self._host}:{self._port}"

    async def start(self) -> None:
        await super().start()
        server = self._runner.server
        assert server is not None
        self._server = await asyncio.get_running_loop().create_server(
            server,
            self._host,
            self._port,
            ssl=self._ssl_context,
            backlog=self._backlog,
            ssl_handshake_timeout=None if self._ssl_context is None else self._handshake_s,
        )


def _has_certificate(request: web.Request) -> bool:
    transport = request.transport
    return transport is not None and bool(transport.get_extra_info("peercert"))


def _without_port(hop: str) -> str:
    """`1.2.3.4:5`, `[2001:db8::1]:5` and plain addresses, as proxies write them."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def _away() -> web.Response:
    reply = error_reply(403)
    reply.force_close()
    return reply
