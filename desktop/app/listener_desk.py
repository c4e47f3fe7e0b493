"""The AudioHook listener of a running console: made, shown, kept."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from desktop.app.catalog import KINDS
from desktop.app.doors import API_KEY, CLIENT_SECRET
from desktop.app.listener import ListenerSource
from desktop.doctor.listener import Listener as DialledListener
from desktop.doctor.listener import check_listener, may_be_shown
from desktop.domain.errors import SettingInvalid
from desktop.domain.finding import Level
from desktop.domain.listener import ListenerSetup
from desktop.domain.ports import SecretKeeper
from desktop.domain.updates import LinkDescribed
from desktop.engine.links import Connection
from desktop.protocols.provisioning_setup import CHECKLIST, make_setup
from desktop.settings import model
from desktop.settings.model import Listener, SourceKind
from desktop.sources.trust import client_context


@dataclass(slots=True)
class ListenerDesk:
    """`settings` gives the listener as it is kept now."""

    secrets: SecretKeeper
    settings: Callable[[], Listener]

    def connection(self, setting: model.Connection) -> Connection:
        """The listener as a source of calls."""
        source = ListenerSource(setting.name, self.settings(), self.secrets)
        return Connection(source, None, None, LinkDescribed(setting.name, KINDS[SourceKind.AUDIOHOOK]), source)

    async def make(self, name: str, listener: Listener) -> tuple[ListenerSetup, bool]:
        """New secrets, and whether they outlast this session. SettingInvalid names the field."""
        made = make_setup(listener.public_host, listener.path, secrets.token_bytes(24), secrets.token_bytes(32))
        kept = await self.secrets.put(f"{name}/{API_KEY}", made.api_key)
        kept &= await self.secrets.put(f"{name}/{CLIENT_SECRET}", made.client_secret)
        uri, config = made.connection_uri, made.custom_config
        back = listener.transcripts_back
        return ListenerSetup(uri, made.api_key, made.client_secret, config or "{}", made.steps, back), kept

    async def tested(self, listener: Listener) -> str:
        """Before its address is given away: what the platform would object to, in a sentence; empty when nothing."""
        here = ("127.0.0.1", listener.port) if listener.certificate else ("", 0)
        found = await check_listener(DialledListener(listener.public_host, 443, *here), client_context())
        if may_be_shown(found):
            return ""
        worst = next(finding for finding in found if finding.level is Level.FAIL)
        return f"Genesys could not use this listener yet. {worst.subject}: {worst.text} {worst.remedy}"

    async def shown(self, name: str) -> ListenerSetup:
        """The same once more. SettingInvalid when the secrets are gone."""
        key = await self.secrets.get(f"{name}/{API_KEY}")
        secret = await self.secrets.get(f"{name}/{CLIENT_SECRET}")
        if not key or not secret:
            raise SettingInvalid("keyring", "no longer has this listener's secrets", "Remove it and add it again.")
        listener = self.settings()
        uri, back = f"wss://{listener.public_host}{listener.path}", listener.transcripts_back
        return ListenerSetup(uri, key, secret, "{}", CHECKLIST, back)

    async def forget(self, name: str) -> None:
        """Remove its secrets."""
        for secret in (API_KEY, CLIENT_SECRET):
            await self.secrets.forget(f"{name}/{secret}")
