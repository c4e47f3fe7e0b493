"""Which connections a profile means, each with everything that the doctor needs to know of it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace

from desktop.app.accounts import Account, Desk, open_account
from desktop.app.catalog import KINDS, Means, make_connection
from desktop.app.places import simulated_organisation, simulated_person
from desktop.app.tokens import FixedToken, KeyringToken, SessionSecrets
from desktop.bundled import resources_folder
from desktop.doctor.network import Endpoint, Proxy, endpoint_of, proxy_of
from desktop.doctor.patient import Ears, Patient
from desktop.doctor.permissions import JOINING, LIVE_LIST, LIVE_TEXT, Need
from desktop.doctor.sign_in import Who
from desktop.domain.errors import Rejected, SettingInvalid
from desktop.domain.ports import SecretKeeper
from desktop.domain.regions import hosts_of
from desktop.domain.sign_in import SignIn
from desktop.settings import model
from desktop.settings.model import Settings, SignInKind, SourceKind
from desktop.settings.secrets import SecretStore
from desktop.simulator.organisation import BOTS
from desktop.simulator.process import Orders, SimulatorProcess
from desktop.sources.bot_health import shortened
from desktop.sources.platform_rest import PlatformRest
from desktop.sources.rest import RestClient
from desktop.sources.trust import Route, client_context, route_to

DEMO = "demo"
DEMO_CALLS = 4
DEMO_MOMENT_S = 5.0
ALONE = "organisation without a connection"

MEASURE_EVERY_S = 1.0  # a diagnosis is short: enough samples for a 95th percentile


@dataclass(frozen=True, slots=True)
class Wanted:
    """Settings and what of them the profile means; `demo`: the built-in simulator instead.

    `organisations` are those that no connection uses: they are checked by themselves.
    """

    settings: Settings
    connections: tuple[model.Connection, ...]
    organisations: tuple[model.Organisation, ...] = ()
    demo: bool = False


def chosen(profile: str, settings: Settings) -> Wanted:
    """`profile` names a connection, an organisation, `demo`, or is "" for all there are. SettingInvalid else."""
    if profile == DEMO:
        return Wanted(Settings(), (), demo=True)
    mine = tuple(c for c in settings.connections if profile in ("", c.name, c.organisation))
    used = {c.organisation for c in settings.connections}
    alone = tuple(o for o in settings.organisations if profile in ("", o.name) and o.name not in used)
    if mine or alone:
        return Wanted(settings, mine, alone)
    named = (*(o.name for o in settings.organisations), *(c.name for c in settings.connections), DEMO)
    hint = f"Use one of these: {', '.join(dict.fromkeys(named))}."
    if not profile:
        raise SettingInvalid("--profile", "no connection is set up yet", "Try --profile demo, or add a connection.")
    raise SettingInvalid("--profile", f"{profile} is not the name of a connection or organisation", hint)


@dataclass(frozen=True, slots=True)
class Unusable:
    """A connection whose settings can't be used, so that nothing of it can be tried."""

    link: str
    kind: str
    problem: SettingInvalid | Rejected


@contextlib.asynccontextmanager
async def patients(
    wanted: Wanted, ears: Callable[[], Ears], secrets: SecretKeeper | None = None
) -> AsyncIterator[Sequence[Patient | Unusable]]:
    """The connections to examine; a simulator lives as long as the context."""
    if wanted.demo:
        async with SimulatorProcess(Orders(resources_folder() / "calls", DEMO_CALLS)) as floor:
            yield await _demo(floor, ears)
        return
    kept = secrets or SecretStore()
    reaches: dict[str, _Reach] = {}
    found: list[Patient | Unusable] = []
    for setting in wanted.connections:
        try:
            found.append(_patient(setting, _reach(setting, wanted.settings, reaches, kept), ears))
        except (SettingInvalid, Rejected) as problem:  # Rejected: the system's proxy
            found.append(Unusable(setting.name, KINDS[setting.kind], problem))
    for organisation in wanted.organisations:
        try:
            found.append(_by_itself(organisation, _Reach.of(organisation, kept)))
        except (SettingInvalid, Rejected) as problem:
            found.append(Unusable(organisation.name, ALONE, problem))
    yield found


def _reach(setting: model.Connection, settings: Settings, reaches: dict[str, _Reach], secrets: SecretKeeper) -> _Reach:
    """An organisation's connections share one sign-in."""
    organisation = next((o for o in settings.organisations if o.name == setting.organisation), None)
    if organisation is None:
        return _Reach(KeyringToken(secrets, setting.name), secrets)
    if organisation.name not in reaches:
        reaches[organisation.name] = _Reach.of(organisation, secrets)
    return reaches[organisation.name]


async def _demo(floor: SimulatorProcess, ears: Callable[[], Ears]) -> list[Patient]:
    """The simulator's stream, then the rest of its organisation for a moment each, signed in to like by a person."""
    stream = model.Connection("Audio stream", floor.base_url)
    organisation = simulated_organisation(floor.platform_url)
    reach = _Reach.of(organisation, SessionSecrets(), simulated_person)
    assert reach.account is not None
    await reach.account.keeper.sign_in()
    others = [
        model.Connection(name, kind=kind, organisation=organisation.name, bot_ids=BOTS)
        for name, kind in (
            ("Live list and text", SourceKind.NOTIFICATIONS),
            ("Analytics socket", SourceKind.ANALYTICS),
            ("Bot events", SourceKind.BOTS),
        )
    ]
    return [
        _patient(stream, _Reach(FixedToken(floor.token), reach.secrets), ears),
        *(replace(_patient(other, reach, ears), at_most_s=DEMO_MOMENT_S) for other in others),
    ]


