"""Connections in the log: which kind changed to what, and when; their names, addresses and reasons are left out."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final

from desktop.domain.updates import LinkDescribed, LinkForgotten, LinkUpdated, Update

MOST: Final = 1_000
_LOG = logging.getLogger(__name__)


class LinkDiary:
    """Numbers stand for names, for this run only. A state that is told again (a retry) is not written again."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._kinds: dict[str, str] = {}
        self._states: dict[tuple[str, str], str] = {}

    def note(self, updates: Iterable[Update]) -> None:
        """Whatever a drained mailbox held."""
        for update in updates:
            if isinstance(update, LinkDescribed):
                self._kinds[update.link] = update.kind
            elif isinstance(update, LinkUpdated):
                self._changed(update.link.link, update.link.region, update.link.state.value)
            elif isinstance(update, LinkForgotten):
                _LOG.info("connection %d: removed", self._number(update.link))
                self._kinds.pop(update.link, None)
                self._states = {place: state for place, state in self._states.items() if place[0] != update.link}

    def _changed(self, link: str, region: str, state: str) -> None:
        if self._states.get((link, region)) != state and len(self._states) < MOST:
            self._states[link, region] = state
            _LOG.info("connection %d (%s): %s", self._number(link), self._kinds.get(link, "unknown"), state)

    def _number(self, link: str) -> int:
        return self._numbers.setdefault(link, len(self._numbers) + 1)
