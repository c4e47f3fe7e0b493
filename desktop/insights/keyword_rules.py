"""Keyword rules as a person writes them: checking, tidying, and plain records for a settings file.

Every problem is a SettingInvalid that names the rule and the field and says what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from desktop.domain.errors import SettingInvalid
from desktop.domain.insight import KeywordRule, Severity
from desktop.domain.media import Party

MAX_RULES = 200
MAX_PHRASES = 100
MAX_WORDS = 8
MAX_CHARS = 80
MAX_LABEL = 40
MIN_STEM = 3

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*\*?")


def checked_rules(rules: Sequence[KeywordRule]) -> tuple[KeywordRule, ...]:
    """The rules with tidy labels and phrases (lower case, single blanks). Raises SettingInvalid."""
    if len(rules) > MAX_RULES:
        raise SettingInvalid("keywords", f"has {len(rules)} rules", f"Keep at most {MAX_RULES}")
    tidy = tuple(checked_rule(rule) for rule in rules)
    seen: set[str] = set()
    for rule in tidy:
        if rule.rule_id in seen:
            raise SettingInvalid(f"keywords.{rule.rule_id}.id", "is used twice", "Give every rule an id of its own")
        seen.add(rule.rule_id)
    return tidy


def checked_rule(rule: KeywordRule) -> KeywordRule:
    """One rule with tidy label and phrases. Raises SettingInvalid."""
    if not _ID.fullmatch(rule.rule_id):
        raise SettingInvalid("keywords.id", "is not a short name", "Use 1-40 lower-case letters, digits, - or _")
    path = f"keywords.{rule.rule_id}"
    label = " ".join(rule.label.split())
    if not 1 <= len(label) <= MAX_LABEL:
        raise SettingInvalid(f"{path}.label", "is empty or too long", f"Write 1-{MAX_LABEL} characters")
    if not 1 <= len(rule.phrases) <= MAX_PHRASES:
        raise SettingInvalid(f"{path}.phrases", "is empty or too long", f"Write 1-{MAX_PHRASES} phrases")
    phrases = tuple(checked_phrase(phrase, f"{path}.phrases[{at}]") for at, phrase in enumerate(rule.phrases, 1))
    for at, phrase in enumerate(phrases, 1):
        if phrase in phrases[: at - 1]:
            raise SettingInvalid(f"{path}.phrases[{at}]", "is there twice", "Remove one of the two")
    return KeywordRule(rule.rule_id, label, phrases, rule.severity, rule.party)


def checked_phrase(phrase: str, path: str = "phrase") -> str:
    """A phrase in lower case with single blanks. Raises SettingInvalid under `path`."""
    words = phrase.lower().replace("’", "'").split()
    if not words:
        raise SettingInvalid(path, "is empty", "Write the words to watch for, or remove it")
    if len(words) > MAX_WORDS or len(phrase) > MAX_CHARS:
        raise SettingInvalid(path, "is too long", f"Use at most {MAX_WORDS} words and {MAX_CHARS} characters")
    for word in words:
        if not word.strip("*"):
            raise SettingInvalid(path, "has a word that is only a wildcard", "Write the beginning of the word before *")
        if not _WORD.fullmatch(word):
            raise SettingInvalid(path, "has an unknown sign", "Use letters, digits, ' and -; * only at a word's end")
        if word.endswith("*") and len(word) <= MIN_STEM:
            raise SettingInvalid(path, "has a stem that is too short", f"Write at least {MIN_STEM} letters before *")
    return " ".join(words)


def rules_from_records(records: Sequence[Mapping[str, object]]) -> tuple[KeywordRule, ...]:
    """Read what `records_of` wrote: id, label, phrases, severity and, where restricted, party."""
    return checked_rules([_rule(record, f"keywords[{at}]") for at, record in enumerate(records, 1)])


def records_of(rules: Sequence[KeywordRule]) -> list[dict[str, object]]:
    """The rules as plain records for a settings file."""
    return [
        {
            "id": rule.rule_id,
            "label": rule.label,
            "phrases": list(rule.phrases),
            "severity": rule.severity.value,
            **({} if rule.party is None else {"party": rule.party.value}),
        }
        for rule in rules
    ]


def phrases_of(rules: Sequence[KeywordRule]) -> tuple[str, ...]:
    """Every phrase once, in the order of the rules: what a recogniser is to spot by itself."""
    return tuple(dict.fromkeys(phrase for rule in rules for phrase in rule.phrases))


def _rule(record: Mapping[str, object], path: str) -> KeywordRule:
    phrases = record.get("phrases")
    if not isinstance(phrases, list) or not all(isinstance(phrase, str) for phrase in phrases):
        raise SettingInvalid(f"{path}.phrases", "is not a list of texts", 'Write phrases = ["cancel*", "third time"]')
    severity = _text(record, "severity", path, Severity.WARNING.value)
    if severity not in {choice.value for choice in Severity}:
        raise SettingInvalid(f"{path}.severity", "is unknown", "Write info, warning or critical")
    party = _text(record, "party", path, "")
    if party not in {"", Party.CUSTOMER.value, Party.AGENT.value}:
        raise SettingInvalid(f"{path}.party", "is unknown", "Write customer or agent, or leave it out for both")
    return KeywordRule(
        rule_id=_text(record, "id", path, ""),
        label=_text(record, "label", path, ""),
        phrases=tuple(phrases),
        severity=Severity(severity),
        party=Party(party) if party else None,
    )


def _text(record: Mapping[str, object], name: str, path: str, otherwise: str) -> str:
    value = record.get(name, otherwise)
    if not isinstance(value, str):
        raise SettingInvalid(f"{path}.{name}", "is not a text", "Put it in quotes")
    return value
