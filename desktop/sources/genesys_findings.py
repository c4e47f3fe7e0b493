"""What the platform allows of what this console wants to hear, in words: one finding per kind of topic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from desktop.domain.finding import Finding, Level
from desktop.protocols.activity import ACTIVITY_PERMISSION
from desktop.protocols.notifications import MAX_CHANNELS, Topic, conversation_of, queue_of
from desktop.sources.rest import Refused

QUEUE_TOPICS = "Topic queue calls"
TEXT_TOPICS = "Topic transcription"
LIVE_TEXT = "Live text"
LIVE_LIST = "Live list"
LIST_LATER: Final = "The list of calls under way will follow."
TRANSCRIPTION = "Transcription"
AGENT_NAMES = "Agent names"
_TEXT_NEEDS = ("conversation:transcription:view",)
_QUEUES_NEED = ("routing:queue:view",)
TOO_MANY: Final = (
    f"The platform refuses another notification channel ({{code}}). A user and OAuth client may have {MAX_CHANNELS}: "
    "close other programs that use the same client, or give this console a client of its own."
)
NO_SUCH_INTERFACE: Final = (
    "This address has no Notifications API (404), so it is no Genesys Cloud organisation. Check the region or address; "
    "a platform of the documents' kind is reached by the real-time analytics socket."
)


class TopicBook:
    """Remembers how it stands with each topic; `findings` gives the sentences that changed since the last time."""

    def __init__(self) -> None:
        self._states: dict[str, Topic] = {}
        self._told: dict[str, Finding] = {}
        self._changed = False

    def note(self, results: Iterable[Topic], wanted: Iterable[str]) -> None:
        """What the platform said, as far as it is about `wanted`."""
        mine = set(wanted)
        self._changed = True
        self._states.update((topic.id, topic) for topic in results if topic.id in mine)

    def forget(self, topic: str) -> None:
        """Not wanted any longer."""
        self._changed |= self._states.pop(topic, None) is not None

    def refused(self, kind: str) -> list[Topic]:
        """Of QUEUE_TOPICS or TEXT_TOPICS."""
        return [topic for topic in self._of(kind) if not topic.permitted]

    def findings(self) -> list[Finding]:
        """Those that changed."""
        if not self._changed:
            return []
        self._changed = False
        now = [
            finding
            for kind, needs in ((QUEUE_TOPICS, _QUEUES_NEED), (TEXT_TOPICS, _TEXT_NEEDS))
            if (finding := self._finding(kind, needs)) is not None
        ]
        return [finding for finding in now if self.news(finding)]

    def news(self, finding: Finding) -> bool:
        """Whether this was not told already."""
        if self._told.get(finding.subject) == finding:
            return False
        self._told[finding.subject] = finding
        return True

    def _of(self, kind: str) -> list[Topic]:
        name = queue_of if kind == QUEUE_TOPICS else conversation_of
        return [topic for topic in self._states.values() if name(topic.id)]

    def _finding(self, kind: str, needs: Sequence[str]) -> Finding | None:
        topics, refused = self._of(kind), self.refused(kind)
        if not topics:
            return None
        what = "queues are" if kind == QUEUE_TOPICS else "calls' live text is"
        if not refused:
            well = "Every queue may be watched." if kind == QUEUE_TOPICS else "Live text may be read."
            return Finding(kind, Level.PASS, well)
        missing = dict.fromkeys(name for topic in refused for name in topic.missing_permissions or ()) or needs
        level = Level.FAIL if len(refused) == len(topics) else Level.WARN
        return Finding(
            kind,
            level,
            f"{len(refused)} of {len(topics)} {what} refused by the platform.",
            f"An administrator can grant {' and '.join(missing)}.",
        )


def list_refused(problem: Refused) -> Finding:
    """The activity query is not allowed: calls appear by themselves only."""
    named = " or ".join(problem.error.permissions) or ACTIVITY_PERMISSION
    return Finding(
        LIVE_LIST,
        Level.WARN,
        f"The list of calls under way can't be asked for ({problem.status}); a call shows once it changes.",
        f"An administrator can grant {named}.",
    )


def list_cut(count: int) -> Finding:
    """The reply says that there are more calls."""
    return Finding(
        LIVE_LIST,
        Level.WARN,
        f"The platform listed {count} calls and left others out; those show once something happens on them.",
        "Watch fewer queues with this connection.",
    )


def list_complete() -> Finding:
    """All is well."""
    return Finding(LIVE_LIST, Level.PASS, "The calls under way were listed.")


def text_without_room(count: int, calls: int) -> Finding:
    """More calls than topics."""
    if count == 0:
        return Finding(LIVE_TEXT, Level.PASS, "Every live call's text is subscribed.")
    return Finding(
        LIVE_TEXT,
        Level.WARN,
        f"{count} of {calls} live calls are without live text: the channels are full. The oldest come first.",
        "Watch fewer queues with this connection.",
    )


def not_transcribed(count: int) -> Finding:
    """Subscribed, and not even the empty message of every five minutes came."""
    if count == 0:
        return Finding(TRANSCRIPTION, Level.PASS, "Every call is transcribed.")
    return Finding(
        TRANSCRIPTION,
        Level.WARN,
        f"{count} live calls send no text at all: the platform does not transcribe them.",
        "Switch voice transcription on for their queue or flow; it works for calls over cloud edges only.",
    )


def queues_without_room(count: int, queues: int) -> Finding:
    """More queues than topics."""
    return Finding(
        "Queues",
        Level.WARN,
        f"{count} of {queues} queues are not watched: the notification channels are full.",
        "Name the queues to watch in the settings.",
    )


def names_refused(problem: Refused) -> Finding:
    """Agents stay without names."""
    return Finding(AGENT_NAMES, Level.WARN, f"Agents' names can't be looked up. {problem}", "Ask an administrator.")
