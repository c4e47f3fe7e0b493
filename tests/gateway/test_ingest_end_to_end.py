"""Document C from end to end: a hook is set up at the simulated platform, which posts a bound call over mTLS."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import aiohttp
import trustme
from aiohttp import web

from desktop.domain.events import AudioArrived, SourceEvent
from desktop.domain.facts import CallFacts
from desktop.domain.finding import Finding, Level
from desktop.domain.media import Party
from desktop.gateway.hardening import AllowRule, HardenedSite, Hardening, harden, hardened_runner, server_context
from desktop.gateway.ingest import IngestPart
from desktop.gateway.ingest_config import IngestConfig
from desktop.protocols.address_ranges import AddressRange
from desktop.protocols.provisioning import HookPlan
from desktop.simulator.ingest_client import IngestClient
from desktop.simulator.platform import SimulatedPlatform
from desktop.simulator.provisioning import ProvisioningPart
from desktop.simulator.token_office import TokenOffice
from desktop.sources.provisioning import HookProvisioner, audiohook_ranges
from desktop.sources.provisioning_probe import try_destination
from desktop.sources.rest import RestClient
from tests.gateway.test_ingest import SCRIPT
from tests.gateway.test_ingest_parts import KEY
from tests.support.tokens import FixedToken


async def test_document_c_from_provisioning_to_sound(tmp_path: Path) -> None:
    authority, platform_authority = trustme.CA(), trustme.CA()
    made = authority.issue_cert("localhost")
    made.private_key_and_cert_chain_pem.write_to_path(tmp_path / "listener.pem")
    platform_authority.cert_pem.write_to_path(tmp_path / "platform.pem")
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(client)
    platform_authority.issue_cert("genesys.example.com").configure_cert(client)

    clock = [0.0]
    office = TokenOffice(clock=lambda: clock[0])

    async def sleep(seconds: float) -> None:
        clock[0] += seconds
        await asyncio.sleep(0)

    async def healthy(url: str) -> bool:
        connector = aiohttp.TCPConnector(ssl=client)
        async with aiohttp.ClientSession(connector=connector) as session, session.post(url) as reply:
            return reply.status == 200

    simulated = ProvisioningPart(office, health=healthy, ranges=(AddressRange("127.0.0.0/8", "audiohook"),))
    organisation = SimulatedPlatform([simulated])
    rest = RestClient(await organisation.start(), FixedToken(office.issue()), sleep=sleep)

    events: list[SourceEvent] = []
    part = IngestPart(IngestConfig(encryption_key=KEY), events.append)
    app = web.Application()
    app.add_routes(part.routes())
    ranges = await audiohook_ranges(rest)
    harden(app, Hardening(rules=(AllowRule("/stream", ranges),), certificate_prefixes=("/stream",)))
    runner = hardened_runner(app, shutdown_timeout_s=0.2)
    await runner.setup()
    context = server_context(
        tmp_path / "listener.pem", tmp_path / "listener.pem", client_ca_file=tmp_path / "platform.pem"
    )
    await HardenedSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    url = f"https://localhost:{runner.addresses[0][1]}/stream/v1/audiohook"
    try:
        async with asyncio.TaskGroup() as group:
            running = group.create_task(part.run(), name="ingest")
            told: list[Finding] = []
            provisioner = HookProvisioner(rest, lambda url: try_destination(url, ssl_context=client), sleep=sleep)
            hook = await provisioner.provision(HookPlan("Sidetone (test)", url, encryption_key=KEY), told.append)
            assert hook.enabled
            assert [finding.level for finding in told if finding.subject == "Destination"] == [Level.PASS]
            simulated.appeared("call-1", CallFacts(), 0)
            await provisioner.bind("call-1", hook.id)
            ((call, _),) = simulated.streaming
            async with IngestClient(hook.destination_url, ssl_context=client, encryption_key=KEY) as platform:
                await platform.play(SCRIPT, call)
                assert set(platform.counts.answers) == {200}
            for channel in SCRIPT.channels:
                heard = [e.frame for e in events if isinstance(e, AudioArrived) and e.frame.party is channel.party]
                assert [frame.payload for frame in heard] == list(channel.packets)
                assert [frame.seq for frame in heard] == list(range(len(channel.packets)))
            assert {e.frame.party for e in events if isinstance(e, AudioArrived)} == {Party.CUSTOMER, Party.AGENT}
            await part.close()
            running.cancel()
    finally:
        await runner.cleanup()
        await organisation.close()
