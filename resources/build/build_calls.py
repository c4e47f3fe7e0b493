"""Makes the sound of the simulator's scripted calls: `resources/calls/NAME.toml` to Ogg-Opus and true timings.

    .venv/bin/python resources/build/build_calls.py [NAME ...] [--cache FOLDER]

Needs the engines named in call_voices.py. Writes, beside each script, NAME.customer.opus and NAME.agent.opus
(mono, 16 kHz in, both of the same length, continuous from the first to the last frame) and NAME.timing.json.
Same engines, same script: same bytes.

A script. `turns`, `facts`, `voices`, `audio` are required; a key shown with = 0, "", false or a rule may be left out:

    name = "rising-anger"            # the file's own name
    title = "..."                    # one line for people
    covers = ["rising anger", ...]   # which scenarios it stands for
    language = "en-US"
    turns = [                        # in order of their beginnings
      { party = "customer",          # | "agent"
        text = "...",
        voice = party,               # key of [voices]; "agent2" is the second person on the agent's channel
        pause_ms = 750,              # from the end of the turn before; negative = talk-over
        pace = 1.0,                  # time stretch, 1.25 = slow
        mark = "" },                 # name for events to hang on
    ]
    [facts]                          # as the platform tells them when the call begins
    direction = "inbound"            # | "outbound"
    agent_name, agent_id, queue_name, queue_id   # strings, required
    skills = ["billing", ...]
    [voices]                         # names from call_voices.py
    customer = "rms"
    agent = "slt"
    agent2 = "awb"                   # only where an event brings a second person
    [audio]
    frame_ms = 20                    # required: 10 | 20 | 40 | 60
    bitrate = 20000                  # required: bit/s
    expected_loss_percent = 0        # above 0: in-band FEC on
    [faults]                         # what the platform's side does wrong; the whole table may be missing
    late_metadata_ms = 0             # the facts come this long after the first audio
    lost_frame_percent = 0.0         # of frames never sent, sequence numbers counted on
    reorder_percent = 0.0            # of frames sent after their successor
    duplicate_percent = 0.0          # of frames sent twice
    fragment = false                 # frames are split over several messages
    drop_at_s = 0.0                  # above 0: from here nothing more is sent, not even the end of the call
    [[events]]
    kind = "transfer"                # | "conference" | "disposition" | "hold"
    after = "move"                   # mark of the turn whose end it follows
    delay_ms = 0
    agent_name, agent_id, queue_name, queue_id, skills   # transfer, conference: only what changes
    code = "..."                     # disposition
    length_ms = 38000                # hold: music on the agent's channel for so long

NAME.timing.json, all times in ms from the first sample (a decoder adds the codec's 6.5 ms):

    {"duration_ms", "frame_ms", "rate_hz",
     "turns": [{"party", "voice", "start_ms", "end_ms", "text"}, ...],      in script order
     "events": [{"at_ms", "kind", ...the script's other keys}, ...]}        by time; "hold" became
                                                                            "hold_start" and "hold_end"
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import tomllib
import zlib
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from call_voices import RATE_HZ, VOICES, Wave, speak

from desktop.audio.ogg import write_packets
from desktop.audio.opus import OpusEncoder

CALLS = Path(__file__).resolve().parent.parent / "calls"
PARTIES = ("customer", "agent")
DEFAULT_PAUSE_MS = 750
LEAST_GAP_MS = 600
TAIL_MS = 2_500
NOISE_RMS = 0.5 / 32_768  # -96 dBFS: a line that is alive and costs few bits
_PER_MS = RATE_HZ // 1000


def main() -> None:
    """Build the named calls, or all."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "sidetone-voices")
    options = parser.parse_args()
    for path in sorted(CALLS.glob("*.toml")):
        if not options.names or path.stem in options.names:
            build(path, options.cache)


def build(path: Path, cache: Path) -> None:
    """One call's three files."""
    script = tomllib.loads(path.read_text(encoding="utf-8"))
    check_speakers(script)
    waves = [
        speak(turn["text"], VOICES[script["voices"][voice_of(turn)]], turn.get("pace", 1.0), cache)
        for turn in script["turns"]
    ]
    turns = placed_turns(script, waves)
    events = placed_events(script, turns)
    frame_ms = script["audio"]["frame_ms"]
    last = max([turn["end_ms"] for turn in turns] + [event["at_ms"] for event in events]) + TAIL_MS
    duration_ms = math.ceil(last / frame_ms) * frame_ms
    for party in PARTIES:
        channel = mixed(party, script["name"], duration_ms, turns, waves)
        if party == "agent":
            add_hold_music(channel, events)
        sound = np.round(np.clip(channel, -1, 1) * 32_767).astype(np.int16)
        (path.parent / f"{path.stem}.{party}.opus").write_bytes(encoded(sound, script, party))
    timing = {"duration_ms": duration_ms, "frame_ms": frame_ms, "rate_hz": RATE_HZ, "turns": turns, "events": events}
    text = json.dumps(timing, indent=1, ensure_ascii=False) + "\n"
    path.with_name(f"{path.stem}.timing.json").write_text(text, encoding="utf-8")
    print(f"{path.stem:20} {duration_ms / 1000:6.1f} s  {len(turns)} turns")


