"""`sidetone evaluate`: how well engines hear a site's own recordings, as a table and as JSON."""

from __future__ import annotations

import asyncio
import concurrent.futures
import csv
import json
import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from desktop.app.catalog import RecogniserChoice
from desktop.app.engine_choice import engine_of
from desktop.app.evaluation_table import print_table
from desktop.audio.files import read_channels
from desktop.domain.errors import SettingInvalid
from desktop.domain.insight import KeywordHit, KeywordRule
from desktop.domain.media import Party
from desktop.domain.ports import Recogniser, notice_of
from desktop.domain.speech import EngineNotice, PhraseHeard, Segment, Trace
from desktop.evaluation.confidences import calibration, judged
from desktop.evaluation.hearing import Hearing, hear
from desktop.evaluation.recordings import Recording, find_recordings
from desktop.evaluation.scores import Outcome, compare, judged_words, right_words, summary
from desktop.evaluation.written import words_of
from desktop.insights.keyword_rules import phrases_of
from desktop.insights.keywords import KeywordSpotter
from desktop.settings.model import EngineKind, Recognition

PARTIES = {1: (Party.MIXED,), 2: (Party.CUSTOMER, Party.AGENT)}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the command line asked for."""

    where: Path
    engines: tuple[Recognition, ...]
    rules: tuple[KeywordRule, ...]
    through: str = "pcm"
    jobs: int = 1
    json_file: Path | None = None
    compare_file: Path | None = None


@dataclass(frozen=True, slots=True)
class _Heard:
    outcome: Outcome
    said: str
    heard: str
    notice: EngineNotice | None


def engine_named(text: str, otherwise: Recognition) -> Recognition:
    """ "embedded" or "KIND:MODEL"; the rest as `otherwise` says. SettingInvalid for unknown ones."""
    kind, _, chosen = text.partition(":")
    try:
        engine = EngineKind(kind)
    except ValueError as error:
        known = ", ".join(kind.value for kind in EngineKind)
        raise SettingInvalid(
            "--engine", f"{kind} is unknown", f"Use one of {known}; a model follows a colon."
        ) from error
    model = chosen or (otherwise.model if otherwise.engine is engine else "")
    return replace(otherwise, engine=engine, model=model)


def evaluate_command(wanted: Evaluation) -> int:
    """Hear everything with every engine and print what came of it; progress goes to stderr."""
    recordings = find_recordings(wanted.where)
    report: dict[str, Any] = {"recordings": len(recordings), "through": wanted.through, "engines": {}}
    texts: list[tuple[str, str, str, str]] = []
    for recognition in wanted.engines:
        name = f"{recognition.engine.value}:{recognition.model}".rstrip(":")
        heard = list(_progress(name, _all(wanted, recognition, recordings), len(recordings)))
        outcomes = [one.outcome for one in heard]
        told = next((one.notice.in_full for one in heard if one.notice is not None), "")
        if told:
            print(f"{name}: {told}", file=sys.stderr)
        report["engines"][name] = {
            "notice": told,
            **summary(outcomes),
            "confidence": [asdict(one) for one in calibration(judged_words(outcomes))],
            "each": [_plain(outcome) for outcome in outcomes],
        }
        texts += [(name, one.outcome.name, one.said, one.heard) for one in heard]
    print_table(report)
    if wanted.json_file is not None:
        text = json.dumps(report, indent=1) + "\n"
        if str(wanted.json_file) == "-":
            sys.stdout.write(text)
        else:
            wanted.json_file.write_text(text, "utf-8")
    if wanted.compare_file is not None:
        with open(wanted.compare_file, "w", encoding="utf-8", newline="", opener=_for_its_owner) as file:
            csv.writer(file, delimiter="\t").writerows([("engine", "recording", "said", "heard"), *texts])
    return 0


def _for_its_owner(path: str, flags: int) -> int:
    """What callers said is nobody else's to read."""
    return os.open(path, flags, 0o600)


def _plain(outcome: Outcome) -> dict[str, Any]:
    errors = outcome.errors
    return {
        "recording": outcome.name,
        "words": errors.said,
        "wrong": errors.wrong,
        "keywords_said": dict(outcome.keywords_said),
        "keywords_heard": dict(outcome.keywords_heard),
        "keywords_by_itself": outcome.keywords_by_itself,
        "cpu_ms": round(outcome.cpu_ms),
        "speech_ms": round(outcome.speech_ms),
    }


def _progress(name: str, heard: Iterator[_Heard], total: int) -> Iterator[_Heard]:
    shown = sys.stderr.isatty()
    for number, one in enumerate(heard, 1):
        if shown:
            print(f"\r{name}: {number} of {total}", end="", file=sys.stderr, flush=True)
        yield one
    print(f"{chr(13) if shown else ''}{name}: {total} recordings heard", file=sys.stderr)


