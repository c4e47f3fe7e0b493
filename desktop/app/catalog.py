"""The one list of adapters, written by hand: what can be plugged in where, and how it is made."""

from __future__ import annotations

import ssl
import sys
from dataclasses import dataclass, field, replace
from typing import assert_never

from desktop.app.accounts import Account
from desktop.domain.errors import SettingInvalid
from desktop.domain.media import PIPELINE_RATE_HZ
from desktop.domain.ports import AccessToken, LanguageEngine, Notifier, Recogniser, SecretKeeper
from desktop.domain.updates import LinkDescribed
from desktop.engine.links import Connection
from desktop.models.store import find_model
from desktop.protocols.audio_subscription import AudioSubscription, Filters
from desktop.protocols.bot_events import socket_url
from desktop.recognition.embedded import POCKETSPHINX, EmbeddedConfig, EmbeddedRecogniser
from desktop.recognition.models import NO_TRANSFORM
from desktop.recognition.sherpa import SherpaConfig, SherpaRecogniser
from desktop.recognition.speech_service import SpeechServiceAccess, SpeechServiceRecogniser
from desktop.recognition.sphinx import wheel_models
from desktop.recognition.vosk import VoskConfig, VoskRecogniser
from desktop.settings import model
from desktop.settings.model import EngineKind, SourceKind
from desktop.sinks.language_engine import HttpLanguageEngine, LanguageEngineConfig
from desktop.sources.analytics_socket import AnalyticsConfig, AnalyticsSource
from desktop.sources.audio_connector import AudioConnectorSource
from desktop.sources.audio_connector_config import AudioConnectorConfig
from desktop.sources.bot_events import BotEventsConfig, BotEventsSource
from desktop.sources.bot_health import BotHealthWatch
from desktop.sources.genesys_cloud import GenesysCloudConfig, GenesysCloudSource
from desktop.sources.genesys_pace import Pace
from desktop.sources.rest import RestClient
from desktop.sources.still_live import StillLive
from desktop.sources.trust import route_to

STOCK = "stock"

KINDS = {
    SourceKind.AUDIO_CONNECTOR: "Audio Connector gateway",
    SourceKind.ANALYTICS: "Real-time analytics socket",
    SourceKind.AUDIOHOOK: "Genesys Cloud AudioHook",
    SourceKind.NOTIFICATIONS: "Genesys Cloud live list and transcription",
    SourceKind.BOTS: "Bot events socket",
}


@dataclass(frozen=True, slots=True)
class RecogniserChoice:
    """Loads the chosen engine in a worker process; pickled on its way there."""

    recognition: model.Recognition = field(default_factory=model.Recognition)
    api_key: str = field(default="", repr=False)  # of a speech service

    @property
    def service(self) -> SpeechServiceAccess:
        """How the speech service is reached."""
        wanted = self.recognition
        return SpeechServiceAccess(
            wanted.service_url, self.api_key, wanted.language, wanted.service_proxy, wanted.service_ca_file
        )

    def __call__(self) -> Recogniser:
        """SettingInvalid names what is missing."""
        match self.recognition.engine:
            case EngineKind.EMBEDDED:
                return EmbeddedRecogniser(_embedded(self.recognition.model))
            case EngineKind.SHERPA as engine:
                folder = find_model(self.recognition.model, engine)
                return SherpaRecogniser(SherpaConfig(folder, self.recognition.language))
            case EngineKind.VOSK as engine:
                return VoskRecogniser(VoskConfig(find_model(self.recognition.model, engine), self.recognition.language))
            case EngineKind.SPEECH_SERVICE:
                return SpeechServiceRecogniser(self.service)
            case _:  # pragma: no cover
                assert_never(self.recognition.engine)


def _embedded(chosen: str) -> EmbeddedConfig:
    """ "pocketsphinx": that instead of Moonshine; "stock": PocketSphinx's own models and settings, to compare with."""
    if not chosen:
        return EmbeddedConfig()
    if chosen == POCKETSPHINX:
        return EmbeddedConfig(words_by=POCKETSPHINX)
    if chosen != STOCK:
        hint = f"Leave it empty, or {POCKETSPHINX}, or {STOCK}."
        raise SettingInvalid("recognition.model", "is not known to the embedded engine", hint)
    wheel = wheel_models()
    if not (wheel / "en-us.lm.bin").is_file():
        raise SettingInvalid("recognition.model", f"{STOCK} is not in this packaged Sidetone", "Leave it empty.")
    return EmbeddedConfig(
        words_by=POCKETSPHINX,
        language_model=str(wheel / "en-us.lm.bin"),
        dictionary=str(wheel / "cmudict-en-us.dict"),
        telephone_transform=NO_TRANSFORM,
        max_hmm_per_frame=30_000,
        search_passes=3,
        warp=False,
    )


make_recogniser = RecogniserChoice()
"""The engine that needs no settings."""


def make_notifier() -> Notifier:
    """This platform's native notifications."""
    if sys.platform == "linux":
        from desktop.sinks.linux_notifications import LinuxNotifier

        return LinuxNotifier()
    from desktop.sinks.portable_notifications import PortableNotifier

    return PortableNotifier()


