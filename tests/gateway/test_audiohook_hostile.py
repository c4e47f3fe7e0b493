"""Who is not let in, and what a client may do wrong without harming anybody else: section 5's other half."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from typing import Any

import aiohttp
import pytest
import trustme
from websockets.exceptions import ConnectionClosed, InvalidStatus

from desktop.domain.events import CallEnded, Complaint, LinkFound, PeerComplaint
from desktop.domain.finding import Level
from desktop.domain.media import Party
from desktop.gateway import audiohook_socket
from desktop.gateway.audiohook_config import AttemptKind
from desktop.simulator.audiohook_client import AudioHookClient
from desktop.simulator.audiohook_client_dial import Hook, Tampering, headers_of
from desktop.simulator.audiohook_load import run_load
from tests.support.audiohook import SECRET, Place, listening


async def refused(place: Place, tampering: Tampering, **hook: Any) -> str:
    """The refusal's sentence for the panel."""
    before = place.listener.stats.refused
    with pytest.raises(InvalidStatus) as caught:
        await place.dial(tampering, **hook)
    assert caught.value.response.status_code == 401
    assert caught.value.response.body in (b"", b"401: Unauthorized", None)
    assert place.listener.stats.refused == before + 1
    assert place.listener.last_refusal is not None
    assert place.listener.last_refusal.kind is AttemptKind.REFUSED
    return f"{place.listener.last_refusal.where}: {place.listener.last_refusal.text}"


@pytest.mark.parametrize(
    ("tampering", "where"),
    [
        (Tampering(secret=b"wrong"), ""),
        (Tampering(unsigned=True), "signature-input"),
        (Tampering(clock_s=-30), "created"),
        (Tampering(clock_s=30), "created"),
        (Tampering(nonce="short"), "nonce"),
        (Tampering(headers={"X-API-KEY": "another"}), "x-api-key"),
        (Tampering(headers={"X-API-KEY": None}), "x-api-key"),
        (Tampering(headers={"Audiohook-Session-Id": "other"}), ""),
        (Tampering(headers={"Audiohook-Session-Id": None}), "audiohook-session-id"),
        (Tampering(headers={"Audiohook-Organization-Id": None}), "audiohook-organization-id"),
        (Tampering(headers={"Audiohook-Correlation-Id": None}), "audiohook-correlation-id"),
        (Tampering(headers={"Signature": "sig1=:AAAA:"}), ""),
        (Tampering(headers={"Signature": None}), "signature"),
        (Tampering(headers={"Signature-Input": "?"}), "signature-input"),
        (Tampering(authority="elsewhere.example.com"), ""),
    ],
    ids=repr,
)
async def test_section_5_signature_failures_are_401_and_named(tampering: Tampering, where: str) -> None:
    async with listening() as place:
        assert (await refused(place, tampering)).split(":", 1)[0] == where
        (found,) = place.ear.of(LinkFound)
        assert found.finding.level is Level.FAIL
        assert SECRET.decode() not in repr(place.ear.events) + repr(place.listener.last_refusal)
        assert place.listener.sessions == 0


async def test_an_unknown_key_and_a_strange_key() -> None:
    async with listening() as place:
        assert (await refused(place, Tampering(), api_key="nobody")).startswith("x-api-key: This API key is not known")
        assert (await refused(place, Tampering(), api_key="spaces are no key")).startswith("x-api-key")


async def test_unsigned_only_for_a_key_whose_secret_is_empty() -> None:
    async with listening() as place:
        await place.dial(api_key="open-key", secret=b"")
        assert "no client secret" in await refused(place, Tampering(), api_key="open-key")


async def test_section_5_a_replayed_request_is_refused() -> None:
    async with listening() as place:
        client = place.client()
        headers = headers_of(client.hook, client.session)
        await client.connect_with(headers)
        again = place.client(session=client.session)
        with pytest.raises(InvalidStatus):
            await again.connect_with(headers)
        assert place.listener.last_refusal is not None
        assert place.listener.last_refusal.where == "nonce"


async def test_section_5_a_clock_that_is_slightly_off_is_fine() -> None:
    async with listening() as place:
        await place.dial(Tampering(clock_s=2))
        await place.dial(Tampering(clock_s=-10))


async def test_every_refusal_takes_the_same_fixed_time() -> None:
    async with listening(refuse_after_s=0.5) as place:
        for tampering in (Tampering(unsigned=True), Tampering(headers={"X-API-KEY": "no"})):
            began = time.perf_counter()
            await refused(place, tampering)
            assert 0.45 < time.perf_counter() - began < 5


