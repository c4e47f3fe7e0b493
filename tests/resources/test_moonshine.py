"""The weights that words are heard with are those of the package they were taken from, byte for byte."""

from __future__ import annotations

import hashlib
import importlib
import zipfile
from pathlib import Path
from typing import Any

import pytest

RESOURCES = Path(__file__).parents[2] / "resources"
SHIPPED = RESOURCES / "speech/moonshine-tiny-en"


@pytest.fixture
def taker(monkeypatch: pytest.MonkeyPatch) -> Any:
    """resources/build is a folder of scripts, not a package."""
    monkeypatch.syspath_prepend(str(RESOURCES / "build"))
    return importlib.import_module("take_moonshine")


def wheel(path: Path, inside: str, contents: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(f"{inside}/{name}", content)
    return path


def shipped() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in SHIPPED.iterdir()}


def test_what_is_shipped_is_what_was_published(taker: Any) -> None:
    assert {name: hashlib.sha256(content).hexdigest() for name, content in shipped().items()} == taker.SHA256


def test_it_is_taken_out_of_the_wheel_unchanged(taker: Any, tmp_path: Path) -> None:
    taker.take(wheel(tmp_path / "a.whl", taker.INSIDE, shipped()), tmp_path / "new/folder")
    assert {path.name: path.read_bytes() for path in (tmp_path / "new/folder").iterdir()} == shipped()


def test_other_weights_are_refused_by_name_and_nothing_is_written(taker: Any, tmp_path: Path) -> None:
    other = wheel(tmp_path / "a.whl", taker.INSIDE, shipped() | {"tokenizer.bin": b"another"})
    with pytest.raises(ValueError, match=r"tiny-en/tokenizer.bin in a.whl: sha256 is [0-9a-f]{64}, not 6884b35f"):
        taker.take(other, tmp_path / "new")
    with pytest.raises(KeyError, match=r"encoder_model\.ort"):
        taker.take(wheel(tmp_path / "b.whl", taker.INSIDE, {}), tmp_path / "new")
    assert not (tmp_path / "new").exists()
