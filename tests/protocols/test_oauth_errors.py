"""A refusal of the token endpoint in words: what happened and what to do, and nothing that the peer wrote."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.protocols.oauth_errors import TokenRefusal, encode_refusal, read_refusal

GRANT = "Client Credentials"
FORBIDDEN = {
    "message": "Unable to perform the requested action. You must have at least one of the following permissions "
    "assigned: [conversation:call:monitor, analytics:queueObservation:view]",
    "code": "missing.any.permissions",
    "status": 403,
    "contextId": "0d1b",
    "messageParams": {"permissions": "conversation:call:monitor"},
    "details": [{"errorCode": "missing", "fieldName": "routing:queue:view"}],
    "errors": [],
}


@pytest.mark.parametrize(
    ("status", "body", "code", "says"),
    [
        (400, b'{"error":"invalid_client","description":"client not found: 17"}', "invalid_client", "client id"),
        (401, b'{"error":"invalid_client","error_description":"no"}', "invalid_client", "secret is wrong"),
        (401, b'{"message":"x","code":"bad.credentials","status":401}', "bad.credentials", "secret is wrong"),
        (400, b'{"error":"invalid_grant","description":"expired"}', "invalid_grant", "Sign in again"),
        (400, b'{"error":"unauthorized_client"}', "unauthorized_client", "grant type Client Credentials"),
        (400, b'{"error":"unsupported_grant_type"}', "unsupported_grant_type", "choose another way"),
        (400, b'{"error":"invalid_scope"}', "invalid_scope", "scopes"),
        (400, b'{"error":"invalid_request"}', "invalid_request", "http://localhost"),
        (400, b'{"error":"access_denied"}', "access_denied", "declined"),
        (401, b"", "", "(401)"),
        (403, b"<html>", "", "administrator"),
        (404, b"", "", "(404)"),
        (405, b"", "", "(405)"),
        (418, b'{"error":"I am a teapot"}', "", "(418)"),
        (400, b'{"error":7,"code":{"x":1},"details":{},"messageParams":[]}', "", "(400)"),
    ],
)
def test_every_refusal_says_what_to_do(status: int, body: bytes, code: str, says: str) -> None:
    refusal = read_refusal(status, body)
    assert refusal.code == code
    sentence = refusal.sentence(GRANT)
    assert says in sentence
    assert sentence.endswith(".")
    assert not code or code in sentence


def test_403_names_the_missing_permissions() -> None:
    refusal = read_refusal(403, json.dumps(FORBIDDEN).encode())
    assert refusal.permissions == (
        "conversation:call:monitor",
        "analytics:queueObservation:view",
        "routing:queue:view",
    )
    assert "conversation:call:monitor, analytics:queueObservation:view, routing:queue:view" in refusal.sentence(GRANT)


def test_document_e_401_a_missing_scope_is_named() -> None:
    body = b'{"error":"insufficient.scope","error_description":"needs analytics:realtime"}'
    assert read_refusal(403, body).permissions == ("analytics:realtime",)


def test_what_else_has_a_colon_is_not_repeated() -> None:
    body = b'{"error":"x","description":"user:PLANTED http://h:80/a:b:c secret:PLANTED call +49:123:4"}'
    refusal = read_refusal(403, body)
    assert refusal.permissions == ()
    assert "PLANTED" not in refusal.sentence(GRANT) + repr(refusal)


def test_the_other_dialect_is_worth_a_try_only_if_the_request_was_not_understood() -> None:
    misread = [(415, ""), (400, ""), (400, "invalid_request"), (400, "unsupported_grant_type")]
    understood = [(400, "invalid_client"), (401, ""), (403, ""), (404, "")]
    assert all(TokenRefusal(status, code).misread for status, code in misread)
    assert not any(TokenRefusal(status, code).misread for status, code in understood)


def test_the_endpoints_own_side() -> None:
    assert encode_refusal("invalid_client", "no") == b'{"error":"invalid_client","description":"no"}'
    assert encode_refusal("x", "no", rfc=True) == b'{"error":"x","error_description":"no"}'


@settings(max_examples=40)
@given(st.binary(), st.integers(400, 499))
def test_arbitrary_bytes_still_make_a_sentence(body: bytes, status: int) -> None:
    assert read_refusal(status, body).sentence(GRANT).endswith(".")


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.sampled_from(["error", "code", "message", "description", "messageParams", "details"]),
        st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)),
    )
)
def test_arbitrary_json_still_makes_a_sentence(value: dict[str, object]) -> None:
    assert read_refusal(400, json.dumps(value).encode()).sentence(GRANT).endswith(".")
