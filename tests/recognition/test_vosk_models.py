"""Every malformed folder gets an error that names the file, and Kaldi's code never sees it."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

from desktop.domain.errors import SettingInvalid
from desktop.recognition.vosk_models import find_vosk_model
from desktop.settings.model import EngineKind
from tests.support import tiny_vosk
from tests.support.spoiling import Spoil, cut, filled, loaded_elsewhere, swapped, with_line, without

NETWORK, GRAPH, WORDS = "am/final.mdl", "graph/HCLG.fst", "graph/words.txt"
MFCC, MODEL = "conf/mfcc.conf", "conf/model.conf"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good folder."""
    return tiny_vosk.make(tmp_path_factory.mktemp("vosk"))


def a_part(name: str) -> Spoil:
    def spoil(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"something")

    return spoil


def of_two_graphs(folder: Path) -> None:
    (folder / GRAPH).rename(folder / "graph/HCLr.fst")


def a_folder_for_a_file(folder: Path) -> None:
    (folder / MFCC).unlink()
    (folder / MFCC).mkdir()


def a_graph_of(kind: bytes, arcs: bytes) -> bytes:
    head = struct.pack("<i", 2125659606) + b"".join(struct.pack("<i", len(text)) + text for text in (kind, arcs))
    return head + struct.pack("<iiQqqq", 2, 0, 3, 0, 1000, 1000) + bytes(500)


