"""A workstation's own listener hears from the rest of the console: who waits is paused, what was said goes back."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.app.gateway import GatewayOptions, serving
from desktop.dashboard import sentences
from desktop.domain.errors import SettingInvalid
from desktop.domain.events import LinkState, PauseReason
from desktop.domain.facts import CallStage
from desktop.domain.listener import ListenerSetup, TranscriptsBack
from desktop.domain.media import Party
from desktop.settings import model
from desktop.settings.model import Listener, Settings, SourceKind
from desktop.settings.store import load
from desktop.simulator.audiohook_client import RATE, AudioHookClient
from desktop.simulator.audiohook_client_dial import Hook
from desktop.simulator.audiohook_client_play import stream
from desktop.simulator.audiohook_client_sound import interleaved, pcmu_of
from desktop.simulator.library import load_script
from tests.app.test_switchboard import CALLS, DANA, HEARD, NOW_MS, Bench, bench, live_list

CHANNELS = ("external", "internal")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def listening(made: Bench, **more: object) -> AsyncIterator[Hook]:
    """A listener of one's own is added; how the platform dials it."""
    shown: list[ListenerSetup] = []
    made.board.show_listener_setup = shown.append
    wanted = Listener("127.0.0.1", free_port(), public_host="audiohook.example.com")
    wanted = replace(wanted, **more)  # type: ignore[arg-type]
    made.board.listen(model.Connection("hook", kind=SourceKind.AUDIOHOOK), wanted)
    await made.until(lambda s: made.link("hook") is LinkState.LIVE and bool(shown))
    assert shown[0].transcripts_back is wanted.transcripts_back
    uri, secret = "ws://audiohook.example.com/audiohook", base64.b64decode(shown[0].client_secret)
    yield Hook(uri, shown[0].api_key, secret, host=("127.0.0.1", wanted.port))


def stands(made: Bench, stage: CallStage) -> None:
    for part in made.platform.parts:
        part.changed(HEARD, replace(DANA, stage=stage), NOW_MS)


async def test_a_call_that_waits_is_paused_says_why_and_is_heard_again_once_an_agent_takes_it() -> None:
    async with bench(None, live_list()) as made, listening(made) as hook:
        await made.until(lambda s: made.link("list") is LinkState.LIVE)
        for part in made.platform.parts:
            part.appeared(HEARD, replace(DANA, stage=CallStage.IVR), NOW_MS)
        client = AudioHookClient(hook, HEARD)
        await client.connect()
        await client.open()
        async with asyncio.TaskGroup() as group:
            playing = group.create_task(stream(client, bytes(120 * 2 * RATE), seconds=100.0), name="the platform")
            state = await made.until(lambda s: HEARD in s.calls and s.calls[HEARD].paused is PauseReason.WAITING)
            view = state.calls[HEARD]
            assert client.server_paused
            assert (sentences.stage(view), sentences.freshness(view)) == ("In the menu", "not streamed: in the menu")
            assert view.unheard
            stands(made, CallStage.QUEUED)
            await made.until(lambda s: sentences.freshness(s.calls[HEARD]) == "not streamed: waits in the queue")
            stands(made, CallStage.CONNECTED)
            await made.until(lambda s: s.calls[HEARD].paused is None)
            assert not client.server_paused
            heard = await made.until(lambda s: s.link_views["hook"].findings["Streamed minutes"].text[:1] != "")
            assert "min saved by pausing" in heard.link_views["hook"].findings["Streamed minutes"].text
            stands(made, CallStage.QUEUED)  # and again
            await made.until(lambda s: s.calls[HEARD].paused is PauseReason.WAITING)
            stands(made, CallStage.CONNECTED)
            await made.until(lambda s: s.calls[HEARD].paused is None)
            stands(made, CallStage.HOLD)
            await made.until(lambda s: sentences.freshness(s.calls[HEARD]) == "not streamed: on hold")
            await made.engine.hub.detach("list")  # nobody would tell the hold's end
            await made.until(lambda s: s.calls[HEARD].paused is None)
            playing.cancel()
        assert client.violations == []


async def test_waiting_calls_are_streamed_where_the_settings_say_so() -> None:
    async with bench(None, live_list()) as made, listening(made, pause_waiting=False) as hook:
        await made.until(lambda s: made.link("list") is LinkState.LIVE)
        for part in made.platform.parts:
            part.appeared(HEARD, replace(DANA, stage=CallStage.QUEUED), NOW_MS)
        client = AudioHookClient(hook, HEARD)
        await client.connect()
        await client.open()
        await stream(client, bytes(9 * 2 * RATE), seconds=4.0)
        state = await made.until(lambda s: HEARD in s.calls and s.calls[HEARD].facts.stage is CallStage.QUEUED)
        assert state.calls[HEARD].pauses == set()
        assert not client.server_paused
        await client.close()


@pytest.mark.parametrize("back", [TranscriptsBack.FINALS, TranscriptsBack.OFF])
async def test_the_platform_hears_its_own_call_s_finals_back_if_it_shall(back: TranscriptsBack) -> None:
    script = load_script(CALLS / "legal-threat.toml")
    sounds = await asyncio.to_thread(pcmu_of, script)
    async with bench() as made, listening(made, transcripts_back=back) as hook:
        client = AudioHookClient(hook, HEARD)
        await client.connect()
        await client.open()
        async with asyncio.TaskGroup() as group:
            sound = interleaved(sounds, client.channels)
            playing = group.create_task(stream(client, sound, seconds=150.0), name="the platform")
            finals = 2 if back is TranscriptsBack.FINALS else 1
            state = await made.until(lambda s: s.segments_final >= finals, patience_s=150.0)
            playing.cancel()
        await client.listen(1.5)
        await client.close()
        assert client.violations == []
    events = [message["parameters"]["entities"] for message in client.received if message["type"] == "event"]
    if back is TranscriptsBack.OFF:
        assert events == []
        return
    assert all(len(entities) == 1 and entities[0]["data"]["isFinal"] for entities in events)
    said = [(entity["data"], entity["data"]["alternatives"][0]["interpretations"][0]) for (entity,) in events]
    told = {(data["channelId"], display["transcript"]) for data, display in said}
    side = {Party.CUSTOMER: 0, Party.AGENT: 1}
    shown = {(side[segment.party], segment.text) for segment in state.calls[HEARD].segments}
    assert len(shown) >= 2
    assert shown <= told
    first = min(state.calls[HEARD].segments, key=lambda segment: segment.start_ms)
    offset = next(data["offset"] for data, display in said if display["transcript"] == first.text)
    assert abs(float(offset.removeprefix("PT").removesuffix("S")) * 1000 - first.start_ms) < 500


async def test_a_gateway_that_recognises_nothing_refuses_to_send_words(tmp_path: Path) -> None:
    wanted = Settings(listener=Listener("127.0.0.1", 0, transcripts_back=TranscriptsBack.FINALS))
    with pytest.raises(SettingInvalid, match=r"listener\.transcripts_back: needs words, and a gateway recognises none"):
        async with serving(GatewayOptions(wanted, tmp_path), lambda line: None):
            pass


def test_a_wrong_word_for_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[listener]\ntranscripts_back = "some"\n')
    with pytest.raises(SettingInvalid, match="Use one of off, finals, all"):
        load(path)
