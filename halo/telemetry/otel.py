"""The OpenTelemetry SDK, set up by its own `OTEL_*` variables. Imported only where one of them asks for it.

Not as the global provider: what other libraries might trace through that (statements with values, addresses with
secrets) is not ours to promise anything about.
"""

from __future__ import annotations

import logging
import os
import time
import uuid
from collections.abc import Mapping
from typing import Any

from opentelemetry import context as contexts
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import Histogram
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
from opentelemetry.trace import Link, SpanKind, Status, StatusCode, format_trace_id

from halo.settings import Settings
from halo.telemetry.measures import MCP_SECONDS

SCOPE = "halo"
FLUSH_MILLISECONDS = 5000
"""For what waits when a worker stops; it is killed after fifteen seconds."""
_KINDS = {"internal": SpanKind.INTERNAL, "client": SpanKind.CLIENT}
_SPAN_EXPORTERS = {"otlp": OTLPSpanExporter, "console": ConsoleSpanExporter}
_METRIC_EXPORTERS = {"otlp": OTLPMetricExporter, "console": ConsoleMetricExporter}
_OF_METRICS = ("mcp.method.name", "gen_ai.tool.name", "gen_ai.operation.name", "mcp.protocol.version")


class OpenTelemetry:
    """Spans and the histogram of this process, on their way to a collector."""

    def __init__(self, settings: Settings) -> None:
        logging.getLogger("opentelemetry").setLevel(logging.WARNING)
        resource = _resource()
        self._traces = TracerProvider(resource=resource, shutdown_on_exit=False)
        if settings.traces_exporter != "none":
            self._traces.add_span_processor(BatchSpanProcessor(_SPAN_EXPORTERS[settings.traces_exporter]()))
        self._tracer = self._traces.get_tracer(SCOPE)
        self._is_tracing = settings.traces_exporter != "none"
        self._metrics: MeterProvider | None = None
        self._duration: Histogram | None = None
        if settings.metrics_exporter != "none":
            reader = PeriodicExportingMetricReader(_METRIC_EXPORTERS[settings.metrics_exporter]())
            self._metrics = MeterProvider([reader], resource=resource, shutdown_on_exit=False)
            self._duration = self._metrics.get_meter(SCOPE).create_histogram(
                "mcp.server.operation.duration",
                unit="s",
                description="MCP request or notification duration as observed on the receiver.",
                explicit_bucket_boundaries_advisory=list(MCP_SECONDS),
            )

    def begin(
        self, name: str, attributes: Mapping[str, str], meta: Mapping[str, Any], headers: Mapping[str, str], age_ns: int
    ) -> _Server:
        sent = _sent(meta)
        outer = _sent(headers)
        parent = propagate.extract(sent or outer, context=Context()) if sent or outer else Context()
        links = _links(outer) if sent and outer else None
        if not self._is_tracing:
            return _Server(self._duration, attributes, trace.INVALID_SPAN, parent)
        span = self._tracer.start_span(
            name,
            context=parent,
            kind=SpanKind.SERVER,
            attributes=attributes,
            links=links,
            start_time=time.time_ns() - age_ns,
        )
        return _Server(self._duration, attributes, span, parent)

    def child(self, name: str, kind: str, attributes: Mapping[str, Any]) -> _Child | None:
        if not trace.get_current_span().is_recording():
            return None
        return _Child(self._tracer.start_span(name, kind=_KINDS[kind], attributes=attributes))

    def carried(self) -> dict[str, str]:
        carrier: dict[str, str] = {}
        propagate.inject(carrier)
        return carrier

    def stop(self) -> None:
        self._traces.shutdown()
        if self._metrics is not None:
            self._metrics.shutdown(FLUSH_MILLISECONDS)


class _Spanned:
    """A span that is the present one until its end."""

    def __init__(self, span: trace.Span, parent: Context | None) -> None:
        self._span = span
        self._attached = contexts.attach(trace.set_span_in_context(span, parent))

    def tell(self, attributes: Mapping[str, Any]) -> None:
        """Facts of it."""
        if self._span.is_recording():
            self._span.set_attributes(attributes)

    def _over(self, error: str | None) -> None:
        if error is not None and self._span.is_recording():
            self._span.set_attribute("error.type", error)
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()
        contexts.detach(self._attached)


class _Child(_Spanned):
    """A step."""

    def __init__(self, span: trace.Span) -> None:
        super().__init__(span, None)

    def end(self, error: str | None) -> None:
        """It is over."""
        self._over(error)


class _Server(_Spanned):
    """An operation."""

    def __init__(
        self, duration: Histogram | None, attributes: Mapping[str, str], span: trace.Span, parent: Context
    ) -> None:
        self._duration, self._attributes = duration, attributes
        remote = trace.get_current_span(parent).get_span_context()
        super().__init__(span if span is not trace.INVALID_SPAN else trace.get_current_span(parent), parent)
        found = span.get_span_context() if span.is_recording() else remote
        self.trace_id = format_trace_id(found.trace_id) if found.is_valid else None
        """Of the trace, if anybody will find it."""

    def end(self, error: str | None, seconds: float) -> None:
        """It is over, after so long."""
        self._over(error)
        if self._duration is not None:
            said = {name: value for name in _OF_METRICS if (value := self._attributes.get(name)) is not None}
            self._duration.record(seconds, said | ({"error.type": error} if error else {}))


def _sent(carrier: Mapping[str, Any]) -> dict[str, str]:
    """What of the carrier tells of a trace."""
    if not carrier:
        return {}
    fields = propagate.get_global_textmap().fields
    return {name: value for name in fields if isinstance(value := carrier.get(name), str)}


def _links(headers: dict[str, str]) -> list[Link]:
    """The trace of the HTTP request, beside that of the message, which is the parent."""
    outer = trace.get_current_span(propagate.extract(headers, context=Context())).get_span_context()
    return [Link(outer)] if outer.is_valid else []


def _resource() -> Resource:
    from halo import __version__

    named = "OTEL_SERVICE_NAME" in os.environ or f"{SERVICE_NAME}=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    own = {"service.version": __version__, "service.instance.id": str(uuid.uuid4())}
    return Resource.create(own if named else {SERVICE_NAME: SCOPE} | own)