@dataclass(frozen=True, slots=True)
class Means:
    """How a connection reaches its platform: an organisation's account, or a token and an address of its own."""

    token: AccessToken
    secrets: SecretKeeper
    ssl_context: ssl.SSLContext
    account: Account | None = None
    measure_every_s: float | None = None  # how often round trips are measured; None: as each source does by itself

    @property
    def proxy(self) -> str:
        """Empty: as the system's settings say."""
        return self.account.organisation.proxy if self.account else ""

    @property
    def pace(self) -> Pace | None:
        """Shared by all of an account."""
        return self.account.pace if self.account else None

    @property
    def region(self) -> str:
        """A label."""
        return self.account.region if self.account else ""


def make_connection(setting: model.Connection, means: Means) -> Connection:
    """The source of one connection and what belongs to it. SettingInvalid names the setting."""
    organisation = setting.organisation
    card = LinkDescribed(setting.name, KINDS[setting.kind], organisation)
    match setting.kind:
        case SourceKind.AUDIO_CONNECTOR:
            audio = _audio_connector(setting, means)
            return Connection(audio, audio, None, card)
        case SourceKind.ANALYTICS:
            return Connection(_analytics(setting, means), None, None, card)
        case SourceKind.NOTIFICATIONS:
            live = _genesys_cloud(setting, means)
            person = means.account is not None and means.account.has_person
            return Connection(live, live, live if person else None, card)
        case SourceKind.AUDIOHOOK:
            raise SettingInvalid("connections.kind", "is opened by the listener", "Use the [listener] settings.")
        case SourceKind.BOTS:
            return Connection(_bots(setting, means), None, None, card)
        case _:  # pragma: no cover
            assert_never(setting.kind)


def _audio_connector(setting: model.Connection, means: Means) -> AudioConnectorSource:
    filters = Filters(
        queue_ids=setting.queue_ids,
        direction=setting.direction,
        skills=setting.skills,
        interaction_ids=setting.interaction_ids,
    )
    config = AudioConnectorConfig(
        name=setting.name,
        base_url=_api_of(setting, means),
        region=means.region,
        subscription=AudioSubscription(filters=filters, sample_rate=PIPELINE_RATE_HZ),
        proxy=means.proxy,
    )
    if means.measure_every_s is not None:
        config = replace(config, measure_every_s=means.measure_every_s)
    return AudioConnectorSource(config, means.token, ssl_context=means.ssl_context)


def _analytics(setting: model.Connection, means: Means) -> AnalyticsSource:
    config = AnalyticsConfig(
        name=setting.name,
        base_url=_api_of(setting, means),
        region=means.region,
        queue_ids=setting.queue_ids,
        agent_ids=setting.agent_ids,
        fields=setting.fields,
        heartbeat_s=setting.heartbeat_s,
    )
    if means.measure_every_s is not None:
        config = replace(config, ping_every_s=means.measure_every_s)
    rest = RestClient(_as_rest(config.base_url), means.token, ssl_context=means.ssl_context, proxy=means.proxy or None)
    return AnalyticsSource(
        config,
        means.token,
        ssl_context=means.ssl_context,
        proxy=means.proxy or None,
        still_live=StillLive(rest),
    )


def _genesys_cloud(setting: model.Connection, means: Means) -> GenesysCloudSource:
    account = means.account
    if account is None:
        raise SettingInvalid(
            "connections.organisation", "is empty", "Genesys Cloud needs an organisation to sign in to."
        )
    config = GenesysCloudConfig(
        name=setting.name,
        api_url=account.api_url,
        streaming_url=account.streaming_url,
        region=account.region,
        queue_ids=setting.queue_ids,
        transcripts=setting.transcripts,
        has_person=account.has_person,
    )
    return GenesysCloudSource(
        config,
        means.token,
        manager=account.channels,
        ssl_context=means.ssl_context,
        proxy=means.proxy or None,
    )


def _bots(setting: model.Connection, means: Means) -> BotEventsSource:
    base = _api_of(setting, means)
    url = socket_url(base)
    health = None
    if setting.bot_ids:
        rest = RestClient(  # a second try would be a second question within the minute
            _as_rest(base),
            means.token,
            ssl_context=means.ssl_context,
            proxy=means.proxy or None,
            attempts=1,
            pace=means.pace,
        )
        health = BotHealthWatch(setting.name, setting.bot_ids, rest)
    config = BotEventsConfig(
        name=setting.name,
        url=url,
        region=means.region,
        channel=setting.channel,
        channel_id=setting.channel_id,
    )
    if means.measure_every_s is not None:
        config = replace(config, measure_every_s=means.measure_every_s)
    return BotEventsSource(
        config,
        means.token,
        engine=_language_engine(setting, means),
        health=health,
        ssl_context=means.ssl_context,
        proxy=means.proxy,
    )


def _language_engine(setting: model.Connection, means: Means) -> LanguageEngine | None:
    if not setting.engine_url:
        return None

    async def api_key() -> str:
        return await means.secrets.get(f"{setting.name}/engine-key") or ""

    proxy = route_to(setting.engine_url, means.proxy).proxy or ""
    config = LanguageEngineConfig(url=setting.engine_url)
    return HttpLanguageEngine(config, api_key=api_key, ssl_context=means.ssl_context, proxy=proxy)


def _api_of(setting: model.Connection, means: Means) -> str:
    """The connection's own address, or its organisation's."""
    return setting.base_url.rstrip("/") or (means.account.api_url if means.account else "")


def _as_rest(url: str) -> str:
    return "http" + url.removeprefix("ws").split("/api/", 1)[0] if url.startswith("ws") else url
