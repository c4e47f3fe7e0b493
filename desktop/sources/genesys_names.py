"""What queues and agents are called in a real organisation, asked once and remembered (genesys.md section 3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import quote

from desktop.domain.errors import Rejected, SidetoneError, SignInNeeded
from desktop.protocols.entity_pages import Page, decode_page
from desktop.sources.rest import RestClient

PAGE: Final = 100
MAX_PAGES: Final = 10
MAX_REMEMBERED: Final = 5000
NO_QUEUES: Final = (
    "The sign-in sees no queue. An administrator can grant routing:queue:view, or name the queues in the settings."
)


class Names:
    """Bounded caches of names. All requests raise what `RestClient.get` raises."""

    def __init__(self, rest: RestClient) -> None:
        self._rest = rest
        self._queues: dict[str, str] = {}
        self._users: dict[str, str] = {}

    def queue(self, queue_id: str) -> str:
        """ "" when unknown."""
        return self._queues.get(queue_id, "")

    def user(self, user_id: str) -> str:
        """ "" when unknown."""
        return self._users.get(user_id, "")

    def knows_user(self, user_id: str) -> bool:
        """Whether it was asked for, with whatever result."""
        return user_id in self._users

    async def queues_to_watch(self, wanted: Sequence[str], *, person: bool) -> tuple[str, ...]:
        """`wanted`, else the queues that the signed-in person is a member of, else all visible ones. Rejected: none."""
        if wanted:
            try:
                await self._queue_pages("/api/v2/routing/queues", "".join(f"&id={_q(i)}" for i in wanted[:PAGE]))
            except SignInNeeded:
                raise
            except Rejected:
                pass  # names are a nicety here; whether the topics may be heard is told per topic
            return tuple(dict.fromkeys(wanted))
        if person:
            try:
                if mine := await self._queue_pages("/api/v2/routing/queues/me"):
                    return mine
            except SignInNeeded:
                raise
            except Rejected:
                pass  # a token without a person has no queues of its own
        found = await self._queue_pages("/api/v2/routing/queues")
        if not found:
            raise Rejected(NO_QUEUES)
        return found

    async def with_newer_queues(self, queues: Sequence[str], wanted: Sequence[str], person: bool) -> Sequence[str]:
        """`queues` and those that were made or joined since; `wanted` ones stay as they are. Never raises."""
        if wanted:
            return queues
        try:
            return tuple(dict.fromkeys((*queues, *await self.queues_to_watch((), person=person))))
        except SidetoneError:
            return queues

    async def ask_users(self, ids: Iterable[str]) -> None:
        """Up to a page of them; who isn't known to the platform is remembered as nameless."""
        asked = list(dict.fromkeys(ids))[:PAGE]
        query = "".join(f"&id={_q(user_id)}" for user_id in asked)
        page = decode_page(await self._rest.get(f"/api/v2/users?pageSize={PAGE}{query}"), "users reply")
        _remember(self._users, dict.fromkeys(asked, "") | {i: name for i, name in page.names.items() if i in asked})

    async def _queue_pages(self, path: str, query: str = "") -> tuple[str, ...]:
        found: dict[str, str] = {}
        for number in range(1, MAX_PAGES + 1):
            where = f"{path}?pageSize={PAGE}&pageNumber={number}{query}"
            page: Page = decode_page(await self._rest.get(where, permission="routing:queue:view"), "queues reply")
            found |= page.names
            if number >= page.pages or not page.names:
                break
        _remember(self._queues, found)
        return tuple(found)


def _remember(names: dict[str, str], more: dict[str, str]) -> None:
    names.update(more)
    while len(names) > MAX_REMEMBERED:
        del names[next(iter(names))]


def _q(identifier: str) -> str:
    return quote(identifier, safe="")
