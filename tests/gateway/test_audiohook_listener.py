"""The AudioHook listener on real sockets, dialled by our own client of the platform's side."""

from __future__ import annotations

import asyncio
import time

import pytest
from websockets.exceptions import ConnectionClosed

from desktop.domain.events import (
    AudioArrived,
    AudioGap,
    CallEnded,
    FactsLearned,
    LinkChanged,
    LinkFound,
    LinkState,
    PauseChanged,
    PauseReason,
    PeerComplaint,
    SourceEvent,
)
from desktop.domain.finding import Level
from desktop.domain.listener import TranscriptsBack
from desktop.domain.media import Party
from desktop.domain.speech import Segment, Trace, Word
from desktop.gateway import audiohook_calls, audiohook_socket
from desktop.gateway.audiohook_config import AttemptKind
from desktop.simulator.audiohook_client import EXTERNAL, INTERNAL, NULL_ID, OFFERS, STEREO, SWAPPED, AudioHookClient
from tests.support.audiohook import Ear, Place, listening
from tests.support.leaks import held


def stereo(customer: bytes, agent: bytes) -> bytes:
    return bytes(byte for pair in zip(customer, agent, strict=True) for byte in pair)


def ramp(start: int, samples: int) -> bytes:
    return bytes(position % 251 for position in range(start, start + samples))


async def test_a_call_from_the_dial_to_its_end() -> None:
    async with listening() as place:
        client = await place.opened(position=0)
        assert client.channels == ("external", "internal")
        await client.sound(stereo(ramp(0, 1600), ramp(7, 1600)))
        await client.ping()
        await client.expect("pong")
        await client.ping()
        await client.expect("pong")
        (info,) = place.listener.calls()
        assert (info.call, info.language, info.sessions, info.drift_samples) == ("call-1", "en-US", 1, 0)
        assert info.opened_ms is not None
        assert info.opened_ms < 50
        assert info.rtt_ms is not None
        assert info.rtt_ms > 0
        await client.close()
        ear = place.ear
        assert ear.sound("call-1", Party.CUSTOMER) == ramp(0, 1600)
        assert ear.sound("call-1", Party.AGENT) == ramp(7, 1600)
        assert [type(event).__name__ for event in ear.events if not isinstance(event, AudioArrived)] == [
            "FactsLearned",
            "CallEnded",
        ]
        (learned,) = ear.of(FactsLearned)
        assert (learned.link, learned.call, learned.facts.direction) == ("lab", "call-1", "")
        assert abs((learned.facts.started_at_ms or 0) - time.time() * 1000) < 10_000
        assert ear.of(CallEnded) == [CallEnded("lab", "call-1", "ended")]
        await ear.until(lambda: place.listener.sessions == 0)
        assert (place.listener.stats.calls, place.listener.stats.lost, place.listener.stats.complaints) == (1, 0, 0)
        assert place.listener.last_call is not None
        assert place.listener.last_call.ok


async def test_the_server_leaves_closing_the_connection_to_the_client() -> None:
    async with listening() as place:
        client = await place.opened()
        await client.say("close", {"reason": "end"})
        await client.expect("closed")
        await client.listen(0.3)
        assert client.close_code is None
        assert place.listener.sessions == 1
        await client.hang_up()


@pytest.mark.parametrize("offer", [STEREO, SWAPPED, EXTERNAL, INTERNAL], ids=lambda o: "+".join(o["channels"]))
async def test_section_5_every_channel_order(offer: dict[str, object]) -> None:
    async with listening() as place:
        client = await place.opened(media=[offer])
        sounds = {"external": ramp(0, 400), "internal": ramp(9, 400)}
        columns = [sounds[channel] for channel in client.channels]
        await client.sound(bytes(byte for row in zip(*columns, strict=True) for byte in row))
        await client.close()
        for party, channel in ((Party.CUSTOMER, "external"), (Party.AGENT, "internal")):
            expected = sounds[channel] if channel in client.channels else b""
            assert place.ear.sound("call-1", party) == expected


async def test_section_5_l16_only_and_media_empty_become_calls_without_sound() -> None:
    async with listening() as place:
        for number, media in enumerate(([{**STEREO, "format": "L16"}], [])):
            client = await place.opened(f"call-{number}", media=media)
            assert client.channels == ()
            await client.close()
        assert [learned.call for learned in place.ear.of(FactsLearned)] == ["call-0", "call-1"]
        assert all("PCMU" in complaint.detail for complaint in place.ear.of(PeerComplaint))
        assert len(place.ear.of(PeerComplaint)) == 2


