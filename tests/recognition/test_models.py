"""Finding and unpacking the model files."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest

from desktop.domain.errors import SettingInvalid
from desktop.recognition import models
from desktop.recognition.models import ModelFiles
from desktop.recognition.sphinx import Models, wheel_models


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match="dictionary") as caught:
        models.find_models(wheel_models(), dictionary=str(tmp_path / "words.dict"))
    assert caught.value.path == "recogniser.embedded.dictionary"


def test_our_telephone_transform_fits_the_package_s_acoustic_model_only(tmp_path: Path) -> None:
    ours = models.find_models(wheel_models()).telephone
    assert ours is not None
    assert ours.name == models.TELEPHONE
    assert models.find_models(wheel_models(), telephone="none").telephone is None
    assert models.find_models(wheel_models(), acoustic=str(tmp_path)).telephone is None
    with pytest.raises(SettingInvalid, match="does not exist"):
        models.find_models(wheel_models(), telephone=str(tmp_path / "missing.mllr"))


def test_plain_files_are_read_where_they_are_and_packed_ones_for_a_while(tmp_path: Path) -> None:
    plain = tmp_path / "words.dict"
    plain.write_bytes(b"a AH\n")
    with models.readable(plain) as path:
        assert path == plain
    stored = tmp_path / "words.dict.xz"
    stored.write_bytes(lzma.compress(b"a AH\n"))
    with models.readable(stored) as path:
        assert path.read_bytes() == b"a AH\n"
        assert path != plain
    assert not path.exists()


@pytest.mark.parametrize("name", ["words.dict.xz", "words.ngrams.xz"])
def test_damaged_files_are_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"not what it was")
    with pytest.raises(SettingInvalid, match=f"{name} is damaged"), models.readable(tmp_path / name):
        pass


def test_models_that_the_engine_refuses(tmp_path: Path) -> None:
    wrong = tmp_path / "model.lm"
    wrong.write_text("nonsense")
    found = models.find_models(wheel_models())
    with pytest.raises(SettingInvalid, match="could not be loaded"):
        Models(ModelFiles(found.acoustic, wrong, found.dictionary), 3000)
    with pytest.raises(SettingInvalid, match="could not be loaded"):
        Models(ModelFiles(tmp_path, found.language_model, found.dictionary), 3000).decoder()
