"""Every setting: frozen, with its help, its default and its bounds."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from desktop.domain.alert import KeywordAlertRule, SentimentAlertRule
from desktop.domain.insight import KeywordRule
from desktop.domain.listener import TranscriptsBack
from desktop.domain.speech_model import EngineKind as EngineKind

FORMAT = 3


class Dialect(enum.Enum):
    """Whose words an organisation's hosts understand."""

    GENESYS = "genesys"  # the real platform
    DOCUMENTS = "documents"  # a platform that offers documents A, B and E to the letter


class SignInKind(enum.Enum):
    """How an organisation is signed in to."""

    PERSON = "person"  # authorization code with PKCE in the system browser
    SERVICE = "service"  # OAuth client credentials; the secret is in the keyring
    TOKEN = "token"  # an access token that somebody pasted; it is in the keyring


@dataclass(frozen=True, slots=True)
class Organisation:
    """One organisation (or one region of it). Its secrets are in the keyring under its name."""

    name: str
    region: str = field(default="mypurecloud.com", metadata={"help": "the region's domain, or a custom one"})
    dialect: Dialect = field(default=Dialect.GENESYS, metadata={"help": "genesys, or documents"})
    sign_in: SignInKind = field(default=SignInKind.PERSON, metadata={"help": "person, service or token"})
    client_id: str = field(default="", metadata={"help": "of the OAuth client"})
    scopes: str = field(default="", metadata={"help": "separated by blanks; empty for a Genesys Cloud organisation"})
    login_url: str = field(default="", metadata={"help": "instead of https://login.<region>"})
    api_url: str = field(default="", metadata={"help": "instead of https://api.<region>"})
    streaming_url: str = field(default="", metadata={"help": "instead of wss://streaming.<region>"})
    proxy: str = field(default="", metadata={"help": "http://host:port; empty = the system's"})
    ca_file: str = field(default="", metadata={"help": "further trusted authorities, PEM; e.g. a corporate one"})


class SourceKind(enum.Enum):
    """One way calls arrive; the set-up names them so that nobody mixes them up (genesys.md section 4)."""

    AUDIO_CONNECTOR = "audio-connector"
    ANALYTICS = "analytics-socket"
    AUDIOHOOK = "audiohook"  # the platform dials us
    NOTIFICATIONS = "notifications"
    BOTS = "bot-events"


@dataclass(frozen=True, slots=True)
class Connection:
    """One source of calls. Without an organisation its token is in the keyring under its own name."""

    name: str
    base_url: str = field(default="", metadata={"help": "instead of the organisation's own address"})
    queue_ids: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    interaction_ids: tuple[str, ...] = ()
    direction: tuple[str, ...] = ("inbound", "outbound")
    kind: SourceKind = SourceKind.AUDIO_CONNECTOR
    organisation: str = field(default="", metadata={"help": "whose sign-in and hosts it uses"})
    agent_ids: tuple[str, ...] = field(default=(), metadata={"help": "analytics socket: only these agents"})
    fields: tuple[str, ...] = field(
        default=("sentiment.score", "sentiment.label", "state"), metadata={"help": "analytics socket: asked for"}
    )
    heartbeat_s: int = field(default=30, metadata={"help": "analytics socket: seconds, at least 10"})
    transcripts: bool = field(default=True, metadata={"help": "notifications: live text of each call"})
    channel: str = field(default="bot-events", metadata={"help": "bot events: what to subscribe to"})
    channel_id: str = field(default="", metadata={"help": "bot events: id sent with the subscription"})
    bot_ids: tuple[str, ...] = field(default=(), metadata={"help": "bot events: whose health to watch"})
    engine_url: str = field(default="", metadata={"help": "bot events: forward messages to this NLP engine"})


