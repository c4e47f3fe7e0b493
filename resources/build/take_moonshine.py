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
    """What is shipped, and its sums. ValueError when the graphs don't score what the published ones do."""
    heard, written = Weights(published[ENCODER]), Weights(published[DECODER], suffix="_merged_0")
    encoder = moonshine_graph.encoder(heard, written).SerializeToString(deterministic=True)
    decoder = moonshine_graph.decoder(written).SerializeToString(deterministic=True)
    sound = np.random.default_rng(1).normal(0, 0.2, (1, 16_000)).astype(np.float32)
    for before, now in zip(_published_scores(published, sound), _drawn_scores(encoder, decoder, sound), strict=True):
        if (apart := float(np.abs(before - now).max())) > MOST_APART:
            raise ValueError(
                f"scores differ by {apart}, more than {MOST_APART}: the published graphs mean something else"
            )
    shipped = {"encoder.onnx": encoder, "decoder.onnx": decoder, VOCABULARY: published[VOCABULARY]}
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in shipped.items())
    return shipped | {"SHA256SUMS": sums.encode("ascii")}


FIRST, NEXT = np.array([[1, 500, 600, 700]]), np.array([[800], [900]])
"""Four pieces, and two ways to go on: with what was kept of the four, twice."""


def _published_scores(published: dict[str, bytes], sound: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mask = np.ones(sound.shape, np.int64)
    states = _session(published[ENCODER]).run(None, {"input_values": sound, "attention_mask": mask})[0]
    model = _session(published[DECODER])
    past = [value.name for value in model.get_inputs() if value.name.startswith("past_key_values")]
    fed = {"encoder_attention_mask": np.ones((1, 1), np.int64), "encoder_hidden_states": states}
    fed |= {name: _empty(states.shape[1] if "encoder" in name else 0) for name in past}
    first = model.run(None, fed | {"input_ids": FIRST, "use_cache_branch": np.array([False])})
    kept = dict(zip([value.name for value in model.get_outputs()], first, strict=True))
    fed = {"encoder_attention_mask": np.ones((2, 1), np.int64), "encoder_hidden_states": np.repeat(states, 2, 0)}
    fed |= {name: np.repeat(kept[name.replace("past_key_values", "present")], 2, 0) for name in past}
    return first[0], model.run(["logits"], fed | {"input_ids": NEXT, "use_cache_branch": np.array([True])})[0]


def _drawn_scores(encoder: bytes, decoder: bytes, sound: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    model = _session(encoder)
    fed = dict(zip([value.name for value in model.get_outputs()], model.run(None, {"sound": sound}), strict=True))
    model = _session(decoder)
    names = [value.name.removeprefix("new_") for value in model.get_outputs()]
    first = model.run(None, fed | {name: _empty(0) for name in names[1:]} | {"pieces": FIRST})
    kept = {name: np.repeat(value, 2, 0) for name, value in zip(names[1:], first[1:], strict=True)}
    return first[0], model.run(["scores"], fed | kept | {"pieces": NEXT})[0]


def _session(content: bytes) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])


def _empty(length: int) -> np.ndarray:
    return np.zeros((1, moonshine_graph.HEADS, length, moonshine_graph.HEAD), np.float32)


if __name__ == "__main__":
    contents = drawn(taken(Path(sys.argv[1])))
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (TARGET / name).write_bytes(content)
