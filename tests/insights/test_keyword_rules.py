"""Rules as a person writes them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import SettingInvalid
from desktop.domain.insight import KeywordRule, Severity
from desktop.domain.media import Party
from desktop.insights.keyword_defaults import DEFAULT_RULES
from desktop.insights.keyword_rules import (
    MAX_PHRASES,
    MAX_RULES,
    checked_phrase,
    checked_rule,
    checked_rules,
    phrases_of,
    records_of,
    rules_from_records,
)

RULE = KeywordRule("refund", "Refund", ("refund*",), Severity.WARNING)


def test_rules_are_tidied() -> None:
    rule = checked_rule(replace(RULE, label="  Money \t back ", phrases=("  My MONEY  back ", "can’t wait")))
    assert rule.label == "Money back"
    assert rule.phrases == ("my money back", "can't wait")


@pytest.mark.parametrize(
    ("rule", "field", "remedy"),
    [
        (replace(RULE, rule_id="Re fund"), "keywords.id", "lower-case"),
        (replace(RULE, label="  "), "keywords.refund.label", "1-40"),
        (replace(RULE, label="x" * 41), "keywords.refund.label", "1-40"),
        (replace(RULE, phrases=()), "keywords.refund.phrases", "1-100"),
        (replace(RULE, phrases=("a",) * (MAX_PHRASES + 1)), "keywords.refund.phrases", "1-100"),
        (replace(RULE, phrases=("refund", " REFUND")), "keywords.refund.phrases[2]", "Remove"),
        (replace(RULE, phrases=("refund", "  ")), "keywords.refund.phrases[2]", "Write the words"),
    ],
)
def test_a_bad_rule_is_named_with_a_remedy(rule: KeywordRule, field: str, remedy: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        checked_rule(rule)
    assert caught.value.path == field
    assert remedy in caught.value.hint


@pytest.mark.parametrize(
    ("phrase", "remedy"),
    [
        ("", "Write the words"),
        ("a b c d e f g h i", "at most 8 words"),
        ("x" * 81, "at most 8 words"),
        ("cancel *", "before *"),
        ("**", "before *"),
        ("can*cel", "at a word's end"),
        ("can.cel", "letters"),
        ("*cancel", "at a word's end"),
        ("ca*", "at least 3"),
    ],
)
def test_a_bad_phrase_is_refused_with_a_remedy(phrase: str, remedy: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        checked_phrase(phrase)
    assert caught.value.path == "phrase"
    assert remedy in caught.value.hint


def test_lists_are_bounded_and_ids_unique() -> None:
    with pytest.raises(SettingInvalid, match="used twice"):
        checked_rules([RULE, RULE])
    with pytest.raises(SettingInvalid, match="Keep at most"):
        checked_rules([replace(RULE, rule_id=f"r{n}") for n in range(MAX_RULES + 1)])


def test_the_shipped_list_is_valid_tidy_and_survives_a_settings_file() -> None:
    assert checked_rules(DEFAULT_RULES) == DEFAULT_RULES
    assert rules_from_records(records_of(DEFAULT_RULES)) == DEFAULT_RULES
    assert len(DEFAULT_RULES) >= 12


def test_every_phrase_is_watched_for_once() -> None:
    rules = (replace(RULE, phrases=("refund", "money back")), replace(RULE, rule_id="b", phrases=("refund", "cancel*")))
    assert phrases_of(rules) == ("refund", "money back", "cancel*")


def test_a_record_says_what_it_means() -> None:
    record = {"id": "legal", "label": "Legal", "phrases": ["sue"], "severity": "critical", "party": "customer"}
    assert rules_from_records([record]) == (KeywordRule("legal", "Legal", ("sue",), Severity.CRITICAL, Party.CUSTOMER),)
    assert rules_from_records([{"id": "x", "label": "X", "phrases": ["xyz"]}])[0].severity is Severity.WARNING


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"phrases": "sue"}, "keywords[1].phrases"),
        ({"phrases": [1]}, "keywords[1].phrases"),
        ({"severity": "loud"}, "keywords[1].severity"),
        ({"severity": 3}, "keywords[1].severity"),
        ({"party": "mixed"}, "keywords[1].party"),
        ({"id": None}, "keywords[1].id"),
        ({"label": []}, "keywords[1].label"),
    ],
)
def test_a_bad_record_is_named(change: dict[str, object], field: str) -> None:
    record: dict[str, object] = {"id": "legal", "label": "Legal", "phrases": ["sue"], "severity": "critical"}
    with pytest.raises(SettingInvalid) as caught:
        rules_from_records([record | change])
    assert caught.value.path == field


@given(st.text(max_size=100))
def test_a_phrase_is_tidied_or_refused_and_a_tidy_one_stays(phrase: str) -> None:
    try:
        tidy = checked_phrase(phrase)
    except SettingInvalid:
        return
    assert checked_phrase(tidy) == tidy
