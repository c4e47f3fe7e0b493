"""Several answers at once: none overwrites another, the gravest is read first."""

from __future__ import annotations

from desktop.dashboard.notices import NOTICES_MOST, PRAISE_MS, Notices
from desktop.domain.finding import Level


def shown(notices: Notices) -> tuple[str, str] | None:
    return None if notices.shown is None else (notices.shown.text, notices.count)


def test_the_gravest_stands_first_and_the_others_wait_in_the_order_in_which_they_came() -> None:
    notices = Notices()
    assert shown(notices) is None
    for text, level in (("added", Level.PASS), ("careful", Level.WARN), ("first", Level.FAIL), ("second", Level.FAIL)):
        notices.add(text, level)
    read = []
    while (now := shown(notices)) is not None:
        read.append(now)
        notices.dismiss()
    assert read == [("first", "1 of 4"), ("second", "1 of 3"), ("careful", "1 of 2"), ("added", "")]
    notices.dismiss()
    assert shown(notices) is None


def test_good_news_goes_by_itself_once_it_was_seen() -> None:
    notices = Notices()
    notices.expire(0)
    notices.add("added", Level.PASS)
    notices.add("failed", Level.FAIL)
    notices.expire(10 * PRAISE_MS)
    notices.dismiss()
    notices.expire(20 * PRAISE_MS)
    notices.expire(21 * PRAISE_MS - 1)
    assert shown(notices) == ("added", "")
    notices.expire(21 * PRAISE_MS)
    assert shown(notices) is None


def test_the_same_words_again_are_one_notice_that_is_new_again() -> None:
    notices = Notices()
    notices.add("added", Level.PASS)
    notices.expire(0)
    notices.add("added", Level.PASS)
    notices.expire(PRAISE_MS)
    assert shown(notices) == ("added", "")


def test_there_are_never_many_and_the_least_grave_go_first() -> None:
    notices = Notices()
    for number in range(NOTICES_MOST):
        notices.add(f"f{number}", Level.FAIL)
    notices.add("added", Level.PASS)
    assert shown(notices) == ("f0", f"1 of {NOTICES_MOST}")
    notices.add("one more", Level.FAIL)
    assert shown(notices) == ("f1", f"1 of {NOTICES_MOST}")
