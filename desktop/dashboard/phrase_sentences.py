"""Every sentence about phrases that are listened for by themselves."""

from __future__ import annotations

from collections.abc import Sequence


def by_itself(phrase: str) -> str:
    """A line for a phrase that was spotted where the transcript does not have it; begins with as many characters."""
    return f"{phrase.replace('*', '…')} (heard by itself, not in the transcript)"


def unreadable(words: Sequence[str]) -> str:
    """What is said about phrases that the recogniser can't listen for; empty when there are none."""
    if not words:
        return ""
    named = ", ".join(f"“{word}”" for word in words[:3]) + (" and others" if len(words) > 3 else "")
    return f"{named} can't be read aloud in English, so it is found in transcripts only. Write it as it sounds."
