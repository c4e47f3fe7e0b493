"""A word's confidence: what it is made of, and which way each part of it moves it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.bundled import resources_folder
from desktop.domain.errors import SettingInvalid
from desktop.recognition.confidence import (
    CONFIDENCE,
    FEATURES,
    Confidence,
    Regression,
    features,
    posteriors,
    read_confidence,
)
from desktop.recognition.sphinx import Heard

WORDS = (
    Heard("cancel", 0, 49, 0.9, acoustic=-4.0, language=-0.02, order=2),
    Heard("my(2)", 50, 59, 0.5, acoustic=-6.0, language=-0.01, order=3, agreed=False),
    Heard("order", 60, 99, 1.0002, acoustic=-5.0, language=-0.04, order=1),
)


def bundled() -> Confidence:
    return read_confidence(resources_folder() / "speech" / CONFIDENCE)


def test_a_word_is_known_by_itself_and_its_neighbours() -> None:
    known = [dict(zip(FEATURES, row, strict=True)) for row in features(WORDS)]
    first, middle, last = known
    assert [row["posterior"] for row in known] == pytest.approx([math.log(9), 0.0, -math.log(1e-4)], abs=1e-6)
    assert (first["posterior_after"], middle["posterior_after"]) == (middle["posterior"], last["posterior"])
    assert last["posterior_after"] > 0  # the end is certain
    mean = sum(row["posterior"] for row in known) / 3
    assert [row["posterior_mean"] for row in known] == pytest.approx([mean] * 3)
    assert [row["agreed"] for row in known] == [1, 0, 1]
    assert [row["agreed_after"] for row in known] == [0, 1, 1]
    assert [row["agreed_posterior"] for row in known] == [first["posterior"], 0, last["posterior"]]
    assert [row["language"] for row in known] == [-0.02, -0.01, -0.04]
    assert [row["language_after"] for row in known] == [-0.01, -0.04, -0.01]
    assert [row["language_mean"] for row in known] == pytest.approx([-0.07 / 3] * 3)
    assert [row["known_three"] for row in known] == [0, 1, 0]
    assert [row["acoustic"] for row in known] == [-4, -6, -5]
    assert [round(math.exp(row["frames"])) for row in known] == [50, 10, 40]
    assert [row["acoustic_frames"] / row["acoustic"] for row in known] == pytest.approx(
        [row["frames"] for row in known]
    )
    assert [row["last"] for row in known] == [0, 0, 1]


def test_the_decoders_own_is_kept_within_bounds() -> None:
    assert posteriors(WORDS) == [0.9, 0.5, 1.0]
    assert posteriors([Heard("a", 0, 1, -0.1)]) == [0.0]


def test_weights_make_a_probability() -> None:
    weights = [0.0] * len(FEATURES)
    assert Confidence(Regression(0.0, tuple(weights)))(WORDS) == [0.5, 0.5, 0.5]
    weights[FEATURES.index("posterior")] = 1.0
    assert Confidence(Regression(0.0, tuple(weights)))(WORDS) == pytest.approx([0.9, 0.5, 0.9999], abs=1e-4)
    assert Confidence(Regression(0.0, tuple(weights)))([]) == []


def test_what_comes_along_believes_what_speaks_for_a_word() -> None:
    trust = bundled()
    doubtful = replace(WORDS[0], posterior=0.5, acoustic=-5.0)
    (confidence,) = trust([doubtful])
    assert 0 < confidence < 1
    assert trust([replace(doubtful, posterior=0.99)])[0] > confidence
    assert trust([replace(doubtful, agreed=False)])[0] < confidence
    assert trust([replace(doubtful, language=-0.08)])[0] < confidence


def test_a_doubtful_neighbour_makes_a_word_doubtful() -> None:
    trust, certain = bundled(), replace(WORDS[0], posterior=0.95)
    beside = Heard("my", 50, 59, 0.95, acoustic=-4.0, language=-0.02, order=2)
    assert trust([certain, replace(beside, posterior=0.1, agreed=False)])[0] < trust([certain, beside])[0]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"bias": 1, "weights": {"posterior": 1}}', '{"bias": "x"}'])
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / CONFIDENCE
    path.write_text(text, "utf-8")
    with pytest.raises(SettingInvalid, match=CONFIDENCE):
        read_confidence(path)


def test_the_file_names_what_is_known_of_a_word() -> None:
    found = json.loads((resources_folder() / "speech" / CONFIDENCE).read_text("utf-8"))
    assert tuple(found["weights"]) == FEATURES
