"""Events reach their call; what is over is forgotten; what is unknown is looked up once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from desktop.calls import registry as module
from desktop.calls.cache import TimedCache
from desktop.calls.registry import DOWN_S, FACTS_TTL_S, NEVER_HEARD_S, NO_CONNECTION, NO_SOUND, SILENT_S, CallRegistry
from desktop.domain.effects import AskFacts, CallChanged, CallTimer, CloseLane, DropAudio, FeedAudio
from desktop.domain.events import (
    OUT_OF_SCOPE,
    AudioArrived,
    AudioGap,
    CallEnded,
    Complaint,
    FactsLearned,
    LinkChanged,
    LinkState,
    PeerComplaint,
    SourceEvent,
)
from desktop.domain.facts import CallFacts, CallPhase, CallStage
from desktop.domain.media import Codec, EncodedFrame, Party

DANA = CallFacts(agent_name="Dana", queue_name="Billing")


def audio(call: str = "c1", seq: int = 0) -> AudioArrived:
    return AudioArrived(EncodedFrame("link", call, Party.AGENT, Codec.OPUS, seq, seq * 20, b"\x00", 0))


def link(state: LinkState) -> LinkChanged:
    return LinkChanged("link", "region", state)


def test_metadata_opens_a_call_and_sound_follows() -> None:
    calls = CallRegistry()
    assert calls.handle(FactsLearned("link", "c1", DANA), 0.0) == [CallChanged("c1", CallPhase.LIVE, DANA)]
    assert calls.handle(audio(), 0.1) == [FeedAudio(audio().frame)]
    assert "c1" in calls
    assert calls.facts_of("c1") == DANA
    assert calls.facts_of("c2") is None


def test_a_look_up_names_a_call_and_is_not_repeated() -> None:
    calls = CallRegistry()
    calls.handle(audio(), 0.0)
    effects = calls.on_timer("c1", CallTimer.GRACE, 0.5)
    ask = AskFacts("c1")
    assert ask in effects
    assert calls.wants_look_up(ask, 0.5)
    assert calls.looked_up("c1", None, 0.6) == []
    assert not calls.wants_look_up(ask, 0.7)
    assert calls.looked_up("c1", DANA, 0.8) == [CallChanged("c1", CallPhase.LIVE, DANA)]
    assert calls.looked_up("c9", DANA, 0.8) == []
    assert calls.wants_look_up(AskFacts("c9"), 0.8 + FACTS_TTL_S)


def test_a_look_up_never_overrides_what_the_stream_said_meanwhile() -> None:
    calls = CallRegistry()
    calls.handle(audio(), 0.0)
    calls.handle(FactsLearned("link", "c1", CallFacts(agent_name="Lee", queue_name="Sales")), 0.1)
    calls.looked_up("c1", DANA, 0.2)
    assert calls.facts_of("c1") == CallFacts(agent_name="Lee", queue_name="Sales")


def test_late_frames_do_not_raise_the_dead() -> None:
    calls = CallRegistry()
    calls.handle(FactsLearned("link", "c1", DANA), 0.0)
    calls.handle(CallEnded("link", "c1"), 1.0)
    assert calls.on_timer("c1", CallTimer.LINGER, 6.0) == [CloseLane("c1")]
    assert len(calls) == 0
    assert calls.handle(audio(), 7.0) == [DropAudio("c1", Party.AGENT, 1)]
    assert calls.handle(FactsLearned("link", "c1", DANA), 7.0) == []
    assert calls.handle(CallEnded("link", "c1"), 8.0) == []
    assert calls.on_timer("c1", CallTimer.LINGER, 9.0) == []


def test_a_call_given_up_too_early_comes_back_with_its_name() -> None:
    calls = CallRegistry()
    calls.handle(link(LinkState.LIVE), 0.0)
    calls.handle(FactsLearned("link", "c1", DANA), 0.0)
    assert calls.handle(link(LinkState.LIVE), 5.0) == []  # it never was away
    calls.handle(link(LinkState.RETRYING), 9.0)
    calls.handle(link(LinkState.LIVE), 10.0)
    calls.on_timer("c1", CallTimer.REAPPEAR, 20.0)
    calls.on_timer("c1", CallTimer.LINGER, 25.0)
    effects = calls.handle(audio(), 30.0)
    assert effects == [CallChanged("c1", CallPhase.LIVE, DANA), FeedAudio(audio().frame)]


def test_only_a_link_that_comes_back_makes_calls_prove_themselves() -> None:
    calls = CallRegistry()
    calls.handle(FactsLearned("link", "c1", DANA), 0.0)
    for state in (LinkState.CONNECTING, LinkState.LIVE, LinkState.LIVE, LinkState.RETRYING):
        assert calls.handle(link(state), 0.0) == []
    assert calls.handle(link(LinkState.LIVE), 5.0) != []


def test_calls_of_a_link_that_will_not_come_back_end() -> None:
    state = LinkState.CLOSED
    calls = CallRegistry()
    calls.handle(FactsLearned("link", "c1", DANA), 0.0)
    calls.handle(FactsLearned("other", "c2", DANA), 0.0)
    effects = calls.handle(link(state), 1.0)
    assert CallChanged("c1", CallPhase.LINGERING, DANA, f"connection {state.value}") in effects
    assert {e.call for e in effects if isinstance(e, CallChanged)} == {"c1"}
    assert calls.link_of("c2") == "other"
    assert calls.link_of("c9") == ""


def test_a_line_that_goes_dead_without_a_word_ends() -> None:
    calls = CallRegistry()
    calls.handle(link(LinkState.LIVE), 0.0)
    calls.handle(FactsLearned("link", "c1", DANA), 0.0)
    assert calls.sweep(NEVER_HEARD_S) == []  # it may ring for long
    calls.handle(audio(), 1000.0)
    assert calls.sweep(1000.0 + SILENT_S) == []
    effects = calls.sweep(1000.1 + SILENT_S)
    assert CallChanged("c1", CallPhase.LINGERING, DANA, NO_SOUND) in effects
    calls.handle(audio("c2"), 1000.0)
    calls.handle(link(LinkState.RETRYING), 1000.0)
    assert calls.sweep(1000.0 + DOWN_S) == []  # the link's fault, not the call's
    assert CallChanged("c2", CallPhase.LINGERING, CallFacts(), NO_CONNECTION) in calls.sweep(1000.1 + DOWN_S)


def test_a_call_on_hold_may_be_silent_and_one_never_heard_ends_late() -> None:
    calls = CallRegistry()
    calls.handle(link(LinkState.LIVE), 0.0)
    calls.handle(FactsLearned("link", "held", CallFacts(agent_name="A", stage=CallStage.HOLD)), 0.0)
    calls.handle(audio("held"), 0.0)
    calls.handle(FactsLearned("link", "never", DANA), 0.0)
    assert calls.sweep(600.0) == []
    effects = calls.sweep(NEVER_HEARD_S + 1)
    assert {e.call for e in effects if isinstance(e, CallChanged)} == {"never"}
    calls.handle(FactsLearned("link", "held", DANA), 700.0)  # back from hold: a sign of life
    assert calls.sweep(700.0 + SILENT_S) == []


def test_a_call_that_left_our_filters_may_come_back_into_them() -> None:
    calls = CallRegistry()
    calls.handle(FactsLearned("link", "c1", DANA), 0.0)
    calls.handle(CallEnded("link", "c1", OUT_OF_SCOPE), 1.0)
    calls.on_timer("c1", CallTimer.LINGER, 6.0)
    assert calls.handle(FactsLearned("link", "c1", DANA), 7.0) == [CallChanged("c1", CallPhase.LIVE, DANA)]


def test_a_wrap_up_code_labels_a_call_but_never_opens_one() -> None:
    calls = CallRegistry()
    done = CallFacts(stage=CallStage.WRAP_UP, disposition="refund")
    assert calls.handle(FactsLearned("link", "c1", done), 0.0) == []
    calls.handle(FactsLearned("link", "c1", DANA), 0.0)
    calls.handle(CallEnded("link", "c1"), 1.0)
    calls.handle(FactsLearned("link", "c1", done), 1.0)
    facts = calls.facts_of("c1")
    assert facts is not None
    assert facts.disposition == "refund"


def test_there_is_a_most_of_calls_and_old_ones_stay() -> None:
    calls = CallRegistry()
    for number in range(module.MOST_CALLS):
        calls.handle(FactsLearned("link", f"c{number}", DANA), 0.0)
    assert calls.handle(FactsLearned("link", "one more", DANA), 0.0) == []
    assert calls.handle(audio("one more"), 0.0) == [DropAudio("one more", Party.AGENT, 1)]
    assert len(calls) == module.MOST_CALLS


def test_what_is_not_about_a_call_changes_none() -> None:
    calls = CallRegistry()
    assert calls.handle(PeerComplaint("link", Complaint.BAD_FRAME, "x"), 0.0) == []
    assert calls.handle(AudioGap("c1", Party.AGENT, 0, 20.0, "x"), 0.0) == []


def test_an_unnamed_call_leaves_nothing_in_the_cache() -> None:
    calls = CallRegistry()
    calls.handle(audio(), 0.0)
    calls.handle(CallEnded("link", "c1"), 0.1)
    calls.on_timer("c1", CallTimer.LINGER, 5.1)
    assert calls.wants_look_up(AskFacts("c1"), 5.2)


def test_the_cache_is_bounded_and_forgets_in_time() -> None:
    cache: TimedCache[int] = TimedCache(10.0, 2)
    cache.put("a", 1, 0.0)
    cache.put("b", 2, 0.0)
    cache.put("c", 3, 0.0)
    assert [cache.get(k, 1.0) for k in "abc"] == [None, 2, 3]
    assert cache.get("b", 10.0) is None
    assert len(cache) == 1


EVENTS = st.one_of(
    st.builds(audio, st.sampled_from(["c1", "c2"]), st.integers(0, 50)),
    st.builds(FactsLearned, st.just("link"), st.sampled_from(["c1", "c2"]), st.just(DANA)),
    st.builds(CallEnded, st.just("link"), st.sampled_from(["c1", "c2"])),
    st.builds(link, st.sampled_from(LinkState)),
    st.tuples(st.sampled_from(["c1", "c2"]), st.sampled_from(CallTimer)),
)


@given(st.lists(EVENTS, max_size=60))
def test_whatever_happens_every_frame_is_fed_kept_or_counted(events: list[SourceEvent | tuple[str, CallTimer]]) -> None:
    calls = CallRegistry()
    arrived = fed = dropped = 0
    for now, event in enumerate(events):
        if isinstance(event, tuple):
            effects = calls.on_timer(event[0], event[1], float(now))
        else:
            arrived += isinstance(event, AudioArrived)
            effects = calls.handle(event, float(now))
        fed += sum(isinstance(e, FeedAudio) for e in effects)
        dropped += sum(e.frames for e in effects if isinstance(e, DropAudio))
    waiting = sum(m.waiting for m in calls._machines.values())
    assert arrived == fed + dropped + waiting
