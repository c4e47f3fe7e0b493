"""Where the recogniser's files are: our own under resources/speech, the acoustic model in PocketSphinx's wheel."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from desktop.domain.errors import SettingInvalid

RESOURCES_VARIABLE = "SIDETONE_RESOURCES"
LANGUAGE_MODEL = "contact-centre.lm.bin"
DICTIONARY = "contact-centre.dict"


def resources_folder() -> Path:
    """The resources folder: the environment's choice, the source tree's, or the frozen application's.

    Raises SettingInvalid when none of them exists.
    """
    chosen = os.environ.get(RESOURCES_VARIABLE)
    if chosen:
        candidates = [Path(chosen)]
    else:
        candidates = [Path(__file__).resolve().parents[2] / "resources"]
        frozen = getattr(sys, "_MEIPASS", None)
        if frozen:
            candidates.append(Path(frozen) / "resources")
    for folder in candidates:
        if folder.is_dir():
            return folder
    raise SettingInvalid(RESOURCES_VARIABLE, "the resources folder was not found", "Set it to the folder's path")


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """Files that one decoder loads; every path exists."""

    acoustic: Path  # a folder
    language_model: Path  # binary or ARPA n-gram model
    dictionary: Path  # CMU format: word, blank, phones


def find_models(wheel: Path, acoustic: str = "", language_model: str = "", dictionary: str = "") -> ModelFiles:
    """The files to load; "" means the ones that come with Sidetone and, in `wheel`, with PocketSphinx.

    Raises SettingInvalid naming the missing one.
    """
    ours = resources_folder() / "speech"
    found = ModelFiles(
        acoustic=Path(acoustic) if acoustic else wheel / "en-us",
        language_model=Path(language_model) if language_model else ours / LANGUAGE_MODEL,
        dictionary=Path(dictionary) if dictionary else ours / DICTIONARY,
    )
    if not found.language_model.exists():
        found = ModelFiles(found.acoustic, wheel / "en-us.lm.bin", wheel / "cmudict-en-us.dict")
    for name, path in (
        ("acoustic_model", found.acoustic),
        ("language_model", found.language_model),
        ("dictionary", found.dictionary),
    ):
        if not path.exists():
            raise SettingInvalid(f"recogniser.embedded.{name}", f"{path.name} does not exist", "Choose another file")
    return found
