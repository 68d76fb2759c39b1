"""The histogram of MCP's conventions over OTLP, from what this process counts anyway (`halo.ground.telemetry.sheet`).

The SDK's own instruments would count everything a second time, at the cost of a tenth of a call.
"""

from __future__ import annotations

import logging
import os
import threading
import time

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.environment_variables import OTEL_METRIC_EXPORT_INTERVAL
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    ConsoleMetricExporter,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    ResourceMetrics,
    ScopeMetrics,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from halo.ground.telemetry import sheet
from halo.ground.telemetry.measures import OPERATIONS

NAME = "mcp.server.operation.duration"
_EXPORTERS = {"otlp": OTLPMetricExporter, "console": ConsoleMetricExporter}
_ATTRIBUTES = ("mcp.method.name", "gen_ai.tool.name", "mcp.protocol.version", "error.type")
log = logging.getLogger("halo.ground.telemetry")


class Sender:
    """Sends the histogram every minute (OTEL_METRIC_EXPORT_INTERVAL), and once more at the end."""

    def __init__(self, exporter: str, scope: str, resource: Resource) -> None:
        self._exporter = _EXPORTERS[exporter]()
        self._scope, self._resource = InstrumentationScope(scope), resource
        self._began_ns = time.time_ns()
        self._seconds = int(os.environ.get(OTEL_METRIC_EXPORT_INTERVAL, "60000")) / 1000
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="otlp-metrics", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send the last figures."""
        self._stopped.set()
        self._thread.join()
        self._exporter.shutdown()

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds):
            self._send()
        self._send()

    def _send(self) -> None:
        points = [self._point(labels, row) for (name, labels), row in sheet.own().items() if name == OPERATIONS.name]
        if not points:
            return
        data = Histogram(points, AggregationTemporality.CUMULATIVE)
        metric = Metric(NAME, OPERATIONS.says, "s", data)
        within = ScopeMetrics(self._scope, [metric], "")
        try:
            self._exporter.export(MetricsData([ResourceMetrics(self._resource, [within], "")]))
        except Exception:
            log.exception("metrics could not be sent to the collector")

    def _point(self, labels: tuple[str, ...], row: list[float]) -> HistogramDataPoint:
        *counts, total = row
        known = {name: value for name, value in zip(_ATTRIBUTES, labels, strict=True) if value}
        if known["mcp.method.name"] == "tools/call":
            known["gen_ai.operation.name"] = "execute_tool"
        whole = [int(count) for count in counts]
        # The least and the most are not kept.
        return HistogramDataPoint(
            known, self._began_ns, time.time_ns(), sum(whole), total, whole, OPERATIONS.bounds, float("inf"), 0.0
        )
