"""The scripted calls: complete, well formed, decodable, and what was said is where the timings say it is."""

from __future__ import annotations

import importlib
import json
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pocketsphinx
import pytest

from desktop.audio.ogg import OggOpus, read_packets
from desktop.audio.opus import OpusDecoder, packet_ms
from desktop.domain.media import Party
from desktop.domain.speech import Segment, Trace
from desktop.insights.lexicon import parse_lexicon
from desktop.insights.mood import MoodMeter
from desktop.insights.sentiment import TextSentiment

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
CALLS = RESOURCES / "calls"
NAMES = sorted(path.stem for path in CALLS.glob("*.toml"))
PARTIES = ("customer", "agent")
SCENARIOS = {
    "rising anger",
    "cancellation",
    "billing dispute",
    "card number",
    "happy resolution",
    "long hold",
    "talk-over",
    "legal threat",
    "supervisor request",
    "transfer",
    "non-native pace",
    "late metadata",
    "lost frames",
    "dropped call",
}
CRITICAL = ("cancel my account", "lawyer", "supervisor", "complaint", "refund")
KEYS = {
    "": {"name", "title", "covers", "language", "turns", "facts", "voices", "audio", "faults", "events"},
    "turns": {"party", "text", "voice", "pause_ms", "pace", "mark"},
    "facts": {"direction", "agent_name", "agent_id", "queue_name", "queue_id", "skills"},
    "voices": {"customer", "agent", "agent2"},
    "audio": {"frame_ms", "bitrate", "expected_loss_percent"},
    "faults": {
        "late_metadata_ms",
        "lost_frame_percent",
        "reorder_percent",
        "duplicate_percent",
        "fragment",
        "drop_at_s",
    },
}
EVENT_KEYS = {
    "transfer": {"agent_name", "agent_id", "queue_name", "queue_id", "skills"},
    "conference": {"agent_name", "agent_id"},
    "disposition": {"code"},
    "hold": {"length_ms"},
}


@dataclass(frozen=True, slots=True)
class Call:
    script: dict[str, Any]
    timing: dict[str, Any]
    sound: dict[str, OggOpus]

    def turns(self, party: str) -> list[dict[str, Any]]:
        return [turn for turn in self.timing["turns"] if turn["party"] == party]

    def event(self, kind: str) -> dict[str, Any]:
        (event,) = (event for event in self.timing["events"] if event["kind"] == kind)
        return dict(event)


def load(name: str) -> Call:
    return Call(
        tomllib.loads((CALLS / f"{name}.toml").read_text(encoding="utf-8")),
        json.loads((CALLS / f"{name}.timing.json").read_text(encoding="utf-8")),
        {party: read_packets((CALLS / f"{name}.{party}.opus").read_bytes()) for party in PARTIES},
    )


ALL = {name: load(name) for name in NAMES}


@pytest.fixture(params=NAMES)
def call(request: pytest.FixtureRequest) -> Call:
    return ALL[request.param]


