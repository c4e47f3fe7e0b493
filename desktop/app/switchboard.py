"""Connections and sign-ins of a running console: opened from a place, changed by the supervisor.

Adding or removing a connection takes effect at once and is kept in the settings; secrets go to the keyring alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from desktop.app.accounts import Account, Desk, open_account
from desktop.app.catalog import KINDS, Means, make_connection
from desktop.app.listener_desk import ListenerDesk
from desktop.app.place import Place
from desktop.app.telling import ADD_AGAIN, AGAIN_S, SESSION_ONLY, SIGNED_OUT, Notice, told, tried
from desktop.app.tokens import KeyringToken
from desktop.domain.errors import SettingInvalid
from desktop.domain.events import LinkChanged, LinkState
from desktop.domain.finding import Level, Remedy
from desktop.domain.intents import RetryLink
from desktop.domain.listener import ListenerSetup
from desktop.domain.sign_in import SignIn, SignInState
from desktop.domain.updates import LinkDescribed, LinkForgotten, LinkUpdated, SignInChanged, SignInForgotten
from desktop.engine.hub import Hub, wall_ms
from desktop.engine.mailbox import Mailbox
from desktop.identity.vault import secret_name, token_name
from desktop.settings import model
from desktop.settings.checks import checked
from desktop.settings.model import Listener, Organisation, Settings, SignInKind, SourceKind
from desktop.sources.trust import client_context

ShowSettings = Callable[[Sequence[Organisation], Sequence[model.Connection], Listener], None]
LISTENING_S = 0.5  # until the port is open
_AWAY = (SignInState.SIGNED_OUT, SignInState.REFUSED, SignInState.IN_BROWSER)


@dataclass(slots=True, weakref_slot=True, eq=False)  # Qt keeps its methods by weak reference
class Switchboard:
    """`run` lives as long as the console does; the other methods are what its window asks for."""

    hub: Hub
    mailbox: Mailbox
    place: Place
    show_address: Callable[[str, str], None] = field(default=lambda organisation, address: None)
    notice: Notice = field(default=lambda text, level: None)
    show_settings: ShowSettings = field(default=lambda organisations, connections, listener: None)
    show_keyring: Callable[[bool], None] = field(default=lambda usable: None)
    show_listener_setup: Callable[[ListenerSetup], None] = field(default=lambda setup: None)
    _accounts: dict[str, Account] = field(default_factory=dict)
    _keeping: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _signing_in: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _links: dict[str, str] = field(default_factory=dict)  # connection -> organisation
    _states: dict[str, SignInState] = field(default_factory=dict)
    _unopened: dict[str, str] = field(default_factory=dict)  # organisations that can't be opened, and why
    _silenced: set[str] = field(default_factory=set)  # links that a sign-out closed
    _group: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Open everything; SettingInvalid of one connection costs that connection and is said."""
        async with asyncio.TaskGroup() as group:
            self._group, first = group, tuple(self.place.settings)  # what is added meanwhile opens by itself
            self.show_settings(self.place.organisations, self.place.settings, self.place.listener)
            for organisation in () if self.place.idle else self.place.organisations:
                self._try_organisation(organisation)
            if self.place.sign_in_first:
                for account in list(self._accounts.values()):
                    await told(self.notice, account.keeper.sign_in())
            for connection in self.place.connections:
                self._links[connection.source.name] = connection.card.organisation if connection.card else ""
                self.hub.attach(connection)
            for setting in first:
                self._try_connection(setting)
            await self.place.secrets.get("is there a keyring")
            self.show_keyring(self.place.secrets.persistent)
            await asyncio.Event().wait()

    @property
    def listeners(self) -> ListenerDesk:
        """Where listeners of one's own are made."""
        return ListenerDesk(self.place.secrets, lambda: self.place.now().listener)

    # ---- what the supervisor asks for ----------------------------------------------------------------------------

    def add(self, organisation: Organisation | None, connection: model.Connection, secret: str) -> None:
        """A new connection, and the organisation that it belongs to if that is new as well."""
        self._do("add connection", self._add(organisation, connection, secret))

    def listen(self, connection: model.Connection, listener: Listener) -> None:
        """A listener of one's own; what an administrator must enter is shown."""
        self._do("listen", self._listen(connection, listener))

    def show_listener(self, name: str) -> None:
        """The same once more."""

        async def show() -> None:
            self.show_listener_setup(await self.listeners.shown(name))

        self._do("show listener", show())

    def remove(self, name: str) -> None:
        """Close a connection and forget its secrets; its organisation goes with the last one that needs it."""
        self._do("remove connection", self._remove(name))

    def sign_in(self, organisation: str) -> None:
        """With the person's help, in the browser."""
        account, group = self._accounts.get(organisation), self._group
        if account is None or group is None:
            problem = self._unopened.get(organisation)
            self.notice(problem or ADD_AGAIN.format(name=organisation), Level.FAIL if problem else Level.WARN)
            return
        if organisation in self._signing_in:
            self._do("browser again", account.keeper.sign_in())
            return
        task = self._signing_in[organisation] = group.create_task(
            told(self.notice, account.keeper.sign_in()), name=f"sign-in {organisation}"
        )
        task.add_done_callback(lambda _: self._signing_in.pop(organisation, None))

    def cancel_sign_in(self, organisation: str) -> None:
        """The person gave up."""
        if (task := self._signing_in.get(organisation)) is not None:
            task.cancel()

    def sign_out(self, organisation: str) -> None:
        """Forget the token, and stop listening with it."""
        if organisation in self._accounts:
            self._do("sign-out", self._sign_out(organisation))

    def replace_secret(self, name: str, secret: str) -> None:
        """A new client secret or token of an organisation, or of a connection that belongs to none."""
        self._do("new secret", self._replace_secret(name, secret))

    # ---- inside --------------------------------------------------------------------------------------------------

    async def _add(self, organisation: Organisation | None, connection: model.Connection, secret: str) -> None:
        """Everything is tried before anything is kept; between reading and writing the settings nobody gets a turn."""
        checked(self._with(organisation, connection))
        account = None if organisation is None else open_account(organisation, self._desk())
        make_connection(connection, self._means(connection, account or self._accounts.get(connection.organisation)))
        await self._keep_secret(organisation, connection, secret)
        self._save(checked(self._with(organisation, connection)))
        if organisation is not None:
            self._open(organisation)
            if organisation.sign_in is SignInKind.PERSON:
                self.sign_in(organisation.name)
        await self.hub.detach(connection.name)
        self._connect(connection)

    def _with(self, organisation: Organisation | None, connection: model.Connection) -> Settings:
        before = self.place.now()
        organisations = tuple(o for o in before.organisations if organisation is None or o.name != organisation.name)
        return replace(
            before,
            organisations=(*organisations, *([organisation] if organisation else [])),
            connections=(*(c for c in before.connections if c.name != connection.name), connection),
        )

    async def _listen(self, connection: model.Connection, listener: Listener) -> None:
        checked(replace(self._with(None, connection), listener=listener))
        setup, kept = await self.listeners.make(connection.name, listener)
        self._save(checked(replace(self._with(None, connection), listener=listener)))
        await self.hub.detach(connection.name)
        self._connect(connection)
        await asyncio.sleep(LISTENING_S)
        if problem := await self.listeners.tested(listener):
            self.notice(problem, Level.FAIL)
        self.show_listener_setup(setup)
        if not kept:
            self.notice(SESSION_ONLY, Level.WARN)

    async def _keep_secret(self, organisation: Organisation | None, connection: model.Connection, secret: str) -> None:
        if not secret:
            return
        if organisation is None:
            name = connection.name
        else:
            pasted = organisation.sign_in is SignInKind.TOKEN
            name = (token_name if pasted else secret_name)(organisation.name)
        if not await self.place.secrets.put(name, secret):
            self.notice(SESSION_ONLY, Level.WARN)

    async def _sign_out(self, organisation: str) -> None:
        for link in [link for link, home in self._links.items() if home == organisation]:
            await self.hub.detach(link)
            change = LinkChanged(link, self._accounts[organisation].region, LinkState.REFUSED, SIGNED_OUT)
            self.mailbox.put(LinkUpdated(replace(change, action=Remedy.SIGN_IN), wall_ms()))
            self._silenced.add(link)
        await self._accounts[organisation].keeper.sign_out()

    async def _replace_secret(self, name: str, secret: str) -> None:
        account, kept = self._accounts.get(name), True
        if account is None:
            kept = await self.place.secrets.put(name, secret)
            self.hub.intend(RetryLink(name))
        elif account.organisation.sign_in is SignInKind.TOKEN:
            await account.keeper.paste(secret)
        else:
            kept = await self.place.secrets.put(secret_name(name), secret)
            account.keeper.retry()
        if not kept:
            self.notice(SESSION_ONLY, Level.WARN)

    async def _remove(self, name: str) -> None:
        await self.hub.detach(name)
        organisation = self._links.pop(name, "")
        self.mailbox.put(LinkForgotten(name))
        orphaned = organisation and organisation not in self._links.values()
        before = self.place.now()
        kept = tuple(c for c in before.connections if c.name != name)
        still = tuple(o for o in before.organisations if not (orphaned and o.name == organisation))
        self._save(replace(before, connections=kept, organisations=still))
        await self.place.secrets.forget(name)
        await self.listeners.forget(name)
        if orphaned and (account := self._accounts.pop(organisation, None)) is not None:
            self._keeping.pop(organisation).cancel()
            await account.keeper.sign_out(forget_secret=True)
            self.mailbox.put(SignInForgotten(organisation))

    def _open(self, organisation: Organisation) -> None:
        if (old := self._keeping.pop(organisation.name, None)) is not None:
            old.cancel()
        account = self._accounts[organisation.name] = open_account(organisation, self._desk())
        assert self._group is not None, "run first"
        name = f"sign-in of {organisation.name}"
        self._keeping[organisation.name] = self._group.create_task(self._kept_fresh(account), name=name)

    async def _kept_fresh(self, account: Account) -> None:
        """A bug in one organisation's sign-in must not end the console, nor that sign-in for good."""
        while True:
            try:
                return await account.keeper.run()
            except Exception as error:  # its text may carry anything
                detail = f"internal error ({type(error).__name__}), tried again in a while"
                self._changed(SignIn(account.organisation.name, SignInState.RENEWING, detail))
            await asyncio.sleep(AGAIN_S)

    def _connect(self, setting: model.Connection) -> None:
        self._links[setting.name] = setting.organisation
        if setting.kind is SourceKind.AUDIOHOOK:
            self.hub.attach(self.listeners.connection(setting))
            return
        means = self._means(setting, self._accounts.get(setting.organisation))
        self.hub.attach(make_connection(setting, means))

    def _means(self, setting: model.Connection, account: Account | None) -> Means:
        if account is None and setting.organisation:
            raise SettingInvalid("connections.organisation", "could not be opened", "See its own message.")
        secrets = self.place.secrets
        if account is not None:
            return Means(account.keeper, secrets, account.ssl_context, account)
        return Means(KeyringToken(secrets, setting.name), secrets, client_context())

    def _desk(self) -> Desk:
        return Desk(self.place.secrets, self._changed, self.place.open_browser, self.show_address)

    def _changed(self, sign_in: SignIn) -> None:
        before = self._states.get(sign_in.organisation)
        self._states[sign_in.organisation] = sign_in.state
        self.mailbox.put(SignInChanged(sign_in))
        if sign_in.state is SignInState.SIGNED_IN and before in _AWAY:
            for link in [link for link, home in self._links.items() if home == sign_in.organisation]:
                self._hear_again(link)

    def _hear_again(self, link: str) -> None:
        if link not in self._silenced:
            self.hub.intend(RetryLink(link))
            return
        self._silenced.discard(link)
        setting = next((c for c in self.place.now().connections if c.name == link), None)
        if setting is not None:
            self._try_connection(setting)

    def _save(self, wanted: Settings) -> None:
        self.place.keep(wanted)
        self.show_keyring(self.place.secrets.persistent)
        self.show_settings(wanted.organisations, wanted.connections, wanted.listener)

    def _try_organisation(self, organisation: Organisation) -> None:
        problem = tried(lambda: self._open(organisation))
        if problem:
            self._unopened[organisation.name] = f"{organisation.name}: {problem}"
            self.notice(self._unopened[organisation.name], Level.FAIL)

    def _try_connection(self, setting: model.Connection) -> None:
        """One that can't be opened is shown as refused, with the reason, so that it can be seen and removed."""
        problem = self.place.idle or tried(lambda: self._connect(setting))
        if problem:
            problem = self._unopened.get(setting.organisation, problem)
            self._links[setting.name] = setting.organisation
            self.mailbox.put(LinkDescribed(setting.name, KINDS[setting.kind], setting.organisation))
            change = LinkChanged(setting.name, "", LinkState.REFUSED, problem)
            self.mailbox.put(LinkUpdated(change, wall_ms()))
            if setting.organisation not in self._unopened and not self.place.idle:
                self.notice(f"{setting.name}: {problem}", Level.FAIL)

    def _do(self, name: str, work: Awaitable[None]) -> None:
        assert self._group is not None, "run first"
        self._group.create_task(told(self.notice, work), name=name)
