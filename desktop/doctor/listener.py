"""The self-test of our own listener before its address is shown to anybody (document C step 1 and its trap)."""

from __future__ import annotations

import asyncio
import datetime
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from cryptography import x509

from desktop.doctor.certificates import Presented
from desktop.doctor.listener_verdicts import (
    HANDSHAKE,
    LIMIT_S,
    certificate_verdicts,
    handshake_verdict,
    port_verdict,
)
from desktop.doctor.network import Endpoint, dns_verdict, reach_verdict, resolve
from desktop.doctor.tls import _chain_of, no_tls_verdict
from desktop.domain.finding import Finding, Level

DNS: Final = "Listener address"
REACH: Final = "Listener reach"


@dataclass(frozen=True, slots=True)
class Listener:
    """`public_host` and `port` as the platform will dial them. `connect_host` and `connect_port` say where to look from
    here, when the public address can't be reached from inside: 127.0.0.1 and the port that the gateway listens on.
    """

    public_host: str
    port: int = 443
    connect_host: str = ""
    connect_port: int = 0


async def check_listener(
    listener: Listener,
    ssl_context: ssl.SSLContext,
    *,
    wall_clock: Callable[[], float] = time.time,
    clock: Callable[[], float] = time.perf_counter,
    limit_s: float = LIMIT_S,
) -> list[Finding]:
    """What stands in the way, one finding per subject. `ssl_context` trusts what this machine trusts. Never raises."""
    found = [port_verdict(listener.port), await _look_up(listener, clock)]
    host, port = listener.connect_host or listener.public_host, listener.connect_port or listener.port
    endpoint = Endpoint("listener", host, port, tls=True)
    try:
        async with asyncio.timeout(limit_s):
            _, writer = await asyncio.open_connection(host, port)
        writer.transport.abort()
    except OSError as problem:
        return [*found, reach_verdict(REACH, endpoint, None, problem)]
    found.append(reach_verdict(REACH, endpoint, None, None))
    began = clock()
    try:
        presented = await _shown(listener.public_host, host, port, ssl_context, limit_s)
    except (TimeoutError, ConnectionAbortedError):  # asyncio aborts a handshake that takes too long
        return [*found, handshake_verdict(None)]
    except OSError as problem:  # ssl.SSLError as well
        return [*found, no_tls_verdict(HANDSHAKE, endpoint, problem)]
    now = datetime.datetime.fromtimestamp(wall_clock(), datetime.UTC)
    found.append(handshake_verdict(clock() - began))
    return [*found, *certificate_verdicts(listener.public_host, listener.port, presented, now)]


def may_be_shown(findings: Iterable[Finding]) -> bool:
    """Whether the listener's address is worth giving to an administrator."""
    return not any(finding.level is Level.FAIL for finding in findings)


async def _look_up(listener: Listener, clock: Callable[[], float]) -> Finding:
    began = clock()
    try:
        outcome: tuple[str, ...] | OSError = await resolve(listener.public_host, listener.port)
    except OSError as problem:
        outcome = problem
    return dns_verdict(DNS, listener.public_host, outcome, (clock() - began) * 1000)


async def _shown(name: str, host: str, port: int, context: ssl.SSLContext, limit_s: float) -> Presented:
    """What the listener shows for `name`; what isn't trusted is looked at again without judging it."""
    try:
        return Presented(await _shake_hands(name, host, port, context, limit_s), True)
    except ssl.SSLCertVerificationError as refusal:
        reason = str(getattr(refusal, "verify_message", ""))
    blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    blind.check_hostname = False
    blind.verify_mode = ssl.CERT_NONE
    return Presented(await _shake_hands(name, host, port, blind, limit_s), False, reason)


async def _shake_hands(
    name: str, host: str, port: int, context: ssl.SSLContext, limit_s: float
) -> tuple[x509.Certificate, ...]:
    async with asyncio.timeout(limit_s):
        _, writer = await asyncio.open_connection(
            host, port, ssl=context, server_hostname=name, ssl_handshake_timeout=limit_s
        )
    try:
        return _chain_of(writer.get_extra_info("ssl_object"))
    finally:
        writer.transport.abort()