@dataclass(frozen=True, slots=True)
class Listener:
    """Where the platform and consoles dial us. Secrets are in the keyring, or headless in a credentials folder."""

    host: str = field(default="0.0.0.0", metadata={"help": "address to listen on"})
    port: int = field(default=443, metadata={"help": "AudioHook dials 443 only; another one needs a proxy before it"})
    public_host: str = field(
        default="", metadata={"help": "the name that the platform dials and signs, e.g. behind a proxy"}
    )
    path: str = field(default="/audiohook", metadata={"help": "of the connection URI"})
    certificate: str = field(
        default="", metadata={"help": "PEM file with the whole chain; empty = plain, behind a proxy"}
    )
    private_key: str = field(default="", metadata={"help": "PEM file"})
    client_ca: str = field(default="", metadata={"help": "PEM file: ask clients of the ingest for a certificate"})
    allow: tuple[str, ...] = field(
        default=(), metadata={"help": "addresses or ranges (CIDR) that may connect; empty = all"}
    )
    proxies: tuple[str, ...] = field(
        default=(), metadata={"help": "addresses of proxies whose X-Forwarded-For is believed"}
    )
    organisation: str = field(default="", metadata={"help": "whose live list says agent and queue of a conversation"})
    most_sessions: int = field(default=500, metadata={"help": "AudioHook sessions at once"})
    pause_unwatched: bool = field(
        default=True, metadata={"help": "gateway: pause what nobody hears: streamed minutes cost money"}
    )
    pause_waiting: bool = field(
        default=True, metadata={"help": "pause calls in a menu, in a queue or on hold, as the live list tells it"}
    )
    transcripts_back: TranscriptsBack = field(
        default=TranscriptsBack.OFF,
        metadata={"help": "send recognised words to the platform: off, finals or all; they leave this machine then"},
    )


@dataclass(frozen=True, slots=True)
class Recognition:
    """Who turns speech into words. The key of a speech service is in the keyring."""

    engine: EngineKind = field(
        default=EngineKind.EMBEDDED, metadata={"help": "embedded, sherpa-onnx, vosk or speech-service"}
    )
    model: str = field(
        default="", metadata={"help": "an installed model's name, or a folder; embedded engine: empty, or pocketsphinx"}
    )
    language: str = field(default="en-US", metadata={"help": "of the calls, BCP 47"})
    service_url: str = field(default="", metadata={"help": "speech service: its wss:// address, without the key"})
    service_proxy: str = field(default="", metadata={"help": "http://host:port; empty = the system's"})
    service_ca_file: str = field(default="", metadata={"help": "further trusted authorities, PEM"})


@dataclass(frozen=True, slots=True)
class Updates:
    """News of newer versions: asked for once a day if somebody wants it. Nothing is ever downloaded."""

    check: bool = field(default=False, metadata={"help": "ask once a day whether there is a newer version"})
    url: str = field(default="", metadata={"help": "https:// address of the answer, JSON: version, url, notes"})


def _critical_words() -> KeywordAlertRule:
    """Open until somebody takes it on or the call ends; an hour at most."""
    return KeywordAlertRule(leave_s=3600.0)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings file, whole."""

    theme: str = field(default="system", metadata={"help": "light, dark or system"})
    notifications: bool = field(default=True, metadata={"help": "show native notifications"})
    workers: int = field(default=0, metadata={"help": "recogniser processes; 0 = as many as the machine bears"})
    recognition: Recognition = field(default_factory=Recognition, metadata={"help": "who turns speech into words"})
    organisations: tuple[Organisation, ...] = field(default=(), metadata={"help": "where to sign in"})
    connections: tuple[Connection, ...] = field(default=(), metadata={"help": "where calls come from"})
    listener: Listener = field(default_factory=Listener, metadata={"help": "where others dial us"})
    keywords: tuple[KeywordRule, ...] | None = field(default=None, metadata={"help": "None = the built-in list"})
    sentiment_alert: SentimentAlertRule = field(
        default_factory=SentimentAlertRule, metadata={"help": "document B rule"}
    )
    keyword_alert: KeywordAlertRule = field(default_factory=_critical_words, metadata={"help": "critical words"})
    updates: Updates = field(default_factory=Updates, metadata={"help": "news of newer versions"})
