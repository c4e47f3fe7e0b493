"""One organisation's account: its hosts, its trust, and the keeper that holds its token."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import assert_never

from desktop.domain.ports import SecretKeeper
from desktop.domain.regions import hosts_of, region_of
from desktop.domain.sign_in import SignIn
from desktop.identity.build import Surroundings, pasted_keeper, person_keeper, service_keeper
from desktop.identity.config import SignInConfig, documents, genesys
from desktop.identity.keeper import TokenKeeper
from desktop.settings.model import Dialect, Organisation, SignInKind
from desktop.sources.genesys_pace import Pace
from desktop.sources.genesys_socket import Dialler
from desktop.sources.notification_channel import ChannelManager
from desktop.sources.rest import RestClient
from desktop.sources.trust import client_context


@dataclass(frozen=True, slots=True)
class Account:
    """What the sources of an organisation need."""

    organisation: Organisation
    keeper: TokenKeeper
    api_url: str
    streaming_url: str
    region: str
    ssl_context: ssl.SSLContext = field(repr=False)
    channels: ChannelManager = field(repr=False)  # one for all that this sign-in listens to
    pace: Pace = field(repr=False)  # the platform counts requests by token, whoever of us makes them

    @property
    def has_person(self) -> bool:
        """Whether somebody could take a ringing phone; a service is nobody."""
        return self.organisation.sign_in is not SignInKind.SERVICE


@dataclass(frozen=True, slots=True)
class Desk:
    """Where sign-ins take place. `show_address` gets (organisation, address) of every browser sign-in."""

    secrets: SecretKeeper
    on_change: Callable[[SignIn], None]
    open_browser: Callable[[str], bool]
    show_address: Callable[[str, str], None]


def open_account(organisation: Organisation, desk: Desk) -> Account:
    """SettingInvalid when an address, the proxy or the CA file can't be used."""
    context = client_context(organisation.ca_file)
    hosts, known, proxy = hosts_of(organisation.region), region_of(organisation.region), organisation.proxy or None
    keeper = _keeper(organisation, _config(organisation), desk, context)
    api_url = (organisation.api_url or hosts.api).rstrip("/")
    streaming_url = (organisation.streaming_url or hosts.streaming).rstrip("/")
    pace = Pace()
    rest = RestClient(api_url, keeper, ssl_context=context, proxy=proxy, pace=pace)
    channels = ChannelManager(rest, keeper, Dialler(streaming_url, ssl_context=context, proxy=proxy))
    region = known.name if known else organisation.region
    return Account(organisation, keeper, api_url, streaming_url, region, context, channels, pace)


def _config(organisation: Organisation) -> SignInConfig:
    name, region, client = organisation.name, organisation.region, organisation.client_id
    login, api, proxy = organisation.login_url, organisation.api_url, organisation.proxy
    match organisation.dialect:
        case Dialect.GENESYS:
            return genesys(name, region, client, login_url=login, api_url=api, proxy=proxy)
        case Dialect.DOCUMENTS:
            scopes = organisation.scopes
            return documents(name, region, client, scopes=scopes, login_url=login, api_url=api, proxy=proxy)
        case _:  # pragma: no cover
            assert_never(organisation.dialect)


def _keeper(organisation: Organisation, config: SignInConfig, desk: Desk, context: ssl.SSLContext) -> TokenKeeper:
    around = Surroundings(desk.secrets, desk.on_change, context)
    match organisation.sign_in:
        case SignInKind.PERSON:

            def show(address: str) -> None:
                desk.show_address(organisation.name, address)

            def browse(address: str) -> bool:
                show(address)  # also when one opens: the person may want to use another
                return desk.open_browser(address)

            return person_keeper(config, around, browse, show)
        case SignInKind.SERVICE:
            return service_keeper(config, around)
        case SignInKind.TOKEN:
            return pasted_keeper(config, around)
        case _:  # pragma: no cover
            assert_never(organisation.sign_in)
