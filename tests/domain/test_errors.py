"""Errors say who must act: a sentence for people, what it takes for the program."""

from __future__ import annotations

import pytest

from desktop.domain.errors import NotOffered, Rejected, SettingInvalid, SidetoneError, SignInNeeded, Throttled
from desktop.domain.finding import Remedy


def test_how_long_to_wait_stands_beside_the_sentence() -> None:
    problem = Throttled("The platform asks to wait.", 7.5)
    assert (str(problem), problem.after_s) == ("The platform asks to wait.", 7.5)


def test_a_refusal_names_the_button_that_helps_if_there_is_one() -> None:
    assert Rejected("No permission.").remedy is None
    assert NotOffered("Not there.", Remedy.SIGN_IN).remedy is Remedy.SIGN_IN
    assert SignInNeeded("The session is over.").remedy is Remedy.SIGN_IN


def test_a_setting_is_named_with_what_is_wrong_and_what_to_do() -> None:
    problem = SettingInvalid("[recognition] workers", "0 is too few", "Use 1 to 64")
    assert str(problem) == "[recognition] workers: 0 is too few. Use 1 to 64"
    assert (problem.path, problem.problem, problem.hint) == ("[recognition] workers", "0 is too few", "Use 1 to 64")


@pytest.mark.parametrize("kind", [Rejected, NotOffered, SignInNeeded])
def test_where_a_person_must_act_one_handler_is_enough(kind: type[SidetoneError]) -> None:
    assert issubclass(kind, Rejected)
