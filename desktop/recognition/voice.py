"""How certainly a channel carries a voice: Silero's voice activity network, in numpy.

The network (MIT licence, resources/speech/LICENSES.md) looks at 32 ms at a time and remembers what came before. It
tells voices from music, tones and noise, at any level and in either band. In numpy it takes a seventh of the time of
the package that it comes from, and no further library.
"""

from __future__ import annotations

import math
from functools import cache
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from desktop.bundled import resources_folder
from desktop.domain.errors import SettingInvalid

MODEL = "voice-activity.npz"
WINDOW_SAMPLES = 512
_CONTEXT = 64
_COLUMNS = 4  # spectra in a window
_BINS = 129
_STATE = 128

_LOUD_DBFS = -20.0  # the network knows speech of this level best
_MOST_GAIN_DB = 20.0
_FALL_DB = 0.05  # a frame: how fast a channel that has become quieter is turned up

Floats = npt.NDArray[np.float32]


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * x), np.float32)  # never overflows


class VoiceModel:
    """The weights, shared by all channels of a process."""

    def __init__(self, weights: dict[str, Floats]) -> None:
        def kernel(layer: int, first_tap: int, last_tap: int) -> Floats:
            """A convolution's taps side by side, one row per output."""
            taps = weights[f"conv{layer}_weight"][:, :, first_tap : last_tap + 1]
            return np.ascontiguousarray(taps.transpose(0, 2, 1).reshape(len(taps), -1))

        self._basis = weights["stft"].reshape(2 * _BINS, 256)
        # the last two layers see a single column, so that some taps only ever meet the padding
        self._kernels = kernel(0, 0, 2), kernel(1, 0, 2), kernel(2, 1, 2), kernel(3, 1, 1)
        biases = [weights[f"conv{layer}_bias"].reshape(-1) for layer in range(4)]
        self._biases = biases[0][:, None], biases[1][:, None], biases[2], biases[3]
        self._lstm = np.concatenate([weights["lstm_weight_ih"], weights["lstm_weight_hh"]], axis=1)
        self._lstm_bias = (weights["lstm_bias_ih"] + weights["lstm_bias_hh"]).reshape(-1)
        self._head = weights["head_weight"].reshape(-1)
        self._head_bias = float(weights["head_bias"].item())

    def features(self, sound: Floats) -> Floats:
        """Shape (128,) of context and window, shape (576,)."""
        mirrored = np.concatenate([sound, sound[-2 : -2 - _CONTEXT : -1]])
        spectra = self._basis @ np.lib.stride_tricks.as_strided(mirrored, (256, _COLUMNS), (4, 512))
        magnitude = np.sqrt(spectra[:_BINS] ** 2 + spectra[_BINS:] ** 2)
        padded = np.zeros((_BINS, _COLUMNS + 2), np.float32)
        padded[:, 1:-1] = magnitude
        x = self._layer(0, np.concatenate([padded[:, :-2], padded[:, 1:-1], padded[:, 2:]]))
        padded = np.zeros((_STATE, _COLUMNS + 1), np.float32)
        padded[:, 1:] = x
        x = self._layer(1, np.concatenate([padded[:, 0:3:2], padded[:, 1:4:2], padded[:, 2::2]]))
        return self._layer(3, self._layer(2, x.T.reshape(-1)))

    def remember(self, features: Floats, hidden: Floats, cell: Floats) -> tuple[Floats, Floats]:
        """The next state, both of shape (128,)."""
        gates = self._lstm @ np.concatenate([features, hidden]) + self._lstm_bias
        let_in, keep, fresh, let_out = gates.reshape(4, _STATE)
        cell = _sigmoid(keep) * cell + _sigmoid(let_in) * np.tanh(fresh)
        return _sigmoid(let_out) * np.tanh(cell), cell

    def certainty(self, hidden: Floats) -> float:
        """0..1."""
        return 0.5 + 0.5 * math.tanh(0.5 * (float(self._head @ np.maximum(hidden, 0)) + self._head_bias))

    def _layer(self, layer: int, columns: Floats) -> Floats:
        return np.asarray(np.maximum(self._kernels[layer] @ columns + self._biases[layer], 0))


@cache
def voice_model() -> VoiceModel:
    """The model that comes along. Raises SettingInvalid when it is missing or damaged."""
    path = resources_folder() / "speech" / MODEL
    try:
        with np.load(path, allow_pickle=False) as stored:
            return VoiceModel({name: stored[name].astype(np.float32) for name in stored.files})
    except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
        raise SettingInvalid("recognition", f"{MODEL} is missing or damaged", "Install Sidetone again") from error


class Voice:
    """One channel's certainty. Feed it all sound in order; `rest` where it is cut."""

    def __init__(self, model: VoiceModel) -> None:
        self._model = model
        self._loudest_dbfs = _LOUD_DBFS - _MOST_GAIN_DB
        self.rest()

    def rest(self) -> None:
        """What comes next does not follow from what came before."""
        self._sound = np.zeros(_CONTEXT, np.float32)  # context, then what is not judged yet
        self._hidden = self._cell = np.zeros(_STATE, np.float32)
        self._certainty = 0.0

    def hear(self, samples: npt.NDArray[np.int16], level_dbfs: float) -> float:
        """How certain it is, 0..1, that these (of this level) end in a voice; of the newest whole window."""
        self._loudest_dbfs = max(level_dbfs, self._loudest_dbfs - _FALL_DB)
        gain_db = min(max(_LOUD_DBFS - self._loudest_dbfs, 0.0), _MOST_GAIN_DB)
        scale = np.float32(10 ** (gain_db / 20) / 32768)
        self._sound = np.concatenate([self._sound, samples.astype(np.float32) * scale])
        while len(self._sound) >= _CONTEXT + WINDOW_SAMPLES:
            features = self._model.features(self._sound[: _CONTEXT + WINDOW_SAMPLES])
            self._hidden, self._cell = self._model.remember(features, self._hidden, self._cell)
            self._certainty = self._model.certainty(self._hidden)
            self._sound = self._sound[WINDOW_SAMPLES:]
        return self._certainty
