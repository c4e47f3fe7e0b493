"""The Audio Connector's messages (document A sections 1, 2 and 4), both roles, as typed values.

Text messages are JSON objects told apart by `type`. Document A gives discovery, `subscribe`, `subscribed`,
`interaction` and names `interactionEnded`, modification, unsubscription, rejection and limits; the shapes of the latter
are ours, in the same style. Unknown fields are ignored, and an unknown `type` is an UnknownMessage, not an error.

    console -> gateway   subscribe{subscription}  modify{subscriptionId, subscription}  unsubscribe{subscriptionId}
    gateway -> console   subscribed{subscriptionId, status}  modified{..}  unsubscribed{subscriptionId}
                         error{code, message, subscriptionId?, retryAfter?, limit?}
                         interaction{interactionId, ..}  interactionEnded{interactionId, reason?, disposition?}
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

import msgspec

from desktop.domain.facts import CallFacts, CallStage
from desktop.protocols.audio_frame import MAX_ID_BYTES
from desktop.protocols.audio_subscription import DIRECTIONS, AudioSubscription
from desktop.protocols.iso_time import from_epoch_ms, to_epoch_ms
from desktop.protocols.json_wire import read_json

DISCOVERY_PATH: Final = "/api/v2/audioconnector/connections"
MAX_LABEL: Final = 200

InteractionId = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_ID_BYTES)]
SubscriptionId = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Discovery(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The reply to `GET /api/v2/audioconnector/connections`. `uri` holds a one-time token: never log or keep it."""

    uri: str
    connection_id: str | None = None
    region: str | None = None
    expires_in: int | float | None = None  # seconds

    def __repr__(self) -> str:
        return f"Discovery(region={self.region!r}, expires_in={self.expires_in!r})"


class Subscribe(msgspec.Struct, frozen=True, tag_field="type", tag="subscribe"):
    """Section 2: ask for sound."""

    subscription: AudioSubscription


class Modify(msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="modify"):
    """Replace what a subscription asks for."""

    subscription_id: SubscriptionId
    subscription: AudioSubscription


class Unsubscribe(msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="unsubscribe"):
    """Give a subscription back; the connection stays."""

    subscription_id: SubscriptionId


class Subscribed(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, tag_field="type", tag="subscribed"):
    """Section 2: confirmed; some platforms also send it with status "rejected" and then need no id."""

    subscription_id: str | None = None
    status: str | None = None
    message: str | None = None


class Modified(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, tag_field="type", tag="modified"):
    """A modification is in force, or (status "rejected") is not."""

    subscription_id: str | None = None
    status: str | None = None
    message: str | None = None


class Unsubscribed(
    msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, tag_field="type", tag="unsubscribed"
):
    """The subscription is gone."""

    subscription_id: str | None = None


class ErrorMessage(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, tag_field="type", tag="error"):
    """A refusal or a limit. `retry_after` in seconds means that asking again then may help."""

    code: str | int = ""
    message: str = ""
    subscription_id: str | None = None
    retry_after: int | float | None = None
    limit: int | None = None


class Interaction(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, tag_field="type", tag="interaction"):
    """Section 4: who and where. Sent again whenever something about the interaction changes."""

    interaction_id: InteractionId
    direction: str | None = None
    agent_name: str | None = None
    queue_name: str | None = None
    start_time: datetime | None = None
    agent_id: str | None = None
    queue_id: str | None = None
    skills: tuple[str, ...] | None = None
    state: str | None = None  # a CallStage value; absent = unchanged
    disposition: str | None = None


class InteractionEnded(
    msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, tag_field="type", tag="interactionEnded"
):
    """Section 4: purge this interaction."""

    interaction_id: InteractionId
    reason: str | None = None
    disposition: str | None = None


class InteractionPaused(
    msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, tag_field="type", tag="interactionPaused"
):
    """Not in the document, and ignored by clients that don't know it: no sound for a while, on purpose."""

    interaction_id: InteractionId
    paused: bool
    why: str = "privacy"  # a PauseReason value


@dataclass(frozen=True, slots=True)
class UnknownMessage:
    """A well-formed message of a type that this version doesn't know."""


