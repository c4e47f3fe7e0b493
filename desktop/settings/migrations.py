"""From the format of an older settings file to today's: one pure function for each step, applied in order.

A step gets the whole document (without its `format`) and returns another one. What changed is only what has to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from desktop.settings.model import FORMAT

Document = dict[str, Any]
Step = Callable[[Document], Document]

OLD_LEAVE_S, OPEN_LEAVE_S = 60.0, 3600.0


def critical_words_stay_open(document: Document) -> Document:
    """1 to 2. Format 1 wrote its own default down, by which an alert about critical words was over after a minute."""
    rule = document.get("keyword_alert")
    if not isinstance(rule, dict) or rule.get("leave_s") != OLD_LEAVE_S:
        return document
    return {**document, "keyword_alert": {**rule, "leave_s": OPEN_LEAVE_S}}


def nothing_to_do(document: Document) -> Document:
    """2 to 3. Format 3 has [updates], which a Sidetone of format 2 would call no setting."""
    return document


STEPS: Mapping[int, Step] = {1: critical_words_stay_open, 2: nothing_to_do}
"""From which format each step leads to the next."""


def migrated(document: Document, version: int, steps: Mapping[int, Step] = STEPS, target: int = FORMAT) -> Document:
    """The document in format `target`. KeyError for a version that no step leads on from."""
    for step in range(version, target):
        document = steps[step](document)
    return document
