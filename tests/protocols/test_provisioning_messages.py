"""Document C's provisioning messages, each role against the document's own JSON; and what a real organisation needs."""

from __future__ import annotations

import base64
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import PeerBrokeProtocol, SettingInvalid
from desktop.domain.finding import Level
from desktop.protocols.provisioning import (
    FLOW_BINDING,
    Binding,
    ConversationStatus,
    Hook,
    HookPlan,
    check_plan,
    conversation_path,
    decode_binding,
    decode_hook,
    decode_hooks,
    decode_request,
    decode_status,
    encode,
    encode_hooks,
    events_path,
    hook_path,
)
from desktop.protocols.provisioning_setup import (
    CHECKLIST,
    event_finding,
    integration_finding,
    integration_path,
    make_setup,
    usable_api_key,
)

URL = "https://analytics.example.com/stream/v1/audiohook"
DOCUMENT = """{
  "name": "RealTimeSentimentStream",
  "description": "Streaming audio for NLP sentiment analysis",
  "destinationUrl": "https://analytics.example.com/stream/v1/audiohook",
  "format": "OPUS",
  "encryptionKey": "",
  "status": "ENABLED"
}"""
BINDING = '{"type": "AUDIOHOOK", "audiohookId": "12345678-1234-1234-1234-123456789abc"}'
PLAN = HookPlan("RealTimeSentimentStream", URL, "Streaming audio for NLP sentiment analysis")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


# section 2


def test_document_c_step_2_the_request_is_the_document_s_but_for_its_status() -> None:
    """The trap: "Setting status to ENABLED immediately"."""
    sent = json.loads(encode(check_plan(PLAN)))
    assert sent == json.loads(DOCUMENT) | {"status": "DISABLED"}
    assert list(sent) == list(json.loads(DOCUMENT))


def test_the_platform_s_side_reads_the_document_s_request() -> None:
    request = decode_request(DOCUMENT.encode())
    assert (request.name, request.format, request.status) == ("RealTimeSentimentStream", "OPUS", "ENABLED")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"destination_url": "http://analytics.example.com/x"}, "destinationUrl"),
        ({"destination_url": "HTTPS//analytics"}, "destinationUrl"),
        ({"destination_url": "https://"}, "destinationUrl"),
        ({"destination_url": "https://[::1"}, "destinationUrl"),
        ({"destination_url": "https://a.example.com:99999/"}, "destinationUrl"),
        ({"destination_url": " https://a.example.com/"}, "destinationUrl"),
        ({"destination_url": "https://a.example.com/x?call=1"}, "destinationUrl"),
        ({"destination_url": "https://a.example.com/x?"}, "destinationUrl"),
        ({"destination_url": "https://a.example.com/x#y"}, "destinationUrl"),
        ({"destination_url": "https://user:pw@a.example.com/x"}, "destinationUrl"),
        ({"format": "Opus"}, "format"),
        ({"format": "PCM"}, "format"),
        ({"encryption_key": "short"}, "encryptionKey"),
    ],
)
def test_document_c_step_2_a_single_character_error_is_named_before_sending(change: dict[str, str], field: str) -> None:
    plan = {"name": "n", "destination_url": URL} | change
    with pytest.raises(SettingInvalid) as caught:
        check_plan(HookPlan(**plan))
    assert caught.value.path == field
    assert caught.value.hint
    assert "pw" not in str(caught.value)


def test_document_c_step_2_a_name_is_unique() -> None:
    with pytest.raises(SettingInvalid, match="name: is taken"):
        check_plan(PLAN, ["other", " realtimesentimentstream "])
    assert check_plan(PLAN, ["other"]).name == PLAN.name


def test_both_formats_and_a_key() -> None:
    request = check_plan(HookPlan("n", URL, format="PCMU", encryption_key="ff" * 32))
    assert (request.format, request.encryption_key) == ("PCMU", "ff" * 32)
    assert "ff" not in repr(request) + repr(HookPlan("n", URL, encryption_key="ff" * 32))


def test_replies() -> None:
    body = b'{"id":"h-1","name":"n","status":"Enabled","selfUri":"/x"}'
    hook = decode_hook(body)
    assert hook == Hook(id="h-1", name="n", status="Enabled")
    assert hook.enabled
    assert not decode_hook(b'{"id":"h-1"}').enabled
    assert decode_hooks(encode_hooks([hook])) == (hook,)
    assert decode_hooks(b"{}") == ()


