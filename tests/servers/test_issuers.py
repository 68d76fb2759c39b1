"""Who may say of themselves which authorization server they are."""

from __future__ import annotations

import pytest

from halo.ground import outbound
from halo.ground.errors import UpstreamFailed
from halo.servers import discovery
from halo.servers.discovery import Challenge
from tests.servers.upstream import LOOPBACK, Answer, Asked, theirs


@pytest.mark.parametrize("named", ["https://accounts.example", "http://127.0.0.1:1", "http://localhost", "its own"])
def test_a_server_that_is_its_own_authorization_server_is_no_other_issuer(named: str) -> None:
    """A client and its secret are kept by issuer: whoever could take another's name would be sent them."""

    def behaves(asked: Asked) -> Answer:
        origin = f"http://{asked.headers['Host']}"
        if "oauth-authorization-server" not in asked.path:
            return Answer(status=404)
        issuer = origin if named == "its own" else named
        return Answer({"issuer": issuer} | {f"{of}_endpoint": f"{origin}/{of}" for of in ("authorization", "token")})

    with theirs(behaves) as server, outbound.under(LOOPBACK, 5):
        if named == "its own":
            assert discovery.find(server.url, Challenge()).issuer.issuer == server.origin
            return
        with pytest.raises(UpstreamFailed, match="another issuer"):
            discovery.find(server.url, Challenge())
