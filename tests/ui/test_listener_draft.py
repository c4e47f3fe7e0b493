"""What was typed to be dialled by Genesys becomes a connection and a listener, or problems by field. No Qt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desktop.settings.model import Connection, Listener, SourceKind
from desktop.ui.listener_draft import FIELDS, ListenerDraft, connection_of, listener_of, problems

GOOD = ListenerDraft(
    " Door ", " AudioHook.Example.com ", certificate="chain.pem", private_key="key.pem", organisation="Acme"
)
PROXIED = replace(GOOD, tls_here=False, certificate="", private_key="", port="8080", host="127.0.0.1")


def wrong(draft: ListenerDraft) -> dict[str, str]:
    return problems(draft, ["taken"], is_file=lambda path: path.endswith(".pem"))


def test_a_listener_with_its_own_certificate() -> None:
    assert wrong(GOOD) == {}
    assert connection_of(GOOD) == Connection("Door", kind=SourceKind.AUDIOHOOK, organisation="Acme")
    before = Listener(client_ca="ca.pem", most_sessions=7)
    assert listener_of(GOOD, before) == Listener(
        public_host="audiohook.example.com",
        certificate="chain.pem",
        private_key="key.pem",
        organisation="Acme",
        client_ca="ca.pem",
        most_sessions=7,
    )


def test_behind_a_proxy_no_files_are_asked_for_and_none_are_kept() -> None:
    assert wrong(PROXIED) == {}
    draft = replace(
        PROXIED, certificate="old", private_key="old", proxies="10.0.0.7, 10.0.0.8", allow="192.0.2.0/24",
        pause_waiting=False,
    )  # fmt: skip
    assert wrong(draft) == {}
    made = listener_of(draft, Listener())
    assert (made.certificate, made.private_key, made.port, made.host) == ("", "", 8080, "127.0.0.1")
    assert (made.proxies, made.allow, made.pause_waiting) == (("10.0.0.7", "10.0.0.8"), ("192.0.2.0/24",), False)


@pytest.mark.parametrize(
    ("draft", "field", "start"),
    [
        (replace(GOOD, name=" "), "name", "is empty"),
        (replace(GOOD, name="taken"), "name", "is in use"),
        (replace(GOOD, name="a/b"), "name", "contains a slash"),
        (replace(GOOD, public_host=""), "public_host", "is empty"),
        (replace(GOOD, public_host="https://hook.example.com"), "public_host", "is more than a name"),
        (replace(GOOD, public_host="hook.example.com:8443"), "public_host", "is more than a name"),
        (replace(GOOD, public_host="localhost"), "public_host", "is no name that a public certificate"),
        (replace(GOOD, public_host="192.0.2.7"), "public_host", "is no name that a public certificate"),
        (replace(GOOD, public_host="hook example.com"), "public_host", "is not a host name"),
        (replace(GOOD, port="https"), "port", "is no port"),
        (replace(GOOD, port="²"), "port", "is no port"),
        (replace(GOOD, port="0"), "port", "is no port"),
        (replace(GOOD, port="70000"), "port", "is no port"),
        (replace(GOOD, certificate=""), "certificate", "is empty"),
        (replace(GOOD, certificate="chain.txt"), "certificate", "is not there"),
        (replace(GOOD, private_key=""), "private_key", "is empty"),
        (replace(GOOD, private_key="key.txt"), "private_key", "is not there"),
        (replace(GOOD, path="audiohook"), "path", "is not a path"),
        (replace(GOOD, host=""), "host", "is empty"),
        (replace(GOOD, proxies="proxy"), "proxies", "proxy is no address"),
        (replace(GOOD, allow="192.0.2.0/99"), "allow", "192.0.2.0/99 is no address"),
    ],
)
def test_every_problem_names_its_field_and_the_remedy(draft: ListenerDraft, field: str, start: str) -> None:
    found = wrong(draft)
    assert set(found) == {field}
    assert field in FIELDS
    assert found[field].startswith(start)
    assert found[field].endswith(".")


def test_several_problems_are_said_at_once() -> None:
    assert set(wrong(ListenerDraft())) == {"name", "public_host", "certificate", "private_key"}
