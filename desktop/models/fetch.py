"""Fetches an archive over HTTPS into a part file that a later try, or a later day, goes on with.

A download goes on only if the server confirms that it still has the same file (If-Range with a strong ETag or a date);
otherwise it begins again. What is complete stays until `discard`.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import aiohttp
import msgspec
from yarl import URL

from desktop.domain.errors import Rejected, SettingInvalid, SidetoneError, Unreachable
from desktop.domain.speech_model import size_in_words
from desktop.models.aside import aside
from desktop.models.bounds import Bounds, Free, check_room, free_bytes
from desktop.sources.plainly import plainly
from desktop.sources.trust import is_loopback, route_to

Progress = Callable[[int, int], None]
"""(bytes here, bytes altogether or 0 if the server doesn't say)."""
MOST_REDIRECTS = 5
MOST_TRIES = 50
WRITE_BYTES = 1 << 20
ROOM_EVERY = 32 << 20
TEXT_BYTES = 1 << 20
NOT_HTTPS = "is not an https address"
NOT_THERE = "The publisher answers {status} for {name}: it is no longer there. Import it from a file instead."
REFUSED = "The publisher refuses {name} ({status})."
BUSY = "The publisher can't give {name} just now ({status})."
CUT = "The download of {name} ended early."
CHANGED = "The publisher's file changed meanwhile."


@dataclass(frozen=True, slots=True)
class Patience:
    """In seconds. `pauses`: before each further try without a byte of progress."""

    connect: float = 20.0
    silence: float = 60.0
    pauses: tuple[float, ...] = (1.0, 5.0, 15.0)


@dataclass(frozen=True, slots=True)
class Note:
    """Beside a part: what it is a part of."""

    url: str
    validator: str
    total: int


@dataclass(frozen=True, slots=True)
class Part:
    """`<id>.part`, its note, and nothing else."""

    path: Path

    @property
    def size(self) -> int:
        """Bytes that are here."""
        with contextlib.suppress(FileNotFoundError):  # it may go while somebody asks
            return self.path.stat().st_size
        return 0

    @property
    def note(self) -> Note | None:
        """What it is a part of; None if that isn't known, so that it can't be gone on with."""
        try:
            return msgspec.json.decode(self._beside.read_bytes(), type=Note)
        except (OSError, msgspec.MsgspecError):
            return None

    def begin(self, note: Note) -> None:
        """An empty part of this."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(b"")
        self._beside.write_bytes(msgspec.json.encode(note))

    def discard(self) -> None:
        """Away with it."""
        for path in (self.path, self._beside):
            path.unlink(missing_ok=True)

    @property
    def _beside(self) -> Path:
        return self.path.with_name(self.path.name + ".json")


@dataclass(frozen=True, slots=True)
class Fetcher:
    """`ssl_context`: whom to trust. The way there is the system's (its proxy, or none for this machine)."""

    ssl_context: ssl.SSLContext
    bounds: Bounds = field(default_factory=Bounds)
    patience: Patience = field(default_factory=Patience)
    free: Free = free_bytes

    async def fetch(self, url: str, part: Part, progress: Progress) -> None:
        """The whole file is in `part` when this returns; when it doesn't, what came so far is.

        Unreachable: trying again later may help. Rejected and SettingInvalid: it won't.
        """
        failures = 0
        for _ in range(MOST_TRIES):
            before = part.size
            try:
                return await self._go_on(url, part, progress)
            except Unreachable:
                failures = 1 if part.size > before else failures + 1
                if failures > len(self.patience.pauses):
                    raise
                await asyncio.sleep(self.patience.pauses[failures - 1])
        raise Unreachable(CUT.format(name=URL(url).name))

    async def text(self, url: str) -> str | None:
        """A small text file; None if it isn't there."""
        async with self._answer(URL(url), {}) as response:
            if response.status == 404:
                return None
            _check_status(response.status, URL(url).name)
            with _in_words(URL(url).name):
                body = b""
                async for piece in response.content.iter_chunked(WRITE_BYTES):
                    body += piece
                    if len(body) > TEXT_BYTES:
                        raise Rejected(f"{URL(url).name} is too long.")
            return body.decode("utf-8", "replace")

    async def _go_on(self, url: str, part: Part, progress: Progress) -> None:
        note, have = part.note, part.size
        known = note is not None and note.url == url and bool(note.validator) and have > 0
        if known and note is not None and have == note.total:
            progress(have, have)
            return
        asks = {"Range": f"bytes={have}-", "If-Range": note.validator} if known and note is not None else {}
        name = URL(url).name
        async with self._answer(URL(url), asks) as response:
            match response.status:
                case 206 if known and note is not None and _goes_on(response, note, have):
                    total = note.total
                case 206 | 416:
                    part.discard()
                    raise Unreachable(CHANGED)
                case status:
                    _check_status(status, name)
                    have, total = 0, response.content_length or 0
                    part.begin(Note(url, _validator(response), total))
            if total > self.bounds.archive_bytes:
                raise Rejected(f"{name} is larger than a speech model may be ({size_in_words(total)}).")
            check_room(part.path.parent, max(0, total - have), self.bounds, self.free)
            progress(have, total)
            with part.path.open("ab", buffering=0) as file:
                have = await self._copy(response, file, have, total, progress)
        if total and have != total:
            raise Unreachable(CUT.format(name=name))

    async def _copy(
        self, response: aiohttp.ClientResponse, file: BinaryIO, have: int, total: int, progress: Progress
    ) -> int:
        """Append what comes; the size then. Writing waits for the disk in a thread."""
        name, folder = response.url.name, Path(file.name).parent
        waiting, room_at = bytearray(), have + ROOM_EVERY

        async def write() -> None:
            nonlocal have, room_at
            piece = bytes(waiting)
            waiting.clear()
            await aside(lambda stop: _write(file, piece, folder))
            have += len(piece)
            if have >= room_at:
                room_at = have + ROOM_EVERY
                check_room(folder, max(0, total - have), self.bounds, self.free)
            progress(have, total)

        with _in_words(name):
            try:
                async for piece in response.content.iter_any():
                    waiting += piece
                    if have + len(waiting) > (total or self.bounds.archive_bytes):
                        raise Rejected(f"{name} is longer than its publisher says.")
                    if len(waiting) >= WRITE_BYTES:
                        await write()
            except (aiohttp.ClientError, TimeoutError, OSError, asyncio.CancelledError):
                _write(file, bytes(waiting), folder)  # the last second of a slow line is worth keeping
                raise
            await write()
        return have

    @contextlib.asynccontextmanager
    async def _answer(self, url: URL, asks: dict[str, str]) -> AsyncIterator[aiohttp.ClientResponse]:
        """What is there, redirects followed as long as they are as safe as where they began."""
        patience = self.patience
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=patience.connect, sock_read=patience.silence)
        local = is_loopback(url.host or "")
        name = url.name
        async with aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as session:
            for _ in range(MOST_REDIRECTS + 1):
                check_address(url, local=local)
                headers = {"Accept-Encoding": "identity", "User-Agent": "sidetone", **asks}
                with _in_words(name):
                    response = await session.get(
                        url,
                        headers=headers,
                        allow_redirects=False,
                        ssl=self.ssl_context,
                        proxy=route_to(str(url)).proxy,
                    )
                async with response:
                    if response.status not in (301, 302, 303, 307, 308):
                        yield response
                        return
                    url = _elsewhere(url, response.headers.get("Location", ""))
        raise Rejected(f"The publisher sends us from one place to another for {name}.")


