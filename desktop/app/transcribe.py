"""`sidetone transcribe`: the recogniser alone on a recording."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from desktop.app.engine_choice import engine_of
from desktop.audio.files import read_channels
from desktop.domain.media import Party
from desktop.domain.ports import notice_of
from desktop.domain.speech import Segment
from desktop.recognition.transcribe import transcribe
from desktop.settings.store import default_path, load

PARTIES = {1: (Party.MIXED,), 2: (Party.CUSTOMER, Party.AGENT)}


def transcribe_file(path: Path, *, as_json: bool) -> None:
    """Print what was said. This prints the transcript, which is what was asked for."""
    channels = read_channels(path)
    recogniser = asyncio.run(engine_of(load(default_path()).recognition))()
    if (notice := notice_of(recogniser)) is not None:
        print(notice.in_full, file=sys.stderr)
    heard: list[Segment] = []
    try:
        for party, samples in zip(PARTIES[len(channels)], channels, strict=True):
            heard += transcribe(samples, recogniser, party)
    finally:
        recogniser.close()
    heard.sort(key=lambda segment: segment.start_ms)
    if as_json:
        print(json.dumps([_plain(segment) for segment in heard], indent=1))
    else:
        for segment in heard:
            print(
                f"[{segment.start_ms / 1000:8.2f} - {segment.end_ms / 1000:8.2f}] {segment.party.value}: {segment.text}"
            )


def _plain(segment: Segment) -> dict[str, object]:
    return {
        "party": segment.party.value,
        "start_ms": segment.start_ms,
        "end_ms": segment.end_ms,
        "text": segment.text,
        "confidence": round(segment.confidence, 3),
        "words": [
            {"text": w.text, "start_ms": w.start_ms, "end_ms": w.end_ms, "confidence": round(w.confidence, 3)}
            for w in segment.words
        ],
    }
