"""Speaking MCP to one server: finding out how, listing its tools, calling them.

    upstream = Upstream(Address(url, policy), version="")
    with upstream.conversation(authorization, seconds=45) as talk:
        talk.tools()
        talk.call("find_orders", {"email": "ana@example.com"})

Synchronous, over the one guarded pool of the process. Which revision a server speaks is found once and kept
(`version`); a lost session begins anew once, one thread for all who wait. What a server says is data: its words never
stand in a sentence of ours (`UpstreamFailed`), and what it declares is not believed before `halo.servers.lock` looked
at it.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from halo.ground import outbound
from halo.ground.errors import UpstreamFailed
from halo.ground.limits import SERVER_PAGES, SERVER_ROUNDS, SERVER_TOOLS
from halo.ground.outbound.guard import Policy
from halo.ground.telemetry import operations
from halo.ground.wire.revisions import LEGACY, NEWEST_MODERN
from halo.servers import eras
from halo.servers.echoes import Echoes
from halo.servers.eras import Session
from halo.servers.exchange import NOTHING, Line, Message, Reply
from halo.servers.failures import NeedsSignIn, check, declines, failure, is_verdict, result_of, state_alone

_ids = itertools.count(1)
CALL = "tools/call"
Headers = Callable[[], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server stands, and how it may be reached."""

    url: str
    policy: Policy
    headers: tuple[tuple[str, str], ...] = ()
    """What a person set for it; never credentials."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The tools of a server as it declares them, and what else was learned."""

    tools: tuple[Message, ...]
    ttl_ms: int
    """How long the server calls its list fresh; 0 where it says nothing."""
    dropped: tuple[tuple[str, str], ...]
    """Tools that may not be used, with the reason: their headers cannot be mirrored."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """What a server says of itself."""

    version: str
    name: str
    instructions: str


class Upstream:
    """What a process knows of one server between conversations: its revision, and its session if it keeps one."""

    def __init__(self, address: Address, *, version: str = "") -> None:
        """`version` is what was found last time; empty where nobody asked yet."""
        self.address = address
        self.version = version
        self._session: Session | None = None
        self._renewing = threading.Lock()
        self._url: httpx.URL | None = None

    @contextlib.contextmanager
    def conversation(self, authorization: str | None, *, seconds: float) -> Iterator[Conversation]:
        """Some requests that take so many seconds in all; `authorization` is the header's value.

        What fails inside knows whether a tool may have acted (`UpstreamFailed.left_nothing`).
        """
        talk = Conversation(self, self._line(authorization), Echoes.of(authorization))
        try:
            with outbound.under(self.address.policy, seconds):
                yield talk
        except UpstreamFailed as problem:
            problem.left_nothing = not talk.may_have_acted
            problem.detail = talk.echoes.removed(problem.detail)
            raise

    def _line(self, authorization: str | None) -> Line:
        own = {"Authorization": authorization} if authorization else NOTHING
        try:
            return Line(self._url or self._parsed(), {**dict(self.address.headers), **own})
        except httpx.InvalidURL:
            raise UpstreamFailed("address", "This is no address that a request can be sent to.") from None

    def _parsed(self) -> httpx.URL:
        self._url = httpx.URL(self.address.url)
        return self._url

    def session(self, line: Line, lost: Session | None = None) -> Session:
        """The session that holds now; a new one where none does, or where it is the one that was lost."""
        with self._renewing:
            if self._session is None or self._session is lost:
                self._session = _handshake(line)
                self.version = self._session.version
            return self._session

    def forget(self) -> None:
        """Ask anew what the server speaks."""
        self.version, self._session = "", None

    def close(self, authorization: str | None, *, seconds: float) -> None:
        """End the session at the server, if there is one."""
        session, self._session = self._session, None
        if session is not None and session.id:
            with self.conversation(authorization, seconds=seconds) as talk:
                talk.line.end(session.headers)


@dataclass(slots=True)
class Conversation:
    """Requests to a server within one errand."""

    upstream: Upstream
    line: Line
    echoes: Echoes
    """What was shown to the server and may not come back."""
    may_have_acted: bool = False
    """Whether a call was sent that the server did not decline."""

    def welcome(self) -> Welcome:
        """What the server speaks and is; raises `UpstreamFailed` or `NeedsSignIn`."""
        self.upstream.forget()
        said = self._discovered()
        if said is None:
            session = self.upstream.session(self.line)
            return self._welcomed(session.version, session.name, session.instructions)
        meta = said.get("_meta")
        named = meta.get("io.modelcontextprotocol/serverInfo") if isinstance(meta, dict) else None
        return self._welcomed(self.upstream.version, _name(named), _text(said.get("instructions")))

    def _welcomed(self, version: str, *words: str) -> Welcome:
        return Welcome(version, *(self.echoes.removed(each) for each in words))

    def tools(self) -> Listed:
        """All tools, at most `SERVER_TOOLS` on `SERVER_PAGES` pages; raises `UpstreamFailed` for more."""
        found: list[Message] = []
        cursor: str | None = None
        seen: set[str] = set()
        ttl = 0
        for _ in range(SERVER_PAGES):
            page = self.request("tools/list", {} if cursor is None else {"cursor": cursor})
            tools = page.get("tools")
            if not isinstance(tools, list) or not all(isinstance(each, dict) for each in tools):
                raise UpstreamFailed("protocol", "The server's list of tools is no list of tools.")
            found += tools
            ttl = _milliseconds(page.get("ttlMs"))
            if len(found) > SERVER_TOOLS:
                raise UpstreamFailed("protocol", f"The server has more than {SERVER_TOOLS} tools.")
            cursor = page.get("nextCursor")
            if not isinstance(cursor, str):
                return _listed(found, ttl)
            if cursor in seen:
                raise UpstreamFailed("protocol", "The server's list of tools goes in a circle.")
            seen.add(cursor)
        raise UpstreamFailed("protocol", f"The server's list of tools has more than {SERVER_PAGES} pages.")

    def call(
        self,
        name: str,
        arguments: Mapping[str, Any],
        schema: Mapping[str, Any] | None = None,
        *,
        stated: Headers | None = None,
    ) -> Message:
        """The result of a call, as the server gave it; raises `UpstreamFailed` where it gave none.

        `schema` is the accepted input schema: what it marks with `x-mcp-header` is repeated in headers. `stated` gives
        headers for each request that calls the tool, which go to the server's own address only.
        """
        params: dict[str, Any] = {"name": name, "arguments": dict(arguments)}
        mirrored = _mirrored(schema, arguments)
        for _ in range(SERVER_ROUNDS):
            result = self.request(CALL, params, mirrored, stated)
            state = state_alone(result)
            if state is None:
                return result
            params = params | {"requestState": state}
        raise UpstreamFailed("protocol", "The server asks for the same call again and again.")

    def request(
        self,
        method: str,
        params: Mapping[str, Any],
        mirrored: Mapping[str, str] = NOTHING,
        stated: Headers | None = None,
    ) -> Message:
        """The result of any request, in the server's revision."""
        return self.echoes.without(result_of(self._replied(method, params, mirrored, stated)))

    def _replied(
        self, method: str, params: Mapping[str, Any], mirrored: Mapping[str, str], stated: Headers | None
    ) -> Reply:
        if not self.upstream.version:
            self._discovered()
        if eras.is_modern(self.upstream.version):
            reply = self._modern(method, params, mirrored, stated=stated)
            if reply.result is not None or not is_verdict(reply):
                return reply
            self.upstream.forget()
            self._discovered()
            if eras.is_modern(self.upstream.version):
                return self._modern(method, params, mirrored, stated=stated)
        return self._legacy(method, params, stated)

    def _discovered(self) -> Message | None:
        """Find the revision (2026-07-28, discovery); what `server/discover` says, None for a legacy server."""
        version = NEWEST_MODERN
        for _ in range(2):
            reply = self._modern("server/discover", {}, NOTHING, version)
            if reply.result is not None:
                common = eras.newest_shared(reply.result.get("supportedVersions"))
                if common is None:
                    break
                self.upstream.version = common
                return reply.result
            check(reply)
            if reply.code != eras.UNSUPPORTED_VERSION:
                break
            common = eras.newest_shared(reply.data.get("supported"))
            if common is None:
                if reply.data.get("supported") and not eras.is_legacy_only(reply.data.get("supported")):
                    raise UpstreamFailed("protocol", "The server speaks only revisions of MCP that Halo does not.")
                break
            version = common
        self.upstream.session(self.line)
        return None

    def _modern(
        self,
        method: str,
        params: Mapping[str, Any],
        mirrored: Mapping[str, str],
        version: str | None = None,
        *,
        stated: Headers | None = None,
    ) -> Reply:
        marked, headers = eras.modern(method, _traced(params), version or self.upstream.version, mirrored)
        return self._asked(_message(method, marked), headers, stated)

    def _legacy(self, method: str, params: Mapping[str, Any], stated: Headers | None) -> Reply:
        """The reply within the session; in a new one, once, where the server knows the old one no more (404, 400)."""
        session = self.upstream.session(self.line)
        for is_first in (True, False):
            reply = self._asked(_message(method, _traced(params)), session.headers, stated, resumes=True)
            is_lost = reply.status in (400, 404) and reply.result is None and bool(session.id)
            if not (is_first and is_lost):
                return reply
            session = self.upstream.session(self.line, lost=session)
        raise AssertionError("unreachable")

    def _asked(
        self, message: Message, headers: Mapping[str, str], stated: Headers | None, *, resumes: bool = False
    ) -> Reply:
        """The reply; afterwards it is known whether a call may have taken effect."""
        once = NOTHING if stated is None else self.echoes.noting(stated())
        reply: Reply | None = None
        try:
            reply = self.line.ask(message, headers, resumes=resumes, once=once)
        finally:
            is_open = self.line.is_taken if reply is None else not declines(reply)
            self.may_have_acted |= is_open and message["method"] == CALL
        return reply