async def test_a_flood_of_refusals_is_answered_at_once_and_is_one_line_on_the_screen() -> None:
    async with listening(refuse_after_s=0.4, max_refusals_waiting=3) as place:
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(30):
                group.create_task(refuse_quietly(place))
        assert time.perf_counter() - began < 5
        assert place.listener.stats.refused == 30
        assert len(place.ear.of(LinkFound)) == 1
        await place.dial()


async def refuse_quietly(place: Place) -> None:
    with pytest.raises(InvalidStatus):
        await place.client().connect(Tampering(unsigned=True))


async def test_the_public_host_name_replaces_the_proxys() -> None:
    async with listening(public_host="AudioHook.example.com:443") as place:
        behind = Tampering(authority="audiohook.example.com")
        await place.dial(behind)  # Host is localhost here, as behind a tunnel
        await refused(place, Tampering(secret=b"wrong", authority="audiohook.example.com"))
        assert place.listener.last_refusal is not None
        assert '"@authority": audiohook.example.com\n' in place.listener.last_refusal.signature_base


async def test_a_missing_public_host_name_is_diagnosed() -> None:
    async with listening() as place:
        told = Tampering(authority="audiohook.example.com", headers={"X-Forwarded-Host": "audiohook.example.com"})
        text = await refused(place, told)
        assert text.startswith("@authority: The platform signed the host audiohook.example.com")
        assert place.listener.last_refusal is not None
        assert f'"@authority": localhost:{place.port}' in place.listener.last_refusal.signature_base


async def test_only_listed_organisations() -> None:
    async with listening(organizations=frozenset({"org-a"})) as place:
        await place.dial(organization="org-a")
        assert (await refused(place, Tampering(), organization="org-b")).startswith("audiohook-organization-id")


async def test_overlong_ids_are_refused() -> None:
    async with listening() as place:
        with pytest.raises(InvalidStatus):
            await place.client(session="s" * 65).connect()
        assert (await refused(place, Tampering(), organization="o" * 65)).startswith("audiohook-organization-id")


async def test_keys_from_a_slow_place_and_keys_that_cannot_be_read() -> None:
    async def slowly(key: str) -> bytes | None:
        await asyncio.sleep(0.01)
        return {"test-key": SECRET}.get(key)

    async with listening(slowly) as place:
        await place.dial()

    async def locked(key: str) -> bytes | None:
        raise OSError("locked: the secret path")

    async with listening(locked) as place:
        with pytest.raises(InvalidStatus, match="503"):  # the platform tries again then
            await place.dial()
        assert place.listener.last_refusal is not None
        assert place.listener.last_refusal.text.startswith("The keys can't be read (OSError)")

    async def never(key: str) -> bytes | None:
        await asyncio.sleep(60)
        return None

    async with listening(never, keys_within_s=0.05) as place:
        with pytest.raises(InvalidStatus, match="503"):
            await place.dial()


async def test_a_plain_request_and_a_full_house() -> None:
    async with listening(max_sessions=1) as place:
        async with aiohttp.ClientSession() as session:
            url = f"http://127.0.0.1:{place.port}/audiohook"
            async with session.get(url) as reply:
                assert reply.status == 426
            async with session.post(url) as reply:
                assert reply.status == 405
        await place.opened()
        with pytest.raises(InvalidStatus, match="503"):
            await place.client("call-2").connect()
        assert (place.listener.stats.not_upgrades, place.listener.stats.turned_away) == (1, 1)


# inside a session


async def broken(place: Place, client: AudioHookClient) -> str:
    """The client is told `disconnect`, answers `close`, is told `closed`, and closes. The reason's text."""
    said = (await client.expect("disconnect"))["parameters"]
    assert said["reason"] == "error"
    await client.expect("closed")
    await client.hang_up()
    await place.ear.until(lambda: place.listener.sessions == 0)
    assert place.listener.stats.broken == 1
    return str(said["info"])


@pytest.mark.parametrize(
    ("envelope", "named"),
    [({"seq": 9}, "$.seq"), ({"id": "other"}, "$.id"), ({"serverseq": 50}, "$.serverseq"), ({"seq": "x"}, "$.seq")],
)
async def test_section_5_sequence_gaps(envelope: dict[str, Any], named: str) -> None:
    async with listening() as place:
        client = await place.opened()
        await client.say("ping", {}, **envelope)
        assert named in await broken(place, client)
        assert place.ear.of(CallEnded) == [CallEnded("lab", "call-1", "ended")]
        (complaint,) = place.ear.of(PeerComplaint)
        assert (complaint.what, complaint.call) == (Complaint.BAD_MESSAGE, "call-1")


async def test_section_5_malformed_json() -> None:
    async with listening() as place:
        client = await place.opened()
        await client.raw('{"type": "ping"')
        assert "message" in await broken(place, client)


