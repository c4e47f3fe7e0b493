"""Each thing that can be wrong with a certificate is shown by a real TLS server and named by the doctor."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from desktop.doctor.certificates import (
    Presented,
    certificate_verdict,
    covers,
    is_inspector,
    is_public,
    problems,
)
from desktop.doctor.network import Endpoint, Proxy
from desktop.doctor.tls import no_tls_verdict, presented_by
from desktop.domain.finding import Finding, Level
from tests.doctor.servers import NOW, days, leaf_only, listening, proxy, self_signed, server_of, trusting


async def judged(
    server: ssl.SSLContext, client: ssl.SSLContext, host: str = "localhost", through: Proxy | None = None
) -> Finding:
    """What the doctor says about a real handshake."""
    async with listening(server) as port:
        shown = await presented_by(Endpoint("API", host, port, tls=True), through, client)
    return certificate_verdict("Certificate", host, shown, NOW)


async def test_a_trusted_certificate_passes_and_names_its_authority() -> None:
    authority = trustme.CA(organization_name="House of Tests")
    found = await judged(server_of(authority.issue_cert("localhost")), trusting(authority))
    assert found.level is Level.PASS
    assert "House of Tests" in found.text
    assert not found.remedy


async def test_a_trusted_chain_with_its_intermediate_passes() -> None:
    root = trustme.CA()
    found = await judged(server_of(root.create_child_ca().issue_cert("localhost")), trusting(root))
    assert found.level is Level.PASS


async def test_self_signed_is_named(tmp_path: Path) -> None:
    found = await judged(self_signed(tmp_path), trusting(trustme.CA()))
    assert found.level is Level.FAIL
    assert "self-signed" in found.text
    assert "ca_file" in found.remedy


async def test_a_missing_intermediate_is_named(tmp_path: Path) -> None:
    root = trustme.CA()
    middle = root.create_child_ca()
    found = await judged(leaf_only(middle.issue_cert("localhost"), tmp_path), trusting(root))
    assert found.level is Level.FAIL
    assert "incomplete" in found.text
    assert "trustme" in found.text  # who issued it
    assert "intermediate" in found.remedy
    assert "self-signed" not in found.text


async def test_an_expired_certificate_is_named_with_its_date() -> None:
    authority = trustme.CA()
    old = authority.issue_cert("localhost", not_before=days(-90), not_after=days(-2))
    found = await judged(server_of(old), trusting(authority))
    assert found.level is Level.FAIL
    assert f"expired on {days(-2):%Y-%m-%d}" in found.text
    assert "incomplete" not in found.text
    assert "renew" in found.remedy


async def test_a_certificate_of_the_future_points_at_the_clock() -> None:
    authority = trustme.CA()
    found = await judged(server_of(authority.issue_cert("localhost", not_before=days(3))), trusting(authority))
    assert found.level is Level.FAIL
    assert "valid only from" in found.text
    assert "clock" in found.remedy


async def test_another_host_name_is_named_with_both_names() -> None:
    authority = trustme.CA()
    found = await judged(server_of(authority.issue_cert("api.example.org", "*.example.net")), trusting(authority))
    assert found.level is Level.FAIL
    assert "another host: api.example.org, *.example.net, not localhost" in found.text
    assert "incomplete" not in found.text


async def test_expiring_within_thirty_days_is_a_warning() -> None:
    authority = trustme.CA()
    soon = server_of(authority.issue_cert("localhost", not_after=days(12.5)))
    found = await judged(soon, trusting(authority))
    assert found.level is Level.WARN
    assert "expires in 12 days" in found.text
    assert "renew" in found.remedy
    today = await judged(server_of(authority.issue_cert("localhost", not_after=days(0.5))), trusting(authority))
    assert "less than a day" in today.text


async def test_an_unknown_authority_that_sends_its_chain_is_named() -> None:
    root = trustme.CA(organization_name="Acme Own Authority")
    server = server_of(root.create_child_ca().issue_cert("localhost"))
    found = await judged(server, trusting(trustme.CA()))
    assert found.level is Level.FAIL
    assert "Acme Own Authority is not known to this machine" in found.text
    assert "ca_file" in found.remedy


async def test_a_corporate_proxy_that_opens_tls_is_named_trusted_or_not() -> None:
    inspector = trustme.CA(organization_name="Zscaler Inc.")
    server = server_of(inspector.issue_cert("localhost"))
    refused = await judged(server, trusting(trustme.CA()))
    assert refused.level is Level.FAIL
    assert "corporate proxy" in refused.text
    assert "Zscaler Inc." in refused.text
    assert "ca_file" in refused.remedy
    trusted = await judged(server, trusting(inspector))
    assert trusted.level is Level.WARN
    assert "corporate proxy" in trusted.text


async def test_several_problems_are_all_named(tmp_path: Path) -> None:
    found = await judged(self_signed(tmp_path, "elsewhere.example"), trusting(trustme.CA()))
    assert "another host" in found.text
    assert "self-signed" in found.text


async def test_the_chain_is_read_through_a_proxy_too(tmp_path: Path) -> None:
    async with proxy() as (port, heads):
        found = await judged(self_signed(tmp_path), trusting(trustme.CA()), through=Proxy("127.0.0.1", port))
    assert "self-signed" in found.text
    assert all(head.startswith(b"CONNECT localhost:") for head in heads)
    assert len(heads) == 2


async def test_a_server_without_tls_is_named() -> None:
    async def plain() -> Finding:
        import asyncio

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(100)
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        async with server:
            endpoint = Endpoint("API", "localhost", server.sockets[0].getsockname()[1], tls=True)
            with pytest.raises(ssl.SSLError) as problem:
                await presented_by(endpoint, None, trusting(trustme.CA()))
        return no_tls_verdict("Certificate", endpoint, problem.value)

    found = await plain()
    assert found.level is Level.FAIL
    assert "does not speak TLS" in found.text


def test_a_server_with_old_tls_only_is_named() -> None:
    problem = ssl.SSLError(1, "alert")
    problem.reason = "TLSV1_ALERT_PROTOCOL_VERSION"
    found = no_tls_verdict("Certificate", Endpoint("API", "h", 443, tls=True), problem)
    assert "can't agree on a version of TLS" in found.text


def test_a_broken_off_handshake_is_named() -> None:
    found = no_tls_verdict("Certificate", Endpoint("API", "h", 443, tls=True), ConnectionResetError())
    assert "broke off" in found.text


def made(issuer: str, *, aia: bool = False, san: bool = True) -> x509.Certificate:
    """A certificate that nobody serves."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "api.mypurecloud.com")]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, issuer)] if issuer else []))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(days(-1))
        .not_valid_after(days(200))
    )
    if san:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName("*.mypurecloud.com")]), critical=False
        )
    if aia:
        where = x509.UniformResourceIdentifier("http://authority.example/ca.der")
        access = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, where)
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    return builder.sign(key, hashes.SHA256())


