"""The audit log as JSONL and CSV, as a stream: a batch is read, written out and forgotten before the next.

Personal data in arguments is masked, as on the pages, unless the person gives a reason: `record_unmasked`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import orjson

from halo.audit import payloads, search
from halo.audit.search import Filters, SubjectNames
from halo.ground.database import one_change
from halo.ground.permissions import Permission, demand
from halo.ground.principal import Member
from halo.ledger import changes, mask
from halo.ledger.models import ActionExecution

COLUMNS = (
    "id", "at", "caller", "person", "client", "method", "tool", "integration", "action", "outcome", "reason", "detail",
    "arguments", "end_user_id", "agent_id", "conversation_id", "turn_id", "server_id", "grant_id", "word",
    "result_size", "latency_ms", "upstream_ms", "definition", "protocol_version", "client_info", "request_id",
    "trace_id", "stands_for",
)  # fmt: skip
_FORMULA = re.compile(r"\A(?=[\t\r\n])|(?:\A|\r\n|\r|\n)(?=[\t ]*[=+\-@＝＋－＠])")
"""Where a spreadsheet would begin to run a cell: at its start, and at the start of a line for those that cut cells at
line feeds; in full width too, which some read as the same."""


def _jsonl(facts: list[dict[str, Any]]) -> bytes:
    """One JSON object a line."""
    return b"".join(orjson.dumps(one) + b"\n" for one in facts)


def _csv(facts: list[dict[str, Any]]) -> bytes:
    """RFC 4180; no cell, and no line of one, begins like a formula."""
    return b"".join(_line([_cell(one[column]) for column in COLUMNS]) for one in facts)


FORMATS: dict[str, tuple[str, Callable[[list[dict[str, Any]]], bytes]]] = {
    "jsonl": ("application/x-ndjson", _jsonl),
    "csv": ("text/csv; charset=utf-8", _csv),
}


def parts(
    kind: str,
    workspace_id: str,
    filters: Filters,
    *,
    reads_payloads: bool,
    is_masked: bool,
    inside: Callable[[], AbstractContextManager[Any]],
) -> Iterator[bytes]:
    """All rows that fit, newest first, a batch at a time; CSV begins with a header.

    A reader may leave any time between two parts, or stay away: whatever the database needs is opened by `inside` and
    closed again within each.
    """
    _, written = FORMATS[kind]
    if kind == "csv":
        yield _line(COLUMNS)
    before: str | None = None
    is_more = True
    while is_more:
        with inside():
            found = search.page(workspace_id, filters, before=before, size=search.BATCH, reads_payloads=reads_payloads)
            names = search.names(found.rows, workspace_id=workspace_id)
            part = written([fact(row, names, is_masked=is_masked) for row in found.rows])
            before = found.next
        is_more = before is not None
        if part:
            yield part


def record(kind: str, filters: Filters, *, principal: Member) -> None:
    """Who takes which calls out of Halo, masked, stands in the changes: format and filters."""
    _record(kind, filters, "masked", "", principal)


def record_unmasked(kind: str, filters: Filters, why: str, *, principal: Member) -> None:
    """The same for an export with personal data in it, which needs the permission and a reason."""
    demand(Permission.AUDIT_PAYLOADS, principal=principal)
    _record(kind, filters, "readable", payloads.reason(why), principal)


def _record(kind: str, filters: Filters, arguments: str, why: str, principal: Member) -> None:
    given = {
        name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in filters.given().items()
    }
    with one_change():
        changes.record(
            "audit.exported",
            workspace_id=principal.workspace_id,
            principal=principal,
            subject=("audit", kind, f"as {kind.upper()}"),
            after={"format": kind, "filters": given, "arguments": arguments},
            why=why,
        )


def fact(row: ActionExecution, names: SubjectNames, *, is_masked: bool) -> dict[str, Any]:
    """What somebody outside is told of a call."""
    facts = {column: getattr(row, column, None) for column in COLUMNS}
    facts["at"] = row.at.isoformat()
    facts["person"] = names.people.get(row.person_id or "")
    facts["client"] = names.app(row)
    facts["arguments"] = mask.masked(row.arguments, row.tool) if is_masked else row.arguments
    facts["latency_ms"] = round(row.latency_us / 1000, 3)
    facts["upstream_ms"] = None if row.upstream_us is None else round(row.upstream_us / 1000, 3)
    return facts


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return _FORMULA.sub(r"\g<0>'", text)  # the apostrophe makes it text


def _line(cells: Any) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue().encode()
