"""Qt's own model tester over every model, through everything that can happen to it."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from pytestqt.modeltest import ModelTester

from desktop.dashboard import link_cards
from desktop.dashboard.alert_rows import alert_rows
from desktop.dashboard.listing import Section
from desktop.dashboard.rows import Row, row
from desktop.dashboard.transcript import lines
from desktop.domain.media import Party
from desktop.domain.updates import AlertChanged
from desktop.ui.alert_model import ALERT_ROLE, AlertModel
from desktop.ui.call_model import ENTRY_ROLE, CallModel
from desktop.ui.row_model import ROW_ROLE, RowModel
from desktop.ui.transcript_model import LINE_ROLE, TranscriptModel
from tests.ui import floor, links

STATE = floor.floor(floor.scenario())
ROWS = {call: row(view, floor.NOW) for call, view in STATE.calls.items()}
CALLS = list(STATE.calls)


def rows_of(calls: Sequence[str]) -> dict[str, Row]:
    return {call: ROWS[call] for call in calls}


def test_calls_come_go_and_move_while_the_selection_stays(qtmodeltester: ModelTester) -> None:
    model, dice = CallModel(), random.Random(1)
    qtmodeltester.check(model)
    for _ in range(30):
        calls = dice.sample(CALLS, dice.randint(1, len(CALLS)))
        pinned = dice.randint(0, len(calls))
        model.show([(Section.NEEDS_YOU, calls[:pinned]), (Section.LIVE, calls[pinned:])], rows_of(calls))
        qtmodeltester.check(model)
        entries = [e for e in model.entries if isinstance(e, str)]
        assert entries == calls
        keep = QPersistentModelIndex(model.index(model.entries.index(calls[0])))
        dice.shuffle(calls)
        model.show([(Section.LIVE, calls)], rows_of(calls))
        assert keep.data(ENTRY_ROLE) in calls
        assert keep.data(ENTRY_ROLE) == entries[0]
    model.show([(Section.LIVE, [])], {})
    assert model.rowCount() == 0


def test_showing_the_same_moves_nothing(qtmodeltester: ModelTester) -> None:
    model = CallModel()
    assert model.show([(Section.LIVE, CALLS)], ROWS)
    assert not model.show([(Section.LIVE, CALLS)], ROWS)
    qtmodeltester.check(model)


def test_titles_speak_and_cannot_be_chosen() -> None:
    model = CallModel()
    model.show([(Section.LIVE, CALLS[:2])], rows_of(CALLS[:2]))
    assert model.index(0).data() == "Live, 2"
    assert not model.flags(model.index(0)) & Qt.ItemFlag.ItemIsSelectable
    assert model.index(1).data(Qt.ItemDataRole.AccessibleTextRole) == ROWS[CALLS[0]].aloud
    assert model.index(1).data(Qt.ItemDataRole.DecorationRole) is None
    assert (model.row_of(CALLS[1]), model.row_of("nobody")) == (2, None)


def test_the_transcript_grows_changes_and_shrinks(qtmodeltester: ModelTester) -> None:
    model, shown = TranscriptModel(), lines(STATE.calls["call-01"])
    qtmodeltester.check(model)
    for part in (shown[:3], shown, shown[:-1], [*shown[:2], shown[4]], [], shown):
        assert model.show(part)
        assert not model.show(part)
        assert model.lines == part
        qtmodeltester.check(model)
    assert model.index(0).data(LINE_ROLE) == shown[0]
    assert model.index(0).data().startswith("Agent at 1 s: thank you")


def test_a_long_transcript_is_not_reset_when_words_are_added(qtmodeltester: ModelTester) -> None:
    model, shown = TranscriptModel(), lines(STATE.calls["call-01"])
    model.show(shown[:-1])
    kept = QPersistentModelIndex(model.index(0))
    inserted: list[tuple[int, int]] = []
    model.rowsInserted.connect(lambda _, first, last: inserted.append((first, last)))
    model.show(shown)
    assert inserted == [(len(shown) - 1, len(shown) - 1)]
    assert kept.isValid()


def test_alerts_open_and_resolve(qtmodeltester: ModelTester) -> None:
    model, shown = AlertModel(), alert_rows(STATE, floor.NOW)
    qtmodeltester.check(model)
    for part in (shown[:2], shown, list(reversed(shown)), shown[3:], []):
        model.show(part)
        assert model.rows == part
        qtmodeltester.check(model)
    model.show(shown)
    assert model.index(0).data(ALERT_ROLE) == shown[0]
    assert model.index(0).data() == shown[0].aloud


@pytest.mark.parametrize("model", [CallModel(), TranscriptModel(), AlertModel()])
def test_nothing_is_said_about_no_row(model: CallModel | TranscriptModel | AlertModel) -> None:
    assert model.data(QModelIndex()) is None
    assert model.flags(QModelIndex()) == Qt.ItemFlag.NoItemFlags


def test_no_transcript_word_of_a_masked_number() -> None:
    said = floor.segment("c", Party.CUSTOMER, 1, "it is •••• ••••", 0, 1_000)
    state = floor.floor([floor.seen("c"), floor.said("c", Party.CUSTOMER, 1, said.text, 0, 1_000)])
    (line,) = lines(state.calls["c"])
    assert line.text[line.masked[0][0] : line.masked[0][1]] == "•••• ••••"


def test_an_alert_that_only_ages_changes_one_row() -> None:
    state = floor.floor([floor.seen("c"), AlertChanged(floor.alert(1, "c")), AlertChanged(floor.alert(2, "c"))])
    model, changed = AlertModel(), []
    model.show(alert_rows(state, floor.NOW))
    model.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row())))
    model.show(alert_rows(state, floor.NOW))
    assert changed == []
    model.show(alert_rows(state, floor.NOW + 60_000))
    assert changed == [(0, 1)]


def test_connections_come_go_and_change(qtmodeltester: ModelTester) -> None:
    state, model = floor.floor(links.scenario()), RowModel()
    qtmodeltester.check(model)
    cards = link_cards.cards(state, floor.NOW)
    for rows in (cards, cards[:1], cards[1:], [], list(reversed(cards))):
        model.show(rows)
        qtmodeltester.check(model)
        assert [model.index(n).data(ROW_ROLE) for n in range(model.rowCount())] == rows
    assert model.index(0).data(Qt.ItemDataRole.AccessibleTextRole) == cards[-1].aloud
    assert model.data(QModelIndex()) is None
