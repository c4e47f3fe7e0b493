"""What is asked of an adapter at run time: whether it can do more than its port demands."""

from __future__ import annotations

from typing import cast

import pytest

from desktop.domain.ports import (
    DistantRecogniser,
    FreshToken,
    MakeshiftRecogniser,
    Recogniser,
    SpottingRecogniser,
    notice_of,
)
from desktop.domain.speech import EngineNotice


class Token:
    async def __call__(self, *, refresh: bool) -> str:
        return ""

    async def renewed(self) -> None: ...


class Renewable(Token):
    async def freshened(self) -> str:
        return ""


class Engine:
    name = "engine"

    def open(self, call: str, party: object, language: str) -> None: ...

    def watch(self, phrases: object) -> None: ...

    def close(self) -> None: ...


class Distant(Engine):
    trouble = None


class Makeshift(Engine):
    notice = EngineNotice.NO_RUNTIME


class Spotting(Engine):
    spots_phrases = True


@pytest.mark.parametrize(
    ("adapter", "port", "does"),
    [
        (Token(), FreshToken, False),
        (Renewable(), FreshToken, True),
        (Engine(), DistantRecogniser, False),
        (Distant(), DistantRecogniser, True),
        (Engine(), MakeshiftRecogniser, False),
        (Makeshift(), MakeshiftRecogniser, True),
        (Engine(), SpottingRecogniser, False),
        (Spotting(), SpottingRecogniser, True),
    ],
)
def test_an_adapter_that_can_do_more_is_known_by_it(adapter: object, port: type, does: bool) -> None:
    assert isinstance(adapter, port) is does


@pytest.mark.parametrize(("engine", "notice"), [(Engine(), None), (Makeshift(), EngineNotice.NO_RUNTIME)])
def test_only_one_that_may_make_do_can_tell_that_it_does(engine: object, notice: EngineNotice | None) -> None:
    assert notice_of(cast(Recogniser, engine)) is notice
