"""What a server's replies amount to: a result, or a refusal in words of ours and what can be done about it."""

from __future__ import annotations

import httpx

from halo.ground.errors import UpstreamFailed
from halo.ground.foreign import levels
from halo.ground.limits import SERVER_REST_AT_MOST
from halo.ground.server_limits import SERVER_ANSWER_DEPTH
from halo.ground.wire.pauses import seconds_asked
from halo.ledger import redact
from halo.servers import discovery, eras
from halo.servers.exchange import Message, Reply
from halo.servers.sanitising import text

INVALID_PARAMS, INTERNAL_ERROR = -32602, -32603
DECLINING = frozenset({
    -32700, -32600, -32601, INVALID_PARAMS, eras.HEADER_MISMATCH, eras.UNSUPPORTED_VERSION,
})  # fmt: skip
"""Codes of errors that come before anything is done: what was asked cannot be read, is not known, does not fit."""
LONGEST_SAID = 120
"""Signs of a server's own words that the log keeps."""


class NeedsSignIn(UpstreamFailed):
    """The server wants credentials or others (401, stage `auth`), or more of them (403, stage `scope`); `challenge` is
    its `WWW-Authenticate` (RFC 6750)."""

    def __init__(self, status: int, headers: httpx.Headers) -> None:
        stage, said = {
            401: ("auth", "The server wants a sign-in."),
            403: ("scope", "The sign-in does not allow this at the server."),
        }[status]
        super().__init__(stage, said, f"HTTP {status}")
        self.status = status
        self.challenge: str = headers.get("WWW-Authenticate", "")

    @property
    def lacks(self) -> str:
        """The scope that the request would have taken, where the server says so (RFC 6750, `insufficient_scope`)."""
        told = discovery.challenge(self.challenge)
        return told.scope or "" if told.error == "insufficient_scope" else ""


class Outdated(UpstreamFailed):
    """The server's definition of the tool is another by now: its list has to be asked again."""


class Stale(Outdated):
    """What the server wants in headers is not what was accepted."""

    def __init__(self) -> None:
        super().__init__("schema", "The server has changed this tool since it was accepted.")


class Unpromised(Outdated):
    """The answer does not fit the output schema that was accepted; `at` is where, empty for the whole."""

    def __init__(self, at: str | None) -> None:
        says = "The server's answer is not what it promises; its tools are asked for anew."
        super().__init__("schema", says, f"structuredContent.{text(at, LONGEST_SAID)}" if at else "")


class Resting(UpstreamFailed):
    """The server asks to be left alone for `seconds`."""

    says = "The server has too much to do."

    def __init__(self, seconds: int, detail: str = "") -> None:
        super().__init__("http", f"{self.says} Try again in {seconds} s.", detail)
        self.seconds = seconds


class LeftAlone(Resting):
    """Halo did not ask: the server failed too often lately, or asked for a rest that is not over."""

    says = "The server failed several times or asked for a rest, so it is left alone for now."

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.left_nothing = True


class Crowded(LeftAlone):
    """Halo did not ask: it asks the server as often at a time as it does."""

    says = "As many calls as Halo makes to this server at a time are under way."


class RefusedCall(UpstreamFailed):
    """A JSON-RPC error that answers the call: the server is well, and does not do this."""


class Removed(RefusedCall):
    """The server was not asked: it lists the tool no more."""

    def __init__(self) -> None:
        super().__init__("protocol", "The server lists this tool no more.")
        self.left_nothing = True


class Unfitting(RefusedCall, Outdated):
    """The server does not know the tool, or takes other arguments."""


def failure(reply: Reply) -> UpstreamFailed:
    """What a reply without a result is."""
    behind = _behind(reply)
    if reply.status in (429, 503):
        return Resting(seconds_asked(reply.headers.get("Retry-After", ""), SERVER_REST_AT_MOST) or 1, behind)
    if reply.code == INVALID_PARAMS:
        return Unfitting("protocol", "The server does not know the tool, or the arguments do not fit it.", behind)
    if reply.code is not None:
        return RefusedCall("protocol", f"The server refused it (error {reply.code}).", behind)
    if reply.status >= 400:
        return UpstreamFailed("http", f"The server answered {reply.status}.", behind)
    return UpstreamFailed("protocol", "The server did not answer in MCP.", behind)


def declines(reply: Reply) -> bool:
    """Whether the reply says that nothing was done of what was asked."""
    if reply.result is not None:
        return False
    is_of_client = 400 <= reply.status < 500 and reply.status != 408
    return reply.code in DECLINING or (is_of_client and reply.code != INTERNAL_ERROR)


def _behind(reply: Reply) -> str:
    """What the log keeps of a refusal: status, code, and the first of the server's words, without what looks like a
    credential."""
    error = reply.message.get("error") if reply.message else None
    said = error.get("message") if isinstance(error, dict) else None
    words = redact.text(" ".join(text(said, LONGEST_SAID).split()))
    code = f", error {reply.code}" if reply.code is not None else ""
    return f"HTTP {reply.status}{code}" + (f": {words}" if words else "")


def check(reply: Reply) -> None:
    """Raise where a refusal says nothing of the revision: a sign-in is wanted, or the server fails."""
    if reply.status in (401, 403):
        raise NeedsSignIn(reply.status, reply.headers)
    if reply.status == 429 or reply.status >= 500:
        raise failure(reply)


def is_verdict(reply: Reply) -> bool:
    """Whether a refusal says that the server does not speak this revision (any more)."""
    is_other = reply.code is None and 400 <= reply.status < 500 and reply.status not in (401, 403, 408, 429)
    return is_other or reply.code == eras.UNSUPPORTED_VERSION


def result_of(reply: Reply) -> Message:
    """The result; raises `NeedsSignIn`, `Stale` or `UpstreamFailed`."""
    if reply.result is not None and reply.status < 400:
        if levels(reply.result, SERVER_ANSWER_DEPTH) > SERVER_ANSWER_DEPTH:
            raise RefusedCall("protocol", f"The answer is nested deeper than {SERVER_ANSWER_DEPTH} levels.")
        return reply.result
    check(reply)
    if reply.code == eras.HEADER_MISMATCH:
        raise Stale
    raise failure(reply)


def state_alone(result: Message) -> str | None:
    """The state with which the same request is made again, or None for a result that is complete; raises
    `UpstreamFailed` for one that is neither (2026-07-28, multi round-trip requests)."""
    kind = result.get("resultType", "complete")
    if kind == "complete":
        return None
    if kind == "task":
        raise RefusedCall("protocol", "The tool runs as a task, which Halo does not follow.")
    if kind != "input_required":
        raise RefusedCall("protocol", "The server gave a kind of result that Halo does not know.")
    state = result.get("requestState")
    if result.get("inputRequests") or not isinstance(state, str):
        raise RefusedCall("protocol", "The tool asks its caller back, which Halo does not answer.")
    return state
