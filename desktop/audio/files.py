"""The only door to soundfile: recordings (WAV, Ogg-Opus, FLAC) as 16 kHz channels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from desktop.audio.resample import resampled
from desktop.domain.errors import SettingInvalid

LONGEST_S = 4 * 3600


def read_channels(path: Path) -> list[npt.NDArray[np.int16]]:
    """One int16 array per channel, 16 kHz. SettingInvalid says what is wrong with the file."""
    if not path.is_file():
        raise SettingInvalid(str(path), "there is no such file", "Give the path of a WAV or Ogg-Opus recording.")
    try:
        info = soundfile.info(path)
        if info.duration > LONGEST_S:
            raise SettingInvalid(str(path), "is longer than four hours", "Cut the recording into parts.")
        if info.channels > 2:
            raise SettingInvalid(
                str(path), f"has {info.channels} channels", "Use one channel or two (customer, agent)."
            )
        samples, rate_hz = soundfile.read(path, dtype="int16", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise SettingInvalid(str(path), "can't be read as sound", "Use WAV, FLAC or Ogg-Opus.") from error
    if samples.shape[0] == 0:
        raise SettingInvalid(str(path), "holds no sound", "Choose a recording that is longer than 0 s.")
    return [resampled(np.ascontiguousarray(samples[:, c]), rate_hz) for c in range(samples.shape[1])]
