"""What is counted, as a parser of Prometheus reads it: every outcome once, labels from our lists, nobody's text."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from halo.ground import limits
from halo.ground.telemetry import exposition, measures, sheet
from halo.serve import gauges
from tests.cast import OWNER
from tests.factories import a_token
from tests.support.browser import Browser
from tests.support.parts import ROOT
from tests.support.stores import Store

one_database = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read(instance: Path) -> Samples:
    """Every sample, by name and labels."""
    text = exposition.text(sheet.added_up(instance))
    return {
        (it.name, tuple(sorted(it.labels.items()))): it.value
        for family in text_string_to_metric_families(text)
        for it in family.samples
    }


def of(samples: Samples, name: str, **labels: str) -> float:
    """The sum of a metric's samples with these labels."""
    return sum(
        value for (known, said), value in samples.items() if known == name and labels.items() <= dict(said).items()
    )


@pytest.fixture
def counted(tmp_path: Path) -> Iterator[Path]:
    """The instance folder into which this process counts."""
    sheet.begin(tmp_path)
    yield tmp_path
    sheet.end()


def now(instance: Path) -> Samples:
    counted = sheet.open_one()
    assert counted is not None
    counted.publish()
    return read(instance)


def mcp(app: Flask, token: str, method: str = "tools/call", **params: object) -> int:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    headers = {"Authorization": f"Bearer {token}", "MCP-Protocol-Version": "2025-11-25"}
    answer = app.test_client().post("/api/mcp", json=body, headers=headers)
    answer.close()
    return answer.status_code


def test_calls_are_counted_by_method_outcome_and_reason(app: Flask, counted: Path) -> None:
    with app.app_context():
        token = a_token("docs:read")
    mcp(app, token, name="search_docs", arguments={"query": "flags"})
    mcp(app, token, name="search_docs", arguments={"query": 7, "nonsense": "maria@example.com"})
    mcp(app, token, name="maria@example.com", arguments={})
    mcp(app, token, name="data_find_user", arguments={"email": "maria@example.com"})
    mcp(app, token, "tools/list")
    mcp(app, token, "maria@example.com")
    mcp(app, "halo_at_unknown", name="search_docs")
    said = now(counted)
    calls = lambda **labels: of(said, "halo_calls_total", method="tools/call", **labels)  # noqa: E731
    assert calls(outcome="ok") == 1
    assert calls(outcome="tool_error", reason="arguments_invalid") == 1
    assert calls(outcome="refused", reason="tool_unknown") == 1
    assert calls(outcome="refused", reason="scope_missing") == 1
    assert of(said, "halo_refusals_total", door="mcp", reason="credential_unknown") == 1
    duration = "mcp_server_operation_duration_seconds_count"
    assert of(said, duration, mcp_method_name="tools/call", gen_ai_tool_name="search_docs", error_type="") == 1
    assert of(said, duration, mcp_method_name="tools/call", error_type="tool_error") == 1
    assert of(said, duration, mcp_method_name="tools/list", error_type="") == 1
    assert of(said, duration, mcp_method_name="_OTHER") == 1
    assert of(said, "halo_step_duration_seconds_count", step="audit_write") == of(said, "halo_calls_total")
    assert of(said, "halo_audit_batch_rows_sum") == of(said, "halo_calls_total")
    assert of(said, "halo_limiter_total", outcome="passed") >= 2
    assert "maria" not in exposition.text(sheet.added_up(counted))


@one_database
def test_doors_count_their_refusals_tokens_and_sign_ins(app: Flask, counted: Path, browser: Browser) -> None:
    client = app.test_client()
    client.get("/dashboard", headers={"Accept": "application/json"}).close()
    client.post("/api/mcp/oauth/token", data={"grant_type": "password"}).close()
    browser.sign_in(OWNER)
    said = now(counted)
    assert of(said, "halo_refusals_total", door="page", reason="signed_out") == 1
    assert of(said, "halo_refusals_total", door="oauth") == 1
    assert of(said, "halo_sign_ins_total", outcome="ok") == 1
    requests = "http_server_request_duration_seconds_count"
    assert of(said, requests, http_route="/dashboard", http_response_status_code="401", http_request_method="GET") == 1


