"""Every malformed folder gets an error that names the file, and native code never sees it.

The library would end the process on many of these, so what loads them does so in a process of its own.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest

from desktop.domain.errors import SettingInvalid
from desktop.recognition.sherpa_models import Kind, find_sherpa_model
from desktop.settings.model import EngineKind
from tests.support import tiny_sherpa
from tests.support.spoiling import Spoil, cut, filled, loaded_elsewhere, swapped, without

ENCODER, DECODER, JOINER = (f"{part}-epoch-99-avg-1.onnx" for part in ("encoder", "decoder", "joiner"))
CTC = "ctc-epoch-20-avg-1-chunk-16-left-128.int8.onnx"
MAKE = {name: getattr(tiny_sherpa, name) for name in ("transducer", "zipformer_ctc", "nemo_ctc", "nemo_transducer")}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One good folder of each kind."""
    return {name: make(tmp_path_factory.mktemp(name)) for name, make in MAKE.items()}


def told(name: str, **metadata: str | None) -> Spoil:
    """Metadata entries replaced, or with None removed."""

    def spoil(folder: Path) -> None:
        model = onnx.load(folder / name)
        kept = {entry.key: entry.value for entry in model.metadata_props}
        del model.metadata_props[:]
        for key, value in {**kept, **metadata}.items():
            if value is not None:
                model.metadata_props.add(key=key, value=value)
        onnx.save(model, folder / name)

    return spoil


def tokens(change: Callable[[list[str]], list[str]]) -> Spoil:
    def spoil(folder: Path) -> None:
        lines = (folder / "tokens.txt").read_text(encoding="utf-8").splitlines()
        (folder / "tokens.txt").write_text("".join(f"{line}\n" for line in change(lines)), encoding="utf-8")

    return spoil


def doubled(name: str) -> Spoil:
    def spoil(folder: Path) -> None:
        shutil.copy(folder / name, folder / name.replace("epoch-99", "epoch-20"))

    return spoil


def whisper(folder: Path) -> None:
    (folder / JOINER).unlink()
    told(ENCODER, model_type="whisper-tiny.en")(folder)


def a_folder_for_a_file(folder: Path) -> None:
    (folder / DECODER).unlink()
    (folder / DECODER).mkdir()


