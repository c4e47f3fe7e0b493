"""The self-test of our own listener: every certificate that the platform would refuse without a word, over real TLS."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme
from cryptography import x509

from desktop.doctor.certificates import Presented
from desktop.doctor.listener import Listener, check_listener, may_be_shown
from desktop.doctor.listener_verdicts import certificate_verdicts, handshake_verdict, port_verdict
from desktop.domain.finding import Finding, Level
from tests.doctor.servers import NOW, days, leaf_only, listening, self_signed, server_of, trusting
from tests.support.leaks import held

HOST = "localhost"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(organization_name="Sidetone Test Authority")


@pytest.fixture(scope="module")
def public() -> trustme.CA:
    """Named as a public authority, since nobody here can issue in the name of a real one."""
    return trustme.CA(organization_name="DigiCert Test Double")


async def examined(
    server: ssl.SSLContext | None, client: ssl.SSLContext, host: str = HOST, **more: float
) -> dict[str, Finding]:
    async with listening(server) as port:
        listener = Listener(host, 443, "127.0.0.1", port)
        found = await check_listener(listener, client, wall_clock=NOW.timestamp, **more)  # type: ignore[arg-type]
    assert len({finding.subject for finding in found}) == len(found)
    return {finding.subject: finding for finding in found}


async def test_a_certificate_that_the_platform_would_take(public: trustme.CA) -> None:
    intermediate = public.create_child_ca()
    found = await examined(server_of(intermediate.issue_cert(HOST)), trusting(public))
    assert {finding.level for finding in found.values()} == {Level.PASS}
    assert may_be_shown(found.values())
    assert list(found) == [
        "Listener port",
        "Listener address",
        "Listener reach",
        "Listener handshake",
        "Listener name",
        "Listener expiry",
        "Listener chain",
        "Listener issuer",
    ]


async def test_document_c_step_1_trap_self_signed_is_named_as_such(authority: trustme.CA, tmp_path: Path) -> None:
    found = await examined(self_signed(tmp_path), trusting(authority))
    assert found["Listener chain"].level is Level.FAIL
    assert "self-signed" in found["Listener chain"].text
    assert "public authority" in found["Listener chain"].remedy
    assert found["Listener name"].level is Level.PASS
    assert not may_be_shown(found.values())


async def test_document_c_step_1_trap_self_signed_is_refused_even_where_this_machine_trusts_it(tmp_path: Path) -> None:
    server = self_signed(tmp_path)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(cafile=tmp_path / "self.pem")
    found = await examined(server, client)
    assert "self-signed" in found["Listener chain"].text
    assert not may_be_shown(found.values())


async def test_document_c_step_1_trap_an_untrusted_authority(authority: trustme.CA) -> None:
    found = await examined(server_of(authority.issue_cert(HOST)), trusting(trustme.CA()))
    assert found["Listener issuer"].level is Level.FAIL
    assert "Sidetone Test Authority, which is no public authority" in found["Listener issuer"].text
    assert found["Listener chain"].level is Level.FAIL


async def test_an_unknown_root_that_is_sent_along(authority: trustme.CA) -> None:
    pems = [blob.bytes() for blob in authority.create_child_ca().issue_cert(HOST).cert_chain_pems]
    chain = tuple(x509.load_pem_x509_certificate(pem) for pem in (*pems, authority.cert_pem.bytes()))
    presented = Presented(chain, False, "self-signed certificate in certificate chain")
    found = {finding.subject: finding for finding in certificate_verdicts(HOST, 443, presented, NOW)}
    assert "ends at Sidetone Test Authority, which this machine does not know" in found["Listener chain"].text


async def test_an_authority_of_our_own_is_trusted_here_and_doubted_for_the_platform(authority: trustme.CA) -> None:
    found = await examined(server_of(authority.issue_cert(HOST)), trusting(authority))
    assert found["Listener issuer"].level is Level.WARN
    assert "not among the public authorities" in found["Listener issuer"].text
    assert may_be_shown(found.values())


async def test_document_c_step_1_fix_an_incomplete_chain_is_named_with_the_command(
    public: trustme.CA, tmp_path: Path
) -> None:
    server = leaf_only(public.create_child_ca().issue_cert(HOST), tmp_path)
    found = await examined(server, trusting(public))
    assert "chain is incomplete" in found["Listener chain"].text
    assert "openssl s_client -connect localhost:443" in found["Listener chain"].remedy


async def test_an_incomplete_chain_that_this_machine_can_complete_is_still_incomplete(public: trustme.CA) -> None:
    """Public authorities never issue from their root, so whoever issued it is an intermediate that this machine has."""
    found = await examined(server_of(public.issue_cert(HOST)), trusting(public))
    assert "chain is incomplete" in found["Listener chain"].text
    assert not may_be_shown(found.values())


async def test_another_name(public: trustme.CA) -> None:
    server = server_of(
        public.create_child_ca().issue_cert("a.example.com", "b.example.com", "c.example.com", "d.example.com")
    )
    found = await examined(server, trusting(public))
    assert found["Listener name"].text == (
        "The certificate is for a.example.com, b.example.com, c.example.com …, not for localhost."
    )
    assert found["Listener chain"].level is Level.PASS
    assert not may_be_shown(found.values())


@pytest.mark.parametrize(
    ("before", "after", "level", "word"),
    [
        (-60, -1, Level.FAIL, "has expired on"),
        (1, 60, Level.FAIL, "valid only from"),
        (-60, 10, Level.WARN, "expires in 9 days"),
        (-60, 0.5, Level.WARN, "expires in less than a day"),
        (-60, 60, Level.PASS, "valid until"),
    ],
)
async def test_expiry(public: trustme.CA, before: float, after: float, level: Level, word: str) -> None:
    made = public.create_child_ca().issue_cert(HOST, not_before=days(before), not_after=days(after))
    found = await examined(server_of(made), trusting(public))
    assert found["Listener expiry"].level is level
    assert word in found["Listener expiry"].text
    assert found["Listener chain"].level is Level.PASS


# step 1: five seconds


async def test_document_c_step_1_a_handshake_over_5_s_is_refused() -> None:
    found = await examined(None, trusting(), limit_s=0.2)
    assert found["Listener handshake"].level is Level.FAIL
    assert "longer than 5 s" in found["Listener handshake"].text
    assert not may_be_shown(found.values())


def test_the_time_of_a_handshake() -> None:
    assert handshake_verdict(0.04).level is Level.PASS
    assert "40 ms" in handshake_verdict(0.04).text
    assert handshake_verdict(2.5).level is Level.WARN
    assert handshake_verdict(5.0).level is Level.FAIL


def test_genesys_dials_port_443_only() -> None:
    assert port_verdict(443).level is Level.PASS
    assert port_verdict(8443).level is Level.FAIL
    assert "8443" in port_verdict(8443).text


# what is no listener at all


async def test_nobody_listens(authority: trustme.CA) -> None:
    async with listening(None) as port:
        pass
    found = await check_listener(Listener(HOST, 443, "127.0.0.1", port), trusting(authority))
    assert (found[-1].subject, found[-1].level) == ("Listener reach", Level.FAIL)


@contextlib.asynccontextmanager
async def plain() -> AsyncIterator[int]:
    """Speaks HTTP where TLS is expected."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.sleep(0.02)


