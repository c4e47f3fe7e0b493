"""Two channels are two parties, or it is named what else they are, from long enough evidence, and taken back."""

from __future__ import annotations

import pytest

from desktop.domain.channels import ChannelFault
from desktop.domain.media import Party
from desktop.domain.speech import Segment, SpeechActivity, Trace
from desktop.insights import channels
from desktop.insights.channels import ChannelJudge

AGENT, CUSTOMER = Party.AGENT, Party.CUSTOMER


def spoke(judge: ChannelJudge, party: Party, start_s: float, end_s: float, *, still: bool = False) -> None:
    judge.activity(SpeechActivity("call", party, round(start_s * 1000), round(end_s * 1000), still))


def said(judge: ChannelJudge, party: Party, text: str) -> None:
    judge.words(Segment("call", party, 1, 1, text, 0, 1000, True, "en-US", 0.9, (), Trace()))


def judged(judge: ChannelJudge, sound_ms: int = 60_000, now_ms: int = 100_000) -> tuple[ChannelFault, ...] | None:
    return judge.judge("call", sound_ms, now_ms)


def test_a_conversation_has_no_fault() -> None:
    judge = ChannelJudge()
    spoke(judge, AGENT, 0, 40)
    spoke(judge, CUSTOMER, 41, 42)
    said(judge, AGENT, "how can i help you")
    said(judge, CUSTOMER, "i want to cancel my account")
    assert judged(judge) is None


@pytest.mark.parametrize(
    ("silent", "other", "fault"),
    [(CUSTOMER, AGENT, ChannelFault.CUSTOMER_SILENT), (AGENT, CUSTOMER, ChannelFault.AGENT_SILENT)],
)
def test_a_silent_channel_is_named_once_and_taken_back(silent: Party, other: Party, fault: ChannelFault) -> None:
    judge = ChannelJudge()
    spoke(judge, other, 0, 20)
    assert judged(judge) is None
    spoke(judge, other, 21, 31, still=True)  # counts while it goes on
    assert judged(judge) == (fault,)
    assert judged(judge) is None
    spoke(judge, silent, 32, 33, still=True)
    assert judged(judge) == ()


def test_both_parties_on_one_channel() -> None:
    judge = ChannelJudge()
    said(judge, CUSTOMER, "good morning how can i help you")
    said(judge, CUSTOMER, "i want to cancel my contract")
    spoke(judge, CUSTOMER, 0, 31)
    assert judged(judge) == (ChannelFault.ONE_CHANNEL,)


def test_the_same_sound_on_both_is_named_before_all_else() -> None:
    judge = ChannelJudge()
    spoke(judge, CUSTOMER, 0, 31)
    judge.alike("call", True)
    assert judged(judge) == (ChannelFault.SAME_SOUND,)
    judge.alike("call", False)
    assert judged(judge) == (ChannelFault.AGENT_SILENT,)


def test_swapped_needs_evidence_on_both_channels() -> None:
    judge = ChannelJudge()
    said(judge, CUSTOMER, "sales department how can i help you")
    assert judged(judge) is None
    said(judge, AGENT, "i have been waiting for three weeks")
    assert judged(judge) == (ChannelFault.SWAPPED,)
    said(judge, AGENT, "is there anything else i can do")
    assert judged(judge) == ()


def test_an_empty_call_is_one_that_is_over() -> None:
    judge = ChannelJudge()
    assert judged(judge, 5) is None
    judge.ended("call", 100_000)
    assert judged(judge, 5, 101_999) is None  # some may still be on its way
    assert judged(judge, 5, 102_000) == (ChannelFault.EMPTY,)
    assert judged(judge, 900, 103_000) == ()


def test_calls_are_forgotten_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "MAX_CALLS", 2)
    judge = ChannelJudge()
    for call in ("a", "b", "c"):
        judge.alike(call, True)
    assert judge.judge("a", 1000, 0) is None  # the oldest gave way
    assert judge.judge("c", 1000, 0) == (ChannelFault.SAME_SOUND,)
    judge.forget("c")
    judge.forget("nobody")
    assert judge.judge("c", 1000, 0) is None
