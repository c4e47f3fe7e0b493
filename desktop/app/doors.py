"""The listening side: AudioHook and the HTTPS ingest behind one hardened port, for a console or a gateway."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from desktop.domain.errors import SettingInvalid
from desktop.domain.ports import Deliver, SecretKeeper
from desktop.gateway.audiohook import AudioHookListener
from desktop.gateway.audiohook_config import AudioHookConfig
from desktop.gateway.hardening import AllowRule, Hardening, server_context
from desktop.gateway.ingest import IngestPart
from desktop.gateway.ingest_config import IngestConfig
from desktop.gateway.server import GatewayServer, Mounted
from desktop.protocols.address_ranges import parse_networks
from desktop.settings.model import Listener

API_KEY = "audiohook-api-key"
CLIENT_SECRET = "audiohook-client-secret"
INGEST_TOKEN = "ingest-token"
INGEST_ENCRYPTION = "ingest-encryption-key"
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(slots=True)
class Doors:
    """What is open. `link` names the AudioHook link, `link` + " (HTTPS)" the ingest's."""

    settings: Listener
    audiohook: AudioHookListener
    ingest: IngestPart | None
    server: GatewayServer
    address: str = ""  # once open

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
    key_id, secret = await _audiohook_keys(secrets, secret_prefix)
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
        lambda given: secret if hmac.compare_digest(given.encode(), key_id.encode()) else None,
        deliver,
    )
    ingest = await _ingest(link, secrets, secret_prefix, deliver)
    context = None
    if settings.certificate:
        context = server_context(settings.certificate, settings.private_key, client_ca_file=settings.client_ca)
    prefixes = [settings.path] + ([_ingest_path()] if ingest is not None else [])
    hardening = Hardening(
        rules=tuple(AllowRule(prefix, allow) for prefix in prefixes) if allow else (),
        trusted_proxies=parse_networks(settings.proxies, "proxies"),
        tls_elsewhere=not settings.certificate,
        certificate_prefixes=(_ingest_path(),) if settings.client_ca and ingest is not None else (),
    )
    mounted: list[Mounted] = [listener, *([ingest] if ingest is not None else []), *others]
    return Doors(settings, listener, ingest, GatewayServer(mounted, hardening, ssl_context=context))


async def _audiohook_keys(secrets: SecretKeeper, prefix: str) -> tuple[str, bytes]:
    key_id, secret = await secrets.get(prefix + API_KEY), await secrets.get(prefix + CLIENT_SECRET)
    if not key_id or not secret:
        raise SettingInvalid(API_KEY, "or the client secret is not kept", "Run: sidetone gateway --set-up HOST")
    try:
        return key_id, base64.b64decode(secret, validate=True)
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
