"""The token endpoint's grammar, each role against messages written from the documents and the platform's facts."""

from __future__ import annotations

import base64
import contextlib
import json
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.domain.errors import PeerBrokeProtocol
from desktop.protocols.oauth import (
    AuthorizationCode,
    Body,
    ClientCredentials,
    Grant,
    OtherGrant,
    RefreshToken,
    TokenReply,
    TokenRequest,
    decode_token_reply,
    offer_in,
    renew_in,
    token_call,
)
from desktop.protocols.oauth_endpoint import decode_token_request

BASIC = "Basic " + base64.b64encode(b"id:s3cret").decode()
REPLY = b'{"access_token":"aToken-1","token_type":"bearer","expires_in":86400,"future":{"x":[1]}}'


def test_document_b_section_2_client_credentials_are_json_with_the_scopes() -> None:
    call = token_call(ClientCredentials("read:conversations analytics:realtime"), "id", "s3cret", Body.JSON)
    assert json.loads(call.body) == {
        "grant_type": "client_credentials",
        "scope": "read:conversations analytics:realtime",
    }
    assert call.headers["Content-Type"] == "application/json"
    assert call.headers["Authorization"] == BASIC


def test_document_e_client_credentials_are_a_form_with_the_scopes() -> None:
    call = token_call(ClientCredentials("integration:bot:read integration:bot:write"), "id", "s3cret", Body.FORM)
    assert call.body == (b"grant_type=client_credentials&scope=integration%3Abot%3Aread+integration%3Abot%3Awrite")
    assert call.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert call.headers["Authorization"] == BASIC  # what ID:SECRET@ in its address means


def test_the_real_platform_gets_basic_and_a_form_without_scopes() -> None:
    call = token_call(ClientCredentials(), "id", "s3cret", Body.FORM)
    assert call.body == b"grant_type=client_credentials"


def test_a_person_exchanges_the_code_without_a_secret() -> None:
    call = token_call(AuthorizationCode("c0de", "v" * 43, "http://localhost:50123/"), "id", "", Body.FORM)
    assert parse_qs(call.body.decode()) == {
        "grant_type": ["authorization_code"],
        "code": ["c0de"],
        "code_verifier": ["v" * 43],
        "redirect_uri": ["http://localhost:50123/"],
        "client_id": ["id"],
    }
    assert "Authorization" not in call.headers


def test_a_refresh_with_a_secret_uses_basic() -> None:
    call = token_call(RefreshToken("r3fresh"), "id", "s3cret", Body.FORM)
    assert call.body == b"grant_type=refresh_token&refresh_token=r3fresh"
    assert call.headers["Authorization"] == BASIC


@pytest.mark.parametrize(
    ("body", "content_type", "authorization", "wanted"),
    [
        (
            b'{"grant_type":"client_credentials","scope":"analytics:realtime","audience":7}',
            "application/json; charset=utf-8",
            BASIC,
            TokenRequest(ClientCredentials("analytics:realtime"), "id", "s3cret"),
        ),
        (
            b'{"grant_type":"client_credentials","client_id":"id","client_secret":"s3cret"}',
            "application/json",
            None,
            TokenRequest(ClientCredentials(), "id", "s3cret"),
        ),
        (
            b"grant_type=client_credentials&scope=integration%3Abot%3Aread",
            "application/x-www-form-urlencoded",
            BASIC,
            TokenRequest(ClientCredentials("integration:bot:read"), "id", "s3cret"),
        ),
        (
            b"grant_type=authorization_code&code=c&code_verifier=v&client_id=id&redirect_uri=http%3A%2F%2Flocalhost",
            "application/x-www-form-urlencoded",
            "Bearer other",
            TokenRequest(AuthorizationCode("c", "v", "http://localhost"), "id"),
        ),
        (
            b"grant_type=refresh_token&refresh_token=r",
            "application/x-www-form-urlencoded",
            BASIC,
            TokenRequest(RefreshToken("r"), "id", "s3cret"),
        ),
        (b"grant_type=password&client_id=id", "", None, TokenRequest(OtherGrant("password"), "id")),
    ],
)
def test_the_endpoint_reads_every_dialect(
    body: bytes, content_type: str, authorization: str | None, wanted: TokenRequest
) -> None:
    assert decode_token_request(body, content_type, authorization) == wanted


