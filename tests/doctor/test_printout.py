"""How findings look on a terminal and as JSON."""

from __future__ import annotations

import pytest

from desktop.doctor.check import Checked
from desktop.doctor.link import Latency
from desktop.doctor.printout import Paper, failed, report, subject_width
from desktop.domain.finding import Finding, Level

GOOD = Checked(Finding("DNS", Level.PASS, "api.example.com has 2 addresses."), 12.4)
ODD = Checked(Finding("Clock", Level.WARN, "20 s ahead.", "Let the system set its clock."), 0.2)
BAD = Checked(Finding("Certificate", Level.FAIL, "It has expired on 2026-01-01.", "Renew it."), 3.0)
SKIPPED = Checked(Finding("Socket", Level.WARN, "Not checked, because of “DNS”."), 0.0, "DNS")


def test_columns_are_aligned_and_the_remedy_is_indented_below() -> None:
    paper = Paper(100, subject_width(["DNS", "Clock", "Certificate"]))
    assert [paper.lines(c) for c in (GOOD, ODD, BAD)] == [
        "✓ pass  DNS          api.example.com has 2 addresses. [12 ms]",
        "! warn  Clock        20 s ahead.\n                     → Let the system set its clock.",
        "✗ fail  Certificate  It has expired on 2026-01-01. [3 ms]\n                     → Renew it.",
    ]


def test_long_texts_are_wrapped_within_their_column() -> None:
    long = Checked(Finding("DNS", Level.FAIL, "word " * 40, "do " * 40), 0.0)
    lines = Paper(60, 5).lines(long).splitlines()
    assert len(lines) > 4
    assert all(len(line) <= 60 for line in lines)
    assert all(line.startswith(" " * 15) for line in lines[1:])


def test_a_terminal_without_ticks_gets_plain_letters() -> None:
    paper = Paper(100, 5, glyphs=False)
    text = "\n".join(paper.lines(c) for c in (GOOD, ODD, BAD))
    assert text.isascii()
    assert "+ pass" in text
    assert "x fail" in text
    assert "-> Renew it." in text


def test_colour_is_never_the_only_mark() -> None:
    line = Paper(100, 5, colour=True).lines(BAD)
    assert line.startswith("\x1b[31m✗ fail\x1b[0m  ")


def test_the_summary_counts() -> None:
    assert Paper().summary([GOOD, GOOD, ODD, BAD]) == "2 passed, 1 to look at, 1 failed."
    assert Paper().summary([GOOD], cancelled=True) == "Interrupted. So far: 1 passed, 0 failed."
    down = [BAD] * 3 + [SKIPPED] * 19
    assert Paper().summary(down) == "0 passed, 3 failed, 19 not checked."


def test_what_was_not_checked_is_one_entry() -> None:
    subjects = ("DNS (API)", "Network", "Permission: live list", "Permission: coach", "Sign-in", "Round trip")
    found = [GOOD, BAD, *(Checked(Finding(subject, Level.WARN, "x"), 0.0, "DNS") for subject in subjects)]
    said = "- skip  Not checked because of this: DNS (API), network, permissions, sign-in, round trip."
    assert Paper(100).skipped(found) == said
    assert Paper(60).skipped(found).splitlines()[1].startswith(" " * 8)
    for columns in range(40, 100):
        assert "DNS (API)" in Paper(columns).skipped(found)
    assert Paper().skipped([GOOD, ODD, BAD]) == ""
    assert "\x1b[" in Paper(colour=True).skipped(found)


def test_the_first_failure_is_said_again_at_the_end_with_its_remedy() -> None:
    again = Paper().first_failure([("a", GOOD), ("b", BAD), ("c", SKIPPED)])
    assert again == "To put right first, of b:\n✗ fail  Certificate  It has expired on 2026-01-01. [3 ms]\n" + (
        " " * 10 + "→ Renew it."
    )
    assert Paper().first_failure([("a", GOOD), ("a", ODD), ("a", SKIPPED)]) == ""


@pytest.mark.parametrize("columns", range(60, 100))
def test_no_line_breaks_within_a_time_or_the_name_of_a_host(columns: int) -> None:
    text = "The host login.use2.us-gov-pure.cloud has 2 addresses and takes connections."
    for glyphs in (True, False):
        lines = Paper(columns, 12, glyphs=glyphs).lines(Checked(Finding("DNS", Level.PASS, text), 1.0))
        assert "[1 ms]" in lines
        assert "login.use2.us-gov-pure.cloud" in lines


def test_typographic_signs_have_plain_ones() -> None:
    found = Checked(Finding("Bot 0c4f5d9a…", Level.WARN, "“DNS” 2 × lost é"), 0.0)
    assert Paper(glyphs=False).lines(found) == '! warn  Bot 0c4f5d9a...   "DNS" 2 x lost ?'


def test_the_json_is_the_contract() -> None:
    made = report("acme", "2026-11-20T16:00:00+00:00", [("live", GOOD), ("live", BAD)], {"live": LATENCY})
    assert made == {
        "profile": "acme",
        "started_at": "2026-11-20T16:00:00+00:00",
        "checks": [
            {
                "connection": "live",
                "subject": "DNS",
                "level": "pass",
                "text": "api.example.com has 2 addresses.",
                "remedy": "",
                "took_ms": 12.4,
            },
            {
                "connection": "live",
                "subject": "Certificate",
                "level": "fail",
                "text": "It has expired on 2026-01-01.",
                "remedy": "Renew it.",
                "took_ms": 3.0,
            },
        ],
        "latency": {"live": {"avg": 1.23, "min": None, "max": 3.0, "p95": 3.0, "samples": 4, "drops": 1}},
        "cancelled": False,
        "exit": 1,
    }


LATENCY = Latency(1.234, None, 3.0, 3.0, 4, 1)


def test_the_exit_status_is_1_for_a_failure_alone() -> None:
    assert failed([GOOD, BAD])
    assert not failed([GOOD, ODD, SKIPPED])
    checks = report("p", "", [("l", SKIPPED)], {})["checks"]
    assert isinstance(checks, list)
    assert checks[0]["level"] == "skipped"
    assert report("p", "", [("l", ODD)], {})["exit"] == 0
    assert report("p", "", [("l", BAD)], {}, cancelled=True)["exit"] == 130
