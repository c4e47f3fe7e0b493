"""The commands as a newcomer types them, in a process of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import keyring
import numpy as np
import pytest
import soundfile

from desktop import __version__
from desktop.audio.ogg import read_packets
from desktop.audio.opus import OpusDecoder

CALLS = Path(__file__).parents[2] / "resources" / "calls"
pytestmark = pytest.mark.timeout(180)


def sidetone(
    *words: str | Path, env: dict[str, str] | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    return subprocess.run(
        [sys.executable, "-X", "dev", "-W", "ignore", "-m", "desktop", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=150,
        input=stdin,
        env={**clean, **(env or {})},
    )


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve seconds of both parties of a real scripted call, as a two-channel WAV."""
    sides = []
    for party in ("customer", "agent"):
        decoder = OpusDecoder()
        packets = read_packets((CALLS / f"legal-threat.{party}.opus").read_bytes()).packets
        sides.append(np.concatenate([decoder.decode(p) for p in packets])[: 16_000 * 12])
    path = tmp_path_factory.mktemp("recordings") / "call.wav"
    soundfile.write(path, np.stack(sides, axis=1), 16_000)
    return path


def test_version_and_help() -> None:
    assert sidetone("--version").stdout == f"sidetone {__version__}\n"
    text = sidetone("--help").stdout
    for command in ("demo", "replay", "transcribe", "connect"):
        assert command in text
    for option in ("--calls", "--seconds", "--speed", "--seed", "--screenshot", "--report"):
        assert option in sidetone("demo", "--help").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nonsense",), "invalid choice"),
        (("demo", "--calls", "0"), "not between 1 and 500"),
        (("demo", "--speed", "-1"), "not above 0"),
        (("demo", "--size", "big"), "window size"),
        (("demo", "--seconds", "inf"), "too large"),
        (("demo", "--report", "/proc/nope/r.json"), "--report"),
        (("demo", "--screenshot", "/tmp"), "--screenshot"),
        (("transcribe", "/nonexistent.wav"), "no such file"),
        (("replay", "/nonexistent.wav", "--seconds", "5"), "no such file"),
        (("connect", "acme", "http://example.com"), "https"),
    ],
)
def test_what_the_user_can_put_right_goes_to_stderr_with_status_2(words: tuple[str, ...], said: str) -> None:
    done = sidetone(*words, stdin="a-token\n")
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "a-token" not in done.stdout + done.stderr


def test_a_broken_settings_file_is_named_and_a_demo_does_without_it(tmp_path: Path) -> None:
    (tmp_path / "sidetone").mkdir()
    (tmp_path / "sidetone" / "settings.toml").write_text("theme = 7")
    done = sidetone(env={"XDG_CONFIG_HOME": str(tmp_path)})
    assert done.returncode == 2
    assert "settings.toml" in done.stderr
    assert "theme" in done.stderr
    done = sidetone("demo", "--seconds", "1", env={"XDG_CONFIG_HOME": str(tmp_path)})
    assert done.returncode == 0
    assert "theme" in done.stderr


def test_connect_keeps_the_token_in_the_keyring_only(secret_service: str, tmp_path: Path) -> None:
    env = {"XDG_CONFIG_HOME": str(tmp_path), "PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring"}
    done = sidetone("connect", "acme", "https://api.example.com", "--queue", "q1", stdin="s3cret-token\n", env=env)
    assert done.returncode == 0, done.stderr
    kept = (tmp_path / "sidetone" / "settings.toml").read_text()
    assert "acme" in kept
    assert "q1" in kept
    assert "s3cret-token" not in kept + done.stdout + done.stderr


def test_a_connection_is_changed_only_when_asked_to_and_its_secrets_are_replaced(
    secret_service: str, tmp_path: Path
) -> None:
    env = {"XDG_CONFIG_HOME": str(tmp_path), "PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring"}
    words = ("connect", "acme", "https://api.example.com")
    assert sidetone(*words, stdin="one\n", env=env).returncode == 0
    again = sidetone(*words, stdin="two\n", env=env)
    assert (again.returncode, "--replace" in again.stderr) == (2, True)
    assert keyring.get_password("sidetone", "acme") == "one"
    assert sidetone(*words, "--replace", stdin="two\n", env=env).returncode == 0
    assert keyring.get_password("sidetone", "acme") == "two"
    for what, name in (("token", "acme"), ("engine-key", "acme/engine-key")):
        done = sidetone("secret", "acme", what, stdin="three\n", env=env)
        assert (done.returncode, keyring.get_password("sidetone", name)) == (0, "three")
        assert "three" not in done.stdout + done.stderr
    done = sidetone("secret", "recognition", "api-key", stdin="three\n", env=env)
    assert (done.returncode, keyring.get_password("sidetone", "recognition/api-key")) == (0, "three")
    assert "three" not in done.stdout + done.stderr
    for bad in (("nobody", "token"), ("acme", "client-secret"), ("acme", "api-key")):
        done = sidetone("secret", *bad, stdin="four\n", env=env)
        assert (done.returncode, "NAME" in done.stderr) == (2, True)
    assert sidetone("secret", "acme", "token", stdin="\n", env=env).returncode == 2


