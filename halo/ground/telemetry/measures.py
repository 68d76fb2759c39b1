"""What is counted: the whole list of metrics, each with its sentence and its labels.

To add one: declare it here, tell it something where it happens, and `/metrics` has it. A label's values come from a
list that the code holds (methods, outcomes, reasons, routes, declared tools): never a workspace, a client or anything
that a caller wrote, because every value is a series that is kept for ever. Where nobody listens, telling costs a look
at one variable.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

from halo.ground.telemetry import sheet

MCP_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)
"""The buckets that OpenTelemetry's conventions for MCP want."""
FINE_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
"""For what takes milliseconds when all is well."""
ROWS = (1, 2, 4, 8, 16, 32, 64, 128)


class Measure:
    """One metric: a name, a sentence, the names of its labels."""

    kind = "untyped"
    size = 1
    """Numbers that a series of it holds."""

    def __init__(self, name: str, says: str, labels: tuple[str, ...] = ()) -> None:
        self.name, self.says, self.labels = name, says, labels
        self._rows = sheet.rows.setdefault(name, {})
        _every[name] = self


_every: dict[str, Measure] = {}


class Counter(Measure):
    """A number that only grows."""

    kind = "counter"

    def add(self, *labels: str, amount: float = 1) -> None:
        """So many more."""
        if sheet.opened:
            row = self._rows.get(labels) or sheet.begun(self.name, labels, 1)
            with sheet.lock:
                row[0] += amount


class Gauge(Measure):
    """A number that is so just now; the workers' are added up."""

    kind = "gauge"

    def set(self, value: float, *labels: str) -> None:
        """It is so now."""
        if sheet.opened:
            sheet.present[self.name, labels] = [value]


class Histogram(Measure):
    """How values are spread: counted by upper bound, and their sum."""

    kind = "histogram"

    def __init__(self, name: str, says: str, labels: tuple[str, ...], bounds: tuple[float, ...]) -> None:
        super().__init__(name, says, labels)
        self.bounds = bounds
        self.size = len(bounds) + 2

    def observe(self, value: float, *labels: str) -> None:
        """One more of this value."""
        if sheet.opened:
            row = self._rows.get(labels) or sheet.begun(self.name, labels, self.size)
            at = bisect_left(self.bounds, value)
            with sheet.lock:
                row[at] += 1
                row[-1] += value


def every() -> Mapping[str, Measure]:
    """All of them, by name."""
    return _every


CALLS = Counter("halo_calls_total", "Attempts that reached a workspace.", ("method", "outcome", "reason"))
REFUSALS = Counter("halo_refusals_total", "Requests refused at a door.", ("door", "reason"))
OPERATIONS = Histogram(
    "mcp_server_operation_duration_seconds",
    "Time from a message of MCP to its answer.",
    ("mcp_method_name", "gen_ai_tool_name", "mcp_protocol_version", "error_type"),
    MCP_SECONDS,
)
STEPS = Histogram(
    "halo_step_duration_seconds",
    "Time of the steps of a call: gate, handler, upstream, audit_write (waiting for the row to be durable).",
    ("step",),
    FINE_SECONDS,
)
REQUESTS = Histogram(
    "http_server_request_duration_seconds",
    "Time of HTTP requests.",
    ("http_request_method", "http_route", "http_response_status_code"),
    FINE_SECONDS,
)
AUDIT_BATCHES = Histogram("halo_audit_batch_rows", "Rows of the audit log in one commit.", (), ROWS)
AUDIT_FAILURES = Counter("halo_audit_failures_total", "Rows of the audit log that could not be written.")
LIMITED = Counter("halo_limiter_total", "Calls asked of the limiter, by the limit that refused them.", ("outcome",))
TOKENS = Counter("halo_tokens_issued_total", "Tokens given out.", ("kind",))
SIGN_INS = Counter("halo_sign_ins_total", "Attempts to sign in to the dashboard.", ("outcome",))
CONNECTIONS = Gauge("halo_database_connections", "Connections to the database.", ("pool", "state"))
JOBS = Counter("halo_jobs_total", "Turns of rows that jobs work on, by what came of them.", ("job", "outcome"))
WORKERS = Gauge("halo_workers", "Worker processes that live.")
MEMORY = Gauge("halo_memory_bytes", "Resident memory of the workers; what they share counts for each.")
UNCOUNTED = Counter(sheet.UNCOUNTED, "Events of series that are past the most that a process keeps; 0 is right.")
