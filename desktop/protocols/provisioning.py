"""Document C's provisioning of an AudioHook, both roles: create it, enable it, bind it to a conversation.

    POST /api/v2/audiohooks           {name, description, destinationUrl, format, encryptionKey, status}    (section 2)
    GET  /api/v2/audiohooks           {entities: [hook, ...]}     GET, PUT /api/v2/audiohooks/{id}      hook
    GET  /api/v2/conversations/conversations/{id}                 {id, status}                          (section 3)
    POST /api/v2/conversations/conversations/{id}/events          {type: "AUDIOHOOK", audiohookId} -> 409 if it ends

The document shows the two requests; the replies' shapes are the same fields plus `id`, in its style. The real platform
has none of these paths (genesys.md section 4): there an integration is configured, see provisioning_setup.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import quote, urlsplit

import msgspec

from desktop.domain.errors import PeerBrokeProtocol, SettingInvalid
from desktop.protocols.ingest import read_encryption_key
from desktop.protocols.json_wire import read_json

HOOKS_PATH: Final = "/api/v2/audiohooks"
_CONVERSATIONS: Final = "/api/v2/conversations/conversations/"
SCOPES: Final = ("audiohook:create", "audiohook:read", "conversation.read")
"""What the document's OAuth client asks for; the real platform has no such scopes."""
MAY_CREATE: Final = "audiohooks:audiohook:create"
MAY_READ: Final = "audiohooks:audiohook:read"
MAY_READ_CONVERSATIONS: Final = "conversations:conversation:read"

FORMATS: Final = ("OPUS", "PCMU")
ENABLED: Final = "ENABLED"
DISABLED: Final = "DISABLED"
ACTIVE: Final = "active"
BINDABLE_EVENT: Final = "AUDIOHOOK"
MAX_NAME: Final = 100
AUTO_DISABLE_S: Final = 60.0
"""How long a state change after failed health checks may take to show (section 2, the effect of the trap)."""

FLOW_BINDING: Final = (
    "Open the flow in Architect and drag “Stream” from the Interaction palette into it.",
    "Place it directly behind “Connect”, so that the line leads from Connect to Stream: before Connect there is only "
    "signalling, and the first 30 seconds of the call would be silence.",
    "Choose the hook by its id in the Stream node, then save and publish the flow.",
)
"""Section 3, option A: by hand, since flows can't be edited from here."""

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class HookRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Section 2, all fields in the document's order. Never shows its key."""

    name: str
    description: str = ""
    destination_url: str
    format: str = "OPUS"
    encryption_key: str = ""
    status: str = DISABLED

    def __repr__(self) -> str:
        return f"HookRequest({self.format}, {self.status})"


