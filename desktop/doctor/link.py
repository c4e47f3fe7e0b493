"""What a watched source says about its link: the socket, the round trip, calls, sound, scores and words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from desktop.doctor.watching import Watched
from desktop.domain.events import NoReading
from desktop.domain.finding import Finding, Level

SLOW_MS: Final = 500.0
"""Document E: above this a latency is high."""
SLOW_OPEN_S: Final = 5.0
LOSS_WARN: Final = 0.02
"""Beyond 2 % a recogniser begins to miss words; below, lost frames are concealed unheard."""

NOBODY_SPOKE: Final = "Try again while somebody is on the phone."


@dataclass(frozen=True, slots=True)
class Latency:
    """Document E's figures, ms; None while nothing was measured."""

    avg: float | None
    min: float | None
    max: float | None
    p95: float | None
    samples: int
    drops: int


def socket_verdict(subject: str, seen: Watched, seconds: float) -> Finding:
    """Did it open, and how long did that take, sign-in and subscription included?"""
    if seen.live_at is None:
        trouble = seen.trouble
        if trouble is None:
            text = f"It did not open within {seconds:.0f} s."
            return Finding(subject, Level.FAIL, text, "Try again with more time: --seconds 60")
        again = "Put that right and try again." if seen.refused else "Sidetone goes on trying by itself."
        return Finding(subject, Level.FAIL, trouble.detail or "It does not open.", again, trouble.action)
    text = f"Open after {seen.live_at * 1000:.0f} ms."
    if seen.live_at > SLOW_OPEN_S:
        return Finding(subject, Level.WARN, text, "That is slow; after a loss of connection you wait as long again.")
    return Finding(subject, Level.PASS, text)


def round_trip_verdict(subject: str, latency: Latency, seconds: float) -> Finding | None:
    """None when the link measures none and none was lost."""
    if latency.drops:
        lost = f"{latency.drops} time{'s' if latency.drops > 1 else ''}"
        text = f"The connection was lost {lost} within {seconds:.0f} s. {_figures(latency)}".rstrip()
        remedy = "A proxy or firewall may cut long connections: allow WebSockets on port 443 without a time limit."
        return Finding(subject, Level.FAIL, text, remedy)
    if latency.avg is None or latency.p95 is None:
        return None
    if latency.p95 > SLOW_MS or latency.avg > SLOW_MS:
        remedy = f"Above {SLOW_MS:.0f} ms: look for a slow VPN or proxy on the way, or a region that is far away."
        return Finding(subject, Level.WARN, _figures(latency), remedy)
    if latency.max is not None and latency.max > SLOW_MS:
        remedy = f"Single answers took more than {SLOW_MS:.0f} ms; if that goes on, look at the VPN or Wi-Fi."
        return Finding(subject, Level.WARN, _figures(latency), remedy)
    return Finding(subject, Level.PASS, _figures(latency))


def _figures(latency: Latency) -> str:
    if latency.avg is None or latency.min is None or latency.max is None or latency.p95 is None:
        return ""
    return (
        f"Round trip {latency.avg:.0f} ms on average, {latency.min:.0f} to {latency.max:.0f}, "
        f"p95 {latency.p95:.0f} ({latency.samples} measured)."
    )


def calls_verdict(subject: str, seen: Watched, seconds: float) -> Finding:
    """Is anybody on the phone?"""
    if not seen.calls:
        text = f"No live call was named within {seconds:.0f} s."
        remedy = (
            "Try again while somebody is on the phone; if somebody is, check the queues in the connection's filters."
        )
        return Finding(subject, Level.WARN, text, remedy)
    return Finding(subject, Level.PASS, f"{_count(len(seen.calls), 'live call')} named.")


def audio_verdict(subject: str, seen: Watched, seconds: float) -> Finding:
    """Is sound coming, whole, in a format that we can hear?"""
    if not seen.frames:
        text = f"No sound arrived within {seconds:.0f} s."
        if seen.calls:
            remedy = "Calls are named but silent: the platform must be set up to stream their audio."
            return Finding(subject, Level.FAIL, text, remedy)
        return Finding(subject, Level.WARN, text, NOBODY_SPOKE)
    share = seen.frames_lost / (seen.frames + seen.frames_lost)
    codecs = " and ".join(sorted(seen.codecs))
    text = f"{_count(seen.frames, 'frame')} of {codecs}, {share * 100:.1f} % lost."
    if share > LOSS_WARN:
        return Finding(subject, Level.WARN, text, "Words will be missed; look at the network's load and the VPN.")
    return Finding(subject, Level.PASS, text)


def complaints_verdict(subject: str, seen: Watched) -> Finding | None:
    """None when the peer kept to its grammar."""
    if not seen.complaints:
        return None
    listed = ", ".join(f"{count} × {what}" for what, count in seen.complaints.most_common(4))
    remedy = "What can't be used is left out, nothing else is lost; tell the platform's administrator."
    return Finding(subject, Level.WARN, f"Unusable messages: {listed}.", remedy)


def scores_verdict(subject: str, seen: Watched, seconds: float) -> Finding:
    """Document B: do sentiment scores come, and if not, why?"""
    none = sum(seen.missing.values())
    if seen.readings:
        text = f"{_count(seen.readings, 'score')} arrived."
        if not none:
            return Finding(subject, Level.PASS, text)
        return Finding(subject, Level.WARN, f"{text} {none} events had none.", _why(seen))
    if none:
        return Finding(subject, Level.FAIL, f"None of {none} events had a score: no data, not neutral.", _why(seen))
    text = f"No score arrived within {seconds:.0f} s."
    return Finding(subject, Level.WARN, text, NOBODY_SPOKE)


def _why(seen: Watched) -> str:
    match seen.missing.most_common(1)[0][0]:
        case NoReading.NOT_REQUESTED:
            return "Add sentiment.score to the connection's fields: what is not asked for is not sent."
        case NoReading.NULL:
            return "The score is null: check the Conversation Intelligence licence and the queue's recording policy."
        case NoReading.ABSENT:
            return (
                "The field is asked for, but left out by the platform: check the recording policy's real-time analysis."
            )


def words_verdict(subject: str, first_sound_s: float | None, first_words_s: float | None, limit_s: float) -> Finding:
    """How long from the first sound (or the first call) until the first words? Both in s since the same moment."""
    if first_words_s is not None:
        took = first_words_s - (first_sound_s or 0.0)
        return Finding(subject, Level.PASS, f"The first words were there {took:.1f} s after the first sound.")
    if first_sound_s is None:
        return Finding(subject, Level.WARN, "Not checked: there was no sound to hear words in.", NOBODY_SPOKE)
    text = f"Nothing was understood in {limit_s - first_sound_s:.0f} s of sound."
    return Finding(subject, Level.WARN, text, "Perhaps nobody spoke: try again for longer, --seconds 60")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
