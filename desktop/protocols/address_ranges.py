"""The platform's public addresses, `GET /api/v2/ipranges` (no permission needed), both roles (genesys.md section 1.1).

    {"entities": [{"cidr": "52.200.73.32/32", "service": "audiohook", "region": "us-east-1"}, ...]}

Those of service "audiohook" are where live audio comes from; document C step 1 wants nobody else to be let in.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final

import msgspec

from desktop.domain.errors import PeerBrokeProtocol, SettingInvalid
from desktop.protocols.json_wire import read_json

RANGES_PATH: Final = "/api/v2/ipranges"
AUDIOHOOK_SERVICE: Final = "audiohook"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRange(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry."""

    cidr: str
    service: str = ""
    region: str = ""


class _Listing(msgspec.Struct, frozen=True):
    entities: tuple[AddressRange, ...]


_LISTING = msgspec.json.Decoder(_Listing)


def decode_ranges(body: bytes | str, service: str = AUDIOHOOK_SERVICE) -> tuple[Network, ...]:
    """The service's networks, each once, in order. PeerBrokeProtocol names the field; no network is no error."""
    found: dict[Network, None] = {}
    for nth, entry in enumerate(read_json(_LISTING, body, "address ranges").entities):
        if entry.service.lower() == service:
            try:
                found[ipaddress.ip_network(entry.cidr.strip(), strict=False)] = None
            except ValueError:
                raise PeerBrokeProtocol(f"address ranges: not a network - at `$.entities[{nth}].cidr`") from None
    return tuple(found)


def encode_ranges(ranges: Iterable[AddressRange]) -> bytes:
    """The reply."""
    return msgspec.json.encode(_Listing(tuple(ranges)))


def parse_networks(texts: Iterable[str], setting: str = "allow") -> tuple[Network, ...]:
    """A person's list of addresses and networks, IPv4 or IPv6, e.g. 10.0.0.0/8. SettingInvalid names the entry."""
    found: dict[Network, None] = {}
    for nth, text in enumerate(texts):
        try:
            found[ipaddress.ip_network(text.strip(), strict=True)] = None
        except ValueError as problem:
            host_bits = "host bits" in str(problem)
            what = "has bits set behind its prefix" if host_bits else "is not an address or network"
            hint = "Write 10.1.2.0/24, 10.1.2.3 or 2001:db8::/32"
            raise SettingInvalid(f"{setting}[{nth}]", what, hint) from None
    return tuple(found)


def parse_address(text: str | None) -> Address | None:
    """A peer's address; an IPv4 address in IPv6 clothes (::ffff:1.2.3.4) counts as itself. None if it is none."""
    try:
        address = ipaddress.ip_address((text or "").strip().partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return address if mapped is None else mapped


def within(address: Address | None, networks: Iterable[Network]) -> bool:
    """Whether one of the networks holds it."""
    return address is not None and any(address in network for network in networks)
