"""Run by the Python of an older SDK (mcp 1.x): connect, sign in, list, call. Speaks with the test over its pipes.

Prints `OPEN <address>` for the person, reads the callback's address, and ends with one line of JSON.
"""

import asyncio
import json
import sys
from urllib.parse import parse_qs, urlsplit

from mcp import ClientSession
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamablehttp_client
from mcp.shared.auth import OAuthClientMetadata


class Storage:
    tokens = client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client_info):
        self.client = client_info


async def show(address):
    print("OPEN", address, flush=True)


async def callback():
    given = parse_qs(urlsplit(sys.stdin.readline().strip()).query)
    return given["code"][0], given.get("state", [None])[0]


async def attempt(call):
    try:
        return await call
    except Exception as problem:  # noqa: BLE001 - whatever this SDK raises for an error
        return str(problem)


async def main(url):
    metadata = OAuthClientMetadata(
        client_name="SDK client",
        redirect_uris=["http://127.0.0.1:3939/callback"],
        grant_types=["authorization_code", "refresh_token"],
        response_types=["code"],
        token_endpoint_auth_method="none",
        scope="docs:read data:read",
    )
    storage = Storage()
    auth = OAuthClientProvider(url, metadata, storage, show, callback)
    async with streamablehttp_client(url, auth=auth) as (read, write, _), ClientSession(read, write) as session:
        opened = await session.initialize()
        await session.send_ping()
        listed = await session.list_tools()
        called = await session.call_tool("search_docs", {"query": "scopes"})
        wrong = await session.call_tool("search_docs", {"quary": "scopes"})
        unknown = await attempt(session.call_tool("drop_everything", {}))
        told = {
            "version": opened.protocolVersion,
            "server": opened.serverInfo.name,
            "tools": [tool.name for tool in listed.tools],
            "text": called.content[0].text,
            "wrong": wrong.isError,
            "unknown": unknown if isinstance(unknown, str) else unknown.content[0].text,
            "scope": storage.tokens.scope,
        }
        print("DONE", json.dumps(told), flush=True)


asyncio.run(main(sys.argv[1]))
