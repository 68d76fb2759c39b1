"""Programs that use the API of connected servers, and servers for them to connect."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from halo import web
from halo.apps import personal
from halo.flags import service as flags
from halo.flags.vocabulary import MCP_EXTERNAL_SERVERS
from halo.ground.permissions import Permission
from tests import cast
from tests.servers.upstream import Theirs, modern, theirs

VIEW, MANAGE = Permission.INTEGRATIONS_VIEW, Permission.INTEGRATIONS_MANAGE
ALL = "/api/integrations/mcp/servers"


def find_orders(**shape: Any) -> dict[str, Any]:
    """A tool that only reads, of the customer with this e-mail address."""
    described = {
        "name": "find_orders",
        "description": "Orders of a customer, the newest first.",
        "inputSchema": {
            "type": "object",
            "properties": {"email": {"type": "string"}, "limit": {"type": "integer", "maximum": 50}},
            "required": ["email"],
        },
        "annotations": {"readOnlyHint": True},
    }
    return described | shape


REFUND = {
    "name": "refund_order",
    "description": "Pays an order back.",
    "inputSchema": {"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"]},
}


@contextlib.contextmanager
def shop(*tools: dict[str, Any]) -> Iterator[Theirs]:
    """A well-behaved server with these tools, which can be changed (`shop.tools`)."""
    listed = list(tools or (find_orders(), REFUND))
    with theirs(lambda asked: modern(asked, listed)) as server:
        server.tools = listed  # type: ignore[attr-defined]
        yield server


def switch_on(*workspaces: str) -> None:
    """Connected servers, for these workspaces."""
    for slug in workspaces or (cast.ACME,):
        flags.turn_on(MCP_EXTERNAL_SERVERS, workspace_id=cast.workspace(slug).id, why="Tried", principal=None)


def lend(*words: Permission | str, person: str = cast.OWNER, workspace: str = cast.ACME, **given: Any) -> str:
    """A personal access token with these permissions."""
    _, text = personal.create(
        "Nightly script",
        words=[],
        days=30,
        permissions=[it.value if isinstance(it, Permission) else it for it in words],
        lendable=web.lendable(),
        principal=None,
        workspace_id=cast.workspace(workspace).id,
        person_id=cast.person(person).id,
        settings=web.settings(),
        **given,
    )
    return text


class Script:
    """A program with a token."""

    def __init__(self, app: Flask, token: str) -> None:
        self._client, self._headers = app.test_client(), {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, method: str, path: str = "", body: Any = None) -> TestResponse:
        given = {} if body is None else {"json": body}
        return self._client.open(f"{ALL}{path}", method=method, headers=self._headers, **given)

    def get(self, path: str = "") -> Any:
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.json
        return answer.json

    def connect(self, url: str, **fields: Any) -> TestResponse:
        return self.ask("POST", body={"name": "Shop", "slug": "shop", "url": url, "auth_method": "none"} | fields)

    def tools(self, slug: str = "shop") -> dict[str, Any]:
        """By name."""
        return {tool["name"]: tool for tool in self.get(f"/{slug}/tools")["tools"]}


def told(answer: TestResponse) -> tuple[int, str]:
    """Status and word of a refusal, which has the shape of every one."""
    assert set(answer.json) == {"error", "message", "details"}, answer.json
    return answer.status_code, answer.json["error"]