@pytest.mark.parametrize(
    ("decode", "body", "named"),
    [
        (decode_hook, b'{"id":7}', r"\$\.id"),
        (decode_hook, b'{"id":""}', r"\$\.id"),
        (decode_hook, b"{}", "id"),
        (decode_hooks, b'{"entities":{}}', r"\$\.entities"),
        (decode_status, b'{"status":1}', r"\$\.status"),
        (decode_request, b'{"destinationUrl":"x"}', "name"),
        (decode_request, b'{"name":"n","destinationUrl":["x"]}', r"\$\.destinationUrl"),
        (decode_binding, b'{"type":"OTHER","audiohookId":"x"}', "type"),
        (decode_binding, b'{"type":"AUDIOHOOK"}', "audiohookId"),
    ],
)
def test_wrong_types_are_named(decode, body: bytes, named: str) -> None:
    with pytest.raises(PeerBrokeProtocol, match=named):
        decode(body)


@given(JSON)
def test_arbitrary_json_never_raises_anything_else(value: object) -> None:
    body = json.dumps(value).encode()
    wrapped = json.dumps({"eventEntity": value, "reportedState": value, "entities": [value], "id": value}).encode()
    decoders = (
        decode_hook,
        decode_hooks,
        decode_status,
        decode_request,
        decode_binding,
        integration_finding,
        event_finding,
    )
    for decode in decoders:
        for text in (body, wrapped):
            try:
                decode(text)
            except PeerBrokeProtocol as problem:
                assert ":" in str(problem)  # noqa: PT017


# section 3


def test_document_c_step_3_option_b_the_event_is_the_document_s() -> None:
    assert json.loads(encode(Binding("12345678-1234-1234-1234-123456789abc"))) == json.loads(BINDING)
    assert decode_binding(BINDING.encode()) == Binding("12345678-1234-1234-1234-123456789abc")


def test_document_c_step_3_fix_only_an_active_conversation_is_bound() -> None:
    assert decode_status(b'{"id":"c","status":"Active"}').active
    assert decode_status(b'{"state":"ACTIVE"}').active
    for body in (b'{"status":"Disconnecting"}', b'{"status":"Disconnected"}', b"{}"):
        assert not decode_status(body).active
    assert json.loads(encode(ConversationStatus("c", "Active"))) == {"id": "c", "status": "Active"}


def test_document_c_step_3_option_a_fix_the_stream_goes_behind_connect() -> None:
    said = " ".join(FLOW_BINDING)
    assert "Connect to Stream" in said
    assert "30 seconds" in said


def test_paths() -> None:
    assert hook_path("a/b") == "/api/v2/audiohooks/a%2Fb"
    assert conversation_path("c-1") == "/api/v2/conversations/conversations/c-1"
    assert events_path("c 1") == "/api/v2/conversations/conversations/c%201/events"
    with pytest.raises(PeerBrokeProtocol):
        hook_path("..")
    assert integration_path("i/1") == "/api/v2/integrations/i%2F1"


# the real platform


def test_a_setup_for_the_real_platform() -> None:
    setup = make_setup("AudioHook.Example.com", "/audiohook/ws", b"\xff" * 16, b"\xfe" * 32, {"site": "Köln"})
    assert setup.connection_uri == "wss://audiohook.example.com/audiohook/ws"
    assert usable_api_key(setup.api_key)
    assert re.fullmatch(r"[a-zA-Z0-9+/_-]+={0,2}", setup.api_key)
    assert base64.b64decode(setup.client_secret, validate=True) == b"\xfe" * 32
    assert json.loads(setup.custom_config) == {"site": "Köln"}
    assert setup.steps is CHECKLIST
    assert setup.client_secret not in repr(setup)
    assert setup.api_key not in repr(setup)
    assert make_setup("a.example.com", "/", b"\xff" * 16, b"\xfe" * 32).custom_config == ""


def test_the_checklist_names_what_administrators_forget() -> None:
    said = " ".join(CHECKLIST)
    for word in ("recording is switched on", "Suppress recording", "Audio monitoring", "Active", "BYOC Premises"):
        assert word in said


