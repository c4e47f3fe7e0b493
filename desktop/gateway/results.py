"""What sessions of the speech-analytics service leave on disk (document D, "Final Results"), as CSV.

    FOLDER/results-2026-03-31.csv                      one row per session that ended that day (UTC)
    FOLDER/transcripts/20260331T094500Z-5f1c09ab.csv   one row per utterance; `.csv.part` while the session goes on

Utterances are appended as they come, so a crash leaves them; the next `tidy` adds the missing row. File names hold
nothing from the session. Only this process may use the folder. All files are their owner's alone (0600).
All methods block on the disk and may be called from any thread.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from desktop.gateway.results_row import RESULT_COLUMNS, TRANSCRIPT_COLUMNS, Judgement, Line, SessionResult

CRASHED = "the service stopped unexpectedly"
DAY_S = 86_400

_RESULTS = re.compile(r"results-(\d{4}-\d\d-\d\d)\.csv")
_TRANSCRIPT = re.compile(r"(\d{8}T\d{6}Z)-[0-9a-f]{8}\.csv")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BINARY = getattr(os, "O_BINARY", 0)


class Transcript:
    """One session's utterances on disk. Made by `ResultsFolder.begin`."""

    def __init__(self, path: Path, session_id: str) -> None:
        self.path = path  # of the finished file
        self.session_id = session_id
        self.texts: list[str] = []
        self._written = False

    @property
    def part(self) -> Path:
        """Where it grows."""
        return self.path.with_name(self.path.name + ".part")

    def add(self, line: Line) -> None:
        """Append. OSError when the disk refuses; the text is kept in memory all the same."""
        self.texts.append(line.text)
        start_s, end_s = (f"{ms / 1000:.2f}" for ms in (line.start_ms, line.end_ms))
        row = (self.session_id, str(len(self.texts) - 1), start_s, end_s, f"{line.confidence:.3f}", line.text)
        _append(self.part, TRANSCRIPT_COLUMNS, row)
        self._written = True

    def finish(self) -> str:
        """Give the file its final name; "" when nothing was ever said."""
        if not self._written:
            return ""
        _synced(self.part)
        os.replace(self.part, self.path)
        return self.path.name


