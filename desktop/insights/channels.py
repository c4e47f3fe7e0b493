"""Whether a call's two channels are two parties, each on its own: from who spoke how long, words, and likeness.

Conservative: a fault is named only when the call has gone on long enough to tell, and taken back when it is over.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from desktop.domain.channels import ChannelFault
from desktop.domain.media import Party
from desktop.domain.speech import Segment, SpeechActivity

SILENT_WHILE_MS = 30_000
"""A channel is silent when the other one spoke for so long, all in all, and this one never."""

EMPTY_MS = 200
"""A call that ended with less sound than this brought none: a header, or a packet that could not be decoded."""

COUNTED_MS = 2_000
"""So long after its end, what was on its way has been counted."""

MAX_CALLS = 2048

AGENT_SAYS = (
    "how can i help",
    "how may i help",
    "is there anything else i can",
    "may i have your account",
    "can i have your account",
    "let me pull up your account",
    "i will put you on hold",
    "let me put you on a brief hold",
)
CUSTOMER_SAYS = (
    "i am calling about my",
    "i'm calling about my",
    "i am calling because",
    "i want to cancel my",
    "i would like to cancel my",
    "i have been a customer",
    "i have been waiting",
    "let me speak to your",
    "your company",
)


@dataclass(slots=True)
class _Call:
    spoken_ms: dict[Party, int] = field(default_factory=dict)  # stretches that are over
    open_ms: dict[Party, int] = field(default_factory=dict)  # the one that is not
    agent_like: set[Party] = field(default_factory=set)  # channels on which an agent's sentence was said
    customer_like: set[Party] = field(default_factory=set)
    alike: bool = False
    ended_ms: int | None = None
    told: tuple[ChannelFault, ...] = ()

    def spoke_ms(self, party: Party) -> int:
        return self.spoken_ms.get(party, 0) + self.open_ms.get(party, 0)


class ChannelJudge:
    """Many calls. Feed it what is heard, ask about once a second."""

    def __init__(self) -> None:
        self._calls: dict[str, _Call] = {}

    def activity(self, stretch: SpeechActivity) -> None:
        """Someone speaks or spoke."""
        call, length = self._of(stretch.call), stretch.end_ms - stretch.start_ms
        call.open_ms[stretch.party] = length if stretch.open else 0
        if not stretch.open:
            call.spoken_ms[stretch.party] = call.spoken_ms.get(stretch.party, 0) + length

    def words(self, segment: Segment) -> None:
        """A final utterance."""
        call = self._of(segment.call)
        if any(said in segment.text for said in AGENT_SAYS):
            call.agent_like.add(segment.party)
        if any(said in segment.text for said in CUSTOMER_SAYS):
            call.customer_like.add(segment.party)

    def alike(self, call: str, alike: bool) -> None:
        """The channels carry the same sound, or no longer do."""
        self._of(call).alike = alike

    def ended(self, call: str, now_ms: int) -> None:
        """The call is over."""
        self._of(call).ended_ms = now_ms

    def judge(self, call: str, sound_ms: int, now_ms: int) -> tuple[ChannelFault, ...] | None:
        """What is wrong now, None when that has not changed; `sound_ms` is how much sound came."""
        known = self._of(call)
        faults = _faults(known, sound_ms, over=known.ended_ms is not None and now_ms - known.ended_ms >= COUNTED_MS)
        if faults == known.told:
            return None
        known.told = faults
        return faults

    def forget(self, call: str) -> None:
        """Free what is remembered of this call."""
        self._calls.pop(call, None)

    def _of(self, call: str) -> _Call:
        known = self._calls.setdefault(call, _Call())
        if len(self._calls) > MAX_CALLS:
            del self._calls[next(iter(self._calls))]
        return known


def _faults(call: _Call, sound_ms: int, *, over: bool) -> tuple[ChannelFault, ...]:
    if over and sound_ms < EMPTY_MS:
        return (ChannelFault.EMPTY,)
    if call.alike:
        return (ChannelFault.SAME_SOUND,)
    for silent, other, fault in (
        (Party.CUSTOMER, Party.AGENT, ChannelFault.CUSTOMER_SILENT),
        (Party.AGENT, Party.CUSTOMER, ChannelFault.AGENT_SILENT),
    ):
        if not call.spoke_ms(silent) and call.spoke_ms(other) >= SILENT_WHILE_MS:
            both = other in call.agent_like and other in call.customer_like
            return (ChannelFault.ONE_CHANNEL,) if both else (fault,)
    if call.agent_like == {Party.CUSTOMER} and call.customer_like == {Party.AGENT}:
        return (ChannelFault.SWAPPED,)
    return ()
