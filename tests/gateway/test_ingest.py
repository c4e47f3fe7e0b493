"""Document C's listener on a real port: what it answers, what reaches the floor, and what it does under pressure."""

from __future__ import annotations

import asyncio
import contextlib
import random
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import aiohttp
import pytest
import trustme
from aiohttp import web

from desktop.audio.ogg import write_packets
from desktop.domain.events import (
    AudioArrived,
    CallEnded,
    Complaint,
    FactsLearned,
    LinkChanged,
    LinkFound,
    LinkMeasured,
    LinkState,
    Measure,
    PeerComplaint,
    SourceEvent,
)
from desktop.domain.facts import CallFacts
from desktop.domain.finding import Level
from desktop.domain.media import Codec, Party
from desktop.gateway.hardening import HardenedSite, hardened_runner
from desktop.gateway.ingest import IngestPart
from desktop.gateway.ingest_config import IngestConfig
from desktop.simulator.ingest_client import IngestClient, as_pcmu
from desktop.simulator.script import Channel, Script
from tests.gateway.test_ingest_parts import KEY, PACKETS, SPEECH
from tests.support.leaks import held

E = TypeVar("E")
CALL = "34c18827-77a6-4970-ad66-6f2966c85bad"
HEADERS = {
    "Content-Type": "audio/opus",
    "X-Genesys-Cloud-Conversation-Id": CALL,
    "X-Genesys-Cloud-Channel": "external",
}
SCRIPT = Script(
    "short",
    CallFacts(),
    (Channel(Party.CUSTOMER, tuple(PACKETS), 20.0), Channel(Party.AGENT, tuple(PACKETS[::-1]), 20.0)),
)


@dataclass
class Rig:
    part: IngestPart
    url: str
    session: aiohttp.ClientSession
    events: list[SourceEvent] = field(default_factory=list)

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def sound(self, call: str, party: Party) -> bytes:
        frames = [event.frame for event in self.of(AudioArrived)]
        return b"".join(frame.payload for frame in frames if (frame.call, frame.party) == (call, party))

    async def post(self, body: Any, headers: dict[str, str] | None = None, **more: Any) -> tuple[int, dict[str, Any]]:
        sent = HEADERS | (headers or {})
        async with self.session.post(self.url, data=body, headers=sent, **more) as response:
            with contextlib.suppress(aiohttp.ContentTypeError):
                return response.status, {**response.headers, **((await response.json()) or {})}
            return response.status, dict(response.headers)

    async def until(self, what: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not what():
                await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def listening(
    config: IngestConfig | None = None,
    *,
    working: bool = True,
    server: ssl.SSLContext | None = None,
    client: ssl.SSLContext | None = None,
    wall_clock: Callable[[], float] | None = None,
) -> AsyncIterator[Rig]:
    events: list[SourceEvent] = []
    clock = {} if wall_clock is None else {"wall_clock": wall_clock}
    part = IngestPart(config or IngestConfig(), events.append, **clock)
    app = web.Application()
    app.add_routes(part.routes())
    runner = hardened_runner(app, shutdown_timeout_s=0.2)
    await runner.setup()
    await HardenedSite(runner, "127.0.0.1", 0, ssl_context=server).start()
    url = f"{'https' if server else 'http'}://127.0.0.1:{runner.addresses[0][1]}/stream/v1/audiohook"
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=client if client else True))
    try:
        async with asyncio.TaskGroup() as group:
            running = group.create_task(part.run() if working else asyncio.sleep(0), name="ingest")
            yield Rig(part, url, session, events)
            await session.close()
            await part.close()
            running.cancel()
    finally:
        await session.close()
        await runner.cleanup()


# step 2: connectivity


async def test_document_c_step_2_fix_a_connectivity_test_by_curl_gets_200() -> None:
    """GET, HEAD and a POST without a body, without a token, are the platform's health check."""
    async with listening(IngestConfig(accepts=lambda token: False)) as rig:
        async with rig.session.get(rig.url) as response:
            assert (response.status, await response.json()) == (200, {"status": "ok"})
        async with rig.session.head(rig.url) as response:
            assert response.status == 200
        async with rig.session.post(rig.url) as response:
            assert response.status == 200
        assert rig.part.stats.probes == 3
        assert rig.part.live_calls == ()
        assert not rig.of(FactsLearned)


