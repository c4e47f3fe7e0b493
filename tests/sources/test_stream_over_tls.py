"""The stream over real TLS: a trusted certificate is live, a strange one is refused with a sentence."""

from __future__ import annotations

import asyncio
import ssl

import trustme

from desktop.domain.events import LinkChanged, LinkState, SourceEvent
from desktop.gateway.audio_connector import AudioConnectorGateway
from desktop.gateway.config import GatewayConfig
from desktop.sources.audio_connector import AudioConnectorSource
from desktop.sources.audio_connector_config import AudioConnectorConfig
from tests.support.tokens import FixedToken


async def dialled(trusted: bool) -> LinkChanged:
    """The first link state after connecting, over TLS from discovery to stream."""
    authority, stranger = trustme.CA(), trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    (authority if trusted else stranger).configure_trust(client)
    gateway = AudioConnectorGateway(GatewayConfig(access_token="t"), ssl_context=server)
    address = (await gateway.start("localhost")).replace("127.0.0.1", "localhost").replace("[::1]", "localhost")
    assert address.startswith("https://")
    heard: asyncio.Queue[SourceEvent] = asyncio.Queue()
    source = AudioConnectorSource(AudioConnectorConfig("s", address), FixedToken(), ssl_context=client)
    try:
        async with asyncio.TaskGroup() as group:
            running = group.create_task(source.run(heard.put_nowait), name="source")
            async with asyncio.timeout(30):
                while True:
                    event = await heard.get()
                    if isinstance(event, LinkChanged) and event.state is not LinkState.CONNECTING:
                        break
            running.cancel()
    finally:
        await gateway.close()
    return event


async def test_a_trusted_certificate_leads_to_a_live_stream() -> None:
    assert (await dialled(trusted=True)).state is LinkState.LIVE


async def test_a_strange_certificate_is_refused_and_says_so() -> None:
    change = await dialled(trusted=False)
    assert change.state is LinkState.REFUSED
    assert "certificate" in change.detail
