"""Prints as JSON what Qt says about languages, encodings and time zones: to compare libraries of ICU with each other.

usage: qt_text.py     (LD_LIBRARY_PATH says whose)
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCollator, QDateTime, QLocale, QStringDecoder, Qt, QTextBoundaryFinder, QTimeZone

LANGUAGES = "C ar cs da de es et fi fr hr hu is ja ko lt lv nb pl ro ru sk sl sv tr uk vi zh"
WORDS = (
    "zebra Zahl Äpfel Apfel ångström öl oben Öl über ulv ñandú nube Česko chleba cena hora łódź lis šaty sud žena zoo "
    "ijs iz ıslak İzmir éa ea eb straße strasse 10 9 ß ss ø o þ t яблоко ель ёлка がぎ かき 가 나 中 一 ابن باب "
    "co-op coop CoOp agent-2 agent-10"
)
ENCODINGS = (
    *(f"ISO-8859-{number}" for number in (*range(1, 12), 13, 14, 15)),
    *(f"windows-{number}" for number in (874, *range(1250, 1259))),
    *("UTF-8", "UTF-16LE", "UTF-32BE", "UTF-7", "US-ASCII", "KOI8-R", "KOI8-U", "IBM437", "IBM850", "IBM852", "IBM866"),
)
SENTENCE = "You charged me twice, in April! I can't accept that… Straße 7, 10:30 p.m.; e-mail me: a.b@c.example."


def answers(libraries: Path | None = None) -> dict[str, Any]:
    """What Qt says in a process of its own, with ICU's libraries of this folder first. CalledProcessError: it fails."""
    environment = {**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    if libraries is not None:
        environment["LD_LIBRARY_PATH"] = str(libraries.absolute())
    command = [sys.executable, str(Path(__file__).resolve())]
    said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    return dict(json.loads(said))


def differences(libraries: Path) -> list[str]:
    """On which subjects Qt says something else with ICU's libraries of this folder than with its own, and `data` when
    it was not theirs that it read."""
    own, theirs = answers(), answers(libraries)
    found = [name for name in own if name != "data" and own[name] != theirs[name]]
    return found + ["data"] * (Path(theirs["data"]).parent != libraries.absolute().resolve())


def main() -> None:
    subjects = (sorting, encodings, time_zones, case, dates, boundaries, data)
    print(json.dumps({each.__name__: each() for each in subjects}))


def sorting() -> dict[str, list[str]]:
    """Words in each language's order: as they are, and with numbers as numbers, whatever the case and punctuation."""
    found = {}
    for language in LANGUAGES.split():
        plain, loose = QCollator(QLocale(language)), QCollator(QLocale(language))
        loose.setNumericMode(True)
        loose.setIgnorePunctuation(True)
        loose.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        for name, collator in (("", plain), (" loose", loose)):
            found[language + name] = sorted(WORDS.split(), key=functools.cmp_to_key(collator.compare))
    return found


def encodings() -> list[str]:
    return [name for name in ENCODINGS if QStringDecoder(name).isValid()]


def time_zones() -> dict[str, list[Any]]:
    """Of every zone that is known: offset in winter and summer, names in English."""
    moments = [QDateTime.fromSecsSinceEpoch(seconds) for seconds in (1_768_000_000, 1_783_000_000)]
    kinds = (QTimeZone.TimeType.StandardTime, QTimeZone.TimeType.DaylightTime, QTimeZone.TimeType.GenericTime)
    styles = (QTimeZone.NameType.LongName, QTimeZone.NameType.ShortName)
    english, found = QLocale("en_US"), {}
    for each in QTimeZone.availableTimeZoneIds():
        zone, name = QTimeZone(each), bytes(each.data()).decode()
        offsets = [zone.offsetFromUtc(moment) for moment in moments]
        found[name] = offsets + [zone.displayName(k, s, english) for k in kinds for s in styles]
    return found


def case() -> list[str]:
    text = "Iıiİ straße ĳ Σίσυφος Ǆ"
    return [change(text) for each in LANGUAGES.split() for change in (QLocale(each).toUpper, QLocale(each).toLower)]


def dates() -> list[str]:
    moment = QDateTime.fromSecsSinceEpoch(1_783_000_000, QTimeZone(b"Europe/Berlin"))
    locales = [QLocale(language) for language in LANGUAGES.split()]
    return [each.toString(moment, QLocale.FormatType.ShortFormat) + each.toString(1234567.5) for each in locales]


def boundaries() -> dict[str, list[int]]:
    """Where a text may be cut, by every kind of boundary."""
    found = {}
    for kind in QTextBoundaryFinder.BoundaryType:
        finder, places = QTextBoundaryFinder(kind, SENTENCE), [0]
        while (place := finder.toNextBoundary()) > 0:
            places.append(place)
        found[kind.name] = places
    return found


def data() -> str:
    """The file that ICU's data was read from."""
    lines = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    return next((line.split(maxsplit=5)[5] for line in lines if "/libicudata" in line), "")


if __name__ == "__main__":
    main()
