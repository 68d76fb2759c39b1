"""One request to a server and its answer: JSON or server-sent events, within a time and a size.

Nothing is believed of what comes: status, type, size and shape are looked at here, so that whoever asks gets a JSON-RPC
message that answers the request, or an `UpstreamFailed` in words of ours. A body may be anything; none of it stands in
a sentence.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from halo.ground import outbound
from halo.ground.errors import UpstreamFailed
from halo.ground.limits import SERVER_ANSWER_BYTES, SERVER_REDIRECTS, SERVER_RESUMPTIONS
from halo.servers.events import Events

Message = Mapping[str, Any]
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, UpstreamFailed)
"""How a request fails before anything of it arrived, or by being sent elsewhere."""
ACCEPT = "application/json, text/event-stream"
METHOD_NOT_FOUND = -32601
NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back of a request: its status, its headers, and the message that answers it where there is one."""

    status: int
    headers: httpx.Headers
    message: Message | None

    @property
    def result(self) -> Message | None:
        """The result; None for an error and for what is no answer."""
        result = self.message.get("result") if self.message else None
        return result if isinstance(result, dict) else None

    @property
    def code(self) -> int | None:
        """The code of a JSON-RPC error, None where the server gave none."""
        error = self.message.get("error") if self.message else None
        code = error.get("code") if isinstance(error, dict) else None
        return code if isinstance(code, int) and not isinstance(code, bool) else None

    @property
    def data(self) -> Message:
        """The data of a JSON-RPC error."""
        error = self.message.get("error") if self.message else None
        data = error.get("data") if isinstance(error, dict) else None
        return data if isinstance(data, dict) else {}


@dataclass(slots=True)
class Line:
    """The way to a server while an errand is under way (`halo.ground.outbound.under`)."""

    url: httpx.URL
    headers: Mapping[str, str]
    """What every request carries: credentials, and what a person set for this server."""
    is_taken: bool = False
    """Whether the request that was asked last may have reached whoever acts on it."""

    def ask(
        self,
        body: Mapping[str, Any],
        headers: Mapping[str, str],
        *,
        resumes: bool = False,
        once: Mapping[str, str] = NOTHING,
    ) -> Reply:
        """The reply to a request; raises `UpstreamFailed` where there is none.

        With `resumes` a stream that ends too early is taken up again where the server said how (2025-11-25). The
        headers `once` are for the server's own address: no redirect carries them, and nothing that is sent later.
        """
        with self._asked(orjson.dumps(body), headers, once) as response:
            kind = _kind(response)
            if kind != "text/event-stream":
                return Reply(response.status_code, response.headers, _plain(response, kind, body["id"]))
            events = Events()
            message = self._found(response, events, body["id"], headers)
        if message is None and resumes and events.last_id:
            message = self._resumed(events, body["id"], headers)
        return Reply(response.status_code, response.headers, message)

    def tell(self, body: Mapping[str, Any], headers: Mapping[str, str]) -> int:
        """The status of what wants no answer: a notification, or an answer of ours."""
        with self._sent("POST", orjson.dumps(body), headers) as response:
            return response.status_code

    def end(self, headers: Mapping[str, str]) -> None:
        """Tell that a session is over; a server that knows no end of sessions says 405, which is as good."""
        with contextlib.suppress(UpstreamFailed, httpx.HTTPError), self._sent("DELETE", b"", headers):
            pass

    @contextlib.contextmanager
    def _asked(self, content: bytes, headers: Mapping[str, str], once: Mapping[str, str]) -> Iterator[httpx.Response]:
        with contextlib.ExitStack() as held:
            self.is_taken = True
            try:
                response = held.enter_context(self._sent("POST", content, headers, once))
            except NOT_SENT:
                self.is_taken = False
                raise
            yield response

    @contextlib.contextmanager
    def _sent(
        self, method: str, content: bytes, headers: Mapping[str, str], once: Mapping[str, str] = NOTHING
    ) -> Iterator[httpx.Response]:
        """The response; sent on as it is where the same origin says so (307, 308), as no other status keeps a body."""
        url, carried = self.url, {**self._with(headers, content), **once}
        for _ in range(SERVER_REDIRECTS + 1):
            request = httpx.Request(method, url, content=content or None, headers=carried)
            with outbound.sent(request) as response:
                if response.status_code not in (307, 308):
                    yield response
                    return
                url = _next(url, response.headers.get("Location", ""))
                carried = self._with(headers, content)
        raise UpstreamFailed("http", "The server sends requests on and on.")

    def _with(self, headers: Mapping[str, str], content: bytes) -> dict[str, str]:
        typed = {"Content-Type": "application/json"} if content else {}
        return {"Accept": ACCEPT, **typed, **self.headers, **headers}

    def _found(self, response: httpx.Response, events: Events, number: object, headers: Mapping[str, str]) -> Any:
        """The message of a stream that answers the request; what else the server asks meanwhile is answered."""
        for piece in outbound.pieces(response, SERVER_ANSWER_BYTES):
            for data in events.feed(piece):
                message = _message(data)
                if message is None:
                    continue
                if _answers(message, number):
                    return message
                if "method" in message and "id" in message:
                    self.tell(_own_answer(message), headers)
        return None

    def _resumed(self, events: Events, number: object, headers: Mapping[str, str]) -> Message | None:
        for _ in range(SERVER_RESUMPTIONS):
            outbound.rest((events.retry_ms or 0) / 1000)
            with self._sent("GET", b"", dict(headers) | {"Last-Event-ID": events.last_id}) as response:
                if _kind(response) != "text/event-stream":
                    return None
                message: Message | None = self._found(response, events, number, headers)
            if message is not None:
                return message
        return None


def _kind(response: httpx.Response) -> str:
    kind: str = response.headers.get("Content-Type", "")
    return kind.partition(";")[0].strip().lower()


def _plain(response: httpx.Response, kind: str, number: object) -> Message | None:
    body = outbound.capped(response, SERVER_ANSWER_BYTES)
    if kind not in ("application/json", "") and not kind.endswith("+json"):
        return None
    message = _message(body)
    # Errors about what could not be read carry no id, or null (JSON-RPC 2.0, section 5).
    is_about_it = message is not None and (_answers(message, number) or message.get("id") is None)
    return message if is_about_it and ("result" in message or "error" in message) else None  # type: ignore[operator]


def _message(data: bytes) -> Message | None:
    try:
        message = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return message if isinstance(message, dict) else None


def _answers(message: Message, number: object) -> bool:
    return message.get("id") == number and "method" not in message


def _own_answer(asked: Message) -> dict[str, Any]:
    """To what a server asks of us: it is alive who answers a ping, and nothing else was offered."""
    if asked["method"] == "ping":
        return {"jsonrpc": "2.0", "id": asked["id"], "result": {}}
    error = {"code": METHOD_NOT_FOUND, "message": "This client offers nothing that can be asked."}
    return {"jsonrpc": "2.0", "id": asked["id"], "error": error}


def _next(url: httpx.URL, location: str) -> httpx.URL:
    try:
        to = url.join(location)
    except httpx.InvalidURL:
        raise UpstreamFailed("http", "The server sends the request to something that is no address.") from None
    if not location or (to.scheme, to.host, to.port) != (url.scheme, url.host, url.port):
        raise UpstreamFailed("http", "The server sends the request to another address; connect that one instead.")
    return to
