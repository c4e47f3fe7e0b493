"""Reads a server's certificates and says in words what is wrong with them. Pure: time and trust are arguments."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from desktop.domain.finding import Finding, Level
from desktop.domain.regions import REGIONS

SOON_DAYS = 30
MAX_NAME = 60

PUBLIC = (
    "amazon", "digicert", "let's encrypt", "isrg", "globalsign", "sectigo", "comodo", "usertrust", "google trust",
    "entrust", "godaddy", "starfield", "microsoft", "identrust", "ssl.com", "zerossl", "buypass", "certum", "asseco",
    "actalis", "harica", "quovadis", "swisssign", "t-systems", "telekom security", "d-trust", "telia", "geotrust",
    "thawte", "rapidssl", "baltimore", "apple", "cloudflare, inc",
)  # fmt: skip
"""Authorities that every machine trusts, by a part of their name."""

INSPECTORS = (
    "zscaler", "netskope", "palo alto", "fortinet", "fortigate", "blue coat", "bluecoat", "forcepoint", "umbrella",
    "mcafee", "trellix", "sophos", "check point", "barracuda", "watchguard", "iboss", "menlo", "symantec web",
    "gateway ca", "kaspersky", "eset ssl", "avast", "bitdefender", "proxy", "ssl inspection", "tls inspection",
)  # fmt: skip
"""Names of products that open TLS on the way and sign anew."""


@dataclass(frozen=True, slots=True)
class Presented:
    """What a server showed: its certificates, own one first, and whether this machine trusts them."""

    chain: tuple[x509.Certificate, ...]
    trusted: bool
    reason: str = ""  # the TLS library's fixed sentence when not


class Problem(NamedTuple):
    """One thing that is wrong, and what to do."""

    text: str
    remedy: str


def certificate_verdict(subject: str, host: str, presented: Presented, now: datetime) -> Finding:
    """`now` is timezone-aware. FAIL names every problem of an untrusted chain, WARN what will become one."""
    if not presented.trusted:
        found = problems(host, presented, now)
        return Finding(subject, Level.FAIL, " ".join(p.text for p in found), found[0].remedy)
    own = presented.chain[0] if presented.chain else None
    if own is None:
        return Finding(subject, Level.PASS, f"The certificate of {host} is trusted.")
    left = own.not_valid_after_utc - now
    if left.days < SOON_DAYS:
        text = f"The certificate of {host} expires in {_days(left.days)} ({own.not_valid_after_utc:%Y-%m-%d})."
        return Finding(subject, Level.WARN, text, "Tell the server's administrator to renew it.")
    until = f"until {own.not_valid_after_utc:%Y-%m-%d}"
    authority = issuer_of(presented.chain[-1])
    if is_public(authority):
        return Finding(subject, Level.PASS, f"Trusted, issued by {authority}, valid {until}.")
    if _of_the_platform(host) or is_inspector(authority):
        text = f"Trusted, but issued by {authority}: a corporate proxy opens this connection on the way."
        remedy = "If that is wanted, all is well; if streams break through it, ask for an exception for this host."
        return Finding(subject, Level.WARN, text, remedy)
    return Finding(subject, Level.PASS, f"Trusted, issued by {authority} (no public authority), valid {until}.")


def problems(host: str, presented: Presented, now: datetime) -> list[Problem]:
    """Everything that speaks against the chain, the most telling first; never empty."""
    chain = presented.chain
    if not chain:
        return [
            Problem(f"The certificate of {host} is not trusted.", "Check the address, or the machine's certificates.")
        ]
    found = [*_out_of_date(chain, now), *_wrong_name(host, chain[0])]
    authority = issuer_of(chain[-1])
    if is_self_signed(chain[0]):
        text = f"The certificate of {host} is self-signed: it vouches only for itself."
        found.append(Problem(text, "Have it replaced by one from an authority, or name its file as ca_file."))
    elif is_inspector(authority) or (_of_the_platform(host) and not is_public(authority)):
        text = f"The certificate is issued by {authority}, not by a public authority: a corporate proxy is in between."
        remedy = "Put the proxy's root certificate into the machine's store, or name its file as ca_file."
        found.append(Problem(text, remedy))
    elif is_self_signed(chain[-1]):
        text = f"The authority {authority} is not known to this machine."
        remedy = "Put its root certificate into the machine's store, or name its file as ca_file."
        found.append(Problem(text, remedy))
    elif not found or "local issuer" in presented.reason or "first certificate" in presented.reason:
        found.append(_chain_ends_early(chain))
    return found


def _chain_ends_early(chain: Sequence[x509.Certificate]) -> Problem:
    """The last certificate names an issuer that was neither sent nor is known here."""
    authority = issuer_of(chain[-1])
    fix = "The server's administrator must send the intermediate certificate too (the “full chain” file)."
    if is_public(authority) or _names_issuer_file(chain[-1]):
        return Problem(f"The chain is incomplete: the server does not send the certificate of {authority}.", fix)
    if len(chain) == 1:
        text = f"The chain is incomplete: {authority}, who issued the certificate, is neither sent nor known here."
        return Problem(text, f"{fix} If it is an authority of your own, name its root's file as ca_file.")
    text = f"The authority {authority} is not known to this machine."
    return Problem(text, "Put its root certificate into the machine's store, or name its file as ca_file.")


def _out_of_date(chain: Sequence[x509.Certificate], now: datetime) -> list[Problem]:
    found = []
    for nth, certificate in enumerate(chain):
        which = "The certificate" if nth == 0 else "An intermediate certificate"
        if certificate.not_valid_after_utc < now:
            text = f"{which} has expired on {certificate.not_valid_after_utc:%Y-%m-%d}."
            found.append(Problem(text, "The server's administrator must renew it; also check this machine's clock."))
        elif certificate.not_valid_before_utc > now:
            text = f"{which} is valid only from {certificate.not_valid_before_utc:%Y-%m-%d} on."
            found.append(Problem(text, "Check this machine's clock."))
    return found


def _wrong_name(host: str, own: x509.Certificate) -> list[Problem]:
    names = names_of(own)
    if any(covers(name, host) for name in names):
        return []
    shown = ", ".join(names[:3]) or "no host"
    text = f"The certificate is for another host: {shown}{' …' if len(names) > 3 else ''}, not {host}."
    return [Problem(text, "Check the address in the settings; otherwise the server's administrator must replace it.")]


def names_of(certificate: x509.Certificate) -> list[str]:
    """The host names and addresses that it is for."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return []
    return [
        *map(_short, names.get_values_for_type(x509.DNSName)),
        *map(str, names.get_values_for_type(x509.IPAddress)),
    ]


