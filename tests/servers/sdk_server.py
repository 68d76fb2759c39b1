"""Run by the Python of an SDK (mcp 1.x or 2.x): servers built on it, one a port, each in another of its manners.

python -I tests/servers/sdk_server.py 9001 9002          # with a session and events; without and with JSON
python -I tests/servers/sdk_server.py 9001 9002 changed  # the same after its owner worked on it
"""

import asyncio
import sys

import uvicorn

try:
    from mcp.server.mcpserver import Context, MCPServer

    NEW = True
except ImportError:
    from mcp.server.fastmcp import Context
    from mcp.server.fastmcp import FastMCP as MCPServer

    NEW = False
from mcp.types import ToolAnnotations
from pydantic import BaseModel

READS = ToolAnnotations.model_validate({"readOnlyHint": True, "openWorldHint": False})
MANNERS = ({}, {"stateless_http": True, "json_response": True})


class Stock(BaseModel):
    item: str
    count: int


class Size(BaseModel):
    size: str


def add(a: int, b: int) -> int:
    """The sum of two numbers."""
    return a + b


def stock(item: str) -> Stock:
    """How many of an item there are."""
    return Stock(item=item, count=len(item))


def stock_at(item: str, warehouse: str) -> Stock:
    """How many of an item a warehouse has."""
    return Stock(item=item, count=len(item) + len(warehouse))


async def count_slowly(to: int, ctx: Context) -> str:
    """Counts, and says how far it is."""
    for number in range(to):
        await ctx.report_progress(number + 1, to)
    return f"counted to {to}"


async def order(item: str, ctx: Context) -> str:
    """Asks its caller back for the size."""
    said = await ctx.elicit(f"Which size of {item}?", Size)
    return str(said)


def fail() -> str:
    """Always fails."""
    raise ValueError("the till is stuck")


def app(manner, is_changed):
    server = MCPServer("SDK server", instructions="Counts and adds.", **({} if NEW else manner))
    server.tool(annotations=READS)(add)
    server.tool(name="stock", annotations=READS)(stock_at if is_changed else stock)
    for tool in (count_slowly, order, fail):
        server.tool()(tool)
    return server.streamable_http_app(**(manner if NEW else {}))


async def main(ports, is_changed):
    served = [
        uvicorn.Server(
            uvicorn.Config(app(manner, is_changed), port=port, log_level="error", timeout_graceful_shutdown=1)
        )
        for manner, port in zip(MANNERS, ports, strict=True)
    ]
    await asyncio.gather(*(server.serve() for server in served))


asyncio.run(main([int(port) for port in sys.argv[1:3]], "changed" in sys.argv))
