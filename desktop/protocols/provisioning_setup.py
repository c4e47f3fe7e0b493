"""What turns AudioHook on in a real Genesys Cloud organisation: values to copy, steps to take, states to read.

There the integration is configured by hand (genesys.md section 1.6), with an API key and a client secret that *we* make
up. `GET /api/v2/integrations/{id}` tells its state, and operational events (`v2.operations.events.{id}`, also shown by
the platform's operational console) say why the platform gave up on a listener:

    {"eventEntity": {"id": "AUDIOHOOK-0001", "name": ..., "description": "The provisioned server URI is invalid."},
     "entityType": "integration", "entityId": ..., "entityName": ..., "conversationId": ...}

Nothing that the platform wrote is passed on, but for the event's code: its texts may name people.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

import msgspec

from desktop.domain.errors import SettingInvalid
from desktop.domain.finding import Finding, Level
from desktop.protocols.json_wire import read_json

INTEGRATION: Final = "Integration"
LAST_EVENT: Final = "AudioHook event"
SECRET_BYTES: Final = 32
MAX_CONFIG_BYTES: Final = 60_000
_API_KEY: Final = re.compile(r"[a-zA-Z0-9+/_-]+={0,2}")
_HOST: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?:\.(?!-)[A-Za-z0-9-]{1,63})+")
_EVENT_CODE: Final = re.compile(r"AUDIOHOOK-\d{1,6}")

CHECKLIST: Final = (
    "Install the AppFoundry app “AudioHook Monitor” and open its integration under Admin > Integrations.",
    "Properties: channel “both”, the connection URI from here, and reconnections on.",
    "Advanced: the configuration from here, if there is any.",
    "Credentials: the API key and the client secret from here.",
    "Admin > Telephony > Trunks: recording is switched on for every trunk whose calls are to be heard.",
    "Architect: in each flow “Suppress recording for the entire flow” is not ticked.",
    "Admin > Queues: “Audio monitoring” is on for each queue, or the flow has the action “Audio Monitoring”; of "
    "several, the one that comes last counts.",
    "Calls on BYOC Premises and Local Device Manager trunks can't be heard this way.",
    "Set the integration to Active; the platform then probes this listener, and the probe turns green here.",
)


@dataclass(frozen=True, slots=True)
class AudioHookSetup:
    """What goes into the platform's form, field by field, and never into a log."""

    connection_uri: str
    api_key: str = field(repr=False)
    client_secret: str = field(repr=False)
    custom_config: str  # JSON, "" for none
    steps: tuple[str, ...] = CHECKLIST


def make_setup(
    public_host: str,
    path: str,
    key_bytes: bytes,
    secret_bytes: bytes,
    custom_config: Mapping[str, object] | None = None,
) -> AudioHookSetup:
    """`key_bytes` (16 or more) and `secret_bytes` (32) are from a secure random source. SettingInvalid names the field.

    The port is left out: the platform connects to 443 only.
    """
    if not _HOST.fullmatch(public_host) or public_host.rpartition(".")[2].isdigit():
        hint = "Write the public name that the certificate is for, like audiohook.example.com, without port"
        raise SettingInvalid("public_host", "is not a public host name", hint)
    if not path.startswith("/") or any(letter in path for letter in "?# ") or not path.isascii():
        raise SettingInvalid("path", "is not a path", "Write it like /audiohook, without blanks and parameters")
    if len(key_bytes) < 16 or len(secret_bytes) != SECRET_BYTES:
        raise SettingInvalid("client_secret", "has too few random bytes", f"Take 16 for the key, {SECRET_BYTES} for it")
    config = "" if not custom_config else json.dumps(custom_config, ensure_ascii=True, sort_keys=True)
    if len(config) > MAX_CONFIG_BYTES:
        raise SettingInvalid("custom_config", f"is larger than {MAX_CONFIG_BYTES} bytes", "Leave something out")
    return AudioHookSetup(
        f"wss://{public_host.lower()}{path}",
        base64.urlsafe_b64encode(key_bytes).decode().rstrip("="),
        base64.b64encode(secret_bytes).decode(),
        config,
    )


def usable_api_key(key: str) -> bool:
    """Whether the platform takes it (genesys.md section 1.1)."""
    return _API_KEY.fullmatch(key) is not None


class _Detail(msgspec.Struct, rename="camel"):
    localizable_message_code: str = ""


