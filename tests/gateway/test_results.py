"""Document D, "Final Results": what sessions leave on disk, whatever happens to the process or the disk."""

from __future__ import annotations

import csv
import os
import stat
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.gateway.results import CRASHED, ResultsFolder, _append
from desktop.gateway.results_row import RESULT_COLUMNS, TRANSCRIPT_COLUMNS, Judgement, Line, SessionResult

NOON = 1_774_958_400.0  # 2026-03-31T12:00:00Z
DAY = 86_400.0


@dataclass(frozen=True)
class Judged:
    summary: str = "It is broken."
    sentiment: str = "negative"
    emotion: str = "angry"
    agent_score: int = 2
    agent_score_reasons: str = "greets"
    process_issues: str = "long wait"
    repeated_problems: str = "again"
    marketing_mentions: str = "offer"


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


def line(text: str, at_s: float = 1.0) -> Line:
    return Line(round(at_s * 1000), round(at_s * 1000) + 500, 0.75, text)


def result(judgement: Judgement | None = None, ended_by: str = "close") -> SessionResult:
    return SessionResult(NOON - 60, NOON, ended_by, "en", 59_500.0, 250.0, judgement or Judged())


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rows(folder: Path) -> list[dict[str, str]]:
    return [row for path in sorted(folder.glob("results-*.csv")) for row in read(path)]


def saved(folder: ResultsFolder, session_id: str, *texts: str) -> None:
    transcript = folder.begin(session_id)
    for text in texts:
        transcript.add(line(text))
    folder.save(transcript, result())


def test_document_d_a_full_transcript_and_final_analysis_are_saved(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path, clock=Clock())
    transcript = folder.begin("your-session-id")
    transcript.add(line("it is broken", 1.5))
    transcript.add(line("again, and again", 4.0))
    folder.save(transcript, result())
    (row,) = rows(tmp_path)
    assert row == {
        "session_id": "your-session-id",
        "started_at": "2026-03-31T11:59:00Z",
        "ended_at": "2026-03-31T12:00:00Z",
        "ended_by": "close",
        "language": "en",
        "audio_s": "59.50",
        "lost_s": "0.25",
        "words": "6",
        "transcript_file": row["transcript_file"],
        "transcript": "it is broken\nagain, and again",
        "summary": "It is broken.",
        "sentiment": "negative",
        "emotion": "angry",
        "agent_score": "2",
        "agent_score_reasons": "greets",
        "process_issues": "long wait",
        "repeated_problems": "again",
        "marketing_mentions": "offer",
    }
    assert (tmp_path / "results-2026-03-31.csv").exists()
    assert tuple(row) == RESULT_COLUMNS
    first, second = read(tmp_path / "transcripts" / row["transcript_file"])
    assert tuple(first) == TRANSCRIPT_COLUMNS
    assert first == {
        "session_id": "your-session-id",
        "utterance": "0",
        "start_s": "1.50",
        "end_s": "2.00",
        "confidence": "0.750",
        "text": "it is broken",
    }
    assert second["text"] == "again, and again"


def test_file_names_hold_nothing_of_the_session_and_files_are_the_owners_alone(tmp_path: Path) -> None:
    saved(ResultsFolder(tmp_path / "results", clock=Clock()), "+49 170 1234567", "hello there")
    files = [path for path in (tmp_path / "results").rglob("*") if path.is_file()]
    assert len(files) == 2
    assert not any("170" in path.name for path in files)
    if sys.platform != "win32":
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
        assert stat.S_IMODE((tmp_path / "results").stat().st_mode) == 0o700


def test_a_session_without_words_leaves_a_row_and_no_transcript(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path, clock=Clock())
    folder.save(folder.begin("quiet"), SessionResult(NOON, NOON + 5, "connection lost", "en", 5000, 0, None))
    (row,) = rows(tmp_path)
    assert (row["words"], row["transcript"], row["transcript_file"], row["sentiment"]) == ("0", "", "", "")
    assert row["ended_by"] == "connection lost"
    assert not (tmp_path / "transcripts").exists()


def test_a_crash_leaves_the_words_and_the_next_start_adds_the_row(tmp_path: Path) -> None:
    lost = ResultsFolder(tmp_path, clock=Clock()).begin("crashed")
    lost.add(line("nobody called me", 3.0))
    lost.add(line("=never", 9.0))
    assert rows(tmp_path) == []
    asked: list[Sequence[str]] = []

    def judge(texts: Sequence[str]) -> Judgement:
        asked.append(texts)
        return Judged()

    ResultsFolder(tmp_path, judge=judge, clock=Clock()).tidy()
    (row,) = rows(tmp_path)
    assert (row["session_id"], row["ended_by"], row["audio_s"]) == ("crashed", CRASHED, "9.50")
    assert (row["transcript"], row["emotion"]) == ("nobody called me\n'=never".replace("\n'", "\n"), "angry")
    assert asked == [["nobody called me", "=never"]]
    assert (tmp_path / "transcripts" / row["transcript_file"]).exists()
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize("junk", [b"", b"\x00\xff\n", b"session_id,text\r\n", b"a,b\r\n1,2\r\n", b'"' + b"x" * 200_000])
def test_a_torn_transcript_stops_nothing(tmp_path: Path, junk: bytes) -> None:
    (tmp_path / "transcripts").mkdir()
    (tmp_path / "transcripts" / "20260331T110000Z-00000000.csv.part").write_bytes(junk)
    (tmp_path / "transcripts" / "somebody-elses.csv.part").write_bytes(b"text,end_s\r\nhello,x\r\n")
    folder = ResultsFolder(tmp_path, clock=Clock())
    folder.tidy()
    saved(folder, "next", "hello there")
    assert [row["session_id"] for row in rows(tmp_path)][-1] == "next"


