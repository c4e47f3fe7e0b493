"""The simulated organisation over REST: the live list, names, one conversation, joining it, and the topics offered."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

import msgspec
from aiohttp import web

from desktop.domain.errors import PeerBrokeProtocol
from desktop.protocols.activity import ACTIVITY_PATH, ACTIVITY_PERMISSION, decode_query, encode_activity
from desktop.protocols.entity_pages import encode_page
from desktop.protocols.notifications import queue_topic, transcription_topic
from desktop.protocols.operations import (
    DEFINITIONS_PATH,
    DEFINITIONS_PERMISSION,
    OFFERED_PATH,
    OPERATIONS,
    EventDefinition,
    OfferedTopic,
    encode_definitions,
    encode_offered,
)
from desktop.simulator.notifications_script import (
    Floor,
    NotificationsScript,
    Ringing,
    answer,
    guarded,
    refusal,
)
from desktop.simulator.notifications_stream import OPERATIONS_PERMISSION, QUEUE_PERMISSION, TEXT_PERMISSION
from desktop.simulator.token_office import Grant, TokenOffice

OPERATIONS_TOPIC: Final = f"{OPERATIONS}.audiohook"
_JOIN: Final = "/api/v2/conversations/calls/{call}/participants/{participant}/{how:monitor|coach|barge}"
NO_USER: Final = "This request requires a user context. Client credentials cannot be used for it."


class RestDesk:
    """`ringing` are the phones that joining made ring; `offered` the topics that there are; `definitions` the catalogue
    of operational events, None for an organisation without one (404).
    """

    def __init__(self, office: TokenOffice, floor: Floor, script: NotificationsScript) -> None:
        self.ringing: list[Ringing] = []
        self.offered: list[OfferedTopic] = [
            OfferedTopic(queue_topic("{id}"), "A queue's voice calls", (QUEUE_PERMISSION,)),
            OfferedTopic(transcription_topic("{id}"), "A conversation's text", (TEXT_PERMISSION,)),
            OfferedTopic(OPERATIONS_TOPIC, "Operational events of AudioHook integrations", (OPERATIONS_PERMISSION,)),
        ]
        self.definitions: list[EventDefinition] | None = [
            EventDefinition("EDGE-0001", "Edge offline", "An Edge lost its connection."),
            EventDefinition("AUDIOHOOK-0001", "AudioHook integration error", "AudioHook integration error"),
            EventDefinition("AUDIOHOOK-0002", "AudioHook connection error", "AudioHook connection error"),
        ]
        self._office = office
        self._floor = floor
        self._script = script

    def routes(self) -> Iterable[web.RouteDef]:
        """Of the part."""
        office = self._office
        return (
            web.post(ACTIVITY_PATH, guarded(office, self._activity, ACTIVITY_PERMISSION)),
            web.get("/api/v2/routing/queues", guarded(office, self._queues, "routing:queue:view")),
            web.get("/api/v2/routing/queues/me", guarded(office, self._my_queues)),
            web.get("/api/v2/users", guarded(office, self._users)),
            web.get("/api/v2/conversations/{call}", guarded(office, self._call, "conversation:communication:view")),
            web.post(_JOIN, guarded(office, self._join)),
            web.get(OFFERED_PATH, guarded(office, self._offered)),
            web.get(DEFINITIONS_PATH, guarded(office, self._definitions, DEFINITIONS_PERMISSION)),
        )

    async def _offered(self, request: web.Request, grant: Grant) -> web.StreamResponse:
        expanded = set(request.query.get("expand", "").split(","))
        return answer(encode_offered([_as_asked(topic, expanded) for topic in self.offered]))

    async def _definitions(self, request: web.Request, grant: Grant) -> web.StreamResponse:
        if self.definitions is None:
            return refusal(404, "not.found")
        return answer(encode_definitions(self.definitions))

    async def _activity(self, request: web.Request, grant: Grant) -> web.StreamResponse:
        try:
            queues = decode_query(await request.read())
        except PeerBrokeProtocol:
            return refusal(400, "bad.request")
        calls = [
            (call.call, call.facts)
            for call in self._floor.calls.values()
            if not queues or call.facts.queue_id in queues
        ]
        if self._script.truncated:
            calls = calls[:1]
        return answer(encode_activity(calls, truncated=self._script.truncated))

    async def _queues(self, request: web.Request, grant: Grant) -> web.StreamResponse:
        return self._page(request, self._floor.queues)

    async def _my_queues(self, request: web.Request, grant: Grant) -> web.StreamResponse:
        if grant.user is None:
            return refusal(400, "bad.request", message=NO_USER)
        mine = self._script.member_of
        return self._page(request, {i: n for i, n in self._floor.queues.items() if mine is None or i in mine})

    async def _users(self, request: web.Request, grant: Grant) -> web.StreamResponse:
        return self._page(request, self._floor.users)

    @staticmethod
    def _page(request: web.Request, names: Mapping[str, str]) -> web.Response:
        asked = request.query.getall("id", [])
        some = {i: name for i, name in names.items() if not asked or i in asked}
        number, size = int(request.query.get("pageNumber", "1")), int(request.query.get("pageSize", "25"))
        return answer(encode_page(some, page=number, size=size))

    async def _call(self, request: web.Request, grant: Grant) -> web.StreamResponse:
        ident = request.match_info["call"]
        if (call := self._floor.calls.get(ident)) is not None:
            return answer(msgspec.json.encode(call.body()))
        if (past := self._floor.past.get(ident)) is not None:
            return answer(msgspec.json.encode(past.body(over=True)))
        return refusal(404, "not.found")

    async def _join(self, request: web.Request, grant: Grant) -> web.StreamResponse:
        how, who = request.match_info["how"], request.match_info["participant"]
        call = self._floor.calls.get(request.match_info["call"])
        if grant.user is None:
            return refusal(403, "not.authorized", message=NO_USER)
        if not grant.may(f"conversation:call:{how}"):
            return refusal(403, "missing.any.permissions", f"conversation:call:{how}")
        if call is None or who != call.agent_participant:
            return refusal(404, "not.found")
        if not self._script.station:
            return refusal(409, "no.station.selected")
        self.ringing.append(Ringing(grant.user, call.call, who, how))
        return answer(b"{}", 202)


def _as_asked(topic: OfferedTopic, expanded: Collection[str]) -> OfferedTopic:
    """The id alone, but for what is to be expanded."""
    return OfferedTopic(
        topic.id,
        topic.description if "description" in expanded else None,
        topic.requires_permissions if "requiresPermissions" in expanded else None,
        topic.schema if "schema" in expanded else msgspec.Raw(b"null"),
    )
