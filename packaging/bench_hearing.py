"""Part of `make bench`: what the gate and the embedded recogniser make of sound without and with speech.

.venv/bin/python packaging/bench_hearing.py [quiet] [speech] [MINUTES] [hold-music.wav ...]  default: both, 10
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from desktop.audio.files import read_channels
from desktop.audio.ogg import read_packets
from desktop.audio.opus import OpusDecoder
from desktop.bundled import resources_folder
from desktop.domain.media import PIPELINE_RATE_HZ, Party
from desktop.recognition.embedded import EmbeddedRecogniser
from desktop.recognition.framing import FRAME_SAMPLES, Frame
from desktop.recognition.gate import Gate, GateSettings
from desktop.recognition.transcribe import transcribe
from desktop.simulator.hold_music import MUSIC
from desktop.simulator.line_sounds import DIALLING, NOISES, TONES, at_level
from desktop.simulator.trunk import TRUNKS

Samples = npt.NDArray[np.int16]

LEVELS_DBFS = (-15.0, -22.0, -30.0, -40.0)
PIECE_S = 30.0
CALLS = resources_folder() / "calls"


def sounds(minutes: float, recordings: Sequence[Path]) -> Iterator[tuple[str, str, Samples]]:
    """Kind, name and sound, made of pieces with their own chance and level; recordings as long as they are."""
    kinds = {"music": MUSIC, "tones": TONES, "dialling": DIALLING, "noise": NOISES}
    for kind, makers in kinds.items():
        for name, make in makers.items():
            pieces = [
                at_level(make(PIECE_S, np.random.default_rng(n)), LEVELS_DBFS[n % len(LEVELS_DBFS)])
                for n in range(max(1, round(minutes * 60 / PIECE_S)))
            ]
            yield kind, name, np.concatenate(pieces)
    for path in recordings:
        channels = read_channels(path)
        yield "recorded music", path.stem, np.mean(channels, axis=0).astype(np.int16)


def quiet(minutes: float = 10.0, recordings: Sequence[Path] = ()) -> None:
    """So many minutes of each sound that is no speech, through both codecs: how many words come of it."""
    engine = EmbeddedRecogniser()
    words: Counter[str] = Counter()
    let_in: Counter[str] = Counter()
    lengths: Counter[str] = Counter()
    spent = 0.0
    for kind, name, sound in sounds(minutes, recordings):
        for trunk, through in TRUNKS.items():
            arrived = through(sound)
            before, utterances = time.process_time(), engine.counters.utterances
            segments = transcribe(arrived, engine, Party.CUSTOMER)
            spent += time.process_time() - before
            heard = sum(len(segment.words) for segment in segments)
            opened = engine.counters.utterances - utterances
            words[kind] += heard
            let_in[kind] += opened
            lengths[kind] += len(arrived)
            if opened:
                print(f"quiet: {name}, {trunk}: let in {opened} times, {heard} words", flush=True)
    engine.close()
    for kind, length in lengths.items():
        span = length / PIPELINE_RATE_HZ / 60
        print(f"quiet: {kind}, {span:.0f} minutes: {words[kind]} words, let in {let_in[kind]} times")
    whole = sum(lengths.values()) / PIPELINE_RATE_HZ
    print(f"quiet: {100 * spent / whole:.2f} % of a core a channel")


def channel(call: str, party: str) -> Samples:
    """A whole channel of a scripted call."""
    decoder = OpusDecoder()
    return np.concatenate(
        [decoder.decode(packet) for packet in read_packets((CALLS / f"{call}.{party}.opus").read_bytes()).packets]
    )


def speech(seconds: float = 60.0) -> None:
    """How much of the scripted calls' speech the gate passes, by level, codec and noise."""
    conditions: list[tuple[float, str, float | None]] = [
        (level, trunk, None) for level in (-15.0, -30.0, -45.0) for trunk in TRUNKS
    ]
    conditions += [(-25.0, trunk, snr) for snr in (20.0, 15.0) for trunk in TRUNKS]
    turns = {
        (path.name.removesuffix(".timing.json"), party): [
            (turn["start_ms"], turn["end_ms"])
            for turn in json.loads(path.read_text("utf-8"))["turns"]
            if turn["party"] == party and turn["end_ms"] < seconds * 1000
        ]
        for path in sorted(CALLS.glob("*.timing.json"))
        for party in ("customer", "agent")
    }
    for level, trunk, snr in conditions:
        spoken = passed = whole = missed = 0
        spent = heard_s = 0.0
        for (call, party), spans in turns.items():
            sound = at_level(channel(call, party)[: int(seconds * PIPELINE_RATE_HZ)] / 32768, level)
            if snr is not None:
                hiss = np.random.default_rng(1).normal(0, 32768 * 10 ** ((level - snr) / 20), len(sound))
                sound = np.clip(sound + hiss, -32768, 32767).astype(np.int16)
            arrived = TRUNKS[trunk](sound)
            before = time.process_time()
            open_ms = _open(arrived)
            spent += time.process_time() - before
            heard_s += len(arrived) / PIPELINE_RATE_HZ
            for start, end in spans:
                share = open_ms[start // 10 : end // 10]
                spoken += len(share)
                passed += int(share.sum())
                whole += 1
                missed += not share.any()
        noise = "" if snr is None else f", noise {snr:.0f} dB below"
        print(
            f"speech: {level:.0f} dBFS, {trunk}{noise}: {100 * passed / spoken:.1f} % of {spoken / 100:.0f} s passed, "
            f"{missed} of {whole} turns missed, {100 * spent / heard_s:.2f} % of a core a channel",
            flush=True,
        )


def _open(samples: Samples) -> npt.NDArray[np.bool_]:
    """Of each 10 ms whether it reached a decoder."""
    gate = Gate(GateSettings())
    passed = np.zeros(len(samples) // 160 + 100, bool)
    utterances = []
    for n in range(len(samples) // FRAME_SAMPLES):
        piece = samples[n * FRAME_SAMPLES : (n + 1) * FRAME_SAMPLES]
        if (utterance := gate.hear(Frame(n * 30.0, piece, 0, 0))) is not None:
            utterances.append(utterance)
    for utterance in utterances:
        for frame in utterance.pending:
            passed[int(frame.at_ms) // 10 : int(frame.end_ms) // 10] = True
    return passed


if __name__ == "__main__":
    given = sys.argv[1:]
    files = [Path(argument) for argument in given if Path(argument).is_file()]
    minutes = next((float(argument) for argument in given if argument.replace(".", "").isdigit()), 10.0)
    wanted = [argument for argument in given if argument in ("quiet", "speech")] or ["quiet", "speech"]
    if "quiet" in wanted:
        quiet(minutes, files)
    if "speech" in wanted:
        speech()