RequestMessage = Subscribe | Modify | Unsubscribe
EventMessage = Subscribed | Modified | Unsubscribed | ErrorMessage | Interaction | InteractionEnded | InteractionPaused
ServerMessage = EventMessage | UnknownMessage
ClientMessage = RequestMessage | UnknownMessage


class _Kind(msgspec.Struct):
    type: str


_KIND = msgspec.json.Decoder(_Kind)
_DISCOVERY = msgspec.json.Decoder(Discovery)
_FROM_SERVER: Final[dict[str, msgspec.json.Decoder[EventMessage]]] = {
    "subscribed": msgspec.json.Decoder(Subscribed),
    "modified": msgspec.json.Decoder(Modified),
    "unsubscribed": msgspec.json.Decoder(Unsubscribed),
    "error": msgspec.json.Decoder(ErrorMessage),
    "interaction": msgspec.json.Decoder(Interaction),
    "interactionEnded": msgspec.json.Decoder(InteractionEnded),
    "interactionPaused": msgspec.json.Decoder(InteractionPaused),
}
_FROM_CLIENT: Final[dict[str, msgspec.json.Decoder[RequestMessage]]] = {
    "subscribe": msgspec.json.Decoder(Subscribe),
    "modify": msgspec.json.Decoder(Modify),
    "unsubscribe": msgspec.json.Decoder(Unsubscribe),
}


def decode_discovery(body: bytes) -> Discovery:
    """The REST reply. PeerBrokeProtocol names the field."""
    return read_json(_DISCOVERY, body, "discovery reply")


def decode_server_message(text: bytes | str) -> ServerMessage:
    """What a console hears. PeerBrokeProtocol names the field."""
    kind = read_json(_KIND, text, "message").type
    decoder = _FROM_SERVER.get(kind)
    return UnknownMessage() if decoder is None else read_json(decoder, text, kind)


def decode_client_message(text: bytes | str) -> ClientMessage:
    """What a gateway hears. PeerBrokeProtocol names the field."""
    kind = read_json(_KIND, text, "message").type
    decoder = _FROM_CLIENT.get(kind)
    return UnknownMessage() if decoder is None else read_json(decoder, text, kind)


def encode(message: RequestMessage | EventMessage | Discovery) -> str:
    """JSON text of a message of either role, or of the discovery reply."""
    return msgspec.json.encode(message).decode()


def facts_of(message: Interaction, stage: CallStage = CallStage.CONNECTED) -> CallFacts:
    """The labels that the message carries; `stage` is the last known one, kept unless the message names another.

    Labels are cut at 200 characters; a direction or state that we don't know counts as not given.
    """
    direction = (message.direction or "").lower()
    return CallFacts(
        direction=direction if direction in DIRECTIONS else "",
        agent_name=(message.agent_name or "")[:MAX_LABEL],
        agent_id=(message.agent_id or "")[:MAX_LABEL],
        queue_name=(message.queue_name or "")[:MAX_LABEL],
        queue_id=(message.queue_id or "")[:MAX_LABEL],
        skills=tuple(skill[:MAX_LABEL] for skill in (message.skills or ())),
        started_at_ms=None if message.start_time is None else to_epoch_ms(message.start_time),
        stage=_STAGES.get((message.state or "").lower(), stage),
        disposition=(message.disposition or "")[:MAX_LABEL],
    )


_STAGES = {stage.value: stage for stage in CallStage if stage is not CallStage.UNTOLD}


def interaction_message(interaction_id: str, facts: CallFacts) -> Interaction:
    """The message that tells a console these facts; what isn't known is left out."""
    return Interaction(
        interaction_id=interaction_id,
        direction=facts.direction or None,
        agent_name=facts.agent_name or None,
        queue_name=facts.queue_name or None,
        start_time=None if facts.started_at_ms is None else from_epoch_ms(facts.started_at_ms),
        agent_id=facts.agent_id or None,
        queue_id=facts.queue_id or None,
        skills=facts.skills or None,
        state=None if facts.stage is CallStage.UNTOLD else facts.stage.value,
        disposition=facts.disposition or None,
    )
