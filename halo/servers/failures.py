"""What a server's refusals are in words of ours, and what can be done about each."""

from __future__ import annotations

import httpx

from halo.ground.errors import UpstreamFailed
from halo.ground.limits import SERVER_REST_AT_MOST
from halo.ground.wire.pauses import seconds_asked
from halo.servers.exchange import Reply

INVALID_PARAMS = -32602


class NeedsSignIn(UpstreamFailed):
    """The server wants credentials, others, or more scope; `challenge` is its `WWW-Authenticate` (RFC 6750)."""

    def __init__(self, status: int, headers: httpx.Headers) -> None:
        said = {401: "The server wants a sign-in.", 403: "The sign-in does not allow this at the server."}
        super().__init__("auth", said[status])
        self.status = status
        self.challenge: str = headers.get("WWW-Authenticate", "")


class Stale(UpstreamFailed):
    """The server's definition of the tool is another by now: its list has to be asked again."""

    def __init__(self) -> None:
        super().__init__("schema", "The server has changed this tool since it was accepted.")


class Resting(UpstreamFailed):
    """The server asks to be left alone for `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__("http", f"The server has too much to do. Try again in {seconds} s.")
        self.seconds = seconds


class RefusedCall(UpstreamFailed):
    """A JSON-RPC error that answers the call: the server is well, and does not do this."""


def failure(reply: Reply) -> UpstreamFailed:
    """What a reply without a result is."""
    if reply.status in (429, 503):
        return Resting(seconds_asked(reply.headers.get("Retry-After", ""), SERVER_REST_AT_MOST) or 1)
    if reply.code == INVALID_PARAMS:
        return RefusedCall("protocol", "The server does not know the tool, or the arguments do not fit it.")
    if reply.code is not None:
        return RefusedCall("protocol", f"The server refused it (error {reply.code}).")
    if reply.status >= 400:
        return UpstreamFailed("http", f"The server answered {reply.status}.")
    return UpstreamFailed("protocol", "The server did not answer in MCP.")
