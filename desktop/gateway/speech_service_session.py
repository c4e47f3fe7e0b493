"""One client of the speech-analytics service: its socket, its ear, its words, and what is kept of them.

However it ends (close, cut, idle, shutdown, cancelled), the last words are waited for within a bound and the results
are written, and only then `closed` is said to who still listens.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from dataclasses import dataclass
from typing import Final, assert_never

from aiohttp import WSMsgType, web

from desktop.domain.errors import PeerBrokeProtocol, SidetoneError
from desktop.domain.events import AudioGap
from desktop.domain.speech import Segment
from desktop.gateway.results import ResultsFolder, Transcript
from desktop.gateway.results_row import SessionResult
from desktop.gateway.speech_service_config import Ears, Hearing, SpeechServiceConfig, SpeechServiceStats
from desktop.gateway.speech_service_mouth import Mouth
from desktop.gateway.speech_service_offer import Refusal, agreed
from desktop.gateway.speech_service_words import MakeAnalyst, Redact, SessionWords
from desktop.protocols.speech_stream import (
    BYTES_PER_MS,
    CHUNK_MS,
    Close,
    Closed,
    ClosedParameters,
    ErrorMessage,
    ErrorParameters,
    Open,
    Opened,
    OpenedParameters,
    UnknownMessage,
    decode_client_message,
)

BY_CLIENT: Final = "close"
CUT: Final = "connection lost"
NEVER_OPENED: Final = "no open message came in time"
IDLE: Final = "nothing came for too long"
TOO_MANY_ERRORS: Final = "too many messages that could not be used"
SHUT_DOWN: Final = "the service is shutting down"
STOPPED: Final = "the service was stopped"
CLOSE_CODES: Final = {BY_CLIENT: 1000, SHUT_DOWN: 1001, TOO_MANY_ERRORS: 1008, NEVER_OPENED: 1008}
LOSS_TOLD_EVERY_S: Final = 5.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Means:
    """What every session uses."""

    config: SpeechServiceConfig
    ears: Ears
    make_analyst: MakeAnalyst
    redact: Redact
    results: ResultsFolder
    stats: SpeechServiceStats


@dataclass(slots=True)
class _Opened:
    language: str
    hearing: Hearing
    words: SessionWords
    transcript: Transcript
    started_s: float
    begun_s: float  # on the loop's clock


class SpeechSession:
    """Serves one socket. `language` is what the address asked for, "" = nothing."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport, language: str, means: Means):
        self._socket, self._language, self._means = socket, language, means
        self._mouth = Mouth(socket, transport)
        self._patience: asyncio.Timeout | None = None
        self._open: _Opened | None = None
        self._id: str | None = None
        self._ended_by = STOPPED
        self._asked_to_end = ""
        self._errors = 0
        self._odd = b""
        self._heard_ms = self._lost_ms = 0.0
        self._loss_told_s = float("-inf")

    async def serve(self) -> None:
        """Until the end."""
        try:
            async with asyncio.TaskGroup() as group:
                writer = group.create_task(self._mouth.run(), name="speech session writer")
                try:
                    self._ended_by = await self._converse()
                    await self._finish()
                    asked = self._ended_by == BY_CLIENT
                    last = Closed(self._id, None if asked else ClosedParameters(self._ended_by))
                    await self._mouth.goodbye(last, CLOSE_CODES.get(self._ended_by, 1000), writer)
                finally:
                    writer.cancel()
        finally:
            await self._save()

    def end(self, reason: str) -> None:
        """Finish soon, for this reason; a session that is ending already goes on so."""
        if self._ended_by == STOPPED:
            self._asked_to_end = reason
            if self._patience is not None and not self._patience.expired():
                self._patience.reschedule(asyncio.get_running_loop().time())

    def abort(self) -> None:
        """Cut the connection."""
        self._mouth.abort()

    # hearing the client

    async def _converse(self) -> str:
        loop, config = asyncio.get_running_loop(), self._means.config
        try:
            async with asyncio.timeout(config.open_timeout_s) as patience:
                self._patience = patience
                if self._asked_to_end:
                    return self._asked_to_end
                async for message in self._socket:
                    if message.type is WSMsgType.TEXT:
                        if self._heard(message.data):
                            return BY_CLIENT
                    elif message.type is WSMsgType.BINARY:
                        await self._sound(message.data)
                    if self._errors > config.max_errors:
                        return TOO_MANY_ERRORS
                    if self._open is not None and not self._asked_to_end and not patience.expired():
                        patience.reschedule(loop.time() + config.idle_timeout_s)
        except TimeoutError:
            return self._asked_to_end or (NEVER_OPENED if self._open is None else IDLE)
        finally:
            self._patience = None
        return CUT

    def _heard(self, text: str) -> bool:
        """Act on a message; True when it asks for the end."""
        try:
            message = decode_client_message(text)
        except PeerBrokeProtocol as problem:
            self._refuse("message.invalid", str(problem))
            return False
        match message:
            case Open():
                self._start(message)
            case Close():
                return True
            case UnknownMessage():
                self._means.stats.unknown_messages += 1
            case _:  # pragma: no cover
                assert_never(message)
        return False

    def _start(self, message: Open) -> None:
        if self._open is not None:
            self._refuse("session.open", "open: this connection's session is open already; use another connection")
            return
        ears = self._means.ears
        deal = agreed(message.parameters, self._language, ears.languages)
        if isinstance(deal, Refusal):
            self._refuse(deal.code, deal.text, deal.languages)
            return
        try:
            hearing = ears.open(f"speech-{secrets.token_hex(8)}", deal.language, self._deliver)
        except SidetoneError as problem:
            self._refuse("recogniser.unavailable", str(problem))
            return
        config = self._means.config
        words = SessionWords(
            message.id,
            self._means.make_analyst(),
            partials=message.parameters.partials,
            cumulative=config.cumulative,
            interval_s=config.analysis_interval_s,
        )
        transcript = self._means.results.begin(message.id)
        now_s = asyncio.get_running_loop().time()
        self._open = _Opened(deal.language, hearing, words, transcript, time.time(), now_s)
        self._id = message.id
        self._means.stats.sessions += 1
        self._mouth.say(Opened(message.id, OpenedParameters(False, (deal.media,), ears.languages)))

    async def _sound(self, data: bytes) -> None:
        """Any number of bytes: half a sample waits for its other half; what is ahead of real time waits here."""
        opened = self._open
        if opened is None:
            self._refuse("audio.early", "audio: it came before the open message and is dropped; send open first")
            return
        data = self._odd + data
        whole = len(data) - len(data) % 2
        self._odd = data[whole:]
        piece = CHUNK_MS * BYTES_PER_MS
        for at in range(0, whole, piece):
            opened.hearing.feed(data[at : min(at + piece, whole)])
            self._heard_ms += (min(at + piece, whole) - at) / BYTES_PER_MS
            passed_s = asyncio.get_running_loop().time() - opened.begun_s
            await asyncio.sleep(max(0.0, self._heard_ms / 1000 - passed_s - self._means.config.max_ahead_s))

    # telling the client

    def _deliver(self, result: Segment | AudioGap) -> None:
        opened = self._open
        if opened is None:
            return
        now_s = asyncio.get_running_loop().time()
        if isinstance(result, AudioGap):
            self._lost(result.missing_ms, now_s)
            return
        try:
            event, line = opened.words.hear(self._means.redact(result), now_s)
        except Exception as problem:  # whoever delivers serves other sessions too
            _log.error("a session of the speech service broke: %s", type(problem).__name__)
            self._mouth.abort()
            return
        if line is not None:
            try:
                opened.transcript.add(line)
            except OSError as problem:
                self._disk_refused(problem)
        if event is not None:
            self._mouth.say(event)

    def _lost(self, ms: float, now_s: float) -> None:
        self._lost_ms += ms
        self._means.stats.audio_lost_ms += ms
        if now_s - self._loss_told_s >= LOSS_TOLD_EVERY_S:
            self._loss_told_s = now_s
            text = f"audio: {self._lost_ms / 1000:.1f} s so far were not heard, the service can't keep up"
            self._error("audio.lost", text, lost_ms=self._lost_ms)

    def _refuse(self, code: str, text: str, languages: tuple[str, ...] = ()) -> None:
        self._errors += 1
        self._means.stats.errors += 1
        self._error(code, text, languages)

    def _error(self, code: str, text: str, languages: tuple[str, ...] = (), lost_ms: float = 0.0) -> None:
        self._mouth.say(ErrorMessage(self._id, ErrorParameters(code, text, languages, lost_ms)))

    # the end

    async def _finish(self) -> None:
        opened = self._open
        if opened is not None:
            opened.words.ending = True
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._means.config.finish_timeout_s):
                    await opened.hearing.finish()
            self._keep_unfinished(opened)
            if (event := opened.words.last(asyncio.get_running_loop().time())) is not None:
                self._mouth.say(event)
            await self._save()

    def _keep_unfinished(self, opened: _Opened) -> None:
        if (segment := opened.words.unfinished()) is not None:
            self._deliver(segment)

    async def _save(self) -> None:
        opened = self._open
        if opened is None:
            return
        self._keep_unfinished(opened)
        self._open = None
        opened.hearing.close()
        opened.words.ending = True
        loop = asyncio.get_running_loop()
        result = SessionResult(
            opened.started_s,
            time.time(),
            self._ended_by,
            opened.language,
            self._heard_ms,
            self._lost_ms,
            opened.words.judgement(loop.time()),
        )
        try:  # a cancelled session is written all the same
            await asyncio.shield(loop.run_in_executor(None, self._means.results.save, opened.transcript, result))
            self._means.stats.results_saved += 1
        except OSError as problem:
            self._disk_refused(problem)

    def _disk_refused(self, problem: OSError) -> None:
        self._means.stats.results_failed += 1
        _log.warning("results of the speech service could not be written: %s", problem.strerror)
