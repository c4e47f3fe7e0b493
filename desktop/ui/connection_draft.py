"""What was typed into the add-connection dialog: what is wrong with it, field by field, and what it makes. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from functools import partial

from desktop.domain.errors import SettingInvalid
from desktop.settings.checks import check_connection, check_organisation
from desktop.settings.model import Connection, Dialect, Organisation, SignInKind, SourceKind

FIELDS = (
    "name",
    "organisation",
    "organisation_name",
    "region",
    "client_id",
    "secret",
    "base_url",
    "engine_url",
    "heartbeat",
    "proxy",
    "ca_file",
)
_AT = {
    "organisations.region": "region",
    "organisations.client_id": "client_id",
    "organisations.proxy": "proxy",
    "connections.base_url": "base_url",
    "connections.engine_url": "engine_url",
    "connections.heartbeat_s": "heartbeat",
    "connections.organisation": "organisation",
}


_NEW = "\0new"


@dataclass(frozen=True, slots=True)
class Draft:
    """Texts as typed. `organisation` is an existing one's name, "" for a new one, None for none at all."""

    kind: SourceKind
    name: str = ""
    organisation: str | None = ""
    organisation_name: str = ""
    region: str = "mypurecloud.com"
    dialect: Dialect = Dialect.GENESYS
    sign_in: SignInKind = SignInKind.PERSON
    client_id: str = ""
    secret: str = field(default="", repr=False)
    scopes: str = ""
    base_url: str = ""
    engine_url: str = ""
    queue_ids: str = ""
    heartbeat: str = "30"
    proxy: str = ""
    ca_file: str = ""

    @property
    def needs_secret(self) -> bool:
        """Whether a client secret or a token has to be typed."""
        if self.organisation is None:
            return True
        return self.organisation == "" and self.sign_in is not SignInKind.PERSON


def organisation_of(draft: Draft) -> Organisation | None:
    """The new one, if the draft makes one."""
    if draft.organisation != "":
        return None
    return Organisation(
        name=draft.organisation_name.strip(),
        region=draft.region.strip().lower(),
        dialect=draft.dialect,
        sign_in=draft.sign_in,
        client_id="" if draft.sign_in is SignInKind.TOKEN else draft.client_id.strip(),
        scopes=" ".join(draft.scopes.split()) if draft.dialect is Dialect.DOCUMENTS else "",
        proxy=draft.proxy.strip(),
        ca_file=draft.ca_file.strip(),
    )


def connection_of(draft: Draft) -> Connection:
    """The connection; a heartbeat that is no number counts as 0 and is refused by `problems`."""
    heartbeat = draft.heartbeat.strip()
    return Connection(
        name=draft.name.strip(),
        kind=draft.kind,
        organisation=draft.organisation_name.strip() if draft.organisation == "" else draft.organisation or "",
        base_url=draft.base_url.strip().rstrip("/"),
        engine_url=draft.engine_url.strip() if draft.kind is SourceKind.BOTS else "",
        queue_ids=tuple(draft.queue_ids.replace(",", " ").split()),
        heartbeat_s=int(heartbeat) if heartbeat.isdecimal() else 0,
    )


def problems(draft: Draft, connections: Collection[str], organisations: Collection[str]) -> dict[str, str]:
    """Field -> what is wrong with it and what to do; empty when it can be saved."""
    found: dict[str, str] = {}
    connection, organisation = connection_of(draft), organisation_of(draft)
    _name(found, "name", connection.name, connections)
    if organisation is not None:
        _name(found, "organisation_name", organisation.name, organisations)
        if organisation.region:
            _organisation(found, organisation)
        else:
            found["region"] = "is empty. Write the host that you sign in at, without login, like mypurecloud.ie."
        connection = replace(connection, organisation=_NEW)  # its name is judged above
    _connection(found, connection, {*organisations, _NEW})
    if draft.needs_secret and not draft.secret.strip():
        service = draft.organisation == "" and draft.sign_in is SignInKind.SERVICE
        found["secret"] = (
            "is empty. The administrator who made the OAuth client has it."
            if service
            else "is empty. Paste the token that your gateway or administrator gave you."
        )
    return found


def _name(found: dict[str, str], field: str, name: str, taken: Collection[str]) -> None:
    if not name:
        found[field] = "is empty. Choose a name that you will recognise."
    elif name in taken:
        found[field] = "is in use. Choose another name."
    elif "/" in name:
        found[field] = "contains a slash. Choose a name without one."


def _organisation(found: dict[str, str], organisation: Organisation) -> None:
    """The check stops at the first problem, so each field is tried with the others as they should be."""
    for tried in (
        replace(organisation, client_id="id", proxy=""),
        replace(organisation, region="example.com", proxy=""),
        replace(organisation, region="example.com", client_id="id"),
    ):
        _try(found, partial(check_organisation, tried))


def _connection(found: dict[str, str], connection: Connection, known: Collection[str]) -> None:
    for tried in (
        replace(connection, engine_url="", heartbeat_s=30),
        replace(connection, base_url="https://example.com", heartbeat_s=30),
        replace(connection, base_url="https://example.com", engine_url=""),
    ):
        _try(found, partial(check_connection, tried, known))


def _try(found: dict[str, str], check: Callable[[], None]) -> None:
    try:
        check()
    except SettingInvalid as invalid:
        field = _AT.get(invalid.path, "name")
        words = str(invalid).removeprefix(f"{invalid.path}: ")
        found.setdefault(field, words)
