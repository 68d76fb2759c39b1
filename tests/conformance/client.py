"""The command that the official suite starts to play a client: `halo.servers` against the address at the end.

    MCP_CONFORMANCE_SCENARIO=tools_call python -m tests.conformance.client http://127.0.0.1:5000/mcp

What the product does is done by the product; what a person or the dashboard would do (opening the sign-in's address,
choosing what to call) is done here.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from halo.ground import outbound
from halo.ground.errors import UpstreamFailed
from halo.ground.outbound.guard import Policy
from halo.servers import authorization, discovery, registering
from halo.servers.authorization import Us
from halo.servers.client import Address, Conversation, Upstream
from halo.servers.failures import NeedsSignIn
from halo.servers.registering import Registration

CALLBACK = "http://127.0.0.1:8000/integrations/mcp/callback"
DOCUMENT = "https://conformance-test.local/client-metadata.json"
SIGN_INS = 3
LOOPBACK = Policy(frozenset({"http", "https"}), low_ports=True, private=True)
CONTEXT: dict[str, Any] = json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT") or "{}")
DIALS = {"add_numbers": {"a": 5, "b": 3}}
"""Arguments where a tool needs some."""


class Person:
    """Somebody with a browser, and what they hold for one server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.upstream = Upstream(Address(url, LOOPBACK))
        self.token = ""
        self.scope = ""
        self.client: Registration | None = None
        self.sign_ins = 0

    def do(self, what: Any) -> Any:
        """The outcome of something said to the server, signing in where it wants that."""
        while True:
            try:
                header = f"Bearer {self.token}" if self.token else None
                with self.upstream.conversation(header, seconds=30) as talk:
                    return what(talk)
            except NeedsSignIn as refused:
                self.sign_ins += 1
                if self.sign_ins > SIGN_INS:
                    raise
                self.sign_in(refused.challenge)

    def sign_in(self, challenge: str) -> None:
        told = discovery.challenge(challenge)
        with outbound.under(LOOPBACK, 30):
            place = discovery.find(self.url, told)
            if "client_id" in CONTEXT and self.client is None:
                self.client = registering.typed(place.issuer, CONTEXT["client_id"], CONTEXT.get("client_secret", ""))
            us = Us(CALLBACK, DOCUMENT)
            address, pending = authorization.begun(place, told, us=us, client=self.client, before=self.scope)
            self.client, self.scope = pending.client, pending.scope
            tokens = authorization.finished(pending, browser(address), callback=CALLBACK)
        self.token = tokens.access


def browser(address: str) -> Mapping[str, str]:
    """What comes back to the callback of a person who allows it."""
    answer = httpx.get(address, follow_redirects=False, timeout=10)
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def play(talk: Conversation) -> None:
    """List the tools and call each, as the scenario says."""
    tools = {tool["name"]: tool for tool in talk.tools().tools}
    calls = CONTEXT.get("toolCalls") or [{"name": name, "arguments": arguments(name, tools)} for name in tools]
    for each in calls:
        if each["name"] in tools:
            talk.call(each["name"], each.get("arguments", {}), tools[each["name"]].get("inputSchema"))


def arguments(name: str, tools: Mapping[str, Any]) -> dict[str, Any]:
    """Those of a person who tries the tool; the echo gets what was listed of the other."""
    if name == "json_schema_echo":
        return {"schema": tools["json_schema_2020_12_tool"]["inputSchema"]}
    return DIALS.get(name, {})


def main() -> None:
    person = Person(sys.argv[-1])
    try:
        person.do(Conversation.welcome)
        person.do(play)
    except UpstreamFailed as problem:
        print(type(problem).__name__, problem.message, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