async def test_a_chunk_is_acknowledged_and_reaches_the_floor() -> None:
    async with listening() as rig:
        stamp = {"X-Genesys-Cloud-Timestamp": "1795176000250", "X-Genesys-Cloud-Sequence": "7"}
        status, headers = await rig.post(PACKETS[0], stamp)
        assert status == 200
        assert headers["X-Genesys-Cloud-Timestamp"] == "1795176000250"
        await rig.until(lambda: bool(rig.of(AudioArrived)))
        frame = rig.of(AudioArrived)[0].frame
        assert (frame.link, frame.call, frame.party, frame.codec) == ("ingest", CALL, Party.CUSTOMER, Codec.OPUS)
        assert (frame.seq, frame.at_ms, frame.payload) == (7, 1_795_176_000_250, PACKETS[0])
        assert rig.of(FactsLearned)[0].facts == CallFacts(started_at_ms=1_795_176_000_250)
        assert rig.of(LinkChanged)[0].state is LinkState.LIVE
    assert rig.of(CallEnded)[-1].call == CALL
    assert rig.of(LinkChanged)[-1].state is LinkState.CLOSED


async def test_chunks_that_come_by_fits_and_starts_keep_their_place_in_time() -> None:
    """The timestamp says when a chunk was sent, not when it was said."""
    async with listening() as rig:
        for sent_ms in (0, 400, 400, 400, 80, 2_000, 2_020):
            await rig.post(PACKETS[0], {"X-Genesys-Cloud-Timestamp": str(1_795_176_000_000 + sent_ms)})
        await rig.until(lambda: rig.part.stats.frames == 7)
        placed = [(e.frame.at_ms or 0) - 1_795_176_000_000 for e in rig.of(AudioArrived)]
        assert placed == [0, 20, 40, 60, 80, 2_000, 2_020]


async def test_without_timestamps_this_machine_s_clock_has_to_do() -> None:
    async with listening(wall_clock=lambda: 1_000.0) as rig:
        await rig.post(SPEECH[:160], {"Content-Type": "audio/PCMU"})
        await rig.post(SPEECH[:160], {"Content-Type": "audio/PCMU"})
        await rig.until(lambda: rig.part.stats.frames == 2)
        assert [e.frame.at_ms for e in rig.of(AudioArrived)] == [1_000_000, 1_000_020]
        assert not rig.of(LinkMeasured)


async def test_pcmu_and_stereo() -> None:
    async with listening() as rig:
        assert (await rig.post(SPEECH[:800], {"Content-Type": "audio/PCMU"}))[0] == 200
        both = bytes(value for pair in zip(SPEECH[:160], SPEECH[160:320], strict=True) for value in pair)
        stereo = {"Content-Type": "audio/PCMU;channels=2", "X-Genesys-Cloud-Conversation-Id": "stereo"}
        assert (await rig.post(both, stereo))[0] == 200
        await rig.until(lambda: rig.part.stats.frames == 3)
        assert rig.sound(CALL, Party.CUSTOMER) == SPEECH[:800]
        assert rig.sound("stereo", Party.CUSTOMER) == SPEECH[:160]
        assert rig.sound("stereo", Party.AGENT) == SPEECH[160:320]
        assert {event.frame.codec for event in rig.of(AudioArrived)} == {Codec.PCMU}


async def test_without_a_conversation_every_connection_is_a_call_and_that_is_told_once() -> None:
    async with listening() as rig:
        bare = {"Content-Type": "audio/PCMU"}
        for _ in range(2):
            async with aiohttp.ClientSession() as session:
                for _ in range(2):
                    async with session.post(rig.url, data=SPEECH[:160], headers=bare) as response:
                        assert response.status == 200
        await rig.until(lambda: rig.part.stats.frames == 4)
        assert rig.part.live_calls == ("unnamed-1", "unnamed-2")
        assert [e.frame.party for e in rig.of(AudioArrived)] == [Party.MIXED] * 4
        assert [e.finding.subject for e in rig.of(LinkFound)] == ["Conversation"]


async def test_a_call_ends_when_nothing_comes_for_a_while() -> None:
    async with listening(IngestConfig(idle_end_s=0.05)) as rig:
        async with rig.session.post(rig.url, data=PACKETS[0], headers={"Content-Type": "audio/opus"}) as response:
            assert response.status == 200
        await rig.until(lambda: bool(rig.of(CallEnded)))
        assert rig.of(CallEnded)[0].reason == "no more audio"
        assert rig.part.live_calls == ()


