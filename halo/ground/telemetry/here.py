"""The request that this thread answers: what its log lines and its traces say of it."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

_TAKEN_OVER = re.compile(r"[A-Za-z0-9._-]{8,64}")


@dataclass(slots=True)
class Request:
    """One HTTP request; what is not known yet is None."""

    id: str
    method: str
    started_ns: int = field(default_factory=time.perf_counter_ns)
    route: str | None = None
    """The pattern of its address, never the address: that may hold a secret, as the link of an invitation does."""
    status: int = 0
    workspace_id: str | None = None
    trace_id: str | None = None

    def facts(self) -> dict[str, Any]:
        """What every log line of this request carries."""
        facts = {
            "request_id": self.id,
            "trace_id": self.trace_id,
            "workspace_id": self.workspace_id,
            "route": self.route,
        }
        return {name: value for name, value in facts.items() if value is not None}

    def seconds(self) -> float:
        """How long it has taken so far."""
        return (time.perf_counter_ns() - self.started_ns) / 1e9


current: ContextVar[Request | None] = ContextVar("halo_request", default=None)


def arrived(environ: Mapping[str, Any], *, behind_proxy: bool) -> Request:
    """The request at the door. A reverse proxy of ours may have named it already; a stranger names nothing."""
    named = environ.get("HTTP_X_REQUEST_ID") if behind_proxy else None
    if named is not None and _TAKEN_OVER.fullmatch(named):
        return Request(named, environ["REQUEST_METHOD"])
    drawn = random.getrandbits(64)
    return Request(f"{drawn:016x}", environ["REQUEST_METHOD"])


def on_route(route: str) -> None:
    """The pattern of the address is known."""
    if (request := current.get()) is not None:
        request.route = route


def of_workspace(workspace_id: str | None) -> None:
    """It is known whose request this is."""
    if (request := current.get()) is not None:
        request.workspace_id = workspace_id


def traced(trace_id: str | None) -> None:
    """The trace that it belongs to is known."""
    if (request := current.get()) is not None:
        request.trace_id = trace_id


def request_id() -> str | None:
    """What an operator finds this request by."""
    request = current.get()
    return request.id if request else None
