"""A recogniser elsewhere: any service that speaks document D, one session for each party of a call.

Only speech is sent, from the voice activity that every engine has here: with 0.3 s before it and 0.7 s of silence after
it, and a chunk of silence every ten seconds to keep the session. The document has the client send sound continuously;
this is that with the pauses shortened. Nothing leaves this machine while nobody speaks, a service is spared the time in
which a party listens, and the end of an utterance is heard at once; the price is that the service's clock runs slower,
so its times are led back to the call's. Who speaks when, talk-over and silence come from here, whatever it says.

Texts come as the service writes them. Words are never logged.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from desktop.domain.errors import SidetoneError
from desktop.domain.media import Party, PcmBlock
from desktop.domain.speech import Attention, EngineTrouble, Result
from desktop.protocols.speech_conversation import SpeechConversation
from desktop.protocols.speech_outbox import Spoken
from desktop.recognition.ears import Counters, Ears, StreamSettings
from desktop.recognition.gate import GateSettings, Utterance
from desktop.recognition.speech_service_access import Access, Standing, access_to
from desktop.recognition.speech_service_line import Exchange, Line

LONGEST_UTTERANCE_MS = 20_000
KEPT_MS = 30_000
"""Speech that waits while the service is away, or takes it slower than it is said; beyond it the oldest is lost."""

BREATH_S = 0.002


@dataclass(frozen=True, slots=True)
class SpeechServiceAccess:
    """Where the service is. `proxy` "": the system's. `ca_file`: further trusted authorities, PEM."""

    url: str
    api_key: str = field(repr=False)
    language: str = ""
    proxy: str = ""
    ca_file: str = ""


class SpeechServiceRecogniser:
    """A Recogniser. Loads nothing and connects when somebody speaks; what is wrong is in `trouble`, never raised."""

    name = "speech-service"

    def __init__(self, access: SpeechServiceAccess, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._language, self._clock = access.language, clock
        self._access, trouble = usable(access)
        self._standing = Standing(trouble)
        self._exchange = Exchange()
        self._streams: set[ServiceStream] = set()
        self.counters = Counters()

    @property
    def trouble(self) -> EngineTrouble | None:
        """Why nothing is heard now."""
        return self._standing.trouble

    def open(self, call: str, party: Party, language: str) -> ServiceStream:
        """A stream for one party; `language` is a BCP 47 tag, "" means the one of the settings."""
        settings = StreamSettings(
            gate=GateSettings(max_utterance_ms=LONGEST_UTTERANCE_MS),
            partial_interval_ms=0,
            max_waiting_ms=KEPT_MS,
        )
        talk = SpeechConversation(call, party, f"{call}-{party.value}", language or self._language)
        line = Line(talk, self._access, self._standing, self._clock)
        ears = Ears(call, party, settings, self.counters, self._clock)
        stream = ServiceStream(ears, line, self._exchange, self._clock, self._streams.discard)
        self._streams.add(stream)
        return stream

    def watch(self, phrases: Sequence[str]) -> None:
        """Phrases are found in the words; a service of this kind spots none by themselves."""

    def close(self) -> None:
        """Say goodbye everywhere."""
        for stream in tuple(self._streams):
            stream.close()
        self._exchange.close()


class ServiceStream:
    """A RecogniserStream. What was said goes to the session's thread, what came back is taken from it."""

    def __init__(
        self,
        ears: Ears,
        line: Line,
        exchange: Exchange,
        clock: Callable[[], int],
        on_close: Callable[[ServiceStream], None],
    ) -> None:
        self._ears, self._line, self._exchange, self._clock, self._on_close = ears, line, exchange, clock, on_close
        self._utterance: Utterance | None = None
        self._spoken = Spoken(0, 0)
        self._started = self._closed = False

    @property
    def backlog_ms(self) -> float:
        """Audio that the service was not sent, or how much later than usual its answer is."""
        if self._closed:
            return 0.0
        with self._line.lock:
            return self._ears.backlog_ms + self._line.talk.backlog_ms(self._clock()) + bool(self._line.results)

    @property
    def lost_ms(self) -> float:
        """Speech that was dropped because the service was away or too slow for too long."""
        return self._ears.lost_ms + self._line.talk.outbox.lost_ms

    def feed(self, block: PcmBlock) -> None:
        """Keep a block for `drain`. Raises ValueError when its rate is not 16 kHz."""
        self._ears.feed(block)

    def attend(self, attention: Attention) -> None:
        """From the next utterance on; phrases are not spotted, so PHRASES is as PRESENCE."""
        self._ears.attention = attention if attention is Attention.WORDS else Attention.PRESENCE

    def flush(self) -> None:
        """What has been fed ends here; the session stays open."""
        self._ears.end()

    def drain(self) -> Sequence[Result]:
        """Hand over half a second of this stream and give what came back. Call it a few times a second."""
        if self._closed:
            return []
        out: list[Result] = list(self._ears.listen())
        with self._line.lock:
            outbox = self._line.talk.outbox
            self._hand_over()
            crowded = self._line.crowded
            out += self._line.results
            self._line.results.clear()
            out += self._line.talk.tick(self._clock())
            ready, waiting = outbox.ready, outbox.current is not None
        if ready and not self._started:
            self._started = True
            self._exchange.start(self._line)
        elif ready or crowded:
            self._exchange.tell(self._line.look)
        if waiting and not out:
            time.sleep(BREATH_S)  # whoever drains in a tight loop lets the session's thread run
        return out

    def close(self) -> None:
        """Let go of everything; nothing comes out any more."""
        if self._closed:
            return
        self._closed = True
        self._ears.forget()
        with self._line.lock:
            self._line.talk.outbox.end()
            self._line.talk.close()
            self._line.results.clear()
        self._exchange.tell(self._line.end)
        self._on_close(self)

    def _hand_over(self) -> None:
        outbox = self._line.talk.outbox
        while True:
            if self._utterance is None:
                if not self._ears.waits():
                    return
                self._utterance = self._ears.take()
                self._spoken = outbox.begin(self._utterance.speech_from_ms)
            utterance = self._utterance
            while utterance.pending:
                frame = utterance.pending.popleft()
                outbox.add(frame.samples.astype("<i2").tobytes(), frame.at_ms, (frame.received_ns, frame.decoded_ns))
            self._spoken.to_ms = utterance.speech_to_ms
            self._spoken.ended_ns = utterance.speech_to_received_ns
            if not utterance.closed:
                return
            outbox.end(noise=utterance.is_noise)
            self._utterance = None


def usable(access: SpeechServiceAccess) -> tuple[Access | None, EngineTrouble | None]:
    """The way there, or why there is none."""
    if not access.api_key:
        return None, EngineTrouble.KEY_MISSING
    try:
        return access_to(access.url, access.api_key, access.proxy, access.ca_file), None
    except SidetoneError:
        return None, EngineTrouble.BAD_SETTINGS
