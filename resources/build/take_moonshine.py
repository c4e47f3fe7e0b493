"""Takes resources/speech/moonshine-tiny-en, unchanged, out of the package moonshine-voice 0.1.0, the last that has it.

python -m pip download --no-deps --only-binary :all: moonshine-voice==0.1.0
python resources/build/take_moonshine.py moonshine_voice-0.1.0-*.whl
"""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path

TARGET = Path(__file__).parents[1] / "speech" / "moonshine-tiny-en"
INSIDE = "moonshine_voice/assets/tiny-en"
SHA256 = {
    "encoder_model.ort": "94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221",
    "decoder_model_merged.ort": "cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0",
    "tokenizer.bin": "6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d",
}


def take(wheel: Path, target: Path) -> None:
    """Write the three files into `target`, once all are what they should be. KeyError when the wheel lacks one,
    ValueError when its content is another."""
    with zipfile.ZipFile(wheel) as archive:
        contents = {name: archive.read(f"{INSIDE}/{name}") for name in SHA256}
    for name, content in contents.items():
        if (found := hashlib.sha256(content).hexdigest()) != SHA256[name]:
            raise ValueError(f"{INSIDE}/{name} in {wheel.name}: sha256 is {found}, not {SHA256[name]}")
    target.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (target / name).write_bytes(content)


if __name__ == "__main__":
    take(Path(sys.argv[1]), TARGET)
