"""The listening side: AudioHook and the HTTPS ingest behind one hardened port, for a console or a gateway."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from desktop.domain.errors import SettingInvalid
from desktop.domain.events import LinkFound, SourceEvent
from desktop.domain.ports import Deliver, SecretKeeper
from desktop.gateway.audiohook import AudioHookListener
from desktop.gateway.audiohook_config import Attempt, AudioHookConfig
from desktop.gateway.audiohook_journal import PROBE, SIGN_ON
from desktop.gateway.certificates import Certificates
from desktop.gateway.hardening import AllowRule, Hardening
from desktop.gateway.ingest import IngestPart
from desktop.gateway.ingest_config import IngestConfig
from desktop.gateway.server import GatewayServer, Mounted
from desktop.protocols.address_ranges import Network, parse_networks
from desktop.settings.model import Listener

API_KEY = "audiohook-api-key"
CLIENT_SECRET = "audiohook-client-secret"
INGEST_TOKEN = "ingest-token"
INGEST_ENCRYPTION = "ingest-encryption-key"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
_LOOK_CLOSER: dict[str, Callable[[AudioHookListener], Attempt | None]] = {
    PROBE: lambda hook: hook.last_probe,
    SIGN_ON: lambda hook: hook.last_refusal,
}
_KEY = re.compile(r'("x-api-key": |keyid=")[^"\n]*')


@dataclass(slots=True)
class Keys:
    """The integration's API key and client secret; they may be replaced while the door is open."""

    key_id: str = field(repr=False)
    secret: bytes = field(repr=False)

    def secret_of(self, given: str) -> bytes | None:
        """None for a key that isn't ours."""
        return self.secret if hmac.compare_digest(given.encode(), self.key_id.encode()) else None


@dataclass(slots=True)
class Doors:
    """What is open. `link` names the AudioHook link, `link` + " (HTTPS)" the ingest's."""

    settings: Listener
    audiohook: AudioHookListener
    ingest: IngestPart | None
    server: GatewayServer
    keys: Keys
    read_keys: Callable[[], Awaitable[Keys]]
    certificates: Certificates | None
    address: str = ""  # once open

    async def reload(self, settings: Listener) -> list[str]:
        """Certificate, keys and allowed addresses anew, each on its own, for new connections; what came of it in words.

        Calls go on. Whatever can't be used changes nothing. Of `settings` only `allow` counts.
        """
        said = []
        for what, renew in (("certificate", self._certificate), ("API key", self._new_keys)):
            try:
                said.append(f"{what}: {await renew()}.")
            except SettingInvalid as problem:
                said.append(f"{what}: the one before is kept. {problem}")
            except OSError as problem:
                said.append(f"{what}: the one before is kept, as its file can't be read ({type(problem).__name__}).")
        try:
            networks = parse_networks(settings.allow)
        except SettingInvalid as problem:
            return [*said, f"allowed addresses: those before are kept. {problem}"]
        self.settings = replace(self.settings, allow=settings.allow)
        self.server.hardening = replace(self.server.hardening, rules=_rules(self.settings, networks, self.ingest))
        return [*said, f"allowed addresses: {len(networks) or 'all'}."]

    async def _certificate(self) -> str:
        if self.certificates is None:
            return "none here, a proxy has it"
        await self.certificates.reload()
        return "read again, for connections from now on"

    async def _new_keys(self) -> str:
        fresh = await self.read_keys()
        same = fresh == self.keys
        self.keys.key_id, self.keys.secret = fresh.key_id, fresh.secret
        return "as before" if same else "replaced, for connections from now on"

    async def open(self) -> str:
        """Listen; the base address. Rejected words come as SettingInvalid."""
        try:
            self.address = await self.server.start(self.settings.host, self.settings.port)
        except PermissionError:
            hint = "Choose a port above 1023 behind a proxy, or give the gateway CAP_NET_BIND_SERVICE."
            raise SettingInvalid(
                "listener.port", f"{self.settings.port} may not be opened by this user", hint
            ) from None
        except OSError as problem:
            hint = "Another program may have it: choose another port, or stop that program."
            raise SettingInvalid("listener.port", f"can't be opened ({type(problem).__name__})", hint) from None
        self.audiohook.listening()
        return self.address

    async def run(self) -> None:
        """What works behind the ingest, until cancelled; `close` comes before that."""
        if self.ingest is not None:
            await self.ingest.run()

    async def drain(self, seconds: float) -> None:
        """Ask calls to move on, and give them so long."""
        if self.audiohook.sessions:
            await self.audiohook.drain(seconds)

    async def close(self, others: Sequence[Callable[[], Awaitable[None]]] = ()) -> None:
        """Say goodbye everywhere, `others` included, and only then stop serving."""
        try:
            await self.audiohook.close()
            if self.ingest is not None:
                await self.ingest.close()
            for close in others:
                await close()
        finally:
            await self.server.close()


