"""The same with the SDK that Halo is built on (mcp 2.x), on the modern revision or, asked to, with the handshake."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp import Client
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientMetadata


class Storage:
    tokens: Any = None
    client: Any = None

    async def get_tokens(self) -> Any:
        return self.tokens

    async def set_tokens(self, tokens: Any) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> Any:
        return self.client

    async def set_client_info(self, client_info: Any) -> None:
        self.client = client_info


async def show(address: str) -> None:
    print("OPEN", address, flush=True)


async def callback() -> AuthorizationCodeResult:
    given = parse_qs(urlsplit(sys.stdin.readline().strip()).query)
    return AuthorizationCodeResult(code=given["code"][0], state=given["state"][0], iss=given["iss"][0])


async def attempt(call: Any) -> Any:
    try:
        return await call
    except Exception as problem:  # noqa: BLE001 - whatever this SDK raises for an error
        return str(problem)


async def main(url: str, mode: Any) -> None:
    metadata = OAuthClientMetadata.model_validate(
        {
            "client_name": "SDK client",
            "redirect_uris": ["http://127.0.0.1:3939/callback"],
            "token_endpoint_auth_method": "none",
            "scope": "docs:read data:read",
        }
    )
    storage = Storage()
    auth = OAuthClientProvider(url, metadata, storage, show, callback)
    async with (
        httpx2.AsyncClient(auth=auth, timeout=20, trust_env=False) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode) as client,
    ):
        listed = await client.list_tools()
        called = await client.call_tool("search_docs", {"query": "scopes"})
        wrong = await client.call_tool("search_docs", {"quary": "scopes"})
        unknown = await attempt(client.call_tool("drop_everything", {}))
        told = {
            "version": client.protocol_version,
            "server": client.server_info.name if client.server_info else "",
            "tools": [tool.name for tool in listed.tools],
            "text": called.content[0].text,  # type: ignore[union-attr]
            "wrong": wrong.is_error,
            "unknown": unknown if isinstance(unknown, str) else unknown.content[0].text,
            "scope": storage.tokens.scope,
        }
        print("DONE", json.dumps(told), flush=True)


asyncio.run(main(*sys.argv[1:]))