class _Reach:
    """How a platform is reached and who we are there."""

    def __init__(self, token: FixedToken | KeyringToken | None, secrets: SecretKeeper) -> None:
        self._token = token
        self.secrets = secrets
        self.account: Account | None = None
        self._sign_in: SignIn | None = None

    @classmethod
    def of(
        cls,
        organisation: model.Organisation,
        secrets: SecretKeeper,
        open_browser: Callable[[str], bool] = lambda address: False,
    ) -> _Reach:
        """An organisation's; by default no browser is opened for a diagnosis."""
        reach = cls(None, secrets)

        def note(sign_in: SignIn) -> None:
            reach._sign_in = sign_in

        desk = Desk(secrets, note, open_browser, lambda name, address: None)
        reach.account = open_account(organisation, desk)
        return reach

    @property
    def means(self) -> Means:
        """For the catalog."""
        if self.account is not None:
            return Means(self.account.keeper, self.secrets, self.account.ssl_context, self.account, MEASURE_EVERY_S)
        assert self._token is not None
        return Means(self._token, self.secrets, client_context(), None, MEASURE_EVERY_S)

    def who(self) -> Who:
        """Whom the token stands for."""
        means = self.means
        if self.account is None:
            return Who(means.token)
        kind = self.account.organisation.sign_in
        person = {SignInKind.PERSON: True, SignInKind.SERVICE: False}.get(kind)
        return Who(means.token, person, kind is SignInKind.SERVICE, self._remaining_s)

    def _remaining_s(self) -> float | None:
        ends_at = None if self._sign_in is None else self._sign_in.expires_at_ms
        return None if ends_at is None else ends_at / 1000 - time.time()


def _patient(setting: model.Connection, reach: _Reach, ears: Callable[[], Ears]) -> Patient:
    means = reach.means
    account, proxy = reach.account, means.proxy
    base = setting.base_url.rstrip("/") or (account.api_url if account is not None else "")
    streaming = account.streaming_url if account is not None and setting.kind is SourceKind.NOTIFICATIONS else ""
    patient = _reached(
        Patient(
            link=setting.name,
            kind=KINDS[setting.kind],
            source=make_connection(setting, means).source,
            endpoints=_endpoints(account, base, streaming),
            ssl_context=means.ssl_context,
            who=reach.who(),
            announces=tuple(f"Bot {shown}" for shown in shortened(setting.bot_ids).values()),
        ),
        proxy,
    )
    match setting.kind:
        case SourceKind.AUDIO_CONNECTOR:
            platform = PlatformRest(base, means.token, means.ssl_context, proxy=proxy or None)

            async def discover() -> tuple[str, Endpoint]:
                found = await platform.discover()
                region = f" in the region {found.region}" if found.region else ""
                stream = endpoint_of("stream", found.uri)
                return f"The stream is at {stream.host}{region}.", stream

            return replace(patient, discover=discover, ears=ears(), sound=True, calls=True)
        case SourceKind.ANALYTICS:
            return replace(patient, scores=True, calls=True)
        case SourceKind.NOTIFICATIONS:
            rest = RestClient(base, means.token, ssl_context=means.ssl_context, proxy=proxy or None, attempts=2)
            needs: tuple[Need, ...] = (*LIVE_LIST, *((LIVE_TEXT,) if setting.transcripts else ()), *JOINING)
            return replace(patient, rest=rest, needs=needs, words=setting.transcripts, calls=True)
        case SourceKind.BOTS | SourceKind.AUDIOHOOK:
            return patient


def _by_itself(organisation: model.Organisation, reach: _Reach) -> Patient:
    """An organisation that no connection uses: can it be reached and signed in to?"""
    account = reach.account
    assert account is not None
    endpoints = _endpoints(account, account.api_url)
    patient = Patient(organisation.name, ALONE, None, endpoints, reach.means.ssl_context, who=reach.who())
    return _reached(patient, reach.means.proxy)


def _reached(patient: Patient, configured: str) -> Patient:
    """By the same way as the sources go: never by proxy to this machine, the setting before the system's own.

    Rejected if the system's settings name a proxy that can't be used.
    """

    def route(endpoint: Endpoint) -> Route:
        return route_to(f"{'https' if endpoint.tls else 'http'}://{_netloc(endpoint)}", configured)

    def proxy_for(endpoint: Endpoint) -> Proxy | None:
        return proxy_of(route(endpoint).proxy or "")

    for endpoint in patient.endpoints:
        proxy_for(endpoint)
    return replace(patient, proxy_for=proxy_for, route_to=route)


def _netloc(endpoint: Endpoint) -> str:
    return f"{f'[{endpoint.host}]' if ':' in endpoint.host else endpoint.host}:{endpoint.port}"


def _endpoints(account: Account | None, base: str, streaming: str = "") -> tuple[Endpoint, ...]:
    """Every host once, the first role that it has."""
    wanted = []
    if account is not None and account.organisation.sign_in is not SignInKind.TOKEN:
        wanted.append(("sign-in", account.organisation.login_url or hosts_of(account.organisation.region).login))
    wanted.append(("API", base))
    if streaming:
        wanted.append(("stream", streaming))
    found: dict[tuple[str, int], Endpoint] = {}
    for role, url in wanted:
        endpoint = endpoint_of(role, url)
        found.setdefault((endpoint.host, endpoint.port), endpoint)
    return tuple(found.values())