MALFORMED: dict[str, tuple[Spoil, str]] = {
    "no network": (without(NETWORK), "there is no am/final.mdl"),
    "no graph": (without(GRAPH), "there is no graph/HCLr.fst"),
    "half of the graphs": (of_two_graphs, "there is no graph/Gr.fst"),
    "no words": (without(WORDS), "there is no graph/words.txt"),
    "no mfcc.conf": (without(MFCC), "there is no conf/mfcc.conf"),
    "no model.conf": (without(MODEL), "there is no conf/model.conf"),
    "an empty network": (filled(NETWORK, b""), "final.mdl is empty"),
    "half a network": (cut(NETWORK, 0.5), "final.mdl is damaged: its end is missing"),
    "nearly a network": (cut(NETWORK, 0.9999), "final.mdl is damaged: its end is missing"),
    "half a binary network": (filled(NETWORK, b"\0B<TransitionModel> " + bytes(999)), "final.mdl is damaged"),
    "priors cut short": (
        filled(NETWORK, b"\0B<TransitionModel> </Nnet3> <Priors> FV \4" + struct.pack("<i", 99) + bytes(12)),
        "final.mdl is damaged: its end is missing",
    ),
    "a text for a network": (filled(NETWORK, b"Not found, sorry\n" * 9), "final.mdl is no acoustic model"),
    "an empty graph": (filled(GRAPH, b""), "HCLG.fst is empty"),
    "half a graph": (cut(GRAPH, 0.5), "HCLG.fst is damaged: its end is missing"),
    "nearly a graph": (cut(GRAPH, 0.9999), "HCLG.fst is damaged: its end is missing"),
    "half a graph of the other kind": (filled(GRAPH, a_graph_of(b"const", b"standard")), "HCLG.fst is damaged"),
    "a graph of other arcs": (filled(GRAPH, a_graph_of(b"vector", b"log")), "HCLG.fst is no graph"),
    "a text for a graph": (filled(GRAPH, b"Not found, sorry\n" * 9), "HCLG.fst is no graph"),
    "zeros for a graph": (filled(GRAPH, bytes(4096)), "HCLG.fst is no graph"),
    "network and graph swapped": (swapped(NETWORK, GRAPH), "final.mdl is no acoustic model"),
    "words and settings swapped": (swapped(WORDS, MFCC), "mfcc.conf can't be read in line 1"),
    "empty words": (filled(WORDS, b"\n"), "words.txt has no words"),
    "words without numbers": (filled(WORDS, b"<eps>\nhello\n"), "words.txt can't be read in line 1"),
    "a word's number twice": (with_line(WORDS, "again 3"), "words.txt can't be read in line 25"),
    "words in another encoding": (filled(WORDS, "caf\u00e9 1\n".encode("latin-1")), "words.txt is no text"),
    "nonsense in mfcc.conf": (with_line(MFCC, "loud please"), "mfcc.conf can't be read in line 8"),
    "a rate in words": (with_line(MFCC, "--sample-frequency=high"), "mfcc.conf has sample-frequency high"),
    "a rate beyond ours": (with_line(MFCC, "--sample-frequency=44100"), "mfcc.conf has sample-frequency 44100"),
    "nonsense in model.conf": (with_line(MODEL, "--beam"), "model.conf can't be read in line 8"),
    "half an i-vector extractor": (a_part("ivector/final.ie"), "there is no ivector/splice.conf"),
    "half of what rescores": (a_part("rescore/G.carpa"), "there is no rescore/G.fst"),
    "a folder for a file": (a_folder_for_a_file, "mfcc.conf can't be read"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_wrong_with_a_folder_is_said(tmp_path: Path, whole: Path, name: str) -> None:
    spoil, said = MALFORMED[name]
    folder = shutil.copytree(whole, tmp_path / "ein Modell f\u00fcr alle")
    spoil(folder)
    with pytest.raises(SettingInvalid) as refused:
        find_vosk_model(folder)
    assert refused.value.path == "recognition.model"
    assert said in refused.value.problem
    assert refused.value.hint
    assert str(tmp_path) not in str(refused.value)


def test_no_malformed_folder_ends_the_process(tmp_path: Path, whole: Path) -> None:
    for number, (spoil, _) in enumerate(MALFORMED.values()):
        spoil(shutil.copytree(whole, tmp_path / f"{number:02} \u00e9"))
    shutil.copytree(whole, tmp_path / "whole \u6a21\u578b")
    (tmp_path / "a file").write_text("no folder")
    (tmp_path / "nothing").mkdir()
    outcome = loaded_elsewhere(tmp_path, EngineKind.VOSK)
    assert len(outcome) == len(MALFORMED) + 3
    assert {name for name, said in outcome.items() if said == "loaded"} == {"whole \u6a21\u578b"}


def test_what_only_kaldi_finds_wrong_is_refused_too(tmp_path: Path, whole: Path) -> None:
    for name, old, new in (
        ("an operator that nobody knows", b"FixedAffineComponent", b"FixedConveyorBelt"),
        ("a number in words", b"<PdfClass> 0", b"<PdfClass> x"),
        ("a network with holes", b"component=heard input", b"component=nothing input"),
    ):
        folder = shutil.copytree(whole, tmp_path / name)
        data = (folder / NETWORK).read_bytes()
        assert old in data
        (folder / NETWORK).write_bytes(data.replace(old, new))
        find_vosk_model(folder)
    assert set(loaded_elsewhere(tmp_path, EngineKind.VOSK).values()) == {"refused"}


def test_a_file_cut_anywhere_is_found_out(tmp_path: Path, whole: Path) -> None:
    for name in (NETWORK, GRAPH):
        data = (whole / name).read_bytes()
        shares = np.linspace(0, 1, 30, endpoint=False)
        for size in sorted({1, 2, 3, 4, 9, 60, len(data) - 3, *(int(len(data) * share) for share in shares)}):
            broken = shutil.copytree(whole, tmp_path / f"{Path(name).name} {size}")
            (broken / name).write_bytes(data[:size])
    assert set(loaded_elsewhere(tmp_path, EngineKind.VOSK).values()) == {"refused"}


def test_the_models_own_rate_is_known(tmp_path: Path, whole: Path) -> None:
    assert find_vosk_model(whole).rate_hz == 16_000
    with_line(MFCC, "--sample-frequency=8000  # telephone")(shutil.copytree(whole, tmp_path / "narrow"))
    assert find_vosk_model(tmp_path / "narrow").rate_hz == 8000


def test_the_older_layout_is_known(tmp_path: Path, whole: Path) -> None:
    folder = tmp_path / "older"
    folder.mkdir()
    for name in (NETWORK, GRAPH, WORDS, MFCC):
        shutil.copy(whole / name, folder / Path(name).name)
    assert find_vosk_model(folder).rate_hz == 16_000
