"""What was typed about a speech service becomes an address, or a problem that names its field. No Qt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desktop.dashboard import service_captions as words
from desktop.domain.speech_service import KeyPlace, ServiceAddress
from desktop.ui.service_draft import FIELDS, ServiceDraft, problems

GOOD = ServiceDraft(" wss://speech.example.com/live ", "the-key", " tr ", " http://proxy:3128 ", " ~/ca.pem ")
NOBODY = ServiceAddress()


def wrong(draft: ServiceDraft, before: ServiceAddress = NOBODY, kept: KeyPlace = KeyPlace.NOWHERE) -> dict[str, str]:
    return problems(draft, before, kept, is_file=lambda path: path.endswith("/ca.pem") and "~" not in path)


def test_what_can_be_used_is_trimmed() -> None:
    assert wrong(GOOD) == {}
    assert GOOD.address == ServiceAddress("wss://speech.example.com/live", "tr", "http://proxy:3128", "~/ca.pem")
    assert wrong(ServiceDraft("ws://127.0.0.1:8080/", "key")) == {}


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("url", "", "is empty"),
        ("url", "ws://speech.example.com", "is not encrypted"),
        ("url", "wss://speech.example.com?x-api-key=abc", "holds more than the address"),
        ("key", " ", "is empty"),
        ("language", "turkish!", "is no language"),
        ("proxy", "socks5://proxy", "is not a proxy's address"),
        ("ca_file", "/nowhere.pem", "is not there"),
    ],
)
def test_each_problem_stands_at_its_field(field: str, typed: str, said: str) -> None:
    found = wrong(replace(GOOD, **{field: typed}))
    assert list(found) == [field]
    assert said in found[field]
    assert "abc" not in found[field]


def test_all_problems_at_once() -> None:
    assert tuple(sorted(wrong(ServiceDraft("", "", "x!", "socks5://p", "/no")))) == tuple(sorted(FIELDS))


def test_a_kept_key_is_sent_only_to_whom_it_is_for() -> None:
    before = ServiceAddress("wss://speech.example.com/old")
    draft = replace(GOOD, key="")
    assert wrong(draft, before, KeyPlace.KEYRING) == {}
    assert wrong(draft, NOBODY, KeyPlace.SESSION) == {}  # entered in a terminal before there was an address
    assert wrong(draft, before, KeyPlace.UNKNOWN) == {}
    elsewhere = replace(draft, url="wss://speech.example.org/live")
    assert wrong(elsewhere, before, KeyPlace.KEYRING) == {"key": words.KEY_ELSEWHERE}
    assert wrong(replace(elsewhere, key="another"), before, KeyPlace.KEYRING) == {}


def test_a_key_is_in_no_trace() -> None:
    assert "the-key" not in repr(GOOD)
