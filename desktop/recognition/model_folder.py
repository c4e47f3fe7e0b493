"""What is wrong with any model's folder: not there, no folder, not to be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from desktop.domain.errors import SettingInvalid

SETTING = "recognition.model"
AGAIN = "Download or import the model again"


@contextmanager
def looked_into(folder: Path, choose: str) -> Iterator[None]:
    """SettingInvalid where the folder, or something in it that is asked for inside, can't be read."""
    try:
        if not folder.is_dir():
            problem = "is a file, not a folder" if folder.exists() else "does not exist"
            raise SettingInvalid(SETTING, f"{folder.name} {problem}", choose)
        yield
    except OSError as error:
        name = Path(error.filename).name if isinstance(error.filename, str) else folder.name
        reason = "may not be read" if isinstance(error, PermissionError) else "can't be read"
        raise SettingInvalid(SETTING, f"{name} {reason}", "Make it readable, or import the model again") from None
