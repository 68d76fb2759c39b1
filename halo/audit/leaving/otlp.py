"""The log as OpenTelemetry's: one record a row, in the JSON encoding of OTLP over HTTP (opentelemetry.io, OTLP 1.x).

Written here, since the encoding is a few lines and the SDK is an extra (`requirements-telemetry.txt`) whose exporter
sends from threads of its own, past the guard. In JSON, 64-bit numbers are strings and trace ids are hex.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

PATH = "/v1/logs"
"""What collectors answer logs at; added to an address that has no path."""
_TRACE = re.compile(r"[0-9a-f]{32}")
_SEVERITY = {"ok": (9, "INFO"), "tool_error": (13, "WARN"), "refused": (13, "WARN"), "failed": (17, "ERROR")}
_OTHER = (9, "INFO")


def body(workspace: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """An `ExportLogsServiceRequest`."""
    resource = {"service.name": "halo", **{f"halo.workspace.{name}": value for name, value in workspace.items()}}
    scope = {"scope": {"name": "halo.audit"}, "logRecords": [_record(row) for row in rows]}
    return orjson.dumps({
        "resourceLogs": [{"resource": {"attributes": _attributes(resource)}, "scopeLogs": [scope]}]
    })  # fmt: skip


def rejected(content: bytes) -> int:
    """How many records the receiver says it did not take (`partialSuccess`); it is not sent those again."""
    try:
        told = orjson.loads(content or b"{}")
        return int((told.get("partialSuccess") or {}).get("rejectedLogRecords") or 0)
    except (ValueError, TypeError, AttributeError):
        return 0


def _record(row: Mapping[str, Any]) -> dict[str, Any]:
    at = datetime.datetime.fromisoformat(str(row["at"]))
    nanoseconds = str(int(at.timestamp()) * 1_000_000_000 + at.microsecond * 1000)
    number, word = _SEVERITY.get(str(row.get("outcome")), _OTHER)
    record: dict[str, Any] = {
        "timeUnixNano": nanoseconds,
        "observedTimeUnixNano": nanoseconds,
        "severityNumber": number,
        "severityText": word,
        "eventName": f"halo.audit.{row['kind']}",
        "body": {"stringValue": _said(row)},
        "attributes": _attributes({f"halo.{name}": value for name, value in row.items() if name not in ("kind", "at")}),
    }
    if _TRACE.fullmatch(str(row.get("trace_id"))):
        record["traceId"] = row["trace_id"]
    return record


def _said(row: Mapping[str, Any]) -> str:
    if row["kind"] == "change":
        return f"{row['by']} {row['sentence']}"
    who = row.get("client") or row.get("person") or "somebody"
    return f"{who} {row.get('tool') or row.get('method')}: {row['outcome']}"


def _attributes(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": name, "value": _value(value)} for name, value in values.items() if value is not None]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, str):
        return {"stringValue": value}
    return {"stringValue": orjson.dumps(value, default=str).decode()}
