"""A whole simulated organisation: sign-in, analytics socket, notifications and bots on one port, streams beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from desktop.gateway.audio_connector import AudioConnectorGateway
from desktop.gateway.config import GatewayConfig
from desktop.simulator.analytics import AnalyticsPart
from desktop.simulator.bots import BotsPart
from desktop.simulator.notifications import NotificationsPart
from desktop.simulator.permissions import PermissionsPart
from desktop.simulator.platform import Part, SimulatedPlatform
from desktop.simulator.script import Script
from desktop.simulator.sign_in import SignInPart
from desktop.simulator.token_office import TokenOffice

CLIENT = "sidetone-demo"
"""The public client id of the simulated organisation: people sign in with the browser, without a secret."""
BOTS = ("bot-billing", "bot-orders")
TICK_S = 3.0


@dataclass(slots=True)
class SimulatedOrganisation:
    """`access_token` opens the audio stream besides tokens from its own sign-in. One per event loop."""

    access_token: str = field(repr=False)
    region: str = "built-in"
    scripts: Sequence[Script] = ()  # whose queues and agents the organisation has from the beginning
    office: TokenOffice = field(default_factory=TokenOffice)
    sign_in: SignInPart = field(init=False)
    analytics: AnalyticsPart = field(init=False)
    notifications: NotificationsPart = field(init=False)
    bots: BotsPart = field(init=False)
    permissions: PermissionsPart = field(init=False)
    platform: SimulatedPlatform = field(init=False)
    gateway: AudioConnectorGateway = field(init=False)

    def __post_init__(self) -> None:
        self.sign_in = SignInPart(self.office, {CLIENT: ""})
        self.analytics = AnalyticsPart(self.office)
        everyone = [s.facts for s in self.scripts] + [c.facts for s in self.scripts for c in s.changes]
        self.notifications = NotificationsPart(
            self.office,
            queues={facts.queue_id: facts.queue_name for facts in everyone if facts.queue_id},
            users={facts.agent_id: facts.agent_name for facts in everyone if facts.agent_id},
        )
        self.bots = BotsPart(self.office, bots=BOTS, tick_s=TICK_S)
        self.permissions = PermissionsPart(self.office)
        self.platform = SimulatedPlatform(self.parts)
        accepts = self.office.grant
        self.gateway = AudioConnectorGateway(
            GatewayConfig(self.access_token, lambda token: accepts(token) is not None, region=self.region)
        )

    @property
    def parts(self) -> tuple[Part, ...]:
        """All that hear of calls."""
        return (self.sign_in, self.analytics, self.notifications, self.bots, self.permissions)

    async def start(self) -> tuple[str, str]:
        """Listen; the base addresses of the audio gateway and of everything else."""
        return await self.gateway.start(), await self.platform.start()

    async def close(self) -> None:
        """For good."""
        await self.gateway.close()
        await self.platform.close()
