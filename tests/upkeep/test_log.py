"""The log keeps what happened, rotates, and holds nothing private."""

from __future__ import annotations

import logging
import multiprocessing
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.upkeep import log as logs
from desktop.upkeep.log import FILE, Private, anonymous, close_log, open_log, tail

OURS = logging.getLogger("desktop.app.somewhere")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("desktop")
    before = root.level, ours.level, root.handlers[:]
    yield
    root.setLevel(before[0])
    ours.setLevel(before[1])
    root.handlers[:] = before[2]


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Path]:
    handler = open_log(tmp_path, verbose=False)
    assert handler is not None
    yield tmp_path / FILE
    close_log(handler)


def test_what_is_ours_is_kept_from_info_on(written: Path) -> None:
    OURS.debug("too small")
    OURS.info("connections: %d", 3)
    text = written.read_text("utf-8")
    assert "INFO desktop.app.somewhere connections: 3" in text
    assert "too small" not in text


def test_details_on_demand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    handler = open_log(tmp_path, verbose=True)
    OURS.debug("a detail")
    close_log(handler)
    assert "a detail" in (tmp_path / FILE).read_text("utf-8")
    assert "a detail" in capsys.readouterr().err


def test_numbers_tokens_addresses_and_the_user_stay_out(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_names", lambda: ("quillfeather",))
    monkeypatch.setattr(logs, "_homes", lambda: ("/home/quillfeather",))
    token = "eyJhbGciOiJIUzI1NiJ9" * 2
    OURS.warning("%s %s %s %s", "/home/quillfeather/x", "+49 170 1234567", token, "jane.doe@example.com")
    OURS.warning("for quillfeather")
    text = written.read_text("utf-8")
    assert "~/x (number) (removed) (address)" in text
    assert "for (user)" in text
    for private in ("quillfeather", "1234567", token, "jane.doe"):
        assert private not in text


def test_an_error_is_kept_without_its_words(written: Path) -> None:
    try:
        raise ValueError("Xanthippe wants her money back")
    except ValueError:
        OURS.exception("a slot failed")
    text = written.read_text("utf-8")
    assert "a slot failed\n    ValueError\n" in text
    assert "test_an_error_is_kept_without_its_words" in text
    assert "Xanthippe" not in text


def test_of_other_libraries_only_warnings_and_only_their_fixed_words(written: Path) -> None:
    library = logging.getLogger("websockets.client")
    library.setLevel(logging.NOTSET)
    library.info("> TEXT %s", "i want my money back")
    library.warning("frame from %s was bad\nXanthippe", "Xanthippe")
    text = written.read_text("utf-8")
    assert "money" not in text
    assert "websockets.client frame from %s was bad\n" in text
    assert "Xanthippe" not in text


def test_a_log_line_with_the_wrong_arguments_is_still_a_line() -> None:
    record = logging.LogRecord("desktop.x", logging.INFO, "", 1, "%d calls", ("many",), None)
    assert "%d calls" in Private().format(record)


def test_files_are_bounded_in_size_and_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_BYTES", 2_000)
    handler = open_log(tmp_path, verbose=False)
    for number in range(400):
        OURS.info("line %d of many", number)
    close_log(handler)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == [FILE, *(f"{FILE}.{number}" for number in range(1, 6))]
    assert all(path.stat().st_size <= 2_100 for path in tmp_path.iterdir())


def test_the_tail_is_the_newest_whole_lines_over_two_files(tmp_path: Path) -> None:
    (tmp_path / f"{FILE}.1").write_text("".join(f"old {n}\n" for n in range(100)))
    (tmp_path / FILE).write_text("new 1\nnew 2\n")
    lines = tail(tmp_path, most_bytes=60)
    assert lines[-2:] == ("new 1", "new 2")
    assert lines[0].startswith("old ")
    assert sum(len(line) + 1 for line in lines) <= 60
    assert tail(tmp_path / "nowhere") == ()


def test_a_folder_that_cannot_be_written_costs_the_log_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert open_log(tmp_path / "file", verbose=False) is None
    close_log(None)


def test_times_and_frames_outlive_the_scrubbing(written: Path) -> None:
    try:
        raise multiprocessing.AuthenticationError("4111 1111 1111 1111")
    except multiprocessing.AuthenticationError:
        OURS.exception("two\n    lines")
    first, *rest = tail(written.parent)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3} ERROR desktop.app.somewhere two     lines", first)
    assert rest[0] == "    multiprocessing.context.AuthenticationError"
    assert rest[1].endswith("test_times_and_frames_outlive_the_scrubbing")
    assert "(" not in "".join(rest)


def test_a_line_is_bounded() -> None:
    assert len(anonymous("word " * 10_000)) == logs.LONGEST
