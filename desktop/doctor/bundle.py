"""What may leave the machine for support: settings without secrets, ids as pseudonyms, findings, versions, counters.

Only what is named here is put in; anything that a later version adds to the settings stays out until somebody adds it.
Pseudonyms are keyed anew for every bundle: the same id is the same pseudonym inside one, and can't be found out.
"""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import hmac
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from desktop.doctor.watching import Watched
from desktop.domain.scrubbing import scrub

README: Final = """\
What `sidetone diagnose --bundle` found, for support.
In here: host names, versions, findings, counters, newest log lines, and the settings that are no secret.
Not in here: passwords, tokens, names of people, telephone numbers, and anything that was said.
Names and ids are replaced by pseudonyms that mean nothing outside of this file.
"""
ORGANISATION_AS_IS: Final = ("region", "dialect", "sign_in")
ORGANISATION_IDS: Final = ("name", "client_id")
CONNECTION_AS_IS: Final = ("kind", "direction", "heartbeat_s", "transcripts")
CONNECTION_IDS: Final = (
    "name", "organisation", "queue_ids", "skills", "interaction_ids", "agent_ids", "channel", "channel_id", "bot_ids",
)  # fmt: skip
RECOGNITION_AS_IS: Final = ("engine", "language")
HOSTS: Final = (
    "login_url", "api_url", "streaming_url", "base_url", "engine_url", "proxy", "service_url", "service_proxy",
)  # fmt: skip
RULE_FIGURES: Final = ("window", "enter", "hold_s", "leave", "leave_s", "cooldown_s", "severity")

_CUT: Final = re.compile(r"(\S{8,})…")


class Pseudonyms:
    """`key` is random, made for one bundle and forgotten with it."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.known: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        """The same name gives the same pseudonym; "" stays as it is."""
        if not name:
            return ""
        made = "id-" + hmac.new(self._key, name.encode(), hashlib.sha256).hexdigest()[:10]
        self.known[name] = made
        return made


def redacted_settings(settings: Any, pseudonym: Pseudonyms) -> dict[str, object]:
    """`settings` is the settings' frozen dataclass, organisations and connections inside."""
    return {
        "theme": settings.theme,
        "notifications": settings.notifications,
        "workers": settings.workers,
        "keyword_rules": None if settings.keywords is None else len(settings.keywords),
        "sentiment_alert": _picked(settings.sentiment_alert, RULE_FIGURES, (), pseudonym),
        "keyword_alert": _picked(settings.keyword_alert, RULE_FIGURES, (), pseudonym),
        "recognition": _picked(settings.recognition, RECOGNITION_AS_IS, ("model",), pseudonym)
        | {"service_ca_file": bool(settings.recognition.service_ca_file)},
        "organisations": [
            _picked(one, ORGANISATION_AS_IS, ORGANISATION_IDS, pseudonym)
            | {"scopes": len(one.scopes.split()), "ca_file": bool(one.ca_file)}
            for one in settings.organisations
        ],
        "connections": [
            _picked(one, CONNECTION_AS_IS, CONNECTION_IDS, pseudonym)
            | {"fields": len(one.fields), "asks_for_score": "sentiment.score" in one.fields}
            for one in settings.connections
        ],
    }


def _picked(one: Any, as_is: Iterable[str], ids: Iterable[str], pseudonym: Pseudonyms) -> dict[str, object]:
    present = {field.name for field in dataclasses.fields(one)}
    found: dict[str, object] = {name: _value(getattr(one, name)) for name in as_is if name in present}
    for name in ids:
        if name in present:
            value = getattr(one, name)
            found[name] = pseudonym(value) if isinstance(value, str) else [pseudonym(each) for each in value]
    return found | {name: host_of(getattr(one, name)) for name in HOSTS if name in present}


def _value(value: object) -> object:
    if isinstance(value, enum.Enum):
        return value.value
    return list(value) if isinstance(value, tuple) else value


def host_of(address: str) -> str:
    """Scheme, host and port of an address; no path, no query and nobody's password."""
    if not address:
        return ""
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        return "not an address"
    return f"{parts.scheme}://{parts.hostname or ''}{port}".removeprefix("://")


def scrubbed(text: str, pseudonym: Pseudonyms) -> str:
    """A sentence without anything that could be a name from the settings, an address, a number or a token."""
    for name in sorted(pseudonym.known, key=len, reverse=True):
        if len(name) > 2:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", pseudonym.known[name], text)
    return scrub(_CUT.sub(lambda cut: _whole(cut, pseudonym), text))


def _whole(cut: re.Match[str], pseudonym: Pseudonyms) -> str:
    """The beginning of an id stands for the id."""
    begins = cut.group(1)
    return next((made for name, made in pseudonym.known.items() if name.startswith(begins)), cut.group())


def redacted_report(report: Mapping[str, Any], pseudonym: Pseudonyms) -> dict[str, object]:
    """The report of `--json`; of a refusal only what comes before the peer's own words."""
    checks = []
    for check in report["checks"]:
        text = str(check["text"])
        if check["subject"] in PEER_SPEAKS and check["level"] == "fail":
            text = text.partition(": ")[0]
        checks.append(
            {
                **check,
                "connection": pseudonym(check["connection"]),
                "subject": scrubbed(str(check["subject"]), pseudonym),
                "text": scrubbed(text, pseudonym),
                "remedy": scrubbed(str(check["remedy"]), pseudonym),
            }
        )
    latency = {pseudonym(link): figures for link, figures in report["latency"].items()}
    return {**report, "profile": pseudonym(report["profile"]), "checks": checks, "latency": latency}


PEER_SPEAKS: Final = ("Socket", "Discovery", "Sign-in")
"""Findings that may end with a reason which the platform gave in its own words."""


def counters_of(seen: Watched) -> dict[str, object]:
    """How much of everything there was."""
    return {
        "live_after_s": seen.live_at,
        "last_state": seen.state.value,
        "connection_drops": seen.drops,
        "round_trips": len(seen.round_trips_ms),
        "calls": len(seen.calls),
        "frames": seen.frames,
        "frames_lost": seen.frames_lost,
        "readings": seen.readings,
        "readings_missing": {why.value: count for why, count in seen.missing.items()},
        "complaints": dict(seen.complaints),
    }


def zipped(documents: Mapping[str, object]) -> bytes:
    """A zip of README.txt and the documents as JSON."""
    paper = io.BytesIO()
    with zipfile.ZipFile(paper, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("README.txt", README)
        for name, document in documents.items():
            bundle.writestr(f"{name}.json", json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    return paper.getvalue()
