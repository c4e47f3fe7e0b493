"""Error bodies: the code and the missing permissions come through, nothing personal does."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.protocols.platform_errors import MAX_PERMISSIONS, PlatformError, decode_error, encode_error

FORBIDDEN = {
    "message": "Unable to perform the action. You are missing the following permission(s): routing:queue:view",
    "code": "missing.any.permissions",
    "status": 403,
    "contextId": "7c2f8a3e-0000-4000-8000-000000000000",
    "messageWithParams": "Unable to perform the requested action. You are missing ...: {permissions}",
    "messageParams": {"permissions": "routing:queue:view"},
    "details": [],
    "errors": [],
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def decode(body: object) -> PlatformError:
    return decode_error(json.dumps(body).encode())


def test_the_golden_403() -> None:
    assert decode(FORBIDDEN) == PlatformError("missing.any.permissions", ("routing:queue:view",))


def test_permissions_in_details() -> None:
    body = {"code": "missing.any.permissions", "details": [{"errorCode": "x", "fieldName": "conversation:call:coach"}]}
    assert decode(body).permissions == ("conversation:call:coach",)


@pytest.mark.parametrize("name", ["analytics:queueObservation:view", "routing:*:*", "a1:b2:view"])
def test_what_a_permission_looks_like(name: str) -> None:
    assert decode({"messageParams": {"p": [name, name]}}).permissions == (name,)


@pytest.mark.parametrize("text", ["12:30:45", "call:4912345:now", "a:b", "sip:john:doe:x@example.com", ""])
def test_what_is_no_permission(text: str) -> None:
    assert decode({"message": text}).permissions == ()


def test_the_code_of_a_detail() -> None:
    assert decode({"errors": [7, {"errorCode": None, "code": "no.station"}]}).code == "no.station"


@pytest.mark.parametrize("code", ["John Doe", "+49 1234", "call.4912345678", "a" * 81, 7, None, "ümlaut"])
def test_a_code_that_could_be_personal_is_not_passed_on(code: object) -> None:
    assert decode({"code": code}) == PlatformError()


def test_a_request_that_needs_a_person() -> None:
    assert decode({"message": "This request requires a user context."}).needs_person
    assert not decode(FORBIDDEN).needs_person


def test_not_without_end() -> None:
    names = [f"x{chr(97 + n)}:queue:view" for n in range(20)]
    assert len(decode({"message": " ".join(names)}).permissions) == MAX_PERMISSIONS


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b"\xff\xfe", b"[" * 100_000, b'"text"', b"null"])
def test_what_is_no_error_body(body: bytes) -> None:
    assert decode_error(body) == PlatformError()


def test_deep_bodies_are_not_walked_without_end() -> None:
    body: object = "routing:queue:view"
    for _ in range(20):
        body = {"a": body}
    assert decode({"message": body}).permissions == ()


def test_both_roles_agree() -> None:
    body = encode_error(403, "missing.any.permissions", permissions=("a1:b2:view", "c3:d4:edit"))
    assert decode_error(body) == PlatformError("missing.any.permissions", ("a1:b2:view", "c3:d4:edit"))
    assert decode_error(encode_error(404, "not.found")) == PlatformError("not.found")


@given(JSON)
def test_arbitrary_json_never_raises(body: object) -> None:
    assert isinstance(decode(body), PlatformError)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_never_raise(body: bytes) -> None:
    assert isinstance(decode_error(body), PlatformError)
