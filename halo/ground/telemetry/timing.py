"""Steps of a call: each is a span below the call's, and counts into `measures.STEPS`.

    with step("gate"):
        ...

The names are the values of a label, so they stand here: gate, handler, upstream, audit_write.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Any, Literal, Self

from halo.ground.telemetry import measures, operations, traces

Name = Literal["gate", "handler", "upstream", "audit_write"]
_NOTHING = nullcontext()


def step(
    name: Name, *, kind: str = "internal", attributes: Mapping[str, Any] | None = None
) -> AbstractContextManager[TimedStep | None]:
    """The step as a context; nothing where nobody listens."""
    if not operations.is_watched():
        return _NOTHING
    return TimedStep(name, kind, attributes or {})


class TimedStep:
    """One step that somebody may see."""

    __slots__ = ("_name", "_span", "_started")

    def __init__(self, name: Name, kind: str, attributes: Mapping[str, Any]) -> None:
        self._name, self._started = name, time.perf_counter()
        on = traces.tracing() if operations.is_seen() else None
        self._span = on.child(name, kind, attributes) if on is not None else None

    def __enter__(self) -> Self:
        return self

    def tell(self, attributes: Mapping[str, Any]) -> None:
        """Facts for the span."""
        if self._span is not None:
            self._span.tell(attributes)

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, traceback: TracebackType | None
    ) -> None:
        measures.STEPS.observe(time.perf_counter() - self._started, self._name)
        if self._span is not None:
            self._span.end(kind.__name__ if kind is not None else "")