@pytest.fixture(scope="module")
def builder() -> Iterator[Any]:
    """resources/build is a folder of scripts, not a package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(RESOURCES / "build"))
        yield importlib.import_module("build_calls")
        for module in ("build_calls", "call_voices"):
            sys.modules.pop(module, None)


def decoded(sound: OggOpus) -> npt.NDArray[np.int16]:
    decoder = OpusDecoder()
    return np.concatenate([decoder.decode(packet) for packet in sound.packets])


def level_db(samples: npt.NDArray[np.int16]) -> float:
    return float(20 * np.log10(max(1e-9, np.sqrt(np.mean(np.square(samples / 32_768))))))


def words(text: str) -> list[str]:
    return "".join(letter if letter.isalpha() or letter == "'" else " " for letter in text.lower()).split()


def test_every_scenario_is_covered() -> None:
    assert len(ALL) >= 12
    assert {scenario for call in ALL.values() for scenario in call.script["covers"]} >= SCENARIOS


def test_folder_stays_small_and_says_its_licences() -> None:
    assert sum(path.stat().st_size for path in CALLS.iterdir()) < 5_500_000
    text = (CALLS / "LICENSES.md").read_text(encoding="utf-8")
    assert {f"`{turn['voice']}`" for call in ALL.values() for turn in call.timing["turns"]} <= set(
        text.replace(",", " ").split()
    )


def test_no_file_is_left_over() -> None:
    wanted = {f"{name}.{end}" for name in NAMES for end in ("toml", "timing.json", "customer.opus", "agent.opus")}
    assert {path.name for path in CALLS.iterdir()} == wanted | {"LICENSES.md"}


def test_script_has_the_documented_shape(call: Call) -> None:
    script = call.script
    assert script["name"] in ALL
    assert ALL[script["name"]] is call
    assert script["language"] == "en-US"
    assert script.keys() <= KEYS[""]
    for table in ("facts", "voices", "audio", "faults"):
        assert script.get(table, {}).keys() <= KEYS[table]
    assert script["facts"].keys() == KEYS["facts"]
    assert all(script["facts"].values())
    assert script["facts"]["direction"] in ("inbound", "outbound")
    assert script["audio"]["frame_ms"] in (10, 20, 40, 60)
    for turn in script["turns"]:
        assert turn.keys() <= KEYS["turns"]
        assert turn["party"] in PARTIES
    marks = [turn["mark"] for turn in script["turns"] if "mark" in turn]
    assert len(marks) == len(set(marks))
    for event in script.get("events", ()):
        assert event.keys() <= EVENT_KEYS[event["kind"]] | {"kind", "after", "delay_ms"}
        assert event["after"] in marks


def test_timings_belong_to_the_script(call: Call, builder: Any) -> None:
    script, timing = call.script, call.timing
    assert timing["frame_ms"] == script["audio"]["frame_ms"]
    assert timing["rate_hz"] == 16_000
    assert [(t["party"], t["text"]) for t in timing["turns"]] == [(t["party"], t["text"]) for t in script["turns"]]
    before = 0
    for turn, placed in zip(script["turns"], timing["turns"], strict=True):
        assert placed["voice"] == script["voices"][builder.voice_of(turn)]
        assert placed["start_ms"] == max(0, before + turn.get("pause_ms", builder.DEFAULT_PAUSE_MS))
        before = placed["end_ms"]
    assert timing["events"] == builder.placed_events(script, timing["turns"])


def test_length_is_that_of_a_short_call(call: Call) -> None:
    assert 70_000 <= call.timing["duration_ms"] <= 130_000
    assert max(turn["end_ms"] for turn in call.timing["turns"]) < call.timing["duration_ms"]
    assert all(0 < event["at_ms"] < call.timing["duration_ms"] for event in call.timing["events"])


def test_each_turn_can_be_heard_by_itself(call: Call) -> None:
    assert all(1_200 <= turn["end_ms"] - turn["start_ms"] <= 6_000 for turn in call.timing["turns"])
    for party in PARTIES:
        assert all(after["start_ms"] - before["end_ms"] >= 600 for before, after in pairwise(call.turns(party)))


def test_every_word_is_one_the_recogniser_knows(call: Call) -> None:
    path = Path(pocketsphinx.get_model_path("en-us")) / "cmudict-en-us.dict"
    known = {line.split(" ", 1)[0] for line in path.read_text(encoding="utf-8").splitlines()}
    assert {word for turn in call.script["turns"] for word in words(turn["text"])} <= known


def test_both_sides_are_different_people(call: Call, builder: Any) -> None:
    builder.check_speakers(call.script)


def test_one_speaker_on_both_sides_is_refused(builder: Any) -> None:
    with pytest.raises(ValueError, match="one speaker is used twice"):
        builder.check_speakers({"name": "x", "voices": {"customer": "slt", "agent": "slt_low"}})


def test_at_least_six_voices_and_four_speakers_are_heard(builder: Any) -> None:
    voices = {turn["voice"] for call in ALL.values() for turn in call.timing["turns"]}
    assert len(voices) >= 6
    assert len({builder.VOICES[voice].speaker for voice in voices}) >= 4


def test_packets_are_as_long_as_told(call: Call) -> None:
    for party in PARTIES:
        sound = call.sound[party]
        assert {packet_ms(packet) for packet in sound.packets} == {call.timing["frame_ms"]}
        assert len(sound.packets) * call.timing["frame_ms"] == call.timing["duration_ms"]
        assert (sound.channels, sound.input_rate, sound.pre_skip) == (1, 16_000, 312)


def test_frame_lengths_vary_over_the_set() -> None:
    assert {call.timing["frame_ms"] for call in ALL.values()} == {10, 20, 40, 60}


def test_speech_is_where_the_timings_say_and_silence_elsewhere(call: Call) -> None:
    for party in PARTIES:
        sound = decoded(call.sound[party])
        assert len(sound) == call.timing["duration_ms"] * 16
        quiet = np.ones(len(sound), dtype=bool)
        for turn in call.turns(party):
            span = slice(turn["start_ms"] * 16, turn["end_ms"] * 16)
            assert -32 < level_db(sound[span]) < -15
            quiet[max(0, span.start - 800) : span.stop + 1_600] = False
        if party == "agent" and "long hold" in call.script["covers"]:
            quiet[call.event("hold_start")["at_ms"] * 16 : (call.event("hold_end")["at_ms"] + 100) * 16] = False
        assert level_db(sound[quiet]) < -70


def test_critical_words_come_early_in_some_calls() -> None:
    early = []
    for name, call in ALL.items():
        said = " | ".join(" ".join(words(turn["text"])) for turn in call.turns("customer") if turn["end_ms"] <= 12_000)
        if any(keyword in said for keyword in CRITICAL):
            early.append(name)
    assert len(early) >= 3


def test_anger_keeps_the_average_down_for_long_enough() -> None:
    """Document B section 3: the last five readings below -0.5 on average for more than 30 s, with margin."""
    turns = ALL["rising-anger"].turns("customer")
    assert turns[0]["start_ms"] <= 10_000
    assert sum(turn["end_ms"] <= turns[0]["start_ms"] + 60_000 for turn in turns) >= 14
    lexicon = parse_lexicon((RESOURCES / "lexicon" / "vader_words.tsv").read_text(encoding="utf-8"))
    meter = MoodMeter(TextSentiment(lexicon))
    for number, turn in enumerate(turns):
        text, at = " ".join(words(turn["text"])), (turn["start_ms"], turn["end_ms"])
        reading = meter.hear(Segment("c", Party.CUSTOMER, number, 0, text, *at, True, "en-US", 1.0, (), Trace()))
        assert reading is not None
        assert reading.label == "negative"
        if turn["end_ms"] <= 70_000:
            assert reading.average < -0.55


def test_anger_rises_and_ends_in_a_cancellation() -> None:
    call = ALL["rising-anger"]
    assert any("cancel my account" in turn["text"] for turn in call.turns("customer"))
    assert call.event("disposition")["code"] == "Account cancelled"


def test_long_hold_plays_music_to_a_silent_agent_channel() -> None:
    call = ALL["long-hold"]
    start, end = call.event("hold_start")["at_ms"], call.event("hold_end")["at_ms"]
    assert end - start >= 30_000
    assert not [turn for turn in call.timing["turns"] if turn["end_ms"] > start and turn["start_ms"] < end]
    assert -40 < level_db(decoded(call.sound["agent"])[start * 16 : end * 16]) < -25


def test_talk_over_is_only_in_its_call() -> None:
    def overlap_ms(call: Call) -> int:
        return sum(
            max(0, min(mine["end_ms"], theirs["end_ms"]) - max(mine["start_ms"], theirs["start_ms"]))
            for mine in call.turns("customer")
            for theirs in call.turns("agent")
        )

    assert overlap_ms(ALL["talk-over"]) > 8_000
    assert [name for name, call in ALL.items() if overlap_ms(call)] == ["talk-over"]


@pytest.mark.parametrize(("name", "kind"), [("transfer", "transfer"), ("supervisor-request", "conference")])
def test_second_agent_speaks_only_after_the_event(name: str, kind: str) -> None:
    call = ALL[name]
    event = call.event(kind)
    second = [turn for turn in call.turns("agent") if turn["voice"] == call.script["voices"]["agent2"]]
    assert len(second) >= 5
    assert min(turn["start_ms"] for turn in second) > event["at_ms"]
    assert event["agent_name"] != call.script["facts"]["agent_name"]
    if kind == "transfer":
        late = [turn for turn in call.turns("agent") if turn["start_ms"] > event["at_ms"]]
        assert late == second


def test_faults_are_where_the_scenarios_say() -> None:
    def faults(name: str) -> dict[str, Any]:
        return dict(ALL[name].script["faults"])

    assert faults("late-metadata")["late_metadata_ms"] > 500
    assert 1 <= faults("lost-frames")["lost_frame_percent"] <= 10
    assert [name for name, call in ALL.items() if call.script.get("faults", {}).get("fragment")]
    drop_ms = faults("dropped-call")["drop_at_s"] * 1000
    speaking = [t for t in ALL["dropped-call"].timing["turns"] if t["start_ms"] + 500 < drop_ms < t["end_ms"] - 500]
    assert speaking


def test_slow_speaker_is_slow() -> None:
    def words_a_second(name: str) -> float:
        turns = ALL[name].turns("customer")
        return sum(len(words(t["text"])) for t in turns) / sum(t["end_ms"] - t["start_ms"] for t in turns) * 1000

    usual = [words_a_second(name) for name in NAMES if name != "slow-speaker"]
    assert words_a_second("slow-speaker") < 0.85 * float(np.median(usual))


def test_card_number_is_the_public_test_number() -> None:
    digits = {"one": "1", "four": "4"}
    spoken = [
        digits.get(word, " ") for turn in ALL["billing-dispute"].turns("customer") for word in words(turn["text"])
    ]
    assert "4111111111111111" in "".join(spoken)


def test_lost_frames_can_be_recovered_from_the_next_packet() -> None:
    """In-band FEC is on: over the speech, recovered frames are nearer to the truth than concealed ones."""
    call = ALL["lost-frames"]
    packets = call.sound["customer"].packets
    speech = [
        at for turn in call.turns("customer") for at in range(turn["start_ms"] // 20 + 8, turn["end_ms"] // 20, 25)
    ]
    recovered = concealed = 0.0
    for at in speech:
        whole, with_fec, without = OpusDecoder(), OpusDecoder(), OpusDecoder()
        for packet in packets[at - 8 : at]:
            for decoder in (whole, with_fec, without):
                decoder.decode(packet)
        truth = whole.decode(packets[at]).astype(float)
        recovered += float(np.sum((with_fec.recover(packets[at + 1], 20) - truth) ** 2))
        concealed += float(np.sum((without.conceal(20) - truth) ** 2))
    assert len(speech) > 50
    assert recovered < 0.6 * concealed
