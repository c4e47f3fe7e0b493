"""Recordings find their transcripts, and what is missing is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.domain.errors import SettingInvalid
from desktop.domain.media import Party
from desktop.evaluation.recordings import find_recordings


def put(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")


def test_a_text_beside_a_sound_and_nothing_else(tmp_path: Path) -> None:
    put(
        tmp_path,
        b_dot_wav="",
        b_dot_txt="hello\n\nthere",
        sub__a_dot_OGG="",
        sub__a_dot_txt="\ufeffyes",
        alone_dot_wav="",
    )
    found = find_recordings(tmp_path)
    assert [recording.path.name for recording in found] == ["b.wav", "a.OGG"]
    assert found[0].lines == ((Party.MIXED, "hello"), (Party.MIXED, "there"))
    assert found[1].lines == ((Party.MIXED, "yes"),)
    assert not found[0].by_party


def test_lines_may_say_who_spoke(tmp_path: Path) -> None:
    put(tmp_path, a_dot_wav="", a_dot_txt="Agent: how can I help\nCUSTOMER:  my bill\nsomebody coughs")
    (recording,) = find_recordings(tmp_path)
    assert recording.by_party
    assert recording.lines == (
        (Party.AGENT, "how can I help"),
        (Party.CUSTOMER, "my bill"),
        (Party.MIXED, "somebody coughs"),
    )


def test_a_table_with_heading_and_remarks(tmp_path: Path) -> None:
    put(tmp_path, sounds__a_dot_flac="", list_dot_tsv='file\ttext\n# more to come\n\nsounds/a.flac\tsay "hi"\textra\n')
    for where in (tmp_path, tmp_path / "list.tsv"):
        (recording,) = find_recordings(where)
        assert recording.lines == ((Party.MIXED, 'say "hi"'),)


def test_a_table_wins_over_a_text(tmp_path: Path) -> None:
    put(tmp_path, a_dot_wav="", a_dot_txt="old", t_dot_tsv="a.wav\tnew")
    assert [recording.lines for recording in find_recordings(tmp_path)] == [((Party.MIXED, "new"),)]


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("a.wav\tx\nb.wav", "has no tab"),
        ("a.wav\tx\nb.doc\ty", "names no recording"),
        ("a.wav\tx\nb.wav\ty", "names a file that is not there"),
    ],
)
def test_a_wrong_line_of_a_table_is_named(tmp_path: Path, table: str, problem: str) -> None:
    put(tmp_path, a_dot_wav="", t_dot_tsv=table)
    with pytest.raises(SettingInvalid) as caught:
        find_recordings(tmp_path)
    assert caught.value.path.endswith("t.tsv:2")
    assert problem in caught.value.problem


def test_what_is_no_folder_of_recordings(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match="holds no recording"):
        find_recordings(tmp_path)
    with pytest.raises(SettingInvalid, match="neither a folder"):
        find_recordings(tmp_path / "gone")
    (tmp_path / "a.wav").write_bytes(b"")
    (tmp_path / "a.txt").write_bytes(b"caf\xe9")
    with pytest.raises(SettingInvalid, match="not UTF-8"):
        find_recordings(tmp_path)
