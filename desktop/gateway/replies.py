"""Error replies in the platform's REST shape."""

from __future__ import annotations

import uuid

from aiohttp import web

_CODES = {
    401: ("bad.credentials", "Invalid login credentials."),
    403: ("missing.any.permissions", "A permission is missing."),
    404: ("not.found", "The requested resource was not found."),
    429: ("too.many.requests", "Rate limit exceeded."),
    503: ("service.unavailable", "The service is not available now."),
}


def error_reply(status: int, retry_after_s: float | None = None) -> web.Response:
    """A JSON error body `{message, code, status, contextId, details, errors}`, with Retry-After if given."""
    code, message = _CODES.get(status, ("error", "The request failed."))
    body = {
        "message": message,
        "code": code,
        "status": status,
        "contextId": str(uuid.uuid4()),
        "details": [],
        "errors": [],
    }
    headers = {} if retry_after_s is None else {"Retry-After": f"{retry_after_s:g}"}
    return web.json_response(body, status=status, headers=headers)
