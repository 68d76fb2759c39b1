"""Addresses that no stranger may make Halo ask, whatever this Python's registry says of them."""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path

HERE = Path(__file__).parent

_CARRIED = (
    "0.0.0.0",
    "10.0.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.192",
    "192.168.1.1",
    "255.255.255.255",
)
"""What would be inside."""


def _wrapped(address: str) -> list[str]:
    """An IPv4 address in every form in which IPv6 carries one."""
    number = int(IPv4Address(address))
    high, low = number >> 16, number & 0xFFFF
    hidden = number ^ 0xFFFF_FFFF
    return [
        f"::{address}",
        f"::ffff:{address}",
        f"::ffff:{high:x}:{low:x}",
        f"::ffff:0:{address}",
        f"64:ff9b::{high:x}:{low:x}",
        f"64:ff9b:1::{address}",
        f"2002:{high:x}:{low:x}::1",
        f"2001:0:808:808:0:3fff:{hidden >> 16:x}:{hidden & 0xFFFF:x}",
        f"2606:4700::5efe:{address}",
        f"2606:4700::200:5efe:{address}",
        f"fe80::5efe:{address}",
    ]


WRITTEN = (HERE / "hostile.txt").read_text().split()
HOSTILE = [*WRITTEN, *(form for address in _CARRIED for form in _wrapped(address))]

PUBLIC = (HERE / "public.txt").read_text().split()
"""Right beside them, or well known."""
