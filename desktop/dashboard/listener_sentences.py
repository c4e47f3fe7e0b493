"""Sentences about a connection that others dial: how many calls it brings, amounts of its capacity."""

from __future__ import annotations


def calls(count: int) -> str:
    """no calls now, 1 call now, 3 calls now."""
    return f"{count or 'no'} {'call' if count == 1 else 'calls'} now"


def network(mbit_s: float) -> str:
    """12.8 Mbit/s, 1 Gbit/s."""
    return f"{_short(mbit_s / 1000)} Gbit/s" if mbit_s >= 1_000 else f"{_short(mbit_s)} Mbit/s"


def cores(count: float) -> str:
    """0.4 cores, 12 cores."""
    return f"{_short(count)} {'core' if count == 1 else 'cores'}"


def memory(mb: float) -> str:
    """340 MB, 16 GB."""
    return f"{_short(mb / 1000)} GB" if mb >= 1_000 else f"{mb:.0f} MB"


def verdict(count: int, *, fits: bool) -> str:
    """120 calls at once can be taken in by this computer."""
    said = "1 call" if count == 1 else f"{count:,} calls at once"
    if fits:
        return f"{said} can be taken in by this computer."
    return f"{said} {'is' if count == 1 else 'are'} more than this computer can take in."


def share(value: float) -> str:
    """41 %, <1 %; nothing is shown beyond 999 %."""
    if 0 < value < 0.01:
        return "<1 %"
    return f"{min(999, round(value * 100))} %"


def scale(most: int) -> str:
    """What 100 % stands for, where the whole is not known."""
    said = "one call takes" if most == 1 else f"{most:,} calls take, the most that fit"
    return f"100 % is what {said}."


def rests_on(when: str, count: int, *, heard: bool) -> str:
    """What the planner's figures are; `heard` if recognition is among them."""
    said = f"Measured on this computer on {when}, with {count} signed calls over TLS."
    if heard:
        return f"{said} Turning speech into words is counted, as it was measured here."
    return (
        f"{said} Taking calls in is counted; turning speech into words comes on top and is not measured here yet: "
        "Measure now on the Recognition page (M), or `sidetone benchmark`, does."
    )


def shared(most: int) -> str:
    """As a gateway for consoles elsewhere."""
    return f"As a gateway that re-encodes every call for consoles, its processor bears {most:,} calls."


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0") if value < 100 else f"{value:,.0f}"
