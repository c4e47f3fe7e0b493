"""Installed models: found by name or folder, adopted and removed in one step, checked file by file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop.app.catalog import RecogniserChoice
from desktop.domain.errors import SettingInvalid
from desktop.domain.speech_model import EngineKind, SpeechModel, Trust
from desktop.models.manifest import FILE, INSIDE, Manifest, sums
from desktop.models.store import Store, find_model, is_id, managed_folders, user_folder
from desktop.models.survey import survey
from desktop.settings.model import Recognition
from tests.models.made import SHERPA, VOSK, plant


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "user", (tmp_path / "kiosk",))


def adopted(store: Store, name: str = "tiny", files: dict[str, bytes] = VOSK) -> Manifest:
    staged = store.staging(name)
    plant(staged / INSIDE, files)
    engine, _ = survey(staged)
    made = Manifest(SpeechModel(name, engine), "here", "", Trust.LOCAL, "2026-01-01T00:00:00Z", sums(staged / INSIDE))
    store.adopt(staged, made)
    return made


def test_nothing_is_installed_at_first(store: Store) -> None:
    assert store.installed() == []
    with pytest.raises(SettingInvalid, match="tiny is neither installed nor a folder"):
        find_model("tiny", EngineKind.VOSK, store)


def test_an_adopted_model_is_found_by_its_name(store: Store) -> None:
    adopted(store)
    assert find_model("tiny", EngineKind.VOSK, store) == store.user / "tiny" / INSIDE
    (only,) = store.installed()
    assert (only.model.id, only.managed, only.problem) == ("tiny", False, "")


def test_a_model_of_another_engine_is_refused_with_what_to_set(store: Store) -> None:
    adopted(store)
    with pytest.raises(SettingInvalid, match=r"is a model for vosk, not sherpa-onnx\. Set engine to vosk"):
        find_model("tiny", EngineKind.SHERPA, store)


def test_a_folder_does_as_well_and_its_model_may_lie_further_down(tmp_path: Path, store: Store) -> None:
    plant(tmp_path / "brought" / "sherpa-onnx-x", SHERPA)
    assert find_model(str(tmp_path / "brought"), EngineKind.SHERPA, store) == tmp_path / "brought" / "sherpa-onnx-x"
    with pytest.raises(SettingInvalid, match=r"recognition\.model: brought is a model for sherpa-onnx, not vosk"):
        find_model(str(tmp_path / "brought"), EngineKind.VOSK, store)


def test_without_a_name_the_settings_say_what_to_do(store: Store) -> None:
    with pytest.raises(SettingInvalid, match=r"is empty\. vosk needs one"):
        find_model("", EngineKind.VOSK, store)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "holds no speech model"),
        ({"readme.txt": b"x"}, "holds no speech model"),
        ({"tokens.txt": b"x"}, r"has no \*\.onnx file"),
        ({"tokens.txt": b"x", "encoder-1.onnx": b"x"}, r"has no decoder\*\.onnx and no joiner\*\.onnx"),
        ({"model.onnx": b"x"}, "has no tokens.txt"),
        ({"am/final.mdl": b"x", "conf/mfcc.conf": b"x"}, "has no graph"),
        ({"graph/HCLG.fst": b"x", "conf/mfcc.conf": b"x"}, "has no am/final.mdl"),
        ({"final.mdl": b"x", "HCLG.fst": b"x"}, "has no mfcc.conf"),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, files: dict[str, bytes], said: str) -> None:
    plant(tmp_path, files)
    with pytest.raises(SettingInvalid, match=said):
        survey(tmp_path)


@pytest.mark.parametrize(
    ("files", "engine"),
    [
        (SHERPA, EngineKind.SHERPA),
        ({"tokens.txt": b"x", "model.int8.onnx": b"x"}, EngineKind.SHERPA),
        (VOSK, EngineKind.VOSK),
        ({"final.mdl": b"x", "HCLr.fst": b"x", "Gr.fst": b"x", "mfcc.conf": b"x"}, EngineKind.VOSK),
    ],
)
def test_models_are_recognised_by_their_files(tmp_path: Path, files: dict[str, bytes], engine: EngineKind) -> None:
    plant(tmp_path, files)
    assert survey(tmp_path) == (engine, tmp_path)


def test_links_are_not_followed_out_of_a_folder(tmp_path: Path) -> None:
    plant(tmp_path / "elsewhere", VOSK)
    (tmp_path / "brought").mkdir()
    (tmp_path / "brought" / "inside").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingInvalid, match="holds no speech model"):
        survey(tmp_path / "brought")


def test_managed_models_come_first_and_stay(store: Store) -> None:
    adopted(store)
    plant(store.managed[0] / "tiny", VOSK)
    assert find_model("tiny", EngineKind.VOSK, store) == store.managed[0] / "tiny"
    (only,) = store.installed()
    assert only.managed
    with pytest.raises(SettingInvalid, match="is managed: an administrator put it into"):
        store.remove("tiny")
    assert (store.managed[0] / "tiny").is_dir()


def test_the_managed_places_are_the_systems_or_those_of_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIDETONE_MODELS", raising=False)
    assert all(each.name == "models" and "sidetone" in str(each).lower() for each in managed_folders())
    assert user_folder() not in managed_folders()
    monkeypatch.setenv("SIDETONE_MODELS", os.pathsep.join(("/srv/a", "/srv/b")))
    assert managed_folders() == (Path("/srv/a"), Path("/srv/b"))


def test_removed_is_gone_and_nothing_of_it_is_left(store: Store) -> None:
    adopted(store)
    store.remove("tiny")
    assert store.installed() == []
    assert [each for each in store.user.rglob("*") if each.is_file()] == []
    with pytest.raises(SettingInvalid, match="is not installed"):
        store.remove("tiny")


def test_a_newer_one_of_the_same_name_replaces_the_older(store: Store) -> None:
    adopted(store)
    adopted(store, files=SHERPA)
    assert find_model("tiny", EngineKind.SHERPA, store)
    assert [each.model.engine for each in store.installed()] == [EngineKind.SHERPA]


def harm(name: str) -> Callable[[Path], object]:
    return lambda root: (root / name).write_bytes(b"other")


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (harm("am/final.mdl"), ["am/final.mdl was changed"]),
        (harm("am/more.mdl"), ["am/more.mdl was added"]),
        (lambda root: (root / "conf/mfcc.conf").unlink(), ["conf/mfcc.conf is missing"]),
        (lambda root: None, []),
    ],
)
def test_verify_names_what_differs(store: Store, damage: Callable[[Path], object], found: list[str]) -> None:
    adopted(store)
    damage(store.user / "tiny" / INSIDE)
    assert store.verify("tiny") == found


def test_what_has_no_manifest_can_not_be_verified(store: Store) -> None:
    plant(store.managed[0] / "tiny", VOSK)
    with pytest.raises(SettingInvalid, match="no manifest, so there is nothing to compare"):
        store.verify("tiny")
    with pytest.raises(SettingInvalid, match="other: is not installed"):
        store.verify("other")


@pytest.mark.parametrize("text", [b"", b"{", b'{"format": 1}', b"\xff\xfe", b'{"format": 99}'])
def test_a_broken_manifest_is_said_and_hides_no_other_model(store: Store, text: bytes) -> None:
    adopted(store)
    adopted(store, "whole")
    (store.user / "tiny" / FILE).write_bytes(text)
    broken, whole = store.installed()
    assert "manifest" in broken.problem
    assert not whole.problem
    with pytest.raises(SettingInvalid, match="Install it again"):
        find_model("tiny", EngineKind.VOSK, store)


def test_a_manifest_of_a_later_sidetone_is_left_alone(store: Store) -> None:
    made = adopted(store)
    text = (store.user / "tiny" / FILE).read_text().replace(f'"format": {made.format}', '"format": 99')
    (store.user / "tiny" / FILE).write_text(text)
    assert "newer Sidetone" in store.installed()[0].problem


def test_files_that_went_missing_are_a_problem_of_that_model(store: Store) -> None:
    adopted(store)
    (store.user / "tiny" / INSIDE / "am/final.mdl").unlink()
    assert "has no am/final.mdl" in store.installed()[0].problem


def test_the_checksum_of_a_model_is_the_same_anywhere(store: Store, tmp_path: Path) -> None:
    there = adopted(Store(tmp_path / "there", ()), "other")
    assert adopted(store).checksum == there.checksum
    assert adopted(store, files=SHERPA).checksum != there.checksum


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("vosk-small-en-0.15", True),
        ("", False),
        ("..", False),
        (".x", False),
        ("a/b", False),
        ("a\\b", False),
        ("a.", False),
    ],
)
def test_an_id_is_one_plain_folder_name(name: str, good: bool) -> None:
    assert is_id(name) is good


def test_the_worker_finds_the_model_before_it_loads_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIDETONE_MODELS", str(tmp_path))
    with pytest.raises(SettingInvalid, match=r"recognition\.model: nothing-there is neither installed"):
        RecogniserChoice(Recognition(EngineKind.VOSK, "nothing-there"))()