class ResultsFolder:
    """`judge` gives the judgement of utterances that a crash left behind. `clock` in seconds, Unix epoch."""

    def __init__(
        self,
        folder: Path,
        *,
        retention_days: int = 30,
        max_mb: float = 2000.0,
        judge: Callable[[Sequence[str]], Judgement | None] = lambda texts: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if retention_days < 1 or max_mb <= 0:
            raise ValueError("results: keep them for at least one day, and allow some space")
        self._folder, self._transcripts = folder, folder / "transcripts"
        self._retention_days, self._max_bytes = retention_days, max_mb * 1e6
        self._judge, self._clock = judge, clock
        self._live: set[str] = set()
        self._lock = threading.Lock()
        self._tidy_at = 0.0

    def begin(self, session_id: str) -> Transcript:
        """A session opened. Nothing is written until its first words."""
        stamp = datetime.fromtimestamp(self._clock(), UTC).strftime("%Y%m%dT%H%M%SZ")
        path = self._transcripts / f"{stamp}-{secrets.token_hex(4)}.csv"
        with self._lock:
            self._live.add(path.name)
        return Transcript(path, session_id)

    def save(self, transcript: Transcript, result: SessionResult) -> None:
        """The session is over: its transcript gets its name, the day's results a row. OSError when the disk refuses."""
        with self._lock:
            self._live.discard(transcript.path.name)
            try:
                self._add_row(transcript.session_id, transcript.finish(), transcript.texts, result)
            finally:
                self._tidy_if_due()

    def tidy(self) -> None:
        """Complete what a crash left, delete what is too old or too much."""
        with self._lock:
            self._tidy()

    def _tidy_if_due(self) -> None:
        if self._clock() >= self._tidy_at:
            with contextlib.suppress(OSError):  # the row is there; tidying is tried again tomorrow
                self._tidy()

    def _tidy(self) -> None:
        self._tidy_at = self._clock() + DAY_S
        if not self._folder.is_dir():
            return
        for part in sorted(self._transcripts.glob("*.csv.part")):
            if part.name.removesuffix(".part") not in self._live:
                self._complete(part)
        self._prune()

    def _complete(self, part: Path) -> None:
        rows: list[dict[str, str]] = []
        with part.open(encoding="utf-8", errors="replace", newline="") as file, contextlib.suppress(csv.Error):
            rows = [row for row in csv.DictReader(file) if row.get("text")]
        finished = part.with_name(part.name.removesuffix(".part"))
        os.replace(part, finished)
        started = _when(finished.name)
        if not rows or started is None:
            return
        texts = [_plain(row["text"]) for row in rows]
        heard_s = _number(rows[-1]["end_s"])
        result = SessionResult(started, started + heard_s, CRASHED, "", heard_s * 1000, 0.0, self._judge(texts))
        self._add_row(_plain(rows[0]["session_id"]), finished.name, texts, result)

    def _add_row(self, session_id: str, file: str, texts: Sequence[str], result: SessionResult) -> None:
        judged = result.judgement
        values = {
            "session_id": session_id,
            "started_at": _iso(result.started_s),
            "ended_at": _iso(result.ended_s),
            "ended_by": result.ended_by,
            "language": result.language,
            "audio_s": f"{result.audio_ms / 1000:.2f}",
            "lost_s": f"{result.lost_ms / 1000:.2f}",
            "words": str(sum(len(text.split()) for text in texts)),
            "transcript_file": file,
            "transcript": "\n".join(texts),
        }
        row = [values.get(name) or str(getattr(judged, name, "")) for name in RESULT_COLUMNS]
        day = self._folder / f"results-{_iso(self._clock())[:10]}.csv"
        _append(day, RESULT_COLUMNS, row)
        _synced(day)

    def _prune(self) -> None:
        oldest = self._clock() - self._retention_days * DAY_S
        kept: list[tuple[bool, float, int, Path]] = []  # transcripts go first, then days, the oldest ones
        for path in [*self._folder.iterdir(), *self._transcripts.glob("*.csv")]:
            when = _when(path.name)
            if when is None:
                continue  # not ours
            day = path.parent == self._folder
            if when + DAY_S * day < oldest:
                path.unlink(missing_ok=True)
            else:
                kept.append((day, when, path.stat().st_size, path))
        total = sum(size for _, _, size, _ in kept)
        for _, _, size, path in sorted(kept)[:-1]:
            if total <= self._max_bytes:
                break
            path.unlink(missing_ok=True)
            total -= size


def _append(path: Path, columns: Sequence[str], row: Sequence[str]) -> None:
    """One row in one write; a new file begins with its header, a line that a crash tore is ended first."""
    _make_private(path.parent)
    handle = os.open(path, os.O_CREAT | os.O_APPEND | os.O_RDWR | _BINARY, 0o600)
    try:
        size = os.lseek(handle, 0, os.SEEK_END)
        text = io.StringIO()
        writer = csv.writer(text)
        if not size:
            writer.writerow(columns)
        writer.writerow([_cell(value) for value in row])
        torn = False
        if size:
            os.lseek(handle, size - 1, os.SEEK_SET)
            torn = os.read(handle, 1) != b"\n"
        os.write(handle, (b"\r\n" if torn else b"") + text.getvalue().encode("utf-8", "replace"))
    finally:
        os.close(handle)


def _make_private(folder: Path) -> None:
    if not folder.is_dir():
        _make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _synced(path: Path) -> None:
    handle = os.open(path, os.O_RDWR | _BINARY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cell(value: str) -> str:
    """Spreadsheets run cells that look like formulas: an apostrophe keeps them text."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def _plain(value: str) -> str:
    return value[1:] if value[:1] == "'" and value[1:].startswith(_FORMULA) else value


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _when(name: str) -> float | None:
    """When a file of ours began, from its name; None for files of others."""
    for pattern, shape in ((_RESULTS, "%Y-%m-%d"), (_TRANSCRIPT, "%Y%m%dT%H%M%SZ")):
        if found := pattern.fullmatch(name):
            try:
                return datetime.strptime(found[1], shape).replace(tzinfo=UTC).timestamp()
            except ValueError:
                return None
    return None


def _number(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0
