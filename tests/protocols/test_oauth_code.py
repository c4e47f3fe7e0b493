"""PKCE, both roles: the vectors of RFC 7636 and what a browser may bring back."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.protocols.oauth_code import (
    Authorization,
    CodeArrived,
    CodeRefused,
    NoAnswer,
    NotOurs,
    authorize_url,
    callback_query,
    challenge_of,
    proves,
    read_authorization,
    read_callback,
    verifier_from,
)

RFC_RANDOM = bytes.fromhex("7418dfb49799e0254ffa607dd8adbbba16d4254d69d6bff05b58055853848d79")
RFC_VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
RFC_CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
WANTED = Authorization("id", "http://localhost:50123/", RFC_CHALLENGE, "st4te", "notifications")


def test_the_vector_of_rfc_7636_appendix_b() -> None:
    assert verifier_from(RFC_RANDOM) == RFC_VERIFIER
    assert challenge_of(RFC_VERIFIER) == RFC_CHALLENGE
    assert proves(RFC_VERIFIER, RFC_CHALLENGE)
    assert not proves("x" * 43, RFC_CHALLENGE)
    assert not proves(RFC_VERIFIER[:42], challenge_of(RFC_VERIFIER[:42]))


@pytest.mark.parametrize(("size", "length"), [(32, 43), (48, 64), (96, 128)])
def test_a_verifier_has_43_to_128_characters(size: int, length: int) -> None:
    assert len(verifier_from(bytes(size))) == length


@pytest.mark.parametrize("size", [0, 31, 97])
def test_other_sizes_are_our_mistake(size: int) -> None:
    with pytest.raises(ValueError, match="32 to 96"):
        verifier_from(bytes(size))


def test_the_browser_goes_to_the_platforms_authorize_page() -> None:
    url = urlsplit(authorize_url("https://login.mypurecloud.de", WANTED))
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://login.mypurecloud.de/oauth/authorize"
    assert parse_qs(url.query) == {
        "response_type": ["code"],
        "client_id": ["id"],
        "redirect_uri": ["http://localhost:50123/"],
        "code_challenge": [RFC_CHALLENGE],
        "code_challenge_method": ["S256"],
        "state": ["st4te"],
        "scope": ["notifications"],
    }
    bare = authorize_url("https://l", Authorization("id", "http://localhost:1/", "c", "s"))
    assert "scope" not in bare


def test_the_platform_reads_it_or_names_what_is_missing() -> None:
    query = (
        "response_type=code&client_id=id&redirect_uri=http%3A%2F%2Flocalhost%3A50123%2F&state=st4te&scope=notifications"
        f"&code_challenge={RFC_CHALLENGE}&code_challenge_method=S256&future=1"
    )
    assert read_authorization(query) == WANTED
    assert read_authorization(query.replace("code&client", "token&client")) == "response_type"
    assert read_authorization(query.replace("S256", "plain")) == "code_challenge_method"
    assert read_authorization(query.replace("client_id", "client")) == "client_id"


@pytest.mark.parametrize(
    ("query", "meaning"),
    [
        ("code=c0de&state=st4te", CodeArrived("c0de")),
        ("state=st4te&code=c0de&code=other&future=1", CodeArrived("c0de")),
        ("error=access_denied&error_description=no%20way&state=st4te", CodeRefused("access_denied")),
        ("error=you%3Cscript%3E&state=st4te", CodeRefused("")),
        ("code=&state=st4te", CodeRefused("")),
        ("code=c0de&state=other", NotOurs()),
        ("code=c0de", NotOurs()),
        ("error=access_denied&state=", NotOurs()),
        ("", NoAnswer()),
        ("state=st4te", NoAnswer()),
        ("&".join(f"a{n}=1" for n in range(60)), NoAnswer()),
    ],
)
def test_what_the_browser_brings(query: str, meaning: object) -> None:
    assert read_callback(query, "st4te") == meaning


def test_the_platforms_answers_are_understood() -> None:
    assert read_callback(callback_query("s", code="c"), "s") == CodeArrived("c")
    assert callback_query("s", error="access_denied", error_description="no") == (
        "error=access_denied&error_description=no&state=s"
    )


@settings(max_examples=40)
@given(st.text(), st.text())
def test_arbitrary_queries_never_fail(query: str, state: str) -> None:
    assert read_callback(query, state) is not None
    assert read_authorization(query) is not None


def test_nothing_secret_is_shown() -> None:
    assert "PLANTED" not in repr(CodeArrived("PLANTED")) + repr(Authorization("i", "r", "c", "PLANTED"))
