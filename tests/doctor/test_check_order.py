"""The order of an examination: findings at once, followers of a failure are honest, broken checks end nobody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from desktop.doctor.check import Check, Checked, Progress, Tell, examine
from desktop.domain.errors import NotOffered, Rejected, Unreachable
from desktop.domain.finding import Finding, Level, Remedy

Run = Callable[[Tell, Progress], Awaitable[None]]


def says(subject: str, level: Level) -> Run:
    async def run(tell: Tell, progress: Progress) -> None:
        tell(Finding(subject, level, f"{subject} is {level.value}."))

    return run


def raises(error: Exception) -> Run:
    async def run(tell: Tell, progress: Progress) -> None:
        progress("under way")
        raise error

    return run


async def all_checked(*checks: Check) -> list[Checked]:
    found: list[Checked] = []
    await examine(checks, found.append, lambda text: None)
    return found


async def examined(*checks: Check) -> list[Finding]:
    return [checked.finding for checked in await all_checked(*checks)]


async def test_a_failed_prerequisite_marks_its_followers_as_skipped_neither_right_nor_wrong() -> None:
    found = await all_checked(
        Check(("DNS",), says("DNS", Level.FAIL)),
        Check(("Network",), says("Network", Level.PASS), ("DNS",)),
        Check(("Socket", "Audio"), says("Socket", Level.PASS), ("Network",)),
        Check(("Clock",), says("Clock", Level.PASS)),
    )
    assert [(c.finding.subject, c.outcome) for c in found] == [
        ("DNS", "fail"),
        ("Network", "skipped"),
        ("Socket", "skipped"),
        ("Audio", "skipped"),
        ("Clock", "pass"),
    ]
    assert [c.because_of for c in found] == ["", "DNS", "DNS", "DNS", ""]
    assert found[2].finding.text == "Not checked, because of “DNS”."  # what is to be put right, not what also waits
    assert not found[2].finding.remedy


async def test_a_warning_stops_nobody() -> None:
    found = await examined(
        Check(("DNS",), says("DNS", Level.WARN)), Check(("Network",), says("Network", Level.PASS), ("DNS",))
    )
    assert found[1].level is Level.PASS


async def test_an_error_of_ours_is_a_finding_in_its_own_words_with_its_button() -> None:
    found = await examined(
        Check(("A",), raises(Unreachable("Nobody answers."))),
        Check(("B",), raises(NotOffered("Not here (404).", Remedy.USE_NOTIFICATIONS))),
        Check(("C",), raises(Rejected("No."))),
    )
    assert [f.text for f in found] == ["Nobody answers.", "Not here (404).", "No."]
    assert [f.action for f in found] == [None, Remedy.USE_NOTIFICATIONS, None]
    assert {f.level for f in found} == {Level.FAIL}


async def test_a_bug_in_one_check_is_named_by_type_alone_and_costs_only_that_check() -> None:
    found = await examined(
        Check(("A",), raises(KeyError("a secret in a bug's text"))), Check(("B",), says("B", Level.PASS))
    )
    assert found[0].text == "This check itself broke (KeyError)."
    assert "secret" not in repr(found)
    assert found[1].level is Level.PASS


async def test_findings_come_as_they_are_made_with_the_time_since_the_one_before() -> None:
    now = 10.0
    seen: list[tuple[str, float]] = []
    progress: list[str] = []

    async def run(tell: Tell, report: Progress) -> None:
        nonlocal now
        report("working")
        now += 0.25
        tell(Finding("A", Level.PASS, "a"))
        assert seen == [("A", 250.0)]
        now += 1.5
        tell(Finding("B", Level.PASS, "b"))

    await examine(
        [Check(("A", "B"), run)],
        lambda checked: seen.append((checked.finding.subject, checked.took_ms)),
        progress.append,
        lambda: now,
    )
    assert seen == [("A", 250.0), ("B", 1500.0)]
    assert progress == ["working", ""]


async def test_what_does_not_apply_is_left_out() -> None:
    async def nothing(tell: Tell, progress: Progress) -> None:
        return None

    assert await examined(Check(("A",), nothing)) == []
