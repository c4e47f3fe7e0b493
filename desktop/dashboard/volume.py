"""How much went on lately: keyword hits and live calls per ten seconds, five minutes deep."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from desktop.dashboard.state import FloorState

BUCKET_MS = 10_000
BUCKETS = 30


@dataclass(slots=True)
class Volume:
    """Bars for the floor figures, oldest first. Fed by `note`, about once a second."""

    hits: deque[int] = field(default_factory=lambda: deque([0], maxlen=BUCKETS))
    live: deque[int] = field(default_factory=lambda: deque([0], maxlen=BUCKETS))
    bucket: int | None = None
    hits_before: int = 0

    def note(self, state: FloorState, now_ms: int) -> None:
        """Count what happened since the last call; `now_ms` is the wall clock."""
        bucket = now_ms // BUCKET_MS
        if self.bucket is None or bucket < self.bucket:  # the clock was set back
            self.bucket = bucket
        for _ in range(min(bucket - self.bucket, BUCKETS)):
            self.hits.append(0)
            self.live.append(0)
        self.bucket = bucket
        self.hits[-1] += state.hits - self.hits_before
        self.hits_before = state.hits
        self.live[-1] = max(self.live[-1], len(state.live))
