"""Which engine settings can be used; the key of a speech service never is one of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.domain.errors import SettingInvalid
from desktop.settings.checks import check_recognition
from desktop.settings.model import EngineKind, Recognition
from desktop.settings.store import load

SERVICE = EngineKind.SPEECH_SERVICE


@pytest.mark.parametrize(
    "recognition",
    [
        Recognition(),
        Recognition(language=""),
        Recognition(SERVICE, service_url="wss://speech.example.com/live"),
        Recognition(SERVICE, service_url="ws://127.0.0.1:8080/", language="tr-TR", service_proxy="http://proxy:3128"),
        Recognition(EngineKind.VOSK, language="de"),
    ],
)
def test_what_can_be_used(recognition: Recognition) -> None:
    check_recognition(recognition)


@pytest.mark.parametrize(
    ("recognition", "field"),
    [
        (Recognition(SERVICE), "service_url"),
        (Recognition(SERVICE, service_url="https://speech.example.com"), "service_url"),
        (Recognition(SERVICE, service_url="ws://speech.example.com"), "service_url"),
        (Recognition(SERVICE, service_url="wss://speech.example.com?x-api-key=abc"), "service_url"),
        (Recognition(SERVICE, service_url="wss://a.example", service_proxy="socks5://proxy"), "service_proxy"),
        (Recognition(SERVICE, service_url="wss://a.example", language="german!"), "language"),
        (Recognition(language="tr"), "language"),
    ],
)
def test_what_can_not_is_named_with_the_remedy(recognition: Recognition, field: str) -> None:
    with pytest.raises(SettingInvalid) as invalid:
        check_recognition(recognition)
    assert invalid.value.path == f"recognition.{field}"
    assert invalid.value.hint
    assert "abc" not in str(invalid.value)


def test_a_key_in_the_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[recognition]\nengine = "speech-service"\nservice_url = "wss://a.example"\napi_key = "abc"\n')
    with pytest.raises(SettingInvalid, match=r"recognition\.api_key") as invalid:
        load(path)
    assert "abc" not in str(invalid.value)
