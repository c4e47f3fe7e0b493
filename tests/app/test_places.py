"""A simulated floor begins when it can be heard."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from desktop.app import places
from desktop.app.places import begin_when_heard


@dataclass
class Workers:
    ready: int = 0
    slots: list[str] = field(default_factory=lambda: ["one", "two"])


async def test_calls_wait_for_all_who_hear() -> None:
    workers, begun = Workers(), []
    async with asyncio.TaskGroup() as group:
        group.create_task(begin_when_heard(lambda: begun.append(workers.ready), workers))
        for ready in (1, 2):
            await asyncio.sleep(3 * places.LOOK_S)
            assert not begun
            workers.ready = ready
    assert begun == [2]


async def test_they_do_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "EARS_S", 2 * places.LOOK_S)
    begun: list[bool] = []
    await begin_when_heard(lambda: begun.append(True), Workers())
    assert begun == [True]
