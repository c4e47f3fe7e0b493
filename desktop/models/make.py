"""Makes an installed model of an archive or a folder: unpacked, recognised, summed, moved to its place."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

from desktop.domain.errors import SettingInvalid
from desktop.domain.speech_model import SpeechModel, Trust
from desktop.models.bounds import Bounds, Free, check_room, free_bytes
from desktop.models.manifest import INSIDE, Manifest, sums
from desktop.models.store import Installed, Store
from desktop.models.survey import survey
from desktop.models.unpack import Tick, Unpacker

_PIECE = 1 << 20
_ODD = re.compile(r"[^a-zA-Z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Source:
    """What a model is made of. `known` False: its engine is whatever its files are for."""

    model: SpeechModel
    origin: str  # an address, or the name of what was brought
    digest: str  # SHA-256 of the archive; empty for a folder
    trust: Trust
    known: bool = True


@dataclass(frozen=True, slots=True)
class Maker:
    """Synchronous; `tick` is called with (bytes done, bytes altogether) and may raise to end it."""

    store: Store
    bounds: Bounds = field(default_factory=Bounds)
    free: Free = free_bytes

    def make(self, path: Path, source: Source, staged: Path, at: str, tick: Tick) -> Installed:
        """`staged`: an empty folder of the store's. SettingInvalid names the model where it is the model's fault."""
        raw = staged / "raw"
        raw.mkdir()
        try:
            if path.is_dir():
                self._copy(path, raw, tick)
            else:
                Unpacker(path, raw, self.bounds, self.free, tick).run()
            engine, root = survey(raw, source.model.engine if source.known else None)
        except SettingInvalid as invalid:
            ours = invalid.path in (raw.name, path.name, path.stem)
            raise SettingInvalid(source.model.id if ours else invalid.path, invalid.problem, invalid.hint) from None
        root.rename(staged / INSIDE)
        shutil.rmtree(raw, ignore_errors=True)
        files = sums(staged / INSIDE, lambda: tick(0, 0))
        size = source.model.size_bytes or sum(each.size for each in files)
        model = replace(source.model, engine=engine, size_bytes=size)
        for each in files:
            _sync(staged / INSIDE / each.path)
        return self.store.adopt(staged, Manifest(model, source.origin, source.digest, source.trust, at, files))

    def _copy(self, folder: Path, into: Path, tick: Tick) -> None:
        """Plain files, also behind links to files; folders behind links are left out, as they may go round."""
        found = [
            Path(where, name) for where, _, names in os.walk(folder) for name in names if Path(where, name).is_file()
        ][: self.bounds.files + 1]
        total, done = sum(each.stat().st_size for each in found), 0
        if len(found) > self.bounds.files or total > self.bounds.unpacked_bytes:
            raise SettingInvalid(folder.name, "is more than a speech model has", "Choose the model's own folder.")
        check_room(self.store.user, total, self.bounds, self.free)
        for each in found:
            place = into / each.relative_to(folder)
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                with each.open("rb") as source, place.open("wb") as out:
                    while piece := source.read(_PIECE):
                        out.write(piece)
                        done += len(piece)
                        tick(done, total)
            except OSError as problem:
                said = f"can't be copied ({problem.strerror or type(problem).__name__})"
                raise SettingInvalid(each.name, said, "Check the file, and the room on the disk.") from None


def slug(name: str) -> str:
    """A model's id of a file's or folder's name."""
    return _ODD.sub("-", name).strip("-.")[:100]


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
