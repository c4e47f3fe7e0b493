"""Downloads over a real socket: whole, cut, gone on with, changed, stalled, refused, too large for the disk."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from yarl import URL

from desktop.domain.errors import Rejected, SettingInvalid, SidetoneError, Unreachable
from desktop.models.bounds import Bounds, check_room, free_bytes
from desktop.models.fetch import Fetcher, Note, Part, Patience, check_address
from tests.models.publisher import publisher

CONTENT = bytes(range(256)) * 2_000  # 512,000 bytes
QUICK = Fetcher(ssl.create_default_context(), patience=Patience(connect=5, silence=5, pauses=(0.01, 0.01)))


@pytest.fixture
def part(tmp_path: Path) -> Part:
    return Part(tmp_path / "parts" / "m.part")


async def test_a_whole_file_comes_with_progress(part: Part) -> None:
    seen: list[tuple[int, int]] = []
    async with publisher(files={"m.zip": CONTENT}) as server:
        await QUICK.fetch(server.url("m.zip"), part, lambda done, total: seen.append((done, total)))
    assert part.path.read_bytes() == CONTENT
    assert seen[0] == (0, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))


async def test_a_cut_connection_is_gone_on_with_by_itself(part: Part) -> None:
    async with publisher(files={"m.zip": CONTENT}, cut_at=200_000, cuts=1) as server:
        await QUICK.fetch(server.url("m.zip"), part, lambda done, total: None)
        assert server.asked[0][1] == ""
        assert server.asked[1][1].startswith("bytes=")
    assert part.path.read_bytes() == CONTENT


async def test_a_line_that_is_cut_every_time_ends_with_what_came_kept(part: Part) -> None:
    async with publisher(files={"m.zip": CONTENT}, cut_at=0, cuts=99) as server:
        with pytest.raises(Unreachable, match=r"m\.zip can't be fetched"):
            await QUICK.fetch(server.url("m.zip"), part, lambda done, total: None)
        assert len(server.asked) == 3  # the first, and one after each pause


async def test_a_cancelled_download_goes_on_another_day(part: Part) -> None:
    async with publisher(files={"m.zip": CONTENT}, stall_at=300_000) as server:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(QUICK.fetch(server.url("m.zip"), part, lambda done, total: None))
            await server.stalled.wait()
            await asyncio.sleep(0.05)
            task.cancel()
        kept = part.size
        assert 250_000 < kept <= 304_096
        server.stall_at = None
        await QUICK.fetch(server.url("m.zip"), part, lambda done, total: None)
        assert server.asked[-1] == ("m.zip", f"bytes={kept}-")
    assert part.path.read_bytes() == CONTENT


async def test_a_stalled_server_is_given_up(part: Part) -> None:
    hasty = replace(QUICK, patience=Patience(connect=1, silence=0.2, pauses=()))
    async with publisher(files={"m.zip": CONTENT}, stall_at=100_000) as server:
        with pytest.raises(Unreachable):
            await hasty.fetch(server.url("m.zip"), part, lambda done, total: None)
    assert part.size > 50_000


def begun(part: Part, url: str, content: bytes, etag: str, total: int) -> None:
    part.begin(Note(url, etag, total))
    part.path.write_bytes(content)


async def test_a_file_that_changed_meanwhile_is_fetched_anew(part: Part) -> None:
    async with publisher(files={"m.zip": CONTENT}, etag='"two"') as server:
        begun(part, server.url("m.zip"), b"old" * 1000, '"one"', len(CONTENT))
        await QUICK.fetch(server.url("m.zip"), part, lambda done, total: None)
    assert part.path.read_bytes() == CONTENT


async def test_so_it_is_when_the_server_forgets_to_compare(part: Part) -> None:
    async with publisher(files={"m.zip": CONTENT}, etag='"two"', forgets_if_range=True) as server:
        begun(part, server.url("m.zip"), b"old" * 1000, '"one"', len(CONTENT))
        await QUICK.fetch(server.url("m.zip"), part, lambda done, total: None)
    assert part.path.read_bytes() == CONTENT


async def test_a_server_without_ranges_gives_everything_again(part: Part) -> None:
    async with publisher(files={"m.zip": CONTENT}, ranges=False) as server:
        begun(part, server.url("m.zip"), CONTENT[:1000], '"one"', len(CONTENT))
        await QUICK.fetch(server.url("m.zip"), part, lambda done, total: None)
        assert server.asked == [("m.zip", "bytes=1000-")]
    assert part.path.read_bytes() == CONTENT


@pytest.mark.parametrize("etag", ["", 'W/"one"'])
async def test_without_a_strong_validator_nothing_is_gone_on_with(part: Part, etag: str) -> None:
    async with publisher(files={"m.zip": CONTENT}, etag=etag, cut_at=200_000) as server:
        await QUICK.fetch(server.url("m.zip"), part, lambda done, total: None)
        assert [asked for _, asked in server.asked] == ["", ""]
    assert part.path.read_bytes() == CONTENT


async def test_a_part_longer_than_the_file_is_thrown_away(part: Part) -> None:
    async with publisher(files={"m.zip": CONTENT}) as server:
        begun(part, server.url("m.zip"), CONTENT + b"more", '"one"', len(CONTENT) + 9)
        await QUICK.fetch(server.url("m.zip"), part, lambda done, total: None)
    assert part.path.read_bytes() == CONTENT


async def test_a_complete_part_is_not_fetched_again(part: Part) -> None:
    async with publisher(files={"m.zip": CONTENT}) as server:
        for _ in range(2):
            await QUICK.fetch(server.url("m.zip"), part, lambda done, total: None)
        assert len(server.asked) == 1


@pytest.mark.parametrize("note", [b"", b"{", b"[]"])
async def test_a_part_of_which_nothing_is_known_begins_again(part: Part, note: bytes) -> None:
    async with publisher(files={"m.zip": CONTENT}) as server:
        begun(part, server.url("m.zip"), b"?" * 1000, '"one"', len(CONTENT))
        part.path.with_name("m.part.json").write_bytes(note)
        await QUICK.fetch(server.url("m.zip"), part, lambda done, total: None)
        assert server.asked == [("m.zip", "")]
    assert part.path.read_bytes() == CONTENT


async def test_a_file_without_a_stated_length_comes_whole(part: Part) -> None:
    async with publisher(files={"m.zip": CONTENT}, lengths=False) as server:
        await QUICK.fetch(server.url("m.zip"), part, lambda done, total: None)
    assert part.path.read_bytes() == CONTENT


async def test_a_file_shorter_than_promised_is_no_file(part: Part) -> None:
    async with publisher(files={"m.zip": CONTENT}, lie=10, etag="") as server:
        hasty = replace(QUICK, patience=Patience(silence=0.3, pauses=()))
        with pytest.raises(Unreachable):
            await hasty.fetch(server.url("m.zip"), part, lambda done, total: None)


@pytest.mark.parametrize(
    ("status", "kind", "said", "asked"),
    [
        (404, Rejected, "no longer there. Import it", 1),
        (410, Rejected, "no longer there", 1),
        (403, Rejected, "refuses", 1),
        (500, Unreachable, "just now", 3),
        (503, Unreachable, "just now", 3),
        (429, Unreachable, "just now", 3),
    ],
)
async def test_refusals_are_told_apart(
    part: Part, status: int, kind: type[SidetoneError], said: str, asked: int
) -> None:
    async with publisher(status={"m.zip": status}) as server:
        with pytest.raises(kind) as caught:
            await QUICK.fetch(server.url("m.zip"), part, lambda done, total: None)
        assert said in str(caught.value)
        assert len(server.asked) == asked


async def test_nobody_there(part: Part, unused_tcp_port: int) -> None:
    with pytest.raises(Unreachable, match=r"m\.zip can't be fetched"):
        await QUICK.fetch(f"http://127.0.0.1:{unused_tcp_port}/m.zip", part, lambda done, total: None)


async def test_redirects_are_followed_where_they_are_safe(part: Part) -> None:
    async with publisher(files={"real.zip": CONTENT}) as server:
        server.redirects = {"m.zip": "/other", "other": server.url("real.zip")}
        await QUICK.fetch(server.url("m.zip"), part, lambda done, total: None)
        assert part.path.read_bytes() == CONTENT
        server.redirects = {"m.zip": "http://example.com/m.zip"}
        part.discard()
        with pytest.raises(SettingInvalid, match="is not an https address"):
            await QUICK.fetch(server.url("m.zip"), part, lambda done, total: None)
        server.redirects = {"m.zip": "/m.zip"}
        with pytest.raises(Rejected, match="from one place to another"):
            await QUICK.fetch(server.url("m.zip"), part, lambda done, total: None)
        server.redirects = {"m.zip": "http://["}
        with pytest.raises(Rejected, match="an address that is none"):
            await QUICK.fetch(server.url("m.zip"), part, lambda done, total: None)


@pytest.mark.parametrize(
    ("url", "local", "good"),
    [
        ("https://example.com/m.zip", False, True),
        ("http://example.com/m.zip", False, False),
        ("http://example.com/m.zip", True, False),
        ("ftp://example.com/m.zip", False, False),
        ("https://user:secret@example.com/m.zip", False, False),
        ("http://127.0.0.1:9/m.zip", True, True),
        ("http://127.0.0.1:9/m.zip", False, False),  # a page elsewhere must not send us to this machine
        ("https://localhost/m.zip", False, False),
        ("file:///etc/passwd", False, False),
    ],
)
def test_where_a_model_may_come_from(url: str, local: bool, good: bool) -> None:
    if good:
        check_address(URL(url), local=local)
        return
    with pytest.raises(SettingInvalid) as caught:
        check_address(URL(url), local=local)
    assert "secret" not in str(caught.value)


async def test_a_file_larger_than_a_model_is_refused_before_it_comes(part: Part) -> None:
    small = replace(QUICK, bounds=Bounds(archive_bytes=1000, spare_bytes=0))
    async with publisher(files={"m.zip": CONTENT}) as server:
        with pytest.raises(Rejected, match="larger than a speech model may be"):
            await small.fetch(server.url("m.zip"), part, lambda done, total: None)
    assert part.size == 0


async def test_so_is_one_that_does_not_say_how_long_it_is(part: Part) -> None:
    small = replace(QUICK, bounds=Bounds(archive_bytes=100_000, spare_bytes=0))
    async with publisher(files={"m.zip": CONTENT}, lengths=False) as server:
        with pytest.raises(Rejected, match="longer than its publisher says"):
            await small.fetch(server.url("m.zip"), part, lambda done, total: None)


async def test_a_full_disk_is_seen_before(part: Part) -> None:
    full = replace(QUICK, free=lambda folder: 300_000_000 if folder == part.path.parent else 0)
    async with publisher(files={"m.zip": CONTENT}) as server:
        await full.fetch(server.url("m.zip"), part, lambda done, total: None)
        part.discard()
        fuller = replace(QUICK, free=lambda folder: 200_100_000)
        with pytest.raises(SettingInvalid, match=r"has 200 MB free, 201 MB are needed\. Make room"):
            await fuller.fetch(server.url("m.zip"), part, lambda done, total: None)


async def test_and_while_it_fills(part: Part) -> None:
    left = iter([10**12, 10**6, 10**6])
    filling = replace(QUICK, free=lambda folder: next(left))
    async with publisher(files={"m.zip": bytes(34 << 20)}) as server:
        with pytest.raises(SettingInvalid, match="Make room"):
            await filling.fetch(server.url("m.zip"), part, lambda done, total: None)
    assert part.size >= 32 << 20  # kept, to go on from


async def test_a_small_text(part: Part) -> None:
    async with publisher(files={"sums.txt": b"a  b\n", "long.txt": bytes(1 << 21)}) as server:
        assert await QUICK.text(server.url("sums.txt")) == "a  b\n"
        assert await QUICK.text(server.url("none.txt")) is None
        with pytest.raises(Rejected, match="too long"):
            await QUICK.text(server.url("long.txt"))


def test_room_is_asked_of_the_nearest_folder_that_is_there(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "a" / "b") > 0
    check_room(tmp_path, 1, Bounds(spare_bytes=0), lambda folder: 1)
