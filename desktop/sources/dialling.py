"""Opening a WebSocket: whatever goes wrong on the way becomes an error that a source knows; a proxy is named."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from typing import Final

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidProxy, InvalidProxyStatus, InvalidStatus, ProxyError, WebSocketException

from desktop.domain.errors import Rejected, SidetoneError, Throttled, Unreachable
from desktop.protocols.backoff import parse_retry_after
from desktop.sources.plainly import plainly
from desktop.sources.rest import DEFAULT_RETRY_AFTER_S, NOT_TRUSTED

SOCKS: Final = (
    "The system names a SOCKS proxy, which Sidetone can't use. Set the organisation's HTTP proxy in the settings."
)
BAD_PROXY: Final = "The proxy's address is not valid. Correct it in the settings, or in the system's if that is empty."
NO_PROXY: Final = "What answers at the proxy's address answers not as a proxy does. Check the proxy's address and port."
PROXY_SIGN_IN: Final = (
    "The proxy asks for a sign-in (407). Set HTTPS_PROXY to its address with name and password, "
    "and leave the proxy in the settings empty."
)


class Straight(connect):
    """A `connect` that follows no redirect: neither a token nor an address that is a secret may travel."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


@contextlib.contextmanager
def dialling(what: str, proxy: str | None) -> Iterator[None]:
    """Around the opening of `what` ("The stream"); `proxy` is what websockets is told, None for the direct way.

    Unreachable, or Rejected for a certificate. An InvalidStatus comes out as it is: each door knows its platform's.
    """
    try:
        yield
    except InvalidStatus:
        raise
    except ssl.SSLCertVerificationError as problem:
        raise Rejected(plainly(NOT_TRUSTED, problem)) from None
    except InvalidProxyStatus as refused:
        status = refused.response.status_code
        refusal = PROXY_SIGN_IN if status == 407 else f"The proxy refused the connection ({status})."
        raise Unreachable(refusal) from None
    except ProxyError:
        raise Unreachable(NO_PROXY) from None
    except InvalidProxy:
        raise Unreachable(BAD_PROXY) from None
    except ImportError:  # websockets wants python-socks for it
        raise Unreachable(SOCKS) from None
    except (WebSocketException, TimeoutError, OSError, EOFError, UnicodeError) as problem:
        raise Unreachable(plainly(f"{what} can't be opened", problem)) from None
    except ValueError:
        if proxy is None:
            raise
        raise Unreachable(BAD_PROXY) from None


def upgrade_refused(what: str, refused: InvalidStatus, now_s: float) -> SidetoneError:
    """An upgrade answered with a status that means the same everywhere. `now_s` is the wall clock (Unix epoch)."""
    status = refused.response.status_code
    wait_s = parse_retry_after(refused.response.headers.get("Retry-After"), int(now_s * 1000))
    if status in (429, 503):
        return Throttled(f"{what} asks to wait ({status}).", DEFAULT_RETRY_AFTER_S if wait_s is None else wait_s)
    if status >= 500 or status == 408:
        return Unreachable(f"{what} has a problem at the platform's side ({status}).")
    return Rejected(f"{what} was refused ({status}). Check the address in the settings.")