def voice_of(turn: dict[str, Any]) -> str:
    return str(turn.get("voice", turn["party"]))


def check_speakers(script: dict[str, Any]) -> None:
    """The same recorded person on both sides would make the parties hard to tell apart."""
    customer, *agents = (VOICES[script["voices"][key]].speaker for key in ("customer", *agent_keys(script)))
    if customer in agents or len(set(agents)) < len(agents):
        raise ValueError(f"{script['name']}: voices: one speaker is used twice; choose another voice")


def agent_keys(script: dict[str, Any]) -> list[str]:
    return [key for key in script["voices"] if key != "customer"]


def placed_turns(script: dict[str, Any], waves: list[Wave]) -> list[dict[str, Any]]:
    """True begin and end of every turn."""
    turns: list[dict[str, Any]] = []
    before = 0
    for turn, wave in zip(script["turns"], waves, strict=True):
        start = max(0, before + turn.get("pause_ms", DEFAULT_PAUSE_MS))
        before = start + round(len(wave) / _PER_MS)
        voice = script["voices"][voice_of(turn)]
        turns.append(
            {"party": turn["party"], "voice": voice, "start_ms": start, "end_ms": before, "text": turn["text"]}
        )
    check_pauses(script["name"], turns)
    return turns


def check_pauses(name: str, turns: list[dict[str, Any]]) -> None:
    """Turns of one party must come out of an endpointer one by one."""
    for party in PARTIES:
        own = [turn for turn in turns if turn["party"] == party]
        for before, after in pairwise(own):
            gap = after["start_ms"] - before["end_ms"]
            if gap < LEAST_GAP_MS:
                raise ValueError(f"{name}: {party} at {after['start_ms']} ms: only {gap} ms after their last turn")


def placed_events(script: dict[str, Any], turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Events on the call's time line, in order."""
    ends = {t["mark"]: placed["end_ms"] for t, placed in zip(script["turns"], turns, strict=True) if "mark" in t}
    events: list[dict[str, Any]] = []
    for event in script.get("events", ()):
        kind, at_ms = event["kind"], ends[event["after"]] + event.get("delay_ms", 0)
        told = {key: value for key, value in event.items() if key not in ("kind", "after", "delay_ms", "length_ms")}
        if kind == "hold":
            events.append({"at_ms": at_ms, "kind": "hold_start", **told})
            events.append({"at_ms": at_ms + event["length_ms"], "kind": "hold_end", **told})
        else:
            events.append({"at_ms": at_ms, "kind": kind, **told})
    return sorted(events, key=lambda event: int(event["at_ms"]))


def mixed(party: str, name: str, duration_ms: int, turns: list[dict[str, Any]], waves: list[Wave]) -> Wave:
    """One party's whole channel: its turns over the noise of a live line."""
    noise = np.random.default_rng(zlib.crc32(f"{name}/{party}".encode()))
    channel: Wave = noise.normal(0.0, NOISE_RMS, duration_ms * _PER_MS)
    for turn, wave in zip(turns, waves, strict=True):
        if turn["party"] == party:
            start = turn["start_ms"] * _PER_MS
            channel[start : start + len(wave)] += wave
    return channel


def add_hold_music(channel: Wave, events: list[dict[str, Any]]) -> None:
    """A slow arpeggio of plain sines, our own."""
    starts = [event["at_ms"] for event in events if event["kind"] == "hold_start"]
    ends = [event["at_ms"] for event in events if event["kind"] == "hold_end"]
    chords = ((60, 64, 67, 72), (57, 60, 64, 69), (53, 57, 60, 65), (55, 59, 62, 67))  # C, A minor, F, G
    note = np.arange(round(0.5 * RATE_HZ)) / RATE_HZ
    envelope = np.minimum(1.0, note / 0.04) * np.exp(-3.0 * note) * np.minimum(1.0, (0.5 - note) / 0.05)
    for start, end in zip(starts, ends, strict=True):
        for index, at in enumerate(range(start * _PER_MS, end * _PER_MS - len(note), len(note))):
            key = chords[index // 8 % 4][(0, 1, 2, 3, 2, 1, 2, 1)[index % 8]] + 12
            pitch = 440.0 * 2.0 ** ((key - 69) / 12)
            channel[at : at + len(note)] += 0.06 * envelope * np.sin(2 * np.pi * pitch * note)


def encoded(sound: np.ndarray[Any, np.dtype[np.int16]], script: dict[str, Any], party: str) -> bytes:
    """16 kHz mono voice, VBR, in packets of the script's frame length."""
    audio = script["audio"]
    loss = audio.get("expected_loss_percent", 0)
    encoder = OpusEncoder(bitrate=audio["bitrate"], fec=loss > 0, loss_percent=loss)
    size = audio["frame_ms"] * _PER_MS
    packets = [encoder.encode(sound[at : at + size]) for at in range(0, len(sound), size)]
    serial = zlib.crc32(f"{script['name']}.{party}".encode())
    return write_packets(packets, input_rate=RATE_HZ, serial=serial, comments=[f"TITLE={script['title']} ({party})"])


if __name__ == "__main__":
    main()
