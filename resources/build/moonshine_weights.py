"""The weights in Moonshine's exported models, by the layers that they belong to (`/layers.0/mlp/fc1`)."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime
from onnx import GraphProto, numpy_helper


class Matrix(NamedTuple):
    """Weights in 8 bits, shape (from, to): (values - zero) * scale. One scale and one zero, or one a column."""

    values: np.ndarray
    scale: np.ndarray
    zero: np.ndarray


def beside_each_other(matrices: list[Matrix]) -> Matrix:
    """One layer of several that hear the same."""
    widths = [each.values.shape[1] for each in matrices]
    scale = np.repeat([each.scale for each in matrices], widths)
    zero = np.repeat([each.zero for each in matrices], widths)
    return Matrix(np.concatenate([each.values for each in matrices], 1), scale, zero)


class Weights:
    """Of one model, in ONNX Runtime's own format. `suffix`: what the export put behind the names of vectors."""

    def __init__(self, content: bytes, suffix: str = "") -> None:
        self._suffix = suffix
        self._values: dict[str, np.ndarray] = {}
        self._used: dict[str, list[str]] = {}
        self._read(_graph(content))

    def named(self, name: str) -> np.ndarray:
        """What the export calls so."""
        return self._values[name]

    def vector(self, layer: str, kind: str = "weight") -> np.ndarray:
        """A layer's weights or its bias, shape (n,)."""
        return self._values[f"{layer.strip('/').replace('/', '.')}.{kind}{self._suffix}"]

    def matrix(self, layer: str) -> Matrix:
        """A linear layer's, which the export named by numbers."""
        used = self._used[f"{layer}/MatMul_quant"]
        (name,) = (name for name in used if name.endswith("_quantized") and name in self._values)
        base = name.removesuffix("_quantized")
        return Matrix(self._values[name], self._values[f"{base}_scale"], self._values[f"{base}_zero_point"])

    def _read(self, graph: GraphProto) -> None:
        self._values |= {each.name: numpy_helper.to_array(each) for each in graph.initializer}
        for node in graph.node:
            self._used[node.name] = list(node.input)
            for attribute in node.attribute:
                if attribute.name == "else_branch":  # of the first step, which has all weights
                    self._read(attribute.g)


def _graph(content: bytes) -> GraphProto:
    """ONNX Runtime writes what it reads in either format."""
    with tempfile.TemporaryDirectory() as folder:
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.optimized_model_filepath = os.fspath(Path(folder) / "model.onnx")
        options.add_session_config_entry("session.save_model_format", "ONNX")
        options.log_severity_level = 4
        onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        return onnx.load(options.optimized_model_filepath).graph
