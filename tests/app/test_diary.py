"""What a run writes down while it goes on: figures once a minute, connections when they change; never names."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path

import pytest

from desktop.app.diary import keep_diary
from desktop.app.link_diary import LinkDiary
from desktop.domain.events import LinkChanged, LinkState
from desktop.domain.updates import LinkDescribed, LinkForgotten, LinkUpdated
from desktop.upkeep.ending import FILE, RunRecord


async def test_what_is_new_goes_to_the_log_and_everything_to_the_record(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    counts = {"calls.seen": 1, "gaps": 0}
    record = RunRecord(tmp_path, "now")
    with caplog.at_level(logging.INFO):
        async with asyncio.TaskGroup() as group:
            task = group.create_task(keep_diary(lambda: counts, record, every_s=0.01))
            while "calls.seen 1" not in caplog.text:
                await asyncio.sleep(0.01)
            counts["gaps"] = 2
            while "gaps 2" not in caplog.text:
                await asyncio.sleep(0.01)
            while json.loads((tmp_path / FILE).read_text())["counters"] != counts:
                await asyncio.sleep(0.01)
            task.cancel()
    record.end()
    assert caplog.text.count("calls.seen 1") == 1


def test_connections_are_told_by_number_kind_and_state(caplog: pytest.LogCaptureFixture) -> None:
    diary = LinkDiary()
    with caplog.at_level(logging.INFO):
        diary.note([LinkDescribed("Northwind", "AudioHook", "Acme"), LinkDescribed("Contoso", "Bot events")])
        for state in (LinkState.CONNECTING, LinkState.LIVE, LinkState.LIVE, LinkState.RETRYING):
            diary.note([LinkUpdated(LinkChanged("Northwind", "Ireland", state, "Jane said no"))])
        diary.note([LinkUpdated(LinkChanged("Contoso", "", LinkState.LIVE)), LinkForgotten("Northwind")])
    assert [record.getMessage() for record in caplog.records] == [
        "connection 1 (AudioHook): connecting",
        "connection 1 (AudioHook): live",
        "connection 1 (AudioHook): retrying",
        "connection 2 (Bot events): live",
        "connection 1: removed",
    ]