UNKNOWN = "unable to get local issuer certificate"


@pytest.mark.parametrize(
    ("issuer", "aia", "host", "said"),
    [
        ("Amazon", False, "api.mypurecloud.com", "does not send the certificate of Amazon"),
        ("Somebody", True, "api.mypurecloud.com", "corporate proxy"),
        ("Somebody", True, "a.example", "does not send the certificate of Somebody"),
        ("", False, "a.example", "an unnamed authority"),
    ],
)
def test_who_is_missing_is_told_by_what_the_certificate_says(issuer: str, aia: bool, host: str, said: str) -> None:
    found = problems(host, Presented((made(issuer, aia=aia),), False, UNKNOWN), NOW)
    assert said in " ".join(problem.text for problem in found)


def test_the_platform_by_a_private_authority_is_a_proxy_even_when_trusted() -> None:
    found = certificate_verdict("C", "api.mypurecloud.com", Presented((made("Acme IT"),), True), NOW)
    assert found.level is Level.WARN
    assert "corporate proxy" in found.text
    usual = certificate_verdict("C", "api.mypurecloud.com", Presented((made("Amazon"),), True), NOW)
    assert usual.level is Level.PASS


def test_nothing_readable_still_makes_a_sentence() -> None:
    assert certificate_verdict("C", "h", Presented((), True), NOW).level is Level.PASS
    assert "not trusted" in certificate_verdict("C", "h", Presented((), False), NOW).text
    assert "no host" in problems("h", Presented((made("X", san=False),), False), NOW)[0].text


@pytest.mark.parametrize(
    ("name", "host", "yes"),
    [
        ("api.example.org", "API.example.org.", True),
        ("*.example.org", "api.example.org", True),
        ("*.example.org", "a.b.example.org", False),
        ("*.example.org", "example.org", False),
        ("*.org", "example.org", False),
        ("10.0.0.1", "10.0.0.1", True),
        ("::1", "0:0:0:0:0:0:0:1", True),
        ("10.0.0.1", "10.0.0.2", False),
    ],
)
def test_which_names_cover_which_hosts(name: str, host: str, yes: bool) -> None:
    assert covers(name, host) is yes


def test_authorities_are_known_by_a_part_of_their_name() -> None:
    assert is_public("DigiCert Inc")
    assert not is_public("Acme")
    assert is_inspector("Fortinet Ltd")
    assert not is_inspector("Acme")


def test_the_clock_of_this_test_is_aware() -> None:
    assert NOW.tzinfo is datetime.UTC