async def test_section_5_probe_is_no_call_and_turns_the_panel_green() -> None:
    async with listening() as place:
        client = await place.opened(NULL_ID)
        await client.close()
        await place.ear.until(lambda: place.listener.last_probe is not None)
        probe = place.listener.last_probe
        assert probe is not None
        assert (probe.kind, probe.ok, probe.where) == (AttemptKind.PROBE, True, "")
        assert probe.opened_ms is not None
        assert '"@request-target": /audiohook?any=query' in probe.signature_base
        assert "test-key" not in repr(probe)
        assert [type(event).__name__ for event in place.ear.events] == ["LinkFound"]
        (found,) = place.ear.of(LinkFound)
        assert (found.finding.subject, found.finding.level) == ("AudioHook probe", Level.PASS)
        assert place.listener.calls() == ()
        assert (place.listener.stats.probes, place.listener.stats.calls) == (1, 0)


async def test_section_5_a_probe_that_fails_says_why() -> None:
    async with listening() as place:
        complaining = await place.opened(NULL_ID)
        await complaining.say("error", {"code": 408, "message": "Timed out waiting for opened response"})
        await complaining.close("error")
        await place.ear.until(lambda: place.listener.last_probe is not None)
        assert place.listener.last_probe is not None
        assert not place.listener.last_probe.ok
        assert "408" in place.listener.last_probe.text
        vanishing = await place.opened(NULL_ID)
        vanishing.vanish()
        await place.ear.until(lambda: place.listener.stats.probes == 2)
        assert "did not accept" in place.listener.last_probe.text
        assert [found.finding.level for found in place.ear.of(LinkFound)] == [Level.FAIL, Level.FAIL]
        assert place.ear.of(CallEnded) == []


async def test_section_5_slow_opened_cannot_come_from_what_is_behind() -> None:
    """`opened` leaves before anybody is told of the call, however long that takes."""
    slept: list[float] = []

    def slow(event: SourceEvent) -> None:
        if isinstance(event, FactsLearned):
            slept.append(time.perf_counter())
            time.sleep(0.3)

    async with listening(deliver=slow) as place:
        client = place.client()
        await client.connect()
        opened = asyncio.Event()

        async def watch_the_wire() -> None:
            await client.open()
            opened.set()

        async with asyncio.TaskGroup() as group:
            group.create_task(watch_the_wire())
        (info,) = place.listener.calls()
        assert info.opened_ms is not None
        assert info.opened_ms < 50
        assert slept
        await client.close()


async def test_section_5_update_is_acknowledged() -> None:
    async with listening() as place:
        client = await place.opened()
        await client.update("es-ES")
        await place.ear.until(lambda: place.listener.calls()[0].language == "es-ES")
        await client.close()


async def test_section_5_discarded_and_throttling_bursts() -> None:
    async with listening() as place:
        client = await place.opened()
        await client.discard(8_000)  # buffered too long before we answered
        for number in range(50):  # then the backlog, faster than real time
            await client.sound(stereo(ramp(number * 160, 160), ramp(0, 160)))
        await client.discard(16_000)
        await client.sound(stereo(ramp(8_000, 160), ramp(0, 160)))
        await client.close()
        assert place.ear.sound("call-1", Party.CUSTOMER) == ramp(0, 8_160)
        gaps = [(gap.party, gap.at_ms, gap.missing_ms) for gap in place.ear.of(AudioGap)]
        assert gaps == [
            (Party.CUSTOMER, None, 1000.0),
            (Party.AGENT, None, 1000.0),
            (Party.CUSTOMER, 1000, 2000.0),
            (Party.AGENT, 1000, 2000.0),
        ]
        frames = [event.frame for event in place.ear.of(AudioArrived)]
        assert (frames[-1].at_ms or 0) - (frames[0].at_ms or 0) == 3000


async def test_section_5_error_dtmf_and_playback_cost_nothing() -> None:
    async with listening() as place:
        client = await place.opened()
        await client.say("error", {"code": 429, "message": "slow down", "retryAfter": "PT1S"})
        await client.say("dtmf", {"digit": "7"})
        await client.say("playback_started", {})
        await client.say("playback_completed", {})
        await client.say("a_new_type", {"x": [1]})
        await client.close()
        stats = place.listener.stats
        assert (stats.client_errors, stats.throttled, stats.digits) == (1, 1, 1)
        (complaint,) = place.ear.of(PeerComplaint)
        assert (complaint.call, "429" in complaint.detail) == ("call-1", True)


