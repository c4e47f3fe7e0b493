"""Document C's HTTPS listener: POSTed Opus or PCMU to the calls of the floor (grammar: protocols/ingest.py).

What takes microseconds happens before the 200 (token, decryption, the packet's framing), so that the sender hears of
it; everything else is done behind by `run`. A streamed body gets its 200 with its headers. Each channel may have
`backlog_ms` acknowledged and not dealt with; beyond, a POST is answered 429, and a stream is not read any further,
which makes the platform buffer. A 401 leaves the connection as it is: the next request with a newer token goes on.

    part = IngestPart(config, deliver); app.add_routes(part.routes()); ...run() in a task...; await part.close()
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Final

from aiohttp import web

from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.events import Complaint, LinkFound, PeerComplaint
from desktop.domain.media import Party
from desktop.domain.ports import Deliver
from desktop.gateway.ingest_backlog import Backlog, Waiting
from desktop.gateway.ingest_bodies import BodyReader, Payload, whole_body
from desktop.gateway.ingest_calls import CallBook, Stream, format_finding
from desktop.gateway.ingest_cipher import PayloadCipher
from desktop.gateway.ingest_config import IngestConfig, IngestStats
from desktop.gateway.ingest_delay import DelayMeter
from desktop.gateway.replies import error_reply
from desktop.protocols.ingest import MAX_BODY_BYTES, TIMESTAMP_HEADER, IngestHead, WrongMediaType, read_head

RETRY_AFTER_S: Final = 1
CHALLENGE: Final = 'Bearer realm="sidetone", error="invalid_token"'
_NO_STREAM_CIPHER: Final = (
    "body: a stream can't be decrypted; send one packet per request, or leave encryptionKey empty"
)


class IngestPart:
    """One listener path. All methods belong to one loop. `wall_clock` in seconds since the Unix epoch."""

    def __init__(self, config: IngestConfig, deliver: Deliver, *, wall_clock: Callable[[], float] = time.time) -> None:
        self._config, self._deliver, self._wall_clock = config, deliver, wall_clock
        self._cipher = PayloadCipher(config.encryption_key) if config.encryption_key else None
        self._calls = CallBook(config, deliver, lambda: asyncio.get_running_loop().time())
        self._delays = DelayMeter()
        self.stats = IngestStats()
        self._backlog = Backlog(config, deliver, self._calls, self._delays, self.stats)
        self._bodies: set[asyncio.Task[object]] = set()
        self._closing = False

    @property
    def live_calls(self) -> tuple[str, ...]:
        """Ids of the calls that sound comes for."""
        return self._calls.live

    def routes(self) -> Iterable[web.RouteDef]:
        return (web.post(self._config.path, self._post), web.get(self._config.path, self._health))

    async def run(self) -> None:
        """Deal with what was acknowledged, until cancelled. Without it, everything soon answers 429."""
        await self._backlog.work()

    async def close(self) -> None:
        """Take nothing more; streamed bodies are cut."""
        self._closing = True
        for body in self._bodies:
            body.cancel()
        await asyncio.sleep(0)

    # requests

    async def _health(self, request: web.Request) -> web.Response:
        self.stats.probes += 1
        return web.json_response({"status": "ok"})

    async def _post(self, request: web.Request) -> web.StreamResponse:
        received_ns = time.monotonic_ns()
        if not request.body_exists:
            return await self._health(request)
        if not self._authorised(request):
            self.stats.unauthorised += 1
            reply = error_reply(401)
            reply.headers["WWW-Authenticate"] = CHALLENGE
            return reply
        if (request.content_length or 0) > MAX_BODY_BYTES:
            return self._refuse(413, "body: too large; send one packet per request, or a stream of unknown length")
        try:
            head = read_head(request.headers, request.query)
        except WrongMediaType as problem:
            return self._refuse(415, str(problem))
        except PeerBrokeProtocol as problem:
            return self._refuse(400, str(problem))
        if request.content_length is None and self._cipher is not None:
            return self._refuse(400, _NO_STREAM_CIPHER)
        peer = request.transport.get_extra_info("peername") if request.transport is not None else None
        stream = None if self._closing else self._calls.stream(head, peer, self._now_ms())
        if stream is None:
            self.stats.full += 1
            return error_reply(503, retry_after_s=RETRY_AFTER_S)
        if request.content_length is None:
            return await self._streamed(request, head, stream)
        return await self._chunk(request, head, stream, received_ns)

    async def _chunk(
        self, request: web.Request, head: IngestHead, stream: Stream, received_ns: int
    ) -> web.StreamResponse:
        try:
            async with asyncio.timeout(self._config.body_timeout_s):
                body = await request.read()
        except TimeoutError:
            reply = self._refuse(408, "body: did not arrive in time")
            reply.force_close()
            return reply
        try:
            payloads = whole_body(head.media, stream.watch, body if self._cipher is None else self._cipher.open(body))
        except PeerBrokeProtocol as problem:
            self._compare_format(stream)
            return self._refuse(400, str(problem), stream.call)
        self._compare_format(stream)
        channels = head.media.channels
        ms = sum(payload.ms for payload in payloads) / channels
        if not self._backlog.has_room(stream, ms):
            self.stats.throttled += 1
            return error_reply(429, retry_after_s=RETRY_AFTER_S)
        seq = head.seq if len(payloads) == channels else None
        at_ms = float(stream.place(self._sent_at(head), ms))
        for payload, party in _parties(head, payloads):
            self._backlog.put(Waiting(stream, party, payload, payload.ms / channels, seq, round(at_ms), received_ns))
            at_ms += payload.ms if channels == 1 else 0.0
        self.stats.chunks += 1
        return web.Response(headers=self._acknowledged(head))

    async def _streamed(self, request: web.Request, head: IngestHead, stream: Stream) -> web.StreamResponse:
        response = web.StreamResponse(headers=self._acknowledged(head))
        await response.prepare(request)
        self.stats.streams += 1
        self._calls.opened(stream)
        task = asyncio.current_task()
        assert task is not None  # a handler always runs in one
        self._bodies.add(task)
        finished = False
        try:
            await self._read_stream(request, head, stream)
            await response.write_eof()
            finished = True
        except (PeerBrokeProtocol, TimeoutError, ConnectionError, web.RequestPayloadError) as problem:
            self.stats.broken_streams += 1
            what = str(problem) if isinstance(problem, PeerBrokeProtocol) else "body: the stream was cut"
            self._complain(Complaint.BAD_MESSAGE, what, stream.call)
            response.force_close()
        finally:
            self._bodies.discard(task)
            self._calls.closed(stream, finished=finished)
        return response

    async def _read_stream(self, request: web.Request, head: IngestHead, stream: Stream) -> None:
        reader = BodyReader(head.media, stream.watch)
        at_ms, gaps = float(self._sent_at(head)), 0
        while True:
            async with asyncio.timeout(self._config.stream_timeout_s):
                piece = await request.content.readany()
            received_ns = time.monotonic_ns()
            payloads = reader.feed(piece) if piece else reader.finish()
            self._calls.heard(stream)
            self._compare_format(stream, heard=not reader.unheard)
            if reader.gaps > gaps:
                gaps = reader.gaps
                self._complain(Complaint.BAD_FRAME, "body: a damaged Ogg page was left out", stream.call)
            for payload, party in _parties(head, payloads):
                ms = payload.ms / head.media.channels
                while not self._backlog.has_room(stream, ms):
                    self.stats.held_back += 1
                    stream.room.clear()
                    await stream.room.wait()
                self._backlog.put(Waiting(stream, party, payload, ms, None, round(at_ms), received_ns))
                if party is Party.AGENT or head.media.channels == 1:
                    at_ms += payload.ms
            if not piece:
                return

    def _authorised(self, request: web.Request) -> bool:
        accepts = self._config.accepts
        if accepts is None:
            return True
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and accepts(token.strip())

    def _acknowledged(self, head: IngestHead) -> dict[str, str]:
        """The 200's headers: the timestamp goes back, so that the sender can take the full round trip."""
        if head.sent_at_ms is None:
            return {}
        loop_s = asyncio.get_running_loop().time()
        self._delays.note(head.sent_at_ms, self._wall_clock() * 1000, loop_s)
        return {TIMESTAMP_HEADER: str(head.sent_at_ms)}

    def _refuse(self, status: int, problem: str, call: str = "") -> web.Response:
        self.stats.refused += 1
        self._complain(Complaint.BAD_MESSAGE, problem, call)
        return web.json_response({"message": problem, "code": "bad.request", "status": status}, status=status)

    # findings

    def _compare_format(self, stream: Stream, *, heard: bool = True) -> None:
        """Edge case 2: tell when a channel's bytes turn out to be something else, or again what they should be."""
        watch = stream.watch
        if watch.believed is watch.told:
            return
        watch.told = watch.believed
        finding = format_finding(watch.declared, watch.believed, heard=heard)
        if watch.believed is not watch.declared:
            self.stats.mismatched += 1
            self._complain(Complaint.BAD_FRAME, "Content-Type: does not match the sound", stream.call)
        self._deliver(LinkFound(self._config.link, finding))

    def _complain(self, what: Complaint, detail: str, call: str = "") -> None:
        self._deliver(PeerComplaint(self._config.link, what, detail, call))

    def _sent_at(self, head: IngestHead) -> int:
        """Without a timestamp, our own clock has to do."""
        return self._now_ms() if head.sent_at_ms is None else head.sent_at_ms

    def _now_ms(self) -> int:
        return int(self._wall_clock() * 1000)


def _parties(head: IngestHead, payloads: list[Payload]) -> list[tuple[Payload, Party]]:
    if head.media.channels == 1:
        return [(payload, head.party) for payload in payloads]
    return [(payload, Party.AGENT if nth % 2 else Party.CUSTOMER) for nth, payload in enumerate(payloads)]
