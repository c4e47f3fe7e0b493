"""What a headless gateway prints about its links: states and findings, never a call's own facts; bounded in a flood.

A refused connection comes with the signature base that was checked, so that a wrong header is found without a screen.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from desktop.domain.events import LinkChanged, LinkFound, SourceEvent
from desktop.domain.finding import Finding, Level

DETAIL_EVERY_S: Final = 10.0
"""Strangers may knock as often as they like: a line each second at most, and a signature base this often."""
LINE_EVERY_S: Final = 1.0
MOST_LINES: Final = 30
MOST_CHARACTERS: Final = 400
Say = Callable[[str], None]


class Spokesman:
    """Give it every event. What is passed over for its number is counted in the next line."""

    def __init__(self, say: Say, clock: Callable[[], float] = time.monotonic) -> None:
        self._say, self._clock = say, clock
        self._line_at_s = self._detail_at_s = float("-inf")
        self._passed_over = 0

    def hear(self, event: SourceEvent) -> None:
        """Print what a person at the machine should know."""
        match event:
            case LinkChanged():
                self._say(f"{event.link}: {event.state.value}. {event.detail}".rstrip())
            case LinkFound(link, finding) if finding.level is not Level.PASS and finding.detail:
                self._closely(link, finding)
            case LinkFound(link, finding) if finding.level is not Level.PASS:
                self._say(_sentence(link, finding))
            case _:
                pass

    def _closely(self, link: str, finding: Finding) -> None:
        now_s = self._clock()
        if now_s - self._line_at_s < LINE_EVERY_S:
            self._passed_over += 1
            return
        self._line_at_s = now_s
        more = f" ({self._passed_over} more like it were not told.)" if self._passed_over else ""
        self._passed_over = 0
        self._say(_sentence(link, finding) + more)
        if now_s - self._detail_at_s < DETAIL_EVERY_S:
            return
        self._detail_at_s = now_s
        self._say("  The signature was checked over these lines; compare them with what the platform signs:")
        lines = finding.detail.splitlines()
        for line in lines[:MOST_LINES]:
            self._say(f"    {_printable(line)}")
        if len(lines) > MOST_LINES:
            self._say(f"    and {len(lines) - MOST_LINES} lines more")


def _sentence(link: str, finding: Finding) -> str:
    return f"{link}: {finding.subject}: {_printable(finding.text)} {_printable(finding.remedy)}".rstrip()


def _printable(text: str) -> str:
    """Headers come from strangers: nothing of them may steer a terminal or begin a line of its own."""
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    return shown if len(shown) <= MOST_CHARACTERS else f"{shown[:MOST_CHARACTERS]} …"
