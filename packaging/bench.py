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
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from desktop.app.catalog import STOCK, RecogniserChoice
from desktop.audio.files import read_channels
from desktop.audio.ogg import read_packets
from desktop.audio.opus import OpusDecoder
from desktop.bundled import resources_folder
from desktop.domain.media import Party
from desktop.domain.speech import Segment
from desktop.evaluation.hearing import blocks_of, hear
from desktop.evaluation.recordings import find_recordings
from desktop.evaluation.scores import compare
from desktop.evaluation.written import words_of
from desktop.recognition.embedded import MOONSHINE, POCKETSPHINX, EmbeddedConfig, EmbeddedRecogniser
from desktop.settings.model import Recognition
from desktop.simulator.audiohook_load import run_load
from desktop.simulator.audiohook_siege import run_siege

CALLS = resources_folder() / "calls"
HELD_OUT = resources_folder().parent / "tests" / "recognition" / "held_out"
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


def recogniser() -> None:
    """The embedded engine as it is, and with PocketSphinx's own models and settings, on calls that neither knows."""
    for through, band in (("opus", "16 kHz Opus"), ("pcmu", "8 kHz mu-law")):
        costs: dict[str, float] = {}
        for name, model in (("ours", ""), ("stock", STOCK)):
            engine = RecogniserChoice(Recognition(model=model))()
            said = wrong = 0
            spent = []
            for recording in find_recordings(HELD_OUT):
                samples = read_channels(recording.path)[0]
                found = hear(engine, samples, Party.MIXED, through=through)
                words = [word for item in found.heard if isinstance(item, Segment) for word in words_of(item.text)]
                errors = compare([word for _, line in recording.lines for word in words_of(line)], words)
                said, wrong = said + errors.said, wrong + errors.wrong
                spent.append(found.cpu_ms / found.speech_ms)
            engine.close()
            costs[name] = statistics.median(spent)
            print(
                f"recogniser, {band}, {name}: {100 * wrong / said:.1f} % of {said} words wrong, "
                f"{costs[name]:.3f} CPU seconds a second of speech (median)"
            )
        print(f"recogniser, {band}: stock takes {costs['stock'] / costs['ours']:.2f} times as long")
    memory()


def memory() -> None:
    """What another stream takes beside the models that all share: private memory once it has heard ten seconds."""
    samples = read_channels(next(iter(find_recordings(HELD_OUT))).path)[0][: 16_000 * 10]
    for words_by in (MOONSHINE, POCKETSPHINX):
        engine = EmbeddedRecogniser(EmbeddedConfig(words_by=words_by))
        kept, sizes = [], []
        for number in range(6):
            before = psutil.Process().memory_full_info().uss
            stream = engine.open(f"call {number}", Party.MIXED, "")
            for block in blocks_of(samples, Party.MIXED, "pcm"):
                stream.feed(block)
                stream.drain()
            kept.append(stream)  # in the middle of an utterance, perhaps
            sizes.append((psutil.Process().memory_full_info().uss - before) / 1e6)
        for stream in kept:
            stream.close()
        engine.close()
        print(
            f"recogniser, {words_by}: {statistics.median(sizes[1:]):.0f} MB of private memory for each further stream"
        )


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
