"""Why a connection did not come about, in plain words: every usual error has its own sentence with what to do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.protocols.trouble import CERTIFICATE, Trouble, plain, trouble_of


@pytest.mark.parametrize(
    ("kinds", "errno_name", "expected"),
    [
        ({"OSError", "ConnectionError", "ConnectionRefusedError"}, "", Trouble.REFUSED),
        ({"OSError", "ClientConnectorError"}, "ECONNREFUSED", Trouble.REFUSED),
        ({"OSError"}, "WSAECONNREFUSED", Trouble.REFUSED),
        ({"OSError", "gaierror"}, "", Trouble.NO_SUCH_HOST),
        ({"OSError"}, "ENETUNREACH", Trouble.NO_ROUTE),
        ({"OSError"}, "EHOSTUNREACH", Trouble.NO_ROUTE),
        ({"OSError", "TimeoutError"}, "", Trouble.TIMED_OUT),
        ({"OSError"}, "ETIMEDOUT", Trouble.TIMED_OUT),
        ({"OSError", "ConnectionError", "ConnectionResetError"}, "", Trouble.BROKEN_OFF),
        ({"ServerDisconnectedError"}, "", Trouble.BROKEN_OFF),
        ({"EOFError"}, "", Trouble.BROKEN_OFF),
        ({"UnicodeError", "ValueError"}, "", Trouble.BAD_ADDRESS),
        ({"InvalidMessage", "InvalidHandshake"}, "", Trouble.NOT_EXPECTED),
        ({"ClientProxyConnectionError", "ConnectionRefusedError"}, "ECONNREFUSED", Trouble.PROXY_AWAY),
        ({"SSLError", "OSError"}, "", Trouble.BROKEN_OFF),
        ({"OSError"}, "", Trouble.UNKNOWN),
        ((), "", Trouble.UNKNOWN),
    ],
)
def test_the_usual_errors(kinds: set[str], errno_name: str, expected: Trouble) -> None:
    assert trouble_of(kinds, errno_name) is expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (0, Trouble.NOT_TRUSTED),
        (9, Trouble.NOT_YET_VALID),
        (10, Trouble.EXPIRED),
        (18, Trouble.SELF_SIGNED),
        (19, Trouble.UNKNOWN_AUTHORITY),
        (20, Trouble.UNKNOWN_AUTHORITY),
        (62, Trouble.WRONG_NAME),
        (-67843, Trouble.NOT_TRUSTED),
    ],
)
def test_certificates(code: int, expected: Trouble) -> None:
    assert trouble_of({"SSLCertVerificationError", "SSLError", "OSError"}, verify_code=code) is expected
    assert trouble_of({"ClientConnectorCertificateError"}, verify_code=code) is expected
    assert expected in CERTIFICATE


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("WRONG_VERSION_NUMBER", Trouble.NO_TLS),
        ("HTTP_REQUEST", Trouble.NO_TLS),
        ("UNSUPPORTED_PROTOCOL", Trouble.TLS_DIFFERS),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", Trouble.TLS_DIFFERS),
        ("UNEXPECTED_EOF_WHILE_READING", Trouble.BROKEN_OFF),
    ],
)
def test_tls_that_does_not_come_about(reason: str, expected: Trouble) -> None:
    assert trouble_of({"SSLError", "OSError"}, tls_reason=reason) is expected


def test_a_proxy_that_does_not_let_us_through_wins_over_all_else() -> None:
    assert trouble_of({"ClientHttpProxyError", "TimeoutError"}, proxy_status=407) is Trouble.PROXY_SIGN_IN
    assert trouble_of({"InvalidProxyStatus"}, proxy_status=403) is Trouble.PROXY_REFUSED


def test_a_sentence_says_what_happened_and_what_to_do() -> None:
    assert plain("The stream can't be opened", Trouble.REFUSED) == (
        "The stream can't be opened: connections are refused there. "
        "Check the address and the port in the settings, and that the service is running."
    )


@pytest.mark.parametrize("trouble", Trouble)
def test_every_sentence_is_one(trouble: Trouble) -> None:
    assert trouble.reason[0].islower()
    assert trouble.reason[-1] not in ".!"
    assert trouble.remedy[0].isupper()
    assert trouble.remedy[-1] == "."


@given(st.sets(st.text(max_size=12)), st.text(max_size=12), st.integers(), st.text(max_size=12), st.integers())
def test_whatever_it_is_it_has_a_sentence(
    kinds: set[str], errno_name: str, code: int, reason: str, status: int
) -> None:
    found = trouble_of(kinds, errno_name, verify_code=code, tls_reason=reason, proxy_status=status)
    assert plain("It failed", found).startswith("It failed: ")
