"""Every sentence that is shown or read aloud, in a supervisor's words."""

from __future__ import annotations

from typing import assert_never

from desktop.dashboard import channel_sentences, hearing_sentences, pausing
from desktop.dashboard.call_view import CallView
from desktop.domain.alert import Alert, AlertState
from desktop.domain.facts import CallStage
from desktop.domain.insight import Severity
from desktop.domain.media import Party
from desktop.domain.need import snoozed
from desktop.domain.speech import Attention

NOT_HEARD = "not heard"
EARLIER = "from earlier"
SILENCE_WORTH_SAYING_MS = 10_000
LATE_MS = 2_000
LOST_WORTH_SAYING_MS = 1_000


def clock(ms: int) -> str:
    """4:05, 1:02:03."""
    seconds = max(0, ms) // 1000
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def spoken_duration(ms: int) -> str:
    """4 min 12, for a screen reader."""
    minutes, seconds = divmod(max(0, ms) // 1000, 60)
    return f"{minutes} min {seconds}" if minutes else f"{seconds} s"


def signed(value: float | None) -> str:
    """-0.62 with a real minus sign; "no data" is never 0.0."""
    if value is None:
        return "no data"
    rounded = round(value, 2)
    if rounded == 0:
        return "0.00"
    return f"{'+' if rounded > 0 else '−'}{abs(rounded):.2f}"


def trend(view: CallView) -> str:
    """falling, steady, rising; what is not how it is now says so; empty without data."""
    if view.unheard:
        return NOT_HEARD
    if view.mood is None:
        return ""
    if view.outdated:
        return EARLIER
    return {-1: "falling", 0: "steady", 1: "rising"}[view.trend]


def who(view: CallView) -> str:
    """The agent, or what we know instead."""
    return view.facts.agent_name or "Agent not named yet"


def where(view: CallView) -> str:
    """The queue, or what we know instead."""
    return view.facts.queue_name or "queue unknown"


def party_name(party: Party) -> str:
    """Customer, Agent, Both."""
    match party:
        case Party.CUSTOMER:
            return "Customer"
        case Party.AGENT:
            return "Agent"
        case Party.MIXED:
            return "Both"
        case _:  # pragma: no cover
            assert_never(party)


def stage(view: CallView) -> str:
    """What is special about the call just now; empty for an ordinary one."""
    if view.over:
        return view.end_reason.capitalize() or "Ended"
    match view.facts.stage:
        case CallStage.CONNECTED | CallStage.UNTOLD:
            return ""
        case CallStage.IVR:
            return "In the menu"
        case CallStage.QUEUED:
            return "Waits in the queue"
        case CallStage.HOLD:
            return "On hold"
        case CallStage.TRANSFER:
            return "Transferred"
        case CallStage.CONFERENCE:
            return "Conference, voices mixed"
        case CallStage.WRAP_UP:
            return "Wrap-up"
        case _:  # pragma: no cover
            assert_never(view.facts.stage)


def dynamics(view: CallView) -> list[str]:
    """Chips about how the call goes: "talking over each other", "quiet for 0:18"."""
    said = []
    if view.dynamics is not None and not view.over:
        if view.dynamics.talk_over_now and view.two_parties:
            said.append("talking over each other")
        if view.dynamics.silence_now_ms >= SILENCE_WORTH_SAYING_MS:
            said.append(f"quiet for {clock(view.dynamics.silence_now_ms)}")
    return said


def freshness(view: CallView) -> str:
    """How far behind live the words of this call are; empty when they are fresh."""
    if view.over:
        return ""
    if not view.connected:
        return f"{NOT_HEARD}: connection lost"
    if view.paused is not None:
        return pausing.pause(view.paused, view.facts.stage)
    if view.attention is not Attention.WORDS:
        return hearing_sentences.why(view.attention)
    if view.lag_ms < LATE_MS:
        return ""
    return f"{view.lag_ms / 1000:.0f} s behind"


def short_freshness(view: CallView) -> str:
    """The same where there is little room."""
    said = freshness(view)
    return hearing_sentences.chip(view.attention) if said == hearing_sentences.why(view.attention) else said


def lost(view: CallView) -> str:
    """How much of the call was not heard; empty below a second."""
    return "" if view.lost_ms < LOST_WORTH_SAYING_MS else f"{clock(round(view.lost_ms))} not heard"


def joined(*parts: str) -> str:
    """Billing · inbound; empty parts are left out."""
    return " · ".join(part for part in parts if part)


def score_origin(view: CallView) -> str:
    """Whose score the curve shows; platforms and this console score differently, so it must be said."""
    party = Party.CUSTOMER if view.readings.get(Party.CUSTOMER) else Party.MIXED
    origins = {reading.origin for reading in view.readings.get(party, ())}
    if not origins:
        return "Sentiment: no data yet"
    names = {
        "sidetone": "Scored here from the words",
        "platform": "Score of the platform",
        "service": "Score of the speech service",
    }
    return ", ".join(words for origin, words in names.items() if origin in origins)


def counted(label: str, count: int) -> str:
    """refund, refund ×3."""
    return label if count < 2 else f"{label} ×{count}"


def row_aloud(view: CallView, now_ms: int) -> str:
    """The row for a screen reader: "Dana, Billing, 4 min 12, customer −0.60 falling, says ..."."""
    parts = [who(view), where(view), spoken_duration(view.duration_ms(now_ms))]
    parts.append(f"customer {signed(view.mood)} {trend(view)}".strip())
    parts.extend(chip.label for chip in view.chips.values() if chip.severity is not Severity.INFO)
    parts.extend(channel_sentences.channels(view))
    parts.extend(dynamics(view))
    if view.unheard:
        parts.append(freshness(view))
    if (worst := view.worst(now_ms)) is not None:
        parts.insert(0, alert_headline(worst))
    return ", ".join(parts)


def severity(value: Severity) -> str:
    """Info, Warning, Critical."""
    return value.value.capitalize()


def alert_state(alert: Alert, now_ms: int) -> str:
    """Where the alert stands."""
    if alert.state is AlertState.RESOLVED:
        return "Resolved" if alert.acknowledged or alert.severity is Severity.INFO else "Missed"
    if alert.snoozed_until_ms is not None and snoozed(alert, now_ms):
        return f"Snoozed for {clock(alert.snoozed_until_ms - now_ms)}"
    if alert.acknowledged:
        return "Acknowledged"
    return "Recovering" if alert.state is AlertState.RECOVERING else "Active"


def ago(now_ms: int, then_ms: int) -> str:
    """just now, 40 s ago, 3 min ago, 2 h ago."""
    seconds = max(0, now_ms - then_ms) // 1000
    if seconds < 5:
        return "just now"
    if seconds < 60:
        return f"{seconds} s ago"
    return f"{seconds // 60} min ago" if seconds < 3600 else f"{seconds // 3600} h ago"


def again(alert: Alert) -> str:
    """How often it fired while open; empty for once."""
    return "" if alert.times < 2 else f"{alert.times} times"


def whose(view: CallView | None) -> str:
    """Agent and queue of an alert's call."""
    return "a call that is no longer kept" if view is None else f"{who(view)}, {where(view)}"


def alert_aloud(alert: Alert, view: CallView | None, now_ms: int) -> str:
    """The alert for a screen reader."""
    parts = [severity(alert.severity), alert.headline, whose(view), alert.evidence, alert_state(alert, now_ms)]
    return ", ".join(part for part in parts if part)


def call_line(view: CallView, now_ms: int, origin: str = "") -> str:
    """4:12 · inbound · queue · agent talks 40 %, customer 35 %; what is wrong with its channels stands before that."""
    known = (clock(view.duration_ms(now_ms)), view.facts.direction, where(view), origin)
    return joined(*known, *channel_sentences.channels(view), talk_share(view))


def talk_share(view: CallView) -> str:
    """Who talks how much of the call; empty until something was heard, and when it can't be told who speaks."""
    if view.dynamics is None or not view.two_parties:
        return ""
    return f"agent talks {view.dynamics.agent_share:.0%}, customer {view.dynamics.customer_share:.0%}"


def curve_aloud(view: CallView) -> str:
    """What the curve shows, in a sentence."""
    if view.mood is None:
        return "No sentiment has been read yet."
    window = view.readings.get(Party.CUSTOMER) or view.readings[Party.MIXED]
    lowest = min(reading.average for reading in window)
    text = f"Customer at {signed(view.mood)}, {trend(view)}, lowest {signed(lowest)}"
    if (agent := view.latest(Party.AGENT)) is not None:
        text += f"; agent at {signed(agent.average)}"
    return text + "."


def line_aloud(party: Party, start_ms: int, text: str) -> str:
    """A transcript line for a screen reader."""
    return f"{party_name(party)} at {spoken_duration(start_ms)}: {text}"


def snooze(minutes: int) -> str:
    """A snooze choice."""
    return f"for {minutes} min" if minutes < 60 else f"for {minutes // 60} h"


def severity_choice(value: Severity) -> str:
    """What a severity means, in the keyword editor."""
    match value:
        case Severity.INFO:
            return "Info - marked, no alert"
        case Severity.WARNING:
            return "Warning"
        case Severity.CRITICAL:
            return "Critical - alerts at once"
        case _:  # pragma: no cover
            assert_never(value)


def alert_headline(alert: Alert) -> str:
    """Warning: Customer unhappy for 30 s, 3 times. A headline that begins with its severity says it once."""
    word = severity(alert.severity)
    said = alert.headline if alert.headline.startswith(word) else f"{word}: {alert.headline}"
    return ", ".join(part for part in (said, again(alert)) if part)


def alert_when(alert: Alert, now_ms: int) -> str:
    """Recovering · 40 s ago; an ordinary active one needs no word."""
    state = alert_state(alert, now_ms)
    return joined("" if state == "Active" else state, ago(now_ms, alert.raised_at_ms))


def legend(party: Party) -> str:
    """How a party's line is drawn."""
    return f"{'╌' if party is Party.AGENT else '━'} {party_name(party)}"


def moment(what: str, at_ms: int) -> str:
    """What a tick on a lane stands for."""
    return f"{what} · {clock(at_ms)}"
