"""The folders that hold installed models: the user's own, and those that an administrator manages (kiosks).

A model is a folder: `<id>/manifest.json` and `<id>/model/...` as Sidetone installs it, or in a managed place any folder
that an engine can load. It appears and goes by one rename, so that nobody ever sees half of one.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from desktop.domain.errors import SettingInvalid
from desktop.domain.speech_model import EngineKind, SpeechModel
from desktop.models.manifest import FILE, INSIDE, Check, Manifest, differences, read_manifest, write_manifest
from desktop.models.survey import survey

VARIABLE = "SIDETONE_MODELS"
"""Names the managed folder instead of the system's (several: separated as in PATH)."""
STAGING = ".staging"
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}", re.IGNORECASE)
_IN_USE = "Close Sidetone, or choose another model first."


@dataclass(frozen=True, slots=True)
class Installed:
    """A model on this disk. `problem` says why it can't be used."""

    folder: Path
    model: SpeechModel
    managed: bool
    manifest: Manifest | None = None
    root: Path | None = None  # what the engine loads
    problem: str = ""


def user_folder() -> Path:
    """Where this user's own models go."""
    return platformdirs.user_data_path("sidetone", appauthor=False) / "models"


def managed_folders() -> tuple[Path, ...]:
    """Where an administrator may put them for everybody: /usr/share/sidetone/models and the like."""
    if chosen := os.environ.get(VARIABLE):
        return tuple(Path(each) for each in chosen.split(os.pathsep) if each)
    bases = platformdirs.site_data_dir("sidetone", appauthor=False, multipath=True)
    return tuple(Path(each) / "models" for each in bases.split(os.pathsep))


@dataclass(frozen=True, slots=True)
class Store:
    """`user` is written to; `managed` only read. What an administrator placed comes first."""

    user: Path = field(default_factory=user_folder)
    managed: tuple[Path, ...] = field(default_factory=managed_folders)

    def installed(self) -> list[Installed]:
        """All of them, by id. Quick: no file is read but the manifests."""
        found: dict[str, Installed] = {}
        for folder, managed in [(each, True) for each in self.managed] + [(self.user, False)]:
            for place in _folders(folder):
                found.setdefault(place.name, _look(place, managed=managed))
        return sorted(found.values(), key=lambda each: each.model.id)

    def find(self, name: str) -> Installed | None:
        """The model of that id."""
        if not is_id(name):
            return None
        for folder, managed in [(each, True) for each in self.managed] + [(self.user, False)]:
            if (folder / name).is_dir():
                return _look(folder / name, managed=managed)
        return None

    def staging(self, name: str) -> Path:
        """An empty folder to make a model in. Whoever asks holds the lock of that name."""
        folder = self.user / STAGING / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def adopt(self, staged: Path, manifest: Manifest) -> Installed:
        """What `staged` holds (`model/`) becomes the model; an older one of that id is replaced."""
        write_manifest(manifest, staged)
        sync_folders(staged)
        place = self.user / manifest.model.id
        old = self.user / STAGING / f"{manifest.model.id}.old"
        shutil.rmtree(old, ignore_errors=True)
        with _said(place):
            if place.exists():
                os.replace(place, old)
            os.replace(staged, place)
        _sync(self.user)
        shutil.rmtree(old, ignore_errors=True)
        return _look(place, managed=False)

    def remove(self, name: str) -> None:
        """SettingInvalid if there is none, or an administrator placed it."""
        found = self.find(name)
        if found is None:
            raise SettingInvalid(name, "is not installed", "See: sidetone models list")
        if found.managed:
            problem = f"is managed: an administrator put it into {found.folder.parent}"
            raise SettingInvalid(name, problem, "Only an administrator can remove it there.")
        gone = self.user / STAGING / f"{name}.removed"
        shutil.rmtree(gone, ignore_errors=True)
        gone.parent.mkdir(parents=True, exist_ok=True)
        with _said(found.folder):
            os.replace(found.folder, gone)
        shutil.rmtree(gone, ignore_errors=True)

    def verify(self, name: str, check: Check = lambda: None) -> list[str]:
        """What differs from the manifest; empty when all is well. SettingInvalid where nothing can be compared."""
        found = self.find(name)
        if found is None:
            raise SettingInvalid(name, "is not installed", "See: sidetone models list")
        if found.manifest is None:
            problem = found.problem or "has no manifest, so there is nothing to compare it with"
            raise SettingInvalid(name, problem, "Import it with: sidetone models import")
        return differences(found.manifest, found.folder / INSIDE, check)


def find_model(name_or_folder: str, engine: EngineKind, store: Store | None = None) -> Path:
    """The folder that `engine` loads, for `[recognition] model`: an installed model's name, or a folder.

    SettingInvalid names what is wrong and what to do.
    """
    setting = "recognition.model"
    if not name_or_folder:
        raise SettingInvalid(setting, "is empty", f"{engine.value} needs one. See: sidetone models list")
    found = (store or Store()).find(name_or_folder)
    if found is not None:
        if found.problem or found.root is None:
            raise SettingInvalid(setting, f"{name_or_folder} {found.problem}", "Install it again.")
        if found.model.engine is not engine:
            problem = f"{name_or_folder} is a model for {found.model.engine.value}, not {engine.value}"
            raise SettingInvalid(setting, problem, f"Set engine to {found.model.engine.value}.")
        return found.root
    folder = Path(name_or_folder).expanduser()
    if not folder.is_dir():
        problem = f"{name_or_folder} is neither installed nor a folder"
        raise SettingInvalid(setting, problem, f"Install it with: sidetone models install {folder.name}")
    try:
        return survey(folder, engine)[1]
    except SettingInvalid as invalid:
        raise SettingInvalid(setting, f"{invalid.path} {invalid.problem}", invalid.hint) from None


def is_id(name: str) -> bool:
    """Whether this can be a model's id: one folder's name, nothing clever."""
    return _ID.fullmatch(name) is not None and ".." not in name and not name.endswith(".")


def sync_folders(root: Path) -> None:
    """Names to disk as well, not only contents."""
    for folder in (root, *(each for each in root.rglob("*") if each.is_dir())):
        _sync(folder)


def _sync(folder: Path) -> None:
    with contextlib.suppress(OSError):  # Windows opens no folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _folders(folder: Path) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        yield from (each for each in sorted(folder.iterdir()) if is_id(each.name) and each.is_dir())


def _look(place: Path, *, managed: bool) -> Installed:
    manifest, name = None, SpeechModel(place.name, EngineKind.EMBEDDED)
    try:
        manifest = read_manifest(place)
        if manifest is None and not managed and not (place / FILE).exists():
            raise SettingInvalid(place.name, "has no manifest", "Remove it and install it again.")
        engine, root = survey(place / INSIDE if manifest else place, manifest.model.engine if manifest else None)
    except (SettingInvalid, OSError) as problem:
        said = problem.problem if isinstance(problem, SettingInvalid) else f"can't be read ({type(problem).__name__})"
        return Installed(place, manifest.model if manifest else name, managed, manifest, None, said)
    return Installed(place, manifest.model if manifest else SpeechModel(place.name, engine), managed, manifest, root)


@contextlib.contextmanager
def _said(place: Path) -> Iterator[None]:
    """Windows moves no folder whose files somebody has open."""
    try:
        yield
    except PermissionError:
        raise SettingInvalid(place.name, "can't be replaced or removed now", _IN_USE) from None
    except OSError as error:
        problem = f"can't be written ({type(error).__name__})"
        raise SettingInvalid(str(place), problem, "Check the folder and its disk.") from None
