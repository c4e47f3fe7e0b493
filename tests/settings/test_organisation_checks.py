"""An organisation's region and proxy: refused where they are entered, in the same words as where they are used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import SettingInvalid
from desktop.domain.regions import REGIONS, hosts_of
from desktop.settings.checks import check_organisation
from desktop.settings.model import Organisation
from desktop.sources.trust import check_base_url, check_proxy

ACME = Organisation("acme", "mypurecloud.ie", client_id="id")


@pytest.mark.parametrize(
    "region",
    [*(region.domain for region in REGIONS), "genesys.bücher.example", "localhost", f"{'a' * 63}.ie", "MyPureCloud.IE"],
)
def test_regions_that_can_be_host_names(region: str) -> None:
    check_organisation(replace(ACME, region=region))
    assert check_base_url(hosts_of(region).login)


@pytest.mark.parametrize(
    "region",
    [
        "mypurecloud..ie",
        ".mypurecloud.ie",
        "mypurecloud.ie.",
        f"{'a' * 64}.ie",
        f"{'ü' * 60}.ie",
        ".".join(["abcdefghi"] * 26),
        "bücher..example",
        "-x.ie",
        "x-.ie",
        "a@b.ie",
        "a?b.ie",
        "a#b.ie",
        "a_b.ie",
        "a b.ie",
        "a:1",
        "a/b",
        ".",
        "\u2060",
    ],
)
def test_regions_that_can_not(region: str) -> None:
    with pytest.raises(SettingInvalid, match=r"organisations\.region: is not a domain"):
        check_organisation(replace(ACME, region=region))


def test_an_organisation_that_gives_both_addresses_needs_no_region() -> None:
    check_organisation(replace(ACME, region="", login_url="https://login.x.ie", api_url="https://api.x.ie"))


@pytest.mark.parametrize("proxy", ["http://proxy.example.com:3128", "http://proxy/", "http://[::1]:80", ""])
def test_proxies_that_both_take(proxy: str) -> None:
    check_organisation(replace(ACME, proxy=proxy))
    check_proxy(proxy)


@pytest.mark.parametrize(
    "proxy",
    [
        "https://proxy.example.com:3128",
        "socks5://proxy:1080",
        "proxy:80",
        "http://",
        "http://proxy:port",
        "http://[::1",
        "http://proxy..x",
        "http://pro xy",
        "http://proxy/path",
        "http://proxy?x=1",
        "http://proxy#x",
        "http://u:planted@proxy",
        "http://u@proxy",
        "https://u:planted@proxy",
    ],
)
def test_proxies_that_both_refuse_in_the_same_words(proxy: str) -> None:
    with pytest.raises(SettingInvalid) as entered:
        check_organisation(replace(ACME, proxy=proxy))
    with pytest.raises(SettingInvalid) as used:
        check_proxy(proxy)
    assert str(entered.value) == f"organisations.{used.value}"
    assert str(used.value).endswith(".")
    assert "planted" not in str(entered.value)


@given(
    st.sampled_from(["http://", "https://", "HTTP://", "//", ""]),
    st.text(alphabet="aZ9.-_:@[]%ü /", max_size=12),
    st.sampled_from(["", ":3128", ":0", ":99999", "/", "?", "#x"]),
)
def test_whatever_is_entered_both_say_the_same(scheme: str, host: str, rest: str) -> None:
    def verdict(check: Callable[[], object]) -> str:
        try:
            check()
        except SettingInvalid as problem:
            return str(problem).removeprefix("organisations.")
        return "fine"

    proxy = scheme + host + rest
    assert verdict(lambda: check_organisation(replace(ACME, proxy=proxy))) == verdict(lambda: check_proxy(proxy))
