"""Sentences that may leave the machine: what could be private is a word in parentheses, everything else stays."""

from __future__ import annotations

import pytest

from desktop.domain.scrubbing import scrub


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("on 2026-12-24 at 127.0.0.1:8080", "on 2026-12-24 at 127.0.0.1:8080"),
        ("call +1 (555) 010-9999 now", "call (number) now"),
        ("call +49 170 5550123 now", "call (number) now"),
        ("call +49 (0)170 5550123", "call (number)"),
        ("call (0170) 555-0123", "call (number)"),
        ("call 0170/5550123, or 555-0123", "call (number), or (number)"),
        ("call 0170 - 555.01.23", "call (number)"),
        ("tel:+491705550123.", "tel:(number)."),
        ("5550123", "(number)"),
        ("555012", "555012"),
        ("Open after 1234 ms.", "Open after 1234 ms."),
        ("Round trip 0 ms on average, 0 to 1, p95 1 (4 measured).",) * 2,
        ("Round trip 112 ms on average, 98 to 4012, p95 350 (1240 measured).",) * 2,
        ("48213 frames of opus, 0.0 % lost.",) * 2,
        ("Unusable messages: 12345 × bad message, 12 × gap.",) * 2,
        ("Trusted, issued by A, valid until 2026-12-24.",) * 2,
        ("It expires in 9 days (2026-12-24).",) * 2,
        ("192.168.100.200:8443 takes connections.",) * 2,
        ("[fe80::1234:5678]:443",) * 2,
        ("The connection was lost 2 times within 120 s. (1006, 1011)",) * 2,
        ("grant conversation:transcription:view", "grant conversation:transcription:view"),
        ("ap-southeast-1.api.genesyscloud.com", "ap-southeast-1.api.genesyscloud.com"),
        ("token abcdefghij0123456789XYZ!", "token (removed)!"),
        ("a@b.example", "(address)"),
    ],
)
def test_addresses_tokens_and_telephone_numbers_are_taken_out_and_figures_stay(text: str, left: str) -> None:
    assert scrub(text) == left
