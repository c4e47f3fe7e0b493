"""`make audit` calls nothing good that was not asked about."""

from __future__ import annotations

import json
from typing import Any

from audit import CLEAN, UNASKED, VULNERABLE, Answer, answers, judge, rounds
from inventory import Pin

ONE, TWO = (Pin(name, "1.0", "", ("a" * 64,), frozenset()) for name in ("one", "two-parts"))


def said(*entries: dict[str, Any]) -> str:
    """What pip-audit --format json prints."""
    return json.dumps({"dependencies": entries, "fixes": []})


def test_all_asked_about_and_nothing_known() -> None:
    told = answers(
        [ONE, TWO],
        said({"name": "one", "version": "1.0", "vulns": []}, {"name": "two_parts", "version": "1.0", "vulns": []}),
    )
    assert judge(told) == (CLEAN, ["audit: 2 pins asked about, no known vulnerability"])


def test_a_known_vulnerability_names_the_pin_and_the_repair() -> None:
    problem = {"id": "PYSEC-1", "fix_versions": ["1.1", "2.0"]}
    told = answers([ONE], said({"name": "one", "version": "1.0", "vulns": [problem, {"id": "GHSA-2"}]}))
    status, lines = judge(told)
    assert status == VULNERABLE
    assert lines[:2] == [
        "audit: one 1.0: PYSEC-1 (repaired in 1.1, 2.0)",
        "audit: one 1.0: GHSA-2 (repaired in no version yet)",
    ]


def test_a_service_that_knows_nothing_of_a_pin_is_no_good_news() -> None:
    """pip-audit itself ends with 0 and "No known vulnerabilities found" in this case."""
    skipped = {"name": "two-parts", "skip_reason": "not found"}
    told = answers([ONE, TWO], said({"name": "one", "version": "1.0", "vulns": []}, skipped))
    status, lines = judge(told)
    assert status == UNASKED
    assert "NOT AUDITED" in lines[0]
    assert "1 of 2 pins" in lines[0]


def test_no_answer_no_list_and_another_version_are_no_good_news() -> None:
    for output in ("", "no JSON", "[]", said(), said({"name": "one", "version": "0.9", "vulns": []})):
        assert judge(answers([ONE], output))[0] == UNASKED, output
    assert judge([])[0] == UNASKED


def test_a_vulnerability_comes_before_what_was_not_asked() -> None:
    status, lines = judge([Answer("one 1", ("X-1 (repaired in 2)",)), Answer("two 1", unasked=True)])
    assert status == VULNERABLE
    assert any("NOT AUDITED" in line for line in lines)


def test_versions_for_other_platforms_are_asked_about_too() -> None:
    other = Pin("one", "0.9", "sys_platform == 'win32'", (), frozenset())
    assert rounds([ONE, other, TWO, ONE]) == [[ONE, TWO], [other]]