async def test_section_5_oversized_text() -> None:
    async with listening() as place:
        client = await place.opened()
        await client.say("ping", {"padding": "x" * 63_000})
        await client.expect("pong")
        await client.say("ping", {"padding": "x" * 70_000})
        assert "64000" in await broken(place, client)


async def test_a_message_beyond_the_hard_limit_ends_the_connection_only() -> None:
    async with listening() as place:
        client, other = await place.opened(), await place.opened("call-2")
        await client.raw("x" * 300_000)
        with pytest.raises(ConnectionClosed):
            await client.expect("disconnect")
        await other.ping()
        await other.expect("pong")


async def test_section_5_binary_before_open_and_0_byte_and_odd_frames() -> None:
    async with listening() as place:
        client = place.client()
        await client.connect()
        await client.raw(bytes(1600))
        await client.open()
        await client.raw(b"abcd")
        await client.raw(b"")  # as the platform does at the end of a recording
        await client.raw(b"efg")
        await client.close()
        await place.ear.until(lambda: place.listener.sessions == 0)
        assert place.ear.sound("call-1", Party.CUSTOMER) == b"ace"
        stats = place.listener.stats
        assert (stats.empty_frames, stats.odd_frames, stats.broken) == (1, 1, 0)


async def test_an_open_of_another_organisation_is_unauthorized() -> None:
    async with listening() as place:
        client = place.client()
        await client.connect()
        await client.say("open", client.open_parameters(organizationId="somebody else"))
        assert (await client.expect("disconnect"))["parameters"]["reason"] == "unauthorized"
        await client.expect("closed")
        await client.hang_up()
        await place.ear.until(lambda: place.listener.last_call is not None)
        assert place.listener.last_call is not None
        assert "organizationId" in place.listener.last_call.text
        assert place.listener.calls() == ()


async def test_complaints_are_told_a_few_times_and_counted_always() -> None:
    async with listening() as place:
        client = await place.opened()
        for _ in range(50):
            await client.raw(b"odd")
        await client.close()
        assert len(place.ear.of(PeerComplaint)) == 20
        assert place.listener.stats.complaints == 50


async def test_a_client_that_does_not_read_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audiohook_socket, "MAX_UNSENT", 20)
    async with listening() as place:
        client, other = await place.opened(), await place.opened("call-2")
        for _ in range(30):
            place.listener.ask_reconnect("x" * 1000)  # more than anybody would ask, at once
        await place.ear.until(lambda: place.listener.sessions < 2)
        assert place.listener.stats.slow_readers >= 1
        del client, other


async def test_a_slow_reader_is_cut_once_nothing_more_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audiohook_socket, "MAX_WRITE_S", 0.5)
    monkeypatch.setattr(audiohook_socket, "TICK_S", 0.1)
    async with listening() as place:
        client = await place.opened()
        assert client._socket is not None
        client._socket.transport.pause_reading()
        ping = {"version": "2", "type": "ping", "id": client.session, "serverseq": 1, "position": "PT0S"}
        try:
            async with asyncio.timeout(20):
                while place.listener.sessions:
                    for _ in range(500):
                        client.seq += 1
                        await client.raw(json.dumps(ping | {"seq": client.seq, "parameters": {}}))
        except (ConnectionClosed, TimeoutError):
            pass
        await place.ear.until(lambda: place.listener.sessions == 0)
        assert place.listener.stats.slow_readers == 1
        await place.dial()


async def test_strangers_do_not_disturb_calls() -> None:
    async with listening() as place:
        client = await place.opened()
        for _ in range(5):
            with pytest.raises(InvalidStatus):
                await place.client("x").connect(Tampering(secret=b"wrong"))
            await client.sound(bytes(320))
        await client.close()
        assert len(place.ear.sound("call-1", Party.CUSTOMER)) == 5 * 160


async def test_real_tls() -> None:
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    async with listening(tls=server) as place:
        hook = Hook(
            f"wss://localhost:{place.port}/audiohook", "test-key", SECRET, "org", ("127.0.0.1", place.port), trusting
        )
        client = await place.opened(hook=hook)
        await client.sound(b"eI" * 80)
        await client.close()
        assert place.ear.sound("call-1", Party.CUSTOMER) == b"e" * 80


async def test_hundreds_of_sessions_in_small_every_frame_accounted_for() -> None:
    """The benchmark at a tenth of its size: packaging/bench.py takes 200 sessions for a minute."""
    report = await run_load(20, 2.0, ramp_s=0.5)
    assert report.sessions == 20
    assert report.whole, report
    assert report.sent > 20 * 1.5 * 8_000 * 2
    assert report.listener_opened_max_ms < 50
    assert report.opened_p99_ms < 1_000  # both sides share this process with other tests