class _State(msgspec.Struct):
    code: str = ""
    detail: object = None


class _Integration(msgspec.Struct, rename="camel"):
    intended_state: str = ""
    reported_state: _State | None = None


class _EventEntity(msgspec.Struct):
    id: str = ""
    name: str = ""
    description: str = ""


class _Event(msgspec.Struct, rename="camel"):
    event_entity: _EventEntity


_INTEGRATION = msgspec.json.Decoder(_Integration)
_EVENT = msgspec.json.Decoder(_Event)


def integration_path(integration: str) -> str:
    """Where its state is."""
    return f"/api/v2/integrations/{quote(integration, safe='')}"


def integration_finding(body: bytes) -> Finding:
    """`intendedState` and `reportedState` in words. PeerBrokeProtocol names the field."""
    integration = read_json(_INTEGRATION, body, "integration")
    reported = integration.reported_state or _State()
    code = reported.code.upper()
    if integration.intended_state.upper() in ("DISABLED", "DELETED"):
        text = "The AudioHook integration is switched off, so no call is streamed."
        return Finding(INTEGRATION, Level.WARN, text, "Set it to Active under Admin > Integrations.")
    if code == "ACTIVE":
        return Finding(INTEGRATION, Level.PASS, "The AudioHook integration is active: the platform's probe went well.")
    if code in ("", "ACTIVATING", "UNKNOWN"):
        return Finding(
            INTEGRATION, Level.WARN, "The platform is still probing this listener.", "Look again in a minute."
        )
    word = _word(_message_code(reported.detail) or code)
    text = f"The platform could not activate the AudioHook integration ({word})."
    remedy = "See what the last probe said here; then set the integration to Inactive and to Active again."
    return Finding(INTEGRATION, Level.FAIL, text, remedy)


def event_finding(body: bytes) -> Finding | None:
    """An operational event's body in words; None when it is not about AudioHook. PeerBrokeProtocol names the field."""
    entity = read_json(_EVENT, body, "operational event").event_entity
    if not _EVENT_CODE.fullmatch(entity.id):
        return None
    said = f"{entity.name} {entity.description}".lower()
    for phrases, text, remedy in _MEANINGS:
        if any(phrase in said for phrase in phrases):
            return Finding(LAST_EVENT, Level.FAIL, f"{text} ({entity.id}).", remedy)
    text = f"The platform reports a problem with AudioHook ({entity.id})."
    return Finding(LAST_EVENT, Level.FAIL, text, "Its operational console, under Admin, says more.")


_MEANINGS: Final = (
    (
        ("uri is invalid", "invalid uri", "uri invalid"),
        "The platform can't use the connection URI",
        "It must be wss://, on port 443, with a public host name; copy it from here again.",
    ),
    (
        ("opened", "timed out waiting for open"),
        "This listener answered too late",
        "It has 5 s to accept a call; check how busy this machine is.",
    ),
    (
        ("certificate", "tls", "ssl", "handshake"),
        "The platform does not accept this listener's TLS",
        "Run the certificate check here: the chain must be complete and from a public authority.",
    ),
    (
        ("unauthorized", "signature", "credential", "401", "403"),
        "This listener refused the platform's sign-in",
        "Copy API key and client secret from here again; behind a proxy, set the public host name.",
    ),
    (
        ("rate limit", "too many messages", "throttl"),
        "This listener sent the platform too many messages",
        "Send fewer transcripts back: switch on “finals only”.",
    ),
    (
        ("malformed", "sequence", "seq number", "protocol"),
        "The platform did not understand this listener",
        "Update Sidetone; if it goes on, send us a diagnosis bundle.",
    ),
    (
        ("pong", " ping", "timed out", "timeout"),
        "This listener did not answer in time",
        "Check how busy this machine is, and the proxy or tunnel in front of it.",
    ),
    (
        ("connect", "unreachable", "refused", "dns", "resolve"),
        "The platform can't reach this listener",
        "Check that its public name leads here and that port 443 is open for the platform's addresses.",
    ),
)
"""By words of the platform's own description, the most telling first."""


def _message_code(detail: object) -> str:
    try:
        return msgspec.convert(detail, _Detail).localizable_message_code
    except msgspec.ValidationError:  # a sentence instead of an object: it may hold anything
        return ""


def _word(text: str) -> str:
    return "".join(letter for letter in text if letter.isascii() and (letter.isalnum() or letter in "._-"))[:64]
