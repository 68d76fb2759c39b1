"""The log as OpenTelemetry's log records over HTTP, in JSON."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from halo.audit.leaving import otlp
from tests.audit.leaving.receiver import Receiver, receiver
from tests.audit.leaving.test_delivery import a_stream, run, settled_at_once, stream_of
from tests.audit.test_calls import a_call

__all__ = ["receiver", "settled_at_once"]
TRACE = "0af7651916cd43dd8448eb211c80319c"


def attributes(of: dict[str, Any]) -> dict[str, Any]:
    return {each["key"]: next(iter(each["value"].values())) for each in of["attributes"]}


def test_each_row_is_a_record_with_its_columns(app: Flask, receiver: Receiver) -> None:
    with app.app_context():
        a_call(outcome="failed", reason="internal", trace_id=TRACE, latency_us=1500)
        stream = a_stream(receiver.url.removesuffix("/halo"), kind="otlp", takes_changes=True, header="X-Key: shh")
        assert run(stream) == "done"
        (message,) = receiver.messages
        assert (message.path, message.headers["x-key"]) == ("/v1/logs", "shh")
        assert message.headers["content-type"] == "application/json" and "webhook-id" not in message.headers
        (resource,) = message.told["resourceLogs"]
        assert attributes(resource["resource"])["halo.workspace.slug"] == "acme"
        call, change = resource["scopeLogs"][0]["logRecords"][0], resource["scopeLogs"][0]["logRecords"][-1]
        assert (call["eventName"], call["severityText"], call["traceId"]) == ("halo.audit.call", "ERROR", TRACE)
        assert call["timeUnixNano"].isdigit() and len(call["timeUnixNano"]) == 19
        assert attributes(call)["halo.tool"] == "data_find_user" and attributes(call)["halo.latency_ms"] == 1.5
        assert "mia@" not in message.body.decode()
        assert change["eventName"] == "halo.audit.change" and "began to send the log" in change["body"]["stringValue"]


def test_what_a_collector_did_not_keep_is_counted_and_not_sent_again(app: Flask, receiver: Receiver) -> None:
    with app.app_context():
        a_call()
        a_call()
        stream = a_stream(receiver.url, kind="otlp")
        receiver.answer(200, b'{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"no"}}')
        assert run(stream) == "done" and len(receiver.messages) == 1
        row = stream_of(stream)
        assert (row.delivered, row.rejected, row.trouble) == (2, 1, "")


@pytest.mark.parametrize(
    ("content", "lost"),
    [(b"", 0), (b"{}", 0), (b"no json", 0), (b"[]", 0), (b'{"partialSuccess":null}', 0), (b'{"partialSuccess":[]}', 0),
     (b'{"partialSuccess":{"rejectedLogRecords":3}}', 3), (b'{"partialSuccess":{"rejectedLogRecords":"x"}}', 0)],
)  # fmt: skip
def test_an_answer_in_any_shape_is_understood_or_left(content: bytes, lost: int) -> None:
    assert otlp.rejected(content) == lost
