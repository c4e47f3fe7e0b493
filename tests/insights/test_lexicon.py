"""The lexicon file's grammar, and what the trade changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.domain.errors import SettingInvalid
from desktop.insights.lexicon import NOT_EVALUATIVE, TRADE_WORDS, parse_lexicon

FILE = Path(__file__).parents[2] / "resources" / "lexicon" / "vader_words.tsv"


def test_reads_words_and_skips_comments() -> None:
    lexicon = parse_lexicon("# a comment\n\nawful\t-2.0\ngreat\t3.1\n")
    assert lexicon.valence == {"awful": -2.0, "great": 3.1}


@pytest.mark.parametrize("line", ["awful", "awful\tbad", "awful\t-5", "\t2", "awful\tnan"])
def test_names_the_line_that_is_wrong(line: str) -> None:
    with pytest.raises(SettingInvalid, match="lexicon line 2"):
        parse_lexicon(f"fine\t0.8\n{line}\n")


def test_the_shipped_file_holds_plain_words_only() -> None:
    lexicon = parse_lexicon(FILE.read_text(encoding="utf-8"))
    assert len(lexicon.valence) > 7000
    assert all(word.replace("'", "").isalpha() and word.islower() for word in lexicon.valence)


def test_the_trade_takes_its_function_words_out() -> None:
    lexicon = parse_lexicon(FILE.read_text(encoding="utf-8"))
    assert lexicon.valence.keys() >= NOT_EVALUATIVE
    trade = lexicon.for_the_trade().valence
    assert not (NOT_EVALUATIVE - TRADE_WORDS.keys()) & trade.keys()
    assert all(trade[word] == value for word, value in TRADE_WORDS.items())
