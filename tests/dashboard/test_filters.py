"""What the filter lets through."""

from __future__ import annotations

import pytest

from desktop.dashboard.filters import CallFilter
from desktop.domain.updates import HitFound
from tests.dashboard.builders import hit, view


@pytest.mark.parametrize(
    ("typed", "stays"),
    [
        ("", True),
        ("  ", True),
        ("dana", True),
        ("DANA bill", True),
        ("cancel", True),
        ("inbound", True),
        ("kim", False),
        ("dana kim", False),
        ("!kim", True),
        ("!dana", False),
        ("!", True),
    ],
)
def test_words_and_no_words(typed: str, stays: bool) -> None:
    assert CallFilter.parse(typed).accepts(view([HitFound(hit(0, 0))])) is stays
