"""A person signs in with the system's browser: authorization code with PKCE, caught on a free port of this machine.

The address that the platform sends the browser back to is `http://localhost:<port>/`. We listen on 127.0.0.1 and, where
there is one, on the same port of ::1, because a browser may try either. Only an answer with our `state` counts, once;
whatever else comes to the port is told so and changes nothing. Nobody listens before or after.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable
from typing import Final

from aiohttp import web

from desktop.domain.errors import SidetoneError, SignInNeeded
from desktop.identity import pages
from desktop.identity.config import SignInConfig
from desktop.identity.endpoint import TokenEndpoint
from desktop.protocols.oauth import AuthorizationCode, TokenReply
from desktop.protocols.oauth_code import (
    Authorization,
    CodeArrived,
    CodeRefused,
    NoAnswer,
    NotOurs,
    authorize_url,
    challenge_of,
    read_callback,
    verifier_from,
)
from desktop.protocols.oauth_errors import TokenRefusal

PATIENCE_S: Final = 300.0
FLUSH_S: Final = 2.0
"""How long the browser may take to fetch its last page."""

TOO_LATE: Final = "Nobody signed in within {minutes:.0f} minutes. Sign in again when you are ready."
NO_PORT: Final = "No port of this machine is free for the browser to come back to. Close other programs and try again."

OpenBrowser = Callable[[str], bool]
ShowUrl = Callable[[str], None]


class BrowserSignIn:
    """`open_browser` says whether it could; if not, `show_url` gets the address for the person to open.

    `patience_s`: how long the person has.
    """

    def __init__(
        self,
        config: SignInConfig,
        endpoint: TokenEndpoint,
        open_browser: OpenBrowser,
        show_url: ShowUrl,
        patience_s: float = PATIENCE_S,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._config = config
        self._endpoint = endpoint
        self._open_browser = open_browser
        self._show_url = show_url
        self._patience_s = patience_s
        self._random_bytes = random_bytes
        self._url = ""

    def again(self) -> None:
        """The person lost the tab: open it once more, for the sign-in that is under way."""
        if self._url:
            self._open()

    async def sign_in(self, client_secret: str = "") -> TokenReply:
        """Opens the browser and waits for the person; cancel it to give up.

        SignInNeeded when the person declined or did nothing; Rejected, Throttled, Unreachable as the platform answers.
        """
        verifier = verifier_from(self._random_bytes(48))
        state = verifier_from(self._random_bytes(32))
        desk = _Desk(state)
        async with _listening(desk) as port:
            redirect_uri = f"http://localhost:{port}/"
            wanted = Authorization(
                self._config.client_id, redirect_uri, challenge_of(verifier), state, self._config.scope
            )
            self._url = authorize_url(self._config.login, wanted)
            try:
                self._open()
                code = await self._answer(desk)
                reply = await self._endpoint.ask(AuthorizationCode(code, verifier, redirect_uri), client_secret)
            except SidetoneError as problem:
                desk.outcome.set_result(pages.not_signed_in(str(problem)))
                raise
            else:
                desk.outcome.set_result(pages.signed_in())
                return reply
            finally:
                self._url = ""
                desk.outcome.cancel()

    async def _answer(self, desk: _Desk) -> str:
        try:
            async with asyncio.timeout(self._patience_s):
                answer = await desk.answer
        except TimeoutError:
            raise SignInNeeded(TOO_LATE.format(minutes=self._patience_s / 60)) from None
        match answer:
            case CodeArrived(code):
                return code
            case CodeRefused(error):
                raise SignInNeeded(TokenRefusal(400, error).sentence("Code Authorization with PKCE"))

    def _open(self) -> None:
        try:
            opened = self._open_browser(self._url)
        except Exception:  # whatever the system's browser launcher throws, and it may hold the address
            opened = False
        if not opened:
            self._show_url(self._url)


class _Desk:
    """Receives whoever comes to the port."""

    def __init__(self, state: str) -> None:
        loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[CodeArrived | CodeRefused] = loop.create_future()
        self.outcome: asyncio.Future[web.Response] = loop.create_future()  # the page for who brought the answer
        self._state = state

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """GET of anything."""
        if request.path != "/" or request.url.host not in ("localhost", "127.0.0.1", "::1"):
            return pages.nothing_here()
        match read_callback(request.query_string, self._state):
            case NoAnswer():
                return pages.nothing_here()
            case NotOurs():
                return pages.not_ours()
            case CodeArrived() | CodeRefused() as answer:
                if self.answer.done():
                    return pages.used()
                self.answer.set_result(answer)
                try:
                    return await asyncio.shield(self.outcome)
                except asyncio.CancelledError:
                    if self.outcome.cancelled():
                        return pages.not_signed_in("The sign-in was given up in Sidetone.")
                    raise


@contextlib.asynccontextmanager
async def _listening(desk: _Desk) -> AsyncIterator[int]:
    """The port; the last page is delivered before it is closed."""
    app = web.Application()
    app.router.add_get("/{path:.*}", desk.receive, allow_head=False)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=FLUSH_S)
    await runner.setup()
    servers: list[asyncio.Server] = []
    try:
        try:
            servers.append(await _bound(runner, "127.0.0.1", 0))
        except OSError:
            raise SignInNeeded(NO_PORT) from None
        port: int = servers[0].sockets[0].getsockname()[1]
        with contextlib.suppress(OSError):  # no IPv6 here, or somebody else's port: browsers fall back
            servers.append(await _bound(runner, "::1", port))
        for server in servers:
            await server.start_serving()
        yield port
    finally:
        for server in servers:
            server.close()
        await runner.cleanup()


async def _bound(runner: web.AppRunner, host: str, port: int) -> asyncio.Server:
    """Not serving yet: a site's own start, cancelled in between, would leave its socket open."""
    assert runner.server is not None
    return await asyncio.get_running_loop().create_server(runner.server, host, port, start_serving=False)
