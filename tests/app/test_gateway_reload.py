"""SIGHUP to a headless gateway over real TLS: what was renewed counts for whoever comes next; calls go on."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import signal
import ssl
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from websockets.exceptions import InvalidStatus

from desktop.app.doors import API_KEY, CLIENT_SECRET
from desktop.app.gateway import set_up
from desktop.settings.credentials import read_secret, write_secret
from desktop.settings.model import Listener, Settings
from desktop.settings.store import save
from desktop.simulator.audiohook_client import AudioHookClient
from desktop.simulator.audiohook_client_dial import Hook

PATIENCE_S = 60.0


@dataclass
class Running:
    """The gateway as a process, and what it has printed."""

    process: asyncio.subprocess.Process
    folder: Path
    port: int
    trust: ssl.SSLContext
    authority: trustme.CA

    def certify(self) -> int:
        """New files; the serial number of the certificate."""
        made = self.authority.issue_cert("localhost", "127.0.0.1")
        made.cert_chain_pems[0].write_to_path(str(self.folder / "chain.pem"))
        made.private_key_pem.write_to_path(str(self.folder / "key.pem"))
        return x509.load_pem_x509_certificate(made.cert_chain_pems[0].bytes()).serial_number

    async def hang_up(self) -> list[str]:
        """SIGHUP; what it says to that."""
        self.process.send_signal(signal.SIGHUP)
        said: list[str] = []
        async with asyncio.timeout(PATIENCE_S):
            while not said or "allowed addresses" not in said[-1]:
                said.append(await line_of(self.process))
        return said

    async def serial(self) -> int:
        """Of the certificate that a new connection is shown."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=self.trust)
        der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        assert reader is not None
        return x509.load_der_x509_certificate(der).serial_number

    def hook(self) -> Hook:
        key, secret = (read_secret(self.folder / "secrets" / name) or "" for name in (API_KEY, CLIENT_SECRET))
        uri = f"wss://localhost:{self.port}/audiohook"
        return Hook(uri, key, base64.b64decode(secret), host=("127.0.0.1", self.port), ssl_context=self.trust)

    def settings(self, **more: object) -> None:
        """Write the settings file."""
        pem = {"certificate": str(self.folder / "chain.pem"), "private_key": str(self.folder / "key.pem")}
        listener = replace(Listener("127.0.0.1", 0, **pem), **more)  # type: ignore[arg-type]
        save(Settings(listener=listener), self.folder / "sidetone" / "settings.toml")


async def line_of(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    assert line, "it ended by itself"
    return line.rstrip()


@contextlib.asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[Running, int]]:
    authority = trustme.CA()
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    await set_up("audiohook.example.com", Settings(), folder / "secrets")
    command = [sys.executable, "-m", "desktop", "gateway", "--credentials", str(folder / "secrets")]
    made = Running(None, folder, 0, trust, authority)  # type: ignore[arg-type]
    serial = made.certify()
    made.settings()
    made.process = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, "XDG_CONFIG_HOME": str(folder)}, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            while "Listening at" not in (line := await line_of(made.process)):
                pass
        made.port = int(line.partition(";")[0].rpartition(":")[2])
        yield made, serial
        made.process.terminate()
        assert made.process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            await made.process.stdout.read()
            assert await made.process.wait() == 0
    finally:
        if made.process.returncode is None:
            made.process.kill()
            await made.process.wait()


async def opened(hook: Hook) -> AudioHookClient:
    client = AudioHookClient(hook)
    await client.connect()
    await client.open()
    return client


async def lives(client: AudioHookClient) -> bool:
    await client.ping()
    await client.expect("pong")
    return client.violations == []


async def test_new_connections_see_what_was_renewed_and_calls_live_on(tmp_path: Path) -> None:
    async with running(tmp_path) as (gateway, first):
        assert await gateway.serial() == first
        call = await opened(gateway.hook())

        second = gateway.certify()
        said = await gateway.hang_up()
        assert "Reloading: certificate: read again, for connections from now on." in said
        assert "Reloading: API key: as before." in said
        assert "Reloading: allowed addresses: all." in said
        assert second != first
        assert await gateway.serial() == second
        assert await lives(call)

        (tmp_path / "key.pem").write_text("no key at all")
        said = await gateway.hang_up()
        assert [line for line in said if "certificate: the one before is kept. cert_file: can't be used" in line]
        assert await gateway.serial() == second
        (tmp_path / "chain.pem").unlink()
        said = await gateway.hang_up()
        assert [line for line in said if "the one before is kept. cert_file: there is no such file" in line]
        assert await gateway.serial() == second
        assert await lives(call)

        before = gateway.hook()
        write_secret(tmp_path / "secrets" / CLIENT_SECRET, base64.b64encode(bytes(32)).decode())
        assert "Reloading: API key: replaced, for connections from now on." in await gateway.hang_up()
        with pytest.raises(InvalidStatus, match="401"):
            await opened(before)
        newer = await opened(gateway.hook())
        write_secret(tmp_path / "secrets" / CLIENT_SECRET, "this is not base64")
        said = await gateway.hang_up()
        assert [line for line in said if f"API key: the one before is kept. {CLIENT_SECRET}: is not base64" in line]
        assert await lives(newer)

        gateway.settings(allow=("203.0.113.0/24",))
        assert "Reloading: allowed addresses: 1." in await gateway.hang_up()
        write_secret(tmp_path / "secrets" / CLIENT_SECRET, base64.b64encode(bytes(32)).decode())
        with pytest.raises(InvalidStatus, match="403"):
            await opened(gateway.hook())
        (tmp_path / "sidetone" / "settings.toml").write_text("this is [no TOML")
        said = await gateway.hang_up()
        assert [line for line in said if "the settings before are kept" in line]
        assert said[-1] == "Reloading: allowed addresses: 1."
        for client in (call, newer):
            assert await lives(client)
            await client.close()
