"""What is known about an interaction besides its sound (document A section 4)."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace


class CallStage(enum.Enum):
    """Where the platform says the interaction stands."""

    UNTOLD = "untold"  # by whoever brings sound and knows nothing else
    IVR = "ivr"  # in a menu
    QUEUED = "queue"  # waits for an agent, for whom it doesn't ring yet
    CONNECTED = "connected"
    HOLD = "hold"
    TRANSFER = "transfer"
    CONFERENCE = "conference"
    WRAP_UP = "wrapup"


WAITING_STAGES = frozenset({CallStage.IVR, CallStage.QUEUED, CallStage.HOLD})
"""Nobody talks with the customer."""


class CallPhase(enum.Enum):
    """Where our own state machine stands with it."""

    GRACE = "grace"  # audio waits up to 500 ms for metadata
    LIVE = "live"
    LINGERING = "lingering"  # ended; late results still count for 5 s
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class CallFacts:
    """Labels of one interaction; an empty string or None means *not known*, never *none*."""

    direction: str = ""  # "inbound" | "outbound"
    agent_name: str = ""
    agent_id: str = ""
    queue_name: str = ""
    queue_id: str = ""
    skills: tuple[str, ...] = ()
    started_at_ms: int | None = None  # Unix epoch
    stage: CallStage = CallStage.CONNECTED
    disposition: str = ""  # wrap-up code, once given

    def updated_by(self, newer: CallFacts) -> CallFacts:
        """Lay `newer` over this: what it leaves unknown or untold stays as it was."""
        return replace(
            newer,
            direction=newer.direction or self.direction,
            agent_name=newer.agent_name or self.agent_name,
            agent_id=newer.agent_id or self.agent_id,
            queue_name=newer.queue_name or self.queue_name,
            queue_id=newer.queue_id or self.queue_id,
            skills=newer.skills or self.skills,
            started_at_ms=self.started_at_ms if newer.started_at_ms is None else newer.started_at_ms,
            stage=self.stage if newer.stage is CallStage.UNTOLD else newer.stage,
            disposition=newer.disposition or self.disposition,
        )

    @property
    def labelled(self) -> bool:
        """Whether a supervisor could tell whose call this is."""
        return bool(self.agent_name or self.queue_name)
