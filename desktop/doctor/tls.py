"""The TLS handshake as this machine would do it, and, when it is refused, a look at what the server shows.

The second look accepts every certificate, so nothing but the handshake is ever sent over it.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Any, Final

from cryptography import x509

from desktop.doctor.certificates import Presented
from desktop.doctor.network import PATIENCE_S, Endpoint, Proxy, open_path
from desktop.domain.finding import Finding, Level

DER: Final = 2  # _ssl.ENCODING_DER


async def presented_by(endpoint: Endpoint, proxy: Proxy | None, context: ssl.SSLContext) -> Presented:
    """What the server shows, and whether `context` trusts it.

    ssl.SSLError when both sides can't agree on TLS at all; OSError, TimeoutError, ProxyRefused as for `open_path`.
    """
    try:
        return Presented(await _shake_hands(endpoint, proxy, context), True)
    except ssl.SSLCertVerificationError as refusal:
        reason = str(getattr(refusal, "verify_message", ""))
    blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    blind.check_hostname = False
    blind.verify_mode = ssl.CERT_NONE
    try:
        return Presented(await _shake_hands(endpoint, proxy, blind), False, reason)
    except (OSError, TimeoutError):
        return Presented((), False, reason)


async def _shake_hands(
    endpoint: Endpoint, proxy: Proxy | None, context: ssl.SSLContext
) -> tuple[x509.Certificate, ...]:
    _, writer = await open_path(endpoint, proxy)
    try:
        async with asyncio.timeout(PATIENCE_S):
            await writer.start_tls(context, server_hostname=endpoint.host)
        return _chain_of(writer.get_extra_info("ssl_object"))
    finally:
        writer.transport.abort()


def _chain_of(handshake: Any) -> tuple[x509.Certificate, ...]:
    """All certificates as sent, own one first. Public since Python 3.13; before, the same on the inner object."""
    ways = (getattr(handshake, "get_unverified_chain", None), getattr(_inner(handshake), "get_unverified_chain", None))
    for way in ways:
        if way is not None and (sent := way()):
            return tuple(x509.load_der_x509_certificate(_der(certificate)) for certificate in sent)
    own = handshake.getpeercert(binary_form=True)
    return (x509.load_der_x509_certificate(own),) if own else ()


def _inner(handshake: Any) -> Any:
    return getattr(handshake, "_sslobj", None)


def _der(certificate: Any) -> bytes:
    return certificate if isinstance(certificate, bytes) else certificate.public_bytes(DER)


def no_tls_verdict(subject: str, endpoint: Endpoint, problem: Exception) -> Finding:
    """No handshake came about at all."""
    where = f"{endpoint.host}:{endpoint.port}"
    reason = str(getattr(problem, "reason", "") or "")
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"):
        text = f"{where} does not speak TLS."
        remedy = "Check the port in the settings: an encrypted address needs the encrypted port, usually 443."
    elif "PROTOCOL" in reason or "VERSION" in reason or "CIPHER" in reason or "ALERT" in reason:
        text = f"{where} and this machine can't agree on a version of TLS ({reason.replace('_', ' ').lower()})."
        remedy = "The server must offer TLS 1.2 or newer; ask its administrator."
    else:
        why = f" ({reason.replace('_', ' ').lower()})" if reason else ""
        text = f"{where} broke off the TLS handshake{why}."
        remedy = "A firewall or an inspecting proxy may be in between; ask your network team."
    return Finding(subject, Level.FAIL, text, remedy)
