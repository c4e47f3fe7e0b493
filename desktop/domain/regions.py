"""The platform's regions and the hosts that the dialects derive from one (documents A, B and E)."""

from __future__ import annotations

from typing import NamedTuple


class Region(NamedTuple):
    """`domain` is what administrators know their organisation's region by."""

    domain: str
    name: str
    place: str


REGIONS: tuple[Region, ...] = (
    Region("mypurecloud.com", "us-east-1", "US East (Virginia)"),
    Region("usw2.pure.cloud", "us-west-2", "US West (Oregon)"),
    Region("cac1.pure.cloud", "ca-central-1", "Canada (Central)"),
    Region("mxc1.pure.cloud", "mx-central-1", "Mexico (Central)"),
    Region("sae1.pure.cloud", "sa-east-1", "South America (São Paulo)"),
    Region("mypurecloud.ie", "eu-west-1", "Europe (Ireland)"),
    Region("euw2.pure.cloud", "eu-west-2", "Europe (London)"),
    Region("mypurecloud.de", "eu-central-1", "Europe (Frankfurt)"),
    Region("euc2.pure.cloud", "eu-central-2", "Europe (Zurich)"),
    Region("mec1.pure.cloud", "me-central-1", "Middle East (UAE)"),
    Region("aps1.pure.cloud", "ap-south-1", "Asia Pacific (Mumbai)"),
    Region("apse1.pure.cloud", "ap-southeast-1", "Asia Pacific (Singapore)"),
    Region("mypurecloud.com.au", "ap-southeast-2", "Asia Pacific (Sydney)"),
    Region("mypurecloud.jp", "ap-northeast-1", "Asia Pacific (Tokyo)"),
    Region("apne2.pure.cloud", "ap-northeast-2", "Asia Pacific (Seoul)"),
    Region("apne3.pure.cloud", "ap-northeast-3", "Asia Pacific (Osaka)"),
    Region("use2.us-gov-pure.cloud", "us-east-2", "US East (FedRAMP)"),
    Region("edee1.eusc-pure.cloud", "eusc-de-east-1", "EU Sovereign Cloud (Germany)"),
)


class Hosts(NamedTuple):
    """Base addresses, `https://` (`streaming` and `analytics`, `wss://`), without trailing slash."""

    login: str
    api: str
    streaming: str


def region_of(domain: str) -> Region | None:
    """The table's entry; None for a custom domain."""
    return next((region for region in REGIONS if region.domain == domain.lower()), None)


def hosts_of(domain: str) -> Hosts:
    """What the real platform calls its hosts, for a region's domain or a custom one."""
    return Hosts(f"https://login.{domain}", f"https://api.{domain}", f"wss://streaming.{domain}")
