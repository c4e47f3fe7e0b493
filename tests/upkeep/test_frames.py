"""Where something went wrong is told, what it said is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.upkeep.frames import dump, kind_of, short, story


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/home/bob/src/sidetone/desktop/app/cli.py", "desktop/app/cli.py"),
        ("/home/bob/.venv/lib/python3.11/site-packages/aiohttp/client.py", "aiohttp/client.py"),
        ("/usr/lib/python3/dist-packages/jeepney/io.py", "jeepney/io.py"),
        (r"C:\Users\Bob Smith\sidetone\desktop\ui\page.py", "desktop/ui/page.py"),
        ("/usr/lib/python3.12/asyncio/events.py", "asyncio/events.py"),
        ("/home/bob/secret-project/tool.py", "tool.py"),
        ("desktop/app/cli.py", "desktop/app/cli.py"),
        ("<string>", "<string>"),
    ],
)
def test_a_path_tells_nothing_of_whose_computer_it_is(path: str, told: str) -> None:
    assert short(path) == told


def fail(words: str) -> None:
    raise ValueError(words)


def test_an_error_is_told_by_kind_and_place_with_its_causes() -> None:
    try:
        try:
            fail("Xanthippe said 4111 1111 1111 1111")
        except ValueError as first:
            raise ExceptionGroup("Xanthippe", [KeyError("Xanthippe")]) from first
    except ExceptionGroup as error:
        told = story(error)
    assert [line for line in told if not line.startswith(" ")] == ["ValueError", "ExceptionGroup", "KeyError"]
    assert any(line.endswith(" fail") and "test_frames.py:" in line for line in told)
    assert "Xanthippe" not in "".join(told)
    assert "4111" not in "".join(told)


def test_a_long_recursion_is_told_shortly() -> None:
    def again(depth: int) -> None:
        again(depth + 1) if depth < 300 else fail("x")

    with pytest.raises(ValueError, match="x") as caught:
        again(0)
    assert len(story(caught.value)) <= 160


def test_the_kind_names_its_module() -> None:
    from asyncio import QueueFull

    assert kind_of(QueueFull()) == "asyncio.queues.QueueFull"


def test_a_native_fault_is_read_without_the_paths_of_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "fault.txt"
    path.write_text(
        "Fatal Python error: Segmentation fault\n\nCurrent thread 0x00007f (most recent call first):\n"
        '  File "/home/bob/app/desktop/audio/opus.py", line 33 in decode\n  File "/home/bob/x.py", line 1 in <module>\n'
        'Thread 0x00008a (most recent call first):\n  File "/usr/lib/python3.11/queue.py", line 171 in get\n'
        "Extension modules: numpy (total: 1)\nwhatever else\n"
    )
    assert dump(path) == (
        "Fatal Python error: Segmentation fault",
        "Current thread 0x00007f (most recent call first):",
        '  File "desktop/audio/opus.py", line 33 in decode',
        '  File "x.py", line 1 in <module>',
        "Thread 0x00008a (most recent call first):",
        '  File "queue.py", line 171 in get',
    )
    assert dump(tmp_path / "none") == ()


def test_the_thread_that_failed_comes_before_those_that_only_wait(tmp_path: Path) -> None:
    path = tmp_path / "fault.txt"
    waiting = 'Thread 0x01 (most recent call first):\n  File "/x/queue.py", line 171 in get\n'
    failing = 'Current thread 0x02 (most recent call first):\n  File "/x/desktop/audio/opus.py", line 33 in decode\n'
    path.write_text("Fatal Python error: Aborted\n\n" + waiting * 90 + failing)
    told = dump(path)
    assert told[0] == "Fatal Python error: Aborted"
    assert told[1].startswith("Current thread")
    assert told[2] == '  File "desktop/audio/opus.py", line 33 in decode'
    assert len(told) == 80