def test_a_number_that_a_crash_tore_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "transcripts").mkdir()
    torn = tmp_path / "transcripts" / "20260331T110000Z-00000000.csv.part"
    torn.write_text("session_id,utterance,start_s,end_s,confidence,text\r\ns,0,1.0,1.x,0.5,hello\r\n")
    ResultsFolder(tmp_path, clock=Clock()).tidy()
    assert [(row["transcript"], row["audio_s"]) for row in rows(tmp_path)] == [("hello", "0.00")]


def test_tidying_leaves_live_sessions_alone(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path, clock=Clock())
    live = folder.begin("live")
    live.add(line("first"))
    folder.tidy()
    live.add(line("second"))
    folder.save(live, result())
    assert [row["transcript"] for row in rows(tmp_path)] == ["first\nsecond"]


def test_a_row_that_a_crash_tore_does_not_spoil_the_next(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path, clock=Clock())
    saved(folder, "one", "hello")
    day = tmp_path / "results-2026-03-31.csv"
    with day.open("ab") as file:
        file.write(b"half a ro")
    saved(folder, "two", "hello")
    assert [row["session_id"] for row in rows(tmp_path)] == ["one", "half a ro", "two"]


def test_old_results_are_deleted_and_foreign_files_are_not(tmp_path: Path) -> None:
    clock = Clock()
    folder = ResultsFolder(tmp_path, retention_days=2, clock=clock)
    saved(folder, "old", "hello")
    for name in ("notes.csv", "results-2026-99-99.csv", "transcripts/mine.csv"):
        (tmp_path / name).write_text("mine")
    clock.now = NOON + 1.5 * DAY
    saved(folder, "newer", "hello")
    assert {row["session_id"] for row in rows(tmp_path)} >= {"old", "newer"}
    clock.now = NOON + 3.5 * DAY
    saved(folder, "newest", "hello")
    kept = {path.name for path in tmp_path.rglob("*.csv")}
    assert {"notes.csv", "results-2026-99-99.csv", "mine.csv"} <= kept
    assert {"results-2026-04-02.csv", "results-2026-04-04.csv"} <= kept
    assert "results-2026-03-31.csv" not in kept
    assert len(list((tmp_path / "transcripts").glob("2026*.csv"))) == 2


def test_the_disk_space_is_bounded_and_the_oldest_transcripts_go_first(tmp_path: Path) -> None:
    clock = Clock()
    folder = ResultsFolder(tmp_path, max_mb=0.02, clock=clock)
    for number in range(5):
        clock.now = NOON + number * 60
        saved(folder, str(number), "word " * 600)
    folder.tidy()
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.csv")) <= 20_000
    assert len(rows(tmp_path)) == 5, "the day's results stay as long as transcripts can go"
    assert [path.name[:13] for path in (tmp_path / "transcripts").iterdir()] == ["20260331T1204"]


def test_tidying_what_is_not_there(tmp_path: Path) -> None:
    ResultsFolder(tmp_path / "nothing", clock=Clock()).tidy()
    assert not (tmp_path / "nothing").exists()


def test_cells_that_spreadsheets_would_run_stay_text(tmp_path: Path) -> None:
    saved(ResultsFolder(tmp_path, clock=Clock()), '=HYPERLINK("http://evil")', "-1+1")
    (row,) = rows(tmp_path)
    assert row["session_id"].startswith("'=HYPERLINK")
    assert row["transcript"] == "'-1+1"


def test_a_disk_that_refuses_says_so_and_keeps_the_texts(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    folder = ResultsFolder(blocked, clock=Clock())
    transcript = folder.begin("s")
    with pytest.raises(OSError, match=r"file"):
        transcript.add(line("hello"))
    assert transcript.texts == ["hello"]
    with pytest.raises(OSError, match=r"file"):
        folder.save(transcript, result())


def test_twenty_sessions_that_end_at_once_leave_twenty_whole_rows(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path, clock=Clock())
    threads = [threading.Thread(target=saved, args=(folder, str(n), "hello there " * 50)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(int(row["session_id"]) for row in rows(tmp_path)) == list(range(20))
    assert all(None not in row and row["marketing_mentions"] == "offer" for row in rows(tmp_path))


@pytest.mark.parametrize("wrong", [{"retention_days": 0}, {"max_mb": 0}])
def test_settings_that_would_keep_nothing(tmp_path: Path, wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="results"):
        ResultsFolder(tmp_path, **wrong)  # type: ignore[arg-type]


def test_values_say_nothing_of_what_was_said() -> None:
    assert "secret" not in repr(Line(0, 1, 1.0, "secret"))
    assert "secret" not in repr(result(Judged("secret")))


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=20), min_size=1, max_size=5))
def test_any_text_is_read_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, cells: list[str]) -> None:
    path = tmp_path_factory.mktemp("cells") / "x.csv"
    _append(path, [f"column {n}" for n in range(len(cells))], cells)
    with path.open(encoding="utf-8", newline="") as file:
        _, row = list(csv.reader(file))
    assert [cell.removeprefix("'") if cell.startswith("'") else cell for cell in row] == [
        cell.removeprefix("'") for cell in cells
    ]
    os.unlink(path)
