"""What is said of speech models: one row each, what can be done about it, what is in force and what to expect."""

from __future__ import annotations

import pytest

from desktop.dashboard import model_captions as words
from desktop.dashboard.model_rows import ModelRow, aloud, facts, in_force, rows, speed, warning
from desktop.domain.insight import Severity
from desktop.domain.speech import EngineNotice
from desktop.domain.speech_model import (
    EngineKind,
    ModelStanding,
    ModelState,
    RecognitionStanding,
    SpeechModel,
    Speed,
    Trust,
    size_in_words,
)

VOSK = SpeechModel("vosk-x", EngineKind.VOSK, "Vosk English", "en-US", 16_000, 41_205_931, "Apache-2.0", "A small one.")
EMBEDDED = SpeechModel("embedded", EngineKind.EMBEDDED, "Embedded", "en-US", 16_000, 9_000_000, "BSD-style")
FAST = Speed(0.1, 440.0, 1.5, 88.2, 0)


def row(state: ModelState, model: SpeechModel = VOSK, **more: object) -> ModelRow:
    standing = ModelStanding(model, state, **more)  # type: ignore[arg-type]
    (only,) = rows(RecognitionStanding(EngineKind.EMBEDDED, "", models=(standing,)))
    return only


def test_what_is_offered_can_be_installed_and_nothing_else() -> None:
    offered = row(ModelState.OFFERED)
    assert (offered.install, offered.measure, offered.remove) == (words.INSTALL, "", "")
    assert not offered.may_use
    assert not offered.may_verify
    assert offered.facts == "English (US) · 16 kHz · about 41 MB · Apache-2.0 · Vosk"
    assert (offered.state, offered.speed, offered.note) == ("not installed", "", "A small one.")


def test_what_its_checksum_will_be_compared_with_is_said_before() -> None:
    assert row(ModelState.OFFERED, trust=Trust.PUBLISHED).note.endswith("compared with its publisher's checksum")
    assert row(ModelState.OFFERED, trust=Trust.FIRST_USE).note.endswith(
        "no published checksum: the first download's will count"
    )
    assert row(ModelState.FETCHING, trust=Trust.FIRST_USE).note == "A small one."


def test_what_is_installed_can_be_used_measured_verified_and_removed() -> None:
    here = row(ModelState.INSTALLED, place="/m/vosk-x", trust=Trust.FIRST_USE)
    assert (here.install, here.measure, here.remove) == ("", words.MEASURE, words.REMOVE)
    assert here.may_use
    assert here.may_verify
    assert (here.state, here.speed) == ("installed", "Speed not measured yet")
    assert here.note == "A small one. · no published checksum; the first download's counts"


def test_what_is_in_use_is_not_used_twice() -> None:
    used = row(ModelState.INSTALLED, place="/m", in_force=True, speed=FAST)
    assert (used.state, used.may_use, used.measure) == ("in use", False, words.MEASURE_AGAIN)
    assert used.speed == "Measured here: one core hears 10 people speak at once · words 0.4 s after they end · 88 MB"


def test_the_embedded_one_comes_along_and_stays() -> None:
    embedded = row(ModelState.INSTALLED, EMBEDDED)
    assert (embedded.state, embedded.remove, embedded.may_use) == ("comes along", "", True)
    assert not embedded.may_verify
    assert embedded.facts == "English (US) · 16 kHz · 9.0 MB · BSD-style"


def test_what_an_administrator_placed_stays() -> None:
    managed = row(ModelState.INSTALLED, managed=True, place="/usr/share/sidetone/models/vosk-x", trust=Trust.LOCAL)
    assert managed.remove == ""
    assert managed.may_use
    assert managed.note.endswith("imported here · managed: /usr/share/sidetone/models/vosk-x")
    broken = row(ModelState.DAMAGED, managed=True, place="/x", problem="has no graph")
    assert (broken.install, broken.remove) == ("", "")


def test_a_part_of_a_download_can_be_gone_on_with_or_discarded() -> None:
    part = row(ModelState.PARTIAL, done_bytes=12_000_000, total_bytes=41_000_000)
    assert (part.install, part.remove) == (words.GO_ON, words.DISCARD)
    assert part.state == "download interrupted · 12 MB of 41 MB here"
    assert part.share is None


@pytest.mark.parametrize(
    ("done", "total", "said", "share"),
    [
        (0, 40_000_000, "downloading 0 MB of 40 MB", 0.0),
        (20_000_000, 40_000_000, "downloading 20 MB of 40 MB", 0.5),
        (20_000_000, 0, "downloading 20 MB", None),
        (0, 0, "downloading", None),
    ],
)
def test_a_download_says_how_far_it_is(done: int, total: int, said: str, share: float | None) -> None:
    fetching = row(ModelState.FETCHING, done_bytes=done, total_bytes=total)
    assert (fetching.state, fetching.share, fetching.busy) == (said, share, True)
    assert (fetching.install, fetching.measure, fetching.remove, fetching.may_use) == ("", "", "", False)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (ModelState.UNPACKING, "unpacking"),
        (ModelState.VERIFYING, "checking its files"),
        (ModelState.MEASURING, "listening to a call to measure its speed"),
    ],
)
def test_what_goes_on_is_said(state: ModelState, said: str) -> None:
    assert (row(state).state, row(state).busy) == (said, True)


