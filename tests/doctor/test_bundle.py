"""What leaves the machine for support: a grep for everything planted finds nothing, and what helps is still there."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.doctor.bundle import (
    Pseudonyms,
    counters_of,
    host_of,
    redacted_report,
    redacted_settings,
    scrubbed,
    zipped,
)
from desktop.doctor.check import Checked
from desktop.doctor.printout import report
from desktop.doctor.watching import Watched
from desktop.domain.events import LinkChanged, LinkState
from desktop.domain.finding import Finding, Level
from desktop.domain.insight import KeywordRule, Severity
from desktop.settings.model import Connection, EngineKind, Organisation, Recognition, Settings, SourceKind

PLANTED = {
    "organisation": "Northwind Utilities",
    "client": "0c4f5d9a-aaaa-bbbb-cccc-1234567890ab",
    "secret": "S3cr3tS3cr3tS3cr3tS3cr3tS3cr3t",
    "token": "eyJhbGciOiJIUzI1NiJ9eyJzdWIiOiJzdXBlcnZpc29yIn0",
    "queue": "queue-of-complaints-77",
    "agent": "agent-4711-roe",
    "person": "Jane Roe",
    "number": "+49 170 5550123",
    "mail": "jane.roe@northwind.example",
    "speech": "I will call my lawyer",
    "connection": "Northwind live",
    "skill": "retention-vip",
    "bot": "bot-of-northwind",
    "password": "hunter2hunter2",
    "ca": "/home/jane/northwind-root.pem",
    "scope": "analytics:realtime",
    "channel": "private-channel-9",
}
SETTINGS = Settings(
    organisations=(
        Organisation(
            PLANTED["organisation"],
            region="mypurecloud.ie",
            client_id=PLANTED["client"],
            scopes=f"read:conversations {PLANTED['scope']}",
            login_url=f"https://login.northwind.net/{PLANTED['token']}",
            proxy=f"http://jane:{PLANTED['password']}@proxy.northwind.net:8080",
            ca_file=PLANTED["ca"],
        ),
    ),
    connections=(
        Connection(
            PLANTED["connection"],
            base_url=f"https://api.northwind.net:8443/x?token={PLANTED['token']}",
            queue_ids=(PLANTED["queue"],),
            skills=(PLANTED["skill"],),
            kind=SourceKind.ANALYTICS,
            organisation=PLANTED["organisation"],
            agent_ids=(PLANTED["agent"],),
            bot_ids=(PLANTED["bot"],),
            channel=PLANTED["channel"],
            engine_url=f"https://nlp.northwind.net/{PLANTED['secret']}",
        ),
    ),
    recognition=Recognition(
        EngineKind.SPEECH_SERVICE,
        PLANTED["organisation"],
        service_url=f"wss://speech.northwind.net/{PLANTED['secret']}",
        service_proxy=f"http://jane:{PLANTED['password']}@proxy.northwind.net:8080",
        service_ca_file=PLANTED["ca"],
    ),
    keywords=(KeywordRule("r", PLANTED["person"], (PLANTED["speech"],), Severity.CRITICAL),),
)
FINDINGS = (
    Finding("Sign-in", Level.FAIL, f"No token for {PLANTED['organisation']}: {PLANTED['person']}", "Sign in again."),
    Finding("Socket", Level.FAIL, f"The platform rejected it: ask {PLANTED['person']}, {PLANTED['speech']}"),
    Finding(f"Topic {PLANTED['queue']}", Level.WARN, f"Refused for {PLANTED['agent']}", f"Call {PLANTED['number']}"),
    Finding("Discovery", Level.WARN, f"?token={PLANTED['token']} from {PLANTED['mail']}"),
    Finding("Certificate", Level.PASS, "The certificate of api.northwind.net expires on 2026-12-24; 127.0.0.1:8080"),
)


def bundle() -> tuple[bytes, dict[str, Any]]:
    pseudonym = Pseudonyms(b"key")
    settings = redacted_settings(SETTINGS, pseudonym)
    made = report("Northwind Utilities", "2026-11-20", [(PLANTED["connection"], Checked(f, 1.0)) for f in FINDINGS], {})
    seen = Watched()
    seen.take(LinkChanged("l", "r", LinkState.REFUSED, PLANTED["person"]), 1.0)
    raw = zipped({"settings": settings, "report": redacted_report(made, pseudonym), "counters": counters_of(seen)})
    with zipfile.ZipFile(io.BytesIO(raw)) as opened:
        texts = {name: opened.read(name).decode() for name in opened.namelist()}
    return raw, texts


@pytest.mark.parametrize("what", PLANTED)
def test_nothing_planted_is_in_the_bundle(what: str) -> None:
    raw, texts = bundle()
    everything = "\n".join(texts.values())
    assert PLANTED[what] not in everything
    assert PLANTED[what].encode() not in raw
    for word in PLANTED[what].split():
        if len(word) > 4 and what not in ("scope", "speech"):
            assert word.lower() not in everything.lower().replace("northwind.net", ""), word


def test_what_helps_is_in_it() -> None:
    _, texts = bundle()
    settings, found = json.loads(texts["settings.json"]), json.loads(texts["report.json"])
    assert settings["organisations"][0]["region"] == "mypurecloud.ie"
    assert settings["organisations"][0]["login_url"] == "https://login.northwind.net"
    assert settings["organisations"][0]["proxy"] == "http://proxy.northwind.net:8080"
    assert settings["organisations"][0]["scopes"] == 2
    assert settings["organisations"][0]["ca_file"] is True
    assert settings["connections"][0]["base_url"] == "https://api.northwind.net:8443"
    assert settings["connections"][0]["kind"] == "analytics-socket"
    assert settings["connections"][0]["asks_for_score"] is True
    recognition = settings["recognition"]
    assert (recognition["engine"], recognition["service_url"]) == ("speech-service", "wss://speech.northwind.net")
    assert recognition["service_ca_file"] is True
    assert settings["keyword_rules"] == 1
    assert settings["sentiment_alert"]["hold_s"] == 30.0
    texts_found = [check["text"] for check in found["checks"]]
    assert "The platform rejected it" in texts_found
    assert FINDINGS[4].text in texts_found
    assert found["checks"][0]["remedy"] == "Sign in again."
    assert json.loads(texts["counters.json"])["last_state"] == "refused"
    assert "support" in texts["README.txt"]


def test_the_same_id_is_the_same_pseudonym_within_one_bundle_and_another_in_the_next() -> None:
    _, texts = bundle()
    settings = json.loads(texts["settings.json"])
    assert settings["organisations"][0]["name"] == settings["connections"][0]["organisation"]
    assert Pseudonyms(b"a")("x") != Pseudonyms(b"b")("x")
    assert Pseudonyms(b"a")("") == ""


def test_what_looks_like_a_secret_is_taken_out_of_sentences() -> None:
    text = "a@b.example, token abcdefghij0123456789XYZ!, call +1 (555) 010-9999 on 2026-12-24"
    assert scrubbed(text, Pseudonyms(b"k")) == "(address), token (removed)!, call (number) on 2026-12-24"


def test_a_shortened_id_is_its_pseudonym_too() -> None:
    pseudonym = Pseudonyms(b"k")
    made = pseudonym("0c4f5d9a-1111-2222-3333-444455556666")
    assert scrubbed("Bot 0c4f5d9a…", pseudonym) == f"Bot {made}"
    assert scrubbed("Bot elsewhere…", pseudonym) == "Bot elsewhere…"


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("", ""),
        ("https://u:p@h.example:1/x?y#z", "https://h.example:1"),
        ("h.example", "h.example"),
        ("https://[::1", "not an address"),
        ("https://h:x", "not an address"),
    ],
)
def test_of_an_address_only_the_host_stays(address: str, host: str) -> None:
    assert host_of(address) == host


@given(st.text(max_size=80))
def test_any_text_can_be_scrubbed(text: str) -> None:
    pseudonym = Pseudonyms(b"k")
    pseudonym("Northwind")
    assert "Northwind" not in scrubbed(f"{text} Northwind {text}", pseudonym)
    host_of(text)
