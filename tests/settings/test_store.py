"""Settings survive a round trip, and a bad file is named field by field."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.domain.errors import SettingInvalid
from desktop.domain.insight import KeywordRule, Severity
from desktop.domain.media import Party
from desktop.settings.backups import place
from desktop.settings.checks import checked
from desktop.settings.model import Connection, Dialect, Organisation, Settings, SignInKind, SourceKind
from desktop.settings.store import load, save

RULES = (KeywordRule("r1", "Cancel", ("cancel*", "close my account"), Severity.CRITICAL, Party.CUSTOMER),)


def test_round_trip_and_backup(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "settings.toml"
    assert load(path) == Settings()
    organisation = Organisation("acme", "mypurecloud.ie", Dialect.DOCUMENTS, SignInKind.SERVICE, "id", "a b")
    live_list = Connection("list", kind=SourceKind.NOTIFICATIONS, organisation="acme", queue_ids=("q1",))
    wanted = Settings(
        theme="dark",
        workers=2,
        organisations=(organisation,),
        connections=(Connection("a", "https://x"), live_list),
        keywords=RULES,
    )
    save(Settings(), path)
    save(wanted, path)
    assert load(path) == wanted
    assert load(place(path, 1)) == Settings()
    assert not path.with_suffix(".new").exists()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("theme = ", "TOML"),
        ("format = 99", "newer"),
        ('format = "2"', "is no format"),
        ("format = 0", "is no format"),
        ("[updates]\ncheck = true", "updates.url: is empty"),
        ('[updates]\nurl = "http://example.com"', "updates.url"),
        ("theme = 7", r"\$\.theme"),
        ('theme = "pink"', "light, dark, system"),
        ("workers = 1000", "workers"),
        ('[[connections]]\nname="a"\nbase_url="http://example.com"', "https"),
        ('[[connections]]\nname="a"\nbase_url="http://localhost.evil.example"', "https"),
        ('[[connections]]\nname="a"\nbase_url="https://x"\n[[connections]]\nname="a"\nbase_url="https://y"', "twice"),
        ('[[connections]]\nname=""\nbase_url="https://x"', "empty"),
        ('[[connections]]\nname="a"\nbase_url="https://"', "base_url: is not an address"),
        ('[[connections]]\nname="a"\nbase_url="https://x:port"', "base_url: is not an address"),
        ('[[connections]]\nname="a"', "base_url: is empty"),
        ('[[connections]]\nname="a/b"\nbase_url="https://x"', "slash"),
        ('[[connections]]\nname="a"\nkind="notifications"', "organisation: is empty"),
        ('[[connections]]\nname="a"\norganisation="acme"', "names no organisation"),
        ('[[connections]]\nname="a"\nbase_url="https://x"\nheartbeat_s=5', "heartbeat_s: is below 10 seconds"),
        ('[[connections]]\nname="a"\nbase_url="https://x"\nengine_url="http://nlp.example"', "engine_url.*encrypted"),
        (
            '[[connections]]\nname="a"\nbase_ulr="https://x"',
            "connections.base_ulr: is no setting. Did you mean base_url",
        ),
        ('[[organisations]]\nname="a"\nclient_secret="x"', "organisations.client_secret: must not be in a file"),
        ('[[connections]]\nname="Demo"\nbase_url="https://x"', "built-in simulator"),
        ('[[connections]]\nname="a"\nbase_url="https://x"\n[[connections]]\nname="A"\nbase_url="https://y"', "twice"),
        ('[[connections]]\nname="a"\nkind="genesys"', "audio-connector, analytics-socket"),
        ('[organisations]\nname="a"', r"\[\[organisations\]\]"),
        ('[[organisations]]\nname="Ireland"', "settings.toml: organisations.Ireland.client_id: is empty"),
        ("xyzzy = 1", "xyzzy: is no setting. Remove it"),
        ("[keyword_alert]\ncool = 1", "keyword_alert.cool: is no setting"),
        ('[[organisations]]\nname="a"', "client_id: is empty"),
        ('[[organisations]]\nname="a"\nregion=""\nclient_id="x"', "region: is empty"),
        ('[[organisations]]\nname="a"\nregion="https://x"\nclient_id="x"', "region: is not a domain"),
        ('[[organisations]]\nname="a"\nclient_id="x"\napi_url="http://api.example"', "api_url: is not encrypted"),
        ('[[organisations]]\nname="a"\nclient_id="x"\nstreaming_url="https://s"', "streaming_url: is not an address"),
        ('[[organisations]]\nname="a"\nclient_id="x"\nproxy="proxy:80"', "proxy"),
        ('[[organisations]]\nname="a"\nclient_id="x"\nsign_in="magic"', "sign_in"),
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


def test_what_earlier_versions_wrote_is_still_read(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('format = 1\ntheme = "dark"\n[[connections]]\nname = "a"\nbase_url = "https://x"\n')
    assert load(path) == Settings(theme="dark", connections=(Connection("a", "https://x"),))
