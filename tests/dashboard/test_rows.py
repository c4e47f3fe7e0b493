"""Rows and alert rows as plain values."""

from __future__ import annotations

from desktop.dashboard import sentences
from desktop.dashboard.alert_rows import ROWS_MOST, alert_rows
from desktop.dashboard.rows import CHIPS_MOST, ChipKind, row
from desktop.domain.alert import AlertState
from desktop.domain.events import AudioGap, LinkState, PauseReason
from desktop.domain.facts import CallStage
from desktop.domain.insight import Severity
from desktop.domain.media import Party
from desktop.domain.updates import (
    ActivityNoted,
    AlertChanged,
    DynamicsMeasured,
    EngineHealth,
    HitFound,
    LinkUpdated,
    PauseNoted,
    ReadingMade,
    SegmentHeard,
    SoundLost,
    Update,
)
from tests.dashboard.builders import alert, dynamics, floor, hit, link, over, reading, seen, segment, spoke, view


def test_an_empty_row_says_what_is_not_known() -> None:
    state, _ = floor([seen("c", agent_name="", queue_name="")])
    found = row(state.calls["c"], 61_000)
    assert (found.agent, found.named, found.queue) == ("Agent not named yet", False, "queue unknown")
    assert (found.value, found.mood, found.words, found.speaker) == ("no data", None, "", None)
    assert (found.need, found.severity, found.chips, found.duration) == (0, None, (), "1:00")


def test_a_row_in_trouble() -> None:
    updates: list[Update] = [
        SegmentHeard(segment(1, "i want to cancel", final=False)),
        HitFound(hit(3, 3)),
        HitFound(hit(3, 3, Severity.INFO, label="Refund", at=900)),
        ReadingMade(reading(-0.6)),
        AlertChanged(alert(1, Severity.CRITICAL)),
    ]
    found = row(view(updates), 61_000)
    assert (found.severity, found.needs_you, found.partial, found.speaker) == (
        Severity.CRITICAL,
        True,
        True,
        Party.CUSTOMER,
    )
    assert [(chip.text, chip.kind) for chip in found.chips] == [
        ("Customer unhappy for 30 s", ChipKind.ALERT),
        ("Refund", ChipKind.KEYWORD),
        ("Cancellation", ChipKind.KEYWORD),
    ]
    assert len(found.marks) == 1
    assert found.aloud.startswith("Critical: ")


def test_an_alert_in_hand_is_quiet_and_that_of_an_ended_call_is_not_shown() -> None:
    taken = row(view([AlertChanged(alert(1, acknowledged=True))]), 0)
    assert (taken.severity, taken.chips[0].severity) == (None, Severity.INFO)
    ended = row(view([AlertChanged(alert(1)), over()]), 0)
    assert (ended.severity, ended.need, [chip.text for chip in ended.chips]) == (None, 0, ["Ended"])


def test_state_chips_and_their_bound() -> None:
    state, _ = floor([seen("c", stage=CallStage.HOLD), DynamicsMeasured(dynamics(12_000, both=True))])
    found = state.calls["c"]
    found.lag_ms = 3_000
    assert [chip.text for chip in row(found, 0).chips] == [
        "3 s behind",
        "On hold",
        "talking over each other",
        "quiet for 0:12",
    ]
    found.lost_ms = 5_000
    assert len(row(found, 0).chips) == CHIPS_MOST


def test_sound_that_was_lost_is_said() -> None:
    found = view([SoundLost(AudioGap("c", Party.AGENT, 0, 3_200.0, "lost"))])
    assert [(c.text, c.kind) for c in row(found, 0).chips] == [("0:03 not heard", ChipKind.LATE)]


def test_a_keyword_that_the_alert_names_is_not_said_twice() -> None:
    found = view([HitFound(hit(0, 0, label="Unhappy")), AlertChanged(alert(1))])
    assert [chip.kind for chip in row(found, 0).chips] == [ChipKind.ALERT]


