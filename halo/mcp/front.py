"""The short way in for `POST /api/mcp`: from WSGI to `entrance.answer` without Flask's request in between.

Why: of what a call costs, Flask's and Werkzeug's request and response are more than all of ours together, and a bearer
door uses nothing of them: no cookie, no form, no page hook (`web.come_in` lets it pass). What decides anything, from
the Origin to the audit row, is in `entrance` and below, shared with the view line by line; only reading the body and
writing the status line stand here.
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask.blueprints import BlueprintSetupState
from mcp_types.jsonrpc import INVALID_REQUEST

from halo import web
from halo.ground import limits
from halo.ground.settings import Settings
from halo.ground.telemetry import here
from halo.mcp import entrance
from halo.mcp.arrival import Arrival
from halo.mcp.protocol import Problem
from halo.oauth.resources import MCP_PATH

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LENGTH_DIGITS = 18
"""Of a Content-Length; Python reads no number of thousands of digits."""
_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class Front:
    """WSGI middleware: answers the one request that it knows, and hands every other to Flask."""

    def __init__(self, app: Flask, inner: WSGIApplication) -> None:
        self._app, self._inner = app, inner
        self._settings: Settings = app.extensions["halo"]
        self._always = web.always(self._settings)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != MCP_PATH or environ["REQUEST_METHOD"] != "POST" or not _says_its_length(environ):
            return self._inner(environ, start_response)
        here.on_route(MCP_PATH)
        with self._app.app_context():
            arrival = Arrival(environ, self._settings, lambda: _body(environ))
            status, headers, body = entrance.answer(arrival)
        sent = {**self._always, **headers, "Content-Length": str(len(body))}
        start_response(_LINES[status], list(sent.items()))
        return [body]


def install(state: BlueprintSetupState) -> None:
    """Stand in front of the app; proxies' headers do not matter here, since the door trusts no address."""
    app: Any = state.app
    app.wsgi_app = Front(app, app.wsgi_app)


def _says_its_length(environ: WSGIEnvironment) -> bool:
    """A body in chunks, whose length nobody said, is Werkzeug's to read."""
    return str(environ.get("CONTENT_LENGTH") or "").isdecimal()


def _body(environ: WSGIEnvironment) -> bytes:
    length = environ["CONTENT_LENGTH"]
    if len(length) > LENGTH_DIGITS or int(length) > limits.BODY_BYTES:
        raise Problem(INVALID_REQUEST, f"The body is larger than {limits.BODY_BYTES} bytes.", status=413)
    body: bytes = environ["wsgi.input"].read(int(length))
    return body
