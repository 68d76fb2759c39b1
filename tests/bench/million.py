"""Plants a big audit log in a database with the cast in it: one busy workspace, and many others between its rows."""

from __future__ import annotations

import datetime
import itertools
import random
from collections.abc import Iterator
from typing import Any

import psycopg
from sqlalchemy import text

from halo.ground.database import db, new_id, now, one_change
from halo.ledger import bulk
from halo.ledger.executions import COLUMNS
from halo.oauth.models import Grant
from tests import cast, factories

DAYS = 90
BLANK: dict[str, Any] = dict.fromkeys(COLUMNS) | {"stands_for": 1}
"""What a row holds where it says nothing."""
OTHERS = 40
"""Other workspaces with rows between."""
CALLS_A_CHANGE = 50
POOL = 10_000
TOOLS = {
    "data_find_user": 30, "data_search_tickets": 20, "search_docs": 15, "data_get_ticket": 10, "data_list_users": 6,
    "read_doc": 6, "data_web_fetch": 4, "hubspot_create_deal": 3, "slack_post_message": 3, "setup_status": 2,
    "data_company": 1,
}  # fmt: skip
OUTCOMES = {
    "ok": 90, "tool_error": 3.9, "failed": 0.1, "scope_missing": 3, "rate_limited": 1.8, "toggle_off": 0.9,
    "tool_unknown": 0.3,
}  # fmt: skip
"""Outcomes, and reasons of refusals."""
VERSIONS = ("2025-06-18", "2025-11-25", "2026-07-28")
CALLERS = {"mcp": 97, "agent": 2, "dashboard": 1}
WORDS = ("order", "late", "refund", "invoice", "login", "password", "export", "billing", "seat", "plan", "trial")
_Row = dict[str, Any]


def plant(rows: int, theirs: int = 1) -> dict[str, str]:
    """Fill the log up to a minute ago, with so many calls of others for four of the busy workspace.

    Gives the ids that filters of the bench need, by name.
    """
    chance = random.Random(7)
    grants, known = _connections()
    made = _rows(rows, theirs, chance, grants)
    if db.engine.dialect.name == "sqlite":
        _into_sqlite(made)
    else:
        _into_postgresql(made)
    bulk.write([], list(_changes(max(1, rows // CALLS_A_CHANGE), chance, grants)))
    return known


def _connections() -> tuple[list[Grant], dict[str, str]]:
    with one_change():
        cast.person(cast.OWNER).is_operator = True  # sees the page of flags too
    people = (cast.OWNER, cast.ADMIN, cast.SUPPORT)
    clients = [factories.an_oauth_client(f"App {number}") for number in range(20)]
    grants = [factories.a_grant(person=people[n % 3], client=clients[n % 20]) for n in range(60)]
    rare = factories.a_grant(person=cast.VIEWER, client=factories.an_oauth_client("Rare app"))
    known = {
        "workspace": cast.workspace().id,
        "grant": grants[7].id,
        "client": grants[7].client_row_id,
        "person": grants[7].person_id,
        "rare_grant": rare.id,
        "rare_client": rare.client_row_id,
        "rare_person": rare.person_id,
    }
    return [*grants, rare], known


def _changes(count: int, chance: random.Random, grants: list[Grant]) -> Iterator[_Row]:
    """What people changed about these connections, evenly over the same days."""
    step = datetime.timedelta(days=DAYS) / count
    for number in range(count):
        at, grant = now() - step * (count - number), grants[int(chance.random() * len(grants))]
        yield {
            "id": _id(at, chance),
            "at": at,
            "workspace_id": grant.workspace_id,
            "event": "grant.narrowed",
            "person_id": grant.person_id,
            "by": "Somebody",
            "subject_kind": "grant",
            "subject_id": grant.id,
            "subject": "App",
            "before": {"scopes": "docs:read data:read"},
            "after": {"scopes": "docs:read"},
            "why": "",
        }


def _rows(count: int, theirs: int, chance: random.Random, grants: list[Grant]) -> Iterator[_Row]:
    others = [new_id() for _ in range(OTHERS)]
    end = now() - datetime.timedelta(minutes=1)
    of = 4 + theirs
    total = count * of // 4
    step = datetime.timedelta(days=DAYS) / total
    *usual, rare = [
        {
            "workspace_id": grant.workspace_id,
            "client_id": grant.client_row_id,
            "grant_id": grant.id,
            "person_id": grant.person_id,
            "protocol_version": VERSIONS[number % 3],
        }
        for number, grant in enumerate(grants)
    ]
    pools = tuple(chance.choices(list(it), list(it.values()), k=POOL) for it in (TOOLS, OUTCOMES, CALLERS))
    every = total // 20 // of * of or of
    for number in range(total):
        at = end - step * (total - number)
        if number % every == every // 2 // of * of:
            yield {**_row(at, chance, pools, rare), "tool": "rare_tool", "caller": "mcp", "latency_us": 31_000_000}
        elif number % of >= 4:
            yield {**_row(at, chance, pools, usual[number % 60]), "workspace_id": others[int(chance.random() * OTHERS)]}
        else:
            yield _row(at, chance, pools, usual[int(chance.random() * 60)])


def _row(at: datetime.datetime, chance: random.Random, pools: tuple[list[str], ...], who: _Row) -> _Row:
    tool, outcome, caller = (pool[int(chance.random() * POOL)] for pool in pools)
    reason = None if outcome in ("ok", "tool_error", "failed") else outcome
    words = " ".join(WORDS[int(chance.random() * len(WORDS))] for _ in range(3))
    mail = f"user{int(chance.random() * 200_000)}@customer.test"
    return {
        **who,
        "id": _id(at, chance),
        "at": at.strftime("%Y-%m-%d %H:%M:%S.%f"),
        "caller": caller,
        "method": "tools/call",
        "integration": tool.split("_")[0] if tool.startswith(("hubspot", "slack")) else None,
        "tool": tool,
        "arguments": f'{{"email": "{mail}", "query": "{words}", "limit": 10}}',
        "outcome": "refused" if reason else outcome,
        "reason": reason,
        "result_size": 2000,
        "latency_us": int(chance.lognormvariate(9.2, 1.1)),
        "client_info": "bench/1.0",
        "request_id": str(number := int(chance.random() * 1000)),
        "trace_id": f"trace-{number}",
    }


def _id(at: datetime.datetime, chance: random.Random) -> str:
    stamp, rest = f"{int(at.timestamp() * 1000):012x}", f"{chance.getrandbits(76):019x}"
    return f"{stamp[:8]}-{stamp[8:]}-7{rest[:3]}-a{rest[3:6]}-{rest[6:18]}"


def _into_sqlite(rows: Iterator[_Row]) -> None:
    values = ", ".join(f":{column}" for column in COLUMNS)
    with db.engine.begin() as connection:
        cursor = connection.connection.cursor()
        while batch := list(itertools.islice(rows, 50_000)):
            cursor.executemany(
                f"INSERT INTO action_executions ({', '.join(COLUMNS)}) VALUES ({values})",
                [BLANK | row for row in batch],
            )


def _into_postgresql(rows: Iterator[_Row]) -> None:
    url = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    into = f"COPY action_executions ({', '.join(COLUMNS)}) FROM STDIN"
    with psycopg.connect(url) as connection, connection.cursor().copy(into) as copy:
        for row in rows:
            copy.write_row([(BLANK | row)[column] for column in COLUMNS])


def analyze() -> None:
    """What PostgreSQL's autovacuum does by itself after a while."""
    db.session.rollback()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
