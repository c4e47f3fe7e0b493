"""The platform's address ranges and a person's allow-list."""

from __future__ import annotations

import ipaddress
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import PeerBrokeProtocol, SettingInvalid
from desktop.protocols.address_ranges import (
    AddressRange,
    decode_ranges,
    encode_ranges,
    parse_address,
    parse_networks,
    within,
)

# as in the vendor's FAQ on AudioHook Monitor: one address is listed once per service
GOLDEN = """{"entities":[
 {"cidr":"52.200.73.32/32","service":"data-actions","region":"us-east-1"},
 {"cidr":"52.200.73.32/32","service":"audiohook","region":"us-east-1","new":"field"},
 {"cidr":"52.73.166.199/32","service":"audiohook","region":"us-east-1"},
 {"cidr":"52.73.166.199/32","service":"audiohook","region":"us-west-2"},
 {"cidr":"2600:1f18::/36","service":"audiohook","region":"us-east-1"}]}"""

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def test_document_c_step_1_only_the_audiohook_ranges_are_taken() -> None:
    assert [str(network) for network in decode_ranges(GOLDEN)] == [
        "52.200.73.32/32",
        "52.73.166.199/32",
        "2600:1f18::/36",
    ]


def test_another_service() -> None:
    assert [str(network) for network in decode_ranges(GOLDEN, "data-actions")] == ["52.200.73.32/32"]


def test_the_platform_s_side() -> None:
    body = encode_ranges([AddressRange("10.0.0.0/8", "audiohook", "us-east-1")])
    assert body == b'{"entities":[{"cidr":"10.0.0.0/8","service":"audiohook","region":"us-east-1"}]}'


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ('{"entities":[{"cidr":"10.0.0.0/40","service":"audiohook"}]}', r"entities\[0\].cidr"),
        ('{"entities":[{"cidr":7,"service":"audiohook"}]}', r"cidr"),
        ('{"entities":5}', "entities"),
        ("{}", "entities"),
        ("{", "address ranges"),
    ],
)
def test_wrong_types_are_named(body: str, named: str) -> None:
    with pytest.raises(PeerBrokeProtocol, match=named):
        decode_ranges(body)


def test_a_broken_entry_of_another_service_costs_nothing() -> None:
    assert decode_ranges('{"entities":[{"cidr":"???","service":"smtp"}]}') == ()


@given(JSON)
def test_arbitrary_json_never_raises_anything_else(value: object) -> None:
    for body in (value, {"entities": value}, {"entities": [value]}, {"entities": [{"cidr": value}]}):
        try:
            decode_ranges(json.dumps(body))
        except PeerBrokeProtocol as problem:
            assert str(problem).startswith("address ranges")  # noqa: PT017


def test_a_person_s_list() -> None:
    networks = parse_networks(["10.1.2.0/24", " 10.9.9.9 ", "2001:db8::/32", "10.1.2.0/24"])
    assert [str(network) for network in networks] == ["10.1.2.0/24", "10.9.9.9/32", "2001:db8::/32"]


@pytest.mark.parametrize(("text", "what"), [("10.1.2.3/24", "bits set"), ("everybody", "not an address"), ("", "not")])
def test_an_entry_that_is_none_is_named(text: str, what: str) -> None:
    with pytest.raises(SettingInvalid, match=r"allow\[1\].*" + what):
        parse_networks(["10.0.0.0/8", text])


def test_addresses_in_every_dress() -> None:
    assert parse_address("::ffff:10.1.2.3") == ipaddress.ip_address("10.1.2.3")
    assert parse_address("fe80::1%eth0") == ipaddress.ip_address("fe80::1")
    assert parse_address("2001:db8::1") == ipaddress.ip_address("2001:db8::1")
    assert parse_address("unix:") is None
    assert parse_address(None) is None


def test_within() -> None:
    networks = parse_networks(["10.0.0.0/8", "2001:db8::/32"])
    assert within(parse_address("10.255.0.1"), networks)
    assert within(parse_address("2001:db8::5"), networks)
    assert not within(parse_address("11.0.0.1"), networks)
    assert not within(None, networks)
