"""The names that Halo answers under in production: its own, and no other.

A page of a stranger whose name was made to point here (DNS rebinding), and a link with a forged `Host`, end before
anything reads them. It stands in front of both ways in, Flask's and `halo.mcp.front`; outside production, people reach
Halo by many names.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from halo.ground.settings import DEFAULT_PORTS, Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FOR_ALL = frozenset({"/healthz", "/readyz"})
"""What a load balancer asks by address."""
REFUSAL = b"Halo does not answer under this host name. Its operator sets the right one with HALO_BASE_URL.\n"


class OwnHost:
    """WSGI middleware: refuses requests that were sent to another host than the one of the base URL."""

    def __init__(self, inner: WSGIApplication, settings: Settings) -> None:
        self._inner, self._proxies = inner, settings.proxies
        parts = urlsplit(settings.base_url)
        host = parts.netloc.lower()
        default = f":{DEFAULT_PORTS[parts.scheme]}"
        self._ours = frozenset({host, host.removesuffix(default), host if parts.port else host + default})

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self._host(environ) in self._ours or environ["PATH_INFO"] in FOR_ALL:
            return self._inner(environ, start_response)
        length = str(len(REFUSAL))
        start_response("421 Misdirected Request", [("Content-Type", "text/plain"), ("Content-Length", length)])
        return [REFUSAL]

    def _host(self, environ: WSGIEnvironment) -> str:
        """What the client asked for: of the trusted proxies' words the outermost, else `Host`."""
        said = environ.get("HTTP_X_FORWARDED_HOST") if self._proxies else None
        if said:
            words = said.split(",")
            if len(words) >= self._proxies:
                return str(words[-self._proxies]).strip().lower()
        return str(environ.get("HTTP_HOST", "")).lower()