async def make_doors(
    link: str,
    settings: Listener,
    secrets: SecretKeeper,
    secret_prefix: str,
    deliver: Deliver,
    others: Sequence[Mounted] = (),
    *,
    start_paused: bool = False,
) -> Doors:
    """`start_paused`: a call's sound waits until `audiohook.watch` asks for it.

    SettingInvalid names the setting or the secret that is missing.
    """
    if not settings.certificate and settings.host not in LOOPBACK and not settings.proxies:
        hint = "Give certificate and private_key, listen on 127.0.0.1, or name the proxy that does TLS in `proxies`."
        raise SettingInvalid("listener.certificate", "is empty, so calls would cross the network in the clear", hint)

    async def read_keys() -> Keys:
        return await _audiohook_keys(secrets, secret_prefix)

    keys = await read_keys()

    def told(event: SourceEvent) -> None:
        deliver(_closer(listener, event))

    allow = parse_networks(settings.allow)
    listener = AudioHookListener(
        AudioHookConfig(
            name=link,
            path=settings.path,
            public_host=settings.public_host,
            max_sessions=settings.most_sessions,
            start_paused=start_paused,
            transcripts=settings.transcripts_back,
        ),
        keys.secret_of,
        told,
    )
    ingest = await _ingest(link, secrets, secret_prefix, deliver)
    certificates = None
    if settings.certificate:
        certificates = Certificates(settings.certificate, settings.private_key, settings.client_ca)
    hardening = Hardening(
        rules=_rules(settings, allow, ingest),
        trusted_proxies=parse_networks(settings.proxies, "proxies"),
        tls_elsewhere=not settings.certificate,
        certificate_prefixes=(_ingest_path(),) if settings.client_ca and ingest is not None else (),
    )
    mounted: list[Mounted] = [listener, *([ingest] if ingest is not None else []), *others]
    server = GatewayServer(mounted, hardening, ssl_context=None if certificates is None else certificates.context)
    return Doors(settings, listener, ingest, server, keys, read_keys, certificates)


def _rules(settings: Listener, allow: tuple[Network, ...], ingest: IngestPart | None) -> tuple[AllowRule, ...]:
    prefixes = [settings.path] + ([_ingest_path()] if ingest is not None else [])
    return tuple(AllowRule(prefix, allow) for prefix in prefixes) if allow else ()


def _closer(listener: AudioHookListener, event: SourceEvent) -> SourceEvent:
    """Findings about the door with what was checked, the API key hidden, for whoever has to find out why."""
    if not isinstance(event, LinkFound) or event.finding.subject not in _LOOK_CLOSER:
        return event
    attempt = _LOOK_CLOSER[event.finding.subject](listener)
    base = "" if attempt is None else _KEY.sub(r"\1(hidden)", attempt.signature_base)
    return LinkFound(event.link, replace(event.finding, detail=base))


async def _audiohook_keys(secrets: SecretKeeper, prefix: str) -> Keys:
    key_id, secret = await secrets.get(prefix + API_KEY), await secrets.get(prefix + CLIENT_SECRET)
    if not key_id or not secret:
        raise SettingInvalid(API_KEY, "or the client secret is not kept", "Run: sidetone gateway --set-up HOST")
    try:
        return Keys(key_id, base64.b64decode(secret, validate=True))
    except (binascii.Error, ValueError):
        raise SettingInvalid(CLIENT_SECRET, "is not base64", "Run: sidetone gateway --set-up HOST") from None


async def _ingest(link: str, secrets: SecretKeeper, prefix: str, deliver: Deliver) -> IngestPart | None:
    """Only where a token was made for it: document C's interface is nothing that Genesys Cloud uses."""
    token = await secrets.get(prefix + INGEST_TOKEN)
    if not token:
        return None

    def accepts(given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())

    encryption = await secrets.get(prefix + INGEST_ENCRYPTION) or ""
    return IngestPart(IngestConfig(link=f"{link} (HTTPS)", accepts=accepts, encryption_key=encryption), deliver)


def _ingest_path() -> str:
    return IngestConfig().path
