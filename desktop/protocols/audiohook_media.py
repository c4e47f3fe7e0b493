"""AudioHook's durations, positions and media offers: which offer is taken, whose byte is whose (AudioHook v2)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

import msgspec

from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.media import Party
from desktop.protocols.json_wire import read_json

RATE_HZ: Final = 8_000
LONGEST_S: Final = 7 * 86_400.0
"""No call lasts longer, so no duration does."""
MAX_OFFERS: Final = 50

_DURATION = re.compile(r"PT((?:[0-9]*\.)?[0-9]+)S")
_PARTIES: Final = {"external": Party.CUSTOMER, "internal": Party.AGENT}


def seconds_of(duration: str, what: str) -> float:
    """`PT12.4S` in seconds. PeerBrokeProtocol names `what`."""
    found = _DURATION.fullmatch(duration) if len(duration) <= 64 else None
    if found is None or (seconds := float(found.group(1))) > LONGEST_S:
        raise PeerBrokeProtocol(f"{what}: not a duration like PT12.4S")
    return seconds


def samples_of(duration: str, what: str) -> int:
    """The same in samples of 8 kHz."""
    return round(seconds_of(duration, what) * RATE_HZ)


def duration_of(samples: int) -> str:
    """Samples of 8 kHz as a duration, un-rounded: 99,200 is PT12.4S."""
    seconds, rest = divmod(samples, RATE_HZ)
    decimals = f".{rest * 1_000_000 // RATE_HZ:06d}".rstrip("0") if rest else ""
    return f"PT{seconds}{decimals}S"


def duration_of_seconds(seconds: float) -> str:
    """Any length of time as a duration, to the nanosecond."""
    return f"PT{f'{seconds:.9f}'.rstrip('0').rstrip('.')}S"


class _Offer(msgspec.Struct):
    type: str = ""
    format: str = ""
    channels: tuple[str, ...] = ()
    rate: int | float = 0


_OFFER = msgspec.json.Decoder(_Offer)


@dataclass(frozen=True, slots=True)
class MediaOffer:
    """One element of `media`. `text` is the offer as it came: it is sent back unmodified."""

    type: str
    format: str
    channels: tuple[str, ...]  # the order of the bytes
    rate: float
    text: bytes = field(repr=False)

    @property
    def parties(self) -> tuple[Party, ...]:
        """Whose sample comes first. KeyError unless `usable`."""
        return tuple(_PARTIES[channel] for channel in self.channels)

    @property
    def usable(self) -> bool:
        """Whether this side understands it: 8 kHz PCMU of one or two different known channels. Never L16."""
        known = set(self.channels) <= set(_PARTIES) and 0 < len(set(self.channels)) == len(self.channels)
        return self.type == "audio" and self.format == "PCMU" and self.rate == RATE_HZ and known


def read_offers(media: tuple[msgspec.Raw, ...], what: str) -> tuple[MediaOffer, ...]:
    """PeerBrokeProtocol names the offer and the field."""
    if len(media) > MAX_OFFERS:
        raise PeerBrokeProtocol(f"{what}: more than {MAX_OFFERS} offers - at `$.parameters.media`")
    offers = []
    for number, raw in enumerate(media):
        found = read_json(_OFFER, bytes(raw), f"{what}: media[{number}]")
        offers.append(MediaOffer(found.type, found.format, found.channels, found.rate, bytes(raw)))
    return tuple(offers)


def choose(offers: tuple[MediaOffer, ...]) -> MediaOffer | None:
    """Both channels if offered, else one, the customer's rather than the other's; None: a session without sound."""
    usable = [offer for offer in offers if offer.usable]
    return min(usable, key=lambda offer: (-len(offer.channels), "external" not in offer.channels), default=None)


def split_channels(payload: bytes, channels: int) -> tuple[list[bytes], int]:
    """The bytes of each channel, and how many at the end make no whole sample and are dropped."""
    spare = len(payload) % channels
    whole = payload[: len(payload) - spare] if spare else payload
    return [whole[channel::channels] for channel in range(channels)], spare
