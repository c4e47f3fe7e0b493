"""Scripted calls as AudioHook sends them: 8 kHz PCMU of both channels, byte by byte in turn."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from desktop.audio.g711 import mu_law
from desktop.audio.opus import OpusDecoder
from desktop.audio.resample import resampled
from desktop.domain.media import PIPELINE_RATE_HZ, Party
from desktop.simulator.script import Script

SILENCE = 0xFF
"""Zero in mu-law."""
CHANNEL_OF = {Party.CUSTOMER: "external", Party.AGENT: "internal"}


def pcmu_of(script: Script) -> dict[str, bytes]:
    """Both channels by AudioHook's name, equally long. A script of one mixed channel is heard on both."""
    sounds = {channel.party: mu_law(_narrow(_decoded(channel.packets))) for channel in script.channels}
    mixed = sounds.get(Party.MIXED, b"")
    named = {name: sounds.get(party, mixed) for party, name in CHANNEL_OF.items()}
    longest = max(len(sound) for sound in named.values())
    return {name: sound.ljust(longest, bytes([SILENCE])) for name, sound in named.items()}


def interleaved(sounds: dict[str, bytes], channels: tuple[str, ...]) -> bytes:
    """The bytes of these channels, in turn."""
    columns = [np.frombuffer(sounds[channel], np.uint8) for channel in channels]
    return np.stack(columns, axis=1).tobytes()


def _decoded(packets: tuple[bytes, ...]) -> npt.NDArray[np.int16]:
    decoder = OpusDecoder()
    return np.concatenate([decoder.decode(packet) for packet in packets] or [np.zeros(0, np.int16)])


def _narrow(samples: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    """16 kHz to 8 kHz: half the rate, which is the door to soxr asked for twice its rate."""
    return resampled(samples, 2 * PIPELINE_RATE_HZ)