@one_database
@pytest.mark.parametrize(
    ("method", "address", "route"),
    [("GET", "/nowhere/maria@example.com", ""), ("BREW", "/", "_OTHER"), ("GET", "/docs/maria", "/docs/<slug>")],
)
def test_what_a_stranger_asks_for_makes_no_series(
    app: Flask, counted: Path, method: str, address: str, route: str
) -> None:
    app.test_client().open(address, method=method).close()
    said = now(counted)
    assert of(said, "http_server_request_duration_seconds_count") == 1
    assert "maria" not in str(said) and "BREW" not in str(said)


def test_every_metric_is_explained_to_operators() -> None:
    told = (ROOT / "halo" / "docs" / "running-halo.md").read_text()
    unsaid = [name for name in measures.every() if f"`{name}`" not in told]
    assert not unsaid, f"add a row to halo/docs/running-halo.md: {unsaid}"


def test_every_metric_has_a_sentence_and_bounded_labels() -> None:
    never = {"workspace", "workspace_id", "client", "client_id", "person", "grant", "address", "customer"}
    for measure in measures.every().values():
        assert measure.says.endswith((".", "right.")), measure.name
        assert not never & set(measure.labels), measure.name


def test_two_processes_are_added_up_and_a_dead_one_is_gone_on_from(tmp_path: Path) -> None:
    def counts(calls: int) -> sheet.Sheet:
        one = sheet.begin(tmp_path)
        measures.CALLS.add("tools/call", "ok", "", amount=calls)
        measures.WORKERS.set(1)
        one.publish()
        return one

    first, second = counts(3), counts(4)
    assert of(read(tmp_path), "halo_calls_total") == 7
    assert of(read(tmp_path), "halo_workers") == 2
    os.close(first._held)  # as its death would
    assert of(read(tmp_path), "halo_calls_total") == 7
    assert of(read(tmp_path), "halo_workers") == 1
    counts(1)
    assert of(read(tmp_path), "halo_calls_total") == 8
    assert of(read(tmp_path), "halo_workers") == 2
    os.close(second._held)
    sheet.end()


def test_a_full_disk_leaves_the_sheet_of_before(counted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measures.TOKENS.add("personal")
    before = now(counted)
    measures.TOKENS.add("personal")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert now(counted) == before
    monkeypatch.undo()
    assert of(now(counted), "halo_tokens_issued_total") == 2


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"counts": [["a"]], "now": []}', b'{"counts": 1}'])
def test_a_sheet_that_nobody_can_read_counts_for_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "0.json").write_bytes(content)
    assert of(read(tmp_path), "halo_calls_total") == 0
    sheet.begin(tmp_path)
    sheet.end()


def test_series_past_the_most_are_told_as_a_number(counted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "METRIC_SERIES", 5)
    for number in range(20):
        measures.TOKENS.add(str(number))
    said = now(counted)
    assert len([it for it in said if it[0] == "halo_tokens_issued_total"]) == 5
    assert of(said, sheet.UNCOUNTED) == 15


def test_histograms_are_cumulative_and_labels_are_escaped(counted: Path) -> None:
    for seconds in (0.0001, 0.003, 0.003, 100):
        measures.STEPS.observe(seconds, 'a"b\\c\nd')
    said = now(counted)
    bucket = {
        dict(labels)["le"]: value
        for (name, labels), value in said.items()
        if name.endswith("step_duration_seconds_bucket")
    }
    assert bucket["0.0005"] == 1 and bucket["0.005"] == 3 and bucket["30"] == 3 and bucket["+Inf"] == 4
    assert of(said, "halo_step_duration_seconds_sum", step='a"b\\c\nd') == pytest.approx(100.0061)


def test_where_nobody_listens_nothing_is_kept() -> None:
    assert sheet.open_one() is None
    measures.TOKENS.add("personal")
    measures.STEPS.observe(1, "gate")
    measures.WORKERS.set(1)
    assert sheet.open_one() is None


def test_the_pools_of_connections_and_the_memory_are_told(app: Flask, counted: Path, store: Store) -> None:
    gauges.refresher(app)()
    said = now(counted)
    assert of(said, "halo_memory_bytes") > 10_000_000
    pools = {
        (dict(labels)["pool"], dict(labels)["state"]) for name, labels in said if name == "halo_database_connections"
    }
    pages, calls = {("pages", it) for it in ("used", "idle")}, {("calls", it) for it in ("used", "idle", "waiting")}
    assert pools == (pages if store.kind == "sqlite" else pages | calls)