@pytest.mark.parametrize(
    ("status", "headers", "body", "named"),
    [
        (415, {"Content-Type": "text/plain"}, b"x", "Content-Type"),
        (415, {"Content-Type": "audio/PCMA"}, b"x", "A-law"),
        (400, {"X-Genesys-Cloud-Timestamp": "soon"}, b"x", "X-Genesys-Cloud-Timestamp"),
        (400, {}, b"\xff\xff", "Opus packet"),
        (413, {}, bytes(64 * 1024 + 1), "too large"),
    ],
)
async def test_what_is_wrong_is_named_counted_and_costs_nothing_else(
    status: int, headers: dict[str, str], body: bytes, named: str
) -> None:
    async with listening() as rig:
        got, reply = await rig.post(body, headers)
        assert got == status
        assert named in reply["message"]
        assert [(c.what, c.detail) for c in rig.of(PeerComplaint)] == [(Complaint.BAD_MESSAGE, reply["message"])]
        assert rig.part.stats.refused == 1
        assert (await rig.post(PACKETS[0]))[0] == 200


async def test_a_body_that_never_comes_is_given_up() -> None:
    async with listening(IngestConfig(body_timeout_s=0.05)) as rig:
        host, port = rig.url.split("/")[2].split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        head = b"POST /stream/v1/audiohook HTTP/1.1\r\nHost: x\r\nContent-Type: audio/opus\r\nContent-Length: 9\r\n\r\n"
        writer.write(head + b"x")
        assert b" 408 " in await asyncio.wait_for(reader.readline(), 5)
        writer.close()
        assert (await rig.post(PACKETS[0]))[0] == 200


async def test_too_many_channels_at_once() -> None:
    async with listening(IngestConfig(max_streams=2)) as rig:
        for n, expected in enumerate((200, 200, 503)):
            assert (await rig.post(PACKETS[0], {"X-Genesys-Cloud-Conversation-Id": f"c{n}"}))[0] == expected
        assert (await rig.post(PACKETS[0], {"X-Genesys-Cloud-Conversation-Id": "c1"}))[0] == 200
        assert rig.part.stats.full == 1


@pytest.mark.parametrize("content_type", ["audio/opus", "audio/PCMU"])
async def test_document_c_step_3_option_a_trap_a_stream_before_connect_sends_sip_instead_of_sound(
    content_type: str,
) -> None:
    """The effect: "silence or SIP metadata instead of audio packets"; the fix is named."""
    async with listening() as rig:
        status, reply = await rig.post(b"INVITE sip:x@example.com SIP/2.0\r\n", {"Content-Type": content_type})
        assert status == 400
        assert "place Stream directly behind Connect" in reply["message"]
        assert not rig.of(AudioArrived)


# streams


async def endless(*pieces: bytes, then: asyncio.Event | None = None) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
        await asyncio.sleep(0)
    if then is not None:
        await then.wait()


async def test_document_c_edge_case_1_a_stream_is_acknowledged_with_its_headers() -> None:
    """ "Acknowledge receipt immediately upon receiving the packet headers": the 200 is there while the body goes on."""
    hang_up = asyncio.Event()
    async with listening() as rig:
        pcmu = HEADERS | {"Content-Type": "audio/PCMU"}
        async with rig.session.post(rig.url, data=endless(SPEECH[:1600], then=hang_up), headers=pcmu) as response:
            assert response.status == 200
            await rig.until(lambda: len(rig.sound(CALL, Party.CUSTOMER)) == 1600)
            hang_up.set()
            await response.read()
        assert rig.part.stats.streams == 1


@pytest.mark.parametrize("content_type", ["audio/opus", "audio/ogg", "application/ogg"])
async def test_a_stream_of_ogg_opus(content_type: str) -> None:
    async with listening(IngestConfig(finished_end_s=0.0)) as rig:
        ogg = write_packets(PACKETS)
        pieces = [ogg[at : at + 200] for at in range(0, len(ogg), 200)]
        status, _ = await rig.post(
            endless(*pieces), {"Content-Type": content_type, "X-Genesys-Cloud-Timestamp": "1e12"}
        )
        assert status == 200
        await rig.until(lambda: rig.part.stats.frames == len(PACKETS))
        frames = [event.frame for event in rig.of(AudioArrived)]
        assert [frame.payload for frame in frames] == PACKETS
        assert [frame.at_ms for frame in frames[:3]] == [10**12, 10**12 + 20, 10**12 + 40]
        await rig.until(lambda: bool(rig.of(CallEnded)))


