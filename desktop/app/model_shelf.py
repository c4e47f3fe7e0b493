"""Everything about speech models in one place, for the command line and the window: what is offered, installed, in
force, how fast it is here; and the ways to change that."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from desktop.app.machine import fingerprint
from desktop.bundled import resources_folder
from desktop.domain.errors import SettingInvalid
from desktop.domain.speech_model import (
    EngineKind,
    ModelStanding,
    ModelState,
    RecognitionStanding,
    SpeechModel,
    Speed,
    Trust,
)
from desktop.models.aside import aside
from desktop.models.catalogue import Catalogue, read_catalogue
from desktop.models.fetch import Fetcher
from desktop.models.install import Installer, Report, quiet
from desktop.models.store import Installed, Store, find_model
from desktop.settings.measured import load_measured, measured_path, save_measured
from desktop.settings.model import Recognition
from desktop.sources.trust import client_context

EMBEDDED = "embedded"
PACKAGES = {EngineKind.SHERPA: ("sherpa_onnx", "sherpa"), EngineKind.VOSK: ("vosk", "vosk")}
"""Engine -> its Python package, and the extra that brings it."""
_NO_PACKAGE = "needs a package: pip install 'sidetone[{extra}]'"
_NOT_PACKED = "is not in this packaged Sidetone"
_IN_USE = "is what the settings use"


def make_installer(store: Store | None = None) -> Installer:
    """With the catalogue that comes along, the system's trust and its proxy."""
    catalogue = read_catalogue(resources_folder() / "models" / "catalogue.toml")
    return Installer(store or Store(), catalogue, Fetcher(client_context()))


def engine_runs(engine: EngineKind, *, frozen: bool = bool(getattr(sys, "frozen", False))) -> str:
    """Empty if its package is here, else what to do about it."""
    if engine not in PACKAGES:
        return ""
    package, extra = PACKAGES[engine]
    if importlib.util.find_spec(package) is not None:
        return ""
    return _NOT_PACKED if frozen else _NO_PACKAGE.format(extra=extra)


