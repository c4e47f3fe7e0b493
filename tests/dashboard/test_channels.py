"""What is wrong with a call's channels stands on its row, and nothing is made up of it."""

from __future__ import annotations

import pytest

from desktop.dashboard import channel_sentences, sentences
from desktop.dashboard.curves import talk_over
from desktop.dashboard.ordering import need
from desktop.dashboard.rows import ChipKind, row
from desktop.domain.channels import ChannelFault
from desktop.domain.media import Party
from desktop.domain.updates import ActivityNoted, ChannelsJudged, DynamicsMeasured
from tests.dashboard.builders import dynamics, floor, seen, spoke, view


@pytest.mark.parametrize("fault", ChannelFault)
def test_each_fault_has_its_sentence_first_on_the_row_and_aloud(fault: ChannelFault) -> None:
    found = view([ChannelsJudged("c", (fault,))])
    (chip,) = row(found, 0).chips
    assert chip.kind is ChipKind.LATE
    assert chip.text in sentences.row_aloud(found, 0)
    assert chip.text[0].isupper()


def test_it_goes_when_nothing_is_wrong_any_more() -> None:
    found = view([ChannelsJudged("c", (ChannelFault.SWAPPED,)), ChannelsJudged("c", ())])
    assert row(found, 0).chips == ()


@pytest.mark.parametrize("fault", [ChannelFault.SAME_SOUND, ChannelFault.ONE_CHANNEL])
def test_no_talk_over_and_no_shares_without_two_parties(fault: ChannelFault) -> None:
    measured = DynamicsMeasured(dynamics(both=True))
    spoken = [ActivityNoted(spoke(0, 9_000, Party.AGENT)), ActivityNoted(spoke(0, 9_000))]
    before, after = view([measured, *spoken]), view([measured, *spoken, ChannelsJudged("c", (fault,))])
    assert need(before, 0) == need(after, 0) + 5
    assert sentences.dynamics(before) == ["talking over each other"]
    assert sentences.dynamics(after) == []
    assert sentences.talk_share(before) == "agent talks 40%, customer 40%"
    assert sentences.call_line(after, 0).endswith(f"· {channel_sentences.channels(after)[0]}")
    assert (talk_over(before), talk_over(after)) == ([(0, 9_000)], [])


def test_a_silent_channel_leaves_the_shares_as_they_are() -> None:
    found = view([DynamicsMeasured(dynamics()), ChannelsJudged("c", (ChannelFault.CUSTOMER_SILENT,))])
    assert sentences.talk_share(found) == "agent talks 40%, customer 40%"


def test_of_a_call_that_is_gone_nothing_is_said() -> None:
    state, _ = floor([seen("c"), ChannelsJudged("gone", (ChannelFault.EMPTY,))])
    assert list(state.calls) == ["c"]
