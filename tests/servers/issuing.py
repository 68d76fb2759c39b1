"""A third-party MCP server behind an authorization server of its own: rotating refresh tokens, each good once."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import itertools
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.servers.upstream import Answer, Asked, Theirs, modern, theirs


class Issuing:
    """What stands in `metadata` and `resource` goes into the documents; what is set below decides the answers."""

    def __init__(self) -> None:
        self.server: Theirs
        self.metadata: dict[str, Any] = {}
        self.resource: dict[str, Any] = {}
        self.lives: float = 3600
        self.failing = 0
        """The status with which the token endpoint fails; 0 where it does not."""
        self.scope = "read write"
        self.codes: dict[str, dict[str, str]] = {}
        """Code -> the parameters that it was given for."""
        self.access: set[str] = set()
        self.refresh: set[str] = set()
        """What is good now."""
        self.renewed = 0
        """How often it gave the next tokens."""
        self.answered = 0
        """Requests to renew that are over."""
        self.spent: dict[str, dict[str, Any]] = {}
        """What it gave for a refresh token that is spent; it gives the same again, until that is used."""
        self.holding = threading.Event()
        """Set: a refresh is answered at once. Cleared: it waits."""
        self.holding.set()
        self.came = threading.Event()
        """A refresh came."""
        self._lock, self._count = threading.Lock(), itertools.count(1)

    @property
    def origin(self) -> str:
        return self.server.origin

    def __call__(self, asked: Asked) -> Answer:
        path = urlsplit(asked.path).path
        if path.startswith("/.well-known/oauth-protected-resource"):
            return Answer({"resource": self.server.url, "authorization_servers": [self.origin]} | self.resource)
        if path == "/.well-known/oauth-authorization-server":
            return Answer(self._described())
        if path == "/register":
            return Answer({"client_id": "made", "client_secret": "s"}, 201)
        if path == "/token":
            return self._token(dict(parse_qsl(asked.body.decode())))
        if path == "/revoke":
            return self._revoked(dict(parse_qsl(asked.body.decode())))
        if path == "/mcp":
            return self._mcp(asked)
        return Answer(b"no", 404, "text/plain")

    def allow(self, address: str, **answer: str) -> dict[str, str]:
        """What a person's browser brings back after they said yes at this address."""
        asked = dict(parse_qsl(urlsplit(address).query))
        code = f"code-{next(self._count)}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.origin} | answer

    def issue(self) -> dict[str, Any]:
        """Tokens, as the token endpoint answers them."""
        number = next(self._count)
        access, refresh = f"at-{number}", f"rt-{number}"
        self.access.add(access)
        self.refresh.add(refresh)
        return {
            "access_token": access,
            "refresh_token": refresh,
            "expires_in": self.lives,
            "token_type": "Bearer",
            "scope": self.scope,
        }

    def posted(self, path: str) -> list[dict[str, str]]:
        """The forms that came to a path."""
        return [dict(parse_qsl(asked.body.decode())) for asked in self.server.asked if asked.path == path]

    def _described(self) -> dict[str, Any]:
        own = {
            "issuer": self.origin,
            "authorization_endpoint": f"{self.origin}/authorize",
            "token_endpoint": f"{self.origin}/token",
            "registration_endpoint": f"{self.origin}/register",
            "revocation_endpoint": f"{self.origin}/revoke",
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        } | self.metadata
        return {name: value for name, value in own.items() if value is not None}

    def _token(self, form: dict[str, str]) -> Answer:
        if form["grant_type"] == "refresh_token":
            self.came.set()
            self.holding.wait(30)
            with self._lock:
                answer = self._following(form["refresh_token"])
                self.answered += 1
            return answer
        asked = self.codes.pop(form.get("code", ""), {})
        proof = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        fits = asked.get("code_challenge") == proof.rstrip(b"=").decode()
        if not fits or asked.get("redirect_uri") != form.get("redirect_uri"):
            return Answer({"error": "invalid_grant"}, 400)
        return Answer(self.issue())

    def _following(self, refresh: str) -> Answer:
        if self.failing:
            return Answer(b"", self.failing)
        if refresh in self.spent and self.spent[refresh]["refresh_token"] in self.refresh:
            return Answer(self.spent[refresh])
        if refresh not in self.refresh:
            return Answer({"error": "invalid_grant"}, 400)
        self.refresh.discard(refresh)
        self.renewed += 1
        self.spent[refresh] = self.issue()
        return Answer(self.spent[refresh])

    def _revoked(self, form: dict[str, str]) -> Answer:
        self.access.discard(form["token"])
        self.refresh.discard(form["token"])
        return Answer(b"", 200)

    def _mcp(self, asked: Asked) -> Answer:
        if asked.headers.get("Authorization", "").removeprefix("Bearer ") in self.access:
            return modern(asked)
        where = f"{self.origin}/.well-known/oauth-protected-resource/mcp"
        return Answer(b"", 401, headers={"WWW-Authenticate": f'Bearer resource_metadata="{where}"'})


@contextlib.contextmanager
def issuing() -> Iterator[Issuing]:
    """Such a server, while it is needed."""
    made = Issuing()
    with theirs(made) as server:
        made.server = server
        yield made
        made.holding.set()
