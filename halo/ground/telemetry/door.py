"""The outermost WSGI layer: gives every request its id, and says in the end how it went."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from halo.ground import limits
from halo.ground.settings import Settings
from halo.ground.telemetry import here, measures, sheet
from halo.ground.telemetry.here import Request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("halo.request")
HEADER = "X-Request-Id"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Watched:
    """WSGI middleware round everything else."""

    def __init__(self, inner: WSGIApplication, settings: Settings) -> None:
        self._inner = inner
        self._behind_proxy = settings.proxies > 0
        self._says_all = settings.log_requests == "all"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = here.arrived(environ, behind_proxy=self._behind_proxy)
        here.current.set(request)

        def start(status: str, headers: list[tuple[str, str]], failure: Any = None) -> Any:
            request.status = int(status[:3])
            return start_response(status, [*headers, (HEADER, request.id)], failure)

        try:
            answer = self._inner(environ, start)
        except BaseException:
            request.status = 500
            self._ended(request)
            raise
        if isinstance(answer, list):
            self._ended(request)
            return answer
        return _Streamed(answer, self, request)

    def _ended(self, request: Request) -> None:
        seconds = request.seconds()
        if sheet.opened:
            measures.REQUESTS.observe(seconds, _method(request), request.route or "", str(request.status))
        failed = request.status >= 500
        if failed or self._says_all or seconds > limits.SLOW_REQUEST_SECONDS:
            _say(request, seconds, logging.WARNING if failed else logging.INFO)
        here.current.set(None)


class _Streamed:
    """An answer that is made while it is sent; the request ends with it."""

    def __init__(self, inner: Iterable[bytes], watched: Watched, request: Request) -> None:
        self._inner, self._watched, self._request = inner, watched, request

    def __iter__(self) -> Iterator[bytes]:
        here.current.set(self._request)  # it may be sent by another thread
        yield from self._inner

    def close(self) -> None:
        """The server sent it, or gave up."""
        try:
            if (close := getattr(self._inner, "close", None)) is not None:
                close()
        finally:
            self._watched._ended(self._request)


def _method(request: Request) -> str:
    """The method as a label: of the few that there are."""
    return request.method if request.method in _METHODS else "_OTHER"


def _say(request: Request, seconds: float, level: int) -> None:
    said = {"method": request.method, "status": request.status, "duration_ms": round(seconds * 1000, 1)}
    route = request.route or "an address that is not known"
    log.log(level, "%s %s: %d", request.method, route, request.status, extra={"facts": said})
