"""Where and as whom an organisation is signed in to; one constructor per dialect."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.domain.regions import hosts_of
from desktop.protocols.oauth import TOKEN_PATH, Body, TokenDoor
from desktop.sources.trust import check_base_url, check_proxy


@dataclass(frozen=True, slots=True)
class SignInConfig:
    """`organisation` names its secrets in the keyring. `doors` are tried in this order until one answers."""

    organisation: str
    client_id: str
    login: str  # where the browser is sent
    api: str
    doors: tuple[TokenDoor, ...]
    scope: str = ""
    proxy: str = ""
    has_token_resource: bool = False  # GET and DELETE /api/v2/tokens/me


def genesys(
    organisation: str, region: str, client_id: str = "", *, login_url: str = "", api_url: str = "", proxy: str = ""
) -> SignInConfig:
    """The real platform: one login host, forms, no scopes (roles decide). SettingInvalid for an unusable address."""
    hosts = hosts_of(region)
    login = check_base_url(login_url or hosts.login)
    doors = (TokenDoor(login + TOKEN_PATH, Body.FORM),)
    api = check_base_url(api_url or hosts.api)
    return SignInConfig(organisation, client_id, login, api, doors, "", check_proxy(proxy), True)


def documents(
    organisation: str,
    region: str,
    client_id: str = "",
    *,
    scopes: str = "",
    login_url: str = "",
    api_url: str = "",
    proxy: str = "",
) -> SignInConfig:
    """A platform to the letter of documents B and E. SettingInvalid for an unusable address.

    Document B writes JSON, document E a form, and document E asks the region's bare domain: all are tried, beginning
    with the login host, and the one that answers is asked from then on.
    """
    hosts = hosts_of(region)
    login = check_base_url(login_url or hosts.login)
    places = (login,) if login_url else (login, check_base_url(f"https://{region}"))
    doors = tuple(TokenDoor(place + TOKEN_PATH, body) for place in places for body in (Body.JSON, Body.FORM))
    api = check_base_url(api_url or hosts.api)
    return SignInConfig(organisation, client_id, login, api, doors, scopes, check_proxy(proxy))
