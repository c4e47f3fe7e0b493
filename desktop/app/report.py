"""What a run measured, as JSON: counted and timed by the running parts, nothing computed from wishes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psutil

from desktop.app.heartbeat import Heartbeat
from desktop.domain.speech import Attention
from desktop.engine.meters import Meters


def made(
    meters: Meters,
    heartbeat: Heartbeat,
    *,
    notifications: int,
    restarts: int,
    seconds: float,
    engine: str,
    first_paint_ms: float | None = None,
) -> dict[str, Any]:
    """The report under the names that `packaging/check_report.py` and the README use."""
    c = meters.counts

    def prefixed(prefix: str) -> dict[str, int]:
        return {name.removeprefix(prefix): n for name, n in c.items() if name.startswith(prefix)}

    return {
        "seconds": round(seconds, 1),
        "first_paint_ms": None if first_paint_ms is None else round(first_paint_ms, 1),
        "engine": engine,
        "calls": {"seen": c["calls.seen"], "ended": c["calls.ended"]},
        "frames": {
            "received": c["frames.received"],
            "concealed": c["frames.concealed"],
            "corrupt": c["frames.corrupt"],
            "fragments_joined": c["frames.fragments_joined"],
            "lost": c["frames.lost"],
            "duplicate": c["frames.duplicate"],
            "reordered": c["frames.reordered"],
            "shed": c["frames.shed"],
            "unplaced": c["frames.unplaced"],
        },
        "segments": {"partial": c["segments.partial"], "final": c["segments.final"]},
        "readings": c["readings"],
        "keyword_hits": c["keyword_hits"],
        "alerts": c["alerts"],
        "notifications": notifications,
        "reconnects": c["reconnects"],
        "gaps": c["gaps"],
        "complaints": prefixed("complaints."),
        "mishaps": prefixed("mishaps."),
        "workers": {
            "started": c["workers.started"],
            "restarted": restarts,
            "trouble": c["workers.trouble"],
        },
        "latency_ms": {
            "decode": meters.decode.summary(),
            "recognise": meters.recognise.summary(),
            "words_to_screen": meters.words_to_screen.summary(),
            "speech_end_to_screen": meters.speech_end_to_screen.summary(),
        },
        "recognition_lag_ms": meters.lag_growth(),
        "hearing": _hearing(meters),
        "ui_tick_late_ms": {**heartbeat.late.summary(), "max": heartbeat.worst},
        "memory_mb": {
            "gui": round(psutil.Process().memory_info().rss / 2**20, 1),
            "workers": [round(v, 1) for _, v in sorted(meters.worker_rss_mb.items())],
        },
    }


def _hearing(meters: Meters) -> dict[str, Any]:
    """Calls heard in words, for phrases and only as speaking: at the end, and in seconds of call over the run."""
    now = meters.hearing
    return {
        "calls": {"words": now.words, "phrases": now.phrases, "presence": now.presence},
        "call_seconds": {attention.value: meters.heard_s[attention] for attention in Attention},
        "most_calls": now.most_calls,
        "measured": now.measured,
        "costs": {name: round(value, 4) for name, value in meters.costs.items()},
    }


def written(report: dict[str, Any], path: Path) -> None:
    """Save it for people and machines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