@dataclass(frozen=True, slots=True)
class Shelf:
    """`measured`: the file in which speeds are kept."""

    installer: Installer = field(default_factory=make_installer)
    measured: Path = field(default_factory=measured_path)

    @property
    def store(self) -> Store:
        """Where models are."""
        return self.installer.store

    @property
    def catalogue(self) -> Catalogue:
        """What is offered."""
        return self.installer.catalogue

    # ---- what there is -------------------------------------------------------------------------------------------

    def standing(self, recognition: Recognition) -> RecognitionStanding:
        """All models, those that are here first. Reads folders and a file: not for the window's thread."""
        machine = fingerprint()
        here = {each.model.id: self._installed(each, recognition, machine) for each in self.store.installed()}
        offered = [self._offered(offer.id, offer.model, recognition, machine) for offer in self.catalogue.offers]
        rest = [each for each in offered if each.model.id not in here]
        models = [each for each in rest if each.model.id == EMBEDDED] + list(here.values())
        models += [each for each in rest if each.model.id != EMBEDDED]
        problem = self._problem(recognition)
        return RecognitionStanding(recognition.engine, recognition.model, problem, tuple(models))

    def _installed(self, each: Installed, recognition: Recognition, machine: str) -> ModelStanding:
        offer = self.catalogue.find(each.model.id)
        model = offer.model if offer and each.manifest is None else each.model
        return ModelStanding(
            model,
            ModelState.DAMAGED if each.problem else ModelState.INSTALLED,
            managed=each.managed,
            in_force=in_force(model, recognition),
            place=str(each.folder),
            trust=each.manifest.trust if each.manifest else None,
            speed=load_measured(self.measured, machine, _key(each), Speed),
            problem=each.problem,
            runs=engine_runs(model.engine),
        )

    def _offered(self, name: str, model: SpeechModel, recognition: Recognition, machine: str) -> ModelStanding:
        used, offer = in_force(model, recognition), self.catalogue.find(name)
        states_sum = offer is not None and bool(offer.sha256 or offer.checksums)
        trust = Trust.PUBLISHED if states_sum else Trust.FIRST_USE
        if name == EMBEDDED:
            speed = load_measured(self.measured, machine, _EMBEDDED_KEY, Speed)
            return ModelStanding(model, ModelState.INSTALLED, in_force=used, speed=speed)
        part = self.installer.part(name)
        note = part.note if part.size else None
        if note is None:
            return ModelStanding(model, ModelState.OFFERED, in_force=used, trust=trust, runs=engine_runs(model.engine))
        return ModelStanding(
            model,
            ModelState.PARTIAL,
            in_force=used,
            done_bytes=part.size,
            total_bytes=note.total,
            trust=trust,
            runs=engine_runs(model.engine),
        )

    def _problem(self, recognition: Recognition) -> str:
        """Why the settings' choice can't be loaded, as far as that can be seen without loading it."""
        engine = recognition.engine
        if engine not in PACKAGES:
            return ""
        if runs := engine_runs(engine):
            return f"{engine.value} {runs}."
        try:
            find_model(recognition.model, engine, self.store)
        except SettingInvalid as invalid:
            return f"{invalid.problem}. {invalid.hint}"
        return ""

    # ---- what can be done ----------------------------------------------------------------------------------------

    def chosen(self, name: str, recognition: Recognition) -> Recognition:
        """The settings that use this model. SettingInvalid if they couldn't be."""
        if name == EMBEDDED:
            return replace(recognition, engine=EngineKind.EMBEDDED, model="", language="en-US")
        found = self.store.find(name)
        if found is None:
            raise SettingInvalid(name, "is not installed", f"Install it with: sidetone models install {name}")
        engine = found.model.engine
        if found.problem:
            raise SettingInvalid(name, found.problem, "Install it again.")
        if runs := engine_runs(engine):
            raise SettingInvalid(engine.value, runs, "Then choose it again.")
        return replace(recognition, engine=engine, model=name, language=found.model.language or recognition.language)

    async def measure(self, name: str, recognition: Recognition, report: Report = quiet) -> Speed:
        """Run it on a scripted call and keep what it needed. SettingInvalid says why it can't be run."""
        from desktop.app.model_trial import try_model  # loads every adapter: not for a mere list

        wanted = self.chosen(name, recognition)
        report(ModelState.MEASURING, 0, 0)

        def work(check: Callable[[], None]) -> Speed:
            speed = try_model(wanted, check)
            found = self.store.find(name)
            key = _EMBEDDED_KEY if found is None else _key(found)
            save_measured(self.measured, fingerprint(), key, speed)
            return speed

        return await aside(work)

    def remove(self, name: str, recognition: Recognition, *, force: bool = False) -> None:
        """SettingInvalid if it can't be removed, or is in use and nobody insists."""
        found = self.store.find(name)
        if found is not None and in_force(found.model, recognition) and not force:
            raise SettingInvalid(name, _IN_USE, "Choose another model first, or insist with --force.")
        if found is None and self.installer.part(name).size:
            self.installer.part(name).discard()
            return
        self.store.remove(name)


def in_force(model: SpeechModel, recognition: Recognition) -> bool:
    """Whether the settings name this one."""
    if recognition.engine is EngineKind.EMBEDDED or model.engine is EngineKind.EMBEDDED:
        return recognition.engine is model.engine
    return (recognition.engine, recognition.model) == (model.engine, model.id)


_EMBEDDED_KEY = "model:embedded"


def _key(each: Installed) -> str:
    """By content where that is known; else by what the folder looks like."""
    if each.manifest is not None:
        return f"model:{each.manifest.checksum}"
    files = sorted(path for path in each.folder.rglob("*") if path.is_file())
    seen = "".join(f"{path.relative_to(each.folder)} {path.stat().st_size}\n" for path in files)
    return f"model:{each.model.id}:{hashlib.sha256(seen.encode()).hexdigest()}"
