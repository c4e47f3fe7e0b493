"""What the notification channels tell one source, turned into events: calls, their ends, their words (genesys.md 2)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.events import (
    AudioGap,
    CallEnded,
    Complaint,
    FactsLearned,
    LinkFound,
    LinkMeasured,
    LinkState,
    Measure,
    PeerComplaint,
    WordsArrived,
)
from desktop.domain.facts import CallFacts
from desktop.domain.finding import Finding
from desktop.domain.media import Party
from desktop.domain.ports import Deliver
from desktop.protocols.activity import Activity
from desktop.protocols.notifications import Event, Topic, conversation_of, queue_of, transcription_topic
from desktop.protocols.queue_calls import QueueCall, decode_queue_call
from desktop.protocols.transcription import decode_transcription
from desktop.sources.genesys_calls import ANOTHER_AGENT, LiveCalls, Told
from desktop.sources.genesys_findings import (
    TEXT_TOPICS,
    TopicBook,
    not_transcribed,
    queues_without_room,
    text_without_room,
)
from desktop.sources.notification_channel import ChannelManager

NOT_LISTED: Final = "no longer listed"
PRIVATE: Final = "Paused for privacy"

OnLink = Callable[[LinkState, str, float | None], None]


class GenesysFloor:
    """Implements `Listener`. `named` completes facts with known names; `now_ms` is the wall clock (Unix epoch).

    `came_up` is set each time the channels are live again; `on_link` is told everything else about them.
    """

    def __init__(
        self,
        name: str,
        deliver: Deliver,
        manager: ChannelManager,
        calls: LiveCalls,
        named: Callable[[CallFacts], CallFacts],
        *,
        transcripts: bool,
        now_ms: Callable[[], int],
        on_link: OnLink,
    ) -> None:
        self.calls = calls
        self.came_up = asyncio.Event()
        self.up = False
        self._name = name
        self._deliver = deliver
        self._manager = manager
        self._named = named
        self._transcripts = transcripts
        self._now_ms = now_ms
        self._on_link = on_link
        self._book = TopicBook()
        self._queue_topics: tuple[str, ...] = ()
        self._text_allowed = True
        self._counted = (-1, -1)
        self._silent = 0
        calls.unsubscribed([known.call for known in calls])

    def watch(self, topics: Sequence[str]) -> None:
        """The queues' topics; they come before any text."""
        self._queue_topics = tuple(topic for topic in topics if self._manager.want(self, topic))
        if len(self._queue_topics) < len(topics):
            self.on_finding(queues_without_room(len(topics) - len(self._queue_topics), len(topics)))

    def relisted(self, activity: Activity, *, end_missing: bool) -> None:
        """The live list is known: tell all of it, and subscribe the text of those calls.

        `end_missing`: say which ones are over; else whoever hears LIVE waits for them to show themselves again.
        """
        live, gone = self.calls.listed(activity.calls, complete=not activity.truncated)
        for known in live:
            self._deliver(FactsLearned(self._name, known.call, known.facts))
        for call in gone:
            self._without_text(call)
            if end_missing:
                self._deliver(CallEnded(self._name, call, NOT_LISTED))
        self._fill()

    def looked_at(self, told: QueueCall) -> None:
        """A call as REST shows it, which is as good as its event."""
        self._queue_call(self.calls.heard(told, self._named(told.facts), self._now_ms()))

    def audited(self, activity: Activity) -> None:
        """Compared with the list: calls whose beginning or end nobody told, and a sign of life of all that it names."""
        named, gone = self.calls.audited(activity.calls, complete=not activity.truncated)
        for known in named:
            self._deliver(FactsLearned(self._name, known.call, known.facts))
        for call in gone:
            self._without_text(call)
            self._deliver(CallEnded(self._name, call, NOT_LISTED))
        self._fill()

    def nameless(self) -> list[str]:
        """Agents that are on calls and have no name."""
        return list(dict.fromkeys(c.facts.agent_id for c in self.calls if c.facts.agent_id and self._unnamed(c.facts)))

    def rename(self, names: Mapping[str, str]) -> None:
        """These agents' names became known."""
        for known in self.calls.named(names):
            self._deliver(FactsLearned(self._name, known.call, known.facts))

    def tidy(self) -> None:
        """Now and then: subscribe text that there is room for now, and say what changed."""
        self._fill()
        for finding in self._book.findings():
            self._deliver(LinkFound(self._name, finding))
        if self._transcripts and self._text_allowed:
            without = len(self.calls.without_text())
            if (without, len(self.calls) if without else 0) != self._counted:
                self._counted = (without, len(self.calls) if without else 0)
                self.on_finding(text_without_room(without, len(self.calls)))
            if (silent := self.calls.silent(self._now_ms())) != self._silent:
                self._silent = silent
                self.on_finding(not_transcribed(silent))

    # ---- what the channels tell

    def on_link(self, state: LinkState, detail: str = "", retry_in_s: float | None = None) -> None:
        self.up = state is LinkState.LIVE
        if self.up:
            self._text_allowed = True  # a permission may have been granted meanwhile
            self.calls.link_up()
            self.came_up.set()
        else:
            self.came_up.clear()
            self._on_link(state, detail, retry_in_s)

    def on_event(self, event: Event) -> None:
        received_ns = time.monotonic_ns()
        try:
            if queue_of(event.topic):
                self.looked_at(decode_queue_call(event.body))
            elif call := conversation_of(event.topic):
                message = decode_transcription(event.body)
                for segment in self.calls.said(message, call, received_ns):
                    self._deliver(WordsArrived(self._name, segment))
        except PeerBrokeProtocol as problem:
            self.on_complaint(str(problem))

    def on_topics(self, results: Sequence[Topic]) -> None:
        texts = [transcription_topic(known.call) for known in self.calls if known.text_wanted]
        self._book.note(results, (*self._queue_topics, *texts))
        if self._text_allowed and self._book.refused(TEXT_TOPICS):
            self._text_allowed = False  # the permission is the organisation's, not the call's: don't ask for each
            for finding in self._book.findings():
                self._deliver(LinkFound(self._name, finding))
            for known in self.calls:
                self._without_text(known.call)

    def on_no_room(self, topics: Sequence[str]) -> None:
        self.calls.unsubscribed([conversation_of(topic) for topic in topics])

    def on_finding(self, finding: Finding) -> None:
        if self._book.news(finding):
            self._deliver(LinkFound(self._name, finding))

    def on_round_trip(self, ms: float) -> None:
        self._deliver(LinkMeasured(self._name, Measure.ROUND_TRIP, ms))

    def on_complaint(self, detail: str) -> None:
        self._deliver(PeerComplaint(self._name, Complaint.BAD_MESSAGE, detail))

    # ---- calls and their text

    def _queue_call(self, told: Told | None) -> None:
        if told is None:
            return
        call = told.call.call
        if told.changed:
            self._deliver(FactsLearned(self._name, call, told.call.facts))
        if told.private_ms is not None:
            self._deliver(AudioGap(call, Party.MIXED, None, float(told.private_ms), PRIVATE))
        if told.over:
            self._without_text(call)
            self._deliver(CallEnded(self._name, call))
        elif told.new:
            self._fill()

    def _fill(self) -> None:
        """The oldest calls first, until the channels are full."""
        if not (self._transcripts and self._text_allowed and self.up):
            return
        for known in self.calls.without_text():
            if not self._manager.want(self, transcription_topic(known.call)):
                return
            self.calls.want_text(known, self._now_ms())

    def _without_text(self, call: str) -> None:
        topic = transcription_topic(call)
        self._manager.drop(self, topic)
        self._book.forget(topic)
        self.calls.unsubscribed([call])

    @staticmethod
    def _unnamed(facts: CallFacts) -> bool:
        return facts.agent_name in ("", ANOTHER_AGENT)
