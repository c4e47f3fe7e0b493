"""libopus of Windows and macOS is built only from the source that was looked at."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import build_opus
import pytest

from desktop.audio.opus_library import NAMES


def archive(folder: Path) -> Path:
    packed = folder / "source.tar.gz"
    with tarfile.open(packed, "w:gz") as file:
        for name, text in {"opus-9/COPYING": b"notice", "opus-9/CMakeLists.txt": b""}.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            file.addfile(member, io.BytesIO(text))
    return packed


def test_another_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="not used"):
        build_opus.main([str(archive(tmp_path))], target=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_library_and_its_notice_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = archive(tmp_path)

    def made(source: Path, work: Path) -> Path:
        work.mkdir()
        (work / "library").write_bytes(b"\x7fELF")
        return work / "library"

    monkeypatch.setattr(build_opus, "build", made)
    wanted = hashlib.sha256(packed.read_bytes()).hexdigest()
    assert build_opus.main([str(packed)], wanted, tmp_path / "out") == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"COPYING", "libopus.so.0"}


def test_the_files_are_called_what_the_application_looks_for() -> None:
    for platform, name in build_opus.NAMES.items():
        assert NAMES[platform][0] == name
    assert build_opus.SOURCE.startswith("https://")
    assert len(build_opus.SHA256) == 64