async def test_section_5_a_pause_for_privacy_leaves_nothing() -> None:
    async with listening() as place:
        client = await place.opened()
        await client.sound(stereo(ramp(0, 80), ramp(0, 80)))
        await client.secure_pause()
        await client.raw(stereo(b"\x11" * 80, b"\x11" * 80))  # must not come, and is not kept if it does
        client.missed = 80_000
        await client.secure_resume()
        await client.sound(stereo(ramp(80, 80), ramp(0, 80)))
        await client.close()
        told = [(p.paused, p.why) for p in place.ear.of(PauseChanged)]
        assert told == [(True, PauseReason.PRIVACY), (False, PauseReason.PRIVACY)]
        assert place.ear.sound("call-1", Party.CUSTOMER) == ramp(0, 160)
        assert place.ear.of(AudioGap) == []
        frames = [e.frame.at_ms or 0 for e in place.ear.of(AudioArrived) if e.frame.party is Party.CUSTOMER]
        assert frames[1] - frames[0] == 10_010


async def test_section_5_nobody_watches_saves_minutes() -> None:
    async with listening() as place:
        client = await place.opened()
        place.listener.watch("call-1", False)
        await client.expect("pause")
        await place.ear.until(lambda: bool(place.ear.of(PauseChanged)))
        assert place.listener.calls()[0].saving
        await client.listen(1.1)
        place.listener.watch("call-1", True)
        await client.expect("resume")
        await place.ear.until(lambda: len(place.ear.of(PauseChanged)) == 2)
        assert [(p.paused, p.why) for p in place.ear.of(PauseChanged)] == [
            (True, PauseReason.SAVING),
            (False, PauseReason.SAVING),
        ]
        await client.close()
        usage = place.listener.usage
        assert usage.saved_s > 1.0
        assert usage.streamed_s > 0.0


async def test_hold_pauses_independently_of_who_watches() -> None:
    async with listening(start_paused=True) as place:
        place.listener.watch("call-1", True)
        place.listener.talking("call-1", False)
        client = await place.opened()
        assert client.started_paused
        place.listener.talking("call-1", True)
        await client.expect("resume")
        await client.close()
        other = await place.opened("call-2")  # nobody watches this one
        assert other.started_paused
        await other.close()


async def test_a_paused_call_says_why_as_the_reasons_change() -> None:
    async with listening() as place:
        client = await place.opened()
        place.listener.talking("call-1", False)
        await client.expect("pause")
        await place.ear.until(lambda: len(place.ear.of(PauseChanged)) == 1)
        place.listener.watch("call-1", False)
        place.listener.talking("call-1", True)
        assert [(p.paused, p.why) for p in place.ear.of(PauseChanged)] == [
            (True, PauseReason.WAITING),
            (True, PauseReason.SAVING),
            (False, PauseReason.WAITING),
        ]
        place.listener.watch("call-1", True)  # resumed only once the platform says so
        assert len(place.ear.of(PauseChanged)) == 3
        await client.expect("resume")
        await place.ear.until(lambda: len(place.ear.of(PauseChanged)) == 4)
        last = place.ear.of(PauseChanged)[-1]
        assert (last.paused, last.why) == (False, PauseReason.SAVING)
        await client.close()


async def test_a_paused_call_is_told_again_so_that_it_does_not_look_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audiohook_calls, "PAUSE_REMINDER_S", 0.1)
    monkeypatch.setattr(audiohook_socket, "TICK_S", 0.1)
    async with listening() as place:
        client = await place.opened()
        await client.secure_pause()
        await client.listen(0.6)
        assert len(place.ear.of(PauseChanged)) >= 2
        assert {p.paused for p in place.ear.of(PauseChanged)} == {True}
        await client.close()


