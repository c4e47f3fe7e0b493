"""Whether a hook's destination takes what the platform will send: the fix of document C section 2, `curl -v`."""

from __future__ import annotations

import asyncio
import ssl
import time
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from desktop.domain.finding import Finding, Level

DESTINATION: Final = "Destination"
USER_AGENT: Final = "GenesysCloud-AudioHook-Client"
"""As the platform's own, for destinations that keep bots out."""
LIMIT_S: Final = 5.0


async def try_destination(
    url: str, *, ssl_context: ssl.SSLContext | None = None, token: str = "", limit_s: float = LIMIT_S
) -> Finding:
    """POST and GET it, directly, with no sound in it. Never raises; the finding names the cause and the remedy."""
    headers = {"User-Agent": USER_AGENT} | ({"Authorization": f"Bearer {token}"} if token else {})
    began = time.perf_counter()
    try:
        async with (
            asyncio.timeout(limit_s),
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=ssl_context if ssl_context is not None else True), headers=headers
            ) as session,
        ):
            for method in ("POST", "GET"):
                async with session.request(method, URL(url, encoded=True), allow_redirects=False) as reply:
                    if reply.status != 200:
                        return _status(method, reply.status)
    except aiohttp.ClientConnectorCertificateError:
        return _certificate(url)
    except aiohttp.ClientConnectorSSLError:
        text = "The destination and this machine can't agree on TLS."
        return Finding(DESTINATION, Level.FAIL, text, "It must offer TLS 1.2 or newer on this port.")
    except aiohttp.ClientConnectorDNSError:
        text = "The destination's name is not known to DNS."
        return Finding(DESTINATION, Level.FAIL, text, "Check destinationUrl, and that the name is public.")
    except TimeoutError:
        text = f"The destination does not answer within {limit_s:g} s; the platform would give up."
        return Finding(DESTINATION, Level.FAIL, text, "Check the firewall before it and how busy it is.")
    except (aiohttp.ClientError, OSError, ValueError) as problem:
        text = f"The destination can't be reached ({type(problem).__name__})."
        return Finding(DESTINATION, Level.FAIL, text, "Check destinationUrl, and that the listener is running.")
    took_ms = (time.perf_counter() - began) * 1000
    return Finding(DESTINATION, Level.PASS, f"The destination answers POST and GET with 200 ({took_ms:.0f} ms).")


def _certificate(url: str) -> Finding:
    """Section 1's trap: the platform says nothing but 403 or "connection refused" about it."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    text = "The destination's certificate is not trusted; the platform would refuse it without saying so."
    remedy = (
        f"Have it issued by a public authority, with the full chain; look with: openssl s_client -connect "
        f"{f'[{host}]' if ':' in host else host}:{parts.port or 443}"
    )
    return Finding(DESTINATION, Level.FAIL, text, remedy)


def _status(method: str, status: int) -> Finding:
    remedies = {
        401: "Let it take the health check without a token, or give its token.",
        403: "Add this machine and the platform's addresses to its allow-list, and check for bot detection.",
        404: "Check the path in destinationUrl.",
        405: f"Let it accept {method}.",
        429: "It is too busy; wait until it has caught up.",
    }
    moved = "It sends visitors elsewhere: put the final address into destinationUrl."
    remedy = moved if 300 <= status < 400 else remedies.get(status, "Look into the destination's own log.")
    text = f"The destination answers {method} with {status} instead of 200; the platform would disable the hook."
    return Finding(DESTINATION, Level.FAIL, text, remedy)