@pytest.mark.parametrize(
    ("host", "path", "key", "secret", "config", "field"),
    [
        ("localhost", "/a", 16, 32, {}, "public_host"),
        ("10.0.0.1", "/a", 16, 32, {}, "public_host"),
        ("a.example.com:443", "/a", 16, 32, {}, "public_host"),
        ("-a.example.com", "/a", 16, 32, {}, "public_host"),
        ("a.example.com", "a", 16, 32, {}, "path"),
        ("a.example.com", "/a?b", 16, 32, {}, "path"),
        ("a.example.com", "/ä", 16, 32, {}, "path"),
        ("a.example.com", "/a", 15, 32, {}, "client_secret"),
        ("a.example.com", "/a", 16, 31, {}, "client_secret"),
        ("a.example.com", "/a", 16, 32, {"x": "y" * 60_000}, "custom_config"),
    ],
)
def test_what_the_platform_would_not_take_is_named(host, path, key, secret, config, field) -> None:
    with pytest.raises(SettingInvalid) as caught:
        make_setup(host, path, b"\x00" * key, b"\x00" * secret, config)
    assert caught.value.path == field


def test_keys_the_platform_takes() -> None:
    assert usable_api_key("SGVsbG8sIEkgYW0gdGhlIEFQSSBrZXkh")
    assert usable_api_key("a_-+/==")
    assert not usable_api_key("with blank")
    assert not usable_api_key("")


@pytest.mark.parametrize(
    ("body", "level", "word"),
    [
        ({"intendedState": "ENABLED", "reportedState": {"code": "ACTIVE"}}, Level.PASS, "active"),
        ({"intendedState": "DISABLED", "reportedState": {"code": "ACTIVE"}}, Level.WARN, "switched off"),
        ({"intendedState": "ENABLED"}, Level.WARN, "still probing"),
        ({"intendedState": "ENABLED", "reportedState": {"code": "ACTIVATING"}}, Level.WARN, "still probing"),
        ({"reportedState": {"code": "ERROR"}}, Level.FAIL, "(ERROR)"),
        ({"reportedState": {"code": "ERROR", "detail": "Call of Jane Doe"}}, Level.FAIL, "(ERROR)"),
        (
            {"reportedState": {"code": "ERROR", "detail": {"localizableMessageCode": "probe.failed <x>"}}},
            Level.FAIL,
            "(probe.failedx)",
        ),
    ],
)
def test_an_integration_s_state_in_words(body: dict[str, object], level: Level, word: str) -> None:
    finding = integration_finding(json.dumps(body).encode())
    assert finding.level is level
    assert word in finding.text
    assert "Jane" not in finding.text
    assert bool(finding.remedy) is (level is not Level.PASS)


def event(code: str, description: str) -> bytes:
    entity = {"id": code, "name": "AudioHook integration error", "description": description}
    body = {"eventEntity": entity, "entityType": "integration", "entityName": "Jane's integration", "version": "1.0"}
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    ("description", "word"),
    [
        ("The provisioned server URI is invalid.", "connection URI"),
        ("1399x Received a malformed server message. (AND) Close transaction timed out.", "did not understand"),
        ("Timed out waiting for opened response", "too late"),
        ("TLS handshake failed", "does not accept"),
        ("Server returned 401", "refused the platform's sign-in"),
        ("Message rate limit exceeded", "too many messages"),
        ("Timed out", "in time"),
        ("Connection refused", "can't reach"),
        ("Jane's thing", "a problem with AudioHook"),
    ],
)
def test_operational_events_in_plain_sentences(description: str, word: str) -> None:
    finding = event_finding(event("AUDIOHOOK-0001", description))
    assert finding is not None
    assert word in finding.text
    assert "(AUDIOHOOK-0001)" in finding.text
    assert finding.remedy
    assert "Jane" not in finding.text + finding.remedy


def test_operational_events_of_others_are_none_of_ours() -> None:
    assert event_finding(event("SYSTEM-0001", "x")) is None
    assert event_finding(event("AUDIOHOOK-<b>", "x")) is None
    with pytest.raises(PeerBrokeProtocol, match="eventEntity"):
        event_finding(b"{}")
