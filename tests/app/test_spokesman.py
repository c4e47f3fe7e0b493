"""What a headless gateway prints: why a connection was refused, over which lines; bounded, and fit for a terminal."""

from __future__ import annotations

import contextlib
from pathlib import Path

from websockets.exceptions import InvalidStatus

from desktop.app.doors import API_KEY
from desktop.app.gateway import serving
from desktop.app.spokesman import DETAIL_EVERY_S, MOST_LINES, Spokesman
from desktop.domain.events import FactsLearned, LinkChanged, LinkFound, LinkState
from desktop.domain.facts import CallFacts
from desktop.domain.finding import Finding, Level
from desktop.settings.credentials import read_secret
from desktop.simulator.audiohook_client import NULL_ID, AudioHookClient
from desktop.simulator.audiohook_client_dial import HONEST, Tampering
from tests.app.test_gateway_chain import hook_of, options

REFUSED = Finding(
    "AudioHook sign-on", Level.FAIL, "A connection was refused (@authority).", "Set it.", detail="base\nline"
)


async def test_a_refused_connection_is_told_with_the_component_that_differs_and_the_signature_base(
    tmp_path: Path,
) -> None:
    said: list[str] = []
    async with serving(await options(tmp_path), said.append) as doors:
        hook = hook_of(tmp_path, doors.address)
        client = AudioHookClient(hook, NULL_ID)
        with contextlib.suppress(InvalidStatus):
            await client.connect(Tampering(authority="tunnel.example.net"))
        printed = "\n".join(said)
        assert "AudioHook sign-on: A connection was refused" in printed
        assert '    "@authority": 127.0.0.1' in printed
        assert '    "x-api-key": (hidden)' in printed
        assert '    "@signature-params": ' in printed
        assert 'keyid="(hidden)"' in printed
        key = read_secret(tmp_path / API_KEY) or ""
        assert key
        assert key not in printed
        probe = AudioHookClient(hook, NULL_ID)
        await probe.connect(HONEST)
        probe.vanish()  # a probe that fails after it was let in


async def test_a_probe_that_fails_says_why_without_a_screen(tmp_path: Path) -> None:
    said: list[str] = []
    async with serving(await options(tmp_path), said.append) as doors:
        probe = AudioHookClient(hook_of(tmp_path, doors.address), NULL_ID)
        await probe.connect(HONEST)
        await probe.open()
        await probe.raw("this is no message")
        await probe.expect("disconnect")
        await probe.hang_up()
    failed = [line for line in said if "AudioHook probe" in line]
    assert failed
    assert '    "@request-target": /audiohook' in said


def test_a_flood_is_a_line_a_second_and_a_base_every_ten() -> None:
    said: list[str] = []
    now = [0.0]
    spokesman = Spokesman(said.append, lambda: now[0])
    for tenth in range(300):
        now[0] = tenth / 10
        spokesman.hear(LinkFound("AudioHook", REFUSED))
    assert len([line for line in said if "was refused" in line]) == 30
    assert len([line for line in said if line == "    base"]) == 30 / DETAIL_EVERY_S
    assert said[4].endswith("(9 more like it were not told.)")


def test_what_strangers_send_steers_no_terminal_and_fills_no_disk() -> None:
    said: list[str] = []
    wild = Finding("AudioHook sign-on", Level.FAIL, "no", detail="\x1b[2J\u202eevil\n" + "x" * 9_000 + "\n" * 100)
    Spokesman(said.append).hear(LinkFound("AudioHook", wild))
    assert len(said) == MOST_LINES + 3
    assert max(map(len, said)) < 420
    assert all(line.isprintable() for line in said)


def test_states_and_findings_are_told_and_calls_are_not() -> None:
    said: list[str] = []
    spokesman = Spokesman(said.append)
    spokesman.hear(LinkChanged("list", "", LinkState.LIVE))
    spokesman.hear(LinkFound("list", Finding("Topics", Level.WARN, "Two are refused.", "Ask.")))
    spokesman.hear(LinkFound("list", Finding("Topics", Level.PASS, "All is well.")))
    spokesman.hear(FactsLearned("list", "c1", CallFacts(agent_name="Dana")))
    assert said == ["list: live.", "list: Topics: Two are refused. Ask."]