def check_address(url: URL, *, local: bool) -> None:
    """SettingInvalid unless https, or plain http on this machine if it began here (`local`)."""
    host = url.host or ""
    safe = url.scheme == "https" or (url.scheme == "http" and is_loopback(host) and local)
    if not host or not safe or url.user or (is_loopback(host) and not local):
        raise SettingInvalid(f"{url.scheme}://{host}", NOT_HTTPS, "A model is fetched over https only.")


def _elsewhere(url: URL, location: str) -> URL:
    try:
        return url.join(URL(location))
    except ValueError:
        raise Rejected("The publisher sends us to an address that is none.") from None


def _check_status(status: int, name: str) -> None:
    if status in (404, 410):
        raise Rejected(NOT_THERE.format(status=status, name=name))
    if status in (408, 425, 429) or status >= 500:
        raise Unreachable(BUSY.format(status=status, name=name))
    if status != 200:
        raise Rejected(REFUSED.format(status=status, name=name))


def _goes_on(response: aiohttp.ClientResponse, note: Note, have: int) -> bool:
    """Whether it is the same file from where we are; a server that forgets If-Range shows it by its validator."""
    same = _validator(response) in ("", note.validator)
    return same and response.headers.get("Content-Range", "") == f"bytes {have}-{note.total - 1}/{note.total}"


def _validator(response: aiohttp.ClientResponse) -> str:
    """Empty if there is none that If-Range takes: no weak ETags (RFC 9110, 13.1.5)."""
    tag = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")


def _write(file: BinaryIO, piece: bytes, folder: Path) -> None:
    try:
        view = memoryview(piece)
        while view:
            view = view[file.write(view) :]
    except OSError as problem:
        said = f"can't be written ({problem.strerror or type(problem).__name__})"
        raise SettingInvalid(
            str(folder), said, "Make room, or check the disk; the download goes on from there."
        ) from None


@contextlib.contextmanager
def _in_words(name: str) -> Iterator[None]:
    try:
        yield
    except SidetoneError:
        raise
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as problem:
        raise Unreachable(plainly(f"{name} can't be fetched", problem)) from None
