"""The OpenTelemetry SDK, set up by its own `OTEL_*` variables. Imported only where one of them asks for it.

Not as the global provider: what other libraries might trace through that (statements with values, addresses with
secrets) is not ours to promise anything about.
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Mapping
from typing import Any

from opentelemetry import context as contexts
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider, sampling
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Link, SpanKind, Status, StatusCode, format_trace_id

from halo.settings import Settings
from halo.telemetry.otel_metrics import Sender
from halo.telemetry.traces import Carrier

SCOPE = "halo"
_KINDS = {"internal": SpanKind.INTERNAL, "client": SpanKind.CLIENT}
_EXPORTERS = {"otlp": OTLPSpanExporter, "console": ConsoleSpanExporter}
_ROOT = Context()
_SPAN_BITS = (1 << 64) - 1


class OpenTelemetry:
    """Spans and the histogram of this process, on their way to a collector."""

    def __init__(self, settings: Settings) -> None:
        resource = _resource()
        is_on = settings.traces_exporter != "none"
        # Without an exporter a trace is only handed on.
        self._ids = _Ids()
        sampler = None if is_on else sampling.ALWAYS_OFF
        self._traces = TracerProvider(sampler, resource, shutdown_on_exit=False, id_generator=self._ids)
        if is_on:
            self._traces.add_span_processor(BatchSpanProcessor(_EXPORTERS[settings.traces_exporter]()))
        self._tracer = self._traces.get_tracer(SCOPE)
        chosen = settings.metrics_exporter
        self._metrics = Sender(chosen, SCOPE, resource) if chosen != "none" else None

    def begin(
        self, operation: tuple[str, str, str], request_id: str | None, carrier: Carrier, started_ns: int
    ) -> _Server | _Unseen:
        method, tool, version = operation
        sent, outer = _sent(carrier.meta), _sent(carrier.headers)
        name = f"{method} {tool}" if tool else method
        parent = propagate.extract(sent or outer, context=_ROOT) if sent or outer else _ROOT
        if parent is _ROOT and (unseen := self._not_sampled(name)) is not None:
            return unseen
        span = self._tracer.start_span(
            name,
            context=parent,
            kind=SpanKind.SERVER,
            attributes={"mcp.method.name": method},
            links=_links(outer) if sent and outer else None,
            start_time=time.time_ns() - (time.perf_counter_ns() - started_ns),
        )
        if span.is_recording():
            facts = {
                "gen_ai.tool.name": tool,
                "gen_ai.operation.name": "execute_tool" if method == "tools/call" else "",
                "mcp.protocol.version": version,
                "jsonrpc.request.id": request_id or "",
            }
            span.set_attributes({name: value for name, value in facts.items() if value})
        return _Server(span, parent)

    def _not_sampled(self, name: str) -> _Unseen | None:
        """A trace of our own that nobody will see, found out before a span is made of it."""
        planned = self._ids.plan()
        if (
            self._traces.sampler.should_sample(None, planned, name, SpanKind.SERVER).decision
            is not sampling.Decision.DROP
        ):
            return None
        self._ids.forget()
        return _Unseen(planned)

    def child(self, name: str, kind: str, attributes: Mapping[str, Any]) -> _Child:
        return _Child(self._tracer.start_span(name, kind=_KINDS[kind], attributes=attributes))

    def stop(self) -> None:
        self._traces.shutdown()
        if self._metrics is not None:
            self._metrics.stop()


class _Ids(RandomIdGenerator):
    """Gives the span that is made next the trace id that its sampler was asked about."""

    def __init__(self) -> None:
        self._planned = threading.local()

    def plan(self) -> int:
        """An id for the next trace of this thread."""
        self._planned.id = super().generate_trace_id()
        return int(self._planned.id)

    def forget(self) -> None:
        """There will be no such trace."""
        self._planned.id = None

    def generate_trace_id(self) -> int:
        planned, self._planned.id = getattr(self._planned, "id", None), None
        return planned or super().generate_trace_id()


class _Child:
    """A step: the present span until its end."""

    def __init__(self, span: trace.Span, parent: Context | None = None) -> None:
        self._span = span
        self._attached = contexts.attach(trace.set_span_in_context(span, parent))

    def tell(self, attributes: Mapping[str, Any]) -> None:
        """Facts of it."""
        self._span.set_attributes(attributes)

    def end(self, error: str) -> None:
        """It is over."""
        if error:
            self._span.set_attribute("error.type", error)
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()
        contexts.detach(self._attached)


class _Unseen:
    """An operation of which nobody will see a span: nineteen of twenty, usually."""

    __slots__ = ("_planned",)
    trace_id = None
    is_seen = False

    def __init__(self, planned: int) -> None:
        self._planned = planned

    def carried(self) -> dict[str, str]:
        """So that the next system does not sample it either."""
        said: dict[str, str] = {}
        context = trace.SpanContext(self._planned, self._planned & _SPAN_BITS or 1, is_remote=False)
        propagate.inject(said, trace.set_span_in_context(trace.NonRecordingSpan(context), _ROOT))
        return said

    def tell(self, attributes: Mapping[str, Any]) -> None:
        """To nobody."""

    def end(self, error: str) -> None:
        """Unseen."""


class _Server:
    """An operation."""

    __slots__ = ("_parent", "_seen", "_span")

    def __init__(self, span: trace.Span, parent: Context) -> None:
        self._span, self._parent = span, parent
        self._seen = _Child(span, parent) if span.is_recording() else None

    @property
    def is_seen(self) -> bool:
        """Whether it is sampled."""
        return self._seen is not None

    @property
    def trace_id(self) -> str | None:
        """Of the trace, if anybody will find it: it is sampled, or the caller's."""
        found = self._span.get_span_context()
        return format_trace_id(found.trace_id) if found.is_valid else None

    def carried(self) -> dict[str, str]:
        """What the next system has to be told to go on with this trace, as headers or in `_meta`."""
        said: dict[str, str] = {}
        propagate.inject(said, None if self._seen else trace.set_span_in_context(self._span, self._parent))
        return said

    def tell(self, attributes: Mapping[str, Any]) -> None:
        """Facts of it."""
        if self._seen is not None:
            self._seen.tell(attributes)

    def end(self, error: str) -> None:
        """It is over."""
        if self._seen is not None:
            self._seen.end(error)


def _sent(carrier: Mapping[str, Any]) -> dict[str, str]:
    """What of the carrier tells of a trace."""
    if not carrier:
        return {}
    fields = propagate.get_global_textmap().fields
    return {name: value for name in fields if isinstance(value := carrier.get(name), str)}


def _links(headers: dict[str, str]) -> list[Link]:
    """The trace of the HTTP request, beside that of the message, which is the parent."""
    outer = trace.get_current_span(propagate.extract(headers, context=_ROOT)).get_span_context()
    return [Link(outer)] if outer.is_valid else []


def _resource() -> Resource:
    from halo import __version__

    named = "OTEL_SERVICE_NAME" in os.environ or f"{SERVICE_NAME}=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    own = {"service.version": __version__, "service.instance.id": str(uuid.uuid4())}
    return Resource.create(own if named else {SERVICE_NAME: SCOPE} | own)
