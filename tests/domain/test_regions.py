"""Regions by the name that administrators know, and the hosts that are derived from it."""

from __future__ import annotations

import pytest

from desktop.domain.regions import REGIONS, Hosts, hosts_of, region_of


def test_a_region_is_found_however_its_domain_is_written() -> None:
    found = region_of("MyPureCloud.DE")
    assert found is not None
    assert (found.name, found.place) == ("eu-central-1", "Europe (Frankfurt)")


def test_a_custom_domain_is_no_region_and_has_hosts_all_the_same() -> None:
    assert region_of("calls.example.com") is None
    assert hosts_of("calls.example.com") == Hosts(
        "https://login.calls.example.com", "https://api.calls.example.com", "wss://streaming.calls.example.com"
    )


@pytest.mark.parametrize("field", ["domain", "name", "place"])
def test_no_two_regions_share_a_name(field: str) -> None:
    named = [getattr(region, field) for region in REGIONS]
    assert len(set(named)) == len(named) == 18
