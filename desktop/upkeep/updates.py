"""News of a newer version: one small JSON document over TLS, once a day, if somebody wants it. Nothing is downloaded.

    {"version": "1.2.0", "url": "https://example.com/sidetone/1.2.0", "notes": "Fewer false alarms."}

`url` and `notes` may be left out. What was answered is kept until the next day, so that a restart asks nobody.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import aiohttp
import msgspec
from packaging.version import InvalidVersion, Version
from yarl import URL

from desktop import __version__
from desktop.domain.errors import PeerBrokeProtocol, SidetoneError, Unreachable
from desktop.sources.trust import route_to

FILE: Final = "updates.json"
DAY_S: Final = 24 * 3600.0
PATIENCE_S: Final = 20.0
MOST_BYTES: Final = 64 * 1024
LONGEST_NOTE: Final = 300
LONGEST_URL: Final = 2_000
HEADERS: Final = {"User-Agent": "Sidetone", "Accept": "application/json"}


class News(msgspec.Struct, frozen=True):
    """A version that somebody offers. `url` "" or https; `notes` one line."""

    version: str
    url: str = ""
    notes: str = ""

    def newer_than(self, version: str) -> bool:
        """By PEP 440. A pre-release is news only to those who run one. PeerBrokeProtocol for what is no version."""
        try:
            offered, running = Version(self.version), Version(version)
        except InvalidVersion:
            raise PeerBrokeProtocol("update check: no version - at `$.version`") from None
        return offered > running and (not offered.is_prerelease or running.is_prerelease)


class _Kept(msgspec.Struct, frozen=True):
    asked: float  # s since 1970
    url: str
    news: News | None = None


async def ask(url: str, context: ssl.SSLContext) -> News:
    """What is offered there. Unreachable, or PeerBrokeProtocol for an answer that can't be used."""
    try:
        async with asyncio.timeout(PATIENCE_S), aiohttp.ClientSession(headers=HEADERS) as session:
            proxy = await asyncio.to_thread(lambda: route_to(url).proxy)
            # another address would be one that nobody agreed to
            async with session.get(URL(url), ssl=context, proxy=proxy, allow_redirects=False) as response:
                if response.status != 200:
                    raise Unreachable(f"update check: answered {response.status}")
                body = bytearray()
                async for part in response.content.iter_any():
                    body += part
                    if len(body) > MOST_BYTES:
                        raise PeerBrokeProtocol(f"update check: more than {MOST_BYTES} bytes")
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise Unreachable(f"update check: {type(error).__name__}") from None
    return read(bytes(body))


def read(body: bytes) -> News:
    """The document, cut down to what is shown."""
    try:
        news = msgspec.json.decode(body, type=News)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise PeerBrokeProtocol("update check: not the document that was asked for") from None
    news.newer_than(__version__)
    notes = " ".join("".join(each if each.isprintable() else " " for each in news.notes).split())
    if len(notes) > LONGEST_NOTE:
        notes = notes[: LONGEST_NOTE - 1].rstrip() + "…"
    return News(news.version, news.url if _is_https(news.url) else "", notes)


def _is_https(text: str) -> bool:
    try:
        where = URL(text)
    except ValueError:
        return False
    return where.scheme == "https" and bool(where.host) and where.user is None and len(text) <= LONGEST_URL


async def watch(
    url: str,
    folder: Path,
    context: Callable[[], ssl.SSLContext],
    tell: Callable[[News], None],
    *,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Until cancelled: at most one question a day, whatever comes of it. `tell` gets what is newer than this."""
    path = folder / FILE
    while True:
        kept = await asyncio.to_thread(_load, path)
        if kept is None or kept.url != url or not 0 <= now() - kept.asked < DAY_S:
            news = None
            with contextlib.suppress(SidetoneError):  # tomorrow again
                news = await ask(url, await asyncio.to_thread(context))
            kept = _Kept(now(), url, news)
            await asyncio.to_thread(_save, path, kept)
        if kept.news is not None and kept.news.newer_than(__version__):
            tell(kept.news)
        await sleep(max(60.0, kept.asked + DAY_S - now()))


def _load(path: Path) -> _Kept | None:
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
        if kept.news is not None:
            kept.news.newer_than(__version__)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, PeerBrokeProtocol):
        return None
    return kept


def _save(path: Path, kept: _Kept) -> None:
    fresh = path.with_suffix(".new")
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh.write_bytes(msgspec.json.encode(kept))
        os.replace(fresh, path)
