"""The only door to opuslib: decode straight into numpy, conceal, recover from the next packet, encode.

opuslib loads the library and keeps the state; packets go through an own prototype of the same function,
because opuslib copies every sample through a Python list (twice the time).
"""

from __future__ import annotations

import ctypes
import ctypes.util
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from desktop.audio.opus_library import find_opus
from desktop.domain.errors import DecodeFailed, SettingInvalid
from desktop.domain.media import PIPELINE_RATE_HZ

LONGEST_MS = 120  # a packet holds 2.5 to 120 ms (document A section 3, RFC 6716 section 2.1.4)
_STEP_HZ = 400  # concealment works in steps of 2.5 ms
_SET_INBAND_FEC, _SET_PACKET_LOSS, _SET_BITRATE = 4012, 4014, 4002


def _load() -> Any:
    """Import opuslib, which asks for the library by name, with an answer that knows where it is."""
    find = ctypes.util.find_library
    ctypes.util.find_library = lambda name: find_opus(ask=find) if name == "opus" else find(name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # opuslib compares with "is not 0"
            import opuslib
            import opuslib.api.encoder
    except Exception as error:  # opuslib raises a bare Exception when the library is missing
        raise SettingInvalid(
            "libopus", "the Opus library was not found", "Install libopus0 (Debian), opus (Homebrew) or opus.dll."
        ) from error
    finally:
        ctypes.util.find_library = find
    return opuslib


_opuslib = _load()
_library = ctypes.CDLL(_opuslib.api.libopus._name)
_decode = _library.opus_decode
_decode.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int32, ctypes.c_void_p, ctypes.c_int, ctypes.c_int)
_decode.restype = ctypes.c_int
_samples = _library.opus_packet_get_nb_samples
_samples.argtypes = (ctypes.c_char_p, ctypes.c_int32, ctypes.c_int32)
_samples.restype = ctypes.c_int


def packet_ms(packet: bytes) -> float:
    """Duration of a packet from its TOC byte; DecodeFailed when its structure is impossible."""
    count = _samples(packet, len(packet), 48_000)
    if count <= 0 or count > 48 * LONGEST_MS:
        raise DecodeFailed("Opus packet: its table of contents names no valid duration; it is dropped")
    return float(count) / 48


class OpusDecoder:
    """One channel's decoder, 16 kHz mono."""

    def __init__(self) -> None:
        self._decoder = _opuslib.Decoder(PIPELINE_RATE_HZ, 1)
        self._state = ctypes.cast(self._decoder.decoder_state, ctypes.c_void_p).value
        self._room = np.empty(PIPELINE_RATE_HZ * LONGEST_MS // 1000, np.int16)

    def decode(self, packet: bytes) -> npt.NDArray[np.int16]:
        """A packet's samples; DecodeFailed when libopus refuses it."""
        packet_ms(packet)
        return self._run(packet, len(packet), self._room.size, fec=False)

    def conceal(self, ms: float) -> npt.NDArray[np.int16]:
        """Plausible sound for `ms` (rounded to 2.5, at most 120) that never arrived."""
        return self._run(None, 0, self._size(ms), fec=False)

    def recover(self, following: bytes, ms: float) -> npt.NDArray[np.int16]:
        """The `ms` before `following`, from its in-band copy where there is one, else concealed."""
        return self._run(following, len(following), self._size(ms), fec=True)

    @staticmethod
    def _size(ms: float) -> int:
        steps = min(max(1, round(ms * _STEP_HZ / 1000)), LONGEST_MS * _STEP_HZ // 1000)
        return steps * PIPELINE_RATE_HZ // _STEP_HZ

    def _run(self, packet: bytes | None, length: int, size: int, *, fec: bool) -> npt.NDArray[np.int16]:
        count = _decode(self._state, packet, length, self._room.ctypes.data, size, int(fec))
        if count < 0:
            raise DecodeFailed(f"Opus packet: libopus answered {count}; the frame is concealed")
        return self._room[:count].copy()


class OpusEncoder:
    """16 kHz mono voice encoder, for replayed files and tests."""

    def __init__(self, *, bitrate: int = 24_000, fec: bool = False, loss_percent: int = 0) -> None:
        self._encoder = _opuslib.Encoder(PIPELINE_RATE_HZ, 1, _opuslib.APPLICATION_VOIP)
        wanted = {_SET_BITRATE: bitrate, _SET_INBAND_FEC: int(fec), _SET_PACKET_LOSS: loss_percent}
        for request, value in wanted.items():
            _opuslib.api.libopus.opus_encoder_ctl(self._encoder.encoder_state, request, ctypes.c_int(value))

    def encode(self, samples: npt.NDArray[np.int16]) -> bytes:
        """One packet from 2.5, 5, 10, 20, 40 or 60 ms of samples."""
        return bytes(self._encoder.encode(samples.tobytes(), samples.size))
