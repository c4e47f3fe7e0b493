"""The Connections page: links and sign-ins on the left, the chosen link or the coverage audit on the right."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from desktop.dashboard import connection_captions as words
from desktop.dashboard import coverage_rows, link_cards, listener_captions, sign_in_rows
from desktop.dashboard.capacity import Planner
from desktop.dashboard.coverage_rows import CoverageRow
from desktop.dashboard.state import FloorState
from desktop.domain.sign_in import SignInState
from desktop.settings.model import Connection, Organisation, SignInKind, SourceKind
from desktop.ui import fonts, glyphs, secret_ways
from desktop.ui.capacity_panel import CapacityPanel
from desktop.ui.empty import EmptyState
from desktop.ui.findings import CoverageLine
from desktop.ui.link_detail import LinkDetail
from desktop.ui.link_list import LinkList
from desktop.ui.look import Look
from desktop.ui.rows_box import RowsBox
from desktop.ui.secret_ways import SecretWay
from desktop.ui.sign_ins import SignIns
from desktop.ui.splitter import SharedSplitter


class ConnectionsPage(QWidget):
    """Reads the floor once a second while it is in sight."""

    back_asked = Signal()
    add_asked = Signal()

    def __init__(self, look: Look, planner: Planner | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.chosen: str | None = None
        self._state, self._now_ms = FloorState(), 0
        self._organisations: dict[str, SignInKind] = {}
        self._connections: dict[str, Connection] = {}
        self.back, self.add = QPushButton(words.BACK, self), QPushButton(words.ADD, self)
        self.back.setToolTip(words.BACK_TIP)
        self.add.setObjectName("primary")
        self.back.clicked.connect(self.back_asked)
        self.add.clicked.connect(self.add_asked)
        self.links, self.sign_ins = LinkList(look, self), SignIns(look, self)
        self.links.link_chosen.connect(self.choose)
        self.detail = LinkDetail(look, self)
        self.capacity = None if planner is None else CapacityPanel(look, planner, self)
        self.coverage: RowsBox[CoverageRow] = RowsBox(CoverageLine, lambda row: (row.where, row.title), self)
        self.tabs = QButtonGroup(self)
        card = QFrame(self)
        card.setObjectName("card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(1, 6, 1, 6)
        inside.addWidget(self.links)
        left = SharedSplitter(Qt.Orientation.Vertical, _list_height, (card, self.sign_ins), self)
        panes = SharedSplitter(Qt.Orientation.Horizontal, _list_width, (left, self._right()), self)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 0, 16, 0)
        box.setSpacing(8)
        box.addLayout(self._head())
        box.addWidget(panes, 1)
        look.changed.connect(self._dress)
        self._dress()

    def _head(self) -> QHBoxLayout:
        title = QLabel(words.CONNECTIONS, self)
        title.setFont(fonts.font(fonts.LARGE, fonts.BOLD))
        head = self.head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.back)
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(self.add)
        return head

    def _right(self) -> QFrame:
        card = QFrame(self)
        card.setObjectName("card")
        tabs = QHBoxLayout()
        tabs.setSpacing(4)
        for number, caption in enumerate((words.TAB_LINK, words.TAB_COVERAGE, listener_captions.TAB_CAPACITY)):
            button = QPushButton(caption, card)
            button.setObjectName("segment")
            button.setCheckable(True)
            button.setChecked(number == 0)
            button.setFont(fonts.font(fonts.SMALL, fonts.MEDIUM))
            self.tabs.addButton(button, number)
            tabs.addWidget(button)
        tabs.addStretch(1)
        gaps = QWidget(card)
        self._gaps = QStackedLayout(gaps)
        self._gaps.addWidget(self.coverage)
        self._gaps.addWidget(EmptyState(self._look, words.NO_COVERAGE, parent=gaps))
        self._pages = QStackedLayout()
        self._pages.addWidget(self.detail)
        self._pages.addWidget(gaps)
        if self.capacity is not None:
            self._pages.addWidget(self.capacity)
        self.tabs.idClicked.connect(self._pages.setCurrentIndex)
        box = QVBoxLayout(card)
        box.setContentsMargins(16, 10, 16, 8)
        box.setSpacing(8)
        box.addLayout(tabs)
        box.addLayout(self._pages, 1)
        return card

    def know(self, organisations: Iterable[Organisation], connections: Iterable[Connection]) -> None:
        """What the settings hold: who can be signed in to and how, and which connections can be removed."""
        self._organisations = self.sign_ins.kinds = {each.name: each.sign_in for each in organisations}
        self._connections = {each.name: each for each in connections}

    def way_of(self, name: str) -> tuple[str, SecretWay]:
        """Whose secret an organisation or a connection comes with, and how it is replaced."""
        connection = self._connections.get(name)
        if name in self._organisations or connection is None:
            organisation = name
        elif connection.kind is SourceKind.AUDIOHOOK:
            return name, secret_ways.PERSON  # its set-up shows and replaces its secrets
        elif not connection.organisation:
            return name, secret_ways.TOKEN
        else:
            organisation = connection.organisation
        sign_in = self._state.sign_ins.get(organisation)
        refused = sign_in is not None and sign_in.state is SignInState.REFUSED
        return organisation, secret_ways.way(self._organisations.get(organisation), refused=refused)

    def refresh(self, state: FloorState, now_ms: int) -> None:
        """Show the floor's connections as they are at `now_ms` (wall clock)."""
        self._state, self._now_ms = state, now_ms
        cards = link_cards.cards(state, now_ms)
        if self.chosen not in state.link_views:
            self.chosen = cards[0].link if cards else None
        self.links.show_cards(cards, self.chosen)
        self.sign_ins.show_rows(sign_in_rows.rows(state, self._organisations, now_ms))
        gaps = coverage_rows.rows(state)
        self.coverage.show_rows(gaps)
        self._gaps.setCurrentIndex(0 if gaps else 1)
        self.tabs.button(1).setText(f"{words.TAB_COVERAGE}  {len(gaps)}" if gaps else words.TAB_COVERAGE)
        self._show_detail()

    def choose(self, link: str) -> None:
        """Show this connection."""
        self.chosen = link
        self.tabs.button(0).setChecked(True)
        self._pages.setCurrentIndex(0)
        self._show_detail()

    def _show_detail(self) -> None:
        view = None if self.chosen is None else self._state.link_views.get(self.chosen)
        setting = self._connections.get(self.chosen or "")
        kind = None if setting is None else setting.kind
        _, way = self.way_of(self.chosen or "") if setting is not None else ("", secret_ways.PERSON)
        self.detail.show_link(self._state, view, self._now_ms, kind, way)
        planned = self.capacity is not None and view is not None and view.listens
        self.tabs.button(2).setVisible(planned)
        if not planned and self.tabs.checkedId() == 2:
            self.tabs.button(0).click()

    def _dress(self) -> None:
        self.back.setIcon(glyphs.icon(glyphs.back, self._look.colours.text))


def _list_height(whole: int) -> int:
    """Two thirds are for connections."""
    return whole * 62 // 100


def _list_width(whole: int) -> int:
    """The figures of a card need about 440 px."""
    return max(430, whole * 36 // 100)
