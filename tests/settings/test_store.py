"""Settings survive a round trip, and a bad file is named field by field."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.domain.errors import SettingInvalid
from desktop.domain.insight import KeywordRule, Severity
from desktop.domain.media import Party
from desktop.settings.model import Connection, Settings
from desktop.settings.store import checked, load, save

RULES = (KeywordRule("r1", "Cancel", ("cancel*", "close my account"), Severity.CRITICAL, Party.CUSTOMER),)


def test_round_trip_and_backup(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "settings.toml"
    assert load(path) == Settings()
    wanted = Settings(theme="dark", workers=2, connections=(Connection("a", "https://x"),), keywords=RULES)
    save(Settings(), path)
    save(wanted, path)
    assert load(path) == wanted
    assert load(path.with_suffix(".toml.bak")) == Settings()
    assert not path.with_suffix(".new").exists()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("theme = ", "TOML"),
        ("format = 99", "newer"),
        ("theme = 7", r"\$\.theme"),
        ('theme = "pink"', "light, dark, system"),
        ("workers = 1000", "workers"),
        ('[[connections]]\nname="a"\nbase_url="http://example.com"', "https"),
        ('[[connections]]\nname="a"\nbase_url="http://localhost.evil.example"', "https"),
        ('[[connections]]\nname="a"\nbase_url="https://x"\n[[connections]]\nname="a"\nbase_url="https://y"', "twice"),
        ('[[connections]]\nname=""\nbase_url="https://x"', "empty"),
        ('[[keywords]]\nrule_id="x"\nlabel="X"\nphrases="x"\nseverity="info"', r"phrases"),
    ],
)
def test_a_bad_file_says_which_field_and_what_to_do(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(SettingInvalid, match=named):
        load(path)


def test_loopback_may_be_plain_http() -> None:
    checked(Settings(connections=(Connection("a", "http://127.0.0.1:9"),)))