def test_connect_without_a_keyring_keeps_nothing(tmp_path: Path) -> None:
    done = sidetone("connect", "acme", "https://x.example", stdin="t0ken\n", env={"XDG_CONFIG_HOME": str(tmp_path)})
    assert done.returncode == 2
    assert "keyring" in done.stderr
    assert not (tmp_path / "sidetone").exists()


def test_transcribe_gives_timed_words(recording: Path, tmp_path: Path) -> None:
    done = sidetone("transcribe", recording, "--json")
    assert done.returncode == 0, done.stderr
    segments = json.loads(done.stdout)
    assert {s["party"] for s in segments} == {"customer", "agent"}
    words = [w for s in segments for w in s["words"]]
    assert "lawyer" in {w["text"] for w in words}
    assert all(0 <= w["start_ms"] < w["end_ms"] <= 12_100 and 0 <= w["confidence"] <= 1 for w in words)
    path, both = tmp_path / "short.wav", soundfile.read(recording, stop=16_000 * 4)[0]
    soundfile.write(path, both, 16_000)
    assert "agent:" in sidetone("transcribe", path).stdout


def test_evaluate_scores_recordings_by_party_and_puts_engines_side_by_side(recording: Path, tmp_path: Path) -> None:
    turns = json.loads((CALLS / "legal-threat.timing.json").read_text("utf-8"))["turns"]
    lines = [f"{turn['party']}: {turn['text']}" for turn in turns if turn["end_ms"] < 12_000]
    recording.with_suffix(".txt").write_text("\n".join(lines), "utf-8")
    report, table = tmp_path / "r.json", tmp_path / "t.tsv"
    words = ("--engine", "embedded", "--engine", "embedded:stock", "--json", report, "--compare", table)
    done = sidetone("evaluate", recording.parent, *words, env={"XDG_CONFIG_HOME": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    engines = json.loads(report.read_text("utf-8"))["engines"]
    assert list(engines) == ["embedded", "embedded:stock"]
    assert all(0 < figures["wer"] < 0.5 and figures["rtf_speech"] > 0 for figures in engines.values())
    assert all(0 < figures["confidence_auc"] <= 1 for figures in engines.values())
    assert all(
        sum(one["words"] for one in figures["confidence"]) == figures["confidence_words"] > 10
        for figures in engines.values()
    )
    assert "embedded:stock" in done.stdout
    assert done.stdout.count("0.9 to 1.0") == 2
    assert not {"lawyer", "attorney"} & set((done.stdout + report.read_text("utf-8")).split())
    assert table.read_text("utf-8").count("call.wav") == 2


def test_evaluate_says_what_is_missing(tmp_path: Path) -> None:
    for words, problem in (((tmp_path,), "no recording"), ((tmp_path, "--engine", "ears"), "unknown")):
        done = sidetone("evaluate", *words, env={"XDG_CONFIG_HOME": str(tmp_path)})
        assert (done.returncode, problem in done.stderr) == (2, True)


def test_replay_walks_through_the_same_pipeline(recording: Path, tmp_path: Path) -> None:
    report, long = tmp_path / "r.json", tmp_path / "long.wav"
    soundfile.write(long, np.tile(soundfile.read(recording, dtype="int16")[0], (6, 1)), 16_000)
    for seconds in ("16", "40", "90"):  # longer on a machine that has other things to do
        done = sidetone("replay", long, "--seconds", seconds, "--report", report)
        assert done.returncode == 0, done.stderr
        made = json.loads(report.read_text())
        if made["keyword_hits"]:
            break
    assert made["calls"]["seen"] == 1
    assert made["segments"]["final"] > 0
    assert made["keyword_hits"] > 0
