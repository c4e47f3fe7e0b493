"""Draws Moonshine's two graphs anew around the same weights: as exported from PyTorch they spend much of their time on
working out shapes, on filling heads up to 40 numbers and on copying what the decoder knows of the sound.

The encoder makes of `sound` (1, samples) what each layer of the decoder asks it for: `sound_key0`, `sound_value0` ...
(1, heads, states, size). The decoder makes of that, of `pieces` (rows, many) and of what it kept of those before them
(`key0`, `value0` ... (rows, heads, before, size), nothing before the first) the `scores` (rows, many, vocabulary) of
what comes next, and `new_key0` ... to keep. All rows hear the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from moonshine_weights import Matrix, Weights, beside_each_other
from onnx import ModelProto, TensorProto, ValueInfoProto, helper, numpy_helper

LAYERS, WIDTH, HEADS, HEAD = 6, 288, 8, 36
ROTATED = 32  # of a head's numbers, pair by pair
PIECES = 32_768
DECODER = "/model/decoder"
_EPSILON = 1e-5
_SCALE = HEAD**-0.5
_HIDDEN = -1e9


class Drawing:
    """A graph that grows: methods add operations and return the name of what comes out (of the first, if more)."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, value: Any) -> str:
        """A number or an array of a type that ONNX has."""
        name = f"constant{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def integers(self, *values: int) -> str:
        """Shape (n,)."""
        return self.constant(np.array(values, np.int64))

    def add(self, kind: str, *inputs: str, outputs: list[str] | None = None, **attributes: Any) -> str:
        """One of ONNX's operations."""
        return self._add(kind, "", inputs, outputs, attributes)

    def own(self, kind: str, *inputs: str, outputs: list[str] | None = None, **attributes: Any) -> str:
        """One of ONNX Runtime's own."""
        return self._add(kind, "com.microsoft", inputs, outputs, attributes)

    def _add(
        self, kind: str, domain: str, inputs: tuple[str, ...], outputs: list[str] | None, attributes: dict[str, Any]
    ) -> str:
        outputs = outputs or [self.fresh()]
        self._nodes.append(
            helper.make_node(kind, inputs, outputs, f"{kind}{len(self._nodes)}", domain=domain, **attributes)
        )
        return outputs[0]

    def fresh(self) -> str:
        """A name that nothing has yet."""
        return f"made{len(self._nodes)}"

    def split(self, value: str, many: int, axis: int = -1) -> list[str]:
        """Into so many parts."""
        parts = [f"{self.fresh()}part{number}" for number in range(many)]
        self.add("Split", value, outputs=parts, axis=axis, num_outputs=many)
        return parts

    def linear(self, value: str, matrix: Matrix, bias: np.ndarray | None = None) -> str:
        """In 8 bits."""
        constants = [self.constant(each) for each in matrix]
        return self.own("DynamicQuantizeMatMul", value, *constants, "" if bias is None else self.constant(bias))

    def joined(self, value: str, more: str, weight: np.ndarray) -> tuple[str, str]:
        """Their sum, normalised, and their sum."""
        normal = self.fresh()
        outputs = [normal, "", "", f"{normal}sum"]
        self.own("SkipLayerNormalization", value, more, self.constant(weight), outputs=outputs, epsilon=_EPSILON)
        return normal, outputs[3]

    def normal(self, value: str, weight: np.ndarray) -> str:
        """A layer normalised."""
        return self.add("LayerNormalization", value, self.constant(weight), axis=-1, epsilon=_EPSILON)

    def size(self, value: str, axis: int) -> str:
        """Shape (1,)."""
        return self.add("Shape", value, start=axis, end=axis + 1)

    def count(self, to: str, step: int = 1) -> str:
        """0, step ... below `to`, which has the shape (1,)."""
        end = self.add("Squeeze", to, self.integers(0))
        return self.add("Range", self.constant(np.int64(0)), end, self.constant(np.int64(step)))

    def row(self, value: str) -> str:
        """(n,) as (1, n)."""
        return self.add("Unsqueeze", value, self.integers(0))

    def column(self, value: str) -> str:
        """(n,) as (n, 1)."""
        return self.add("Unsqueeze", value, self.integers(1))

    def model(self, name: str, inputs: list[ValueInfoProto], outputs: list[ValueInfoProto]) -> ModelProto:
        """The whole."""
        graph = helper.make_graph(self._nodes, name, inputs, outputs, self._constants)
        versions = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(graph, producer_name="sidetone", opset_imports=versions, ir_version=9)


class Rotation:
    """Turns a head's pairs of numbers by their place in the utterance. `first`: the place of the first, shape (1,)."""

    def __init__(self, drawing: Drawing, places: str, first: str) -> None:
        self._drawing, self._first = drawing, first
        speeds = 10_000.0 ** -(np.arange(0, ROTATED, 2, dtype=np.float32) / ROTATED)
        place = drawing.column(drawing.add("Cast", drawing.count(places), to=TensorProto.FLOAT))
        angles = drawing.add("Mul", place, drawing.constant(speeds[np.newaxis]))
        self._tables = drawing.add("Cos", angles), drawing.add("Sin", angles)

    def __call__(self, value: str) -> str:
        """Shape (rows, many, width)."""
        fed = [value, self._first, *self._tables]
        return self._drawing.own("RotaryEmbedding", *fed, interleaved=1, num_heads=HEADS, rotary_embedding_dim=ROTATED)


