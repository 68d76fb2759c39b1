"""One attempt to call a tool, and the row of `action_executions` that it becomes."""

from __future__ import annotations

import datetime
from dataclasses import asdict, dataclass, fields
from operator import attrgetter
from typing import Any, Final, NamedTuple

import orjson

from halo.ground.database import new_id

OUTCOMES: Final = {
    "ok": "Answered",
    "tool_error": "Tool error",
    "refused": "Refused",
    "failed": "Failed",
    "unknown": "Unknown",
}
"""How a call can end, and the word for it; the adding up of the log has a column for each (`ledger.tally`)."""


@dataclass(slots=True)
class Execution:
    """One attempt, as `halo.perform` knows it; field names are the columns of `action_executions`."""

    workspace_id: str
    caller: str
    method: str = "tools/call"
    client_id: str | None = None
    grant_id: str | None = None
    person_id: str | None = None
    agent_id: str | None = None
    conversation_id: str | None = None
    end_user_id: str | None = None
    server_id: str | None = None
    integration: str | None = None
    action: str | None = None
    tool: str | None = None
    arguments: Any = None
    outcome: str = "ok"
    reason: str | None = None
    detail: str | None = None
    result_size: int = 0
    latency_us: int = 0
    protocol_version: str | None = None
    client_info: str | None = None
    request_id: str | None = None
    trace_id: str | None = None
    turn_id: str | None = None
    definition: str | None = None
    upstream_us: int | None = None
    word: str | None = None
    stands_for: int = 1


COLUMNS = ("id", "at", *(field.name for field in fields(Execution)))
_NAMES = COLUMNS[2:]
_ARGUMENTS = COLUMNS.index("arguments")
_values = attrgetter(*_NAMES)


class Started(NamedTuple):
    """A call that begins and must not be made twice, as a row of `started_calls`."""

    id: str
    at: str
    workspace_id: str
    execution: str
    """Its `Execution` as JSON, as far as it is known."""


def started_of(execution: Execution) -> Started:
    """The row, with an id and a time of now."""
    told = orjson.dumps(asdict(execution), default=str).decode().replace("\\u0000", "\\ufffd")
    return Started(new_id(), _now(), execution.workspace_id, told)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def row_of(execution: Execution) -> list[Any]:
    """The values of `COLUMNS`, with an id and a time of now."""
    values: list[Any] = [new_id(), _now(), *_values(execution)]
    if execution.arguments is not None:
        values[_ARGUMENTS] = orjson.dumps(execution.arguments, default=str).decode().replace("\\u0000", "\\ufffd")
    # PostgreSQL takes no NUL in text or JSON; one such row would fail the batch of everybody else's.
    return [value.replace("\x00", "\ufffd") if isinstance(value, str) else value for value in values]