class Hook(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A hook as the platform has it. The key does not come back."""

    id: Id
    name: str = ""
    description: str = ""
    destination_url: str = ""
    format: str = ""
    status: str = ""

    @property
    def enabled(self) -> bool:
        """Whether the platform will stream."""
        return self.status.upper() == ENABLED


class Binding(msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag=BINDABLE_EVENT):
    """Section 3, option B."""

    audiohook_id: Id


class ConversationStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """Section 3's look before binding: "Only proceed if the status is Active"."""

    id: str = ""
    status: str = ""
    state: str = ""  # some platforms call it so

    @property
    def active(self) -> bool:
        """Whether a stream can be attached."""
        return (self.status or self.state).lower() == ACTIVE


class _Hooks(msgspec.Struct, frozen=True):
    entities: tuple[Hook, ...] = ()


_HOOK = msgspec.json.Decoder(Hook)
_HOOKS = msgspec.json.Decoder(_Hooks)
_STATUS = msgspec.json.Decoder(ConversationStatus)
_REQUEST = msgspec.json.Decoder(HookRequest)
_BINDING = msgspec.json.Decoder(Binding)


@dataclass(frozen=True, slots=True)
class HookPlan:
    """What a person wants. Raises nothing by itself: `check_plan` does."""

    name: str
    destination_url: str
    description: str = ""
    format: str = "OPUS"
    encryption_key: str = ""

    def __repr__(self) -> str:
        return f"HookPlan({self.format})"


def check_plan(plan: HookPlan, taken: Iterable[str] = ()) -> HookRequest:
    """The request to send, DISABLED (the fix of section 2's trap). SettingInvalid names the field as the document does.

    `taken` are the names of hooks that are there already.
    """
    name = plan.name.strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        hint = f"Give the hook a name of 1 to {MAX_NAME} characters, with its environment: “Sidetone (test)”"
        raise SettingInvalid("name", "is empty or too long", hint)
    if name.lower() in {other.strip().lower() for other in taken}:
        raise SettingInvalid(
            "name", "is taken by another hook", "Add the environment or a version: “Sidetone (test) 2”"
        )
    _check_destination(plan.destination_url)
    if plan.format not in FORMATS:
        raise SettingInvalid("format", "is not a format of the platform", "Write OPUS or PCMU, in capitals")
    if plan.encryption_key:
        read_encryption_key(plan.encryption_key)
    return HookRequest(
        name=name,
        description=plan.description,
        destination_url=plan.destination_url,
        format=plan.format,
        encryption_key=plan.encryption_key,
        status=DISABLED,
    )


def _check_destination(url: str) -> None:
    example = "Write it like https://analytics.example.com/stream/v1/audiohook"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise SettingInvalid("destinationUrl", "is not an address", example) from None
    if not host or url != url.strip():
        raise SettingInvalid("destinationUrl", "is not an address", example)
    if parts.scheme != "https":
        raise SettingInvalid("destinationUrl", "must begin with https: the platform rejects everything else", example)
    if parts.query or parts.fragment or "?" in url or "#" in url:
        problem = "has parameters, which keep the platform from reusing its connections"
        raise SettingInvalid("destinationUrl", problem, "Leave out everything from the ? on")
    if parts.username is not None:
        raise SettingInvalid(
            "destinationUrl", "holds a password", "Leave it out; use the allow-list, mutual TLS or a token"
        )


def hook_path(hook_id: str) -> str:
    """Of one hook."""
    return f"{HOOKS_PATH}/{_segment(hook_id)}"


def conversation_path(conversation: str) -> str:
    """Where its status is."""
    return _CONVERSATIONS + _segment(conversation)


def events_path(conversation: str) -> str:
    """Where a hook is bound to it."""
    return f"{conversation_path(conversation)}/events"


def _segment(name: str) -> str:
    if name in (".", ".."):
        raise PeerBrokeProtocol("id: dots name nothing")
    return quote(name, safe="")


def encode(message: HookRequest | Hook | Binding | ConversationStatus) -> bytes:
    """JSON of either role."""
    return msgspec.json.encode(message)


def encode_hooks(hooks: Iterable[Hook]) -> bytes:
    """The listing."""
    return msgspec.json.encode(_Hooks(tuple(hooks)))


def decode_hook(body: bytes) -> Hook:
    """The reply to POST, GET and PUT. PeerBrokeProtocol names the field."""
    return read_json(_HOOK, body, "hook")


def decode_hooks(body: bytes) -> tuple[Hook, ...]:
    """The listing. PeerBrokeProtocol names the field."""
    return read_json(_HOOKS, body, "hooks").entities


def decode_status(body: bytes) -> ConversationStatus:
    """PeerBrokeProtocol names the field."""
    return read_json(_STATUS, body, "conversation")


def decode_request(body: bytes) -> HookRequest:
    """What a platform is asked to create. PeerBrokeProtocol names the field."""
    return read_json(_REQUEST, body, "hook")


def decode_binding(body: bytes) -> Binding:
    """What a platform is asked to bind. PeerBrokeProtocol names the field."""
    return read_json(_BINDING, body, "event")
