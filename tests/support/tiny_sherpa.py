"""Model folders for sherpa-onnx that are small, real and made here: they hear the two clips and nothing else."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
import sherpa_onnx
from onnx import TensorProto as Kind
from onnx import helper, numpy_helper

from tests.support.features import Floats, log_mels
from tests.support.lessons import Lesson, teach
from tests.support.loud import LOUDEST

MELS, WINDOW, CHUNK, LEFT = 80, 12, 16, 8  # frames of 10 ms; LEFT + CHUNK frames give CHUNK / 4 outputs
_GAIN, _BLANK = 12.0, 0.45  # a piece is heard where its output is above _BLANK
ZIPFORMER = {
    "model_type": "zipformer2",
    "encoder_dims": "4",
    "query_head_dims": str(MELS),  # so that the first cached state holds the LEFT frames before the chunk
    "value_head_dims": "1",
    "num_heads": "1",
    "num_encoder_layers": "1",
    "cnn_module_kernels": "3",
    "left_context_len": str(LEFT),
    "T": str(CHUNK),
    "decode_chunk_len": str(CHUNK),
}
_STATES = {
    "cached_key": (Kind.FLOAT, [LEFT, "N", MELS]),
    "cached_nonlin_attn": (Kind.FLOAT, [1, "N", LEFT, 3]),
    "cached_val1": (Kind.FLOAT, [LEFT, "N", 1]),
    "cached_val2": (Kind.FLOAT, [LEFT, "N", 1]),
    "cached_conv1": (Kind.FLOAT, ["N", 4, 1]),
    "cached_conv2": (Kind.FLOAT, ["N", 4, 1]),
    "embed_states": (Kind.FLOAT, ["N", 128, 3, 19]),
    "processed_lens": (Kind.INT64, ["N"]),
}
_NEMO_STATES = {
    "cache_last_channel": (Kind.FLOAT, ["N", 1, 1, 1]),
    "cache_last_time": (Kind.FLOAT, ["N", 1, 1, 1]),
    "cache_last_channel_len": (Kind.INT64, ["N"]),
}


def _features(samples: Floats) -> Floats:
    return log_mels(samples / 32768, MELS, 20.0, 7600.0, snip_edges=False)


@cache
def lesson() -> Lesson:
    """Learnt once for all models."""
    return teach(_features, WINDOW)


class Graph:
    """A graph under construction: names are results, numpy arrays are constants."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def add(self, operator: str, *inputs: str | Floats | list[int], name: str = "", **attributes: Any) -> str:
        """The name of what the operator gives."""
        name = name or f"{operator.lower()}_{len(self._nodes)}"
        node = helper.make_node(operator, [self._named(item) for item in inputs], [name], **attributes)
        self._nodes.append(node)
        return name

    def save(self, path: Path, inputs: dict, outputs: dict, metadata: dict[str, str]) -> None:
        """Write the model; inputs and outputs are name -> (kind, shape)."""
        taken, given = (
            [helper.make_tensor_value_info(name, *described) for name, described in group.items()]
            for group in (inputs, outputs)
        )
        graph = helper.make_graph(self._nodes, "tiny", taken, given, self._constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        helper.set_model_props(model, metadata)
        onnx.checker.check_model(model)
        path.write_bytes(model.SerializeToString())

    def _named(self, item: str | Floats | list[int]) -> str:
        if isinstance(item, str):
            return item
        name = f"constant_{len(self._constants)}"
        array = np.asarray(item)
        kept = array.astype(np.int64 if array.dtype.kind == "i" else np.float32)
        self._constants.append(numpy_helper.from_array(kept, name))
        return name


def _listen(graph: Graph, frames: str, taught: Lesson, stride: int, *, blank_last: bool) -> str:
    """(N, MELS, T) normalised frames to (N, T', V) scores."""
    kernels = taught.centres.reshape(-1, WINDOW, MELS).transpose(0, 2, 1)
    near = graph.add("Conv", frames, 2 * kernels / taught.width, strides=[stride])
    squares = graph.add("Mul", frames, frames)
    far = graph.add("Conv", squares, np.full((1, MELS, WINDOW), 1 / taught.width), strides=[stride])
    apart = graph.add("Sub", near, far)
    apart = graph.add("Sub", apart, (taught.centres**2).sum(1)[None, :, None] / taught.width)
    alike = graph.add("Transpose", graph.add("Exp", apart), perm=[0, 2, 1])
    nothing = np.zeros((len(taught.weights), 1))
    columns = [taught.weights, nothing] if blank_last else [nothing, taught.weights]
    heard = graph.add("MatMul", alike, _GAIN * np.concatenate(columns, axis=1))
    bias = np.zeros(len(taught.pieces) + 1)
    bias[-1 if blank_last else 0] = _GAIN * _BLANK
    return graph.add("Add", heard, bias)


def _normal(graph: Graph, features: str, taught: Lesson) -> str:
    return graph.add("Mul", graph.add("Sub", features, taught.mean), taught.scale)


def _zipformer(path: Path, output: str, metadata: dict[str, str], *, breaks_when_loud: bool = False) -> None:
    """`output` "log_probs" makes a CTC model, "encoder_out" a transducer's encoder."""
    graph = Graph()
    heard = "x"
    if breaks_when_loud:  # by taking the second of one number
        loud = graph.add("Greater", graph.add("ReduceMax", "x", keepdims=0), np.array(LOUDEST))
        heard = graph.add("Add", "x", graph.add("Gather", np.zeros(1), graph.add("Cast", loud, to=Kind.INT64)))
    before = graph.add("Transpose", "cached_key", perm=[1, 0, 2])
    frames = graph.add("Concat", before, _normal(graph, heard, lesson()), axis=1)
    kept = graph.add("Slice", frames, [CHUNK], [CHUNK + LEFT], [1])
    graph.add("Transpose", kept, name="new_cached_key", perm=[1, 0, 2])
    scores = _listen(graph, graph.add("Transpose", frames, perm=[0, 2, 1]), lesson(), 4, blank_last=False)
    if output == "log_probs":
        graph.add("LogSoftmax", scores, name=output, axis=-1)
    else:
        graph.add("Identity", scores, name=output)
    for name in list(_STATES)[1:-1]:
        graph.add("Identity", name, name=f"new_{name}")
    graph.add("Add", "processed_lens", [CHUNK], name="new_processed_lens")
    inputs = {"x": (Kind.FLOAT, ["N", CHUNK, MELS]), **_STATES}
    outputs = {output: (Kind.FLOAT, ["N", CHUNK // 4, len(lesson().pieces) + 1])}
    graph.save(path, inputs, {**outputs, **{f"new_{name}": state for name, state in _STATES.items()}}, metadata)


def _tokens(folder: Path, *, blank_last: bool) -> None:
    pieces = lesson().pieces
    symbols = [*pieces, "<blk>"] if blank_last else ["<blk>", *pieces]
    lines = [f"{symbol} {number}\n" for number, symbol in enumerate(symbols)]
    (folder / "tokens.txt").write_text("".join(lines), encoding="utf-8")


def transducer(folder: Path, *, breaks_when_loud: bool = False, **metadata: str) -> Path:
    """A streaming Zipformer transducer; what it said last keeps it from saying the same again."""
    folder.mkdir(parents=True, exist_ok=True)
    size = len(lesson().pieces) + 1
    _tokens(folder, blank_last=False)
    described = {**ZIPFORMER, **metadata}
    encoder = folder / "encoder-epoch-99-avg-1.onnx"
    _zipformer(encoder, "encoder_out", described, breaks_when_loud=breaks_when_loud)
    decoder = Graph()
    last = decoder.add("Squeeze", decoder.add("Slice", "y", [1], [2], [1]), [1])
    again = -_GAIN * np.eye(size)
    again[0] = 0
    decoder.add("Gather", again, last, name="decoder_out")
    vector = (Kind.FLOAT, ["N", size])
    said = {"vocab_size": str(size), "context_size": "2"}
    decoder.save(folder / "decoder-epoch-99-avg-1.onnx", {"y": (Kind.INT64, ["N", 2])}, {"decoder_out": vector}, said)
    joiner = Graph()
    joiner.add("Add", "encoder_out", "decoder_out", name="logit")
    joiner.save(
        folder / "joiner-epoch-99-avg-1.onnx",
        {"encoder_out": vector, "decoder_out": vector},
        {"logit": vector},
        {"joiner_dim": str(size)},
    )
    return folder


def zipformer_ctc(folder: Path, **metadata: str) -> Path:
    """A streaming Zipformer with a CTC head."""
    folder.mkdir(parents=True, exist_ok=True)
    _tokens(folder, blank_last=False)
    _zipformer(folder / "ctc-epoch-20-avg-1-chunk-16-left-128.int8.onnx", "log_probs", {**ZIPFORMER, **metadata})
    return folder


@cache
def _nemo_lesson() -> Lesson:
    """Learnt from what a NeMo model is given to hear, which is not what the others are."""
    with TemporaryDirectory() as folder:
        path = Path(folder)
        _tokens(path, blank_last=True)
        _nemo(path / "model.onnx", lesson(), {})
        ears = sherpa_onnx.OnlineRecognizer.from_nemo_ctc(str(path / "tokens.txt"), str(path / "model.onnx"))

    def features(samples: Floats) -> Floats:
        stream = ears.create_stream()
        stream.accept_waveform(16_000, (samples / 32768).astype(np.float32))
        count = len(samples) // 160 - 2  # the last ones wait for more sound
        return np.asarray(stream.get_frames(0, count), np.float64).reshape(count, MELS)

    return teach(features, WINDOW)


def nemo_ctc(folder: Path, **metadata: str) -> Path:
    """A streaming NeMo model with a CTC head: 80 ms an output, the blank comes last."""
    folder.mkdir(parents=True, exist_ok=True)
    _tokens(folder, blank_last=True)
    _nemo(folder / "model.onnx", _nemo_lesson(), metadata)
    return folder


def nemo_transducer(folder: Path, **metadata: str) -> Path:
    """A streaming NeMo transducer, whose decoder carries a state."""
    folder.mkdir(parents=True, exist_ok=True)
    size = len(_nemo_lesson().pieces) + 1
    _tokens(folder, blank_last=True)
    described = {"pred_rnn_layers": "1", "pred_hidden": "1", **metadata}
    _nemo(folder / "encoder.int8.onnx", _nemo_lesson(), described, ctc=False)
    decoder = Graph()
    again = -_GAIN * np.eye(size)
    again[-1] = 0
    decoder.add("Transpose", decoder.add("Gather", again, "targets"), name="outputs", perm=[0, 2, 1])
    decoder.add("Identity", "target_length", name="prednet_lengths")
    states = {name: (Kind.FLOAT, [1, "N", 1]) for name in ("h", "c")}
    for name in states:
        decoder.add("Identity", name, name=f"{name}_next")
    lengths, column = (Kind.INT32, ["N"]), (Kind.FLOAT, ["N", size, 1])
    decoder.save(
        folder / "decoder.onnx",
        {"targets": (Kind.INT32, ["N", 1]), "target_length": lengths, **states},
        {"outputs": column, "prednet_lengths": lengths, **{f"{name}_next": state for name, state in states.items()}},
        {},
    )
    joiner = Graph()
    heard = joiner.add("Transpose", joiner.add("Add", "encoder_outputs", "decoder_outputs"), perm=[0, 2, 1])
    joiner.add("Unsqueeze", heard, [1], name="logit")
    joiner.save(
        folder / "joiner.int8.onnx",
        {"encoder_outputs": column, "decoder_outputs": column},
        {"logit": (Kind.FLOAT, ["N", 1, 1, size])},
        {},
    )
    return folder


def _nemo(path: Path, taught: Lesson, metadata: dict[str, str], *, ctc: bool = True) -> None:
    graph = Graph()
    turned = graph.add("Transpose", "audio_signal", perm=[0, 2, 1])
    frames = graph.add("Transpose", _normal(graph, turned, taught), perm=[0, 2, 1])
    scores = _listen(graph, frames, taught, 8, blank_last=True)
    size, steps = len(taught.pieces), CHUNK // 8
    if ctc:
        graph.add("LogSoftmax", scores, name="outputs", axis=-1)
    else:
        graph.add("Transpose", scores, name="outputs", perm=[0, 2, 1])
    graph.add("Identity", "length", name="encoded_lengths")
    for name in _NEMO_STATES:
        graph.add("Identity", name, name=f"{name}_next")
    window = CHUNK + WINDOW - 8
    described = {
        "window_size": str(window),
        "chunk_shift": str(CHUNK),
        "subsampling_factor": "8",
        "vocab_size": str(size),
        "model_type": "EncDecHybridRNNTCTCBPEModel",
        **{f"cache_last_{state}_dim{n}": "1" for state in ("channel", "time") for n in (1, 2, 3)},
        **metadata,
    }
    inputs = {"audio_signal": (Kind.FLOAT, ["N", MELS, window]), "length": (Kind.INT64, ["N"]), **_NEMO_STATES}
    outputs = {
        "outputs": (Kind.FLOAT, ["N", steps, size + 1] if ctc else ["N", size + 1, steps]),
        "encoded_lengths": (Kind.INT64, ["N"]),
        **{f"{name}_next": state for name, state in _NEMO_STATES.items()},
    }
    graph.save(path, inputs, outputs, described)
