"""Whether settings can be used: the first field that can't is named, with what to do about it."""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import ipaddress
import re
import typing
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from desktop.domain.errors import SettingInvalid
from desktop.settings.model import (
    Connection,
    EngineKind,
    Listener,
    Organisation,
    Recognition,
    Settings,
    SignInKind,
    SourceKind,
    Updates,
)

THEMES = ("light", "dark", "system")
MOST_WORKERS = 64
LOOPBACK = ("127.0.0.1", "localhost", "::1")
LEAST_HEARTBEAT_S = 10
LONGEST_DOMAIN = 253 - len("streaming.")

_LANGUAGE = re.compile(r"([a-z]{2,3}(-[a-z0-9]{1,8})*)?", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)


def checked(settings: Settings) -> Settings:
    """The same settings, or SettingInvalid about the first field that can't be used."""
    if settings.theme not in THEMES:
        raise SettingInvalid("theme", "is unknown", f"Use one of {', '.join(THEMES)}.")
    if not 0 <= settings.workers <= MOST_WORKERS:
        raise SettingInvalid("workers", "is out of range", f"Use 0 (automatic) to {MOST_WORKERS}.")
    _check_names("organisations", [organisation.name for organisation in settings.organisations])
    _check_names("connections", [connection.name for connection in settings.connections])
    for organisation in settings.organisations:
        with _named(organisation.name):
            check_organisation(organisation)
    check_listener(settings.listener)
    check_recognition(settings.recognition)
    check_updates(settings.updates)
    known = {organisation.name for organisation in settings.organisations}
    for connection in settings.connections:
        with _named(connection.name):
            check_connection(connection, known)
    return settings


@contextlib.contextmanager
def _named(name: str) -> Iterator[None]:
    """Says which of several was meant."""
    try:
        yield
    except SettingInvalid as invalid:
        table, _, rest = invalid.path.partition(".")
        raise SettingInvalid(f"{table}.{name}.{rest}", invalid.problem, invalid.hint) from None


def check_organisation(organisation: Organisation) -> None:
    """SettingInvalid names the field."""
    path = "organisations"
    if not organisation.region and not (organisation.login_url and organisation.api_url):
        raise SettingInvalid(f"{path}.region", "is empty", "Choose a region, or give login_url and api_url.")
    if organisation.region and not _is_domain(organisation.region):
        raise SettingInvalid(f"{path}.region", "is not a domain", "Write it like mypurecloud.ie.")
    for name in ("login_url", "api_url"):
        _check_url(f"{path}.{name}", getattr(organisation, name), ("https", "http"))
    _check_url(f"{path}.streaming_url", organisation.streaming_url, ("wss", "ws"))
    _check_proxy(f"{path}.proxy", organisation.proxy)
    if organisation.sign_in is not SignInKind.TOKEN and not organisation.client_id:
        raise SettingInvalid(
            f"{path}.client_id", "is empty", "An administrator finds it under Admin > Integrations > OAuth."
        )


def check_recognition(recognition: Recognition) -> None:
    """SettingInvalid names the field."""
    path, url = "recognition", recognition.service_url
    if "?" in url or "#" in url:
        raise SettingInvalid(
            f"{path}.service_url",
            "holds more than the address",
            "Leave out what begins with ?. The key goes to the keyring: sidetone secret recognition api-key",
        )
    _check_url(f"{path}.service_url", url, ("wss", "ws"))
    if recognition.engine is EngineKind.SPEECH_SERVICE and not url:
        raise SettingInvalid(f"{path}.service_url", "is empty", "Write it like wss://speech.example.com/path.")
    _check_proxy(f"{path}.service_proxy", recognition.service_proxy)
    if recognition.engine is EngineKind.EMBEDDED and recognition.language.lower().split("-")[0] not in ("en", ""):
        raise SettingInvalid(f"{path}.language", "is not known to the embedded engine", "Use en-US, or another engine.")
    if not _LANGUAGE.fullmatch(recognition.language):
        raise SettingInvalid(f"{path}.language", "is no language", "Write it like en-US, or leave it empty.")


def check_updates(updates: Updates) -> None:
    """SettingInvalid names the field."""
    _check_url("updates.url", updates.url, ("https",))
    if updates.check and not updates.url:
        raise SettingInvalid("updates.url", "is empty", "Write whom to ask, like https://example.com/sidetone.json.")


def check_listener(listener: Listener) -> None:
    """SettingInvalid names the field."""
    path = "listener"
    if not 0 <= listener.port <= 65_535:
        raise SettingInvalid(f"{path}.port", "is no port", "Use 443, or another one behind a proxy.")
    if not listener.path.startswith("/") or "?" in listener.path or " " in listener.path:
        raise SettingInvalid(f"{path}.path", "is not a path", "Write it like /audiohook.")
    if "/" in listener.public_host or " " in listener.public_host:
        raise SettingInvalid(f"{path}.public_host", "is not a host name", "Write it like audiohook.example.com.")
    if bool(listener.certificate) != bool(listener.private_key):
        raise SettingInvalid(
            f"{path}.private_key", "and certificate go together", "Give both, or neither behind a proxy."
        )
    for name in ("allow", "proxies"):
        for text in getattr(listener, name):
            try:
                ipaddress.ip_network(text, strict=False)
            except ValueError:
                raise SettingInvalid(
                    f"{path}.{name}", f"{text} is no address or range", "Write it like 203.0.113.0/24."
                ) from None
    if listener.most_sessions < 1:
        raise SettingInvalid(f"{path}.most_sessions", "is below 1", "Use e.g. 500.")


