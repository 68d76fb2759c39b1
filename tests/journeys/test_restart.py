"""A restart between any two requests of a client is invisible: nothing that the next one needs lives in a process."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from tests.journeys.caller import DOCS, ask
from tests.support.live import LiveServer
from tests.support.person import Person

CALLBACK = "http://127.0.0.1:3939/callback"
VERIFIER = "v" * 64
OPENING = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "journey", "version": "1"}}


def test_a_client_notices_no_restart_from_registration_to_refresh(live_server: LiveServer) -> None:
    steps = Steps(live_server)
    for step in (steps.register, steps.authorize, steps.redeem, steps.initialize, steps.list_tools, steps.refresh):
        step()
        live_server.restart()
    steps.call()


class Steps:
    """What a client does, one request or page at a time; what it knows it keeps itself, as clients do."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self.client_id = self.code = ""
        self.tokens: dict[str, str] = {}

    def register(self) -> None:
        asked = {"redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none", "client_name": "Journey"}
        self.client_id = self._post("register", json=asked, status=201)["client_id"]

    def authorize(self) -> None:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": CALLBACK,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "scope": "docs:read data:read",
        }
        with Person() as person:
            back = person.allow(f"{self.server.url}/api/mcp/oauth/authorize?{urlencode(query)}")
        self.code = parse_qs(urlsplit(back).query)["code"][0]

    def redeem(self) -> None:
        form = {"grant_type": "authorization_code", "code": self.code, "code_verifier": VERIFIER}
        self.tokens = self._post("token", data=form | {"client_id": self.client_id, "redirect_uri": CALLBACK})

    def refresh(self) -> None:
        form = {"grant_type": "refresh_token", "refresh_token": self.tokens["refresh_token"]}
        self.tokens = self._post("token", data=form | {"client_id": self.client_id})

    def initialize(self) -> None:
        assert ask(self.server, self.tokens["access_token"], "initialize", OPENING).json()["result"]

    def list_tools(self) -> None:
        listed = ask(self.server, self.tokens["access_token"], "tools/list", Mcp_Session_Id="none").json()
        assert "search_docs" in {tool["name"] for tool in listed["result"]["tools"]}

    def call(self) -> None:
        called = ask(self.server, self.tokens["access_token"], "tools/call", DOCS).json()
        assert not called["result"]["isError"]

    def _post(self, endpoint: str, status: int = 200, **body: Any) -> dict[str, str]:
        answer = httpx.post(f"{self.server.url}/api/mcp/oauth/{endpoint}", timeout=20, trust_env=False, **body)
        assert answer.status_code == status, answer.text + self.server.log()[-3000:]
        told: dict[str, str] = answer.json()
        return told
