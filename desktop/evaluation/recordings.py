"""Recordings and what was said in them: `.wav/.ogg/.flac` beside a `.txt`, or a table `file<TAB>text`."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from desktop.domain.errors import SettingInvalid
from desktop.domain.media import Party

SOUNDS = (".wav", ".ogg", ".opus", ".flac")
_PARTIES = {f"{party.value}:": party for party in (Party.CUSTOMER, Party.AGENT)}
_SHAPES = "Put a NAME.txt beside each NAME.wav or NAME.ogg, or a table.tsv with lines of file, tab, text."


@dataclass(frozen=True, slots=True)
class Recording:
    """One sound file and the lines that were said in it, each with its party (MIXED where the text names none)."""

    path: Path
    lines: tuple[tuple[Party, str], ...]

    @property
    def by_party(self) -> bool:
        """Whether the text says who spoke."""
        return any(party is not Party.MIXED for party, _ in self.lines)


def find_recordings(where: Path) -> list[Recording]:
    """All recordings of a folder (its subfolders included) or of one table. SettingInvalid says what is missing."""
    if where.is_file() and where.suffix == ".tsv":
        found = list(_table(where))
    elif where.is_dir():
        found = [recording for table in sorted(where.rglob("*.tsv")) for recording in _table(table)]
        found += _pairs(where, {recording.path.resolve() for recording in found})
    else:
        raise SettingInvalid(str(where), "is neither a folder nor a .tsv table", _SHAPES)
    if not found:
        raise SettingInvalid(str(where), "holds no recording with a transcript", _SHAPES)
    return found


def _pairs(folder: Path, known: set[Path]) -> Iterator[Recording]:
    for path in sorted(folder.rglob("*")):
        text = path.with_suffix(".txt")
        if path.suffix.lower() in SOUNDS and path.resolve() not in known and text.is_file():
            yield Recording(path, _lines(_text_of(text)))


def _table(table: Path) -> Iterator[Recording]:
    for number, row in enumerate(csv.reader(_text_of(table).splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE), 1):
        if not row or row[0].startswith("#"):
            continue
        if len(row) < 2:
            raise SettingInvalid(f"{table}:{number}", "has no tab", "Write the file's name, a tab, and the text.")
        path = table.parent / row[0]
        if path.suffix.lower() not in SOUNDS:
            if number == 1:
                continue  # a heading
            raise SettingInvalid(f"{table}:{number}", "names no recording", f"Use one of {', '.join(SOUNDS)}.")
        if not path.is_file():
            raise SettingInvalid(f"{table}:{number}", "names a file that is not there", "Correct the name.")
        yield Recording(path, _lines(row[1]))


def _lines(text: str) -> tuple[tuple[Party, str], ...]:
    return tuple(_line(line.strip()) for line in text.splitlines() if line.strip())


def _line(line: str) -> tuple[Party, str]:
    for prefix, party in _PARTIES.items():
        if line.lower().startswith(prefix):
            return party, line[len(prefix) :].strip()
    return Party.MIXED, line


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingInvalid(str(path), "is not UTF-8 text", "Save it as UTF-8.") from error