def test_alert_rows_open_first_gravest_first_then_history() -> None:
    state, _ = floor(
        [
            seen("c"),
            AlertChanged(alert(1, raised=10)),
            AlertChanged(alert(2, Severity.CRITICAL, raised=20, times=3)),
            AlertChanged(alert(3, Severity.CRITICAL, acknowledged=True)),
            AlertChanged(alert(4, snoozed=99_000)),
            AlertChanged(alert(5, state=AlertState.RESOLVED, changed=50, call="gone")),
            AlertChanged(alert(6, state=AlertState.RESOLVED, changed=60)),
            EngineHealth(1, 1, 0, 0.0),
        ]
    )
    found = alert_rows(state, 30_000)
    assert [r.alert_id for r in found] == [2, 1, 3, 4, 6, 5]
    assert [r.loud for r in found] == [True, True, False, False, False, False]
    assert [r.open for r in found] == [True, True, True, True, False, False]
    assert found[0].headline == "Customer unhappy for 30 s ×3"
    assert found[0].whose == "Dana, Billing"
    assert found[5].whose == "a call that is no longer kept"
    assert found[3].state == "Snoozed for 1:09"
    assert alert_rows(state, 100_000)[1].loud


def test_alert_rows_are_bounded() -> None:
    state, _ = floor([AlertChanged(alert(n)) for n in range(ROWS_MOST + 5)])
    assert len(alert_rows(state, 0)) == ROWS_MOST


def test_a_snoozed_alert_is_quiet_on_its_row_until_it_ends() -> None:
    found = view([AlertChanged(alert(1, Severity.CRITICAL, snoozed=60_000))])
    assert row(found, 59_000).severity is None
    assert row(found, 59_000).chips[0].severity is Severity.INFO
    assert row(found, 60_000).severity is Severity.CRITICAL


def test_what_is_not_heard_now_stands_first_and_never_looks_calm() -> None:
    lost: list[Update] = [LinkUpdated(link(LinkState.RETRYING, ""))]
    kinds: list[Update] = [ActivityNoted(spoke(0, 900)), HitFound(hit(0, 0)), AlertChanged(alert(1, Severity.CRITICAL))]
    found = row(view([*kinds, *lost]), 0)
    assert [chip.text for chip in found.chips][:2] == ["not heard", "Customer unhappy for 30 s"]
    assert found.unheard
    assert "not heard: connection lost" in found.aloud
    assert not row(view(kinds), 0).unheard
    assert not row(view([*kinds, *lost, over()]), 0).unheard
    assert row(view([*lost, over()]), 0).chips[0].text == "Ended"
    hushed = row(view([PauseNoted("c", True, PauseReason.PRIVACY)]), 0)
    assert (hushed.unheard, hushed.paused) == (True, PauseReason.PRIVACY)


def test_where_a_call_comes_from_stands_beside_its_queue() -> None:
    assert row(view(), 0, "Acme").queue == "Billing · Acme"
    assert row(view(), 0).queue == "Billing"


def test_a_paused_call_says_why_instead_of_its_last_words() -> None:
    said = SegmentHeard(segment(1, "my card number is", final=False))
    private = view([said, PauseNoted("c", True, PauseReason.PRIVACY)])
    found = row(private, 0)
    assert (found.paused, found.words, found.speaker) == (PauseReason.PRIVACY, "Paused for privacy", None)
    assert (found.partial, found.marks, found.chips) == (False, (), ())
    assert found.aloud.endswith(", paused for privacy")
    saving = row(view([PauseNoted("c", True, PauseReason.SAVING)]), 0)
    assert (saving.paused, saving.words) == (PauseReason.SAVING, "Not streamed: nobody watches")
    for stage, why in ((CallStage.QUEUED, "waits in the queue"), (CallStage.CONNECTED, "nobody talks")):
        state, _ = floor([seen("c", stage=stage), PauseNoted("c", True, PauseReason.WAITING)])
        waiting = row(state.calls["c"], 0)
        assert (waiting.paused, waiting.words) == (PauseReason.WAITING, f"Not streamed: {why}")
        assert waiting.aloud.endswith(f", not streamed: {why}")
    private.connected = False
    lost = row(private, 0)
    assert (lost.paused, lost.words) == (None, "my card number is")
    assert [chip.text for chip in lost.chips] == [sentences.NOT_HEARD]
    ended = row(view([said, PauseNoted("c", True, PauseReason.PRIVACY), over()]), 0)
    assert (ended.paused, ended.words) == (None, "my card number is")
    assert "privacy" not in ended.aloud
