"""What the simulated analytics socket can't score, and what goes wrong on its wire (document B)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Analysis:
    """What conversation intelligence does on this platform (section 1, edge cases 1 and 3)."""

    licensed: bool = True  # False: every sentiment field is null
    analyses: dict[str, bool] = field(default_factory=dict)  # by queue id; a queue that isn't named is analysed
    wrong_language: set[str] = field(default_factory=set)  # queues whose scores stay at 0.0
    masked_after: int | None = None  # scores of a call before masking takes the rest


@dataclass(slots=True)
class AnalyticsFaults:
    """What goes wrong on the wire."""

    offered: bool = True  # False: 404, as on the real platform
    duplicates: int = 0  # how often each event is told again
    late_score_s: float | None = None  # a call's last score comes this long after its end
    answers_heartbeats: bool = True
    confirms: bool = True  # answers the subscription
    silent_after_expiry: bool = True  # keeps the socket open and tells nothing more; else an error says so
    beats_after_expiry: bool = False  # then still answers heartbeats: only the events are missing