def encoder(heard: Weights, written: Weights) -> ModelProto:
    """Of the exported encoder's weights, and of those by which the decoder asks."""
    draw = Drawing()
    value = draw.row(_stem(draw, heard))
    turned = Rotation(draw, draw.size(value, 1), draw.integers(0))
    normal = draw.normal(value, heard.vector("/layers.0/input_layernorm"))
    for number in range(LAYERS):
        at = f"/layers.{number}"
        asked = beside_each_other([heard.matrix(f"{at}/self_attn/{kind}_proj") for kind in "qkv"])
        query, key, said = draw.split(draw.linear(normal, asked), 3)
        seen = draw.own("MultiHeadAttention", turned(query), turned(key), said, num_heads=HEADS, scale=_SCALE)
        seen = draw.linear(seen, heard.matrix(f"{at}/self_attn/o_proj"))
        normal, value = draw.joined(value, seen, heard.vector(f"{at}/post_attention_layernorm"))
        wide = draw.linear(normal, heard.matrix(f"{at}/mlp/fc1"), heard.vector(f"{at}/mlp/fc1", "bias"))
        narrow = draw.own("Gelu", wide)
        narrow = draw.linear(narrow, heard.matrix(f"{at}/mlp/fc2"), heard.vector(f"{at}/mlp/fc2", "bias"))
        after = f"/layers.{number + 1}/input_layernorm" if number + 1 < LAYERS else "/layer_norm"
        normal, value = draw.joined(value, narrow, heard.vector(after))
    layers = [f"{DECODER}/layers.{number}/encoder_attn" for number in range(LAYERS)]
    kept = beside_each_other([written.matrix(f"{layer}/{kind}_proj") for layer in layers for kind in "kv"])
    heads = draw.add("Reshape", draw.linear(normal, kept), draw.integers(-1, 2 * LAYERS, HEADS, HEAD))
    names = _names("sound_")
    draw.add("Split", draw.add("Transpose", heads, perm=[1, 2, 0, 3]), outputs=names, axis=0, num_outputs=len(names))
    sound = _floats("sound", 1, "samples")
    return draw.model("moonshine encoder", [sound], [_floats(name, 1, HEADS, "states", HEAD) for name in names])


def _stem(draw: Drawing, heard: Weights) -> str:
    """Three convolutions: of the sound its states, shape (states, width)."""
    kernel = heard.named("conv1.weight_add_tensor")
    strides = {"strides": [64], "kernel_shape": [kernel.shape[2]]}
    value = draw.add("Tanh", draw.add("Conv", draw.column("sound"), draw.constant(kernel), **strides))
    flat = draw.add("Reshape", value, draw.integers(1, 1, -1))
    one, none = draw.constant(np.ones(1, np.float32)), draw.constant(np.zeros(1, np.float32))
    flat = draw.add("InstanceNormalization", flat, one, none, epsilon=_EPSILON)
    value = draw.add("Transpose", draw.add("Reshape", flat, draw.integers(WIDTH, -1)), perm=[1, 0])
    kernel, bias = heard.named("conv2.weight_add_tensor"), heard.vector("/conv2", "bias")
    gain, offset = heard.named("onnx::Mul_2080").ravel(), heard.named("onnx::Add_2081").ravel()  # of the normalisation
    bias = bias + np.einsum("oik,i->o", kernel, offset)
    value = _convolved(draw, value, kernel * gain[:, np.newaxis], bias, step=3)
    return _convolved(draw, value, heard.named("conv3.weight_add_tensor"), heard.vector("/conv3", "bias"), step=2)


def _convolved(draw: Drawing, value: str, kernel: np.ndarray, bias: np.ndarray, step: int) -> str:
    """Shape (time, channels). As one product of matrices, in 32 bits: 8 lose 2 % here, and the words with it."""
    outer, inner, length = kernel.shape
    last = draw.add("Sub", draw.size(value, 0), draw.integers(length - 1))
    steps = draw.add(
        "Add", draw.column(draw.count(last, step)), draw.constant(np.arange(length, dtype=np.int64)[np.newaxis])
    )
    windows = draw.add("Reshape", draw.add("Gather", value, steps, axis=0), draw.integers(-1, length * inner))
    matrix = np.ascontiguousarray(kernel.transpose(2, 1, 0)).reshape(length * inner, outer)
    product = draw.add("MatMul", windows, draw.constant(matrix.astype(np.float32)))
    return draw.own("Gelu", draw.add("Add", product, draw.constant(bias.astype(np.float32))))


