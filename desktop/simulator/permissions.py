"""Plays the platform's answer to "where may I ...?": GET /api/v2/authorization/divisionspermitted/paged/me."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from aiohttp import web

from desktop.domain.facts import CallFacts
from desktop.simulator.script import Turn
from desktop.simulator.token_office import TokenOffice

PERMITTED_PATH: Final = "/api/v2/authorization/divisionspermitted/paged/me"
HOME: Final = {"id": "00000000-0000-4000-8000-0000000000d1", "name": "Home", "homeDivision": True}


class PermissionsPart:
    """A `Part`: what the office granted to a token, it may everywhere; anything else, nowhere."""

    def __init__(self, office: TokenOffice) -> None:
        self._office = office

    def routes(self) -> Iterable[web.RouteDef]:
        return (web.get(PERMITTED_PATH, self._permitted),)

    async def _permitted(self, request: web.Request) -> web.Response:
        grant = self._office.bearer(request.headers.get("Authorization"))
        if grant is None:
            return web.json_response({"status": 401, "code": "bad.credentials"}, status=401)
        wanted = request.query.get("permission", "")
        if not wanted:
            return web.json_response({"status": 400, "code": "bad.request"}, status=400)
        divisions = [HOME] if grant.may(wanted) else []
        return web.json_response(
            {"entities": divisions, "total": len(divisions), "pageNumber": 1, "allDivsPermitted": bool(divisions)}
        )

    def moved(self, base_url: str) -> None:
        """Hands out no addresses."""

    async def cut(self) -> None:
        """Keeps no connections."""

    async def close(self) -> None:
        """Nothing to give up."""

    def appeared(self, call: str, facts: CallFacts, at_ms: int) -> None:
        """Calls don't matter here."""

    def changed(self, call: str, facts: CallFacts, at_ms: int) -> None:
        """Calls don't matter here."""

    def spoke(self, call: str, turn: Turn, at_ms: int) -> None:
        """Calls don't matter here."""

    def ended(self, call: str, at_ms: int) -> None:
        """Calls don't matter here."""
