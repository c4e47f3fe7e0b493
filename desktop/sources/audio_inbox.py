"""Turns one Audio Connector connection's messages into source events. Synchronous; a bad message costs itself only.

It runs for every frame on whatever loop the source runs on, so it does little: read the header, join fragments, check
that the result can be an Opus packet, hand it over.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.events import (
    AudioArrived,
    CallEnded,
    Complaint,
    FactsLearned,
    PauseChanged,
    PauseReason,
    PeerComplaint,
)
from desktop.domain.facts import CallFacts, CallStage
from desktop.domain.media import Codec, EncodedFrame, Party
from desktop.domain.ports import Deliver
from desktop.protocols.audio_connector import (
    Interaction,
    InteractionEnded,
    InteractionPaused,
    UnknownMessage,
    decode_server_message,
    facts_of,
)
from desktop.protocols.audio_frame import BareOpus, ParsedFrame, parse
from desktop.protocols.fragments import FrameAssembler, Grievance
from desktop.protocols.opus_toc import inspect
from desktop.protocols.subscription_state import Reply

_PAUSES: Final = {reason.value: reason for reason in PauseReason}
MAX_LIVE: Final = 10_000
MAX_ENDED: Final = 256
MAX_REASON: Final = 200


class AudioInbox:
    """State of one connection: which interactions are live, and frames under way."""

    def __init__(self, link: str, deliver: Deliver) -> None:
        self._link = link
        self._deliver = deliver
        self._assembler = FrameAssembler()
        self._live: OrderedDict[str, CallStage] = OrderedDict()
        self._ended: OrderedDict[str, None] = OrderedDict()
        self.unknown_messages = 0

    @property
    def live(self) -> tuple[str, ...]:
        """Interactions that this connection has named or brought sound of, and not ended."""
        return tuple(self._live)

    def sound(self, message: bytes, received_ns: int) -> None:
        """One binary message, received at `received_ns` (monotonic)."""
        try:
            parsed = parse(message)
        except PeerBrokeProtocol as problem:
            self.complain(Complaint.BAD_FRAME, str(problem))
            return
        if isinstance(parsed, BareOpus):
            self._bare(parsed.payload, received_ns)
        else:
            self._framed(parsed, received_ns)

    def text(self, message: str) -> Reply | None:
        """One text message; returns it if it is an answer to the subscription."""
        try:
            heard = decode_server_message(message)
        except PeerBrokeProtocol as problem:
            self.complain(Complaint.BAD_MESSAGE, str(problem))
            return None
        match heard:
            case Interaction():
                self._named(heard)
            case InteractionEnded():
                self._over(heard)
            case InteractionPaused(interaction_id=call, paused=paused, why=why):
                self._deliver(PauseChanged(self._link, call, paused, _PAUSES.get(why, PauseReason.PRIVACY)))
            case UnknownMessage():
                self.unknown_messages += 1
            case _:
                return heard
        return None

    def lost(self) -> None:
        """The connection is gone: report what was under way."""
        for grievance in self._assembler.give_up():
            self._grieve(grievance)

    def complain(self, what: Complaint, detail: str, call: str = "") -> None:
        """Report something unusable."""
        self._deliver(PeerComplaint(self._link, what, detail, call))

    def _framed(self, parsed: ParsedFrame, received_ns: int) -> None:
        call = parsed.call
        if call not in self._live:
            self._appeared(call, CallStage.CONNECTED)
        frame, given_up = self._assembler.add(parsed)
        for grievance in given_up:
            self._grieve(grievance)
        if frame is None:
            return
        try:
            inspect(frame.payload)
        except PeerBrokeProtocol as problem:
            self.complain(Complaint.BAD_FRAME, str(problem), call)
            return
        encoded = EncodedFrame(
            self._link, call, frame.party, Codec.OPUS, frame.sequence, frame.captured_ms, frame.payload, received_ns
        )
        self._deliver(AudioArrived(encoded, frame.fragments))

    def _bare(self, payload: bytes, received_ns: int) -> None:
        try:
            inspect(payload)
        except PeerBrokeProtocol as problem:
            self.complain(Complaint.BAD_FRAME, str(problem))
            return
        if len(self._live) != 1:
            detail = f"a bare Opus packet names no interaction and {len(self._live)} are live; it takes exactly one"
            self.complain(Complaint.BARE_FRAME_AMBIGUOUS, detail)
            return
        call = next(iter(self._live))
        encoded = EncodedFrame(self._link, call, Party.MIXED, Codec.OPUS, None, None, payload, received_ns)
        self._deliver(AudioArrived(encoded))

    def _named(self, message: Interaction) -> None:
        call = message.interaction_id
        self._ended.pop(call, None)
        facts = facts_of(message, self._live.get(call, CallStage.CONNECTED))
        self._appeared(call, facts.stage)
        self._deliver(FactsLearned(self._link, call, facts))

    def _over(self, message: InteractionEnded) -> None:
        call = message.interaction_id
        self._live.pop(call, None)
        self._assembler.forget(call)
        self._ended[call] = None
        if len(self._ended) > MAX_ENDED:
            self._ended.popitem(last=False)
        self._deliver(CallEnded(self._link, call, (message.reason or "ended")[:MAX_REASON]))
        if message.disposition:  # after the end, so that it labels a call but never opens one
            facts = CallFacts(stage=CallStage.WRAP_UP, disposition=message.disposition[:200])
            self._deliver(FactsLearned(self._link, call, facts))

    def _appeared(self, call: str, stage: CallStage) -> None:
        """Remember a live interaction. Sound that straggles in after the end doesn't bring it back to life."""
        if call in self._ended:
            return
        self._live[call] = stage
        if len(self._live) > MAX_LIVE:
            self._live.popitem(last=False)

    def _grieve(self, grievance: Grievance) -> None:
        self.complain(grievance.what, grievance.detail, grievance.call)
