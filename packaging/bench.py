"""`make bench`: the figures of README.md, measured on this machine. Ratios are of things run side by side here.

.venv/bin/python packaging/bench.py [opus] [recogniser] [audiohook] [siege] [demo] [shedding]      default: all
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from desktop.audio.ogg import read_packets
from desktop.audio.opus import OpusDecoder
from desktop.domain.media import Party
from desktop.recognition.embedded import EmbeddedConfig, EmbeddedRecogniser
from desktop.recognition.models import resources_folder
from desktop.recognition.sphinx import wheel_models
from desktop.recognition.transcribe import transcribe
from desktop.simulator.audiohook_load import run_load
from desktop.simulator.audiohook_siege import run_siege

CALLS = resources_folder() / "calls"
HEARD = ("happy-order", "supervisor-request", "slow-speaker", "billing-dispute")
ROUNDS = 5


def packets(call: str, party: str) -> tuple[bytes, ...]:
    """One channel of a scripted call."""
    return read_packets((CALLS / f"{call}.{party}.opus").read_bytes()).packets


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of this process."""
    before = time.process_time()
    work()
    return time.process_time() - before


def opus() -> None:
    """Our door against opuslib's own decode, alternating, same packets."""
    import opuslib

    some = packets("happy-order", "customer")[:3000]

    def ours() -> None:
        decoder = OpusDecoder()
        for packet in some:
            decoder.decode(packet)

    def theirs() -> None:
        decoder = opuslib.Decoder(16_000, 1)
        for packet in some:
            np.frombuffer(decoder.decode(packet, 1920), np.int16)

    pairs = [(cpu(ours), cpu(theirs)) for _ in range(ROUNDS)]
    ratio = statistics.median(b / a for a, b in pairs)
    each = statistics.median(a for a, _ in pairs) / len(some) * 1e6
    print(f"opus: {each:.1f} us a packet; opuslib's own decode takes {ratio:.2f} times as long")


def edits(said: Sequence[str], heard: Sequence[str]) -> int:
    """Word edit distance."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1]


def spelled(text: str) -> list[str]:
    """Words as the dictionary spells them."""
    return "".join(c if c.isalnum() or c in "' " else " " for c in text.lower()).split()


def sound(call: str, party: str) -> npt.NDArray[np.int16]:
    """A whole channel, decoded."""
    decoder = OpusDecoder()
    return np.concatenate([decoder.decode(packet) for packet in packets(call, party)])


def recogniser() -> None:
    """The embedded engine with its own language model and with the one of PocketSphinx's package."""
    stock = wheel_models()
    engines = {
        "ours": EmbeddedConfig(),
        "stock": EmbeddedConfig(
            language_model=str(stock / "en-us.lm.bin"), dictionary=str(stock / "cmudict-en-us.dict")
        ),
    }
    spent: dict[str, float] = {}
    for name, config in engines.items():
        engine = EmbeddedRecogniser(config)
        wrong = words = 0
        speech_ms = 0
        spent[name] = 0.0
        for call in HEARD:
            truth = json.loads((CALLS / f"{call}.timing.json").read_text("utf-8"))["turns"]
            for party in (Party.CUSTOMER, Party.AGENT):
                samples = sound(call, party.value)
                before = time.process_time()
                segments = transcribe(samples, engine, party)
                spent[name] += time.process_time() - before
                speech_ms += sum(s.end_ms - s.start_ms for s in segments)
                said = [w for turn in truth if turn["party"] == party.value for w in spelled(turn["text"])]
                wrong += edits(said, [w for s in segments for w in s.text.split()])
                words += len(said)
        engine.close()
        print(
            f"recogniser, {name} language model: {100 * wrong / words:.1f} % of {words} words wrong, "
            f"{spent[name] / (speech_ms / 1000):.3f} CPU seconds a second of speech"
        )
    print(f"recogniser: the stock language model takes {spent['stock'] / spent['ours']:.2f} times as long")


def demonstrated(calls: int, seconds: int) -> dict[str, Any]:
    """The report of a demo off screen."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "desktop", "demo", "--calls", str(calls), "--seconds", str(seconds)]
        subprocess.run(
            [*command, "--report", str(report)], check=True, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        )
        found: dict[str, Any] = json.loads(report.read_text("utf-8"))
        return found


def demo() -> None:
    """The issue of it all: eight calls for a minute, off screen."""
    print(f"demo, 8 calls for 60 s on {os.cpu_count()} cores:")
    print(json.dumps(demonstrated(8, 60), indent=2))


def shedding() -> None:
    """Many more calls than the machine can hear beside a few: those that are heard in words must not get late."""
    few, many = demonstrated(8, 60), demonstrated(60, 60)
    for name, found in (("8 calls", few), ("60 calls", many)):
        late, how = found["latency_ms"]["speech_end_to_screen"], found["hearing"]["calls"]
        print(
            f"shedding, {name}: {how['words']} in words, {how['phrases']} keywords, {how['presence']} level only at "
            f"the end; speech end to screen p50 {late['p50']} ms, p95 {late['p95']} ms; unheard speech at most "
            f"{found['recognition_lag_ms']['max']} ms"
        )
    for percentile in ("p50", "p95"):
        one, other = (found["latency_ms"]["speech_end_to_screen"][percentile] for found in (few, many))
        if one and other:
            print(f"shedding: {percentile} with 60 calls is {other / one:.2f} times that with 8")


def audiohook() -> None:
    """200 signed stereo sessions on loopback for a minute, both ends in this process: every sample, and `opened`."""
    report = asyncio.run(run_load(200, 60.0))
    whole = "every sample accounted for" if report.whole else "SAMPLES LOST"
    print(f"audiohook: 200 stereo sessions for 60 s, {whole}; opened p99 {report.opened_p99_ms:.1f} ms")


def siege() -> None:
    """10,000 wrongly signed attempts at the listener while a call goes on."""
    began = time.monotonic()
    report = asyncio.run(run_siege(10_000))
    lost = report.call_sent - report.call_heard
    took = time.monotonic() - began
    print(f"siege: {report.refused} of {report.attempts} attempts refused in {took:.0f} s, {lost} samples lost")


if __name__ == "__main__":
    wanted = sys.argv[1:] or ["opus", "recogniser", "audiohook", "siege", "demo", "shedding"]
    for job in (opus, recogniser, audiohook, siege, demo, shedding):
        if job.__name__ in wanted:
            job()
