"""What aiohttp, websockets and the system raise when nothing comes about, in plain words for the screen."""

from __future__ import annotations

import errno
import re
import ssl
from collections.abc import Iterator
from typing import Final

import aiohttp
from websockets.exceptions import InvalidProxyStatus

from desktop.protocols.trouble import Trouble, plain, trouble_of

_NUMBER: Final = re.compile(r"\[Errno (\d+)\]")


def plainly(what: str, problem: BaseException) -> str:
    """A sentence that begins with `what` ("The stream can't be opened") and holds nothing of the error's own text."""
    return plain(what, trouble_in(problem))


def trouble_in(problem: BaseException) -> Trouble:
    """What it means, causes included."""
    kinds: set[str] = set()
    number, verify_code, reason, status = 0, 0, "", 0
    for error in _chain(problem):
        kinds.update(kind.__name__ for kind in type(error).__mro__)
        match error:
            case ssl.SSLError():
                verify_code = verify_code or int(getattr(error, "verify_code", 0) or 0)
                reason = reason or str(getattr(error, "reason", "") or "")
            case aiohttp.ClientHttpProxyError():
                status = error.status
            case InvalidProxyStatus():
                status = error.response.status_code
            case OSError():
                number = number or error.errno or _common_number(str(error))
            case _:
                pass
    return trouble_of(
        kinds, errno.errorcode.get(number, ""), verify_code=verify_code, tls_reason=reason, proxy_status=status
    )


def _chain(problem: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    left: list[BaseException | None] = [problem]
    while left:
        error = left.pop(0)
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        yield error
        inner = (getattr(error, name, None) for name in ("os_error", "certificate_error", "__cause__"))
        left += [one for one in inner if isinstance(one, BaseException)]


def _common_number(text: str) -> int:
    """A host with several addresses fails for each: "Multiple exceptions: [Errno 111] ..., [Errno 111] ..."."""
    numbers = set(_NUMBER.findall(text))
    return int(numbers.pop()) if len(numbers) == 1 else 0