async def test_a_damaged_page_in_a_stream_is_counted_and_the_rest_heard() -> None:
    async with listening() as rig:
        ogg = write_packets(PACKETS)
        await rig.post(endless(ogg[:10], b"xx", ogg[10:], ogg))
        await rig.until(lambda: rig.part.stats.frames == 2 * len(PACKETS))
        assert {c.what for c in rig.of(PeerComplaint)} == {Complaint.BAD_FRAME}


async def test_a_stream_of_bare_opus_packets_is_cut_and_named() -> None:
    async with listening() as rig:
        with contextlib.suppress(aiohttp.ClientError):
            await rig.post(endless(*PACKETS))
        await rig.until(lambda: rig.part.stats.broken_streams == 1)
        assert "Ogg-Opus" in rig.of(PeerComplaint)[0].detail
        assert (await rig.post(PACKETS[0]))[0] == 200


async def test_a_stream_that_breaks_off_loses_nothing_else() -> None:
    async with listening() as rig:
        host, port = rig.url.split("/")[2].split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        head = "".join(f"{name}: {value}\r\n" for name, value in (HEADERS | {"Content-Type": "audio/PCMU"}).items())
        writer.write(
            f"POST /stream/v1/audiohook HTTP/1.1\r\nHost: x\r\n{head}Transfer-Encoding: chunked\r\n\r\n".encode()
        )
        writer.write(b"320\r\n" + SPEECH[:800] + b"\r\n")
        await rig.until(lambda: rig.part.stats.frames == 1)
        writer.transport.abort()
        await rig.until(lambda: rig.part.stats.broken_streams == 1)
        assert rig.part.live_calls == (CALL,)
        assert (await rig.post(PACKETS[0]))[0] == 200


async def test_closing_cuts_streams_and_refuses_what_comes() -> None:
    never = asyncio.Event()
    async with listening() as rig:
        pcmu = HEADERS | {"Content-Type": "audio/PCMU"}
        async with rig.session.post(rig.url, data=endless(SPEECH[:800], then=never), headers=pcmu) as response:
            await rig.until(lambda: rig.part.stats.streams == 1)
            await rig.part.close()
            with pytest.raises(aiohttp.ClientError):
                await response.read()
        assert (await rig.post(PACKETS[0]))[0] == 503


# edge case 1: latency and backlog


async def test_document_c_edge_case_1_more_than_500_ms_behind_is_429_with_retry_after_and_counted() -> None:
    async with listening(working=False) as rig:
        answers = [(await rig.post(packet))[0] for packet in PACKETS[:30]]
        assert answers == [200] * 25 + [429] * 5
        status, headers = await rig.post(PACKETS[0])
        assert (status, headers["Retry-After"]) == (429, "1")
        assert rig.part.stats.throttled == 6
        assert (await rig.post(PACKETS[0], {"X-Genesys-Cloud-Channel": "internal"}))[0] == 200
        assert (await rig.post(PACKETS[0], {"X-Genesys-Cloud-Conversation-Id": "another"}))[0] == 200


async def test_document_c_edge_case_1_two_channels_in_one_body_count_once() -> None:
    async with listening(working=False) as rig:
        stereo = {"Content-Type": "audio/PCMU;channels=2"}
        answers = [(await rig.post(SPEECH[:1600], stereo))[0] for _ in range(7)]
        assert answers == [200] * 5 + [429] * 2


async def test_document_c_edge_case_1_the_backlog_goes_away_once_it_is_worked_off() -> None:
    async with listening(working=False) as rig:
        while (await rig.post(PACKETS[0]))[0] == 200:
            pass
        async with asyncio.TaskGroup() as group:
            working = group.create_task(rig.part.run(), name="ingest again")
            await rig.until(lambda: rig.part.stats.frames == 25)
            assert (await rig.post(PACKETS[0]))[0] == 200
            working.cancel()


async def test_document_c_edge_case_1_a_stream_is_held_back_instead() -> None:
    async with listening(working=False) as rig, asyncio.TaskGroup() as group:
        posting = group.create_task(rig.post(endless(SPEECH * 2), {"Content-Type": "audio/PCMU"}), name="a stream")
        await rig.until(lambda: rig.part.stats.held_back > 0)
        assert not posting.done()
        working = group.create_task(rig.part.run(), name="ingest again")
        assert (await posting)[0] == 200
        await rig.until(lambda: rig.sound(CALL, Party.CUSTOMER) == SPEECH * 2)
        working.cancel()