def _handshake(line: Line) -> Session:
    reply = line.ask(_message("initialize", eras.hello()), {})
    if reply.result is None:
        check(reply)
        raise failure(reply)
    version = reply.result.get("protocolVersion")
    if not isinstance(version, str) or version not in LEGACY:
        raise UpstreamFailed("protocol", "The server speaks only revisions of MCP that Halo does not.")
    about = _name(reply.result.get("serverInfo")), _text(reply.result.get("instructions"))
    session = Session(version, _sendable(reply.headers.get("Mcp-Session-Id", "")), *about)
    status = line.tell({"jsonrpc": "2.0", "method": "notifications/initialized"}, session.headers)
    if status in (401, 403):
        raise NeedsSignIn(status, reply.headers)
    return session


def _message(method: str, params: Mapping[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": next(_ids), "method": method, "params": dict(params)}


def _traced(params: Mapping[str, Any]) -> Mapping[str, Any]:
    carried = operations.carried()
    return {**params, "_meta": {**params.get("_meta", {}), **carried}} if carried else params


def _mirrored(schema: Mapping[str, Any] | None, arguments: Mapping[str, Any]) -> dict[str, str]:
    if schema is None or "x-mcp-header" not in repr(schema):
        return {}
    return eras.mirrored(schema, arguments)


def _listed(found: Sequence[Message], ttl: int) -> Listed:
    wrong = [(tool, eras.unmirrorable(tool.get("inputSchema"))) for tool in found]
    kept = tuple(tool for tool, reason in wrong if reason is None)
    return Listed(kept, ttl, tuple((_text(tool.get("name")), reason) for tool, reason in wrong if reason is not None))


def _milliseconds(said: object) -> int:
    return said if isinstance(said, int) and not isinstance(said, bool) and said > 0 else 0


def _sendable(value: str) -> str:
    """What a server wants to hear again in a header; raises `UpstreamFailed` for what none can carry."""
    if len(value) <= 1024 and value.isascii() and (value.isprintable() or not value):
        return value
    raise UpstreamFailed("protocol", "The server's session cannot be used: its name is not plain ASCII.")


def _name(info: object) -> str:
    """What a server calls itself."""
    return _text(info.get("title") or info.get("name")) if isinstance(info, dict) else ""


def _text(value: object) -> str:
    return value[:2000] if isinstance(value, str) else ""
