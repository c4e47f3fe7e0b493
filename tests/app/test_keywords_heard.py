"""The embedded engine finds the built-in rules' phrases in calls that nothing was built from.

A quick part of tests/recognition/keywords, one voice of each speaker; `make bench` measures all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.app.evaluate import by_rule, keyword_hits, said_hits
from desktop.audio.files import read_channels
from desktop.domain.media import Party
from desktop.evaluation.hearing import hear
from desktop.insights.keyword_defaults import DEFAULT_RULES
from desktop.insights.keyword_rules import phrases_of
from desktop.recognition.embedded import EmbeddedConfig, EmbeddedRecogniser

KEYWORDS = Path(__file__).parents[1] / "recognition" / "keywords"


@pytest.fixture(scope="module")
def watching() -> Iterator[EmbeddedRecogniser]:
    engine = EmbeddedRecogniser(EmbeddedConfig(preloaded_decoders=0))
    engine.watch(phrases_of(DEFAULT_RULES))
    yield engine
    engine.close()


@pytest.mark.parametrize(
    ("name", "through", "least"), [("lease-customer", "opus", 0.75), ("bakery-customer", "pcmu", 0.65)]
)
def test_phrases_are_found_and_near_misses_are_not(
    watching: EmbeddedRecogniser, name: str, through: str, least: float
) -> None:
    lines = (KEYWORDS / f"{name}.txt").read_text("utf-8").splitlines()
    said = by_rule(said_hits(DEFAULT_RULES, [(Party.MIXED, line) for line in lines]))
    samples = read_channels(KEYWORDS / f"{name}.ogg")[0]
    heard = by_rule(keyword_hits(DEFAULT_RULES, hear(watching, samples, Party.MIXED, through=through).heard))
    assert 2 * (said & heard).total() / (said.total() + heard.total()) >= least
