"""The ways to a token: a service with its secret, a person with the browser, a token that somebody pasted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from desktop.domain.errors import SignInNeeded
from desktop.identity.browser import BrowserSignIn
from desktop.identity.endpoint import TokenEndpoint
from desktop.identity.sentences import NO_SECRET, NO_TOKEN, NOT_SIGNED_IN
from desktop.identity.vault import Vault
from desktop.protocols.oauth import ClientCredentials, RefreshToken, TokenReply


class Way(Protocol):
    """How one organisation's tokens come."""

    @property
    def missing(self) -> str:
        """What to say when there is no token."""
        ...

    def unattended(self, refresh_token: str | None) -> bool:
        """Whether `fetch` can succeed without a person."""
        ...

    async def fetch(self, refresh_token: str | None) -> TokenReply:
        """A new token without a person; SignInNeeded if it takes one, other errors as the platform answers."""
        ...

    async def sign_in(self) -> TokenReply:
        """A new token, with the person's help."""
        ...

    def again(self) -> None:
        """Remind the person of the sign-in that is under way."""
        ...


@dataclass(frozen=True, slots=True)
class ServiceWay:
    """Client credentials; the secret is read from the keyring each time and kept nowhere else."""

    endpoint: TokenEndpoint
    vault: Vault
    scope: str = ""

    @property
    def missing(self) -> str:
        return NO_SECRET

    def unattended(self, refresh_token: str | None) -> bool:
        return True

    async def fetch(self, refresh_token: str | None) -> TokenReply:
        secret = await self.vault.client_secret()
        if not secret:
            raise SignInNeeded(NO_SECRET)
        return await self.endpoint.ask(ClientCredentials(self.scope), secret)

    async def sign_in(self) -> TokenReply:
        return await self.fetch(None)

    def again(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class PersonWay:
    """The browser; then refresh tokens, where the platform gives them. A client secret is optional here."""

    endpoint: TokenEndpoint
    vault: Vault
    browser: BrowserSignIn

    @property
    def missing(self) -> str:
        return NOT_SIGNED_IN

    def unattended(self, refresh_token: str | None) -> bool:
        return bool(refresh_token)

    async def fetch(self, refresh_token: str | None) -> TokenReply:
        if not refresh_token:
            raise SignInNeeded(NOT_SIGNED_IN)
        return await self.endpoint.ask(RefreshToken(refresh_token), await self.vault.client_secret())

    async def sign_in(self) -> TokenReply:
        return await self.browser.sign_in(await self.vault.client_secret())

    def again(self) -> None:
        self.browser.again()


@dataclass(frozen=True, slots=True)
class PastedWay:
    """There is what was pasted, and nothing to renew it with."""

    @property
    def missing(self) -> str:
        return NO_TOKEN

    def unattended(self, refresh_token: str | None) -> bool:
        return False

    async def fetch(self, refresh_token: str | None) -> TokenReply:
        raise SignInNeeded(NO_TOKEN)

    async def sign_in(self) -> TokenReply:
        raise SignInNeeded(NO_TOKEN)

    def again(self) -> None:
        pass
