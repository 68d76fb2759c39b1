"""Which addresses are public: by our own table, alike on every Python."""

from __future__ import annotations

import ipaddress
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halo.ground.outbound import networks
from halo.ground.outbound.networks import Reach
from tests.ground.outbound.hostile import HOSTILE, PUBLIC

JUDGEMENTS = ("is_global", "is_private", "is_reserved", "is_multicast", "is_link_local", "is_site_local", "is_loopback")
UNWRAPPED = ("ipv4_mapped", "sixtofour", "teredo")


def test_no_hostile_address_is_public() -> None:
    assert len(set(HOSTILE)) >= 200
    assert [address for address in HOSTILE if networks.is_public(address)] == []


def test_public_addresses_right_beside_them_are_public() -> None:
    assert [address for address in PUBLIC if not networks.is_public(address)] == []


def test_the_table_asks_no_python_what_it_thinks(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(_: object) -> bool:
        pytest.fail("the answer would depend on the Python")

    for kind in (ipaddress.IPv4Address, ipaddress.IPv6Address):
        for name in (*JUDGEMENTS, *UNWRAPPED):
            monkeypatch.setattr(kind, name, property(asked), raising=False)
    assert not any(map(networks.is_public, HOSTILE))
    assert all(map(networks.is_public, PUBLIC))


@pytest.mark.parametrize("python", ["python3.11", "python3.12", "python3.13", "python3.14"])
def test_every_python_that_is_here_says_the_same(python: str) -> None:
    program = shutil.which(python)
    if program is None or subprocess.run([program, "-V"], capture_output=True, timeout=60, check=False).returncode:
        pytest.skip(f"{python} is not installed")
    source = Path(networks.__file__).read_text()
    asks = f"{source}\nimport json, sys\nprint(json.dumps([kind(each) for each in json.load(sys.stdin)]))"
    told = subprocess.run(
        [program, "-I", "-c", asks], input=json.dumps(HOSTILE + PUBLIC), capture_output=True, text=True, timeout=60,
        check=True,
    )  # fmt: skip
    assert json.loads(told.stdout) == [networks.kind(address) for address in HOSTILE + PUBLIC]


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", Reach.private), ("::1", Reach.private), ("10.1.2.3", Reach.private), ("fd12::1", Reach.private),
        ("100.64.0.1", Reach.private), ("::ffff:192.168.0.1", Reach.private), ("fd00:ec2::254", Reach.withheld),
        ("100.100.100.200", Reach.withheld), ("169.254.169.254", Reach.withheld), ("::ffff:a9fe:a9fe", Reach.withheld),
        ("0.0.0.0", Reach.withheld), ("fe80::1%eth0", Reach.withheld), ("224.0.0.1", Reach.withheld),
        ("", Reach.withheld), ("localhost", Reach.withheld), ("010.0.0.1", Reach.withheld), ("8.8.8", Reach.withheld),
    ],
)  # fmt: skip
def test_what_is_not_public_is_an_operators_own_or_nobodys(address: str, kind: Reach) -> None:
    assert networks.kind(address) is kind


@given(st.ip_addresses())
def test_every_address_is_judged(address: object) -> None:
    assert networks.kind(str(address)) in Reach


@given(st.ip_addresses(v=4))
def test_a_wrapped_address_counts_as_what_it_carries(address: ipaddress.IPv4Address) -> None:
    for prefix in ("::ffff:0:0", "64:ff9b::"):
        wrapped = ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) | int(address))
        assert networks.kind(str(wrapped)) is networks.kind(str(address))


@given(st.ip_addresses(v=6))
def test_nothing_inside_a_tunnel_is_public(address: ipaddress.IPv6Address) -> None:
    tunnelled = int(address) & ~(0xFFFF_FFFF << 32) | 0x5EFE << 32
    assert not networks.is_public(str(ipaddress.IPv6Address(tunnelled)))
