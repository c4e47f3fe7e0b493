"""What may be wrong with the two channels of a call."""

from __future__ import annotations

import enum


class ChannelFault(enum.Enum):
    """One thing that keeps a call from being two parties; the worst first."""

    EMPTY = "empty"  # it ended, and no sound had come
    SAME_SOUND = "same sound"  # one channel, duplicated on both
    ONE_CHANNEL = "one channel"  # both parties on one, nobody on the other
    AGENT_SILENT = "agent silent"
    CUSTOMER_SILENT = "customer silent"
    SWAPPED = "swapped"  # each seems to say what the other would
