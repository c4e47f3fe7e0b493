"""What is wrong with a call's channels, in a supervisor's words."""

from __future__ import annotations

from desktop.dashboard.call_view import CallView
from desktop.domain.channels import ChannelFault

_SAID = {
    ChannelFault.EMPTY: "Empty call: no sound came",
    ChannelFault.SAME_SOUND: "Same sound on both channels",
    ChannelFault.ONE_CHANNEL: "Both parties on one channel",
    ChannelFault.AGENT_SILENT: "Agent's channel is silent",
    ChannelFault.CUSTOMER_SILENT: "Customer's channel is silent",
    ChannelFault.SWAPPED: "Agent and customer look swapped",
}


def channels(view: CallView) -> list[str]:
    """One sentence each; empty when nothing is wrong."""
    return [_SAID[fault] for fault in view.channel_faults]
