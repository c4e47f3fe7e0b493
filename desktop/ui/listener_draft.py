"""What was typed to be dialled by Genesys (AudioHook): what is wrong with it, field by field. No Qt."""

from __future__ import annotations

import os.path
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from desktop.domain.errors import SettingInvalid
from desktop.domain.listener import TranscriptsBack
from desktop.settings.checks import check_listener
from desktop.settings.model import Connection, Listener, SourceKind

FIELDS = ("name", "public_host", "port", "certificate", "private_key", "path", "host", "proxies", "allow")


@dataclass(frozen=True, slots=True)
class ListenerDraft:
    """Texts as typed; `organisation` is an existing one's name, empty for none. `tls_here`: not by a proxy."""

    name: str = ""
    public_host: str = ""
    tls_here: bool = True
    port: str = "443"
    certificate: str = ""
    private_key: str = ""
    organisation: str = ""
    path: str = "/audiohook"
    host: str = "0.0.0.0"
    proxies: str = ""
    allow: str = ""
    pause_waiting: bool = True
    transcripts_back: TranscriptsBack = TranscriptsBack.OFF


def connection_of(draft: ListenerDraft) -> Connection:
    """The connection on the floor."""
    return Connection(name=draft.name.strip(), kind=SourceKind.AUDIOHOOK, organisation=draft.organisation)


def listener_of(draft: ListenerDraft, before: Listener) -> Listener:
    """The listener; what isn't asked for stays as in `before`. A port that is no number counts as 0."""
    port = draft.port.strip()
    return replace(
        before,
        host=draft.host.strip(),
        port=int(port) if port.isascii() and port.isdecimal() else 0,
        public_host=draft.public_host.strip().lower(),
        path=draft.path.strip(),
        certificate=draft.certificate.strip() if draft.tls_here else "",
        private_key=draft.private_key.strip() if draft.tls_here else "",
        allow=_several(draft.allow),
        proxies=_several(draft.proxies),
        organisation=draft.organisation,
        pause_waiting=draft.pause_waiting,
        transcripts_back=draft.transcripts_back,
    )


def problems(
    draft: ListenerDraft, connections: Collection[str], *, is_file: Callable[[str], bool] = os.path.isfile
) -> dict[str, str]:
    """Field -> what is wrong with it and what to do; empty when it can be used."""
    found: dict[str, str] = {}
    name, listener = draft.name.strip(), listener_of(draft, Listener())
    if not name:
        found["name"] = "is empty. Choose a name that you will recognise."
    elif name in connections:
        found["name"] = "is in use. Choose another name."
    elif "/" in name:
        found["name"] = "contains a slash. Choose a name without one."
    if not listener.public_host:
        found["public_host"] = "is empty. Write the name that Genesys can reach, like audiohook.example.com."
    elif ":" in listener.public_host or "/" in listener.public_host:
        found["public_host"] = "is more than a name. Write it without https:// and without a port."
    elif "." not in listener.public_host or listener.public_host.replace(".", "").isdecimal():
        found["public_host"] = "is no name that a public certificate can be for. Write one like audiohook.example.com."
    if not listener.port:
        found["port"] = "is no port. Use 443, or another one behind a proxy."
    if not listener.host:
        found["host"] = "is empty. Write 0.0.0.0 for every network of this computer."
    if draft.tls_here:
        for field, what in (("certificate", "the whole chain"), ("private_key", "the certificate's key")):
            path = getattr(listener, field)
            if not path:
                found[field] = f"is empty. Choose the PEM file with {what}, or let a proxy take care of it."
            elif not is_file(path):
                found[field] = "is not there. Choose the PEM file."
    for field in ("port", "public_host", "path", "proxies", "allow"):  # the check stops at the first problem
        _check(found, field, replace(Listener(), **{field: getattr(listener, field)}))
    return found


def _check(found: dict[str, str], field: str, tried: Listener) -> None:
    try:
        check_listener(tried)
    except SettingInvalid as invalid:
        found.setdefault(field, str(invalid).removeprefix(f"{invalid.path}: "))


def _several(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())
