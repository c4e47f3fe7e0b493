"""Archives: what a model's looks like comes out, everything else is refused and writes nothing outside."""

from __future__ import annotations

import contextlib
import io
import stat
import struct
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.domain.errors import SettingInvalid
from desktop.models.aside import Stopped
from desktop.models.bounds import Bounds
from desktop.models.unpack import Unpacker
from tests.models.made import SHERPA, VOSK, below, member, tar, zipped

MB = 1 << 20


def unpack(folder: Path, data: bytes, bounds: Bounds | None = None, **more: object) -> dict[str, bytes]:
    """What came out."""
    archive, into = folder / "m.part", folder / "deep" / "into"
    archive.write_bytes(data)
    into.mkdir(parents=True, exist_ok=True)
    Unpacker(archive, into, bounds or Bounds(spare_bytes=0), **more).run()  # type: ignore[arg-type]
    return {each.relative_to(into).as_posix(): each.read_bytes() for each in into.rglob("*") if each.is_file()}


def refused(folder: Path, data: bytes, said: str, bounds: Bounds | None = None, **more: object) -> None:
    """And outside of its folder nothing appeared."""
    with pytest.raises(SettingInvalid) as caught:
        unpack(folder, data, bounds, **more)
    assert said in str(caught.value)
    assert str(caught.value).startswith(("m: ", str(folder)))
    assert {each.name for each in folder.iterdir()} == {"m.part", "deep"}
    assert {each.name for each in (folder / "deep").iterdir()} == {"into"}


@pytest.mark.parametrize("kind", ["", "bz2", "gz", "xz"])
def test_tars_of_every_kind(tmp_path: Path, kind: str) -> None:
    files = below("sherpa-onnx-x", SHERPA)
    assert unpack(tmp_path, tar(files, kind, member("sherpa-onnx-x/test_wavs/", tarfile.DIRTYPE))) == files


def test_zips(tmp_path: Path) -> None:
    files = below("vosk-model-x", VOSK)
    assert unpack(tmp_path, zipped({"vosk-model-x/": b"", **files}, {"vosk-model-x/": 0o40755})) == files


def test_names_with_dots_and_blanks_and_letters_of_the_world(tmp_path: Path) -> None:
    assert unpack(tmp_path, tar({"./a b/ü.txt": b"x"})) == {"a b/ü.txt": b"x"}


