"""Speech models as plain values: one row a model with what can be done about it, and what is in force and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from desktop.dashboard import model_captions as words
from desktop.dashboard.sentences import joined
from desktop.domain.insight import Severity
from desktop.domain.speech_model import (
    EngineKind,
    ModelStanding,
    ModelState,
    RecognitionStanding,
    SpeechModel,
    Speed,
    size_in_words,
)


@dataclass(frozen=True, slots=True)
class ModelRow:
    """What one model's row shows; `share` is how much of what goes on is done, None while nothing does or knows."""

    id: str
    name: str
    facts: str
    state: str
    speed: str
    note: str
    severity: Severity
    busy: bool = False
    share: float | None = None
    install: str = ""  # the caption of its button; empty: none
    measure: str = ""
    remove: str = ""
    may_use: bool = False
    may_verify: bool = False


@dataclass(frozen=True, slots=True)
class InForce:
    """What hears the calls, why, and what to expect of it."""

    title: str
    why: str
    advice: str
    severity: Severity


def rows(standing: RecognitionStanding) -> list[ModelRow]:
    """In the standing's order."""
    return [_row(each) for each in standing.models]


def in_force(standing: RecognitionStanding) -> InForce:
    """For the head of the page."""
    engine = words.ENGINES[standing.engine]
    used = next((each.model for each in standing.models if each.in_force), None)
    advice = {EngineKind.EMBEDDED: words.ADVICE_EMBEDDED, EngineKind.SPEECH_SERVICE: words.ADVICE_SERVICE}
    said = advice.get(standing.engine, words.ADVICE_OTHER)
    title = engine.capitalize() if used is None or standing.engine is EngineKind.EMBEDDED else used.name or used.id
    if standing.problem:
        why = f"The settings ask for it, but it can't be used: {standing.problem} Calls are listed without words."
        return InForce(title if used else joined(engine, standing.model), why, said, Severity.CRITICAL)
    match standing.engine:
        case EngineKind.EMBEDDED if standing.notice is not None:
            severity = Severity.CRITICAL if standing.notice.fault else Severity.WARNING
            return InForce(title, standing.notice.in_full, said, severity)
        case EngineKind.EMBEDDED:
            why = "It comes along and is used as long as you choose no other."
        case EngineKind.SHERPA | EngineKind.VOSK:
            why = f"You chose it; {engine} runs it on this computer."
            title = title if used else standing.model
        case EngineKind.SPEECH_SERVICE:
            why = "You chose it; the calls' sound and words leave this computer."
        case _:  # pragma: no cover
            assert_never(standing.engine)
    return InForce(title, why, said, Severity.INFO)


def warning(standing: RecognitionStanding) -> tuple[Severity, str]:
    """For the button that leads to the page, and its tip."""
    severity = in_force(standing).severity
    if severity is Severity.INFO:
        return severity, words.RECOGNITION_TIP
    return severity, words.RECOGNITION_LOUD if standing.problem else words.RECOGNITION_LESS


def facts(model: SpeechModel, *, about: bool = False) -> str:
    """English (US) · 16 kHz · 296 MB · Apache-2.0 · Vosk. `about`: the size is the catalogue's."""
    language = words.LANGUAGES.get(model.language, model.language) or "language not stated"
    band = f"{model.band_hz // 1000} kHz" if model.band_hz else ""
    licence = model.licence or "licence not stated"
    engine = "" if model.engine is EngineKind.EMBEDDED else words.ENGINES[model.engine]
    size = size_in_words(model.size_bytes)
    return joined(language, band, f"about {size}" if about and size else size, licence, engine)


def speed(found: Speed | None) -> str:
    """What it was measured to bear here."""
    if found is None:
        return "Speed not measured yet"
    people = 1 / found.cpu_per_speech_s if found.cpu_per_speech_s > 0 else 0.0
    many = f"{people:.0f}" if people >= 10 else f"{people:.1f}"
    late = f"words {found.final_ms / 1000:.1f} s after they end" if found.final_ms else "no words in the trial call"
    return joined(f"Measured here: one core hears {many} people speak at once", late, f"{found.memory_mb:.0f} MB")


def aloud(row: ModelRow) -> str:
    """The row for a screen reader."""
    return joined(row.name, row.state, row.facts, row.speed, row.note)


def _row(each: ModelStanding) -> ModelRow:
    model, state = each.model, each.state
    busy = state in (ModelState.FETCHING, ModelState.UNPACKING, ModelState.VERIFYING, ModelState.MEASURING)
    here = state in (ModelState.INSTALLED, ModelState.DAMAGED)
    embedded = model.engine is EngineKind.EMBEDDED
    ready = state is ModelState.INSTALLED and not each.runs
    measure = words.MEASURE_AGAIN if each.speed else words.MEASURE
    runs = f"{words.ENGINES[model.engine]} {each.runs}" if each.runs else ""
    trusts = words.TRUSTS if here else words.TRUSTS_BEFORE
    trust = trusts[each.trust] if each.trust and not each.problem and not busy else ""
    return ModelRow(
        id=model.id,
        name=model.name or model.id,
        facts=facts(model, about=not here),
        state=_state(each),
        speed=speed(each.speed) if here and not each.problem and not each.runs else "",
        note=joined(each.problem, runs, model.note, trust, f"managed: {each.place}" if each.managed else ""),
        severity=_severity(each, busy=busy),
        busy=busy,
        share=each.done_bytes / each.total_bytes if busy and each.total_bytes else None,
        install=_install(each),
        measure=measure if ready else "",
        remove=_remove(each, embedded=embedded),
        may_use=ready and not each.in_force,
        may_verify=state is ModelState.INSTALLED and each.trust is not None,
    )


def _severity(each: ModelStanding, *, busy: bool) -> Severity:
    if busy or not (each.problem or each.runs):
        return Severity.INFO
    return Severity.CRITICAL if each.in_force else Severity.WARNING if each.problem else Severity.INFO


def _install(each: ModelStanding) -> str:
    if each.state is ModelState.PARTIAL:
        return words.GO_ON
    if each.state is ModelState.DAMAGED and not each.managed:
        return words.INSTALL_AGAIN
    return words.INSTALL if each.state is ModelState.OFFERED else ""


def _remove(each: ModelStanding, *, embedded: bool) -> str:
    if each.state is ModelState.PARTIAL:
        return words.DISCARD
    here = each.state in (ModelState.INSTALLED, ModelState.DAMAGED)
    return words.REMOVE if here and not each.managed and not embedded else ""


def _state(each: ModelStanding) -> str:
    match each.state:
        case ModelState.OFFERED:
            return "not installed"
        case ModelState.PARTIAL:
            return joined("download interrupted", f"{_of(each)} here")
        case ModelState.FETCHING:
            return f"downloading {_of(each)}".strip()
        case ModelState.UNPACKING:
            return "unpacking"
        case ModelState.INSTALLED:
            return "in use" if each.in_force else "comes along" if not each.place else "installed"
        case ModelState.VERIFYING:
            return "checking its files"
        case ModelState.MEASURING:
            return "listening to a call to measure its speed"
        case ModelState.DAMAGED:
            return "can't be used"
        case _:  # pragma: no cover
            assert_never(each.state)


def _of(each: ModelStanding) -> str:
    """12 of 296 MB; without the whole when nobody knows it."""
    done, total = size_in_words(each.done_bytes), size_in_words(each.total_bytes)
    return f"{done or '0 MB'} of {total}" if total else done
