"""Requests that leave Halo: a CLIENT span each, and the trace handed on to whoever is asked."""

from __future__ import annotations

import httpx

from halo.ground.telemetry import operations
from halo.ground.telemetry.timing import step


class HandedOn(httpx.BaseTransport):
    """A transport round another. The span ends with the headers of the answer."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        facts = {"http.request.method": request.method, "server.address": request.url.host}
        with step("upstream", kind="client", attributes=facts) as upstream:
            request.headers.update(operations.carried())
            response = self._inner.handle_request(request)
            if upstream is not None:
                upstream.tell({"http.response.status_code": response.status_code})
            return response

    def close(self) -> None:
        self._inner.close()
