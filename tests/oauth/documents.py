"""A vendor's web server that serves client id metadata documents, on loopback."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy import update

from halo.ground.database import now, one_change
from halo.oauth.models import OAuthClient
from tests.support.listening import listening


class Vendor:
    """What it serves is what `answers` says: path -> (status, headers, body)."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[str] = []
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                vendor.asked.append(self.path)
                status, headers, body = vendor.answers.get(self.path, (404, {}, b""))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def serve(self, path: str, headers: dict[str, str] | None = None, **metadata: Any) -> str:
        """Publish a document; its address, which is the client's id."""
        document = {
            "client_id": self.url + path,
            "client_name": "Vendor",
            "redirect_uris": ["http://127.0.0.1/callback"],
            "token_endpoint_auth_method": "none",
        } | metadata
        self.answers[path] = (
            200,
            {"Content-Type": "application/json"} | (headers or {}),
            json.dumps(document).encode(),
        )
        return self.url + path


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    made = Vendor()
    with listening(made.server):
        yield made


def make_stale(since: datetime.timedelta = datetime.timedelta(seconds=1)) -> None:
    """Let every document that was read be one to read again."""
    with one_change() as session:
        session.execute(update(OAuthClient).values(document_fresh_until=now() - since))
