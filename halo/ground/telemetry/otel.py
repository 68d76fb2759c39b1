"""The OpenTelemetry SDK, set up by its own `OTEL_*` variables. Imported only where one of them asks for it.

Not as the global provider: what other libraries might trace through that (statements with values, addresses with
secrets) is not ours to promise anything about.
"""

from __future__ import annotations

import os
import random
import time
import uuid
from collections.abc import Mapping
from contextvars import ContextVar
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

from halo.ground.settings import Settings
from halo.ground.telemetry.otel_metrics import Sender
from halo.ground.telemetry.otel_unseen import ROOT, Unsampled, Unseen, parent_of
from halo.ground.telemetry.traces import Carrier

SCOPE = "halo"
_planned: ContextVar[int | None] = ContextVar("planned trace", default=None)
_KINDS = {"internal": SpanKind.INTERNAL, "client": SpanKind.CLIENT}
_EXPORTERS = {"otlp": OTLPSpanExporter, "console": ConsoleSpanExporter}


class OpenTelemetry:
    """Spans and the histogram of this process, on their way to a collector."""

    def __init__(self, settings: Settings) -> None:
        resource = _resource()
        is_on = settings.traces_exporter != "none"
        # Without an exporter a trace is only handed on.
        sampler = None if is_on else sampling.ALWAYS_OFF
        self._traces = TracerProvider(sampler, resource, shutdown_on_exit=False, id_generator=_Ids())
        if is_on:
            self._traces.add_span_processor(BatchSpanProcessor(_EXPORTERS[settings.traces_exporter]()))
        self._tracer = self._traces.get_tracer(SCOPE)
        self.fields = tuple(sorted(propagate.get_global_textmap().fields))
        self._unseen = Unsampled(self._traces.sampler)
        chosen = settings.metrics_exporter
        self._metrics = Sender(chosen, SCOPE, resource) if chosen != "none" else None

    def begin(
        self, operation: tuple[str, str, str], request_id: str | None, carrier: Carrier | None, started_ns: int
    ) -> _Seen | Unseen:
        drawn = random.getrandbits(128)
        unseen = self._unseen.own(drawn) if carrier is None else self._unseen.called(carrier)
        if unseen is not None:
            return unseen
        method, tool, version = operation
        facts = {
            "mcp.method.name": method,
            "gen_ai.tool.name": tool,
            "gen_ai.operation.name": "execute_tool" if method == "tools/call" else "",
            "mcp.protocol.version": version,
            "jsonrpc.request.id": request_id or "",
        }
        parent = parent_of(carrier)
        _planned.set(drawn)
        span = self._tracer.start_span(
            f"{method} {tool}" if tool else method,
            context=parent,
            kind=SpanKind.SERVER,
            attributes={name: value for name, value in facts.items() if value},
            links=_links(carrier.headers) if carrier and carrier.meta and carrier.headers else None,
            start_time=time.time_ns() - (time.perf_counter_ns() - started_ns),
        )
        if span.is_recording():
            return _Seen(span, parent)
        above = trace.get_current_span(parent).get_span_context()
        return Unseen(drawn, carrier, format_trace_id(above.trace_id) if above.is_valid else None)

    def child(self, name: str, kind: str, attributes: Mapping[str, Any]) -> _Child:
        return _Child(self._tracer.start_span(name, kind=_KINDS[kind], attributes=attributes))

    def stop(self) -> None:
        self._traces.shutdown()
        if self._metrics is not None:
            self._metrics.stop()


class _Ids(RandomIdGenerator):
    """Gives the span that is made next the trace id that was drawn for it."""

    def generate_trace_id(self) -> int:
        planned = _planned.get()
        _planned.set(None)
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


class _Seen:
    """A trace that is sampled: the operation's span is the present one until its end."""

    __slots__ = ("span", "trace_id")

    def __init__(self, span: trace.Span, parent: Context) -> None:
        self.span = _Child(span, parent)
        self.trace_id = format_trace_id(span.get_span_context().trace_id)

    def carried(self) -> dict[str, str]:
        """What the next system has to be told to go on with this trace, as headers or in `_meta`."""
        said: dict[str, str] = {}
        propagate.inject(said)
        return said


def _links(headers: Mapping[str, str]) -> list[Link]:
    """The trace of the HTTP request, beside that of the message, which is the parent."""
    outer = trace.get_current_span(propagate.extract(headers, context=ROOT)).get_span_context()
    return [Link(outer)] if outer.is_valid else []


def _resource() -> Resource:
    from halo import __version__

    named = "OTEL_SERVICE_NAME" in os.environ or f"{SERVICE_NAME}=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    own = {"service.version": __version__, "service.instance.id": str(uuid.uuid4())}
    return Resource.create(own if named else {SERVICE_NAME: SCOPE} | own)
