"""How the database gets its rows: the plans of a view's statements, in a few words."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from halo.ground.database import db
from tests.support.statements import Asked

_LOG = re.compile(r"\b(action_executions|audit_(?:tool|grant)_\w+|changes)\b")
_SQLITE = re.compile(r"^(SCAN|SEARCH) (\S+)(?: USING (?:COVERING )?(INDEX \S+|PRIMARY KEY|INTEGER PRIMARY KEY))?")


def plan_of(statements: Iterable[Asked]) -> str:
    """The indexes that the statements on the log used, and the tables that they read whole."""
    found: Counter[str] = Counter()
    for statement, parameters in dict(statements).items():
        found.update(steps(statement, parameters))
    return ", ".join(found) or "none of its rows"


def steps(statement: str, parameters: Any) -> list[str]:
    """Index or whole table, for each table of the log that a SELECT reads."""
    if not statement.lstrip().upper().startswith(("SELECT", "WITH")) or not _LOG.search(statement):
        return []
    if db.engine.dialect.name == "sqlite":
        return _of_sqlite(statement, parameters)
    return _of_postgresql(statement, parameters)


def whole_tables(statements: Iterable[Asked]) -> list[str]:
    """Statements that read a table of the log from end to end."""
    return [
        statement
        for statement, parameters in statements
        if any(step.startswith("ALL OF") for step in steps(statement, parameters))
    ]


def _of_sqlite(statement: str, parameters: Any) -> list[str]:
    plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    found = []
    for *_, detail in plan:
        if (step := _SQLITE.match(detail)) is None:
            continue
        how, table, index = step.groups()
        if index is None and table.startswith("("):
            continue  # a selection of this very statement
        if index is not None and how == "SEARCH":
            found.append(_short(index if index.startswith("INDEX ") else f"{table} by key"))
        elif (real := _LOG.search(_named(table, statement))) is not None:
            found.append(f"ALL OF {real.group()}")
    return found


def _named(alias: str, statement: str) -> str:
    """The table behind an alias."""
    found = re.search(rf"(\w+) AS {re.escape(alias)}\b", statement)
    return found.group(1) if found else alias


def _of_postgresql(statement: str, parameters: Any) -> list[str]:
    explained = db.session.connection().exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar()
    plan = json.loads(explained) if isinstance(explained, str) else explained
    return [step for node in _nodes(plan[0]["Plan"]) if (step := _of_node(node))]


def _of_node(node: dict[str, Any]) -> str:
    if "Index Name" in node:
        return _short(node["Index Name"]) if "Index Cond" in node else f"ALL OF {node['Index Name']}"
    table = node.get("Relation Name", "")
    is_whole = node["Node Type"].endswith("Seq Scan") and _LOG.fullmatch(table)
    return f"ALL OF {table}" if is_whole else ""


def _nodes(plan: dict[str, Any]) -> Iterable[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def _short(index: str) -> str:
    return index.removeprefix("INDEX ").replace("ix_action_executions_", "log:").replace("sqlite_autoindex_", "")
