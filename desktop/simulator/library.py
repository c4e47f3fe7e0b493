"""Reads the scripted calls of `resources/calls`: NAME.toml, NAME.timing.json and one Ogg-Opus file a channel.

The schema stands at the top of `resources/build/build_calls.py`.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from desktop.audio.ogg import read_packets
from desktop.domain.errors import SettingInvalid
from desktop.domain.facts import CallFacts, CallStage
from desktop.domain.media import Party
from desktop.simulator.script import Channel, Faults, Script, ScriptedChange, Turn

_STAGES = {
    "transfer": CallStage.TRANSFER,
    "conference": CallStage.CONFERENCE,
    "hold_start": CallStage.HOLD,
    "hold_end": CallStage.CONNECTED,
    "disposition": CallStage.WRAP_UP,
}


def load_scripts(folder: Path) -> list[Script]:
    """All calls, by name. SettingInvalid when the folder holds none."""
    scripts = [load_script(path) for path in sorted(folder.glob("*.toml"))]
    if not scripts:
        raise SettingInvalid(str(folder), "holds no scripted calls", "Reinstall Sidetone, or set SIDETONE_RESOURCES.")
    return scripts


def load_script(path: Path) -> Script:
    """One call."""
    script: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    timing: dict[str, Any] = json.loads(path.with_suffix(".timing.json").read_text("utf-8"))
    frame_ms = float(timing["frame_ms"])
    channels = tuple(
        Channel(party, read_packets(path.with_suffix(f".{party.value}.opus").read_bytes()).packets, frame_ms)
        for party in (Party.CUSTOMER, Party.AGENT)
    )
    changes = tuple(ScriptedChange(event["at_ms"], _facts(event, _STAGES[event["kind"]])) for event in timing["events"])
    turns = tuple(
        Turn(Party(t["party"]), t["start_ms"], t["end_ms"], t["text"], t.get("score")) for t in timing["turns"]
    )
    return Script(path.stem, _facts(script["facts"], CallStage.CONNECTED), channels, changes, _faults(script), turns)


def _facts(table: dict[str, Any], stage: CallStage) -> CallFacts:
    return CallFacts(
        direction=table.get("direction", ""),
        agent_name=table.get("agent_name", ""),
        agent_id=table.get("agent_id", ""),
        queue_name=table.get("queue_name", ""),
        queue_id=table.get("queue_id", ""),
        skills=tuple(table.get("skills", ())),
        stage=stage,
        disposition=table.get("code", ""),
    )


def _faults(script: dict[str, Any]) -> Faults:
    table = script.get("faults", {})
    drop_s = table.get("drop_at_s", 0.0)
    return Faults(
        late_metadata_ms=table.get("late_metadata_ms", 0),
        lost_percent=table.get("lost_frame_percent", 0.0),
        reordered_percent=table.get("reorder_percent", 0.0),
        duplicated_percent=table.get("duplicate_percent", 0.0),
        drop_at_ms=round(drop_s * 1000) if drop_s else None,
        fragments=table.get("fragment", False),
    )
