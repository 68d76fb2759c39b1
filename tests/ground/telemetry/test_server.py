"""The real server with two workers: figures added up over both, spans of both, and all of it there after a stop."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.cast import OWNER
from tests.ground.telemetry.collector import Collector
from tests.support.live import LiveServer
from tests.support.parts import free_port
from tests.support.until import until

Start = Callable[..., LiveServer]
CALLS = 24


@pytest.fixture
def scrape() -> Callable[[], dict[str, float]]:
    """The listener's figures, each metric's samples added up."""
    port = free_port()

    def read() -> dict[str, float]:
        answer = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False, timeout=10)
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        said: dict[str, float] = {}
        for family in text_string_to_metric_families(answer.text):
            for it in family.samples:
                said[it.name] = said.get(it.name, 0) + it.value
        return said

    read.port = port  # type: ignore[attr-defined]
    return read


def call(server: LiveServer, times: int) -> None:
    """Calls on connections of their own, so that both workers have some."""
    made = server.flask("token", "create", "--workspace", "acme", "--person", OWNER, "--scopes", "docs:read")
    headers = {"Authorization": f"Bearer {made.stdout.strip()}"}
    params = {"name": "search_docs", "arguments": {"query": "flags"}}
    for number in range(times):
        body = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}
        assert httpx.post(server.mcp_url, json=body, headers=headers, timeout=30).status_code == 200


def test_two_workers_are_one_figure_and_a_dead_one_loses_none(start_server: Start, scrape: Callable) -> None:
    server = start_server(HALO_METRICS=f"127.0.0.1:{scrape.port}")
    call(server, CALLS)
    until(lambda: scrape()["halo_calls_total"] == CALLS)
    said = scrape()
    assert said["halo_workers"] == 2 and said["halo_memory_bytes"] > 20_000_000
    assert said["mcp_server_operation_duration_seconds_count"] == CALLS
    victim = server.workers()[0]
    os.kill(victim, signal.SIGKILL)
    until(lambda: len(server.workers()) == 2 and victim not in server.workers())
    until(lambda: (now := scrape())["halo_workers"] == 2 and now["halo_calls_total"] == CALLS)
    server.restart()
    until(lambda: scrape()["halo_workers"] == 2)
    assert scrape()["halo_calls_total"] == CALLS


def test_nothing_else_is_answered_there(start_server: Start, scrape: Callable) -> None:
    start_server(HALO_METRICS=f"127.0.0.1:{scrape.port}", HALO_WORKERS="1")
    for path in ("/", "/dashboard", "/api/mcp", "/metrics/../healthz"):
        assert httpx.get(f"http://127.0.0.1:{scrape.port}{path}", trust_env=False).status_code == 404
    assert httpx.post(f"http://127.0.0.1:{scrape.port}/metrics", trust_env=False).status_code == 501


def test_spans_and_metrics_of_both_workers_are_there_after_a_stop(start_server: Start, collector: Collector) -> None:
    late = {"OTEL_BSP_SCHEDULE_DELAY": "600000", "OTEL_METRIC_EXPORT_INTERVAL": "600000"}
    server = start_server(**(collector.environment | late))
    call(server, CALLS)
    assert collector.spans == []
    assert server.stop() == 0
    spans = collector.named("tools/call search_docs")
    assert len(spans) == CALLS
    assert {tuple(it.name for it in collector.below(span)) for span in spans} == {("gate", "handler", "audit_write")}
    assert 1 <= len({span.resource["service.instance.id"] for span in spans}) <= 2
    assert sum(count for _, attributes, count, _ in collector.points) == CALLS


def test_a_collector_that_is_away_holds_nobody_up(start_server: Start) -> None:
    server = start_server(
        OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{free_port()}",
        OTEL_BSP_SCHEDULE_DELAY="50",
        OTEL_EXPORTER_OTLP_TIMEOUT="1",
    )
    call(server, 3)
    assert httpx.get(f"{server.url}/healthz").status_code == 200
    assert server.stop() == 0
    assert "Traceback" not in server.log()
