"""Takes resources/speech/moonshine-tiny-en out of the package moonshine-voice 0.1.0, the last that has it.

python -m pip download --no-deps --only-binary :all: moonshine-voice==0.1.0
python resources/build/take_moonshine.py moonshine_voice-0.1.0-*.whl

The tokenizer as it is; the weights as they are too, in graphs that moonshine_graph.py draws and that are compared with
the published ones before they are written.
"""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path

import moonshine_graph
import numpy as np
import onnxruntime
from moonshine_weights import Weights

TARGET = Path(__file__).parents[1] / "speech" / "moonshine-tiny-en"
INSIDE = "moonshine_voice/assets/tiny-en"
ENCODER, DECODER, VOCABULARY = "encoder_model.ort", "decoder_model_merged.ort", "tokenizer.bin"
SHA256 = {
    ENCODER: "94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221",
    DECODER: "cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0",
    VOCABULARY: "6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d",
}
SHIPPED = {
    "encoder.onnx": "c741192a865ba5723e3b24cab30077ca19236fdafa09181f88c9c23f1736e582",
    "decoder.onnx": "b279c5b8d223cce891797dfb2e30093500fbdafb48eed835ed16b9bc63361b0f",
    VOCABULARY: SHA256[VOCABULARY],
}
MOST_APART = 1e-3


def taken(wheel: Path) -> dict[str, bytes]:
    """The three files that were published. KeyError when the wheel lacks one, ValueError when it is another."""
    with zipfile.ZipFile(wheel) as archive:
        contents = {name: archive.read(f"{INSIDE}/{name}") for name in SHA256}
    for name, content in contents.items():
        if (found := hashlib.sha256(content).hexdigest()) != SHA256[name]:
            raise ValueError(f"{INSIDE}/{name} in {wheel.name}: sha256 is {found}, not {SHA256[name]}")
    return contents


def drawn(published: dict[str, bytes]) -> dict[str, bytes]:
    """What is shipped. ValueError when it isn't the same model."""
    heard, written = Weights(published[ENCODER]), Weights(published[DECODER], suffix="_merged_0")
    encoder = moonshine_graph.encoder(heard, written).SerializeToString(deterministic=True)
    decoder = moonshine_graph.decoder(written).SerializeToString(deterministic=True)
    if (apart := _apart(published, encoder, decoder)) > MOST_APART:
        raise ValueError(f"scores differ by {apart}, more than {MOST_APART}: the published graphs mean something else")
    return {"encoder.onnx": encoder, "decoder.onnx": decoder, VOCABULARY: published[VOCABULARY]}


def _apart(published: dict[str, bytes], encoder: bytes, decoder: bytes) -> float:
    """How far apart the scores of four pieces are, after a second of noise: some are more than 10."""
    sound = np.random.default_rng(1).normal(0, 0.2, (1, 16_000)).astype(np.float32)
    pieces = np.array([[1, 500, 600, 700]])
    before = _session(published[ENCODER]).run(
        None, {"input_values": sound, "attention_mask": np.ones(sound.shape, np.int64)}
    )[0]
    model = _session(published[DECODER])
    fed = {"encoder_hidden_states": before, "input_ids": pieces, "use_cache_branch": np.array([False])}
    fed |= {"encoder_attention_mask": np.ones((1, 1), np.int64)}
    for value in model.get_inputs():
        if value.name.startswith("past_key_values"):
            fed[value.name] = _empty(before.shape[1] if "encoder" in value.name else 0)
    expected = model.run(["logits"], fed)[0]
    model = _session(encoder)
    now = dict(zip([value.name for value in model.get_outputs()], model.run(None, {"sound": sound}), strict=True))
    model = _session(decoder)
    kept = {value.name: _empty(0) for value in model.get_inputs() if value.name not in {"pieces", *now}}
    return float(np.abs(model.run(["scores"], {"pieces": pieces} | kept | now)[0] - expected).max())


def _session(content: bytes) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])


def _empty(length: int) -> np.ndarray:
    return np.zeros((1, moonshine_graph.HEADS, length, moonshine_graph.HEAD), np.float32)


if __name__ == "__main__":
    contents = drawn(taken(Path(sys.argv[1])))
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (TARGET / name).write_bytes(content)