async def test_document_c_edge_case_1_the_round_trip_is_measured_and_warned_of() -> None:
    now = [1_795_176_000.0]
    async with listening(wall_clock=lambda: now[0]) as rig:
        await rig.post(PACKETS[0], {"X-Genesys-Cloud-Timestamp": "1795176000000"})
        now[0] += 0.2
        await rig.post(PACKETS[0], {"X-Genesys-Cloud-Timestamp": "1795176000000"})
        await rig.until(lambda: any(e.finding.level is Level.WARN for e in rig.of(LinkFound)))
        assert rig.of(LinkMeasured)[-1].measure is Measure.ROUND_TRIP
        assert round(rig.of(LinkMeasured)[-1].ms) == 200
        warned = [e.finding.subject for e in rig.of(LinkFound) if e.finding.level is Level.WARN]
        assert warned == ["Round trip"]


# edge case 2: format mismatch


async def test_document_c_edge_case_2_opus_sent_as_pcmu_is_named_and_decoded_as_opus() -> None:
    async with listening() as rig:
        for packet in PACKETS:
            assert (await rig.post(packet, {"Content-Type": "audio/PCMU"}))[0] == 200
        await rig.until(lambda: rig.part.stats.frames == len(PACKETS))
        assert rig.of(AudioArrived)[-1].frame.codec is Codec.OPUS
        finding = rig.of(LinkFound)[-1].finding
        assert (finding.subject, finding.level) == ("Audio format", Level.WARN)
        assert "says audio/PCMU and sends what looks like audio/opus" in finding.text
        assert "create it anew with format OPUS" in finding.remedy
        assert rig.part.stats.mismatched == 1


async def test_document_c_edge_case_2_pcmu_sent_as_opus_is_named_and_decoded_as_pcmu() -> None:
    async with listening() as rig:
        chunks = [SPEECH[at : at + 160] for at in range(0, len(SPEECH), 160)]
        answers = [(await rig.post(chunk))[0] for chunk in chunks]
        assert 400 in answers[:10]
        assert set(answers[15:]) == {200}
        assert rig.of(LinkFound)[-1].finding.subject == "Audio format"
        await rig.until(lambda: rig.of(AudioArrived)[-1].frame.payload == chunks[-1])
        assert rig.of(AudioArrived)[-1].frame.codec is Codec.PCMU


async def test_document_c_edge_case_2_a_stream_that_is_no_pcmu_is_named_and_not_heard() -> None:
    async with listening() as rig:
        await rig.post(endless(random.Random(3).randbytes(20_000)), {"Content-Type": "audio/PCMU"})
        finding = rig.of(LinkFound)[-1].finding
        assert (finding.subject, finding.level) == ("Audio format", Level.FAIL)
        assert len(rig.sound(CALL, Party.CUSTOMER)) < 5_000


async def test_document_c_edge_case_2_a_hook_deployed_anew_is_noticed() -> None:
    async with listening() as rig:
        for packet in PACKETS:
            await rig.post(packet, {"Content-Type": "audio/PCMU"})
        await rig.post(PACKETS[0])
        await rig.until(lambda: rig.of(AudioArrived)[-1].frame.codec is Codec.OPUS)
        assert rig.part.stats.mismatched == 1


# edge case 3: tokens


async def test_document_c_edge_case_3_a_401_leaves_the_tls_connection_for_the_next_token() -> None:
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(client)
    good = ["first"]
    async with listening(IngestConfig(accepts=lambda t: t in good), server=server, client=client) as rig:
        current = ["first"]

        def token(refresh: bool) -> str:
            if refresh:
                current[0] = "second"
            return current[0]

        async with IngestClient(rig.url, ssl_context=client, token=token) as platform:
            connector = platform._session.connector  # type: ignore[union-attr]
            head = platform._head(CALL, Party.CUSTOMER, 0)
            assert (await platform.send(head, PACKETS[0]))[0] == 200
            good[:] = ["second"]
            assert (await platform.send(head, PACKETS[1]))[0] == 200
            assert platform.counts.refreshes == 1
            assert dict(platform.counts.answers) == {200: 2, 401: 1}
            assert [len(idle) for idle in connector._conns.values()] == [1]  # type: ignore[union-attr]
        await rig.until(lambda: rig.part.stats.frames == 2)
        assert rig.part.stats.unauthorised == 1


