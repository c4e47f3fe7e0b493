"""Which engine a folder is a model for, by the files that are in it, and what is missing where it is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from desktop.domain.errors import SettingInvalid
from desktop.domain.speech_model import EngineKind

DEEPEST = 3
"""An archive may hold its model a few folders down."""
MOST_FOLDERS = 200
_STREAMING = "Sidetone needs a streaming transducer (encoder, decoder, joiner) or CTC model with tokens.txt."
_VOSK = "A Vosk model has am/final.mdl and graph/HCLG.fst, or graph/HCLr.fst with graph/Gr.fst."
_NEITHER = "Choose a folder or archive with a sherpa-onnx model (tokens.txt) or a Vosk model (am/final.mdl)."


def survey(folder: Path, engine: EngineKind | None = None) -> tuple[EngineKind, Path]:
    """(engine, the folder that the engine loads): `folder` or one below it.

    SettingInvalid says what is missing, or that it is a model for another engine than the one asked for.
    """
    nearest: tuple[EngineKind, Path, str] | None = None
    for place in _places(folder):
        for kind, lacks in ((EngineKind.SHERPA, _sherpa(place)), (EngineKind.VOSK, _vosk(place))):
            if lacks == "":
                if engine is not None and kind is not engine:
                    hint = f"Set engine to {kind.value}, or choose another model."
                    raise SettingInvalid(folder.name, f"is a model for {kind.value}, not {engine.value}", hint)
                return kind, place
            if lacks is not None and nearest is None:
                nearest = (kind, place, lacks)
    if nearest is None:
        raise SettingInvalid(folder.name, "holds no speech model that Sidetone knows", _NEITHER)
    kind, _, lacks = nearest
    hint = _STREAMING if kind is EngineKind.SHERPA else _VOSK
    raise SettingInvalid(folder.name, f"looks like a model for {kind.value}, but has no {lacks}", hint)


def _places(folder: Path) -> Iterator[Path]:
    """The folder, then those below it, level by level. Links are not followed."""
    level, seen = [folder], 0
    for _ in range(DEEPEST):
        below: list[Path] = []
        for place in level:
            seen += 1
            if seen > MOST_FOLDERS or not place.is_dir():
                return
            yield place
            below += sorted(each for each in place.iterdir() if each.is_dir() and not each.is_symlink())
        level = below


def _sherpa(place: Path) -> str | None:
    """What is missing; "" nothing, None if nothing speaks for this engine."""
    found = [name.name for name in place.glob("*.onnx")]
    has_tokens = (place / "tokens.txt").is_file()
    if not found and not has_tokens:
        return None
    parts = [part for part in ("encoder", "decoder", "joiner") if not any(part in name for name in found)]
    alone = [name for name in found if not any(part in name for part in ("encoder", "decoder", "joiner"))]
    lacks = [] if has_tokens else ["tokens.txt"]
    if len(parts) == 3 and not alone:
        lacks.append("*.onnx file")
    elif len(parts) < 3 and parts:
        lacks += [f"{part}*.onnx" for part in parts]
    return " and no ".join(lacks)


def _vosk(place: Path) -> str | None:
    newer = (place / "am" / "final.mdl").is_file()
    if not newer and not (place / "final.mdl").is_file():
        return "am/final.mdl" if (place / "graph").is_dir() and (place / "conf").is_dir() else None
    graph = place / "graph" if newer else place
    whole = (graph / "HCLG.fst").is_file()
    parts = (graph / "HCLr.fst").is_file() and (graph / "Gr.fst").is_file()
    lacks = [] if whole or parts else ["graph (HCLG.fst, or HCLr.fst with Gr.fst)"]
    if not ((place / "conf" if newer else place) / "mfcc.conf").is_file():
        lacks.append("mfcc.conf")
    return " and no ".join(lacks)
