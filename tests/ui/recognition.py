"""Models in every state, for the Recognition page."""

from __future__ import annotations

from desktop.domain.benchmark import BenchmarkStanding, BenchmarkStep, BenchmarkWork, Watchable
from desktop.domain.speech import EngineTrouble
from desktop.domain.speech_model import (
    EngineKind,
    ModelStanding,
    ModelState,
    RecognitionStanding,
    SpeechModel,
    Speed,
    Trust,
)
from desktop.domain.speech_service import KeyPlace, ServiceAddress, ServiceStanding, ServiceTested, ServiceWork

EMBEDDED = SpeechModel(
    "embedded",
    EngineKind.EMBEDDED,
    "Embedded (Moonshine Tiny)",
    "en-US",
    16_000,
    9_000_000,
    "BSD-style (CMU Sphinx), MIT",
    "Comes along. Hears the telephone and 16 kHz alike.",
)
SMALL = SpeechModel(
    "vosk-model-small-en-us-0.15", EngineKind.VOSK, "Vosk US English, small", "en-US", 16_000, 41_205_931, "Apache-2.0"
)
ZIPFORMER = SpeechModel(
    "sherpa-onnx-streaming-zipformer-en-2023-06-26",
    EngineKind.SHERPA,
    "Streaming Zipformer, English",
    "en-US",
    16_000,
    296_000_000,
    "Apache-2.0",
    "Trained on read speech (LibriSpeech).",
)
GERMAN = SpeechModel(
    "vosk-model-small-de-0.15", EngineKind.VOSK, "Vosk German, small", "de-DE", 16_000, 45_000_000, "Apache-2.0"
)
SPANISH = SpeechModel(
    "vosk-model-small-es-0.42", EngineKind.VOSK, "Vosk Spanish, small", "es-ES", 16_000, 39_000_000, "Apache-2.0"
)
KIOSK = SpeechModel("kiosk-model", EngineKind.SHERPA, "", "", 0, 71_000_000)
SPEED = Speed(0.24, 446.0, 2.7, 88.4, 1_767_225_600_000)
FAST = Speed(0.08, 310.0, 1.1, 142.0, 1_767_225_600_000)


def empty() -> RecognitionStanding:
    """As it is after the first start."""
    offers = tuple(
        ModelStanding(
            model,
            ModelState.OFFERED,
            trust=Trust.PUBLISHED if model.engine is EngineKind.SHERPA else Trust.FIRST_USE,
        )
        for model in (ZIPFORMER, SMALL, GERMAN, SPANISH)
    )
    first = ModelStanding(EMBEDDED, ModelState.INSTALLED, in_force=True)
    return RecognitionStanding(EngineKind.EMBEDDED, "", models=(first, *offers))


def busy() -> RecognitionStanding:
    """Everything that goes on or went wrong at once."""
    return RecognitionStanding(
        EngineKind.VOSK,
        SMALL.id,
        models=(
            ModelStanding(EMBEDDED, ModelState.INSTALLED, speed=SPEED),
            ModelStanding(
                SMALL, ModelState.INSTALLED, in_force=True, place="/home/x/m", trust=Trust.FIRST_USE, speed=FAST
            ),
            ModelStanding(KIOSK, ModelState.MEASURING, managed=True, place="/usr/share/sidetone/models/kiosk-model"),
            ModelStanding(ZIPFORMER, ModelState.FETCHING, done_bytes=103_000_000, total_bytes=296_000_000),
            ModelStanding(GERMAN, ModelState.PARTIAL, done_bytes=12_000_000, total_bytes=45_000_000),
            ModelStanding(
                SPANISH,
                ModelState.OFFERED,
                problem="vosk-model-small-es-0.42.zip can't be fetched: the network is unreachable. "
                "Check the cable or the Wi-Fi.",
            ),
        ),
    )


def broken() -> RecognitionStanding:
    """What the settings ask for can't be used, and a package is missing."""
    missing = "needs a package: pip install 'sidetone[sherpa]'"
    return RecognitionStanding(
        EngineKind.VOSK,
        SMALL.id,
        problem="vosk-model-small-en-us-0.15 has no graph (HCLG.fst, or HCLr.fst with Gr.fst). Install it again.",
        models=(
            ModelStanding(EMBEDDED, ModelState.INSTALLED),
            ModelStanding(
                SMALL, ModelState.DAMAGED, in_force=True, place="/home/x/m", problem="has no graph", trust=Trust.LOCAL
            ),
            ModelStanding(ZIPFORMER, ModelState.INSTALLED, place="/home/x/z", trust=Trust.PUBLISHED, runs=missing),
            ModelStanding(GERMAN, ModelState.OFFERED),
        ),
    )


ELSEWHERE = ServiceAddress("wss://speech.northwind.example/api/v2/speech-analytics", "en-US")
FRESH = ServiceStanding(ServiceAddress(language="en-US"), KeyPlace.NOWHERE)
KEPT = ServiceStanding(ELSEWHERE, KeyPlace.KEYRING)
TESTING = ServiceStanding(ELSEWHERE, KeyPlace.SESSION, ServiceWork.TESTING)
ANSWERS = ServiceStanding(ELSEWHERE, KeyPlace.KEYRING, tested=ServiceTested(None, ("en-US", "de-DE", "tr")))
REFUSED = ServiceStanding(ELSEWHERE, KeyPlace.KEYRING, tested=ServiceTested(EngineTrouble.KEY_REFUSED))
UNTRUSTED = ServiceStanding(ELSEWHERE, KeyPlace.KEYRING, tested=ServiceTested(EngineTrouble.NOT_TRUSTED))


def served() -> RecognitionStanding:
    """The speech service hears."""
    first, *offers = empty().models
    here = ModelStanding(first.model, ModelState.INSTALLED, speed=SPEED)
    return RecognitionStanding(EngineKind.SPEECH_SERVICE, "", models=(here, *offers))


WATCHABLE = Watchable(14, 30, 92, 14, 1.05, 4, "28 Nov 2026, 05:10")
NEVER_MEASURED = BenchmarkStanding(EngineKind.EMBEDDED)
MEASURED = BenchmarkStanding(EngineKind.EMBEDDED, found=WATCHABLE)
SHARED = BenchmarkStanding(
    EngineKind.VOSK, SMALL.id, Watchable(3, None, 17, 8, 2.4, 2, "28 Nov 2026, 05:10"), problem=""
)
STARTING = BenchmarkStanding(EngineKind.EMBEDDED, work=BenchmarkWork(BenchmarkStep.STARTING, 0.0, 12.0, 28, 4))
HEARING = BenchmarkStanding(EngineKind.EMBEDDED, work=BenchmarkWork(BenchmarkStep.HEARING, 0.4, 7.2, 28, 4))
FAILED = BenchmarkStanding(
    EngineKind.EMBEDDED,
    outdated="20 Nov 2026, 17:02",
    problem="There is not enough free memory to measure: a second set of recogniser processes beside the one that "
    "hears calls takes about 920 MB, and 310 MB are free. Close other programs, then measure again.",
)
SERVED = BenchmarkStanding(EngineKind.SPEECH_SERVICE)