@pytest.mark.parametrize(
    ("body", "content_type", "authorization", "field"),
    [
        (b"", "", None, "grant_type"),
        (b"grant_type=authorization_code", "", None, "`code`"),
        (b"grant_type=authorization_code&code=c", "", None, "code_verifier"),
        (b"grant_type=authorization_code&code=c&code_verifier=v", "", None, "redirect_uri"),
        (b"grant_type=refresh_token", "", None, "refresh_token"),
        (b"\xff", "", None, "form"),
        (b'{"grant_type":5}', "application/json", None, "grant_type"),
        (b"[]", "application/json", None, "token request"),
        (b"grant_type=client_credentials", "", "Basic !!!", "Authorization"),
        (b"grant_type=client_credentials", "", "Basic /w==", "Authorization"),
    ],
)
def test_a_request_that_can_not_be_read_names_the_field(
    body: bytes, content_type: str, authorization: str | None, field: str
) -> None:
    with pytest.raises(PeerBrokeProtocol, match=field):
        decode_token_request(body, content_type, authorization)


def test_expires_in_is_honoured_and_unknown_fields_are_ignored() -> None:
    reply = decode_token_reply(REPLY)
    assert (reply.access_token, reply.life_s, reply.refresh_token) == ("aToken-1", 86400.0, None)


@pytest.mark.parametrize("body", [b'{"access_token":"t"}', b'{"access_token":"t","expires_in":null}'])
def test_document_b_edge_case_2_a_token_lasts_an_hour_unless_the_reply_says_otherwise(body: bytes) -> None:
    assert decode_token_reply(body).life_s == 3600.0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"access_token":7}', r"\$\.access_token"),
        (b'{"access_token":""}', r"\$\.access_token"),
        (b'{"access_token":"two words"}', r"\$\.access_token"),
        (b'{"access_token":"line\\nbreak"}', r"\$\.access_token"),
        ('{"access_token":"tökén"}'.encode(), r"\$\.access_token"),
        (b'{"access_token":"t","expires_in":"3600"}', r"\$\.expires_in"),
        (b'{"access_token":"t","expires_in":0}', r"\$\.expires_in"),
        (b'{"access_token":"t","expires_in":-1.5}', r"\$\.expires_in"),
        (b'{"access_token":"t","refresh_token":[]}', r"\$\.refresh_token"),
        (b'{"access_token":"t","token_type":"mac"}', r"\$\.token_type"),
        (b"{}", "access_token"),
        (b"<html>", "token reply"),
    ],
)
def test_a_reply_of_wrong_types_names_the_field(body: bytes, field: str) -> None:
    with pytest.raises(PeerBrokeProtocol, match=field):
        decode_token_reply(body)


@settings(max_examples=40)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(
                st.sampled_from(["access_token", "expires_in", "token_type", "refresh_token", "grant_type", "other"]), x
            )
        ),
    )
)
def test_arbitrary_json_is_read_or_breaks_the_protocol(value: object) -> None:
    body = json.dumps(value).encode()
    for read in (
        lambda: decode_token_reply(body),
        lambda: decode_token_request(body, "application/json", None),
        lambda: decode_token_request(body, "text/plain", str(value)),
    ):
        with contextlib.suppress(PeerBrokeProtocol):
            read()


@settings(max_examples=40)
@given(st.binary())
def test_arbitrary_bytes_are_read_or_break_the_protocol(body: bytes) -> None:
    with contextlib.suppress(PeerBrokeProtocol):
        assert decode_token_reply(body).access_token


@pytest.mark.parametrize(
    "grant", [AuthorizationCode("PLANTED", "PLANTED", "http://localhost"), RefreshToken("PLANTED")]
)
def test_nothing_secret_is_shown(grant: Grant) -> None:
    shown = [
        repr(grant),
        repr(TokenRequest(grant, "id", "PLANTED")),
        repr(TokenReply("PLANTED", refresh_token="PLANTED")),
        repr(token_call(grant, "id", "PLANTED", Body.FORM)),
    ]
    assert "PLANTED" not in "".join(shown)


@pytest.mark.parametrize(
    ("life_s", "renew", "offer"),
    [(3600, 3300, 3000), (86_400, 86_100, 77_760), (300, 270, 150), (10, 9, 5), (1200, 1080, 600)],
)
def test_document_b_edge_case_2_renewed_300_seconds_or_a_tenth_before_the_end(
    life_s: float, renew: float, offer: float
) -> None:
    assert renew_in(life_s) == pytest.approx(renew)
    assert offer_in(life_s) == pytest.approx(offer)
    assert renew_in(life_s) >= offer_in(life_s)