async def test_a_listener_without_tls(authority: trustme.CA) -> None:
    async with plain() as port:
        found = await check_listener(Listener(HOST, 443, "127.0.0.1", port), trusting(authority))
    assert (found[-1].subject, found[-1].level) == ("Listener handshake", Level.FAIL)


async def test_a_public_name_that_dns_does_not_know(authority: trustme.CA) -> None:
    found = await examined(server_of(authority.issue_cert("nowhere.invalid")), trusting(authority), "nowhere.invalid")
    assert found["Listener address"].level is Level.FAIL
    assert found["Listener name"].level is Level.PASS


def test_a_listener_that_shows_nothing() -> None:
    (finding,) = certificate_verdicts("::1", 443, Presented((), False), datetime.datetime.now(datetime.UTC))
    assert finding.level is Level.FAIL
    assert "[::1]:443" in finding.remedy


async def test_twenty_self_tests_leave_nothing_behind(public: trustme.CA) -> None:
    async with listening(server_of(public.create_child_ca().issue_cert(HOST))) as port:
        client, listener = trusting(public), Listener(HOST, 443, "127.0.0.1", port)
        await check_listener(listener, client)
        await asyncio.sleep(0.05)
        before = await held()
        for _ in range(20):
            await check_listener(listener, client)
        await asyncio.sleep(0.1)
        after = await held()
    assert after.sockets <= before.sockets
    assert after.tasks <= before.tasks
