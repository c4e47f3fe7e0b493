"""The listener's certificate, which may be renewed while it serves: new connections get the new one, old ones live on.

The context that the port was opened with never changes; at each handshake the newest that could be read takes over.
"""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

from desktop.gateway.hardening import server_context


class Certificates:
    """SettingInvalid names the file that can't be used. Serve with `context`."""

    def __init__(self, cert_file: str | Path, key_file: str | Path, client_ca_file: str | Path = "") -> None:
        self._files = (cert_file, key_file, client_ca_file)
        self.context = self._newest = self._read()
        self.context.sni_callback = self._choose

    async def reload(self) -> None:
        """Read the files again. SettingInvalid: they can't be used, and nothing changes."""
        self._newest = await asyncio.to_thread(self._read)

    def _read(self) -> ssl.SSLContext:
        cert_file, key_file, client_ca_file = self._files
        return server_context(cert_file, key_file, client_ca_file=client_ca_file)

    def _choose(self, connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        """Called at each handshake, whether or not the client names a host."""
        connection.context = self._newest