def check_connection(connection: Connection, organisations: Iterable[str]) -> None:
    """SettingInvalid names the field."""
    path = "connections"
    schemes = ("https", "http") if connection.kind is SourceKind.AUDIO_CONNECTOR else ("https", "wss", "http", "ws")
    _check_url(f"{path}.base_url", connection.base_url, schemes)
    _check_url(f"{path}.engine_url", connection.engine_url, ("https", "http"))
    if connection.organisation and connection.organisation not in organisations:
        raise SettingInvalid(f"{path}.organisation", "names no organisation", "Add it under [[organisations]] first.")
    if not connection.organisation:
        if connection.kind is SourceKind.NOTIFICATIONS:
            raise SettingInvalid(
                f"{path}.organisation", "is empty", "Genesys Cloud needs an organisation to sign in to."
            )
        if not connection.base_url and connection.kind is not SourceKind.AUDIOHOOK:
            raise SettingInvalid(f"{path}.base_url", "is empty", "Give an address, or the organisation whose it is.")
    if connection.heartbeat_s < LEAST_HEARTBEAT_S:
        raise SettingInvalid(
            f"{path}.heartbeat_s",
            f"is below {LEAST_HEARTBEAT_S} seconds, which makes the platform limit the connection",
            "Use 30, as recommended.",
        )


def check_keys(document: dict[str, object], kind: type, path: str = "") -> None:
    """SettingInvalid about a key that nothing reads: a misspelt setting must not be ignored silently."""
    hints = typing.get_type_hints(kind)
    known = [f.name for f in dataclasses.fields(kind)]
    for key, value in document.items():
        if key not in known:
            if "secret" in key or "token" in key or "password" in key:
                raise SettingInvalid(
                    f"{path}{key}", "must not be in a file", "Remove it and run: sidetone secret --help"
                )
            near = difflib.get_close_matches(key, known, 1)
            raise SettingInvalid(
                f"{path}{key}",
                "is no setting",
                f"Did you mean {near[0]}?" if near else "Remove it, or correct its name.",
            )
        inner = next((k for k in _within(hints[key]) if dataclasses.is_dataclass(k)), None)
        for table in value if isinstance(value, list) else [value]:
            if isinstance(table, dict) and isinstance(inner, type):
                check_keys(table, inner, f"{path}{key}.")


def _within(hint: object) -> list[object]:
    inside = typing.get_args(hint)
    return [hint] if not inside else [deepest for part in inside for deepest in _within(part)]


def _check_names(path: str, names: list[str]) -> None:
    folded = [name.strip().casefold() for name in names]
    if any(not name or folded.count(name) > 1 for name in folded):
        raise SettingInvalid(f"{path}.name", "is empty or used twice", "Give each its own name.")
    if "demo" in folded:
        raise SettingInvalid(f"{path}.name", "demo means the built-in simulator", "Use another name.")
    if any("/" in name for name in names):
        raise SettingInvalid(f"{path}.name", "contains a slash", "Use a name without one.")


def _check_url(path: str, url: str, schemes: tuple[str, ...]) -> None:
    """Encrypted, or on this machine; empty is fine."""
    if not url:
        return
    host = _parts_of(url, schemes)
    if not host:
        raise SettingInvalid(path, "is not an address", f"Write it like {schemes[0]}://host.example.com.")
    if url.split(":", 1)[0].lower() in ("http", "ws") and host not in LOOPBACK:
        raise SettingInvalid(path, "is not encrypted", f"Use an {schemes[0]}:// address.")


def _check_proxy(path: str, url: str) -> None:
    """`http://host[:port]`, as whoever uses it will insist; empty is fine."""
    if not url:
        return
    host, parts = "", urlsplit("")
    with contextlib.suppress(ValueError):
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    if "@" in parts.netloc:
        raise SettingInvalid(path, "a password must not be in the settings file", "Set HTTPS_PROXY for it instead.")
    alone = parts.scheme == "http" and not (parts.query or parts.fragment) and parts.path in ("", "/")
    if not alone or not (_is_domain(host.replace("_", "-").removesuffix(".")) or ":" in host):
        hint = "Write it like http://proxy.example.com:3128, or leave it empty to use the system's."
        raise SettingInvalid(path, "is not a proxy's address", hint)


def _is_domain(text: str) -> bool:
    """Whether hosts below it can be looked up: labels of 1 to 63 letters (of any script), digits and hyphens."""
    try:
        name = text.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    return len(name) <= LONGEST_DOMAIN and all(_LABEL.fullmatch(label) for label in name.split("."))


def _parts_of(url: str, schemes: tuple[str, ...]) -> str:
    """The host of a usable address, else empty."""
    try:
        where = urlsplit(url)
        _ = where.port
    except ValueError:
        return ""
    return (where.hostname or "") if where.scheme in schemes and not where.username else ""
