"""ONNX files are read as the library that wrote them understands them; anything else is refused."""

from __future__ import annotations

import contextlib
from pathlib import Path

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.recognition.onnx_file import NotOnnx, read_onnx
from tests.support import tiny_sherpa


@pytest.mark.parametrize("make", [tiny_sherpa.transducer, tiny_sherpa.nemo_ctc])
def test_metadata_shapes_and_names_are_those_that_were_written(tmp_path: Path, make: object) -> None:
    assert callable(make)
    for path in sorted(make(tmp_path).glob("*.onnx")):
        model, found = onnx.load(path), read_onnx(path)
        assert found.metadata == {entry.key: entry.value for entry in model.metadata_props}
        assert found.nodes == len(model.graph.node)
        for ours, theirs in ((found.inputs, model.graph.input), (found.outputs, model.graph.output)):
            shapes = {value.name: value.type.tensor_type.shape.dim for value in theirs}
            assert ours == {
                name: tuple(each.dim_value if each.HasField("dim_value") else None for each in shape)
                for name, shape in shapes.items()
            }


def test_an_empty_file_is_named_so(tmp_path: Path) -> None:
    (tmp_path / "x.onnx").touch()
    with pytest.raises(NotOnnx, match="is empty"):
        read_onnx(tmp_path / "x.onnx")


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_refused_and_nothing_else_happens(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "arbitrary.onnx"
    path.write_bytes(data)
    with pytest.raises(NotOnnx):
        read_onnx(path)


@given(st.data())
def test_a_changed_byte_is_refused_or_read(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.getbasetemp() / "changed"
    path = folder / "joiner-epoch-99-avg-1.onnx"
    if not folder.exists():
        tiny_sherpa.transducer(folder)
        path.rename(folder / "good")
    content = bytearray((folder / "good").read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    with contextlib.suppress(NotOnnx):
        assert read_onnx(path).outputs
