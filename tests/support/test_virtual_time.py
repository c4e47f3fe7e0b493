"""Virtual time: hours pass in moments, sockets and threads are real and never overtaken."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosedError

from tests.support.leaks import held
from tests.support.virtual_time import Clocks, run_virtual, running, wall_clock


def test_an_hour_passes_in_moments() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        before = loop.time()
        await asyncio.sleep(3600)
        return loop.time() - before

    began = time.monotonic()
    assert run_virtual(main()) == pytest.approx(3600, abs=0.001)
    assert time.monotonic() - began < 60.0  # however busy the machine


def test_timers_fire_in_their_order_and_at_their_time() -> None:
    async def main() -> list[tuple[str, float]]:
        loop = asyncio.get_running_loop()
        began, seen = loop.time(), []

        async def nap(name: str, for_s: float) -> None:
            await asyncio.sleep(for_s)
            seen.append((name, round(loop.time() - began, 6)))

        async with asyncio.TaskGroup() as group:
            for name, for_s in (("c", 7200.0), ("a", 0.25), ("d", 86_400.0), ("b", 60.0), ("b2", 60.001)):
                group.create_task(nap(name, for_s), name=name)
        return seen

    assert run_virtual(main()) == [("a", 0.25), ("b", 60.0), ("b2", 60.001), ("c", 7200.0), ("d", 86_400.0)]


def test_a_timeout_counts_virtual_seconds() -> None:
    async def main() -> None:
        async with asyncio.timeout(500):
            await asyncio.sleep(499)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(500):
                await asyncio.sleep(501)

    run_virtual(main())


def test_a_thread_is_waited_for_not_overtaken() -> None:
    async def main() -> str:
        async with asyncio.timeout(0.05):  # virtual: far less than the thread takes in reality
            return await asyncio.to_thread(_slow_job)

    assert run_virtual(main()) == "done"


def _slow_job() -> str:
    time.sleep(0.2)
    return "done"


def test_a_name_is_looked_up_by_a_thread_and_waited_for() -> None:
    async def main() -> int:
        async with asyncio.timeout(0.001):
            return len(await asyncio.get_running_loop().getaddrinfo("localhost", 80))

    assert run_virtual(main()) >= 1


def test_real_time_holds_the_clock() -> None:
    async def main() -> float:
        loop = running()
        before = loop.time()
        with loop.real_time():
            reader, writer = await asyncio.open_connection(*await _talks_late(0.1))
            assert await reader.read() == b"late"
            writer.close()
        return loop.time() - before

    assert run_virtual(main()) == 0.0


async def _talks_late(after_s: float) -> tuple[str, int]:
    """The address of a listener on a thread of its own, which answers after a real moment."""
    import socket
    import threading

    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        peer, _ = listener.accept()
        time.sleep(after_s)
        peer.sendall(b"late")
        peer.close()
        listener.close()

    threading.Thread(target=answer, daemon=True).start()
    host, port = listener.getsockname()
    return host, port


@contextlib.asynccontextmanager
async def _web(handler: object) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/", handler)  # type: ignore[arg-type]
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


def test_aiohttp_answers_within_its_timeout_however_often_time_jumps() -> None:
    async def answer(request: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.Response(text="x" * 500_000)

    async def main() -> float:
        async with _web(answer) as url, aiohttp.ClientSession() as session:
            before = asyncio.get_running_loop().time()
            for _ in range(50):
                async with session.get(url, timeout=aiohttp.ClientTimeout(total=6)) as reply:
                    assert len(await reply.text()) == 500_000
                await asyncio.sleep(60)
            return asyncio.get_running_loop().time() - before

    assert run_virtual(main()) == pytest.approx(50 * 65, abs=0.5)


def test_aiohttp_gives_up_on_a_silent_server_in_virtual_time() -> None:
    async def never(request: web.Request) -> web.Response:
        await asyncio.sleep(1_000_000)
        return web.Response()

    async def main() -> float:
        async with _web(never) as url, aiohttp.ClientSession() as session:
            before = asyncio.get_running_loop().time()
            with pytest.raises(TimeoutError):
                await session.get(url, timeout=aiohttp.ClientTimeout(total=300))
            return asyncio.get_running_loop().time() - before

    assert run_virtual(main()) == pytest.approx(300, abs=2)


def test_websockets_keep_their_order_and_their_pings_over_hours() -> None:
    async def echo(socket: ServerConnection) -> None:
        async for message in socket:
            await socket.send(message)

    async def main() -> list[str]:
        heard = []
        async with (
            serve(echo, "127.0.0.1", 0, ping_interval=20, ping_timeout=10) as server,
            connect(f"ws://127.0.0.1:{_port(server)}", ping_interval=20, ping_timeout=10, proxy=None) as socket,
        ):
            for hour in range(3):
                await socket.send(str(hour))
                heard.append(str(await socket.recv()))
                await asyncio.sleep(1800)
        return heard

    assert run_virtual(main()) == [str(hour) for hour in range(3)]


def test_a_half_open_socket_is_noticed_after_the_virtual_ping_timeout() -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from websockets.server import ServerProtocol

        protocol = ServerProtocol()
        protocol.receive_data(await reader.readuntil(b"\r\n\r\n"))
        (request,) = protocol.events_received()
        protocol.send_response(protocol.accept(request))  # type: ignore[arg-type]
        writer.writelines(protocol.data_to_send())
        await reader.read()  # says nothing any more, not even pong
        writer.close()

    async def main() -> float:
        server = await asyncio.start_server(mute, "127.0.0.1", 0)
        before = asyncio.get_running_loop().time()
        async with (
            server,
            connect(
                f"ws://127.0.0.1:{_port(server)}", ping_interval=20, ping_timeout=10, close_timeout=0.5, proxy=None
            ) as socket,
        ):
            with pytest.raises(ConnectionClosedError):
                await socket.recv()
            return asyncio.get_running_loop().time() - before

    assert run_virtual(main()) == pytest.approx(30, abs=1)


def _port(server: object) -> int:
    return server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]


def test_all_clocks_agree() -> None:
    async def main() -> None:
        clocks = Clocks.of_running()
        wall, monotonic, wall_ns = clocks.time(), clocks.monotonic(), clocks.time_ns()
        assert wall == wall_clock()
        await asyncio.sleep(1000)
        assert clocks.time() - wall == pytest.approx(1000)
        assert clocks.monotonic() - monotonic == pytest.approx(1000)
        assert (clocks.time_ns() - wall_ns) / 1e9 == pytest.approx(1000)
        assert clocks.monotonic_ns() / 1e9 == pytest.approx(clocks.perf_counter())

    run_virtual(main())


def test_a_busy_test_that_never_ends_is_ended() -> None:
    async def main() -> None:
        while True:
            await asyncio.sleep(1)

    with pytest.raises(TimeoutError, match="virtual seconds"):
        run_virtual(main(), real_limit_s=0.3)


def test_an_error_comes_out_as_itself() -> None:
    async def main() -> None:
        await asyncio.sleep(10)
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        run_virtual(main())


def test_leaks_are_seen_in_virtual_time_too() -> None:
    async def main() -> None:
        before = await held()
        handle = asyncio.get_running_loop().call_later(3600, lambda: None)
        after = await held()
        assert after.timers == before.timers + 1
        handle.cancel()
        assert await held() == before

    run_virtual(main())
