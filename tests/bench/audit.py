"""Every view of the audit log at a million rows: server time of the whole page, and how the database gets its rows.

Planted once a database (`million.plant`), added up like the writer does, then asked through Flask's test client as the
workspace's owner: what a browser would wait for, without the network.
"""

from __future__ import annotations

import contextlib
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select, text

from halo import create_app
from halo.audit import search
from halo.audit.search import Filters
from halo.ground.database import db, migrate
from halo.ground.settings import Settings
from halo.ledger import tally
from halo.ledger.models import Change
from tests import cast
from tests.bench import million
from tests.bench.plans import plan_of
from tests.support.browser import Browser
from tests.support.statements import watched

AUDIT = "/dashboard/audit"
AIM_MS = 100
ROUNDS = 9


def main(rows: int, databases: tuple[str, ...]) -> None:
    """Print the table for each database."""
    for kind in databases:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, _app(kind, Path(name)) as app:
            with app.app_context():
                cast.create()
                known = _prepare(rows)
            _print(app, kind, views(app, known))


def views(app: Flask, known: dict[str, str]) -> dict[str, str]:
    """What is asked for: words and address."""
    with app.app_context():
        page = search.page(known["workspace"], Filters()).rows
        newest, last = page[0].id, page[-1].id
        change = db.session.scalars(select(Change.id).limit(1)).one()
    of = known.get
    filters = {
        "outcome": "outcome=refused", "outcome, rare": "outcome=failed", "reason": "reason=toggle_off",
        "reason, none": "reason=flag_off", "tool": "tool=search_docs", "tool, rare": "tool=rare_tool",
        "connection": f"grant={of('grant')}", "connection, rare": f"grant={of('rare_grant')}",
        "app": f"client={of('client')}", "app, rare": f"client={of('rare_client')}",
        "person": f"person={of('person')}", "person, rare": f"person={of('rare_person')}",
        "caller": "caller=dashboard", "integration": "integration=slack", "era": "era=modern",
        "slower than 100 ms": "slower=100", "slower than 5 s": "slower=5000",
        "text, common": "text=refund", "text, rare": "text=user77123%40", "text, none": "text=nosuchwords",
        "connection + text": f"grant={of('grant')}&text=nosuchwords",
        "tool + person, rare": f"tool=search_docs&person={of('rare_person')}",
        "refused + app, rare": f"outcome=refused&client={of('rare_client')}",
        "integration + outcome + person": f"integration=slack&outcome=refused&person={of('person')}",
    }  # fmt: skip
    return {
        "feed, 7 days": AUDIT,
        "table": f"{AUDIT}?view=table",
        "histogram, 24 hours": f"{AUDIT}?span=24h",
        "histogram, 30 days": f"{AUDIT}?span=30d",
        "histogram, 90 days": f"{AUDIT}?span=90d",
        **{f"filter: {words}": f"{AUDIT}?{query}" for words, query in filters.items()},
        "90 days: tool": f"{AUDIT}?span=90d&tool=search_docs",
        "90 days: person": f"{AUDIT}?span=90d&person={of('person')}",
        "90 days: text, none": f"{AUDIT}?span=90d&text=nosuchwords",
        "a later page": f"{AUDIT}?before={last}",
        "live tail": f"{AUDIT}/newer?after={last}&started={int(time.time())}",
        "one call": f"{AUDIT}/{newest}",
        "export, first bytes": f"{AUDIT}/export.jsonl",
        "changes": f"{AUDIT}/changes",
        "changes, filtered": f"{AUDIT}/changes?person={of('person')}",
        "one change": f"{AUDIT}/changes/{change}",
        "saved views": f"{AUDIT}/views",
        "why can't I see a tool": f"{AUDIT}/why?grant={of('grant')}&tool=search_docs",
        "home": "/dashboard",
        "connected apps": "/dashboard/apps",
        "connected apps, whole workspace": "/dashboard/apps?show=all",
        "one connection": f"/dashboard/apps/{of('grant')}",
        "whom a flag would hit": "/admin/flags/acme/mcp_server/off/confirmation",
        "actions of external clients": "/dashboard/agents/external-clients/actions",
    }


def _print(app: Flask, kind: str, asked: dict[str, str]) -> None:
    browser = Browser(app).sign_in(cast.OWNER)
    version = _version(app)
    print(f"\n{kind} {version}: server time of whole pages, aim {AIM_MS} ms\n")
    print(f"| {'view':<42} | first ms | median | p95 | own CPU | plan of the log |")
    print("|---|---:|---:|---:|---:|---|")
    for words, address in asked.items():
        with watched(app) as statements:
            times, work = zip(*(served(browser, address) for _ in range(ROUNDS)), strict=True)
        with app.app_context():
            plan = plan_of(statements)
        first, rest = times[0], sorted(times[1:])
        late = rest[round(0.95 * (len(rest) - 1))]
        middle, own = statistics.median(rest), statistics.median(work[1:])
        print(f"| {words:<42} | {first:.0f} | {middle:.0f} | {late:.0f} | {own:.0f} | {plan} |", flush=True)


def served(browser: Browser, address: str) -> tuple[float, float]:
    """Milliseconds until the answer, and milliseconds of work: the same on a machine that does nothing else."""
    began, worked = time.perf_counter(), time.thread_time()
    headers = {"HX-Request": "true"} if "/newer?" in address else {}
    answer = browser.client.get(address, headers=headers, buffered=False)
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status}")
    if answer.is_streamed:
        next(iter(answer.response))
    taken = (time.perf_counter() - began) * 1000, (time.thread_time() - worked) * 1000
    answer.close()
    return taken


def _prepare(rows: int) -> dict[str, str]:
    known = _timed(f"{rows:,} calls of one workspace, {rows // 4:,} of {million.OTHERS} others", million.plant, rows)
    _timed("added up", tally.catch_up, 10_000)
    if db.engine.dialect.name == "postgresql":
        million.analyze()
    db.session.remove()
    return known


def _timed(words: str, act: Callable[[Any], Any], given: Any) -> Any:
    began = time.monotonic()
    result = act(given)
    print(f"{words}: {time.monotonic() - began:.0f} s", flush=True)
    return result


def _version(app: Flask) -> str:
    with app.app_context():
        is_sqlite = db.engine.dialect.name == "sqlite"
        return str(db.session.scalar(text("SELECT sqlite_version()" if is_sqlite else "SHOW server_version")))


@contextlib.contextmanager
def _app(kind: str, folder: Path) -> Iterator[Flask]:
    with contextlib.ExitStack() as stack:
        url = ""
        if kind == "postgresql":
            from tests.bench.postgres import server

            url = stack.enter_context(server())
        secret = "a-secret-of-the-bench-0123456789-0123456789"
        settings = Settings(environment="test", secret_key=secret, instance=folder, database_url=url)
        migrate.upgrade(settings.sqlalchemy_url)
        app = create_app(settings)
        app.testing = True
        yield app
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
