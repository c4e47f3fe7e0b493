"""Why a connection did not come about, as one plain sentence with what to do. Pure: told what is known of the error."""

from __future__ import annotations

import enum
from collections.abc import Collection
from typing import Final

NETWORK: Final = "Check the network connection, the VPN and the proxy setting."
ADDRESS: Final = "Check the address and the port in the settings"
IN_BETWEEN: Final = "A firewall or an inspecting proxy may be in between; ask your network team."
OWN_AUTHORITY: Final = "Put its root certificate into the machine's store, or name its file as ca_file."


class Trouble(enum.Enum):
    """(reason, what to do)."""

    REFUSED = ("connections are refused there", f"{ADDRESS}, and that the service is running.")
    NO_SUCH_HOST = (
        "its host name can't be looked up",
        "Check that this computer is online, its VPN and its proxy; then the address in the settings.",
    )
    NO_ROUTE = ("no way leads there from this network", NETWORK)
    TIMED_OUT = ("there was no answer in time", f"A firewall may be in between. {NETWORK}")
    BROKEN_OFF = ("the connection was broken off", IN_BETWEEN)
    BAD_ADDRESS = ("its address is not one", "Correct the address in the settings.")
    NOT_EXPECTED = ("what answers there is something else", f"{ADDRESS}; a sign-in page of the network may answer.")
    NO_TLS = ("encryption is not spoken there", f"{ADDRESS}; the encrypted port is usually 443.")
    TLS_DIFFERS = ("both sides can't agree on TLS", "The server must offer TLS 1.2 or newer; ask its administrator.")
    EXPIRED = (
        "it has expired",
        "The server's administrator must renew it; also check this machine's clock.",
    )
    NOT_YET_VALID = ("it is not valid yet", "Check this machine's clock.")
    WRONG_NAME = (
        "it is for another host",
        "Check the address in the settings; otherwise the server's administrator must replace it.",
    )
    SELF_SIGNED = (
        "it is self-signed and vouches only for itself",
        "Have it replaced by one from an authority, or name its file as ca_file.",
    )
    UNKNOWN_AUTHORITY = (
        "its authority is not known to this machine, or a corporate proxy is in between",
        OWN_AUTHORITY,
    )
    NOT_TRUSTED = ("this machine does not accept it", "Check the address, or the machine's certificates.")
    PROXY_SIGN_IN = (
        "the proxy wants a user name and password (407)",
        "Set HTTPS_PROXY to its address with both, and leave the proxy in the settings empty.",
    )
    PROXY_REFUSED = ("the proxy refuses to connect to it", "Ask your network team to allow this host.")
    PROXY_AWAY = ("the proxy can't be reached", "Check the proxy's address in the settings, or in the system's.")
    UNKNOWN = ("the connection failed", NETWORK)

    @property
    def reason(self) -> str:
        """A clause without capital and full stop."""
        return self.value[0]

    @property
    def remedy(self) -> str:
        """What to do: a sentence or two."""
        return self.value[1]


CERTIFICATE: Final = frozenset(
    {
        Trouble.EXPIRED,
        Trouble.NOT_YET_VALID,
        Trouble.WRONG_NAME,
        Trouble.SELF_SIGNED,
        Trouble.UNKNOWN_AUTHORITY,
        Trouble.NOT_TRUSTED,
    }
)

_VERIFY: Final = {
    9: Trouble.NOT_YET_VALID,
    10: Trouble.EXPIRED,
    18: Trouble.SELF_SIGNED,
    19: Trouble.UNKNOWN_AUTHORITY,
    20: Trouble.UNKNOWN_AUTHORITY,
    21: Trouble.UNKNOWN_AUTHORITY,
    62: Trouble.WRONG_NAME,
    64: Trouble.WRONG_NAME,
}
"""OpenSSL's X509_V_ERR_*; other systems' stores have numbers of their own."""

_NO_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"})
_TLS_DIFFERS: Final = ("PROTOCOL", "VERSION", "CIPHER", "ALERT")

_KINDS: Final = (
    (frozenset({"gaierror", "ClientConnectorDNSError"}), Trouble.NO_SUCH_HOST),
    (frozenset({"TimeoutError", "ETIMEDOUT"}), Trouble.TIMED_OUT),
    (frozenset({"ConnectionRefusedError", "ECONNREFUSED"}), Trouble.REFUSED),
    (frozenset({"ENETUNREACH", "EHOSTUNREACH", "ENETDOWN", "EHOSTDOWN", "EADDRNOTAVAIL"}), Trouble.NO_ROUTE),
    (frozenset({"ConnectionError", "ECONNRESET", "ECONNABORTED", "EPIPE", "EOFError"}), Trouble.BROKEN_OFF),
    (frozenset({"ServerDisconnectedError", "ClientPayloadError"}), Trouble.BROKEN_OFF),
    (frozenset({"InvalidURL", "InvalidURI", "UnicodeError"}), Trouble.BAD_ADDRESS),
    (frozenset({"InvalidHandshake", "ClientResponseError"}), Trouble.NOT_EXPECTED),
)


def trouble_of(
    kinds: Collection[str], errno_name: str = "", *, verify_code: int = 0, tls_reason: str = "", proxy_status: int = 0
) -> Trouble:
    """What an error means. `kinds`: the names of its classes, bases included, and of those of its causes.

    `errno_name` like ECONNREFUSED. `verify_code` and `tls_reason` as the TLS library gives them, 0 and "" for none.
    `proxy_status`: what a proxy answered instead of letting us through, 0 for none.
    """
    if proxy_status:
        return Trouble.PROXY_SIGN_IN if proxy_status == 407 else Trouble.PROXY_REFUSED
    if "ClientProxyConnectionError" in kinds:
        return Trouble.PROXY_AWAY
    if "SSLCertVerificationError" in kinds or "ClientConnectorCertificateError" in kinds:
        return _VERIFY.get(verify_code, Trouble.NOT_TRUSTED)
    if tls_reason in _NO_TLS:
        return Trouble.NO_TLS
    if any(part in tls_reason for part in _TLS_DIFFERS):
        return Trouble.TLS_DIFFERS
    known = {*kinds, errno_name.removeprefix("WSA")}
    found = next((trouble for names, trouble in _KINDS if names & known), Trouble.UNKNOWN)
    return Trouble.BROKEN_OFF if found is Trouble.UNKNOWN and "SSLError" in kinds else found


def plain(what: str, trouble: Trouble) -> str:
    """`what` is a clause like "The stream can't be opened", or "The certificate is not trusted"."""
    return f"{what}: {trouble.reason}. {trouble.remedy}"