async def test_section_5_reconnect_hears_every_sample_once() -> None:
    async with listening(discard_replayed=False, linger_s=5) as place:
        first = await place.opened()
        await first.sound(stereo(ramp(0, 4000), ramp(0, 4000)))
        place.listener.ask_reconnect("maintenance")
        await first.expect("reconnect")
        await first.sound(stereo(ramp(4000, 800), ramp(0, 800)))
        second = first.successor(replay_ms=300)
        place.clients.append(second)
        await second.connect()
        await second.open()
        await first.close("reconnect")
        await second.sound(stereo(ramp(2400, 4000), ramp(0, 4000)))
        await second.close()
        assert place.ear.sound("call-1", Party.CUSTOMER) == ramp(0, 6400)
        assert place.ear.of(AudioGap) == []
        assert len(place.ear.of(CallEnded)) == 1
        assert place.listener.stats.replayed_samples == 2400
        assert place.listener.stats.calls == 1


async def test_section_5_discard_to_spares_the_replay() -> None:
    async with listening(linger_s=5) as place:
        first = await place.opened()
        await first.sound(stereo(ramp(0, 4000), ramp(0, 4000)))
        await first.close("reconnect")
        second = first.successor(replay_ms=400)
        place.clients.append(second)
        await second.connect()
        opened = await second.open()
        assert opened["discardTo"] == "PT0.5S"
        await second.sound(stereo(ramp(4000, 800), ramp(0, 800)))
        await second.close()
        assert place.ear.sound("call-1", Party.CUSTOMER) == ramp(0, 4800)
        assert place.ear.of(AudioGap) == []
        assert len(place.ear.of(CallEnded)) == 1


async def test_section_5_abrupt_tcp_loss_lingers_for_a_successor_and_then_ends() -> None:
    async with listening() as place:
        client = await place.opened()
        await client.sound(stereo(ramp(0, 800), ramp(0, 800)))
        await client.ping()
        await client.expect("pong")
        client.vanish()
        await place.ear.until(lambda: place.listener.stats.lost == 1)
        assert place.ear.of(CallEnded) == []
        await place.ear.until(lambda: bool(place.ear.of(CallEnded)))
        assert place.ear.of(CallEnded) == [CallEnded("lab", "call-1", "connection lost")]
        assert place.listener.calls() == ()


async def test_a_call_goes_on_when_one_of_its_sessions_ends() -> None:
    async with listening() as place:
        first = await place.opened()
        second = await place.opened()
        await first.sound(stereo(ramp(0, 800), ramp(0, 800)))
        await first.ping()
        await first.expect("pong")
        await second.sound(stereo(ramp(0, 800), ramp(0, 800)))
        await second.ping()
        await second.expect("pong")
        await first.close()
        await second.sound(stereo(ramp(800, 800), ramp(0, 800)))
        assert place.ear.of(CallEnded) == []
        assert place.listener.calls()[0].sessions == 1
        await second.close()
        await place.ear.until(lambda: bool(place.ear.of(CallEnded)))
        assert place.ear.sound("call-1", Party.CUSTOMER) == ramp(0, 1600)


async def test_privacy_of_one_session_silences_the_call() -> None:
    async with listening() as place:
        first = await place.opened()
        second = await place.opened()
        await second.secure_pause()
        await second.ping()
        await second.expect("pong")
        await first.sound(stereo(ramp(0, 800), ramp(0, 800)))
        await first.ping()
        await first.expect("pong")
        assert place.ear.of(AudioArrived) == []
        await second.close()
        await first.sound(stereo(ramp(800, 800), ramp(0, 800)))
        await first.close()
        assert place.ear.sound("call-1", Party.CUSTOMER) == ramp(800, 800)
        assert place.ear.of(AudioGap) == []


async def test_wishes_are_bounded_and_the_newest_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audiohook_calls, "MAX_WISHES", 3)
    async with listening() as place:
        for number in range(5):
            place.listener.watch(f"call-{number}", False)
        forgotten, kept = await place.opened("call-1"), await place.opened("call-4")
        assert (forgotten.started_paused, kept.started_paused) == (False, True)
        await forgotten.close()
        await kept.close()
        assert (await again(place, "call-4")).started_paused is False  # a call that is over takes its wishes along


async def again(place: Place, call: str) -> AudioHookClient:
    client = await place.opened(call)
    await client.close()
    return client


async def test_section_5_transcripts_back_finals_only_one_entity_per_event() -> None:
    async with listening(transcripts=TranscriptsBack.FINALS) as place:
        client = await place.opened()
        await client.sound(stereo(ramp(0, 800), ramp(0, 800)))
        await client.ping()
        await client.expect("pong")
        place.listener.transcribed(segment(is_final=False))
        place.listener.transcribed(segment())
        place.listener.transcribed(segment(call="a stranger"))
        event = await client.expect("event")
        (entity,) = event["parameters"]["entities"]
        assert entity["type"] == "transcript"
        assert entity["data"]["isFinal"] is True
        assert entity["data"]["alternatives"][0]["interpretations"][0]["transcript"] == "hello"
        await client.close()
        assert sum(message["type"] == "event" for message in client.received) == 1


