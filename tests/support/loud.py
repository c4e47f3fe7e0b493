"""A clap that no speech is as loud as, for models that break when they hear it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

LOUDEST = 7.5
"""Log mel energies of samples in -1..1: speech of the clips stays below it, the clap is above."""


def too_loud(samples: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    """The clip with a full-scale burst 2.5 s after its start."""
    struck = samples.copy()
    noise = np.random.default_rng(5).choice(np.array([-32768, 32767], np.int16), 1600)
    struck[40_000:41_600] = noise
    return struck
