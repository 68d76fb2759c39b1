"""`HALO_SERVER_NETWORKS`: private networks that are opened to connected MCP servers, and to nothing else."""

from __future__ import annotations

import pytest

from halo.ground import outbound
from halo.ground.errors import UpstreamFailed
from halo.ground.outbound import networks
from halo.ground.settings import development_settings
from tests.ground.outbound.servers import Keeping, Names, keeping, names
from tests.ground.outbound.test_outbound import ANY_SCHEME, GUARDED, OPERATORS, dialled, get

__all__ = ["dialled", "keeping", "names"]
SERVERS = outbound.servers(
    development_settings(
        environment="production",
        base_url="https://halo.example",
        server_networks=tuple(networks.private_network(it) for it in ("10.20.0.0/16", "127.0.0.0/8", "fd00:ec2::/31")),
    )
)


@pytest.mark.parametrize(
    ("address", "url", "is_asked"),
    [
        ("10.20.3.4", "https://tools.internal/", True),
        ("10.20.3.4", "http://tools.internal:8080/", True),
        ("::ffff:10.20.3.4", "https://tools.internal/", True),
        ("10.21.3.4", "https://tools.internal/", False),
        ("192.168.0.1", "https://tools.internal/", False),
        ("169.254.169.254", "http://tools.internal/", False),
        ("fd00:ec2::254", "https://tools.internal/", False),
        ("8.8.8.8", "https://tools.internal/", True),
        ("8.8.8.8", "http://tools.internal/", False),
    ],
)
def test_a_network_that_was_opened_to_servers_is_opened_to_nobody_else(
    names: Names, dialled: list[str], address: str, url: str, is_asked: bool
) -> None:
    names.known["tools.internal"] = [[address]]
    with pytest.raises(UpstreamFailed):
        get(url, SERVERS)
    assert bool(dialled) == is_asked
    dialled.clear()
    for policy in (GUARDED, OPERATORS):
        with pytest.raises(UpstreamFailed):
            get(url, policy)
    assert bool(dialled) == (url.startswith("https") and address == "8.8.8.8")


def test_a_connection_into_such_a_network_is_lent_to_nobody_else(keeping: Keeping) -> None:
    assert get(keeping.url + "/", SERVERS)
    with pytest.raises(UpstreamFailed, match="not on the public internet"):
        get(keeping.url + "/", ANY_SCHEME)
    assert get(keeping.url + "/", SERVERS)


def test_without_such_a_network_servers_are_asked_over_tls_alone(names: Names, dialled: list[str]) -> None:
    names.known["tools.example"] = [["8.8.8.8"]]
    bare = outbound.servers(development_settings(environment="production", base_url="https://halo.example"))
    with pytest.raises(UpstreamFailed, match="Only https"):
        get("http://tools.example/", bare)
    assert not dialled
