"""An import-linter contract for one room of the house: only what is listed may be imported, all else is forbidden.

The built-in `forbidden` type lists what must not come in, so a new dependency or a new room is welcome everywhere
until somebody thinks of it. Here it is the other way round: it needs an entry. Direct imports are judged (each room
has its own contract, so chains need no extra rule), those under TYPE_CHECKING and inside functions included.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from grimp import ImportGraph
from importlinter.application import output
from importlinter.domain import fields
from importlinter.domain.contract import Contract, ContractCheck

_NAMES = """
    __future__ abc array base64 binascii bisect collections copy dataclasses datetime decimal difflib email enum
    fractions functools hashlib heapq hmac html ipaddress itertools json math operator re statistics string struct sys
    textwrap types typing unicodedata urllib uuid weakref zlib
"""
PURE_STDLIB = frozenset(_NAMES.split())
"""What a room without clocks, I/O, randomness and concurrency may use of the standard library. The few doors to the
world that remain in these (`datetime.now`, `uuid4`, `urlopen`) are closed by test_hygiene."""


class WordsField(fields.Field[frozenset[str]]):
    """Names separated by blanks or line breaks."""

    def parse(self, raw_data: str | list[str]) -> frozenset[str]:
        lines = [raw_data] if isinstance(raw_data, str) else raw_data
        return frozenset(word for line in lines for word in line.split())


class RoomContract(Contract):
    """
    Options:
        - room:    the package the contract is about (all its modules), or a module.
        - alone:   true: the module itself, without what is below it.
        - rooms:   the packages or modules of the same project that it may import.
        - foreign: the installed packages that it may import (top-level names).
        - pure:    true: of the standard library, only PURE_STDLIB.
        - never:   modules refused whatever the other options say, of this project or the standard library.
    """

    type_name = "room"

    room = fields.StringField()
    alone = fields.BooleanField(required=False, default=False)
    rooms: frozenset[str] = WordsField(required=False, default=frozenset())  # type: ignore[assignment]
    foreign: frozenset[str] = WordsField(required=False, default=frozenset())  # type: ignore[assignment]
    pure = fields.BooleanField(required=False, default=False)
    never: frozenset[str] = WordsField(required=False, default=frozenset())  # type: ignore[assignment]

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        room = str(self.room)
        project = room.split(".", 1)[0]
        own = [name for name in (room, *self.rooms, *self.never) if is_in(name, project)]
        if absent := sorted(set(own) - set(graph.modules)):
            raise ValueError(f"contract '{self.name}' names modules that do not exist: {', '.join(absent)}")
        modules = {room} if self.alone else {room, *graph.find_descendants(room)}
        offences = [
            (importer, imported, graph.get_import_details(importer=importer, imported=imported))
            for importer in sorted(modules)
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if not self.allows(imported, project)
        ]
        return ContractCheck(kept=not offences, metadata={"offences": offences})

    def allows(self, imported: str, project: str) -> bool:
        """Whether the room may import this module."""
        if any(is_in(imported, name) for name in self.never):
            return False
        if is_in(imported, project):
            if imported == project:
                return project in self.rooms
            inside = not self.alone and is_in(imported, str(self.room))
            return inside or any(is_in(imported, name) for name in self.rooms if name != project)
        if imported in sys.stdlib_module_names:
            return not self.pure or imported in PURE_STDLIB
        return imported in self.foreign

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in offence_lines(check):
            output.print_error(line, bold=False)
        output.new_line()


def is_in(module: str, package: str) -> bool:
    """Whether a dotted name is that package or below it."""
    return module == package or module.startswith(package + ".")


def offence_lines(check: ContractCheck) -> Iterator[str]:
    """`importer -> imported (l.3, l.7)` for each forbidden import."""
    for importer, imported, details in check.metadata["offences"]:
        places = ", ".join(f"l.{detail['line_number']}" for detail in details)
        yield f"-   {importer} -> {imported} ({places})"
