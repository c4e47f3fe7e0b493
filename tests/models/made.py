"""Folders and archives that look like models: the right names with a few bytes in them."""

from __future__ import annotations

from pathlib import Path

VOSK = {
    "am/final.mdl": b"acoustic" * 100,
    "conf/mfcc.conf": b"--sample-frequency=16000\n",
    "conf/model.conf": b"--min-active=200\n",
    "graph/HCLr.fst": b"graph" * 200,
    "graph/Gr.fst": b"grammar" * 50,
}
SHERPA = {
    "encoder-epoch-99.onnx": b"encoder" * 300,
    "decoder-epoch-99.onnx": b"decoder" * 30,
    "joiner-epoch-99.onnx": b"joiner" * 30,
    "tokens.txt": b"<blk> 0\n",
}


def plant(folder: Path, files: dict[str, bytes]) -> Path:
    """Write them below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder
