"""Writes the simulated platform's own sentiment scores into `resources/calls/NAME.timing.json`.

    python resources/build/score_turns.py

A platform scores what was said, so each turn's text is scored (-1..1, two decimals) once, here, and the simulator
tells it as the platform's own reading. A turn that says too little to judge ("Yes.") gets none. Run it again after
`build_calls.py`, which writes the timings anew. Nothing is changed where the scores are right already.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

RESOURCES = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(RESOURCES.parent))

from desktop.domain.media import Party  # noqa: E402
from desktop.domain.speech import Segment, Trace  # noqa: E402
from desktop.insights.lexicon import parse_lexicon  # noqa: E402
from desktop.insights.mood import MoodMeter  # noqa: E402
from desktop.insights.sentiment import TextSentiment  # noqa: E402

DECIMALS = 2


def scored(timing: dict[str, Any], meter: MoodMeter) -> dict[str, Any]:
    """The same timings with a `score` on every turn that says enough."""
    turns = []
    for number, turn in enumerate(timing["turns"]):
        text = " ".join(re.findall(r"[a-z']+", turn["text"].lower()))
        said = Segment("call", Party(turn["party"]), number, 0, text, 0, 0, True, "en-US", 1.0, (), Trace())
        reading = meter.hear(said)
        bare = {key: value for key, value in turn.items() if key != "score"}
        turns.append(bare if reading is None else {**bare, "score": round(reading.score, DECIMALS) + 0.0})
    return {**timing, "turns": turns}


def main() -> None:
    """All calls."""
    lexicon = parse_lexicon((RESOURCES / "lexicon" / "vader_words.tsv").read_text(encoding="utf-8"))
    for path in sorted((RESOURCES / "calls").glob("*.timing.json")):
        timing = scored(json.loads(path.read_text(encoding="utf-8")), MoodMeter(TextSentiment(lexicon)))
        path.write_text(json.dumps(timing, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        with_score = [turn["score"] for turn in timing["turns"] if "score" in turn]
        print(f"{path.stem:32} {len(with_score):3} of {len(timing['turns']):3} turns, lowest {min(with_score):5.2f}")


if __name__ == "__main__":
    main()
