"""What the platform would think of our own listener's certificate, in words (document C step 1). Pure.

The platform is stricter than this machine: it knows public authorities alone, refuses self-signed certificates and
fetches no missing intermediate. And it says nothing: an administrator sees a 403 or "connection refused" and takes it
for a firewall.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from desktop.doctor.certificates import Presented, covers, is_public, is_self_signed, issuer_of, names_of
from desktop.domain.finding import Finding, Level

PORT: Final = "Listener port"
CHAIN: Final = "Listener chain"
ISSUER: Final = "Listener issuer"
NAME: Final = "Listener name"
EXPIRY: Final = "Listener expiry"
HANDSHAKE: Final = "Listener handshake"

LIMIT_S: Final = 5.0
"""After which the platform gives up (step 1)."""
SLOW_S: Final = 2.0
SOON_DAYS: Final = 30
_GET_ONE: Final = (
    "Get one from a public authority, Let's Encrypt for example: the platform accepts no other, and refuses silently."
)


def port_verdict(port: int) -> Finding:
    """`port` as seen from outside."""
    if port == 443:
        return Finding(PORT, Level.PASS, "The listener is reached on port 443.")
    text = f"The listener is reached on port {port}; the platform connects to 443 only."
    return Finding(PORT, Level.FAIL, text, "Forward port 443 of the public address here, or put a reverse proxy there.")


def handshake_verdict(took_s: float | None) -> Finding:
    """None: it was not over in time."""
    if took_s is None or took_s >= LIMIT_S:
        text = f"The TLS handshake takes longer than {LIMIT_S:g} s; the platform gives up then."
        return Finding(HANDSHAKE, Level.FAIL, text, "Check how busy this machine is, and any proxy before it.")
    if took_s > SLOW_S:
        text = f"The TLS handshake takes {took_s:.1f} s; the platform gives up after {LIMIT_S:g} s."
        return Finding(HANDSHAKE, Level.WARN, text, "Check how busy this machine is, and any proxy before it.")
    return Finding(HANDSHAKE, Level.PASS, f"The TLS handshake takes {took_s * 1000:.0f} ms.")


def certificate_verdicts(host: str, port: int, presented: Presented, now: datetime) -> list[Finding]:
    """Name, expiry, chain and issuer. `now` is timezone-aware."""
    if not presented.chain:
        text = "The listener shows no certificate that can be read."
        return [Finding(CHAIN, Level.FAIL, text, _look(host, port))]
    return [
        _name(host, presented),
        _expiry(presented, now),
        _chain(host, port, presented),
        _issuer(presented),
    ]


def _name(host: str, presented: Presented) -> Finding:
    names = names_of(presented.chain[0])
    if any(covers(name, host) for name in names):
        return Finding(NAME, Level.PASS, f"The certificate is for {host}.")
    shown = ", ".join(names[:3]) or "no host"
    text = f"The certificate is for {shown}{' …' if len(names) > 3 else ''}, not for {host}."
    return Finding(NAME, Level.FAIL, text, "Set the public host name that it is for, or get one for this name.")


def _expiry(presented: Presented, now: datetime) -> Finding:
    ends = min(certificate.not_valid_after_utc for certificate in presented.chain)
    begins = max(certificate.not_valid_before_utc for certificate in presented.chain)
    if ends < now:
        text = f"The certificate has expired on {ends:%Y-%m-%d}."
        return Finding(EXPIRY, Level.FAIL, text, "Renew it, and check this machine's clock.")
    if begins > now:
        text = f"The certificate is valid only from {begins:%Y-%m-%d} on."
        return Finding(EXPIRY, Level.FAIL, text, "Check this machine's clock.")
    if (days := (ends - now).days) < SOON_DAYS:
        text = f"The certificate expires in {'less than a day' if days < 1 else f'{days} days'} ({ends:%Y-%m-%d})."
        return Finding(EXPIRY, Level.WARN, text, "Renew it in time: after that day no call arrives, without a word.")
    return Finding(EXPIRY, Level.PASS, f"The certificate is valid until {ends:%Y-%m-%d}.")


def _chain(host: str, port: int, presented: Presented) -> Finding:
    chain = presented.chain
    authority = issuer_of(chain[-1])
    if is_self_signed(chain[0]):
        return Finding(CHAIN, Level.FAIL, "The certificate is self-signed: it vouches only for itself.", _GET_ONE)
    # public authorities never issue from their root: this machine may know an intermediate that the platform doesn't
    ends_early = len(chain) == 1 and is_public(authority)
    if ends_early or (not presented.trusted and not is_self_signed(chain[-1]) and _unknown_issuer(presented)):
        text = f"The chain is incomplete: the certificate of {authority} is not sent along."
        remedy = f"Name the “full chain” file as the listener's certificate. {_look(host, port)}"
        return Finding(CHAIN, Level.FAIL, text, remedy)
    if not presented.trusted and _unknown_issuer(presented):
        text = f"The chain ends at {authority}, which this machine does not know."
        return Finding(CHAIN, Level.FAIL, text, _GET_ONE)
    return Finding(CHAIN, Level.PASS, f"The chain is complete ({len(chain)} certificates sent).")


def _issuer(presented: Presented) -> Finding:
    authority = issuer_of(presented.chain[-1])
    if is_public(authority):
        return Finding(ISSUER, Level.PASS, f"It was issued by {authority}, a public authority.")
    if presented.trusted:
        text = f"It was issued by {authority}, which this machine trusts and is not among the public authorities known."
        return Finding(
            ISSUER, Level.WARN, text, f"If that is an authority of your own: {_GET_ONE[0].lower()}{_GET_ONE[1:]}"
        )
    return Finding(ISSUER, Level.FAIL, f"It was issued by {authority}, which is no public authority.", _GET_ONE)


def _unknown_issuer(presented: Presented) -> bool:
    """Whether that is (also) why it is not trusted; a wrong name or date has its own line."""
    reason = presented.reason.lower()
    return not any(word in reason for word in ("hostname", "ip address", "expired", "not yet valid"))


def _look(host: str, port: int) -> str:
    return f"Look with: openssl s_client -connect {f'[{host}]' if ':' in host else host}:{port} -servername {host}"
