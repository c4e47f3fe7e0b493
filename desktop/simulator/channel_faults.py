"""What a recorder or a trunk does to a call's two channels: each turns a script into one that is played so."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from desktop.audio.opus import OpusDecoder, OpusEncoder
from desktop.domain.media import PIPELINE_RATE_HZ, Party
from desktop.simulator.script import Channel, Script, ScriptedChange

Wiring = Literal["swapped", "duplicated", "one channel", "agent dead", "customer dead", "empty"]
_LASTS_MS = 3000  # the empty one: it is there, and nothing comes
WIRINGS: tuple[Wiring, ...] = get_args(Wiring)


def rewired(script: Script, wiring: Wiring) -> Script:
    """The same call with its channels so."""
    customer, agent = (next(c for c in script.channels if c.party is p) for p in (Party.CUSTOMER, Party.AGENT))
    match wiring:
        case "swapped":
            channels = replace(customer, packets=agent.packets), replace(agent, packets=customer.packets)
        case "duplicated":
            channels = customer, replace(agent, packets=customer.packets)
        case "one channel":
            both = _sound(customer).astype(np.int32)
            other = _sound(agent)
            both[: len(other)] += other[: len(both)]
            mono = np.clip(both, -32768, 32767).astype(np.int16)
            channels = _encoded(customer, mono), _encoded(agent, np.zeros_like(mono))
        case "agent dead":
            channels = customer, _encoded(agent, np.zeros_like(_sound(agent)))
        case "customer dead":
            channels = _encoded(customer, np.zeros_like(_sound(customer))), agent
        case "empty":
            channels = replace(customer, packets=customer.packets[:1]), replace(agent, packets=())
            script = replace(script, turns=(), changes=(ScriptedChange(_LASTS_MS, script.facts),))
    return replace(script, channels=channels)


def _sound(channel: Channel) -> npt.NDArray[np.int16]:
    decoder = OpusDecoder()
    return np.concatenate([decoder.decode(packet) for packet in channel.packets])


def _encoded(channel: Channel, samples: npt.NDArray[np.int16]) -> Channel:
    encoder, size = OpusEncoder(), round(channel.frame_ms * PIPELINE_RATE_HZ / 1000)
    pieces = (samples[at : at + size] for at in range(0, len(samples) - size + 1, size))
    return replace(channel, packets=tuple(encoder.encode(piece) for piece in pieces))
