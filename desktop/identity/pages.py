"""The page that a person sees in the browser after signing in. Plain HTML, nothing is loaded from anywhere."""

from __future__ import annotations

import html
from typing import Final

from aiohttp import web

_STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 17px/1.5 system-ui, sans-serif; display: grid; place-items: center; min-height: 90vh; margin: 0; }
main { max-width: 32rem; padding: 2rem; text-align: center; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; }
p { margin: 0; opacity: .8; }
"""

_PAGE: Final = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sidetone - {title}</title><style>{style}</style></head>
<body><main><h1>{title}</h1><p>{text}</p></main></body>
</html>
"""

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Connection": "close",
}


def page(title: str, text: str, status: int = 200) -> web.Response:
    """A heading and a sentence."""
    body = _PAGE.format(title=html.escape(title), text=html.escape(text), style=_STYLE)
    return web.Response(text=body, content_type="text/html", status=status, headers=_HEADERS)


def signed_in() -> web.Response:
    """It worked."""
    return page("You are signed in", "You can close this tab and go back to Sidetone.")


def not_signed_in(sentence: str) -> web.Response:
    """It did not; the sentence says why and what to do."""
    return page("You are not signed in", sentence, 400)


def not_ours() -> web.Response:
    """An answer to a question that we did not ask."""
    return page("This is not the sign-in that is under way", "Go back to Sidetone and sign in from there.", 400)


def used() -> web.Response:
    """A second answer."""
    return page("This sign-in was used already", "Go back to Sidetone.", 410)


def nothing_here() -> web.Response:
    """A stray request."""
    return page("There is nothing here", "Go back to Sidetone.", 404)
