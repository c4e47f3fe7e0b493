"""Text that may leave the machine or stand in a log: without mail addresses, tokens and telephone numbers."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
TOKEN: Final = re.compile(r"[A-Za-z0-9_\-+/=]{20,}")
NUMBER: Final = re.compile(
    r"(?<!\w)(?<!id-)\+?(?:\(\+?\d{1,5}\)|\d+)(?:[ \u00a0./‐‑–-]{0,3}(?:\(\d{1,5}\)|\d+))*(?!\w)"
)
"""Groups of digits with the separators of telephone numbers; parentheses are closed, unlike in "1 (4 sent)"."""
FEWEST_DIGITS: Final = 7
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def scrub(text: str) -> str:
    """The same sentence; what could be an address, a token or a number is replaced by a word in parentheses."""
    text = MAIL.sub("(address)", text)
    text = TOKEN.sub("(removed)", text)
    return NUMBER.sub(_number, text)


def _number(found: re.Match[str]) -> str:
    """Figures, dates and network addresses are no telephone numbers."""
    text = found.group()
    if sum(map(str.isdigit, text)) < FEWEST_DIGITS or _DATE.fullmatch(text):
        return text
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return "(number)"
    return text
