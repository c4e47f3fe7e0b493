"""A model folder for Vosk that is small, real and made here: Kaldi files in text form, a graph as OpenFst writes it."""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path

import numpy as np
import soxr

from tests.support.features import RATE_HZ, Floats, cepstra, log_mels
from tests.support.lessons import SAID, sound, windows

CEPSTRA, WINDOW = 40, 12  # frames of 10 ms
_GAIN, _RIDGE = 10.0, 30.0
_NEW_WORD = 12.0  # what it costs to begin another word
_SILENCE = 1  # the phone; the words' phones follow


def features(samples: Floats, rate_hz: int) -> Floats:
    """What conf/mfcc.conf makes of 16 kHz sound."""
    if rate_hz != RATE_HZ:
        samples = soxr.resample(samples, RATE_HZ, rate_hz)
    mels = log_mels(samples, CEPSTRA, 20.0, rate_hz / 2 - 400, snip_edges=True, rate_hz=rate_hz)
    return cepstra(mels, CEPSTRA)


def words() -> list[str]:
    """In the order of their numbers, which begin with 1."""
    return list(dict.fromkeys(word for said in SAID.values() for word, _ in spoken(said)))


def spoken(said: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Whole words and where they begin, in ms."""
    found: list[tuple[str, int]] = []
    for piece, at_ms in said:
        if piece.startswith("▁"):
            found.append((piece[1:], at_ms))
        else:
            found[-1] = (found[-1][0] + piece, found[-1][1])
    return found


@cache
def classifier(rate_hz: int) -> tuple[Floats, Floats]:
    """(weights, bias) of a linear map from windows of cepstra to phones: about 1 for the one heard, 0 for others."""
    known = words()
    inputs, targets = [], []
    for name, said in SAID.items():
        heard = spoken(said)
        ends = [*(at_ms for _, at_ms in heard[1:]), {"waiting": 4160, "cancel": 3840}[name]]
        for phase in range(0, 10, 2):
            frames = windows(features(sound(name)[16 * phase :], rate_hz), WINDOW)
            centre_ms = phase + 10.0 * np.arange(len(frames)) + 5 * WINDOW
            target = np.zeros((len(frames), len(known) + 1))
            target[:, 0] = 1
            for (word, start), end in zip(heard, ends, strict=True):
                target[(centre_ms >= start) & (centre_ms < end)] = np.eye(len(known) + 1)[1 + known.index(word)]
            inputs.append(frames)
            targets.append(target)
    design = np.concatenate(inputs)
    design = np.concatenate([design, np.full((len(design), 1), 100.0)], axis=1)
    solved = np.linalg.solve(design.T @ design + _RIDGE * np.eye(design.shape[1]), design.T @ np.concatenate(targets))
    return np.asarray(_GAIN * solved[:-1].T), np.asarray(_GAIN * 100 * solved[-1])


def make(folder: Path, rate_hz: int = RATE_HZ) -> Path:
    """Write the folder."""
    for below in ("am", "conf", "graph/phones"):
        (folder / below).mkdir(parents=True, exist_ok=True)
    phones = len(words()) + 1
    (folder / "am/final.mdl").write_text(_transitions(phones) + _network(rate_hz), encoding="ascii")
    (folder / "graph/HCLG.fst").write_bytes(_graph(phones))
    table = ["<eps> 0", *(f"{word} {number}" for number, word in enumerate(words(), 1))]
    (folder / "graph/words.txt").write_text("\n".join(table) + "\n", encoding="utf-8")
    boundaries = [f"{phone} {'nonword' if phone == _SILENCE else 'singleton'}" for phone in range(1, phones + 1)]
    (folder / "graph/phones/word_boundary.int").write_text("\n".join(boundaries) + "\n", encoding="ascii")
    (folder / "conf/mfcc.conf").write_text(
        f"--sample-frequency={rate_hz}\n--use-energy=false\n--num-mel-bins={CEPSTRA}\n--num-ceps={CEPSTRA}\n"
        f"--low-freq=20\n--high-freq=-400\n--dither=0\n",
        encoding="ascii",
    )
    (folder / "conf/model.conf").write_text(
        "--min-active=200\n--max-active=3000\n--beam=15.0\n--lattice-beam=6.0\n--acoustic-scale=1.0\n"
        f"--frame-subsampling-factor=3\n--endpoint.silence-phones={_SILENCE}\n",
        encoding="ascii",
    )
    return folder


def _transitions(phones: int) -> str:
    """One state a phone: stay (transition 2p - 1) or leave (2p)."""
    numbers = " ".join(str(phone) for phone in range(1, phones + 1))
    state = "<State> 0 <PdfClass> 0 <Transition> 0 0.5 <Transition> 1 0.5 </State>\n<State> 1 </State>\n"
    triples = "".join(f"{phone} 0 {phone - 1}\n" for phone in range(1, phones + 1))
    logs = " ".join(["0", *["-0.6931472"] * (2 * phones)])
    return (
        f"<TransitionModel>\n<Topology>\n<TopologyEntry>\n<ForPhones>\n{numbers}\n</ForPhones>\n{state}"
        f"</TopologyEntry>\n</Topology>\n<Triples> {phones}\n{triples}</Triples>\n"
        f"<LogProbs>\n [ {logs} ]\n</LogProbs>\n</TransitionModel>\n"
    )


def _network(rate_hz: int) -> str:
    weights, bias = classifier(rate_hz)
    offsets = ", ".join(f"Offset(input, {offset})" for offset in range(-(WINDOW // 2), WINDOW - WINDOW // 2))
    rows = "\n".join("  " + " ".join(f"{value:.6g}" for value in row) for row in weights)
    return (
        f"<Nnet3> \ninput-node name=input dim={CEPSTRA}\n"
        f"component-node name=heard component=heard input=Append({offsets})\n"
        "output-node name=output input=heard objective=linear\n\n"
        "<NumComponents> 1\n<ComponentName> heard <FixedAffineComponent> "
        f"<LinearParams>  [\n{rows} ]\n<BiasParams>  [ {' '.join(f'{value:.6g}' for value in bias)} ]\n"
        "</FixedAffineComponent>\n</Nnet3> <LeftContext> 6 <RightContext> 5 <Priors>  [ ]\n"
    )


def _graph(phones: int) -> bytes:
    """Any word after any: state 0 leads into each phone's state, where it may stay, and back."""
    half = 0.6931472
    states: list[tuple[float, list[tuple[int, int, float, int]]]] = [
        (0.0, [(2 * p, p - 1, 0.0 if p == _SILENCE else _NEW_WORD, p) for p in range(1, phones + 1)])
    ]
    states += [(0.0, [(0, 0, half, 0), (2 * p - 1, 0, half, p)]) for p in range(1, phones + 1)]
    arcs = sum(len(leaving) for _, leaving in states)

    def text(value: bytes) -> bytes:
        return struct.pack("<i", len(value)) + value

    head = struct.pack("<i", 2125659606) + text(b"vector") + text(b"standard")
    head += struct.pack("<iiQqqq", 2, 0, 3, 0, len(states), arcs)
    body = b"".join(
        struct.pack("<fq", final, len(leaving)) + b"".join(struct.pack("<iifi", *arc) for arc in leaving)
        for final, leaving in states
    )
    return head + body