# ---- in child processes: an engine that crashes takes nobody along ---------------------------------------------------

_recogniser: Recogniser | None = None


def _load(choice: RecogniserChoice, rules: tuple[KeywordRule, ...]) -> None:
    global _recogniser
    _recogniser = choice()
    _recogniser.watch(phrases_of(rules))


def _all(wanted: Evaluation, recognition: Recognition, recordings: Sequence[Recording]) -> Iterator[_Heard]:
    choice = asyncio.run(engine_of(recognition))
    live = recognition.engine is EngineKind.SPEECH_SERVICE
    pool = concurrent.futures.ProcessPoolExecutor(
        min(wanted.jobs, len(recordings)),
        multiprocessing.get_context("spawn"),
        initializer=_load,
        initargs=(choice, wanted.rules),
    )
    try:
        results = [pool.submit(_one, recording, wanted.rules, wanted.through, live) for recording in recordings]
        for result in results:
            yield result.result()
    except concurrent.futures.BrokenExecutor as error:
        problem = "could not be loaded, or crashed"
        raise SettingInvalid(recognition.engine.value, problem, "Check its model: sidetone models verify") from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _one(recording: Recording, rules: tuple[KeywordRule, ...], through: str, live: bool) -> _Heard:
    assert _recogniser is not None
    channels = read_channels(recording.path)
    parties = PARTIES[len(channels)]
    hearings = {
        party: hear(_recogniser, samples, party, through=through, live=live)
        for party, samples in zip(parties, channels, strict=True)
    }
    finals = sorted((s for hearing in hearings.values() for s in hearing.finals), key=lambda segment: segment.start_ms)
    wrong_parties = recording.by_party and parties == (Party.MIXED,)
    lines = [(Party.MIXED if wrong_parties else party, line) for party, line in recording.lines]
    by_party = recording.by_party and not wrong_parties
    parts = _by_party(lines, finals) if by_party else [([line for _, line in lines], finals)]
    said = [word for written, _ in parts for word in words_of(" ".join(written))]
    heard = [word for _, spoken in parts for word in words_of(" ".join(segment.text for segment in spoken))]
    words = [word for _, spoken in parts for segment in spoken for word in segment.words]
    hits = keyword_hits(rules, [result for hearing in hearings.values() for result in hearing.heard])
    return _Heard(
        Outcome(
            recording.path.name,
            compare(said, heard),
            by_rule(said_hits(rules, lines)),
            by_rule(hits),
            **_costs(list(hearings.values())),
            keywords_by_itself=sum(hit.by_itself != "" for hit in hits),
            judged=tuple(judged(words, heard, right_words(said, heard))),
        ),
        " ".join(said),
        " ".join(heard),
        notice_of(_recogniser),
    )


def _costs(hearings: list[Hearing]) -> dict[str, Any]:
    return {
        "audio_ms": sum(h.audio_ms for h in hearings),
        "speech_ms": sum(h.speech_ms for h in hearings),
        "cpu_ms": sum(h.cpu_ms for h in hearings),
        "lost_ms": sum(h.lost_ms for h in hearings),
        "final_ms": tuple(ms for h in hearings for ms in h.final_ms),
        "partial_ms": tuple(ms for h in hearings for ms in h.partial_ms),
        "memory_mb": psutil.Process().memory_full_info().uss / 2**20,
    }


def _by_party(lines: list[tuple[Party, str]], finals: list[Segment]) -> list[tuple[list[str], list[Segment]]]:
    """Each party's lines and what was heard of them by itself: talk-over has no order."""
    return [
        (
            [line for who, line in lines if who in (party, Party.MIXED)],
            [segment for segment in finals if segment.party is party],
        )
        for party in (Party.CUSTOMER, Party.AGENT)
    ]


def said_hits(rules: tuple[KeywordRule, ...], lines: Sequence[tuple[Party, str]]) -> list[KeywordHit]:
    """What there is to find in written utterances."""
    return keyword_hits(rules, [_said(number, party, line) for number, (party, line) in enumerate(lines)])


def keyword_hits(rules: tuple[KeywordRule, ...], heard: Sequence[Segment | PhraseHeard]) -> list[KeywordHit]:
    """What the rules find in finals and phrases, in the order in which they were heard."""
    spotter = KeywordSpotter(rules)
    hits = [spotter.hits(one) if isinstance(one, Segment) else spotter.spotted(one) for one in heard]
    return [hit for found in hits for hit in found]


def by_rule(hits: list[KeywordHit]) -> Counter[str]:
    """How many of each rule."""
    return Counter(hit.rule_id for hit in hits)


def _said(number: int, party: Party, line: str) -> Segment:
    text = " ".join(line.split())
    return Segment("recording", party, number, 0, text, number, number, True, "", 1.0, (), Trace())