async def test_transcripts_back_are_off_by_default_and_partials_only_if_wanted() -> None:
    for wanted, events in ((TranscriptsBack.OFF, 0), (TranscriptsBack.ALL, 2)):
        async with listening(transcripts=wanted) as place:
            client = await place.opened()
            place.listener.transcribed(segment(is_final=False))
            place.listener.transcribed(segment())
            await client.listen(0.1)
            await client.close()
            said = [message for message in client.received if message["type"] == "event"]
            assert len(said) == events
            assert len({message["parameters"]["entities"][0]["data"]["id"] for message in said}) == min(events, 1)


def segment(*, call: str = "call-1", is_final: bool = True) -> Segment:
    words = (Word("hello", 0, 80, 0.9),)
    return Segment(call, Party.CUSTOMER, 3, 0, "hello", 0, 80, is_final, "en-US", 0.9, words, Trace())


async def test_draining_hands_calls_over_and_takes_no_more() -> None:
    async with listening() as place:
        client = await place.opened()
        async with asyncio.TaskGroup() as group:
            drained = group.create_task(place.listener.drain(5.0))
            await client.expect("reconnect")
            with pytest.raises(Exception, match="503"):
                await place.client("call-2").connect()
            await client.close("reconnect")
        assert drained.result()
        assert place.listener.stats.turned_away == 1
        await place.listener.close()
        assert place.ear.of(CallEnded) == []


async def test_what_is_left_after_draining_is_told_1001() -> None:
    async with listening() as place:
        place.listener.listening()
        client = await place.opened()
        assert not await place.listener.drain(0.05)
        async with asyncio.TaskGroup() as group:
            group.create_task(place.listener.close())
            assert await client.until_closed() == 1001
        states = [(c.state, c.relists) for c in place.ear.of(LinkChanged)]
        assert states == [(LinkState.LIVE, False), (LinkState.CLOSED, False)]
        assert place.listener.sessions == 0


async def test_sessions_that_outlive_the_listener_s_goodbye_by_a_moment_cost_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with listening(close_timeout_s=0.02) as made:
        clients = [await made.opened(f"call-{number}") for number in range(6)]
        await made.listener.close()  # nobody answers in time
        for client in clients:
            client.vanish()
        await made.ear.until(lambda: made.listener.sessions == 0)
    assert not caplog.records


async def test_an_error_behind_the_listener_costs_that_session_alone() -> None:
    ear = Ear()

    def deliver(event: SourceEvent) -> None:
        if isinstance(event, AudioArrived) and event.frame.call == "call-1":
            raise RuntimeError("a bug")
        ear(event)

    async with listening(deliver=deliver) as place:
        unlucky = await place.opened()
        other = await place.opened("call-2")
        await unlucky.sound(stereo(ramp(0, 80), ramp(0, 80)))
        with pytest.raises(ConnectionClosed):
            await unlucky.expect("pong")
        await other.sound(stereo(ramp(0, 80), ramp(0, 80)))
        await other.close()
        assert ear.sound("call-2", Party.CUSTOMER) == ramp(0, 80)
        assert place.listener.stats.crashed == 1


async def test_twenty_calls_and_losses_leave_nothing_behind() -> None:
    async with listening(linger_s=0.01) as place:
        await cycle(await place.opened("warm-up"), 0)
        await place.ear.until(lambda: place.listener.sessions == 0 and not place.listener.calls())
        before = await held()
        for number in range(20):
            await cycle(await place.opened(f"call-{number}"), number)
        await place.ear.until(lambda: place.listener.sessions == 0 and not place.listener.calls())
        after = await held()
        assert (after.tasks, after.sockets, after.threads) == (before.tasks, before.sockets, before.threads)
        assert after.timers <= before.timers + 2


async def cycle(client: AudioHookClient, number: int) -> None:
    await client.sound(stereo(ramp(0, 80), ramp(0, 80)))
    if number % 2:
        client.vanish()
    else:
        await client.close()


def test_the_client_offers_what_the_platform_offers() -> None:
    assert [offer["channels"] for offer in OFFERS] == [["external", "internal"], ["external"], ["internal"]]
