"""The calls of the workspace: as sentences or as a table, over time, live, and as a download."""

from __future__ import annotations

import contextlib
import datetime
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from flask import Flask, Response, current_app, redirect, request, url_for

from halo import catalogue, facts, web
from halo.audit import export, export_turns, named_holders, payloads, phrases, saved, search
from halo.audit.counting import counts, stretch
from halo.audit.endpoints import asked, blueprint, times, workspace_id
from halo.audit.endpoints.asked import Asked
from halo.audit.export_turns import ExportTurn
from halo.audit.search import Filters, Found
from halo.gate import table
from halo.ground.database import now
from halo.ground.errors import Mistake, NotFound
from halo.ground.permissions import Permission
from halo.ground.text.folding import fold
from halo.ground.wire.bodies import OFF_THREAD
from halo.ledger import moments
from halo.ledger.executions import OUTCOMES
from halo.oauth import connected
from halo.web import door, may
from halo.workspaces import members

LIVE_SECONDS = 1800
"""How long a page keeps asking for newer calls."""
BEHIND_SECONDS = 0.25
"""The tail stays this much behind: of two processes the later id can be durable first, and would hide the other."""
HOLDERS: dict[named_holders.Kind, str] = {"agent": "Any agent", "server": "Any server"}
"""Filters that are offered where the workspace has any."""
_NOTHING = Found([], None, None)
"""What an address shows that is not understood."""


@blueprint.get("/dashboard/audit")
@door(may(Permission.AUDIT_VIEW))
def executions() -> Any:
    """The calls of the workspace, newest first, by what the URL's filters say."""
    here = asked.read("before")
    return _list(here, 422 if here.left_out else 200)


@blueprint.post("/dashboard/audit/arguments")
@door(may(Permission.AUDIT_PAYLOADS))
def search_arguments() -> Any:
    """Let the search for this text look at arguments too; who, what and why is in the changes."""
    here, typed = asked.read().strictly(), request.form.get("why", "")
    if here.filters.text is None:
        raise Mistake("text", "Search for a text first; then say why its arguments are looked at.")
    try:
        payloads.open_search(here.filters.text, typed, principal=web.principal())
    except Mistake as problem:
        return _list(here, 422, problem=problem, typed=typed)
    return web.after_change(here.href(), "Arguments are searched too. It is in the changes.")


def _list(here: Asked, status: int, *, problem: Mistake | None = None, typed: str = "") -> Any:
    before = here.places.get("before")
    found = _NOTHING
    if not here.left_out:
        found = search.page(workspace_id(), here.filters, before=before, reads_payloads=_reads(here.filters))
    live = here.is_live and before is None and not here.left_out
    return web.respond(
        "audit/executions.html",
        "audit/_executions.html",
        status,
        problem=problem,
        typed=typed,
        found=found,
        older=here.href(before=found.next, live=None) if found.next else "",
        newest=here.href() if before else "",
        tail=_tail(here, found, str(int(time.time()))) if live else None,
        **_shown(here, found),
        **({} if web.is_htmx() else _around(here, found)),
    )


@blueprint.get("/dashboard/audit/newer")
@door(may(Permission.AUDIT_VIEW))
def newer() -> Any:
    """What arrived since the row `after`, for the live tail; without htmx the list itself."""
    here = asked.read("after", "started").strictly()
    if not web.is_htmx():
        return redirect(here.href(), 303)
    after, started = here.places.get("after"), here.places.get("started", "")
    edge = now() - datetime.timedelta(seconds=BEHIND_SECONDS)
    filters = replace(here.filters, until=min(edge, here.filters.until or edge))
    found = search.page(workspace_id(), filters, after=after or moments.first_id(edge), reads_payloads=_reads(filters))
    tail = _tail(here, found, started, after)
    partial = "audit/_tail_row.html" if here.is_table else "audit/_tail.html"
    facts = _shown(here, found) | {"newer": found.rows, "is_new": True}
    return web.respond(partial, partial, tail=tail, **facts)


@blueprint.get("/dashboard/audit/export.<kind>")
@door(may(Permission.AUDIT_VIEW))
def export_executions(kind: str) -> Any:
    """What the filters show, all of it, as a download; personal data in arguments is masked."""
    _demand_format(kind)
    filters = asked.read().strictly().filters
    with _turn() as turn:
        export.record(kind, filters, principal=web.principal())
        return _download(kind, filters, turn, is_masked=True)


@blueprint.post("/dashboard/audit/export.<kind>")
@door(may(Permission.AUDIT_PAYLOADS))
def export_unmasked(kind: str) -> Any:
    """The same with the arguments as they were recorded; who and why is in the changes."""
    _demand_format(kind)
    filters = asked.read().strictly().filters
    with _turn() as turn:
        export.record_unmasked(kind, filters, request.form.get("why", ""), principal=web.principal())
        return _download(kind, filters, turn, is_masked=False)


