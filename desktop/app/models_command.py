"""`sidetone models`: what is offered and installed, and changing it; progress on a terminal, plain lines elsewhere."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import enum
import json
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from desktop.app.model_shelf import EMBEDDED, Shelf, make_installer
from desktop.dashboard import model_captions, model_rows
from desktop.domain.errors import SettingInvalid, SidetoneError
from desktop.domain.insight import Severity
from desktop.domain.speech_model import ModelState, size_in_words
from desktop.models.store import Store, managed_folders
from desktop.settings.model import Recognition
from desktop.settings.store import default_path, load, save

T = TypeVar("T")
LINE_EVERY_S = 10.0
DOING = {
    ModelState.FETCHING: "downloading",
    ModelState.VERIFYING: "checking",
    ModelState.UNPACKING: "unpacking",
    ModelState.MEASURING: "listening to a call",
}
RESUME = "Interrupted. What came so far is kept: the same command goes on from there."
NO_MANAGED = "is not set and this system names no folder"


def models_command(options: argparse.Namespace) -> int:
    """The exit status: 1 if a check found something wrong."""
    recognition = load(default_path()).recognition
    shelf = Shelf(make_installer(_managed_store() if getattr(options, "managed", False) else None))
    match options.models_command:
        case "install":
            return _install(shelf, options.names, renew=options.renew)
        case "import":
            return _import(shelf, options.path, options.name)
        case "remove":
            for name in options.names:
                shelf.remove(name, recognition, force=options.force)
                print(f"{name}: removed")
            return 0
        case "verify":
            return _verify(shelf, options.names)
        case "measure":
            return _measure(shelf, options.names, recognition)
        case "use":
            return _use(shelf, options.name)
        case _:
            return _list(shelf, recognition, as_json=getattr(options, "json", False))


def _managed_store() -> Store:
    """Writes where an administrator's models are."""
    folders = managed_folders()
    if not folders:
        raise SettingInvalid("SIDETONE_MODELS", NO_MANAGED, "Set it to a folder.")
    return Store(folders[0], ())


def _list(shelf: Shelf, recognition: Recognition, *, as_json: bool) -> int:
    standing = shelf.standing(recognition)
    if as_json:
        print(json.dumps(_plain(standing), indent=1))
        return 0
    for row in model_rows.rows(standing):
        print(f"{row.id}\n    {row.name}: {row.state}\n    {row.facts}")
        for line in (row.speed, row.note):
            if line:
                print(f"    {line}")
    head = model_rows.in_force(standing)
    print(f"\nIn force: {head.title}. {head.why}")
    if head.severity is not Severity.INFO or recognition.engine.value == EMBEDDED:
        print(head.advice)
    print(f"Yours: {shelf.store.user}")
    print("Managed: " + ", ".join(map(str, shelf.store.managed)))
    return 0


def _install(shelf: Shelf, names: list[str], *, renew: bool) -> int:
    for name in names:
        with _Progress(name) as progress:
            made = _run(shelf.installer.install(name, progress.report, renew=renew), RESUME)
        _installed(shelf, made.model.id)
    return 0


def _import(shelf: Shelf, path: Path, name: str) -> int:
    with _Progress(path.name) as progress:
        made = _run(shelf.installer.bring(path, progress.report, name=name))
    _installed(shelf, made.model.id)
    return 0


def _installed(shelf: Shelf, name: str) -> None:
    found = shelf.store.find(name)
    assert found is not None, "just installed"
    assert found.manifest is not None, "just written"
    trust = model_captions.TRUSTS[found.manifest.trust]
    print(f"{name}: installed in {found.folder} ({len(found.manifest.files)} files; {trust})")
    print(f"Use it with: sidetone models use {name}")


def _verify(shelf: Shelf, names: list[str]) -> int:
    checked = names or [each.model.id for each in shelf.store.installed()]
    if not checked:
        print("Nothing is installed.")
    bad = False
    for name in checked:
        try:
            with _Progress(name) as progress:
                found = _run(shelf.installer.verify(name, progress.report))
        except SettingInvalid as invalid:
            if names:
                raise
            print(invalid)
            bad = True
            continue
        bad = bad or bool(found)
        print(f"{name}: {'; '.join(found) if found else 'as it was installed'}")
    return int(bad)


def _measure(shelf: Shelf, names: list[str], recognition: Recognition) -> int:
    failed = False
    for name in names or [EMBEDDED, *(each.model.id for each in shelf.store.installed())]:
        try:
            with _Progress(name) as progress:
                found = _run(shelf.measure(name, recognition, progress.report))
        except SidetoneError as problem:
            if names:
                raise
            print(f"{name}: {problem}")
            failed = True
        else:
            print(f"{name}: {model_rows.speed(found)}")
    return int(failed)


def _use(shelf: Shelf, name: str) -> int:
    """What the workers of a running console load at their next start."""
    settings = load(default_path())
    wanted = shelf.chosen(name, settings.recognition)
    save(replace(settings, recognition=wanted), default_path())
    print(f"{name}: used from the next start of Sidetone on")
    return 0


def _run(work: Coroutine[Any, Any, T], interrupted: str = "") -> T:
    """Ctrl-C cancels it in order; `interrupted` is said then."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        if interrupted:
            print(f"\n{interrupted}", file=sys.stderr)
        raise


class _Progress:
    """One line that moves on a terminal; elsewhere a line now and then. All of it on stderr."""

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._name, self._clock = name, clock
        self._moves = sys.stderr.isatty()
        self._said: ModelState | None = None
        self._at = -LINE_EVERY_S

    def report(self, state: ModelState, done: int, total: int) -> None:
        """As the installer tells it."""
        now, every = self._clock(), 0.1 if self._moves else LINE_EVERY_S
        if state is self._said and now - self._at < every and not (total and done >= total):
            return
        if state is self._said and not self._moves and done >= total:
            return
        self._said, self._at = state, now
        share = f" {done * 100 // total} %" if total else ""
        of = f" ({size_in_words(done)} of {size_in_words(total)})" if total and done else ""
        text = f"{self._name}: {DOING.get(state, state.value)}{share}{of}"
        print(f"\r\x1b[2K{text}" if self._moves else text, end="" if self._moves else "\n", file=sys.stderr, flush=True)

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._moves and self._said is not None:
            print("\r\x1b[2K", end="", file=sys.stderr, flush=True)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value.value if isinstance(value, enum.Enum) else value
