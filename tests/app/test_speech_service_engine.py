"""A speech service as the console's engine: from a call's sound to the screen, and what is said when it refuses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from desktop.app import engine_choice
from desktop.app.diagnose_ears import EngineEars
from desktop.app.engine_choice import engine_of
from desktop.app.tokens import SessionSecrets
from desktop.app.transcribe import transcribe_file
from desktop.dashboard import hearing_sentences
from desktop.dashboard.service_sentences import service_line
from desktop.domain.errors import Rejected, Unreachable
from desktop.settings.model import EngineKind, Recognition, Settings
from desktop.settings.secrets import SPEECH_SERVICE_KEY
from desktop.settings.store import default_path, save
from desktop.simulator.library import load_script
from desktop.simulator.player import Performance, play
from tests.engine.floor import CALLS, Floor, live_floor
from tests.gateway.speech_ears import KEY
from tests.recognition.speech_service import Called, service, unused

ANALYSIS = {"sentiment": "negative", "agent_score": 2, "process_issues": "called several times", "summary": ""}
RECORDING = Path(__file__).parents[1] / "recognition/data/waiting.flac"


async def attentive(called: Called) -> None:
    """Says the same words of everything and judges them."""
    await called.open()
    while True:
        await called.hear(4)
        entity = {"type": "transcript", "value": "i will call my lawyer"}
        parameters = {"entity": entity, "analysis": ANALYSIS}
        await called.socket.send(json.dumps({"type": "event", "id": "s", "parameters": parameters}))


def wanted(url: str) -> Recognition:
    return Recognition(EngineKind.SPEECH_SERVICE, service_url=url)


async def keys() -> SessionSecrets:
    secrets = SessionSecrets()
    await secrets.put(SPEECH_SERVICE_KEY, KEY)
    return secrets


@asynccontextmanager
async def calling(url: str) -> AsyncIterator[Floor]:
    """A floor with one call, heard by the service."""
    choice = await engine_of(wanted(url), await keys())
    async with live_floor(use=choice) as floor:
        how = Performance("call-1", speed=1.0)
        playing = floor.group.create_task(play(load_script(CALLS / "legal-threat.toml"), how, floor.gateway))
        yield floor
        playing.cancel()


async def test_words_alerts_and_the_services_analysis_reach_the_screen() -> None:
    async with service(attentive) as found, calling(found.url) as floor:
        state = await floor.until(lambda s: s.segments_final > 0 and s.unseen_alerts > 0)
        state = await floor.until(lambda s: len(s.calls["call-1"].analyses) == 2)
        view = state.calls["call-1"]
        assert "i will call my lawyer" in view.segments[0].text
        assert view.lanes
        assert view.hits
        assert service_line(view) == "Speech service: customer negative · agent 2 of 5 · called several times"
        origins = {reading.origin for window in view.readings.values() for reading in window}
        assert origins <= {"sidetone"}  # the service's opinion is shown, never averaged with ours
        assert floor.engine.hub.pool.engine == "speech-service"
        assert {path.partition("?")[2] for path in found.paths} == {f"x-api-key={KEY}"}


async def test_a_refused_key_is_a_clear_note_and_calls_are_still_listed() -> None:
    async with service(unused, 401) as found, calling(found.url) as floor:
        state = await floor.until(lambda s: s.health is not None and "refused the key" in s.health.note)
        assert hearing_sentences.engine(state.health).startswith("Recogniser: the speech service refused the key. ")
        assert KEY not in hearing_sentences.engine(state.health)
        assert len(state.live) == 1
        state = await floor.until(lambda s: bool(s.calls["call-1"].lanes))  # who speaks when needs nobody


async def test_the_key_comes_from_this_session_or_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    class Keyring(SessionSecrets):
        async def get(self, name: str) -> str | None:
            return f"from the keyring: {name}"

    monkeypatch.setattr(engine_choice, "SecretStore", Keyring)
    assert (await engine_of(wanted("wss://a.example"), await keys())).api_key == KEY
    assert (await engine_of(wanted("wss://a.example"))).api_key == "from the keyring: recognition/api-key"
    assert (await engine_of(Recognition())).api_key == ""
    assert KEY not in repr(await engine_of(wanted("wss://a.example"), await keys()))


async def test_a_diagnosis_asks_the_service_before_it_listens() -> None:
    async with service(unused, 401) as found, EngineEars(await engine_of(wanted(found.url), await keys())) as ears:
        with pytest.raises(Rejected, match="refused the key"):
            await ears.ready()
    async with service(attentive) as found, EngineEars(await engine_of(wanted(found.url), await keys())) as ears:
        await ears.ready()


@pytest.fixture
def settings_of_service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    monkeypatch.setattr("desktop.app.transcribe.default_path", lambda: path)
    return path


async def test_transcribe_with_a_service_that_answers_and_one_that_does_not(
    settings_of_service: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Keyring(SessionSecrets):
        async def get(self, name: str) -> str | None:
            return KEY

    monkeypatch.setattr(engine_choice, "SecretStore", Keyring)
    async with service(attentive) as found:
        save(Settings(recognition=wanted(found.url)), settings_of_service)
        await asyncio.to_thread(transcribe_file, RECORDING, as_json=False)
        assert "mixed: i will call my lawyer" in capsys.readouterr().out
    async with service(unused, 401) as found:
        save(Settings(recognition=wanted(found.url)), settings_of_service)
        with pytest.raises(Unreachable, match="refused the key"):
            await asyncio.to_thread(transcribe_file, RECORDING, as_json=False)
    assert default_path() != settings_of_service