def decoder(written: Weights) -> ModelProto:
    """Of the exported decoder's weights."""
    draw = Drawing()
    rows, many, before = draw.size("pieces", 0), draw.size("pieces", 1), draw.size("key0", 2)
    whole = draw.add("Concat", rows, many, draw.integers(WIDTH), axis=0)
    total = draw.add("Add", before, many)
    turned = Rotation(draw, total, before)
    places = draw.column(draw.add("Add", draw.count(many), before))
    later = draw.add("Less", places, draw.row(draw.count(total)))
    mask = draw.add("Where", later, draw.constant(np.float32(_HIDDEN)), draw.constant(np.float32(0)))
    shared = [draw.constant(each) for each in written.matrix("/proj_out")]  # of a piece's meaning and of its score
    meant = draw.add("Gather", shared[0], draw.add("Reshape", "pieces", draw.integers(-1)), axis=1)
    meant = draw.add("DequantizeLinear", draw.add("Transpose", meant, perm=[1, 0]), *shared[1:])
    value = draw.add("Reshape", meant, whole)
    normal = draw.normal(value, written.vector(f"{DECODER}/layers.0/input_layernorm"))
    for number in range(LAYERS):
        at = f"{DECODER}/layers.{number}"
        seen = _seen_of_pieces(draw, normal, written, number, turned, mask)
        normal, value = draw.joined(value, seen, written.vector(f"{at}/post_attention_layernorm"))
        seen = _seen_of_sound(draw, normal, written, number, whole)
        normal, value = draw.joined(value, seen, written.vector(f"{at}/final_layernorm"))
        wide = draw.linear(normal, written.matrix(f"{at}/mlp/fc1"), written.vector(f"{at}/mlp/fc1", "bias"))
        plain, gate = draw.split(wide, 2)
        narrow = draw.add("Mul", draw.own("QuickGelu", gate, alpha=1.0), plain)
        narrow = draw.linear(narrow, written.matrix(f"{at}/mlp/fc2"), written.vector(f"{at}/mlp/fc2", "bias"))
        after = f"{DECODER}/layers.{number + 1}/input_layernorm" if number + 1 < LAYERS else f"{DECODER}/norm"
        normal, value = draw.joined(value, narrow, written.vector(after))
    draw.own("DynamicQuantizeMatMul", normal, *shared, outputs=["scores"])
    pieces = helper.make_tensor_value_info("pieces", TensorProto.INT64, ["rows", "many"])
    kept = [_floats(name, "rows", HEADS, "before", HEAD) for name in _names("")]
    sound = [_floats(name, 1, HEADS, "states", HEAD) for name in _names("sound_")]
    new = [_floats(name, "rows", HEADS, "total", HEAD) for name in _names("new_")]
    return draw.model("moonshine decoder", [pieces, *kept, *sound], [_floats("scores", "rows", "many", PIECES), *new])


def _seen_of_pieces(draw: Drawing, value: str, written: Weights, number: int, turned: Rotation, mask: str) -> str:
    def heads(value: str) -> str:
        return draw.add("Transpose", draw.add("Reshape", value, draw.integers(0, 0, HEADS, HEAD)), perm=[0, 2, 1, 3])

    at = f"{DECODER}/layers.{number}/self_attn"
    asked = beside_each_other([written.matrix(f"{at}/{kind}_proj") for kind in "qkv"])
    query, key, said = draw.split(draw.linear(value, asked), 3)
    key = draw.add("Concat", f"key{number}", heads(turned(key)), outputs=[f"new_key{number}"], axis=2)
    said = draw.add("Concat", f"value{number}", heads(said), outputs=[f"new_value{number}"], axis=2)
    scores = draw.own("FusedMatMul", heads(turned(query)), key, transB=1, alpha=_SCALE)
    shares = draw.add("Softmax", draw.add("Add", scores, mask), axis=-1)
    seen = draw.add("Transpose", draw.add("MatMul", shares, said), perm=[0, 2, 1, 3])
    return draw.linear(draw.add("Reshape", seen, draw.integers(0, 0, WIDTH)), written.matrix(f"{at}/o_proj"))


def _seen_of_sound(draw: Drawing, value: str, written: Weights, number: int, whole: str) -> str:
    """All rows at once, as if they were further steps of one."""
    at = f"{DECODER}/layers.{number}/encoder_attn"
    query = draw.linear(value, written.matrix(f"{at}/q_proj"))
    query = draw.add("Transpose", draw.add("Reshape", query, draw.integers(1, -1, HEADS, HEAD)), perm=[0, 2, 1, 3])
    scores = draw.own("FusedMatMul", query, f"sound_key{number}", transB=1, alpha=_SCALE)
    seen = draw.add("MatMul", draw.add("Softmax", scores, axis=-1), f"sound_value{number}")
    seen = draw.add("Reshape", draw.add("Transpose", seen, perm=[0, 2, 1, 3]), whole)
    return draw.linear(seen, written.matrix(f"{at}/o_proj"))


def _names(prefix: str) -> list[str]:
    return [f"{prefix}{kind}{number}" for number in range(LAYERS) for kind in ("key", "value")]


def _floats(name: str, *shape: int | str) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
