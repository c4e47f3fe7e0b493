"""Ears that a test speaks through: what was fed is kept, words come when the test says them."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import json
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

from aiohttp import web
from websockets.asyncio.client import ClientConnection, connect

from desktop.domain.events import AudioGap
from desktop.domain.media import Party
from desktop.domain.speech import Segment, Trace
from desktop.gateway.speech_service import SpeechService
from desktop.gateway.speech_service_config import SpeechServiceConfig
from desktop.insights.call_analysis import CallAnalyst
from desktop.insights.lexicon import parse_lexicon
from desktop.insights.redaction import redact
from desktop.insights.sentiment import TextSentiment

RESOURCES = Path(__file__).parents[2] / "resources"
SENTIMENT = TextSentiment(parse_lexicon((RESOURCES / "lexicon/vader_words.tsv").read_text("utf-8")))
KEY = "the-first-key-of-this-test"
SECOND_KEY = "the-second-key-of-this-test"
PATH = "/api/v2/speech-analytics"
OPEN = '{"type":"open","id":"%s","seq":1,"parameters":{"media":[{"type":"audio","codec":"audio/pcm"}]%s}}'
CLOSE = '{"type":"close","id":"your-session-id","seq":2}'
CHUNK = bytes(16_000)  # 500 ms


class ScriptedHearing:
    def __init__(self, session: str, language: str, deliver: Callable[[Segment | AudioGap], None]) -> None:
        self.session, self.language, self.deliver = session, language, deliver
        self.fed = bytearray()
        self.at_last: tuple[str, ...] = ()  # said when the session ends
        self.never_ends = False
        self.closed = False
        self.number = 0

    def feed(self, pcm: bytes) -> None:
        assert not self.closed
        assert len(pcm) % 2 == 0
        self.fed += pcm

    async def finish(self) -> None:
        for text in self.at_last:
            self.say(text)
        if self.never_ends:
            await asyncio.Event().wait()

    def close(self) -> None:
        self.closed = True

    def say(self, text: str, *, final: bool = True) -> None:
        end_ms = len(self.fed) // 32
        start_ms = max(0, end_ms - 500)
        party = Party.MIXED
        segment = Segment(self.session, party, self.number, 0, text, start_ms, end_ms, final, "en", 0.8, (), Trace())
        self.number += final
        self.deliver(segment)

    def lose(self, ms: float) -> None:
        self.deliver(AudioGap(self.session, Party.MIXED, None, ms, "not heard in time"))


class ScriptedEars:
    def __init__(self, languages: tuple[str, ...] = ("en", "tr")) -> None:
        self.languages = languages
        self.hearings: list[ScriptedHearing] = []
        self.at_last: tuple[str, ...] = ()

    def open(self, session: str, language: str, deliver: Callable[[Segment | AudioGap], None]) -> ScriptedHearing:
        hearing = ScriptedHearing(session, language, deliver)
        hearing.at_last = self.at_last
        self.hearings.append(hearing)
        return hearing

    @property
    def last(self) -> ScriptedHearing:
        return self.hearings[-1]


class Served:
    """A service on loopback and what a test wants of it."""

    def __init__(self, service: SpeechService, ears: ScriptedEars, folder: Path, port: int, runner: web.AppRunner):
        self.service, self.ears, self.folder, self.runner = service, ears, folder, runner
        self.http = f"http://127.0.0.1:{port}{PATH}"
        self.url = f"ws://127.0.0.1:{port}{PATH}"

    def dial(self, query: str = f"?x-api-key={KEY}", **options: Any) -> connect:
        return connect(self.url + query, compression=None, proxy=None, **options)

    @contextlib.asynccontextmanager
    async def session(self, session_id: str = "your-session-id", extra: str = "") -> AsyncIterator[ClientConnection]:
        async with self.dial() as socket:
            await socket.send(OPEN % (session_id, extra))
            assert (await hear(socket))["type"] == "opened"
            yield socket

    async def fed(self, size: int) -> ScriptedHearing:
        """Once the last session's ear has got so many bytes."""
        async with asyncio.timeout(10):
            while not self.ears.hearings or len(self.ears.last.fed) < size:
                await asyncio.sleep(0.005)
        return self.ears.last

    async def rows(self, count: int = 1) -> list[dict[str, str]]:
        """Results, once there are so many."""
        async with asyncio.timeout(20):
            while len(found := results(self.folder)) < count or self.service.sessions:
                await asyncio.sleep(0.01)
        return found


@contextlib.asynccontextmanager
async def serving(
    folder: Path, ears: ScriptedEars | None = None, keys: Sequence[str] = (KEY, SECOND_KEY), **options: Any
) -> AsyncIterator[Served]:
    ears = ears or ScriptedEars()
    ssl_context = options.pop("ssl_context", None)
    make_analyst = options.pop("make_analyst", lambda: CallAnalyst(SENTIMENT))
    service = SpeechService(
        SpeechServiceConfig(**options), keys, ears, folder, make_analyst=make_analyst, redact=redact
    )
    app = web.Application()
    app.add_routes(service.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=ssl_context).start()
    try:
        yield Served(service, ears, folder, runner.addresses[0][1], runner)
    finally:
        await service.close()
        await runner.cleanup()


async def hear(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(10):
        message: dict[str, Any] = json.loads(await socket.recv())
    return message


def results(folder: Path) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    for path in sorted(folder.glob("results-*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows += csv.DictReader(file)
    return rows
