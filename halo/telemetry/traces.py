"""The way to the OpenTelemetry SDK, for code that must not import it: the one tracing of this process, if any.

`start` switches it on (`halo.telemetry.otel`); until then nothing of OpenTelemetry is imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Span(Protocol):
    """A span that somebody will see."""

    def tell(self, attributes: Mapping[str, Any]) -> None:
        """Facts of it."""

    def end(self, error: str | None) -> None:
        """It is over; `error` is its error.type."""


class Tracing(Protocol):
    """What `halo.telemetry.otel.OpenTelemetry` does."""

    def begin(
        self, name: str, attributes: Mapping[str, str], meta: Mapping[str, Any], headers: Mapping[str, str], age_ns: int
    ) -> Any:
        """The SERVER span of an operation that began `age_ns` ago; its parent is named in `meta`, else in `headers`."""

    def child(self, name: str, kind: str, attributes: Mapping[str, Any]) -> Span | None:
        """A span below the present one; None where that is not sampled."""

    def carried(self) -> dict[str, str]:
        """What the next system has to be told to go on with this trace, as headers or in `_meta`."""

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


def carried() -> dict[str, str]:
    """See `Tracing.carried`; empty where nothing is traced."""
    on = tracing()
    return on.carried() if on is not None else {}