async def test_document_c_edge_case_3_a_401_says_what_is_wanted_and_keeps_the_socket() -> None:
    async with listening(IngestConfig(accepts=lambda token: token == "good")) as rig:
        host, port = rig.url.split("/")[2].split(":")
        reader, writer = await asyncio.open_connection(host, int(port))

        async def ask(token: str) -> bytes:
            head = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
            head += f"Authorization: Bearer {token}\r\nContent-Length: {len(PACKETS[0])}\r\nHost: x\r\n"
            writer.write(f"POST /stream/v1/audiohook HTTP/1.1\r\n{head}\r\n".encode() + PACKETS[0])
            answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            length = next(line for line in answer.split(b"\r\n") if line.lower().startswith(b"content-length"))
            await reader.readexactly(int(length.split(b":")[1]))
            return answer

        refused = await ask("stale")
        assert b" 401 " in refused
        assert b'WWW-Authenticate: Bearer realm="sidetone", error="invalid_token"' in refused
        assert b" 200 " in await ask("good")
        writer.close()


async def test_document_c_edge_case_3_a_token_that_expires_does_not_cut_a_stream() -> None:
    good, go_on = ["token"], asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield SPEECH[:800]
        await go_on.wait()
        yield SPEECH[800:1600]

    async with listening(IngestConfig(accepts=lambda t: t in good)) as rig, asyncio.TaskGroup() as group:
        bearer = {"Content-Type": "audio/PCMU", "Authorization": "Bearer token"}
        posting = group.create_task(rig.post(body(), bearer), name="a stream")
        await rig.until(lambda: rig.part.stats.frames == 1)
        good.clear()
        go_on.set()
        assert (await posting)[0] == 200
        await rig.until(lambda: rig.sound(CALL, Party.CUSTOMER) == SPEECH[:1600])
        assert (await rig.post(PACKETS[0], bearer))[0] == 401


# step 2: encryptionKey


async def test_document_c_step_2_an_encryption_key_on_both_sides() -> None:
    async with listening(IngestConfig(encryption_key=KEY)) as rig:
        async with IngestClient(rig.url, encryption_key=KEY) as platform:
            await platform.send(platform._head(CALL, Party.AGENT, 0), PACKETS[0])
            assert dict(platform.counts.answers) == {200: 1}
        await rig.until(lambda: rig.sound(CALL, Party.AGENT) == PACKETS[0])


async def test_document_c_step_2_another_key_is_named() -> None:
    async with listening(IngestConfig(encryption_key=KEY)) as rig:
        async with IngestClient(rig.url, encryption_key="00" * 32) as platform:
            await platform.send(platform._head(CALL, Party.AGENT, 0), PACKETS[0])
            assert dict(platform.counts.answers) == {400: 1}
        assert "encryptionKey" in rig.of(PeerComplaint)[0].detail
        assert (await rig.post(PACKETS[0]))[0] == 400
        assert (await rig.post(endless(PACKETS[0])))[0] == 400


# whole calls


@pytest.mark.parametrize("codec", [Codec.OPUS, Codec.PCMU])
@pytest.mark.parametrize("streamed", [False, True])
async def test_a_scripted_call_arrives_whole(codec: Codec, streamed: bool) -> None:
    async with listening() as rig, IngestClient(rig.url, codec=codec) as platform:
        await platform.play(SCRIPT, CALL, speed=4.0, streamed=streamed)
        expected = {
            channel.party: b"".join(channel.packets) if codec is Codec.OPUS else as_pcmu(channel)
            for channel in SCRIPT.channels
        }
        await rig.until(lambda: all(rig.sound(CALL, party) == sound for party, sound in expected.items()))
        assert set(platform.counts.answers) == {200}
        assert platform.counts.dropped == 0
        assert len(rig.of(FactsLearned)) == 1


async def test_a_sender_that_is_throttled_drops_what_is_late() -> None:
    async with listening(working=False) as rig, IngestClient(rig.url) as platform:
        await platform.play(SCRIPT, CALL, speed=2.0)
        assert platform.counts.answers[429] > 0
        assert platform.counts.dropped > 0
        assert rig.part.stats.chunks == 50


async def test_twenty_platforms_leave_nothing_behind() -> None:
    async with listening() as rig:
        await rig.post(PACKETS[0])
        before = await held()
        for n in range(20):
            async with IngestClient(rig.url) as platform:
                await platform.send(platform._head(f"c{n}", Party.CUSTOMER, 0), PACKETS[0])
        await asyncio.sleep(0.05)
        after = await held()
        assert after.sockets <= before.sockets
        assert after.tasks <= before.tasks
