"""Whether a speech service would hear us: a session is opened and ended, and no sound is sent."""

from __future__ import annotations

import asyncio
import time

from websockets.exceptions import ConnectionClosed

from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.media import Party
from desktop.domain.speech import EngineTrouble
from desktop.domain.speech_service import ServiceTested
from desktop.protocols.speech_conversation import SpeechConversation, Stage
from desktop.recognition.speech_service import SpeechServiceAccess, usable
from desktop.recognition.speech_service_access import Access, NotOpened
from desktop.recognition.speech_service_line import KEY_CODES, OPENED_S, hang_up

SESSION = "sidetone-test"


async def probe(access: SpeechServiceAccess) -> EngineTrouble | None:
    """What keeps the service from hearing with these settings; None: nothing does."""
    return (await tested(access)).trouble


async def tested(access: SpeechServiceAccess) -> ServiceTested:
    """The same, with the languages that it says it knows."""
    way, trouble = await asyncio.to_thread(usable, access)  # reads certificates
    if way is None:
        return ServiceTested(trouble)
    talk = SpeechConversation(SESSION, Party.MIXED, SESSION, access.language)
    try:
        while not talk.opened:
            await _ask(way, talk)
            if not talk.opened and not talk.asks_again:
                return ServiceTested(talk.trouble or EngineTrouble.NO_ANSWER, talk.languages)
    except NotOpened as problem:
        return ServiceTested(problem.trouble)
    return ServiceTested(None, talk.languages)


async def _ask(way: Access, talk: SpeechConversation) -> None:
    socket = await way.dial()
    try:
        await socket.send(talk.open())
        async with asyncio.timeout(OPENED_S):
            while talk.stage is Stage.OPENING:
                data = await socket.recv()
                if isinstance(data, str):
                    talk.hear(data, time.monotonic_ns())
        talk.close()
        if (goodbye := talk.send(time.monotonic_ns())) is not None:
            await socket.send(goodbye)
    except ConnectionClosed:
        if not talk.opened and socket.close_code in KEY_CODES:
            raise NotOpened(EngineTrouble.KEY_REFUSED) from None
    except (TimeoutError, PeerBrokeProtocol):
        pass
    finally:
        await hang_up(socket)
