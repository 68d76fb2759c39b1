"""Off is off: nothing of OpenTelemetry is imported, and no thread, file or series is made."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from halo.ground.settings import Settings
from halo.ground.telemetry import operations, timing
from tests.support.parts import ROOT

ALL_OF_IT = """
import sys, threading
from halo.ground.settings import Settings
from halo.serve import web_worker
settings = Settings.from_environment({"HALO_ENV": "test", "HALO_INSTANCE": sys.argv[1]})
web_worker.import_app_modules()
from halo import create_app, serve
from halo.serve import gauges
from halo.ground.telemetry.launch import start
app = create_app(settings)
start(settings, gauges.refresher(app))
app.test_client().post("/api/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "ping"})
app.test_client().get("/healthz")
names = ("opentelemetry", "prometheus_client", "google.protobuf", "halo.ground.telemetry.otel",
         "halo.ground.telemetry.listener")
print(sorted(name for name in names if name in sys.modules), threading.active_count())
"""


def test_with_everything_off_nothing_is_imported_and_no_thread_runs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ALL_OF_IT, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[] 1", done.stderr
    assert not (tmp_path / "metrics").exists()


def test_where_nobody_watches_a_step_is_one_shared_nothing() -> None:
    assert timing.step("gate") is timing.step("handler")
    assert not operations.is_watched() and operations.carried() == {} and operations.trace_id() is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ("none", "none")),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, ("otlp", "otlp")),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, ("otlp", "none")),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://c:4318/v1/metrics"}, ("none", "otlp")),
        ({"OTEL_TRACES_EXPORTER": "console"}, ("console", "none")),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_METRICS_EXPORTER": "none"}, ("otlp", "none")),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_SDK_DISABLED": "true"}, ("none", "none")),
    ],
)
def test_the_usual_variables_switch_it_on(given: dict[str, str], expected: tuple[str, str]) -> None:
    settings = Settings.from_environment({"HALO_ENV": "test", **given})
    assert (settings.traces_exporter, settings.metrics_exporter) == expected


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "OTEL_TRACES_EXPORTER"),
        ({"OTEL_METRICS_EXPORTER": "prometheus"}, "OTEL_METRICS_EXPORTER"),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "OTEL_EXPORTER_OTLP_PROTOCOL"),
        ({"HALO_METRICS": "9464"}, "HALO_METRICS"),
        ({"HALO_METRICS": "127.0.0.1:port"}, "HALO_METRICS"),
        ({"HALO_METRICS": "127.0.0.1:0"}, "HALO_METRICS"),
        ({"HALO_LOG": "xml"}, "HALO_LOG"),
        ({"HALO_LOG_REQUESTS": "some"}, "HALO_LOG_REQUESTS"),
        ({"HALO_TRACE_URL": "https://traces.example.com/"}, "HALO_TRACE_URL"),
        ({"HALO_TRACE_URL": "javascript:{trace_id}"}, "HALO_TRACE_URL"),
        ({"HALO_TRACE_URL": "https://t.example/{trace_id}/{span}"}, "HALO_TRACE_URL"),
    ],
)
def test_a_value_that_halo_cannot_use_is_named(given: dict[str, str], named: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        Settings.from_environment({"HALO_ENV": "test", **given})
    assert str(stopped.value).startswith(f"halo: {named}: ")


def test_the_listener_is_an_address_and_a_port() -> None:
    read = lambda value: Settings.from_environment({"HALO_ENV": "test", "HALO_METRICS": value}).metrics  # noqa: E731
    assert read("127.0.0.1:9464") == ("127.0.0.1", 9464) and read("[::1]:9464") == ("::1", 9464) and read("") is None
