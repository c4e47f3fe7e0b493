"""Words about Sidetone on this computer are whole sentences with and without what is put into them."""

from __future__ import annotations

import re

import pytest

from desktop.dashboard import desk_captions as words


@pytest.mark.parametrize(
    "text",
    [
        words.RESET_TEXT.format(models=""),
        words.RESET_TEXT.format(models=words.RESET_MODELS),
        words.NEWER.format(version="1.2.3", now="1.2.0", notes="Faster."),
        words.ENDED_OFTEN.format(count=3),
        words.USE_BACKUP.format(when="24 December, 10:15") + ".",
        words.RESTORED.format(when="24 December, 10:15"),
        words.GONE.format(when="24 December, 10:15"),
        words.MANAGED_BY.format(what="the theme", path="/etc/sidetone/managed.toml"),
        words.MANAGED_NOTHING.format(path="/etc/sidetone/managed.toml"),
        words.UPDATES_NOTE.format(host="updates.example.com"),
    ],
)
def test_sentences_are_whole(text: str) -> None:
    assert re.fullmatch(r"[A-Z][^{}]*\.", text)
    assert "  " not in text
