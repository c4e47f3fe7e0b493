"""The proxy that the system's settings or the environment name for a host, if it is one that everybody here can use.

Looked up here for all, since each library does it in its own way: one would go directly where another needs SOCKS, and
aiohttp's way (`trust_env`) brings in ~/.netrc, whose words would stand beside our token.
"""

from __future__ import annotations

import ipaddress
import os
import re
import urllib.request
from typing import Final
from urllib.parse import urlsplit

from desktop.domain.errors import Rejected

NOT_USABLE: Final = (
    "{name} {problem}. Write it like http://proxy.example.com:3128 and start Sidetone again, "
    "or give a proxy in the organisation's settings."
)
BY_SYSTEM: Final = "The system's proxy setting"

_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?", re.IGNORECASE)


def system_proxy(address: str) -> str | None:
    """`http://[user:password@]host:port` for a URL (http, https, ws, wss); None: directly.

    Rejected names the variable that can't be used, and never what it holds, which may be a password.
    """
    parts = urlsplit(address)
    host, tls = parts.hostname or "", parts.scheme in ("https", "wss")
    if _exempt(host, parts.port or (443 if tls else 80)):
        return None
    scheme = "https" if tls else "http"
    found = urllib.request.getproxies().get(scheme, "")
    if not found:
        return None
    url = found if "://" in found else f"http://{found}"
    if not is_http_proxy(url):
        socks = url.lower().startswith("socks")
        problem = "names a SOCKS proxy, which Sidetone can't use" if socks else "is not the address of an HTTP proxy"
        raise Rejected(NOT_USABLE.format(name=_variable(scheme), problem=problem))
    return url.rstrip("/")


def is_http_proxy(url: str) -> bool:
    """Whether it is `http://host[:port]`, also with a user and a password."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    alone = not (parts.query or parts.fragment) and parts.path in ("", "/")
    return parts.scheme == "http" and alone and (parts.username is None) is (parts.password is None) and is_host(host)


def is_host(host: str) -> bool:
    """An address, or a name that can be looked up: labels of 1 to 63 characters, of any script."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return True
    try:
        name = host.encode("idna").decode("ascii").removesuffix(".")
    except UnicodeError:
        return False
    return len(name) <= 253 and all(_LABEL.fullmatch(label) for label in name.split("."))


def _exempt(host: str, port: int) -> bool:
    """Whether the system's settings say so, of the host or of this port there."""
    try:
        return bool(urllib.request.proxy_bypass(host if ":" in host else f"{host}:{port}"))
    except (OSError, ValueError):  # Windows looks the name up
        return False


def _variable(scheme: str) -> str:
    """Which one it was: small letters win."""
    for name in (f"{scheme}_proxy", f"{scheme}_proxy".upper()):
        if os.environ.get(name):
            return name
    return BY_SYSTEM