def covers(name: str, host: str) -> bool:
    """RFC 6125: an asterisk stands for the whole left-most label; addresses match as addresses."""
    try:
        return ipaddress.ip_address(host) == ipaddress.ip_address(name)
    except ValueError:
        pass
    name, host = name.lower().rstrip("."), host.lower().rstrip(".")
    if name.startswith("*."):
        return "." in name[2:] and host.partition(".")[2] == name[2:]
    return name == host


def is_self_signed(certificate: x509.Certificate) -> bool:
    """Issued by itself, signature included."""
    if certificate.issuer != certificate.subject:
        return False
    try:
        certificate.verify_directly_issued_by(certificate)
    except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True


def issuer_of(certificate: x509.Certificate) -> str:
    """The issuing authority's organisation, else its common name; printable and short."""
    for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
        for entry in certificate.issuer.get_attributes_for_oid(oid):
            if name := _short(entry.value if isinstance(entry.value, str) else ""):
                return name
    return "an unnamed authority"


def is_public(authority: str) -> bool:
    """Whether its name is that of an authority which every machine trusts."""
    return any(name in authority.lower() for name in PUBLIC)


def is_inspector(authority: str) -> bool:
    """Whether its name is that of a product which inspects TLS."""
    return any(name in authority.lower() for name in INSPECTORS)


def _names_issuer_file(certificate: x509.Certificate) -> bool:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
    return any(entry.access_method == AuthorityInformationAccessOID.CA_ISSUERS for entry in access)


def _of_the_platform(host: str) -> bool:
    return any(host == region.domain or host.endswith(f".{region.domain}") for region in REGIONS)


def _short(name: str) -> str:
    return "".join(c for c in name if c.isprintable()).strip()[:MAX_NAME]


def _days(count: int) -> str:
    return "less than a day" if count < 1 else f"{count} day{'s' if count > 1 else ''}"
