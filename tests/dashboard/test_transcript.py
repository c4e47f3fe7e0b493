"""Lines of the transcript: order, marks by word, masked parts, who leads."""

from __future__ import annotations

from dataclasses import replace

from desktop.dashboard.transcript import Mark, line_at, lines, marks_of, masked_in
from desktop.domain.events import PauseReason
from desktop.domain.insight import Severity
from desktop.domain.media import Party
from desktop.domain.updates import HitFound, PauseNoted, ReadingMade, SegmentHeard
from tests.dashboard.builders import hit, reading, segment, view


def test_marks_cover_the_words_of_a_hit() -> None:
    said = segment(1, "i want to speak to a manager")
    assert marks_of(said, []) == ()
    assert marks_of(said, [hit(0, 0)]) == (Mark(0, 1, Severity.CRITICAL),)
    (mark,) = marks_of(said, [hit(3, 6)])
    assert said.text[mark.start : mark.end] == "speak to a manager"


def test_only_hits_of_this_segment_and_party_count() -> None:
    said = segment(1, "cancel it")
    assert marks_of(said, [hit(0, 0, number=2), hit(0, 0, party=Party.AGENT)]) == ()


def test_the_gravest_of_overlapping_hits_wins_and_marks_stand_in_order() -> None:
    said = segment(1, "please cancel my account now")
    found = marks_of(said, [hit(4, 4, Severity.INFO), hit(0, 2, Severity.WARNING), hit(1, 3)])
    assert [said.text[m.start : m.end] for m in found] == ["cancel my account", "now"]


def test_a_hit_beyond_a_shortened_text_is_cut_or_left_out() -> None:
    said = segment(1, "only two")
    assert marks_of(said, [hit(5, 6)]) == ()
    assert marks_of(said, [hit(1, 6)]) == (Mark(5, 8, Severity.CRITICAL),)


def test_bullets_are_masked_and_neighbours_join() -> None:
    text = "it is ••• ••• ••• and •••-••• ok"
    assert [text[a:b] for a, b in masked_in(text)] == ["••• ••• •••", "•••-•••"]
    assert masked_in("nothing hidden") == ()


def test_lines_by_start_with_leads_scores_marks_and_partials() -> None:
    found = lines(
        view(
            [
                SegmentHeard(segment(1, "hello", 0, party=Party.AGENT)),
                SegmentHeard(segment(1, "i want to cancel", 2_000)),
                SegmentHeard(segment(2, "today", 4_000)),
                SegmentHeard(segment(2, "one mo", 3_000, party=Party.AGENT, final=False)),
                ReadingMade(reading(-0.5, score=-0.7, number=1)),
                HitFound(hit(3, 3)),
            ]
        )
    )
    assert [(line.text, line.partial, line.leads) for line in found] == [
        ("hello", False, True),
        ("i want to cancel", False, True),
        ("one mo", True, True),
        ("today", False, True),
    ]
    assert found[1].score == -0.7
    assert found[1].marks == (Mark(10, 16, Severity.CRITICAL),)
    assert found[0].score is None


def test_the_second_line_of_a_party_does_not_lead() -> None:
    found = lines(view([SegmentHeard(segment(n, start=n * 1_000)) for n in (1, 2)]))
    assert [line.leads for line in found] == [True, False]


def test_the_line_at_a_moment() -> None:
    found = lines(view([SegmentHeard(segment(n, start=n * 1_000)) for n in (1, 2)]))
    assert line_at(found, 500) is None
    assert line_at(found, 1_000) == 0
    assert line_at(found, 1_999) == 0
    assert line_at(found, 9_000) == 1
    assert line_at([], 0) is None


def test_a_phrase_that_was_heard_by_itself_has_a_line_of_its_own() -> None:
    alone = replace(hit(-1, -1, number=-1, at=3_500), by_itself="close my account")
    said = [SegmentHeard(segment(n, "hello", at)) for n, at in ((1, 0), (2, 5_000))]
    found = lines(view([*said, HitFound(alone), HitFound(replace(alone, at_ms=9_000, party=Party.AGENT))]))
    assert [(line.start_ms, line.text.split(" (")[0], line.leads) for line in found] == [
        (0, "hello", True),
        (3_500, "close my account", False),
        (5_000, "hello", False),
        (9_000, "close my account", True),
    ]
    assert found[1].marks == (Mark(0, 16, Severity.CRITICAL),)
    assert "not in the transcript" in found[1].text


def test_a_divider_stands_where_the_sound_was_paused_for_privacy() -> None:
    on, off = PauseNoted("c", True, PauseReason.PRIVACY), PauseNoted("c", False, PauseReason.PRIVACY)
    first, second = SegmentHeard(segment(1, "my number is", 0, end=2_000)), SegmentHeard(segment(2, "thanks", 3_000))
    found = lines(view([on, off, first, on, off, second, PauseNoted("c", True, PauseReason.SAVING), on]))
    assert [(line.text, line.notice, line.leads) for line in found] == [
        ("Was paused for privacy", True, False),
        ("my number is", False, True),
        ("Was paused for privacy", True, False),
        ("thanks", False, True),
        ("Paused for privacy", True, False),
    ]
    assert [line.start_ms for line in found] == [0, 0, 2_000, 3_000, 4_000]
