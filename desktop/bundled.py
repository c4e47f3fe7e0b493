"""The one door to what comes with Sidetone: its resources, in a checkout, an installed package or a frozen folder."""

from __future__ import annotations

import os
from pathlib import Path

from desktop.domain.errors import SettingInvalid

RESOURCES_VARIABLE = "SIDETONE_RESOURCES"
_HERE = Path(__file__).resolve().parent


def resources_folder(here: Path = _HERE) -> Path:
    """The environment's choice, else beside this module (wheel, frozen application), else beside `desktop` (checkout).

    Raises SettingInvalid when none of them is a folder.
    """
    chosen = os.environ.get(RESOURCES_VARIABLE)
    candidates = [Path(chosen)] if chosen else [here / "resources", here.parent / "resources"]
    for folder in candidates:
        if folder.is_dir():
            return folder
    raise SettingInvalid(RESOURCES_VARIABLE, "the resources folder was not found", "Set it to the folder's path")