def test_progress_goes_up_to_the_archives_size(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    data = zipped({f"f{n}": bytes(50_000) for n in range(20)})
    unpack(tmp_path, data, tick=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert 0 < seen[-1][0] <= seen[-1][1] == len(data)


def test_it_stops_when_nobody_wants_it_any_more(tmp_path: Path) -> None:
    def tick(done: int, total: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        unpack(tmp_path, tar(SHERPA), tick=tick)


BAD_NAMES = [
    "../out.txt",
    "a/../../out.txt",
    "/etc/out.txt",
    "//host/share/out.txt",
    "a/b/../../../../out.txt",
    "..",
    "C:out.txt",
    "C:/out.txt",
    "a\\..\\..\\out.txt",
    "out.txt:stream",
    "con",
    "a/NUL.txt",
    "com1.mdl",
    "out ",
    "out.",
    " out",
    "a/\x1b[2J",
    "a/\u202eout",
    "a" * 201,
    "/".join("abcdefghijklm"),
]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_names_that_lead_elsewhere_on_some_system(tmp_path: Path, name: str) -> None:
    refused(tmp_path, tar({"fine.txt": b"x", name: b"x"}), "would go elsewhere")


@pytest.mark.parametrize("name", BAD_NAMES)
def test_the_same_in_zips(tmp_path: Path, name: str) -> None:
    refused(tmp_path, zipped({"fine.txt": b"x", name: b"x"}), "would go elsewhere")


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (member("link", tarfile.SYMTYPE, "/etc/passwd"), "has a link in it, link"),
        (member("link", tarfile.SYMTYPE, "fine.txt"), "has a link in it"),
        (member("hard", tarfile.LNKTYPE, "fine.txt"), "has a link in it"),
        (member("hard", tarfile.LNKTYPE, "../../m.part"), "has a link in it"),
        (member("device", tarfile.CHRTYPE), "has a device in it"),
        (member("device", tarfile.BLKTYPE), "has a device in it"),
        (member("pipe", tarfile.FIFOTYPE), "has a device in it"),
        (member("odd", b"Z"), "no file"),
    ],
)
def test_members_that_are_no_files(tmp_path: Path, bad: tarfile.TarInfo, said: str) -> None:
    refused(tmp_path, tar({"fine.txt": b"x"}, "bz2", bad), said)


def test_a_link_and_then_a_file_through_it(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        archive.addfile(member("door", tarfile.SYMTYPE, "../.."))
        info = tarfile.TarInfo("door/out.txt")
        info.size = 1
        archive.addfile(info, io.BytesIO(b"x"))
    refused(tmp_path, out.getvalue(), "has a link in it")


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_links_and_devices_in_zips(tmp_path: Path, mode: int) -> None:
    refused(tmp_path, zipped({"fine.txt": b"x", "odd": b"/etc/passwd"}, {"odd": mode | 0o777}), "link or device")


def test_an_encrypted_zip(tmp_path: Path) -> None:
    data = bytearray(zipped({"a": b"x"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    refused(tmp_path, bytes(data), "is encrypted")


def test_two_files_of_one_name(tmp_path: Path) -> None:
    refused(tmp_path, tar({"a.txt": b"1", "A.TXT": b"2"}), "two files of one name")
    for each in (tmp_path / "deep" / "into").iterdir():
        each.unlink()
    refused(tmp_path, tar({"a": b"1", "a/b": b"2"}), "exclude each other")


@pytest.mark.parametrize("kind", ["bz2", "gz", "xz"])
def test_a_bomb_in_a_tar(tmp_path: Path, kind: str) -> None:
    data = tar({"a": bytes(8 * MB), "b": bytes(8 * MB)}, kind)
    assert len(data) < 20_000
    refused(tmp_path, data, "far more than a speech model", Bounds(ratio_from_bytes=10 * MB, spare_bytes=0))


def test_a_bomb_in_a_zip_writes_nothing(tmp_path: Path) -> None:
    data = zipped({"a": bytes(16 * MB)})
    refused(tmp_path, data, "far more", Bounds(ratio_from_bytes=10 * MB, spare_bytes=0))
    assert list((tmp_path / "deep" / "into").iterdir()) == []


def test_a_zip_that_lies_about_its_size(tmp_path: Path) -> None:
    data = bytearray(zipped({"a": bytes(4 * MB)}))
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = struct.pack("<I", 100)
    refused(tmp_path, bytes(data), "damaged")


def test_a_bomb_in_a_tars_header(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:bz2", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("a")
        info.pax_headers = {"comment": "x" * (8 * MB)}
        archive.addfile(info)
    refused(tmp_path, out.getvalue(), "far more than a speech model")


@pytest.mark.parametrize("pack", [tar, zipped])
def test_too_many_files(tmp_path: Path, pack: object) -> None:
    data = pack({f"f{n}": b"" for n in range(11)})  # type: ignore[operator]
    refused(tmp_path, data, "more files than a model", Bounds(files=10, spare_bytes=0))


def test_too_many_folders(tmp_path: Path) -> None:
    folders = [member(f"d{n}/", tarfile.DIRTYPE) for n in range(11)]
    refused(tmp_path, tar({}, "gz", *folders), "more files than a model", Bounds(files=10, spare_bytes=0))


@pytest.mark.parametrize(
    "data", [tar(below("m", SHERPA)), tar(below("m", SHERPA), "gz"), tar(SHERPA, "xz"), zipped(VOSK)]
)
def test_what_is_cut_short(tmp_path: Path, data: bytes) -> None:
    refused(tmp_path, data[: len(data) * 2 // 3], "damaged")


def test_a_plain_tar_that_is_cut_short(tmp_path: Path) -> None:
    refused(tmp_path, tar({"a": bytes(100_000)}, "")[:50_000], "damaged")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "neither a tar nor a zip"),
        (b"hello", "neither a tar nor a zip"),
        (b"\n <!DOCTYPE html><title>Sign in</title>", "is a web page"),
        (b"PK\x03\x04rubbish", "damaged"),
        (b"BZh9rubbish", "damaged"),
        (b"\x1f\x8brubbish", "damaged"),
        (b"\xfd7zXZ\x00rubbish", "damaged"),
    ],
)
def test_what_is_no_archive(tmp_path: Path, data: bytes, said: str) -> None:
    refused(tmp_path, data, said)


def test_a_disk_that_fills(tmp_path: Path) -> None:
    refused(tmp_path, tar(SHERPA), "Make room on that disk", free=lambda folder: 100)


@pytest.mark.parametrize("pack", ["bz2", "gz", "", "zip"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_anywhere_is_refused_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, pack: str, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("harm")
    whole = bytearray(zipped(VOSK) if pack == "zip" else tar(VOSK, pack))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(SettingInvalid):
        unpack(folder, bytes(whole))
    assert {each.name for each in folder.iterdir()} == {"m.part", "deep"}
    assert {each.name for each in (folder / "deep").iterdir()} == {"into"}