MALFORMED: dict[str, tuple[str, Spoil, str]] = {
    "no tokens": ("transducer", without("tokens.txt"), "there is no tokens.txt"),
    "no decoder": ("transducer", without(DECODER), "there is no decoder (*decoder*.onnx)"),
    "no joiner": ("transducer", without(JOINER), "there is no joiner (*joiner*.onnx)"),
    "no model": ("zipformer_ctc", without(CTC), "there is no model (*.onnx)"),
    "an empty encoder": ("transducer", filled(ENCODER, b""), f"{ENCODER} is empty"),
    "half an encoder": ("transducer", cut(ENCODER, 0.5), f"{ENCODER} is damaged: its end is missing"),
    "nearly an encoder": ("transducer", cut(ENCODER, 0.9999), f"{ENCODER} is damaged: its end is missing"),
    "half a joiner": ("transducer", cut(JOINER, 0.5), f"{JOINER} is damaged: its end is missing"),
    "text for a model": ("zipformer_ctc", filled(CTC, b"Not found, sorry\n" * 9), f"{CTC} is no ONNX model"),
    "a web page for a model": ("zipformer_ctc", filled(CTC, b"<!DOCTYPE html><html>"), f"{CTC} is no ONNX model"),
    "a pointer for a model": (
        "zipformer_ctc",
        filled(CTC, b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 71123456\n"),
        f"{CTC} is no ONNX model",
    ),
    "zeros for a model": ("zipformer_ctc", filled(CTC, bytes(4096)), f"{CTC} is no ONNX model"),
    "encoder and decoder swapped": ("transducer", swapped(ENCODER, DECODER), f"{ENCODER} has no 'window_size'"),
    "encoder and joiner swapped": ("transducer", swapped(ENCODER, JOINER), f"{ENCODER} is no streaming model"),
    "decoder and joiner swapped": ("transducer", swapped(DECODER, JOINER), f"{DECODER} has no 'context_size'"),
    "a folder for a file": ("transducer", a_folder_for_a_file, f"{DECODER} can't be read"),
    "two encoders": ("transducer", doubled(ENCODER), "there are several of one kind: encoder-epoch-20"),
    "Whisper": ("transducer", whisper, f"{ENCODER} is a Whisper model, which can't stream"),
    "a model that doesn't stream": (
        "transducer",
        told(ENCODER, decode_chunk_len=None),
        f"{ENCODER} (zipformer2) is no streaming model",
    ),
    "an unknown kind": ("transducer", told(ENCODER, model_type="deepvoice"), f"{ENCODER} (deepvoice) is no streaming"),
    "a nameless kind": ("zipformer_ctc", told(CTC, model_type=None), f"{CTC} is no streaming model"),
    "a CTC model of another kind": ("zipformer_ctc", told(CTC, model_type="wenet_ctc"), f"{CTC} (wenet_ctc) is no"),
    "no T": ("transducer", told(ENCODER, T=None), f"{ENCODER} has no 'T' in its metadata"),
    "T in words": ("transducer", told(ENCODER, T="many"), f"{ENCODER} has a wrong 'T'"),
    "T below zero": ("transducer", told(ENCODER, T="-16"), f"{ENCODER} has a wrong 'T'"),
    "a chunk of nothing": ("zipformer_ctc", told(CTC, decode_chunk_len="0"), f"{CTC} has a wrong 'decode_chunk_len'"),
    "a chunk beyond its window": ("zipformer_ctc", told(CTC, decode_chunk_len="999"), "wrong 'decode_chunk_len'"),
    "no list of heads": ("zipformer_ctc", told(CTC, num_heads=None), f"{CTC} has no 'num_heads'"),
    "lists of different lengths": ("transducer", told(ENCODER, num_heads="1,1"), "metadata of different lengths"),
    "a list of words": ("transducer", told(ENCODER, num_heads="one,two"), f"{ENCODER} has a wrong 'num_heads'"),
    "no vocabulary": ("transducer", told(DECODER, vocab_size=None), f"{DECODER} has no 'vocab_size'"),
    "a wrong vocabulary": ("transducer", told(DECODER, vocab_size="9"), f"{JOINER} knows 30 tokens, not 9"),
    "a NeMo model without a cache": ("nemo_ctc", told("model.onnx", cache_last_time_dim2=None), "no 'cache_last_time"),
    "a NeMo model without a window": ("nemo_ctc", told("model.onnx", window_size=None), "has no 'window_size'"),
    "a NeMo model that can't stream": (
        "nemo_transducer",
        told("encoder.int8.onnx", window_size=None),
        "encoder.int8.onnx has no 'window_size'",
    ),
    "empty tokens": ("transducer", filled("tokens.txt", b"\n \n"), "tokens.txt is empty"),
    "tokens in another encoding": ("transducer", filled("tokens.txt", "é 0\n".encode("latin-1")), "read in line 1"),
    "tokens without numbers": ("transducer", tokens(lambda lines: [line.split()[0] for line in lines]), "in line 1"),
    "too few tokens": ("transducer", tokens(lambda lines: lines[:-4]), "tokens.txt has 26 tokens where"),
    "a token twice": ("transducer", tokens(lambda lines: [*lines, lines[3]]), "tokens.txt has number 3 twice"),
    "no blank": ("zipformer_ctc", tokens(lambda lines: ["<other> 0", *lines[1:]]), "tokens.txt has no <blk>"),
    "the blank elsewhere": (
        "transducer",
        tokens(lambda lines: ["x 0", "<blk> 1", *lines[2:]]),
        "tokens.txt does not begin with <blk>",
    ),
    "a NeMo blank elsewhere": (
        "nemo_transducer",
        tokens(lambda lines: ["<blk> 0", *lines[1:-1], "x 29"]),
        "tokens.txt does not end with <blk>",
    ),
    "tokens of another model": (
        "nemo_ctc",
        tokens(lambda lines: [*lines[:11], "<blk> 11"]),
        "tokens.txt has 12 tokens where",
    ),
    "a book for tokens": (
        "transducer",
        filled("tokens.txt", b"it was the best of times\n" * 200_000),
        "no list of tokens",
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_wrong_with_a_folder_is_said(tmp_path: Path, whole: dict[str, Path], name: str) -> None:
    kind, spoil, said = MALFORMED[name]
    folder = shutil.copytree(whole[kind], tmp_path / "ein Modell für alle")
    spoil(folder)
    with pytest.raises(SettingInvalid) as refused:
        find_sherpa_model(folder)
    assert refused.value.path == "recognition.model"
    assert said in refused.value.problem
    assert refused.value.hint
    assert str(tmp_path) not in str(refused.value)


def test_no_malformed_folder_ends_the_process(tmp_path: Path, whole: dict[str, Path]) -> None:
    for number, (kind, spoil, _) in enumerate(MALFORMED.values()):
        spoil(shutil.copytree(whole[kind], tmp_path / f"{number:02} é"))
    for kind, folder in whole.items():
        shutil.copytree(folder, tmp_path / f"whole {kind} 模型")
    (tmp_path / "a file").write_text("no folder")
    (tmp_path / "nothing").mkdir()
    outcome = loaded_elsewhere(tmp_path, EngineKind.SHERPA)
    assert len(outcome) == len(MALFORMED) + len(MAKE) + 2
    assert {name for name, said in outcome.items() if said == "loaded"} == {f"whole {kind} 模型" for kind in whole}
    assert {said for name, said in outcome.items() if "whole" not in name} == {"refused"}


def test_what_only_the_library_finds_wrong_is_refused_too(tmp_path: Path, whole: dict[str, Path]) -> None:
    """Whole files in the right places, but the network inside is nonsense."""
    for name, change in {
        "an operator that nobody knows": lambda node: setattr(node, "op_type", "Conveyor"),
        "an input from nowhere": lambda node: node.input.__setitem__(0, "nowhere"),
    }.items():
        folder = shutil.copytree(whole["zipformer_ctc"], tmp_path / name)
        model = onnx.load(folder / CTC)
        change(model.graph.node[0])
        (folder / CTC).write_bytes(model.SerializeToString())
        find_sherpa_model(folder)
    assert set(loaded_elsewhere(tmp_path, EngineKind.SHERPA).values()) == {"refused"}


def test_a_file_cut_anywhere_is_found_out(tmp_path: Path, whole: dict[str, Path]) -> None:
    for kind, folder in whole.items():
        for path in sorted(folder.glob("*.onnx")):
            data = path.read_bytes()
            sizes = {1, 2, 3, 7, 20, 100, *(int(len(data) * share / 40) for share in range(40)), len(data) - 1}
            for size in sorted(size for size in sizes if size < len(data)):
                broken = tmp_path / f"{kind} {path.name} {size}"
                broken.mkdir()
                for other in folder.iterdir():
                    if other.name != path.name:
                        (broken / other.name).symlink_to(other)
                (broken / path.name).write_bytes(data[:size])
    assert set(loaded_elsewhere(tmp_path, EngineKind.SHERPA).values()) == {"refused"}


def test_the_recommended_of_two_sizes_is_taken(tmp_path: Path, whole: dict[str, Path]) -> None:
    folder = shutil.copytree(whole["transducer"], tmp_path / "both")
    for name in (ENCODER, DECODER, JOINER):
        shutil.copy(folder / name, folder / name.replace(".onnx", ".int8.onnx"))
    found = find_sherpa_model(folder)
    assert found.kind is Kind.TRANSDUCER
    names = [path.name for path in (found.model, found.decoder, found.joiner) if path]
    assert names == [ENCODER.replace(".onnx", ".int8.onnx"), DECODER, JOINER.replace(".onnx", ".int8.onnx")]


READ = """
import os, sys
from pathlib import Path
from desktop.domain.errors import SettingInvalid
from desktop.recognition.sherpa_models import find_sherpa_model
os.chdir(sys.argv[1])
if os.getuid() == 0:
    os.setuid(65534)  # root may read everything
try:
    find_sherpa_model(Path("model"))
except SettingInvalid as refused:
    print(refused.problem)
"""


@pytest.mark.parametrize("locked", ["tokens.txt", CTC, "."])
def test_files_that_may_not_be_read_are_named(tmp_path: Path, whole: dict[str, Path], locked: str) -> None:
    place = shutil.copytree(whole["zipformer_ctc"], tmp_path / "model")
    for folder, mode in ((tmp_path, 0o755), (place, 0o755), (place / locked, 0)):
        folder.chmod(mode)
    done = subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    (place / locked).chmod(0o755)
    assert done.stdout == f"{'model' if locked == '.' else locked} may not be read\n"
