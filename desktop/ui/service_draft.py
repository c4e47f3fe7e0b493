"""What was typed about a speech service: what is wrong with it, field by field. No Qt."""

from __future__ import annotations

import os.path
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from desktop.dashboard import service_captions as words
from desktop.domain.errors import SettingInvalid
from desktop.domain.speech_service import KeyPlace, ServiceAddress
from desktop.settings.checks import check_recognition
from desktop.settings.model import EngineKind, Recognition

FIELDS = ("url", "key", "language", "proxy", "ca_file")


@dataclass(frozen=True, slots=True)
class ServiceDraft:
    """Texts as typed; `key` empty: the one that is kept."""

    url: str = ""
    key: str = field(default="", repr=False)
    language: str = ""
    proxy: str = ""
    ca_file: str = ""

    @property
    def address(self) -> ServiceAddress:
        """Without blanks around anything."""
        return ServiceAddress(self.url.strip(), self.language.strip(), self.proxy.strip(), self.ca_file.strip())


def problems(
    draft: ServiceDraft, before: ServiceAddress, kept: KeyPlace, *, is_file: Callable[[str], bool] = os.path.isfile
) -> dict[str, str]:
    """Field -> what is wrong with it and what to do. `before`: whom the kept key is for; empty: whoever comes first."""
    found: dict[str, str] = {}
    wanted = draft.address
    for name, tried in (
        ("url", ServiceAddress(wanted.url)),
        ("language", ServiceAddress("wss://example.com", wanted.language)),
        ("proxy", ServiceAddress("wss://example.com", proxy=wanted.proxy)),
    ):  # the check stops at the first problem
        _check(found, name, tried)
    if not draft.key.strip():
        if kept is KeyPlace.NOWHERE:
            found["key"] = words.KEY_EMPTY
        elif "url" not in found and before.url and _host(before.url) != _host(wanted.url):
            found["key"] = words.KEY_ELSEWHERE
    if wanted.ca_file and not is_file(os.path.expanduser(wanted.ca_file)):
        found["ca_file"] = words.NO_FILE
    return found


def _check(found: dict[str, str], name: str, tried: ServiceAddress) -> None:
    service = Recognition(
        EngineKind.SPEECH_SERVICE, language=tried.language, service_url=tried.url, service_proxy=tried.proxy
    )
    try:
        check_recognition(service)
    except SettingInvalid as invalid:
        found[name] = str(invalid).removeprefix(f"{invalid.path}: ")


def _host(url: str) -> str:
    """Whom the key would be told, the port included: another port is another service."""
    return urlsplit(url).netloc.lower()
