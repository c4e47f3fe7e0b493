"""`sidetone models` as it is typed, in a process of its own, against a publisher on this machine."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from desktop.app.model_shelf import Shelf, engine_runs, in_force, make_installer
from desktop.app.model_trial import try_model
from desktop.domain.errors import SettingInvalid
from desktop.domain.speech_model import EngineKind, ModelState, SpeechModel
from desktop.models.store import Store
from desktop.settings.model import Recognition, Settings
from desktop.settings.store import load
from tests.models.made import VOSK, below, plant, zipped
from tests.models.publisher import Publisher, publisher

pytestmark = pytest.mark.timeout(300)
RESOURCES = Path(__file__).parents[2] / "resources"
ZIP = zipped({**below("vosk-x", VOSK), "vosk-x/big.bin": random.Random(1).randbytes(3_000_000)})


@dataclass(slots=True)
class Machine:
    """Folders of its own and a catalogue with one model."""

    folder: Path
    env: dict[str, str]

    def argv(self, *words: str | Path) -> list[str]:
        return [sys.executable, "-X", "dev", "-W", "ignore", "-m", "desktop", "models", *map(str, words)]

    async def run(self, *words: str | Path, code: int = 0) -> tuple[str, str]:
        """(stdout, stderr) of the command, which must end with `code`."""
        process = await asyncio.create_subprocess_exec(
            *self.argv(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.env
        )
        out, err = await asyncio.wait_for(process.communicate(), 120)
        assert process.returncode == code, err.decode()
        assert b"Traceback" not in err
        return out.decode(), err.decode()

    def offer(self, server: Publisher) -> None:
        """A catalogue that names this publisher."""
        text = '[[model]]\nid = "vosk-x"\nengine = "vosk"\nname = "Tiny"\nlanguage = "en-US"\nband_hz = 16000\n'
        text += f'size_mb = 3\nlicence = "MIT"\nurl = "{server.url("vosk-x.zip")}"\n'
        (self.folder / "resources" / "models" / "catalogue.toml").write_text(text)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    (tmp_path / "resources" / "models").mkdir(parents=True)
    (tmp_path / "resources" / "models" / "catalogue.toml").write_text("")
    for each in RESOURCES.iterdir():
        if each.name != "models":
            (tmp_path / "resources" / each.name).symlink_to(each)
    env = {**os.environ, "SIDETONE_RESOURCES": str(tmp_path / "resources"), "SIDETONE_MODELS": str(tmp_path / "kiosk")}
    env |= {f"XDG_{kind}_HOME": str(tmp_path / kind) for kind in ("DATA", "CONFIG", "CACHE")}
    return Machine(tmp_path, env)


async def test_from_the_catalogue_to_the_settings_and_away_again(machine: Machine) -> None:
    async with publisher(files={"vosk-x.zip": ZIP}) as server:
        machine.offer(server)
        out, err = await machine.run("install", "vosk-x")
        assert "vosk-x: installed in" in out
        assert "no published checksum" in out
        assert "vosk-x: downloading" in err
        assert "\r" not in err  # plain lines: this is no terminal
    out, _ = await machine.run("use", "vosk-x")
    assert "from the next start" in out
    assert load(machine.folder / "CONFIG/sidetone/settings.toml").recognition == Recognition(EngineKind.VOSK, "vosk-x")
    out, _ = await machine.run("list", "--json")
    told = json.loads(out)
    (only,) = [each for each in told["models"] if each["in_force"]]
    assert (only["model"]["id"], only["state"], only["trust"]) == ("vosk-x", "installed", "first use")
    _, err = await machine.run("remove", "vosk-x", code=2)
    assert "is what the settings use" in err
    await machine.run("remove", "vosk-x", "--force")
    out, _ = await machine.run("list")
    assert "vosk-x is neither installed nor a folder" in out


async def test_interrupted_by_a_key_it_says_so_and_goes_on(machine: Machine) -> None:
    async with publisher(files={"vosk-x.zip": ZIP}, stall_at=1_000_000) as server:
        machine.offer(server)
        process = await asyncio.create_subprocess_exec(
            *machine.argv("install", "vosk-x"), stderr=subprocess.PIPE, env=machine.env
        )
        await asyncio.wait_for(server.stalled.wait(), 120)
        await asyncio.sleep(0.3)
        process.send_signal(signal.SIGINT)
        _, err = await asyncio.wait_for(process.communicate(), 120)
        assert process.returncode == 130
        assert b"goes on from there" in err
        assert b"Traceback" not in err
        out, _ = await machine.run("list")
        assert "vosk-x\n    Tiny: download interrupted" in out
        server.stall_at = None
        await machine.run("install", "vosk-x")
        assert server.asked[-1][1].startswith("bytes=")
        assert int(server.asked[-1][1].removeprefix("bytes=").rstrip("-")) > 500_000


async def test_a_managed_model_is_for_everybody_and_stays(machine: Machine) -> None:
    plant(machine.folder / "stick" / "vosk-y", VOSK)
    out, _ = await machine.run("import", machine.folder / "stick" / "vosk-y", "--managed")
    assert str(machine.folder / "kiosk") in out
    out, _ = await machine.run("verify")
    assert out == "vosk-y: as it was installed\n"
    _, err = await machine.run("remove", "vosk-y", code=2)
    assert "is managed" in err


async def test_damage_is_told_by_the_exit_status(machine: Machine) -> None:
    plant(machine.folder / "vosk-y", VOSK)
    await machine.run("import", machine.folder / "vosk-y", "--name", "ours")
    (machine.folder / "DATA/sidetone/models/ours/model/am/final.mdl").write_bytes(b"x")
    out, _ = await machine.run("verify", code=1)
    assert "ours: am/final.mdl was changed" in out
    _, err = await machine.run("verify", "nothing", code=2)
    assert "nothing: is not installed" in err


async def test_measure_says_why_a_model_can_not_be_run(machine: Machine) -> None:
    plant(machine.folder / "vosk-y", VOSK)  # names alone are no model
    await machine.run("import", machine.folder / "vosk-y")
    _, err = await machine.run("measure", "vosk-y", code=2)
    assert "vosk" in err


# ---- the shelf -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    folder = tmp_path_factory.mktemp("shelf")
    return Shelf(make_installer(Store(folder / "user", ())), folder / "measured.json")


async def test_the_embedded_engine_is_really_run_and_its_speed_kept(shelf: Shelf) -> None:
    seen: list[ModelState] = []
    speed = await shelf.measure("embedded", Recognition(), lambda state, done, total: seen.append(state))
    assert seen == [ModelState.MEASURING]
    assert 0.01 < speed.cpu_per_speech_s < 5
    assert speed.final_ms > 0
    assert speed.memory_mb > 10
    (embedded,) = [each for each in shelf.standing(Recognition()).models if each.model.id == "embedded"]
    assert embedded.speed == speed
    assert embedded.in_force


class Crashing:
    """Ends the process that unpickles it as a broken native library would."""

    engine, model = EngineKind.VOSK, "vosk-x"

    def __reduce__(self) -> tuple[object, tuple[()]]:
        return os.abort, ()


def test_a_native_library_that_crashes_takes_its_own_process_along() -> None:
    with pytest.raises(SettingInvalid, match=r"vosk-x: crashed while it was tried \(exit code -6\)"):
        try_model(Crashing())  # type: ignore[arg-type]


def test_what_the_engine_says_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIDETONE_RESOURCES", "/nonexistent")
    with pytest.raises(SettingInvalid, match="resources folder was not found"):
        try_model(Recognition())


def test_it_ends_when_nobody_wants_it(shelf: Shelf) -> None:
    class Enough(Exception):
        pass

    def check() -> None:
        raise Enough

    with pytest.raises(Enough):
        try_model(Recognition(), check)
    with pytest.raises(SettingInvalid, match="did not hear one call within"):
        try_model(Recognition(), patience_s=0.0)


def test_what_each_engine_needs() -> None:
    assert engine_runs(EngineKind.EMBEDDED) == engine_runs(EngineKind.SPEECH_SERVICE) == ""


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.app.model_shelf.PACKAGES", {EngineKind.VOSK: ("no_such_package", "vosk")})
    assert engine_runs(EngineKind.VOSK) == "needs a package: pip install 'sidetone[vosk]'"
    assert engine_runs(EngineKind.VOSK, frozen=True) == "is not in this packaged Sidetone"


def test_choosing_what_can_not_be_used(shelf: Shelf) -> None:
    with pytest.raises(SettingInvalid, match="is not installed"):
        shelf.chosen("vosk-x", Recognition())
    back = shelf.chosen("embedded", Recognition(EngineKind.VOSK, "x", "de-DE"))
    assert back == Recognition()


def test_in_force_is_what_the_settings_name() -> None:
    model = SpeechModel("a", EngineKind.VOSK)
    assert in_force(model, Recognition(EngineKind.VOSK, "a"))
    assert not in_force(model, Recognition(EngineKind.VOSK, "b"))
    assert not in_force(model, Settings().recognition)
    assert in_force(SpeechModel("embedded", EngineKind.EMBEDDED), Recognition(model="stock"))
