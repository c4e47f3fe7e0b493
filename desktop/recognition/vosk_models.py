"""Whether a folder holds a whole model for Vosk: its files are looked at before Kaldi's code sees them.

Kaldi ends the process where a file is not what it should be in the middle, so what can be known beforehand is.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from desktop.domain.errors import SettingInvalid
from desktop.domain.media import PIPELINE_RATE_HZ
from desktop.recognition.model_folder import AGAIN, SETTING, looked_into

CHOOSE = "Choose the folder of a model for Vosk (am/final.mdl, conf/, graph/)"
_FST_MAGIC = 2125659606
_LEAST_BYTES = {"vector": (12, 16), "const": (20, 16)}  # of an OpenFst file: a state, an arc
_TAIL = 4 << 20
_IVECTOR = ("splice.conf", "online_cmvn.conf", "final.mat", "global_cmvn.stats", "final.dubm")


@dataclass(frozen=True, slots=True)
class VoskModel:
    """A folder that looks whole."""

    folder: Path
    rate_hz: int  # what the model was trained for; 16 kHz sound is brought to it by Kaldi


def find_vosk_model(folder: Path) -> VoskModel:
    """Raises SettingInvalid naming the file and what is wrong with it."""
    with looked_into(folder, CHOOSE):
        return _look(folder)


def _look(folder: Path) -> VoskModel:
    newer = not (folder / "final.mdl").exists()
    graph, conf = (folder / "graph", folder / "conf") if newer else (folder, folder)
    _check_network(folder / ("am/final.mdl" if newer else "final.mdl"))
    if newer:
        _options(conf / "model.conf")
    rate = _rate_hz(conf / "mfcc.conf")
    if (graph / "HCLG.fst").exists():
        _check_graph(graph / "HCLG.fst")
    else:
        for name in ("HCLr.fst", "Gr.fst"):
            _check_graph(graph / name)
        _numbers(graph / "disambig_tid.int")
    if (graph / "words.txt").exists() or (graph / "HCLG.fst").exists():
        _check_words(graph / "words.txt")
    if (folder / "ivector/final.ie").exists():
        for name in _IVECTOR:
            _filled(folder / "ivector" / name)
    if (folder / "rescore/G.carpa").exists():
        _filled(folder / "rescore/G.fst")
    return VoskModel(folder, rate)


def _filled(path: Path) -> int:
    """The size of a file that must have one."""
    if not path.exists():
        raise SettingInvalid(SETTING, f"there is no {path.parent.name}/{path.name}", CHOOSE)
    size = path.stat().st_size
    if not size:
        raise SettingInvalid(SETTING, f"{path.name} is empty", AGAIN)
    return size


def _check_network(path: Path) -> None:
    """A transition model, a network and priors, whose last byte is there."""
    size = _filled(path)
    with path.open("rb") as file:
        head = file.read(64)
        file.seek(max(0, size - _TAIL))
        tail = file.read()
    binary = head.startswith(b"\0B")
    if not head[2 * binary :].lstrip().startswith(b"<TransitionModel>"):
        raise SettingInvalid(SETTING, f"{path.name} is no acoustic model", CHOOSE)
    before, found, priors = tail.rpartition(b"<Priors>")
    if not found or b"</Nnet3>" not in before:
        raise SettingInvalid(SETTING, f"{path.name} is damaged: its end is missing", AGAIN)
    priors = priors[1:]
    whole = priors.rstrip().endswith(b"]")
    if binary:
        whole = len(priors) >= 8 and priors[:4] == b"FV \x04"
        whole = whole and len(priors) >= 8 + 4 * int.from_bytes(priors[4:8], "little")
    if not whole:
        raise SettingInvalid(SETTING, f"{path.name} is damaged: its end is missing", AGAIN)


def _check_graph(path: Path) -> None:
    """OpenFst's header, and as many bytes as it promises where its kind says how many."""
    size = _filled(path)
    with path.open("rb") as file:
        try:
            (magic,) = struct.unpack("<i", file.read(4))
            kind, arcs_are = (_text(file) for _ in range(2)) if magic == _FST_MAGIC else ("", "")
            _, _, _, start, states, arcs = struct.unpack("<iiQqqq", file.read(40))
            header = file.tell()
        except (struct.error, ValueError):
            kind, arcs_are = "", ""
    if arcs_are != "standard":
        raise SettingInvalid(SETTING, f"{path.name} is no graph", CHOOSE)
    state, arc = _LEAST_BYTES.get(kind, (0, 0))
    if start < 0 or states <= 0 or size < header + states * state + max(arcs, 0) * arc:
        raise SettingInvalid(SETTING, f"{path.name} is damaged: its end is missing", AGAIN)


def _text(file: BinaryIO) -> str:
    (length,) = struct.unpack("<i", file.read(4))
    if not 0 < length < 64:
        raise ValueError
    return file.read(length).decode("ascii")


def _lines(path: Path) -> list[str]:
    _filled(path)
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise SettingInvalid(SETTING, f"{path.name} is no text", AGAIN) from None


def _numbers(path: Path) -> None:
    if not all(number.isascii() and number.isdigit() for line in _lines(path) for number in line.split()):
        raise SettingInvalid(SETTING, f"{path.name} is no list of numbers", AGAIN)


def _options(path: Path) -> dict[str, str]:
    """Lines of --name=value; what follows a # is a remark."""
    options: dict[str, str] = {}
    for row, line in enumerate(_lines(path), 1):
        said = line.partition("#")[0].strip()
        if not said:
            continue
        name, equals, value = said.removeprefix("--").partition("=")
        if not said.startswith("--") or not equals or not name:
            raise SettingInvalid(SETTING, f"{path.name} can't be read in line {row}", AGAIN)
        options[name] = value
    return options


def _rate_hz(path: Path) -> int:
    text = _options(path).get("sample-frequency", str(PIPELINE_RATE_HZ))
    try:
        rate = int(float(text))
    except ValueError:
        rate = 0
    if not 4000 <= rate <= PIPELINE_RATE_HZ:
        problem = f"{path.name} has sample-frequency {text}; up to {PIPELINE_RATE_HZ} can be served"
        raise SettingInvalid(SETTING, problem, CHOOSE)
    return rate


def _check_words(path: Path) -> None:
    seen: set[str] = set()
    for row, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        symbol, _, number = line.strip().rpartition(" ")
        if not symbol or not number.isdigit() or number in seen:
            raise SettingInvalid(SETTING, f"{path.name} can't be read in line {row}", AGAIN)
        seen.add(number)
    if len(seen) < 2 or "0" not in seen:
        raise SettingInvalid(SETTING, f"{path.name} has no words", AGAIN)
