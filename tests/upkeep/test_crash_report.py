"""The report says what helps, and nothing that is private."""

from __future__ import annotations

from desktop.settings.model import Connection, Organisation, Settings, SourceKind
from desktop.settings.shape import shape
from desktop.upkeep.crash_report import Facts, crash_report, how_it_ended
from desktop.upkeep.ending import Ending, How

STORY = ("ValueError", "  desktop/app/works.py:12 run")


def test_a_report_holds_frames_versions_shape_counters_and_the_log() -> None:
    ending = Ending(How.UNCLEAN, 2, "0.1.0", "2026-11-28T01:00:00+00:00", STORY, (), {"calls.seen": 7})
    facts = Facts({"qt": "6.11.3"}, {"connections": "2 (2 audiohook)"}, ("a line of the log",), {"calls.seen": 1})
    text = crash_report(ending, facts)
    for part in (
        "second time in a row",
        "works.py:12 run",
        "calls.seen  7",
        "6.11.3",
        "2 audiohook",
        "a line of the log",
    ):
        assert part in text
    assert "Native" not in text


def test_a_report_without_an_unclean_end_says_so() -> None:
    assert "No unexpected end" in crash_report(Ending(), Facts({}, {}))


def test_how_it_ended_is_told_by_what_it_left() -> None:
    assert "native code" in how_it_ended(Ending(How.UNCLEAN, 1, faults=("Fatal",)))
    assert "inside Sidetone" in how_it_ended(Ending(How.UNCLEAN, 1, story=STORY))
    assert "vanished" in how_it_ended(Ending(How.UNCLEAN, 1))
    assert "4th time" in how_it_ended(Ending(How.UNCLEAN, 4))


def test_numbers_and_tokens_in_whatever_was_logged_are_scrubbed_again() -> None:
    text = crash_report(Ending(), Facts({}, {}, ("call +49 170 1234567 jane@example.com",)))
    assert "(number) (address)" in text


def test_the_settings_shape_has_no_values() -> None:
    settings = Settings(
        theme="dark",
        organisations=(Organisation("Northwind", client_id="secret-id"),),
        connections=(
            Connection("Live", kind=SourceKind.NOTIFICATIONS, organisation="Northwind", queue_ids=("q-1",)),
            Connection("Hook", kind=SourceKind.AUDIOHOOK),
        ),
    )
    told = shape(settings)
    assert told["theme"] == "changed"
    assert told["workers"] == "as delivered"
    assert told["connections"] == "2 (1 audiohook, 1 notifications)"
    for private in ("Northwind", "secret-id", "q-1", "Live", "Hook", "dark"):
        assert private not in str(told)
