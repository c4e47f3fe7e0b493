"""The checks of what comes over the link: one watch of the source, judged from several sides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from desktop.doctor.check import Check, Progress, Tell
from desktop.doctor.link import (
    audio_verdict,
    calls_verdict,
    complaints_verdict,
    round_trip_verdict,
    scores_verdict,
    socket_verdict,
    words_verdict,
)
from desktop.doctor.patient import Course, Ears, Patient
from desktop.doctor.watching import Watched, watch
from desktop.domain.finding import Finding, Level
from desktop.domain.ports import Source

SOCKET: Final = "Socket"
AUDIO: Final = "Audio"
RECOGNISER: Final = "Recogniser"
WORDS: Final = "Word recognition"
LAST_WORDS_S: Final = 5.0


def listening_checks(patient: Patient, source: Source, course: Course, reached: Sequence[str]) -> list[Check]:
    """One watch of the source, judged from several sides."""

    async def run(tell: Tell, progress: Progress) -> None:
        ears = patient.ears
        began = course.began_s = _now()

        def live(seen: Watched) -> None:
            tell(socket_verdict(SOCKET, seen, course.seconds))

        course.seen = await watch(
            source, course.seconds, progress, ears.hear if ears else lambda event: None, on_live=live
        )
        course.latency = course.summarise(course.seen)
        if course.seen.live_at is None:
            tell(socket_verdict(SOCKET, course.seen, _now() - began))
        elif ears is not None and ears.first_words_at is None:
            progress("waiting for the first words")
            await ears.finish(LAST_WORDS_S)

    checks = [] if patient.ears is None else [_recogniser(patient.ears)]
    checks.append(Check((SOCKET,), run, tuple(reached)))

    def judge(subject: str, verdict: Callable[[], Finding | None], needs: tuple[str, ...] = (SOCKET,)) -> None:
        async def say(tell: Tell, progress: Progress) -> None:
            if (found := verdict()) is not None:
                tell(found)

        checks.append(Check((subject,), say, needs))

    def words() -> Finding | None:
        ears = patient.ears
        if ears is None:
            first = course.seen.live_at if course.seen.calls else None
            return words_verdict("First words", first, course.seen.first_words_at, course.seconds)
        at = ears.first_words_at
        heard = None if at is None else at - course.began_s
        return words_verdict("First words", course.seen.first_frame_at, heard, course.seconds)

    def round_trip() -> Finding | None:
        return None if course.latency is None else round_trip_verdict("Round trip", course.latency, course.seconds)

    judge("Round trip", round_trip)
    if patient.calls:
        judge("Calls", lambda: calls_verdict("Calls", course.seen, course.seconds))
    if patient.sound:
        judge(AUDIO, lambda: audio_verdict(AUDIO, course.seen, course.seconds))
    if patient.scores:
        judge("Scores", lambda: scores_verdict("Scores", course.seen, course.seconds))
    if patient.ears is not None or patient.words:
        judge("First words", words, (SOCKET, AUDIO, RECOGNISER) if patient.ears is not None else (SOCKET,))
    judge("Messages", lambda: complaints_verdict("Messages", course.seen), ())

    async def its_own(tell: Tell, progress: Progress) -> None:
        for finding in course.seen.findings.values():
            tell(finding)

    checks.append(Check(("Own findings", *patient.announces), its_own))
    return checks


def _recogniser(ears: Ears) -> Check:
    """Loaded before anything is heard, so that its own time is not the stream's."""

    async def run(tell: Tell, progress: Progress) -> None:
        progress("loading the recogniser")
        began = _now()
        await ears.ready()
        tell(Finding(RECOGNISER, Level.PASS, f"Loaded in {_now() - began:.1f} s."))
        if (notice := ears.notice) is not None:
            tell(Finding(WORDS, Level.FAIL if notice.fault else Level.WARN, notice.value, notice.remedy))

    return Check((RECOGNISER, WORDS), run)


def _now() -> float:
    return asyncio.get_running_loop().time()
