"""The chosen engine in real worker processes: it hears, it says why it can't, and its death is not the console's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile

from desktop.app import catalog
from desktop.app.catalog import RecogniserChoice
from desktop.audio.opus import OpusEncoder
from desktop.domain.errors import SettingInvalid
from desktop.domain.media import Codec, EncodedFrame, Party
from desktop.domain.speech import EngineNotice
from desktop.engine.pool import WorkerPool
from desktop.engine.wire import FromWorker, Heard
from desktop.settings.model import EngineKind, Recognition
from tests.support import tiny_sherpa, tiny_vosk
from tests.support.makeshift import WithoutRuntime

WAITING = {"waiting", "three", "weeks", "nobody"}
PATIENCE_S = 60.0


@asynccontextmanager
async def working(choice: RecogniserChoice, heard: list[FromWorker]) -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(1, choice, heard.append, lambda gap: None, choice.recognition.engine.value)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(pool.run())
        try:
            yield pool
        finally:
            running.cancel()


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.05)


def speak(pool: WorkerPool, call: str) -> None:
    """The clip as 20 ms Opus packets, all at once."""
    samples, _ = soundfile.read(Path(__file__).parents[1] / "recognition/data/waiting.flac", dtype="int16")
    samples = np.concatenate([np.zeros(8000, np.int16), samples, np.zeros(16_000, np.int16)])
    encoder = OpusEncoder()
    for seq in range(len(samples) // 320):
        packet = encoder.encode(samples[seq * 320 : (seq + 1) * 320])
        at_ms, received_ns = 1_000_000 + seq * 20, seq + 1
        frame = EncodedFrame("link", call, Party.CUSTOMER, Codec.OPUS, seq, at_ms, packet, received_ns)
        assert pool.feed(frame, "en-US")


def said(heard: list[FromWorker], call: str) -> set[str]:
    """All words of the call's finals."""
    segments = [segment for message in heard if isinstance(message, Heard) for segment in message.segments]
    return {word.text for s in segments if s.call == call and s.is_final for word in s.words}


def choice_of(engine: EngineKind, folder: Path) -> RecogniserChoice:
    return RecogniserChoice(Recognition(engine, str(folder)))


@pytest.mark.parametrize(
    ("engine", "make"), [(EngineKind.SHERPA, tiny_sherpa.transducer), (EngineKind.VOSK, tiny_vosk.make)]
)
async def test_the_chosen_engine_hears_calls(tmp_path: Path, engine: EngineKind, make: Callable[[Path], Path]) -> None:
    heard: list[FromWorker] = []
    async with working(choice_of(engine, make(tmp_path)), heard) as pool:
        for call in ("one", "two"):
            speak(pool, call)
        await until(lambda: said(heard, "one") >= WAITING and said(heard, "two") >= WAITING)
        assert pool.engine == engine.value
        assert (pool.health().note, pool.health().notice) == ("", None)


async def test_without_onnx_runtime_calls_are_heard_all_the_same_and_it_is_told() -> None:
    heard: list[FromWorker] = []
    async with working(WithoutRuntime(), heard) as pool:
        speak(pool, "call")
        await until(lambda: said(heard, "call") >= WAITING)
        assert pool.engine == "embedded:pocketsphinx"
        assert (pool.health().note, pool.health().notice) == ("", EngineNotice.NO_RUNTIME)


async def test_a_damaged_model_is_named_where_calls_are_listed(tmp_path: Path) -> None:
    folder = tiny_sherpa.zipformer_ctc(tmp_path)
    (folder / "tokens.txt").write_text("<blk> 0\n")
    async with working(choice_of(EngineKind.SHERPA, folder), []) as pool:
        await until(lambda: "tokens.txt" in pool.health().note)
        assert pool.health().note.endswith("Calls are listed without words.")
        assert pool.ready == 0


async def test_an_engine_that_ends_its_process_takes_nobody_along(tmp_path: Path) -> None:
    """A graph of another model: whole as it is, but Kaldi gives up on it as soon as somebody speaks."""
    folder = tiny_vosk.make(tmp_path)
    graph = bytearray((folder / "graph/HCLG.fst").read_bytes())
    first_arc = graph.index(b"standard") + len(b"standard") + 40 + 12
    graph[first_arc : first_arc + 4] = (9999).to_bytes(4, "little")
    (folder / "graph/HCLG.fst").write_bytes(graph)
    async with working(choice_of(EngineKind.VOSK, folder), []) as pool:
        await until(lambda: pool.ready)
        first = pool.slots[0].pid
        speak(pool, "call")
        await until(lambda: pool.restarts)
        await until(lambda: pool.ready)
        assert pool.slots[0].pid != first


def test_the_comparison_with_pocketsphinx_itself_says_when_its_models_were_not_packed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(catalog, "wheel_models", lambda: tmp_path)
    with pytest.raises(SettingInvalid, match="stock is not in this packaged Sidetone"):
        RecogniserChoice(Recognition(model=catalog.STOCK))()
