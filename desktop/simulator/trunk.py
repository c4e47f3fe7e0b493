"""Sound as a platform would send it: through the real codecs, in wide band (Opus) or telephone band (PCMU)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from desktop.audio.g711 import PcmuDecoder, mu_law
from desktop.audio.opus import OpusDecoder, OpusEncoder
from desktop.audio.resample import resampled
from desktop.domain.media import PIPELINE_RATE_HZ

Samples = npt.NDArray[np.int16]


def through_opus(samples: Samples) -> Samples:
    """20 ms packets at 24 kbit/s; a last piece that fills no packet is lost."""
    encoder, decoder = OpusEncoder(), OpusDecoder()
    size = PIPELINE_RATE_HZ // 50
    whole = range(0, len(samples) - size + 1, size)
    return np.concatenate([decoder.decode(encoder.encode(samples[at : at + size])) for at in whole])


def through_pcmu(samples: Samples) -> Samples:
    """8 kHz mu-law frames of 20 ms."""
    narrow = resampled(samples, 2 * PIPELINE_RATE_HZ)  # half the rate: the door takes any rate for twice ours
    decoder = PcmuDecoder()
    return np.concatenate([decoder.decode(mu_law(narrow[at : at + 160])) for at in range(0, len(narrow), 160)])


TRUNKS = {"Opus": through_opus, "PCMU": through_pcmu}
