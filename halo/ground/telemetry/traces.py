"""The way to the OpenTelemetry SDK, for code that must not import it: the one tracing of this process, if any.

`start` switches it on (`halo.ground.telemetry.otel`); until then nothing of OpenTelemetry is imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Carrier:
    """What came with a message and names a trace: in its `_meta`, and in the headers of the request."""

    meta: Mapping[str, str]
    headers: Mapping[str, str]


class Span(Protocol):
    """A span that somebody may see."""

    def tell(self, attributes: Mapping[str, Any]) -> None:
        """Facts of it."""

    def end(self, error: str) -> None:
        """It is over; `error` is its error.type, empty for none."""


class Trace(Protocol):
    """The trace that an operation belongs to."""

    @property
    def span(self) -> Span | None:
        """Of the operation; None where the trace is not sampled."""

    @property
    def trace_id(self) -> str | None:
        """Its id, if anybody will find it."""

    def carried(self) -> dict[str, str]:
        """What the next system has to be told to go on with it."""


class Tracing(Protocol):
    """What `halo.ground.telemetry.otel.OpenTelemetry` does."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The names under which a message may name its trace."""

    def begin(
        self, operation: tuple[str, str, str], request_id: str | None, carrier: Carrier | None, started_ns: int
    ) -> Trace:
        """The trace of an operation (method, tool, version) that began then, by the clock that counts from nowhere."""

    def child(self, name: str, kind: str, attributes: Mapping[str, Any]) -> Span:
        """A span below the present one, which is sampled."""

    def stop(self) -> None:
        """Send what waits, and end."""


_on: list[Tracing] = []


def tracing() -> Tracing | None:
    """The tracing of this process; None where there is none."""
    return _on[0] if _on else None


def switch_on(made: Tracing) -> None:
    """Trace from now on."""
    _on[:] = [made]


def switch_off() -> None:
    """Send what waits; trace no more."""
    while _on:
        _on.pop().stop()
