"""One AudioHook session as the server lives it: a pure state machine (AudioHook v2).

             open            close                      close
    WAITING -------> OPEN ----------> CLOSED   LEAVING ----------> CLOSED
       |              |                  ^        ^
       '--- broken ---'---- broken, or we ask ----'      broken: `disconnect`, the client answers `close`

The connection is the client's to close: we only cut it when it doesn't, or says nothing any more. Sequence numbers,
session and organisation ids are checked in every state; a message whose parameters are wrong costs that message alone.
Time is an argument, in seconds of any clock that only moves forward.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, assert_never

import msgspec

from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.events import Complaint
from desktop.protocols import audiohook_bodies as bodies
from desktop.protocols import audiohook_effects as effects
from desktop.protocols.audiohook import (
    MAX_MESSAGE_BYTES,
    NULL_ID,
    ClientMessage,
    client_body,
    read_client,
    write_entity,
    write_server,
)
from desktop.protocols.audiohook_entities import Entity
from desktop.protocols.audiohook_media import (
    MediaOffer,
    choose,
    duration_of,
    samples_of,
    seconds_of,
    split_channels,
)
from desktop.protocols.audiohook_outlet import Outlet
from desktop.protocols.audiohook_pauses import Pauses
from desktop.protocols.audiohook_states import STRICT, WELCOME, Greeting, SessionCounts, State

MAX_HEARD_BYTES: Final = 65_536
"""What the reference server takes; ours is 64,000 for what we send."""
OPEN_WITHIN_S: Final = 10.0
CLOSE_WITHIN_S: Final = 10.0
SILENT_S: Final = 30.0
"""The client pings every 5 s; after this long without a word the line is dead."""


class AudioHookSession:
    """Feed it what the socket says (`hear`, `hear_sound`, and `tick` about once a second); do the effects in order."""

    def __init__(
        self,
        session: str,
        organization: str,
        greet: Callable[[bodies.Open], Greeting],
        now_s: float,
        outlet: Outlet | None = None,
    ) -> None:
        self._session, self._organization, self._greet = session, organization, greet
        self._outlet = outlet or Outlet()
        self._seq = self._heard_seq = 0
        self._since_s = self._heard_at_s = now_s
        self._media: MediaOffer | None = None
        self.state = State.WAITING
        self.pauses = Pauses()
        self.counts = SessionCounts()
        self.position = 0  # samples of 8 kHz: where the next sound belongs
        self.rtt_s: float | None = None  # round trip of the previous ping, as the client measured it
        self.probe = False
        self.broken = False  # ended because the client broke the protocol

    # what the client says

    def hear(self, text: str | bytes, now_s: float) -> list[effects.Effect]:
        """A text message."""
        self._heard_at_s = now_s
        self.counts.messages += 1
        if self.state is State.CLOSED:
            return []
        data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        if len(data) > MAX_HEARD_BYTES:
            return self._broken(f"message: {len(data)} bytes, at most {MAX_MESSAGE_BYTES} are allowed", now_s)
        try:
            message = read_client(data)
            self._check_sequence(message)
        except PeerBrokeProtocol as problem:
            return self._broken(str(problem), now_s)
        try:
            body = client_body(message)
        except PeerBrokeProtocol as problem:
            if message.type == "open":
                return self._broken(str(problem), now_s)
            return [effects.Faulty(Complaint.BAD_MESSAGE, str(problem))]
        if not isinstance(body, WELCOME[self.state]):
            if self.state is State.LEAVING:
                return []
            return self._broken(f"{message.type}: not expected while {self.state.value}", now_s)
        return self._take(message, body, now_s)

    def hear_sound(self, payload: bytes, now_s: float) -> list[effects.Effect]:
        """A binary message."""
        self._heard_at_s = now_s
        counts = self.counts
        counts.sounds += 1
        if self.state in (State.LEAVING, State.CLOSED):
            return []
        if self._media is None:
            counts.early += 1
            return [effects.Faulty(Complaint.BAD_FRAME, f"sound: not expected while {self._condition()}")]
        if not payload:
            counts.empty += 1
            return []
        if self.pauses.private:
            counts.while_paused += 1
            return [effects.Faulty(Complaint.BAD_FRAME, "sound: came during a pause for privacy and was dropped")]
        out: list[effects.Effect] = list(self.pauses.flows(now_s))
        if len(payload) > MAX_MESSAGE_BYTES:
            counts.large += 1
            out.append(effects.Faulty(Complaint.FRAME_TOO_LARGE, f"sound: {len(payload)} bytes in one message"))
        parts, spare = split_channels(payload, len(self._media.channels))
        if spare:
            counts.odd += 1
            out.append(effects.Faulty(Complaint.BAD_FRAME, "sound: ended within a sample; the rest of it was dropped"))
        samples = len(parts[0])
        if samples:
            out.append(effects.SoundHeard(self.position, samples, tuple(zip(self._media.parties, parts, strict=True))))
        self.position += samples
        counts.samples += samples
        return out

    def tick(self, now_s: float) -> list[effects.Effect]:
        """What is due by the clock."""
        match self.state:
            case State.WAITING if now_s - self._since_s > OPEN_WITHIN_S:
                return self._leave("error", "no open message came", now_s)
            case State.LEAVING | State.CLOSED if now_s - self._since_s > CLOSE_WITHIN_S:
                return [effects.Cut("the client did not close the connection")]
            case State.OPEN if now_s - self._heard_at_s > SILENT_S:
                return [effects.Cut("nothing was heard for too long")]
            case State.OPEN:
                return [*self._settle_pause(now_s), *self._events(self._outlet.due(now_s))]
            case _:
                return []

    # what we want

    def pause(self, paused: bool, now_s: float) -> list[effects.Effect]:
        """Ask for silence to save money, or for sound again."""
        self.pauses.wish(paused)
        return self._settle_pause(now_s) if self.state is State.OPEN else []

    def reconnect(self, info: str = "") -> list[effects.Effect]:
        """Ask to carry on over a new connection."""
        return [self._say(bodies.Reconnect(info or None))] if self.state is State.OPEN else []

    def disconnect(self, reason: str, info: str, now_s: float) -> list[effects.Effect]:
        """End the session: completed, unauthorized or error. May come before `open`."""
        return self._leave(reason, info, now_s) if self.state in STRICT else []

    def event(self, entity: Entity, *, final: bool, now_s: float) -> list[effects.Effect]:
        """Tell something about the call, as soon as the platform's limits allow."""
        if self.state is not State.OPEN or self.probe:
            return []
        return self._events(self._outlet.offer(entity, final=final, now_s=now_s))

    # inside

    def _condition(self) -> str:
        return "in a session without sound" if self.state is State.OPEN else self.state.value

    def _check_sequence(self, message: ClientMessage) -> None:
        if self.state is State.LEAVING:  # the goodbye is answered, whatever broke before
            self._heard_seq = max(self._heard_seq, message.seq)
            return
        if message.id != self._session:
            raise PeerBrokeProtocol("message: not the session of the connection's header - at `$.id`")
        if message.seq != self._heard_seq + 1:
            expected = self._heard_seq + 1
            raise PeerBrokeProtocol(f"message: expected number {expected}, got {message.seq} - at `$.seq`")
        self._heard_seq = message.seq
        if message.serverseq > self._seq:
            raise PeerBrokeProtocol("message: acknowledges what was never sent - at `$.serverseq`")

    def _take(self, message: ClientMessage, body: bodies.ClientBody, now_s: float) -> list[effects.Effect]:
        if self._media is not None:
            self.counts.drift = samples_of(message.position, "position") - self.position
        match body:
            case bodies.Open():
                return self._open(message, body, now_s)
            case bodies.Ping(rtt):
                self.rtt_s = self.rtt_s if rtt is None else seconds_of(rtt, "rtt")
                return [self._say(bodies.Pong())]
            case bodies.Close(reason):
                final = self._events(self._outlet.due(now_s)) if self.state is State.OPEN else []
                self._to(State.CLOSED, now_s)
                return [*final, self._say(bodies.Closed()), effects.Over(reason)]
            case bodies.Paused():
                return list(self.pauses.paused(message.serverseq, now_s))
            case bodies.Resumed():
                skipped = self._skip(*body.samples(), on_purpose=True)
                return [*skipped, *self.pauses.resumed(now_s)]
            case bodies.Discarded():
                return self._skip(*body.samples(), on_purpose=False)
            case bodies.Update(language):
                told = [effects.LanguageTold(language)] if language else []
                return [self._say(bodies.Updated()), *told]
            case bodies.ErrorReport(code):
                self._outlet.hold(body.wait_s(), now_s)
                return [effects.ClientComplained(code, body.wait_s())]
            case bodies.Dtmf(digit):
                return [effects.DigitPressed(digit)]
            case bodies.PlaybackStarted() | bodies.PlaybackCompleted():
                return [effects.PlaybackTold(isinstance(body, bodies.PlaybackStarted))]
            case bodies.UnknownBody():
                self.counts.unknown += 1
                return []
            case _:
                assert_never(body)

    def _open(self, message: ClientMessage, body: bodies.Open, now_s: float) -> list[effects.Effect]:
        if body.organization_id != self._organization:
            why = "open: not the organisation of the connection's header - at `$.parameters.organizationId`"
            return [*self._leave("unauthorized", why, now_s), effects.Faulty(Complaint.BAD_MESSAGE, why)]
        greeting = self._greet(body)
        if greeting.refuse:
            return self._leave("error", greeting.refuse, now_s)
        self.probe = body.conversation_id == NULL_ID
        self._media = choose(body.offers())
        self.position = samples_of(message.position, "position")
        self._to(State.OPEN, now_s)
        discard_to = greeting.discard_to
        if discard_to is not None and discard_to <= self.position:
            discard_to = None
        opened = bodies.Opened(
            media=() if self._media is None else (msgspec.Raw(self._media.text),),
            start_paused=greeting.start_paused and not self.probe,
            discard_to=None if discard_to is None else duration_of(discard_to),
            supported_languages=greeting.languages if body.supported_languages else None,
        )
        told = self._say(opened)
        paused = self.pauses.opened(paused=bool(opened.start_paused), seq=self._seq, now_s=now_s)
        continues = tuple(session.id for session in body.continued_sessions or ())
        return [told, effects.Began(body, self._media, self.probe, self.position, continues), *paused]

    def _skip(self, start: int, samples: int, *, on_purpose: bool) -> list[effects.Effect]:
        """The time line goes on at start + samples, wherever we believed to be; it never goes back."""
        missing = start + samples - self.position
        if missing <= 0:
            return []
        self.position += missing
        return [effects.SoundSkipped(self.position - missing, missing, on_purpose)]

    def _settle_pause(self, now_s: float) -> list[effects.Effect]:
        wanted = None if self._media is None or self.probe else self.pauses.due(now_s)
        if wanted is None:
            return []
        told = self._say(bodies.Pause() if wanted else bodies.Resume())
        self.pauses.told(self._seq, now_s)
        return [told]

    def _events(self, entities: list[Entity]) -> list[effects.Effect]:
        return [self._say(bodies.Event((write_entity(entity),))) for entity in entities]

    def _broken(self, why: str, now_s: float) -> list[effects.Effect]:
        out: list[effects.Effect] = [effects.Faulty(Complaint.BAD_MESSAGE, why)]
        if self.state not in STRICT:
            return out
        self.broken = True
        return [*self._leave("error", why, now_s), *out]

    def _leave(self, reason: str, info: str, now_s: float) -> list[effects.Effect]:
        self._to(State.LEAVING, now_s)
        return [self._say(bodies.Disconnect(reason, info or None))]

    def _to(self, state: State, now_s: float) -> None:
        self.state, self._since_s = state, now_s
        if state is not State.OPEN:
            self.pauses.ended(now_s)

    def _say(self, body: bodies.ServerBody) -> effects.Send:
        self._seq += 1
        return effects.Send(write_server(self._session, self._seq, self._heard_seq, body))
