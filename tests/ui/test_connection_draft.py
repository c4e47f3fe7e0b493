"""What was typed becomes an organisation, a connection and a secret, or a problem that names its field. No Qt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desktop.settings.model import Connection, Dialect, Organisation, SignInKind, SourceKind
from desktop.ui.connection_draft import FIELDS, Draft, connection_of, organisation_of, problems
from desktop.ui.connection_kinds import CHOICES, choice

GOOD = Draft(SourceKind.NOTIFICATIONS, " Live ", "", " Acme ", " MyPureCloud.DE ", client_id=" id ")
OWN = Draft(SourceKind.AUDIO_CONNECTOR, "Audio", None, secret="token", base_url="https://gateway.example.com/")


def test_every_kind_is_offered_once() -> None:
    assert sorted(each.kind.value for each in CHOICES) == sorted(kind.value for kind in SourceKind)
    assert choice(SourceKind.ANALYTICS).dialect is Dialect.DOCUMENTS


def test_a_new_organisation_of_the_real_platform() -> None:
    assert problems(GOOD, (), ()) == {}
    assert organisation_of(GOOD) == Organisation("Acme", "mypurecloud.de", client_id="id")
    assert connection_of(GOOD) == Connection("Live", kind=SourceKind.NOTIFICATIONS, organisation="Acme")
    assert not GOOD.needs_secret


def test_an_existing_organisation_needs_no_secret() -> None:
    draft = Draft(SourceKind.ANALYTICS, "Scores", "Acme", queue_ids="q1, q2  q3", heartbeat="45")
    assert problems(draft, ["Live"], ["Acme"]) == {}
    assert organisation_of(draft) is None
    made = connection_of(draft)
    assert (made.organisation, made.queue_ids, made.heartbeat_s) == ("Acme", ("q1", "q2", "q3"), 45)
    assert not draft.needs_secret


def test_an_address_of_its_own() -> None:
    assert problems(OWN, (), ()) == {}
    assert organisation_of(OWN) is None
    assert connection_of(OWN) == Connection("Audio", "https://gateway.example.com")


def test_scopes_are_for_the_documents_dialect_and_a_client_id_not_for_a_token() -> None:
    service = replace(
        GOOD, kind=SourceKind.ANALYTICS, dialect=Dialect.DOCUMENTS, sign_in=SignInKind.SERVICE, secret="s",
        scopes=" analytics:realtime  read:conversations ", proxy="http://proxy:8080", ca_file=" ca.pem ",
    )  # fmt: skip
    made = organisation_of(service)
    assert made is not None
    assert (made.scopes, made.proxy, made.ca_file) == (
        "analytics:realtime read:conversations", "http://proxy:8080", "ca.pem",
    )  # fmt: skip
    real = organisation_of(replace(service, dialect=Dialect.GENESYS, sign_in=SignInKind.TOKEN))
    assert real is not None
    assert (real.scopes, real.client_id) == ("", "")
    assert problems(replace(service, sign_in=SignInKind.TOKEN, client_id=""), (), ()) == {}


def test_an_engine_is_for_bots() -> None:
    draft = replace(OWN, engine_url="https://engine.example.com/nlp")
    assert connection_of(draft).engine_url == ""
    assert connection_of(replace(draft, kind=SourceKind.BOTS)).engine_url == "https://engine.example.com/nlp"


@pytest.mark.parametrize(
    ("draft", "field", "start"),
    [
        (replace(GOOD, name=" "), "name", "is empty"),
        (replace(GOOD, name="taken"), "name", "is in use"),
        (replace(GOOD, name="a/b"), "name", "contains a slash"),
        (replace(GOOD, organisation_name=""), "organisation_name", "is empty"),
        (replace(GOOD, organisation_name="Old"), "organisation_name", "is in use"),
        (replace(GOOD, region=""), "region", "is empty"),
        (replace(GOOD, region="https://x.example"), "region", "is not a domain"),
        (replace(GOOD, client_id=""), "client_id", "is empty"),
        (replace(GOOD, proxy="proxy:8080"), "proxy", "is not a proxy"),
        (replace(GOOD, sign_in=SignInKind.SERVICE), "secret", "is empty. The administrator"),
        (replace(GOOD, sign_in=SignInKind.TOKEN), "secret", "is empty. Paste"),
        (replace(OWN, secret=" "), "secret", "is empty. Paste"),
        (replace(OWN, base_url=""), "base_url", "is empty"),
        (replace(OWN, base_url="http://gateway.example.com"), "base_url", "is not encrypted"),
        (replace(OWN, base_url="gateway"), "base_url", "is not an address"),
        (replace(OWN, kind=SourceKind.BOTS, engine_url="x"), "engine_url", "is not an address"),
        (replace(OWN, heartbeat="5"), "heartbeat", "is below 10 seconds"),
        (replace(OWN, heartbeat="soon"), "heartbeat", "is below 10 seconds"),
        (replace(OWN, kind=SourceKind.NOTIFICATIONS), "organisation", "is empty"),
    ],
)
def test_every_problem_names_its_field_and_the_remedy(draft: Draft, field: str, start: str) -> None:
    found = problems(draft, ["taken"], ["Old"])
    assert set(found) == {field}
    assert field in FIELDS
    assert found[field].startswith(start)
    assert found[field].endswith(".")


def test_several_problems_are_said_at_once() -> None:
    found = problems(Draft(SourceKind.ANALYTICS, sign_in=SignInKind.SERVICE), (), ())
    assert set(found) == {"name", "organisation_name", "client_id", "secret"}
