"""Nobody speaks: hold music, tones, dialling and line noise give no words, through both codecs and the real engine.

Ten minutes of each are `make bench` (packaging/bench_hearing.py); here half a minute of each.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from desktop.domain.media import Party
from desktop.recognition.embedded import EmbeddedRecogniser
from desktop.simulator.hold_music import MUSIC
from desktop.simulator.line_sounds import DIALLING, NOISES, TONES, at_level
from desktop.simulator.trunk import TRUNKS

SOUNDS = {**MUSIC, **TONES, **DIALLING, **NOISES}


@pytest.mark.parametrize("name", SOUNDS)
def test_no_words(name: str, engine: EmbeddedRecogniser, blocks: Any, hear: Any) -> None:
    for seed, (trunk, through) in enumerate(TRUNKS.items()):
        sound = SOUNDS[name](15.0, np.random.default_rng(100 + seed))
        for level in (-18.0, -35.0)[seed::2]:
            stream = engine.open("call", Party.CUSTOMER, "")
            results = hear(stream, blocks(through(at_level(sound, level)), size_ms=100))
            stream.close()
            assert results == [], f"{trunk} at {level} dBFS"


def test_speech_between_music_is_heard(engine: EmbeddedRecogniser, clip: Any, blocks: Any, hear: Any) -> None:
    music = at_level(MUSIC["band"](6.0, np.random.default_rng(1)), -25.0)
    for through in TRUNKS.values():
        stream = engine.open("call", Party.CUSTOMER, "")
        results = hear(stream, blocks(through(np.concatenate([music, clip("waiting"), music]))))
        stream.close()
        finals = [result for result in results if getattr(result, "is_final", False)]
        assert len(finals) == 1
        assert 6400 <= finals[0].start_ms <= 7000
