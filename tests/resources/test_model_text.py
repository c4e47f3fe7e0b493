"""What the language model has read is not what judges the recogniser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from desktop.evaluation.written import words_of

ROOT = Path(__file__).parents[2]
RUN = 8  # words; shorter ones are everybody's


def runs(text: str) -> Iterator[tuple[str, ...]]:
    words = words_of(text)
    yield from (tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1))


def test_no_sentence_that_judges_was_read_by_the_language_model() -> None:
    judges = [path for name in ("held_out", "keywords") for path in (ROOT / "tests/recognition" / name).glob("*.txt")]
    judged = {run for path in judges for line in path.read_text("utf-8").splitlines() for run in runs(line)}
    read = list((ROOT / "resources/build").glob("contact_centre_lines_*.txt"))
    assert len(judged) > 1_000
    assert len(read) > 10
    found = {path.name for path in read for line in path.read_text("utf-8").splitlines() if judged & {*runs(line)}}
    assert found == set()
