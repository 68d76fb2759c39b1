"""Which addresses are on the public internet: a table of our own.

`ipaddress` answers by the registry of its Python's day: Python 3.11 calls 192.0.0.0/24 public, where a cloud's metadata
stands, and knows neither 3fff::/20 nor what clouds keep for themselves behind addresses that look public. Here it only
reads what is written. To add a network: one line with who is behind it.

Of IPv6 the table says what is public instead of what is not: everything outside 2000::/3 is for special ends, but for
the two forms that only wrap an IPv4 address, which count as what they carry. Ways of tunnelling IPv4 through IPv6 that
nobody serves from any more (6to4, Teredo, ISATAP) are refused whole, so that nothing is found inside them.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network


class Reach(StrEnum):
    """Who stands at an address."""

    public = "public"
    """Anybody on the internet."""
    private = "private"
    """This computer, or a network of the operator's own."""
    withheld = "withheld"
    """Nobody whom Halo has to reach: groups, documentation, tunnels, and what tells a machine its secrets."""


def _v4(*networks: str) -> tuple[IPv4Network, ...]:
    return tuple(IPv4Network(each) for each in networks)


def _v6(*networks: str) -> tuple[IPv6Network, ...]:
    return tuple(IPv6Network(each) for each in networks)


_METADATA_V4 = _v4(
    "100.100.100.200/32",  # Alibaba's metadata
    "161.26.0.0/16",  # IBM's inner services
    "166.8.0.0/14",  # the same
    "168.63.129.16/32",  # Azure's host
)
_METADATA_V6 = _v6(
    "fd00:ec2::/32",  # Amazon's metadata, names and time
    "fd20:ce::/32",  # Google's metadata
)
"""What clouds tell their machines, at addresses that look public or like an operator's own."""

_PRIVATE_V4 = _v4(
    "10.0.0.0/8",
    "100.64.0.0/10",  # shared by a provider's customers (RFC 6598), and by overlay networks
    "127.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "198.18.0.0/15",  # for measurements (RFC 2544); proxies on a desk answer for every name from it
)
_PRIVATE_V6 = _v6("::1/128", "fc00::/7")

_WITHHELD_V4 = _v4(
    "0.0.0.0/8",  # "this network"; Linux takes 0.0.0.0 for loopback
    "169.254.0.0/16",  # link-local: metadata of most clouds
    "192.0.0.0/24",  # protocols (RFC 6890); Oracle's metadata
    "192.0.2.0/24",  # documentation
    "192.88.99.0/24",  # relays of 6to4, closed (RFC 7526)
    "198.51.100.0/24",  # documentation
    "203.0.113.0/24",  # documentation
    "224.0.0.0/4",  # groups
    "240.0.0.0/4",  # reserved, and 255.255.255.255
)
_PUBLIC_V6 = IPv6Network("2000::/3")
_WITHHELD_V6 = _v6(
    "2001::/23",  # protocols: Teredo, ORCHID, benchmarks (RFC 2928)
    "2001:db8::/32",  # documentation
    "2002::/16",  # 6to4
    "3ffe::/16",  # a test network that was given back
    "3fff::/20",  # documentation (RFC 9637)
)
_WRAPPED = _v6(
    "::ffff:0:0/96",  # IPv4-mapped: the system connects to the IPv4 address
    "64:ff9b::/96",  # NAT64: a gateway does
)
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)
"""The third quarter of an ISATAP address, whatever its prefix (RFC 5214)."""


def kind(address: str) -> Reach:
    """Who stands at the address; what is no address is withheld."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return Reach.withheld
    return _kind_of_v4(parsed) if isinstance(parsed, IPv4Address) else _kind_of_v6(parsed)


def is_inside(address: str, networks: Iterable[Network]) -> bool:
    """Whether the address, or the IPv4 address that it carries, belongs to one of the networks."""
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and any(parsed in network for network in _WRAPPED):
        parsed = IPv4Address(int(parsed) & 0xFFFF_FFFF)
    return any(parsed in network for network in networks)


def private_network(written: str) -> Network:
    """A network of an operator's own, as 10.20.0.0/16; raises ValueError with a sentence for any other text."""
    try:
        network = ip_network(written)
    except ValueError:
        raise ValueError(f"{written!r} is not a network, as 10.20.0.0/16 or fd12:3456::/48") from None
    ours: tuple[Network, ...] = _PRIVATE_V4 if isinstance(network, IPv4Network) else _PRIVATE_V6
    withheld: tuple[Network, ...] = _METADATA_V4 if isinstance(network, IPv4Network) else _METADATA_V6
    if not any(_holds(each, network) for each in ours):
        raise ValueError(f"{written!r} is not a private network; what is public is reached without this")
    if any(_holds(each, network) for each in withheld):
        raise ValueError(f"{written!r} is where a cloud tells its machines their secrets; nothing of Halo's goes there")
    return network


def _holds(outer: Network, inner: Network) -> bool:
    return outer.version == inner.version and inner.network_address in outer and inner.broadcast_address in outer


def is_public(address: str) -> bool:
    """Whether the address belongs to the public internet."""
    return kind(address) is Reach.public


def _kind_of_v4(address: IPv4Address) -> Reach:
    if any(address in network for network in (*_METADATA_V4, *_WITHHELD_V4)):
        return Reach.withheld
    return Reach.private if any(address in network for network in _PRIVATE_V4) else Reach.public


def _kind_of_v6(address: IPv6Address) -> Reach:
    if any(address in network for network in _WRAPPED):
        return _kind_of_v4(IPv4Address(int(address) & 0xFFFF_FFFF))
    if any(address in network for network in (*_METADATA_V6, *_WITHHELD_V6)) or _is_isatap(address):
        return Reach.withheld
    if any(address in network for network in _PRIVATE_V6):
        return Reach.private
    return Reach.public if address in _PUBLIC_V6 else Reach.withheld


def _is_isatap(address: IPv6Address) -> bool:
    return int(address) >> 32 & 0xFFFF_FFFF in _ISATAP
