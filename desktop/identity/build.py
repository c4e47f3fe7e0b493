"""One keeper per organisation, put together: for a service, for a person, for a pasted token."""

from __future__ import annotations

import random
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass

from desktop.domain.ports import SecretKeeper
from desktop.identity.browser import PATIENCE_S, BrowserSignIn, OpenBrowser, ShowUrl
from desktop.identity.config import SignInConfig
from desktop.identity.endpoint import TokenEndpoint
from desktop.identity.keeper import TokenKeeper
from desktop.identity.standing import OnChange
from desktop.identity.vault import Vault
from desktop.identity.ways import PastedWay, PersonWay, ServiceWay, Way


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every organisation's keeper shares. `ssl_context` None: the interpreter's own trust."""

    secrets: SecretKeeper
    on_change: OnChange
    ssl_context: ssl.SSLContext | None = None
    wall_clock: Callable[[], float] = time.time
    jitter: Callable[[], float] = random.random


def service_keeper(config: SignInConfig, around: Surroundings) -> TokenKeeper:
    """Client credentials; the secret is in the keyring under `<organisation>/client-secret`."""
    endpoint, vault = _parts(config, around)
    return _keeper(config, around, endpoint, vault, ServiceWay(endpoint, vault, config.scope))


def person_keeper(
    config: SignInConfig,
    around: Surroundings,
    open_browser: OpenBrowser,
    show_url: ShowUrl,
    patience_s: float = PATIENCE_S,
) -> TokenKeeper:
    """The system's browser; `show_url` gets the address to show and copy if it can't be opened."""
    endpoint, vault = _parts(config, around)
    browser = BrowserSignIn(config, endpoint, open_browser, show_url, patience_s)
    return _keeper(config, around, endpoint, vault, PersonWay(endpoint, vault, browser))


def pasted_keeper(config: SignInConfig, around: Surroundings) -> TokenKeeper:
    """A token that somebody pasted; it is in the keyring under `<organisation>/token`."""
    endpoint, vault = _parts(config, around)
    return _keeper(config, around, endpoint, vault, PastedWay())


def _parts(config: SignInConfig, around: Surroundings) -> tuple[TokenEndpoint, Vault]:
    endpoint = TokenEndpoint(config, around.ssl_context, around.wall_clock)
    return endpoint, Vault(around.secrets, config.organisation)


def _keeper(config: SignInConfig, around: Surroundings, endpoint: TokenEndpoint, vault: Vault, way: Way) -> TokenKeeper:
    return TokenKeeper(
        config.organisation,
        way,
        endpoint,
        vault,
        around.on_change,
        wall_clock=around.wall_clock,
        jitter=around.jitter,
    )
