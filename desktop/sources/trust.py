"""Which addresses a token may be sent to and by which way: TLS everywhere, plain text on this machine only.

Certificates are judged by the operating system. On Windows and macOS that takes `truststore`: OpenSSL sees none of the
keychain there, and only those Windows roots that something has used before. On Linux the system's store is OpenSSL's
own; `truststore` would read it again for every connection (measured: 17 ms each), so there it isn't used.
"""

from __future__ import annotations

import ipaddress
import ssl
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import truststore

from desktop.domain.errors import PeerBrokeProtocol, SettingInvalid
from desktop.sources.system_proxy import is_host, is_http_proxy, system_proxy

OTHER_STORES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  # Fedora, RHEL
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # Alpine, Arch
)
"""Where a Linux system may keep its authorities, if the interpreter was built for another one."""


@dataclass(frozen=True, slots=True)
class Route:
    """How one host is reached: by the `configured` proxy, as the system's settings say for `address`, or directly.

    aiohttp: `proxy=route.proxy` and never `trust_env`, which would bring ~/.netrc in. websockets: `proxy=route.proxy`.
    """

    configured: str | None = None
    address: str = ""

    @property
    def proxy(self) -> str | None:
        """`http://[user:password@]host:port`, or None. Ask each time, as machines move between networks.

        Rejected if the system's settings or the environment name one that can't be used.
        """
        return system_proxy(self.address) if self.address else self.configured

    @property
    def by_system(self) -> bool:
        """Whether the system's settings decide."""
        return bool(self.address)

    @property
    def websockets(self) -> str | None:
        """The same: as websockets itself would also try SOCKS."""
        return self.proxy


def is_loopback(host: str) -> bool:
    """Whether `host` (a name or an address) is this machine. Names other than localhost are not looked up."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_base_url(url: str) -> str:
    """A REST base without trailing slash: `https://host[:port]`, or `http://` on loopback. SettingInvalid otherwise."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise SettingInvalid("base_url", "not an address", "Write it like https://api.mypurecloud.com") from None
    if not host or parts.scheme not in ("http", "https") or parts.query or parts.fragment or parts.username:
        raise SettingInvalid("base_url", "not an address", "Write it like https://api.mypurecloud.com")
    if parts.scheme == "http" and not is_loopback(host):
        raise SettingInvalid("base_url", "plain http would show the access token to the network", "Use https")
    if not is_host(host):
        raise SettingInvalid("base_url", "not a host name", "Check the region, or write the address like https://...")
    if not host.isascii():
        port = f":{parts.port}" if parts.port is not None else ""
        url = parts._replace(netloc=host.encode("idna").decode("ascii") + port).geturl()
    return url.rstrip("/")


def check_stream_uri(uri: str) -> bool:
    """The discovered WebSocket address; True if it is on this machine. PeerBrokeProtocol never repeats the address."""
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise PeerBrokeProtocol("discovery reply: not an address - at `$.uri`") from None
    if not host or parts.scheme not in ("ws", "wss") or parts.username or parts.fragment:
        raise PeerBrokeProtocol("discovery reply: not a WebSocket address - at `$.uri`")
    local = is_loopback(host)
    if parts.scheme == "ws" and not local:
        raise PeerBrokeProtocol("discovery reply: a stream without TLS is only taken on this machine - at `$.uri`")
    return local


def check_proxy(url: str) -> str:
    """`http://host:port` without trailing slash, "" for the system's own. SettingInvalid otherwise."""
    if not url:
        return ""
    try:
        with_password = "@" in urlsplit(url).netloc
    except ValueError:
        with_password = False
    if with_password:
        raise SettingInvalid("proxy", "a password must not be in the settings file", "Set HTTPS_PROXY for it instead.")
    if not is_http_proxy(url):
        hint = "Write it like http://proxy.example.com:3128, or leave it empty to use the system's."
        raise SettingInvalid("proxy", "is not a proxy's address", hint)
    return url.rstrip("/")


def route_to(address: str, proxy: str = "") -> Route:
    """The way to a URL's host: this machine is never asked for by proxy, `proxy` wins over the system's settings."""
    if is_loopback(urlsplit(address).hostname or ""):
        return Route()
    return Route(configured=check_proxy(proxy)) if proxy else Route(address=address)


def client_context(ca_file: str = "", *, platform: str = sys.platform) -> ssl.SSLContext:
    """Trusts what the system trusts and the authorities in `ca_file` (PEM). Share it: making one takes 20 ms.

    SettingInvalid if the file is missing or holds no certificate.
    """
    context = _system_context(platform)
    if not ca_file:
        return context
    hint = "Choose the PEM file with your company's certificate authority, or leave it empty"
    try:
        path = Path(ca_file).expanduser()
        context.load_verify_locations(cadata=path.read_text(encoding="ascii", errors="ignore"))  # comments may be not
    except OSError as problem:
        what = "is not a certificate in PEM form" if isinstance(problem, ssl.SSLError) else "cannot be read"
        raise SettingInvalid("ca_file", what, hint) from None
    except RuntimeError:
        raise SettingInvalid("ca_file", "names the home directory of nobody", hint) from None
    except ValueError:
        raise SettingInvalid("ca_file", "is not a certificate in PEM form", hint) from None
    return context


def _system_context(platform: str) -> ssl.SSLContext:
    if platform in ("win32", "darwin"):
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = ssl.create_default_context()
    if not _has_authorities():
        for place in OTHER_STORES:
            if Path(place).is_file():
                context.load_verify_locations(cafile=place)
                break
    return context


def _has_authorities() -> bool:
    """Whether OpenSSL's own places, or those that SSL_CERT_FILE and SSL_CERT_DIR name, hold anything."""
    paths = ssl.get_default_verify_paths()
    return bool(paths.cafile) or (paths.capath is not None and any(Path(paths.capath).iterdir()))