def _demand_format(kind: str) -> None:
    if kind not in export.FORMATS:
        raise NotFound("export: jsonl or csv")


@contextlib.contextmanager
def _turn() -> Iterator[ExportTurn]:
    """A turn that the answer ends; it ends here where there will be none."""
    turn = export_turns.take(principal=web.principal())
    try:
        yield turn
    except BaseException:
        turn.end()
        raise


def _download(kind: str, filters: Filters, turn: ExportTurn, *, is_masked: bool) -> Response:
    mimetype, _ = export.FORMATS[kind]
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    reads = {"reads_payloads": not is_masked or _reads(filters), "is_masked": is_masked}
    body = export.parts(kind, workspace_id(), filters, **reads, inside=app.app_context)
    name = f"halo-audit-{web.principal().workspace_slug}-{now():%Y%m%d-%H%M%S}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    request.environ[OFF_THREAD] = True
    response = Response(turn.during(body), content_type=mimetype, headers=headers)
    response.call_on_close(turn.end)  # also where nobody took the first part
    return response


def _shown(here: Asked, found: Found) -> dict[str, Any]:
    """What rows need to be drawn."""
    return {
        "here": here,
        "names": search.names(found.rows, here.filters, workspace_id=workspace_id()),
        "days": phrases.days(found.rows, here.time_zone, now()),
        "phrases": phrases,
        "outcome_words": OUTCOMES,
        "newer": [],
        "is_new": False,
        "connect_href": url_for("connect.clients"),
    }


def _around(here: Asked, found: Found) -> dict[str, Any]:
    """What stands above the list: chips, choices, histogram, saved views."""
    grants = {each.grant_id: each.words for each in connected.live_connections(workspace_id())}
    said = here.said(search.names(found.rows, here.filters, workspace_id=workspace_id()), grants)
    span = stretch.around(here.filters.since, here.filters.until, now())
    return {
        "chips": here.chips(said),
        "choices": {name: _with_current(name, offered, here, said) for name, offered in _choices(grants).items()},
        "stretch": span,
        "buckets": []
        if here.left_out
        else counts.over_time(
            workspace_id(),
            since=span.since,
            until=span.until,
            buckets=span.buckets,
            filters=here.filters,
            reads_payloads=_reads(here.filters),
        ),
        "may_open": here.filters.text is not None and not _reads(here.filters),
        "minutes": payloads.MINUTES,
        "views": saved.visible_to(principal=web.principal()),
    }


def _choices(grants: dict[str, str]) -> dict[str, list[tuple[str, str]]]:
    """What each filter can be set to."""
    declared = catalogue.of(facts.now_of(workspace_id())).every()
    everybody = members.of_workspace(workspace_id())
    return {
        "span": [("", "Any time"), *times.SPANS.items()],
        "caller": [("", "Any direction"), *phrases.CALLERS.items()],
        "grant": [("", "Any app"), *grants.items()],
        "person": [("", "Anybody"), *((each.person_id, each.person.name) for each in everybody)],
        **{
            name: [("", words), *sorted(named_holders.every(name, workspace_id()).items(), key=lambda it: fold(it[1]))]
            for name, words in HOLDERS.items()
        },
        "tool": [("", "Any tool"), *((each.name, each.title) for each in declared)],
        "integration": [
            ("", "Any"),
            *((name, name) for name in sorted({e.integration for e in declared if e.integration})),
        ],
        "outcome": [("", "Any outcome"), *OUTCOMES.items()],
        "reason": [("", "Any reason"), *((each.name, each.sentence) for each in table.reasons())],
        "era": [("", "Any"), *asked.ERAS.items()],
        "slower": [("", "Any latency"), *asked.SLOWER.items()],
    }


def _with_current(
    name: str, offered: list[tuple[str, str]], here: Asked, said: dict[str, str]
) -> list[tuple[str, str]]:
    """The choices, and what is set now where it is none of them: else the form would lose it with its next choice."""
    value = here.query.get(name, "")
    is_offered = not value or value in dict(offered)
    return offered if is_offered else [*offered, (value, said[name])]


def _tail(here: Asked, found: Found, started: str, after: str | None = None) -> dict[str, Any]:
    """How the page asks on: from which row, since when; without an address it stops."""
    newest = found.rows[0].id if found.rows else after or moments.first_id(now())
    is_over = not started or time.time() - int(started) > LIVE_SECONDS
    facts = {**here.everything(), "after": newest, "started": started}
    return {"facts": facts, "is_over": is_over, "since": now(), "minutes": LIVE_SECONDS // 60}


def _reads(filters: Filters) -> bool:
    """Whether the text is looked for in arguments too: for who said why."""
    return payloads.may_search(filters.text, principal=web.principal())
