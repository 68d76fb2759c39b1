"""The flags that exist: name, what each means, and its default. An unknown name raises."""

from __future__ import annotations

from dataclasses import dataclass

from halo.ground.errors import Reason

MCP_SERVER = "mcp_server"
MCP_EXTERNAL_SERVERS = "mcp_external_servers"


@dataclass(frozen=True)
class Flag:
    """A switch per workspace that the instance's operators hold."""

    name: str
    title: str
    sentence: str
    when_off: str
    default: bool
    refuses: Reason
    """What callers are refused with while it is off."""
    of_servers: bool = False
    """Whether it refuses calls of connected servers' tools alone."""


CATALOGUE = {
    flag.name: flag
    for flag in (
        Flag(
            MCP_SERVER,
            "MCP server",
            "AI clients may sign in to this workspace and call its tools.",
            "Every call to /api/mcp for this workspace answers 403.",
            True,
            Reason.flag_off,
        ),
        Flag(
            MCP_EXTERNAL_SERVERS,
            "External MCP servers",
            "The workspace may connect MCP servers of others under Integrations.",
            "Connecting, changing, listing and calling such servers is refused; they stay connected.",
            False,
            Reason.external_servers_off,
            of_servers=True,
        ),
    )
}


def get(name: str) -> Flag:
    """The flag of that name; raises KeyError with the known names."""
    if name not in CATALOGUE:
        raise KeyError(f"there is no flag {name!r}; known: {', '.join(sorted(CATALOGUE))}")
    return CATALOGUE[name]
