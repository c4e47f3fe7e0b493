"""News of a newer version, from a real TLS server: asked for once a day, bounded, and never obeyed."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme
from aiohttp import web

from desktop.domain.errors import PeerBrokeProtocol, Unreachable
from desktop.upkeep import updates
from desktop.upkeep.updates import DAY_S, FILE, News, ask, read, watch

NEWER = {"version": "99.1", "url": "https://example.com/99.1", "notes": "Fewer  false\nalarms."}


@dataclass(slots=True)
class Publisher:
    """What it answers, and who asked with what."""

    body: bytes = json.dumps(NEWER).encode()
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    stalls: bool = False
    url: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.headers))
        if self.stalls:
            await asyncio.sleep(30)
        return web.Response(body=self.body, status=self.status, headers=self.headers)


AUTHORITY = trustme.CA()


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


@asynccontextmanager
async def published(host: str = "localhost") -> AsyncIterator[Publisher]:
    publisher, server = Publisher(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    AUTHORITY.issue_cert(host).configure_cert(server)
    app = web.Application()
    app.router.add_get("/sidetone.json", publisher.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=server)
    await site.start()
    publisher.url = f"https://localhost:{runner.addresses[0][1]}/sidetone.json"
    yield publisher
    await runner.cleanup()


async def test_what_is_offered_is_read_and_nothing_is_told_about_who_asks() -> None:
    async with published() as publisher:
        assert await ask(publisher.url, trusting()) == News("99.1", NEWER["url"], "Fewer false alarms.")
    (headers,) = publisher.asked
    assert set(headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding"}
    assert headers["User-Agent"] == "Sidetone"


async def test_a_certificate_that_nobody_vouches_for_is_refused() -> None:
    async with published() as publisher:
        with pytest.raises(Unreachable):
            await ask(publisher.url, ssl.create_default_context())
    assert publisher.asked == []
    async with published("elsewhere.example.com") as publisher:
        with pytest.raises(Unreachable):
            await ask(publisher.url, trusting())
    assert publisher.asked == []


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"version": 7}', b'{"version": "soon"}', b"[" * 60_000, b"\xff\xfe", b"{" + b" " * 70_000],
)
async def test_an_answer_that_is_no_such_document_is_dropped(body: bytes) -> None:
    async with published() as publisher:
        publisher.body = body
        with pytest.raises(PeerBrokeProtocol):
            await ask(publisher.url, trusting())


@pytest.mark.parametrize("status", [204, 301, 302, 404, 500])
async def test_anything_but_an_answer_is_none_and_redirects_are_not_followed(status: int) -> None:
    async with published() as publisher:
        publisher.status, publisher.headers = status, {"Location": publisher.url + "?elsewhere"}
        with pytest.raises(Unreachable):
            await ask(publisher.url, trusting())
    assert len(publisher.asked) == 1


async def test_one_that_does_not_answer_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates, "PATIENCE_S", 0.3)
    async with published() as publisher:
        publisher.stalls = True
        with pytest.raises(Unreachable):
            await ask(publisher.url, trusting())


@pytest.mark.parametrize(
    "url", ["http://example.com", "javascript:alert(1)", "https://u:p@x.example", "file:///etc", "https:"]
)
def test_a_link_that_is_not_https_is_left_out_and_notes_are_one_short_line(url: str) -> None:
    news = read(json.dumps({"version": "2", "url": url, "notes": "a\x00\x1b[31m\n" + "b" * 900}).encode())
    assert news.url == ""
    assert news.notes.isprintable()
    assert len(news.notes) <= updates.LONGEST_NOTE


@pytest.mark.parametrize(
    ("offered", "running", "newer"),
    [
        ("0.2.0", "0.1.0", True),
        ("0.10.0", "0.9.0", True),
        ("1.0", "1.0.0", False),
        ("0.9", "1.0", False),
        ("1.1rc1", "1.0", False),
        ("1.1rc2", "1.1rc1", True),
        ("1.0.post1", "1.0", True),
    ],
)
def test_versions_are_compared_as_versions(offered: str, running: str, newer: bool) -> None:
    assert News(offered).newer_than(running) is newer


class Days:
    """A clock that a test turns; whoever sleeps on it lets the next day come, until the last."""

    def __init__(self, days: int) -> None:
        self.now, self._left = 1_000_000.0, days

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self._left -= 1
        if self._left <= 0:
            raise asyncio.CancelledError


async def watched(publisher: Publisher, folder: Path, days: Days) -> list[News]:
    told: list[News] = []
    with pytest.raises(asyncio.CancelledError):
        await watch(publisher.url, folder, trusting, told.append, now=lambda: days.now, sleep=days.sleep)
    return told


async def test_it_is_asked_once_a_day_whatever_comes_of_it(tmp_path: Path) -> None:
    async with published() as publisher:
        publisher.status = 500
        days = Days(3)
        began = days.now
        assert await watched(publisher, tmp_path, days) == []
        assert len(publisher.asked) == 3
        assert days.now == began + 3 * DAY_S


async def test_a_restart_asks_nobody_and_still_tells(tmp_path: Path) -> None:
    async with published() as publisher:
        assert [news.version for news in await watched(publisher, tmp_path, Days(1))] == ["99.1"]
        assert [news.version for news in await watched(publisher, tmp_path, Days(1))] == ["99.1"]
        assert len(publisher.asked) == 1
        publisher.url += "?another=address"
        await watched(publisher, tmp_path, Days(1))
        assert len(publisher.asked) == 2


async def test_what_is_no_news_is_not_told(tmp_path: Path) -> None:
    async with published() as publisher:
        publisher.body = b'{"version": "0.0.1"}'
        assert await watched(publisher, tmp_path, Days(1)) == []


@pytest.mark.parametrize(
    "text", ["", "{", '{"asked": "x"}', '{"asked": 1000000, "url": "x", "news": {"version": "?"}}']
)
async def test_a_spoilt_file_is_asked_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    async with published() as publisher:
        assert len(await watched(publisher, tmp_path, Days(1))) == 1
