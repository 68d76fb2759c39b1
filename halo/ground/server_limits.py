"""Limits of connected MCP servers, each with its reason: more of `halo.ground.limits`."""

from __future__ import annotations

SERVER_CALLS_WAITING = 8
"""Calls that wait for one of the places at a server, each with a request thread that then answers nobody."""
SERVER_PLACE_SECONDS = 2
"""That a call waits for its place: a server that keeps all of them longer is too busy for one more."""
SERVER_NOTED_SECONDS = 60
"""Between two notes of a process that a server was found as before."""
SERVER_LISTED_ANEW_SECONDS = 300
"""Between two times that a process has a server's list asked for because of what its tools answered."""
