"""What an ONNX file says about itself, read without loading its weights and without any ONNX library.

Native code that is given a damaged model may end the process, so files are looked at here first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # protobuf's wire types
_GRAPH, _METADATA = 7, 14  # of ModelProto
_NODE, _INPUT, _OUTPUT = 1, 11, 12  # of GraphProto
_LONGEST_TEXT = 1 << 20  # a name, a value or a description of a tensor; weights are skipped, not read


class NotOnnx(Exception):
    """The file is no ONNX model, or a part of it is missing; the message says which."""


@dataclass(slots=True)
class OnnxFile:
    """Shapes have None where the model leaves a dimension open."""

    metadata: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, tuple[int | None, ...]] = field(default_factory=dict)
    outputs: dict[str, tuple[int | None, ...]] = field(default_factory=dict)
    nodes: int = 0


def read_onnx(path: Path) -> OnnxFile:
    """Raises NotOnnx, or OSError when the file can't be read."""
    found = OnnxFile()
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        if not size:
            raise NotOnnx("is empty")
        for number, length in _fields(file, size):
            if number == _GRAPH:
                _graph(file, file.tell() + length, found)
            elif number == _METADATA:
                key, value = _pair(_text(file, length))
                found.metadata[key] = value
    if not found.nodes or not found.outputs:
        raise NotOnnx("is no ONNX model")
    return found


def _graph(file: BinaryIO, end: int, found: OnnxFile) -> None:
    for number, length in _fields(file, end):
        found.nodes += number == _NODE
        if number in (_INPUT, _OUTPUT):
            name, shape = _tensor(_text(file, length))
            (found.inputs if number == _INPUT else found.outputs)[name] = shape


def _fields(file: BinaryIO, end: int) -> Iterator[tuple[int, int]]:
    """Number and length of each field that has a length; whatever of it isn't read is skipped."""
    while (at := file.tell()) < end:
        key = _varint(file)
        number, wire = key >> 3, key & 7
        if not number or wire not in (_VARINT, _FIXED64, _BYTES, _FIXED32):
            raise NotOnnx("is no ONNX model")
        if wire == _VARINT:
            _varint(file)
            continue
        length = _varint(file) if wire == _BYTES else 8 if wire == _FIXED64 else 4
        after = file.tell() + length
        if after > end:
            raise NotOnnx("is damaged: its end is missing" if at else "is no ONNX model")
        if wire == _BYTES:
            yield number, length
        file.seek(after)


def _varint(file: BinaryIO) -> int:
    value = 0
    for shift in range(0, 70, 7):
        byte = file.read(1)
        if not byte:
            raise NotOnnx("is damaged: its end is missing")
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    raise NotOnnx("is no ONNX model")


def _text(file: BinaryIO, length: int) -> bytes:
    if length > _LONGEST_TEXT:
        raise NotOnnx("is no ONNX model")
    return file.read(length)


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    file = BytesIO(data)
    for number, length in _fields(file, len(data)):
        yield number, file.read(length)


def _pair(data: bytes) -> tuple[str, str]:
    parts = dict(_parts(data))
    return _decoded(parts.get(1, b"")), _decoded(parts.get(2, b""))


def _tensor(data: bytes) -> tuple[str, tuple[int | None, ...]]:
    """Name and shape of a ValueInfoProto: type (2), tensor type (1), shape (2), dimensions (1)."""
    name, dimensions = "", []
    for number, part in _parts(data):
        if number == 1:
            name = _decoded(part)
        elif number == 2:
            for shape in _inner(_inner([part], 1), 2):
                dimensions = [_dimension(each) for each in _inner([shape], 1)]
    return name, tuple(dimensions)


def _inner(messages: list[bytes], wanted: int) -> list[bytes]:
    return [part for message in messages for number, part in _parts(message) if number == wanted]


def _dimension(data: bytes) -> int | None:
    """A number (field 1) or, as None, a name."""
    return _varint(BytesIO(data[1:])) if data[:1] == b"\x08" else None


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise NotOnnx("is no ONNX model") from None
