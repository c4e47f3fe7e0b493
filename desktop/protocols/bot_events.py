"""The bot-events socket's messages and the REST replies about a bot's health (document E), both roles.

    console -> platform   {"type":"subscribe","channel":"bot-events","id":"my-bot-channel-123"}   (step 1; `id` or none)
    platform -> console   any JSON object; the document reads nothing but its `type` ("unknown" if it has none)

The document gives no message of the platform. Three types have a meaning here: `intent` (what somebody said to a bot),
`subscribed` and `error`; all others are passed on as they are. Unknown fields are ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import quote, urlsplit

import msgspec

from desktop.domain.bots import BotHealth
from desktop.protocols.json_wire import read_json

SOCKET_PATH: Final = "/api/v2/websocket"
BOT_PATH: Final = "/api/v2/integrations/bots/"
INTEGRATION_PATH: Final = "/api/v2/integrations/"
"""What the real platform answers instead (genesys.md section 3)."""
DEFAULT_CHANNEL: Final = "bot-events"

BASE_DELAY_S: Final = 2.0
MAX_DELAY_S: Final = 60.0
JITTER_SHARE: Final = 0.1

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Subscribe(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type", tag="subscribe"):
    """Step 1: hear this channel."""

    channel: Name
    id: str | None = None


class Subscribed(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type", tag="subscribed"):
    """A confirmation; the document waits for none."""

    channel: str = ""
    id: str | None = None


class ErrorMessage(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type", tag="error"):
    """The platform refuses something."""

    code: str | int = ""
    message: str = ""


class Intent(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, tag_field="type", tag="intent"):
    """Something that was said to a bot."""

    conversation_id: str = ""
    bot_id: str = ""
    text: str = ""
    intent: str = ""
    language: str = ""
    id: str | None = None
    timestamp: int | str | None = None

    def __repr__(self) -> str:
        return f"Intent({len(self.text)} characters)"


@dataclass(frozen=True, slots=True)
class BotEvent:
    """A message to be dealt with. `body` is the whole object as it came: it may hold speech, never log it."""

    kind: str
    body: dict[str, object]
    known: bool  # False: a type that this version gives no meaning to

    @property
    def asks(self) -> bool:
        """Whether there is something in it that a language engine could answer."""
        return any(isinstance(self.body.get(name), str) and self.body[name] for name in ("text", "intent"))

    def __repr__(self) -> str:
        return f"BotEvent({len(self.body)} fields)"


class _Kind(msgspec.Struct):
    type: str = "unknown"


class _Bot(msgspec.Struct):
    enabled: bool = False
    connected: bool = True


class _Detail(msgspec.Struct, rename="camel"):
    localizable_message_code: str = ""


class _Reported(msgspec.Struct):
    code: str = ""
    detail: object = None


class _Integration(msgspec.Struct, rename="camel"):
    intended_state: str = ""
    reported_state: _Reported | None = None


@dataclass(frozen=True, slots=True)
class BotReport:
    """`detail` is the platform's own word for the state: letters, digits and `._-` only, at most 64 of them."""

    health: BotHealth
    detail: str = ""


ServerMessage = Subscribed | ErrorMessage | BotEvent

_KIND = msgspec.json.Decoder(_Kind)
_BODY = msgspec.json.Decoder(dict[str, object])
_SUBSCRIBE = msgspec.json.Decoder(Subscribe)
_SUBSCRIBED = msgspec.json.Decoder(Subscribed)
_ERROR = msgspec.json.Decoder(ErrorMessage)
_INTENT = msgspec.json.Decoder(Intent)
_BOT = msgspec.json.Decoder(_Bot)
_INTEGRATION = msgspec.json.Decoder(_Integration)


def encode(message: Subscribe | Subscribed | ErrorMessage | Intent) -> str:
    """JSON text of a message of either role."""
    return msgspec.json.encode(message).decode()


def subscription(channel: str, channel_id: str = "") -> Subscribe:
    """Both forms of the document: with the id of step 1, or without it as in the complete example."""
    return Subscribe(channel, channel_id or None)


def decode_client_message(text: bytes | str) -> Subscribe | None:
    """What a platform hears; None for another type. PeerBrokeProtocol names the field."""
    if read_json(_KIND, text, "message").type != "subscribe":
        return None
    return read_json(_SUBSCRIBE, text, "subscribe")


def decode_server_message(text: bytes | str) -> ServerMessage:
    """What a console hears. PeerBrokeProtocol names the field ("Received invalid JSON" of step 1)."""
    kind = read_json(_KIND, text, "message").type
    match kind:
        case "subscribed":
            return read_json(_SUBSCRIBED, text, kind)
        case "error":
            return read_json(_ERROR, text, kind)
        case "intent":
            read_json(_INTENT, text, kind)  # a wrong type is named
            return BotEvent(kind, read_json(_BODY, text, kind), known=True)
        case _:
            return BotEvent(kind[:200], read_json(_BODY, text, "message"), known=False)


def bot_path(bot_id: str) -> str:
    """Step 3."""
    return BOT_PATH + quote(bot_id, safe="")


def integration_path(bot_id: str) -> str:
    """The same on the real platform."""
    return INTEGRATION_PATH + quote(bot_id, safe="")


def decode_bot(body: bytes | str) -> BotReport:
    """The reply of `bot_path`. `enabled` missing means disabled (step 3); `connected` counts where it is given."""
    bot = read_json(_BOT, body, "bot")
    if not bot.enabled:
        return BotReport(BotHealth.DISABLED)
    return BotReport(BotHealth.ENABLED if bot.connected else BotHealth.UNREACHABLE)


def decode_integration(body: bytes | str) -> BotReport:
    """The reply of `integration_path`: disabled if it is meant to be, else what `reportedState.code` says."""
    integration = read_json(_INTEGRATION, body, "integration")
    reported = integration.reported_state or _Reported()
    if integration.intended_state.upper() in ("DISABLED", "DELETED"):
        return BotReport(BotHealth.DISABLED)
    code = reported.code.upper()
    if code == "ACTIVE":
        return BotReport(BotHealth.ENABLED)
    try:
        reason = msgspec.convert(reported.detail, _Detail).localizable_message_code
    except msgspec.ValidationError:  # a sentence instead of an object: it may hold anything, so it is left out
        reason = ""
    health = BotHealth.DISABLED if code in ("INACTIVE", "DEACTIVATING") else BotHealth.UNREACHABLE
    return BotReport(health, _word(reason) or _word(code))


def socket_url(api_base: str) -> str:
    """`wss://api.<region>/api/v2/websocket` from `https://api.<region>` (ws from http); one with a path stays."""
    parts = urlsplit(api_base)
    scheme = {"https": "wss", "http": "ws"}.get(parts.scheme, parts.scheme)
    path = parts.path.rstrip("/")
    return f"{scheme}://{parts.netloc}{path or SOCKET_PATH}"


def reconnect_delay_s(attempt: int, jitter: float, retry_after_s: float | None = None) -> float:
    """Step 1: 2 s, doubling up to 60 s; `attempt` counts from 0. Plus up to 10 %; `jitter` is in [0, 1].

    A longer Retry-After wins. The document never goes back to 2 s; whoever calls does, after a healthy spell.
    """
    base = min(BASE_DELAY_S * 2.0 ** min(attempt, 6), MAX_DELAY_S)
    return max(base, retry_after_s or 0.0) * (1.0 + JITTER_SHARE * jitter)


def _word(text: str) -> str:
    return "".join(letter for letter in text if letter.isascii() and (letter.isalnum() or letter in "._-"))[:64]
