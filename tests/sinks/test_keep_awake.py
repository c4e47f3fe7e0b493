"""The screen is kept awake by a real service on a real bus, and nothing breaks where there is none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from jeepney import HeaderFields, Message, MessageType, message_bus, new_method_return
from jeepney.io.asyncio import DBusConnection, Proxy, open_dbus_connection, open_dbus_router

from desktop.sinks.keep_awake import WHY, kept_awake

NAME = "org.freedesktop.ScreenSaver"


class Saver:
    """A desktop's screen saver: who asked it to stay away, and why."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.senders: list[str] = []

    async def serve(self, connection: DBusConnection) -> None:
        while True:
            message: Message = await connection.receive()
            if message.header.message_type is MessageType.method_call:
                self.asked.append((str(message.header.fields[HeaderFields.member]), *message.body))
                self.senders.append(str(message.header.fields[HeaderFields.sender]))
                await connection.send(new_method_return(message, "u", (7,)))


@asynccontextmanager
async def screen_saver(address: str) -> AsyncIterator[Saver]:
    saver, connection = Saver(), await open_dbus_connection(address)
    async with asyncio.TaskGroup() as group:
        async with open_dbus_router(address) as router:
            await Proxy(message_bus, router).GetId()  # the bus answers
        request = message_bus.RequestName(NAME)
        await connection.send(request)
        serving = group.create_task(saver.serve(connection))
        async with open_dbus_router(address) as router:
            while not (await Proxy(message_bus, router).NameHasOwner(NAME))[0]:
                await asyncio.sleep(0.01)
        yield saver
        serving.cancel()
    await connection.close()


async def owner_is_there(address: str, name: str) -> bool:
    async with open_dbus_router(address) as router:
        return bool((await Proxy(message_bus, router).NameHasOwner(name))[0])


async def test_it_asks_for_as_long_as_it_holds_the_line(session_bus: str) -> None:
    async with screen_saver(session_bus) as saver:
        async with kept_awake() as worked:
            assert worked
            assert saver.asked == [("Inhibit", "Sidetone", WHY)]
            assert await owner_is_there(session_bus, saver.senders[0])
        for _ in range(200):
            if not await owner_is_there(session_bus, saver.senders[0]):
                break
            await asyncio.sleep(0.01)
        assert not await owner_is_there(session_bus, saver.senders[0])


async def test_a_bus_without_a_screen_saver_and_no_bus_at_all_are_said(session_bus: str) -> None:
    async with kept_awake() as worked:
        assert not worked


async def test_no_bus_is_no_trouble() -> None:
    async with kept_awake() as worked:
        assert not worked
