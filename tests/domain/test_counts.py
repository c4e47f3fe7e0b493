"""Small counts in letters."""

from __future__ import annotations

import pytest

from desktop.domain.counts import in_letters


@pytest.mark.parametrize(
    ("written", "said"),
    [("3", "three"), ("12", "twelve"), ("2nd", "second"), ("13", "13"), ("0", "0"), ("weeks", "weeks")],
)
def test_small_counts_are_said_in_letters(written: str, said: str) -> None:
    assert in_letters(written) == said
