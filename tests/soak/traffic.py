"""What fifty workspaces do at once: calls, listings, mistakes, pages, sign-ins and the widget's posts, at random."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from tests.soak.world import World

CALLERS = 12
PATIENCE = 30.0
"""Seconds that a caller waits for an answer; longer than any promise."""
PAUSE = 0.02
"""Between two requests of a caller: mixed traffic, not a benchmark."""
_ids = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Answered:
    """One request and what came of it; status 0 where the connection broke."""

    at: float
    kind: str
    status: int
    seconds: float
    retry_after: str | None = None
    excerpt: str = ""


@dataclass
class Seen:
    """Everything that the callers saw, and the ids of the calls that were answered with a result."""

    answers: list[Answered] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)


class Traffic:
    """Callers in threads of this process, until the block ends."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._seed = seed
        self._over = threading.Event()
        self.seen = Seen()
        self._threads = [threading.Thread(target=self._keep_asking, args=(number,)) for number in range(CALLERS)]
        self._threads.append(threading.Thread(target=self._keep_watching))

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _keep_asking(self, number: int) -> None:
        chance = random.Random(self._seed * 1000 + number)
        with httpx.Client(timeout=PATIENCE, trust_env=False) as http:
            while not self._over.wait(PAUSE):
                chance.choices(KINDS, WEIGHTS)[0](self, http, chance)

    def _keep_watching(self) -> None:
        with httpx.Client(timeout=PATIENCE, trust_env=False) as http:
            while not self._over.wait(0.25):
                self._send(http, "healthz", "GET", "/healthz")

    def _send(self, http: httpx.Client, kind: str, method: str, path: str, **options: Any) -> httpx.Response | None:
        began = time.monotonic()
        try:
            answer = http.request(method, self._world.server.url + path, **options)
        except httpx.HTTPError as broken:
            seconds = time.monotonic() - began
            self.seen.answers.append(Answered(began, kind, 0, seconds, excerpt=type(broken).__name__))
            return None
        seconds = time.monotonic() - began
        excerpt = answer.text[:300] if answer.status_code >= 500 else ""
        after = answer.headers.get("Retry-After")
        self.seen.answers.append(Answered(began, kind, answer.status_code, seconds, after, excerpt))
        return answer

    def _ask(self, http: httpx.Client, chance: random.Random, method: str, params: dict[str, Any]) -> None:
        identity = f"soak-{next(_ids)}"
        headers = {"Authorization": f"Bearer {chance.choice(self._world.tokens)}", "Accept": "application/json"}
        body = {"jsonrpc": "2.0", "id": identity, "method": method, "params": params}
        answer = self._send(http, method, "POST", "/api/mcp", json=body, headers=headers)
        if method != "tools/call" or answer is None or answer.status_code != 200:
            return
        if answer.json().get("id") == identity and "result" in answer.json():
            self.seen.calls.append(identity)

    def call(self, http: httpx.Client, chance: random.Random) -> None:
        name, arguments = chance.choice(CALLS)
        self._ask(http, chance, "tools/call", {"name": name, "arguments": arguments})

    def list_tools(self, http: httpx.Client, chance: random.Random) -> None:
        self._ask(http, chance, "tools/list", {})

    def call_what_is_not_there(self, http: httpx.Client, chance: random.Random) -> None:
        self._ask(http, chance, "tools/call", {"name": "no_such_tool", "arguments": {}})

    def ask_as_a_stranger(self, http: httpx.Client, chance: random.Random) -> None:
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        headers = {"Authorization": f"Bearer halo_at_{chance.randrange(10**9)}"}
        self._send(http, "stranger", "POST", "/api/mcp", json=body, headers=headers)

    def open_a_page(self, http: httpx.Client, chance: random.Random) -> None:
        self._send(http, "page", "GET", chance.choice(("/signin", "/docs", "/dashboard/audit")))

    def read_metadata(self, http: httpx.Client, chance: random.Random) -> None:
        self._send(http, "metadata", "GET", "/.well-known/oauth-authorization-server")

    def ingest(self, http: httpx.Client, chance: random.Random) -> None:
        key, number = chance.choice(self._world.keys), chance.randrange(200)
        body = {"user_id": f"u{number}", "traits": {"name": f"Customer {number}"}}
        headers = {"Authorization": f"Bearer {key}"}
        self._send(http, "ingestion", "POST", "/api/sdk/users/identify", json=body, headers=headers)


CALLS = (
    ("setup_get_jwt_sample", {"language": "python"}),
    ("search_docs", {"query": "scopes"}),
    ("data_find_user", {"external_id": "u7"}),
    ("data_search_users", {"query": "customer"}),
    ("data_search_tickets", {"status": ["open"]}),
)
Kind = Callable[[Traffic, httpx.Client, random.Random], None]
MIX: dict[Kind, int] = {
    Traffic.call: 60,
    Traffic.list_tools: 10,
    Traffic.call_what_is_not_there: 5,
    Traffic.ask_as_a_stranger: 5,
    Traffic.open_a_page: 5,
    Traffic.read_metadata: 5,
    Traffic.ingest: 10,
}
"""What they do, and how often of a hundred."""
KINDS, WEIGHTS = tuple(MIX), tuple(MIX.values())
