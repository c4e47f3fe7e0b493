"""HTTP message signatures: the published test vector, every rule of the verifier, and what the diagnosis says."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import PeerBrokeProtocol, SettingInvalid
from desktop.protocols.http_signature import (
    SignedRequest,
    decode_secret,
    digest,
    normal_authority,
    read_signature,
    signature_base,
    signature_headers,
)
from desktop.protocols.http_signature_check import Fault, NonceMemory, SignatureCheck, check_signature

SECRET = decode_secret("TXlTdXBlclNlY3JldEtleVRlbGxOby0xITJAMyM0JDU=")
KEY = "SGVsbG8sIEkgYW0gdGhlIEFQSSBrZXkh"
CREATED = 1641013200
PARAMS = (
    '("@request-target" "@authority" "audiohook-organization-id" "audiohook-session-id" '
    '"audiohook-correlation-id" "x-api-key");keyid="SGVsbG8sIEkgYW0gdGhlIEFQSSBrZXkh";'
    'nonce="VGhpc0lzQVVuaXF1ZU5vbmNl";alg="hmac-sha256";created=1641013200;expires=3282026430'
)
SIGNATURE = "NZBwyBHRRyRoeLqy1IzOa9VYBuI8TgMFt2GRDkDuJh4="
HEADERS = {
    "host": "audiohook.example.com",
    "audiohook-organization-id": "d7934305-0972-4844-938e-9060eef73d05",
    "audiohook-session-id": "30b0e395-84d3-4570-ac13-9a62d8f514c0",
    "audiohook-correlation-id": "e160e428-53e2-487c-977d-96989bf5c99d",
    "x-api-key": KEY,
}
BASE = (
    '"@request-target": /api/v1/voicebiometrics/ws\n'
    '"@authority": audiohook.example.com\n'
    '"audiohook-organization-id": d7934305-0972-4844-938e-9060eef73d05\n'
    '"audiohook-session-id": 30b0e395-84d3-4570-ac13-9a62d8f514c0\n'
    '"audiohook-correlation-id": e160e428-53e2-487c-977d-96989bf5c99d\n'
    '"x-api-key": SGVsbG8sIEkgYW0gdGhlIEFQSSBrZXkh\n'
    '"@signature-params": ' + PARAMS
)
REQUEST = SignedRequest(
    "/api/v1/voicebiometrics/ws",
    "audiohook.example.com",
    HEADERS | {"signature-input": f"sig1={PARAMS}", "signature": f"sig1=:{SIGNATURE}:"},
)
STAND_IN = b"r" * 32


def check(
    request: SignedRequest = REQUEST, secret: bytes | None = SECRET, now_s: float = CREATED + 1.0
) -> SignatureCheck:
    return check_signature(request, secret, STAND_IN, now_s)


def with_headers(request: SignedRequest = REQUEST, /, **headers: Any) -> SignedRequest:
    changed = dict(request.headers) | {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(request, headers={name: value for name, value in changed.items() if value is not None})


def signed(
    request: SignedRequest, secret: bytes = SECRET, *, key_id: str = KEY, nonce: str = "n" * 22, expires: int = 10
) -> SignedRequest:
    bare = replace(request, headers=HEADERS)
    made = signature_headers(
        replace(bare, headers=dict(request.headers)),
        secret,
        key_id=key_id,
        nonce=nonce,
        created=CREATED,
        expires=CREATED + expires,
    )
    return with_headers(request, signature_input=made["Signature-Input"], signature=made["Signature"])


def test_the_published_vector() -> None:
    given_ = read_signature(REQUEST.headers["signature-input"], REQUEST.headers["signature"])
    assert signature_base(REQUEST, given_.components, given_.params_text) == BASE
    assert base64.b64encode(digest(SECRET, BASE)).decode() == SIGNATURE
    assert check().ok
    assert check().signed
    assert check().base == BASE


def test_the_signer_writes_the_published_vector() -> None:
    headers = signature_headers(
        replace(REQUEST, headers=HEADERS),
        SECRET,
        key_id=KEY,
        nonce="VGhpc0lzQVVuaXF1ZU5vbmNl",
        created=CREATED,
        expires=3282026430,
    )
    assert headers == {"Signature-Input": f"sig1={PARAMS}", "Signature": f"sig1=:{SIGNATURE}:"}


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        ("x-api-key", Fault.HEADER_MISSING),
        ("audiohook-organization-id", Fault.HEADER_MISSING),
        ("audiohook-session-id", Fault.HEADER_MISSING),
        ("audiohook-correlation-id", Fault.HEADER_MISSING),
        ("signature", Fault.UNSIGNED),
        ("signature-input", Fault.UNSIGNED),
    ],
)
def test_a_missing_header_is_named(header: str, fault: Fault) -> None:
    without = replace(REQUEST, headers={k: v for k, v in REQUEST.headers.items() if k != header})
    found = check(without)
    assert (found.fault, found.where) == (fault, header)
    assert header in found.detail


@pytest.mark.parametrize(
    "component",
    [
        "@request-target",
        "@authority",
        "audiohook-organization-id",
        "audiohook-session-id",
        "audiohook-correlation-id",
        "x-api-key",
    ],
)
def test_all_six_components_are_required(component: str) -> None:
    params = PARAMS.replace(f'"{component}"', "").replace("( ", "(")
    found = check(with_headers(signature_input=f"sig1={params}"))
    assert (found.fault, found.where) == (Fault.INCOMPLETE, component)


def test_a_component_twice_or_unknown_is_refused() -> None:
    twice = PARAMS.replace('"x-api-key")', '"x-api-key" "x-api-key")')
    assert check(with_headers(signature_input=f"sig1={twice}")).fault is Fault.INCOMPLETE
    absent = check(with_headers(signature_input=f"sig1={PARAMS.replace('x-api-key', 'x-other')}"))
    assert (absent.fault, absent.where) == (Fault.UNREADABLE, "x-other")


def test_further_components_are_covered_too() -> None:
    params = PARAMS.replace('"x-api-key")', '"x-api-key" "host")')
    value = base64.b64encode(digest(SECRET, signature_base(REQUEST, [*_six(), "host"], params))).decode()
    assert check(with_headers(signature_input=f"sig1={params}", signature=f"sig1=:{value}:")).ok


def _six() -> list[str]:
    return ["@request-target", "@authority", *(h for h in HEADERS if h.startswith("audiohook")), "x-api-key"]


def test_keyid_must_be_the_api_key() -> None:
    assert check(signed(REQUEST, key_id="another")).fault is Fault.KEY_MISMATCH


@pytest.mark.parametrize(("length", "fault"), [(21, Fault.NONCE_SHORT), (22, None)])
def test_a_nonce_has_22_characters(length: int, fault: Fault | None) -> None:
    assert check(signed(REQUEST, nonce="n" * length)).fault is fault


@pytest.mark.parametrize(
    ("after_s", "fault"),
    [
        (-3.5, Fault.FROM_THE_FUTURE),
        (-3.0, None),
        (13.0, None),  # 10 s of age and 3 s of skew
        (13.1, Fault.TOO_OLD),
    ],
)
def test_age_and_skew(after_s: float, fault: Fault | None) -> None:
    found = check(signed(REQUEST, expires=30), now_s=CREATED + after_s)
    assert (found.fault, found.where) == (fault, "created" if fault else "")


@pytest.mark.parametrize(("after_s", "fault"), [(8.0, None), (8.1, Fault.TOO_OLD)])
def test_the_skew_is_in_the_clients_favour_on_expires_too(after_s: float, fault: Fault | None) -> None:
    found = check(signed(REQUEST, expires=5), now_s=CREATED + after_s)
    assert (found.fault, found.where) == (fault, "expires" if fault else "")


def test_expires_and_alg_may_be_absent_and_alg_says_nothing() -> None:
    for params in (
        PARAMS.replace(";expires=3282026430", ""),
        PARAMS.replace(';alg="hmac-sha256"', ""),
        PARAMS.replace("hmac-sha256", "rsa-v1_5-sha256"),
        PARAMS.replace('alg="hmac-sha256"', "alg=none"),
    ):
        value = base64.b64encode(digest(SECRET, signature_base(REQUEST, _six(), params))).decode()
        assert check(with_headers(signature_input=f"sig1={params}", signature=f"sig1=:{value}:")).ok


@pytest.mark.parametrize(
    ("params", "where"),
    [
        (PARAMS.replace(";created=1641013200", ""), "created"),
        (PARAMS.replace("created=1641013200", 'created="1"'), "signature-input"),
        (PARAMS.replace('nonce="VGhpc0lzQVVuaXF1ZU5vbmNl"', "nonce=1"), "signature-input"),
        (PARAMS.replace(";keyid=", ";key="), "signature-input"),
    ],
)
def test_wrong_parameters_are_named(params: str, where: str) -> None:
    found = check(with_headers(signature_input=f"sig1={params}"))
    assert (found.fault, found.where) == (Fault.UNREADABLE, where)


def test_an_unknown_key_is_checked_against_a_random_one() -> None:
    assert check(secret=None).fault is Fault.UNKNOWN_KEY
    lucky = signed(REQUEST, STAND_IN)  # whoever knew the stand-in would still not get in
    assert check(lucky, secret=None).fault is Fault.UNKNOWN_KEY


def test_unsigned_only_if_the_secret_is_empty() -> None:
    unsigned = with_headers(signature=None, signature_input=None)
    assert check(unsigned, secret=b"").ok
    assert not check(unsigned, secret=b"").signed
    assert check(unsigned).fault is Fault.UNSIGNED
    assert check(unsigned, secret=None).fault is Fault.UNSIGNED
    assert check(with_headers(signature=None), secret=b"").fault is Fault.UNSIGNED
    assert check(secret=b"").fault is Fault.NO_SECRET
    assert check(signed(REQUEST, b""), secret=b"").fault is Fault.NO_SECRET


def test_of_several_signatures_the_one_with_a_value_counts() -> None:
    header = f'other=("x");keyid="k", sig1={PARAMS}'
    assert check(with_headers(signature_input=header, signature=f"zzz=:AAAA:, sig1=:{SIGNATURE}:")).ok
    assert check(with_headers(signature_input=f"sig2={PARAMS}")).fault is Fault.UNREADABLE


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("signature_input", ""),
        ("signature_input", "sig1"),
        ("signature_input", "sig1="),
        ("signature_input", 'sig1=("a'),
        ("signature_input", "sig1=(a)"),
        ("signature_input", 'sig1=("a" "b";x=1'),
        ("signature_input", "sig1=();;"),
        ("signature_input", "sig1=() sig2=()"),
        ("signature_input", "sig1=();x=@"),
        ("signature_input", "x" * 5000),
        ("signature", ""),
        ("signature", "sig1=abc"),
        ("signature", "sig1=:a:"),
        ("signature", f"sig1=:{SIGNATURE}: x"),
    ],
)
def test_unreadable_headers_are_named_and_nothing_breaks(header: str, value: str) -> None:
    found = check(with_headers(**{header: value}))
    assert found.fault is Fault.UNREADABLE
    assert found.where.startswith("signature")


def test_escapes_in_strings() -> None:
    given_ = read_signature(r'sig1=("a\"b" "c\\d" );x="1\"2"', "sig1=:AAAA:")
    assert given_.components == ('a"b', r"c\d")
    assert given_.text("x") == '1"2'
    assert given_.signature == b"\0\0\0"


@pytest.mark.parametrize(
    ("host", "normal"),
    [
        ("AudioHook.Example.COM", "audiohook.example.com"),
        ("audiohook.example.com:443", "audiohook.example.com"),
        ("audiohook.example.com:8443", "audiohook.example.com:8443"),
        (" [2001:DB8::1]:443 ", "[2001:db8::1]"),
    ],
)
def test_authority_is_lower_case_without_the_default_port(host: str, normal: str) -> None:
    assert normal_authority(host) == normal


def test_a_proxy_that_changes_the_host_is_recognised() -> None:
    behind = replace(REQUEST, authority="10.0.0.7:8080")
    found = check(replace(behind, headers={**behind.headers, "x-forwarded-host": "audiohook.example.com, inner"}))
    assert (found.fault, found.where) == (Fault.MISMATCH, "@authority")
    assert "audiohook.example.com" in found.detail
    assert "10.0.0.7:8080" in found.base
    port = check(replace(REQUEST, authority="audiohook.example.com:8443"))
    assert (port.fault, port.where) == (Fault.MISMATCH, "@authority")


def test_a_wrong_public_host_is_recognised_by_the_host_header() -> None:
    found = check(replace(REQUEST, authority="old-name.example.com"))
    assert (found.fault, found.where) == (Fault.MISMATCH, "@authority")


@pytest.mark.parametrize(
    ("target", "more"),
    [
        ("/inner", {"x-original-uri": "/api/v1/voicebiometrics/ws"}),
        ("/inner", {"x-forwarded-uri": "/api/v1/voicebiometrics/ws"}),
        ("/api/v1/voicebiometrics/ws?added=1", {}),
        ("/api/v1/voicebiometrics/ws/", {}),
    ],
)
def test_a_proxy_that_changes_the_path_is_recognised(target: str, more: dict[str, str]) -> None:
    found = check(replace(REQUEST, target=target, headers={**REQUEST.headers, **more}))
    assert (found.fault, found.where) == (Fault.MISMATCH, "@request-target")


def test_swapped_ids_are_recognised() -> None:
    ids = {
        "audiohook_session_id": HEADERS["audiohook-correlation-id"],
        "audiohook_correlation_id": HEADERS["audiohook-session-id"],
    }
    found = check(with_headers(**ids))
    assert found.where == "audiohook-session-id"
    assert "audiohook-session-id and audiohook-correlation-id are swapped" in found.detail


def test_a_wrong_secret_shows_the_base_and_never_the_secret() -> None:
    found = check(secret=b"another secret that is not theirs")
    assert (found.fault, found.where) == (Fault.MISMATCH, "")
    assert found.base == BASE
    for shown in (repr(found), repr(REQUEST), found.detail):
        assert "another secret" not in shown
        assert KEY not in shown
    assert SIGNATURE not in repr(read_signature(REQUEST.headers["signature-input"], REQUEST.headers["signature"]))


def test_secrets_are_base64() -> None:
    assert decode_secret(" aGVsbG8= ") == b"hello"
    assert decode_secret("") == b""
    for wrong in ("not base64!", "a"):
        with pytest.raises(SettingInvalid, match="client secret"):
            decode_secret(wrong)


def test_a_nonce_is_good_once() -> None:
    memory = NonceMemory()
    assert memory.fresh("k", "n", 0.0)
    assert not memory.fresh("k", "n", 16.0)
    assert memory.fresh("other", "n", 16.0)
    assert memory.fresh("k", "n", 16.1)  # its signature is too old by then
    assert len(memory) == 2


def test_the_memory_is_bounded_and_refuses_when_full() -> None:
    memory = NonceMemory(most=3)
    assert [memory.fresh("k", str(n), float(n)) for n in range(5)] == [True, True, True, False, False]
    assert len(memory) == 3
    assert memory.fresh("k", "later", 17.5)


@given(st.text(max_size=200), st.text(max_size=80))
def test_any_header_gives_a_verdict(signature_input: str, signature: str) -> None:
    found = check(with_headers(signature_input=signature_input, signature=signature))
    assert not found.ok


@given(st.text(alphabet='sig1=("@x);, ak:\\"', max_size=60))
def test_anything_like_a_header_is_read_or_refused(text: str) -> None:
    try:
        found = read_signature(text, "sig1=:AAAA:").label
    except PeerBrokeProtocol as problem:
        found = str(problem)
    assert found.startswith(("sig1", "Signature"))