def test_a_damaged_one_can_be_installed_again_and_is_grave_only_in_force() -> None:
    damaged = row(ModelState.DAMAGED, place="/m", problem="has no graph", trust=Trust.PUBLISHED)
    assert (damaged.install, damaged.remove) == (words.INSTALL_AGAIN, words.REMOVE)
    assert damaged.severity is Severity.WARNING
    assert (damaged.state, damaged.speed) == ("can't be used", "")
    assert damaged.note == "has no graph · A small one."
    assert row(ModelState.DAMAGED, problem="has no graph", in_force=True).severity is Severity.CRITICAL


def test_without_its_engines_package_a_model_can_be_fetched_but_not_used() -> None:
    runs = "needs a package: pip install 'sidetone[vosk]'"
    assert row(ModelState.OFFERED, runs=runs).install == words.INSTALL
    here = row(ModelState.INSTALLED, place="/m", runs=runs)
    assert (here.may_use, here.measure, here.severity) == (False, "", Severity.INFO)
    assert here.note.startswith("Vosk needs a package")


def test_what_nobody_stated_is_said_to_be_so() -> None:
    bare = SpeechModel("ours", EngineKind.SHERPA)
    assert facts(bare) == "language not stated · licence not stated · sherpa-onnx"
    assert row(ModelState.OFFERED, bare).name == "ours"
    assert facts(SpeechModel("x", EngineKind.VOSK, language="cy", licence="MIT")) == "cy · MIT · Vosk"


def test_speeds_in_a_supervisors_words() -> None:
    assert "one core hears 4.2 people" in speed(Speed(0.24, 446, 2.6, 88, 0))
    assert "no words in the trial call" in speed(Speed(0.24, 0, 2.6, 88, 0))
    assert "one core hears 0.0 people" in speed(Speed(0.0, 0, 2.6, 88, 0))


def test_a_row_read_aloud() -> None:
    assert aloud(row(ModelState.OFFERED)).startswith("Vosk English · not installed · English (US)")


# ---- the head ------------------------------------------------------------------------------------------------------


def test_the_embedded_engine_is_in_force_until_another_is_chosen_and_little_is_promised() -> None:
    head = in_force(RecognitionStanding(EngineKind.EMBEDDED, ""))
    assert head.title == "Embedded engine"
    assert "as long as you choose no other" in head.why
    assert "many words wrong" in head.advice
    assert head.severity is Severity.INFO


@pytest.mark.parametrize(
    ("notice", "severity", "what", "remedy"),
    [
        (EngineNotice.NO_RUNTIME, Severity.WARNING, "ONNX Runtime can't be loaded", "bring the system up to date."),
        (EngineNotice.MODEL_DAMAGED, Severity.CRITICAL, "damaged or missing", "Install Sidetone again."),
    ],
)
def test_an_embedded_engine_that_makes_do_says_why_and_what_to_do(
    notice: EngineNotice, severity: Severity, what: str, remedy: str
) -> None:
    standing = RecognitionStanding(EngineKind.EMBEDDED, "", notice=notice)
    head = in_force(standing)
    assert (head.title, head.severity) == ("Embedded engine", severity)
    assert what in head.why
    assert "PocketSphinx hears the words: expect more than twice as many word errors." in head.why
    assert head.why.endswith(remedy)
    assert warning(standing) == (severity, words.RECOGNITION_LESS)


def test_the_way_to_the_page_warns_of_what_the_page_does() -> None:
    assert warning(RecognitionStanding(EngineKind.EMBEDDED, "")) == (Severity.INFO, words.RECOGNITION_TIP)
    broken = RecognitionStanding(EngineKind.VOSK, "vosk-x", "vosk-x is not installed.", notice=EngineNotice.NO_RUNTIME)
    assert warning(broken) == (Severity.CRITICAL, words.RECOGNITION_LOUD)
    chosen = RecognitionStanding(EngineKind.VOSK, "vosk-x", notice=EngineNotice.NO_RUNTIME)  # the one before it runs
    assert warning(chosen) == (Severity.INFO, words.RECOGNITION_TIP)


def test_a_chosen_model_is_named() -> None:
    used = ModelStanding(VOSK, ModelState.INSTALLED, in_force=True)
    head = in_force(RecognitionStanding(EngineKind.VOSK, "vosk-x", models=(used,)))
    assert (head.title, head.why) == ("Vosk English", "You chose it; Vosk runs it on this computer.")
    assert "sidetone evaluate" in head.advice


def test_a_folder_of_ones_own_is_named_as_the_settings_have_it() -> None:
    assert in_force(RecognitionStanding(EngineKind.SHERPA, "/srv/model")).title == "/srv/model"


def test_a_speech_service_is_where_the_sound_goes() -> None:
    head = in_force(RecognitionStanding(EngineKind.SPEECH_SERVICE, ""))
    assert (head.title, head.why) == ("Speech service", "You chose it; the calls' sound and words leave this computer.")


def test_a_choice_that_can_not_be_used_is_grave() -> None:
    standing = RecognitionStanding(
        EngineKind.VOSK, "gone", problem="gone is neither installed nor a folder. Install it."
    )
    head = in_force(standing)
    assert head.title == "Vosk · gone"
    assert head.severity is Severity.CRITICAL
    assert "gone is neither installed" in head.why
    assert head.why.endswith("Calls are listed without words.")
    broken = ModelStanding(VOSK, ModelState.DAMAGED, in_force=True, problem="has no graph")
    head = in_force(RecognitionStanding(EngineKind.VOSK, "vosk-x", problem="It is damaged.", models=(broken,)))
    assert head.title == "Vosk English"


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, ""), (400_000, "0.4 MB"), (9_000_000, "9.0 MB"), (41_205_931, "41 MB"), (1_900_000_000, "1.9 GB")],
)
def test_sizes_in_words(count: int, said: str) -> None:
    assert size_in_words(count) == said
