"""The checks before anything is said: the name of the host, a connection to it, its certificate, and the clocks."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import aiohttp

from desktop.doctor.certificates import certificate_verdict
from desktop.doctor.check import Check, Progress, Tell
from desktop.doctor.clock import clock_verdict, read_clock
from desktop.doctor.names import Names
from desktop.doctor.network import (
    PATIENCE_S,
    Endpoint,
    ProxyRefused,
    dns_verdict,
    open_path,
    reach_verdict,
)
from desktop.doctor.patient import Patient
from desktop.doctor.tls import no_tls_verdict, presented_by
from desktop.domain.finding import Finding, Level
from desktop.sources.plainly import trouble_in


def names_of(patient: Patient, *others: Endpoint) -> Names:
    """Of every host that has to be looked up on the way."""
    return Names(_next_hop(patient, endpoint) for endpoint in (*patient.endpoints, *others))


def _next_hop(patient: Patient, endpoint: Endpoint) -> tuple[str, int]:
    proxy = patient.proxy_for(endpoint)
    return (endpoint.host, endpoint.port) if proxy is None else (proxy.host, proxy.port)


def ways_to(
    patient: Patient, endpoint: Endpoint, name: str, names: Names, wall_clock: Callable[[], float]
) -> list[Check]:
    """Its name, a connection, its certificate; `name` is put behind their titles."""
    proxy = patient.proxy_for(endpoint)
    looked_up, port = _next_hop(patient, endpoint)
    dns, tcp, tls = f"DNS{name}", f"Network{name}", f"Certificate{name}"

    async def look_up(tell: Tell, progress: Progress) -> None:
        progress(f"looking up {looked_up}")
        found = await names.look_up(looked_up, port)
        none_found = found.failed and await names.none_found()
        tell(dns_verdict(dns, looked_up, *found, is_proxy=proxy is not None, none_found=none_found))

    async def reach(tell: Tell, progress: Progress) -> None:
        progress(f"connecting to {endpoint.host}, up to {PATIENCE_S:.0f} s")
        try:
            _, writer = await open_path(endpoint, proxy)
            writer.transport.abort()
        except (OSError, ProxyRefused) as problem:
            tell(reach_verdict(tcp, endpoint, proxy, problem))
        else:
            tell(reach_verdict(tcp, endpoint, proxy, None))

    async def trust(tell: Tell, progress: Progress) -> None:
        progress(f"reading the certificate of {endpoint.host}")
        try:
            shown = await presented_by(endpoint, proxy, patient.ssl_context)
        except (OSError, ProxyRefused) as problem:
            tell(no_tls_verdict(tls, endpoint, problem))
        else:
            now = datetime.datetime.fromtimestamp(wall_clock(), datetime.UTC)
            tell(certificate_verdict(tls, endpoint.host, shown, now))

    numeric = Endpoint("", looked_up, 0, tls=False).numeric
    ways = [] if numeric else [Check((dns,), look_up)]
    ways.append(Check((tcp,), reach, () if numeric else (dns,)))
    if endpoint.tls:
        ways.append(Check((tls,), trust, (tcp,)))
    return ways


def clock_check(patient: Patient, api: Endpoint, needs: tuple[str, ...], wall_clock: Callable[[], float]) -> Check:
    """Whose clock is right? Asked without a token."""
    route = patient.route_to(api)

    def session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=patient.ssl_context),
            timeout=aiohttp.ClientTimeout(total=PATIENCE_S),
            proxy=route.proxy,
        )

    async def run(tell: Tell, progress: Progress) -> None:
        host = f"[{api.host}]" if ":" in api.host else api.host
        url = f"{'https' if api.tls else 'http'}://{host}:{api.port}/"
        try:
            reading = await read_clock(url, session, wall_clock)
        except (aiohttp.ClientError, OSError) as problem:
            trouble = trouble_in(problem)
            text = f"Not checked: {api.host} did not answer, {trouble.reason}."
            tell(Finding("Clock", Level.WARN, text, trouble.remedy))
        else:
            tell(clock_verdict("Clock", reading))

    return Check(("Clock",), run, needs)
