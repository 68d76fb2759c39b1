"""The way to the OpenTelemetry SDK, for code that must not import it: the one tracing of this process, if any.

`start` switches it on (`halo.telemetry.otel`); until then nothing of OpenTelemetry is imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Carrier:
    """What came with a message that may name a trace: its `_meta`, and the headers of the request."""

    meta: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


class Span(Protocol):
    """A span that somebody may see."""

    def tell(self, attributes: Mapping[str, Any]) -> None:
        """Facts of it."""

    def end(self, error: str) -> None:
        """It is over; `error` is its error.type, empty for none."""


class ServerSpan(Span, Protocol):
    """The span of an operation."""

    @property
    def trace_id(self) -> str | None:
        """Of its trace, if anybody will find it."""

    @property
    def is_seen(self) -> bool:
        """Whether it is sampled."""

    def carried(self) -> dict[str, str]:
        """What the next system has to be told to go on with it."""


class Tracing(Protocol):
    """What `halo.telemetry.otel.OpenTelemetry` does."""

    def begin(
        self, operation: tuple[str, str, str], request_id: str | None, carrier: Carrier, started_ns: int
    ) -> ServerSpan:
        """The span of an operation (method, tool, version) that began then, by the clock that counts from nowhere."""

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
