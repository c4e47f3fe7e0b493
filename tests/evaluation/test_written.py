"""Two ways to write the same words compare as equal."""

from __future__ import annotations

import pytest

from desktop.evaluation.written import cardinal, words_of


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("I'm sorry, it's 42.", "i am sorry it is forty two"),
        ("You can't, and won't!", "you can not and will not"),
        ("$40 and £1,250.50", "forty dollars and one thousand two hundred fifty pounds fifty cents"),
        ("€3.00 or 5%", "three euros or five percent"),
        ("at 10:30 or 9:05 or 8:00", "at ten thirty or nine oh five or eight"),
        ("one hundred and twenty", "one hundred twenty"),
        ("the 1st, 2nd, 12th and 20th of May", "the first second twelfth and twentieth of may"),
        ("the 21st", "the twenty first"),
        ("2.5 hours", "two point five hours"),
        ("number 00417", "number zero zero four one seven"),
        ("account 4829105", "account four eight two nine one zero five"),
        ("1,000,000", "one million"),
        ("[laughs] well, uh, (unclear) yes <noise>", "well yes"),
        ("follow-up e-mail", "follow up e mail"),
        ("“quoted” - and dashed", "quoted and dashed"),
        ("black and white", "black and white"),
        ("it's the customer’s bill", "it is the customer bill"),
        ("OK, Mr. Lee", "okay mister lee"),
        ("our neighbour apologised", "our neighbor apologized"),
        ("canceled every voicemail", "cancelled every voice mail"),
        ("four hours of promise", "four hours of promise"),
    ],
)
def test_written_is_compared_as_spoken(written: str, spoken: str) -> None:
    assert words_of(written) == spoken.split()
    assert words_of(spoken) == spoken.split()


def test_numbers_in_words() -> None:
    assert cardinal(0) == ["zero"]
    assert cardinal(13) == ["thirteen"]
    assert cardinal(70) == ["seventy"]
    assert cardinal(99_019) == ["ninety", "nine", "thousand", "nineteen"]
    assert cardinal(2_000_000_300) == ["two", "billion", "three", "hundred"]


def test_nothing_said() -> None:
    assert words_of(" ... [silence] ") == []
