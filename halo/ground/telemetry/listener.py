"""`/metrics`, on a listener of its own (`HALO_METRICS`), so that no door of Halo's has to keep strangers from it.

Every worker listens on the same port, as for Halo's own, and whichever is asked adds up everybody's sheets: a worker
that dies takes no figure along. The same thread writes this worker's sheet every second.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import Any

from halo.ground import limits
from halo.ground.telemetry import exposition, sheet


class Listener(ThreadingHTTPServer):
    """Answers scrapes until its process ends."""

    allow_reuse_port = True
    daemon_threads = True

    def __init__(self, address: tuple[str, int], instance: Path, refresh: Callable[[], None]) -> None:
        self.instance = instance
        self._refresh = refresh
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Scrape)

    def server_bind(self) -> None:
        """As any TCP server's; that of HTTP asks for the host's name, which may take seconds."""
        TCPServer.server_bind(self)

    def service_actions(self) -> None:
        """Every second, and after each scrape."""
        self.publish()

    def publish(self) -> None:
        """Write this process's sheet as it is now."""
        if (counted := sheet.open_one()) is not None:
            self._refresh()
            counted.publish()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A scraper that went away is nobody's fault."""


class _Scrape(BaseHTTPRequestHandler):
    server: Listener
    timeout = limits.SCRAPE_SECONDS
    server_version, sys_version = "Halo", ""

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != "/metrics":
            self.send_error(404, "Only /metrics is here")
            return
        self.server.publish()
        body = exposition.text(sheet.added_up(self.server.instance)).encode()
        self.send_response(200)
        self.send_header("Content-Type", exposition.CONTENT_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Scrapes are no news."""
