"""The doors of the audit log: calls, one call, changes, export, and why a tool cannot be seen."""

from __future__ import annotations

import datetime
import zoneinfo
from typing import Any

import orjson
from flask import Blueprint, Response, render_template, request, stream_with_context, url_for

from halo import web
from halo.audit import events, export, mask, moments, search, trail, why
from halo.audit.models import ActionExecution
from halo.audit.search import Filters
from halo.database import now
from halo.errors import NotFound
from halo.permissions import Permission
from halo.web import MEMBER, door, may
from halo.workspaces import members, workspaces

blueprint = Blueprint("audit", __name__)
SPANS = {"1h": ("Last hour", 1), "24h": ("Last 24 hours", 24), "7d": ("Last 7 days", 168), "30d": ("Last 30 days", 720)}
OUTCOME_WORDS = {"ok": "Answered", "tool_error": "Tool error", "refused": "Refused", "failed": "Failed"}


@blueprint.get("/dashboard/audit")
@door(may(Permission.AUDIT_VIEW))
def executions() -> Any:
    """The calls of the workspace, newest first, by what the URL's filters say."""
    filters = _filters()
    found = search.page(
        _workspace_id(), filters, before=_before(), reads_payloads=web.principal().may(Permission.AUDIT_PAYLOADS)
    )
    names = search.names(found.rows, filters)
    return web.respond(
        "audit/executions.html",
        "audit/_executions.html",
        found=found,
        names=names,
        chips=_chips(names),
        query=_query(),
        older=_here(before=found.next) if found.next else "",
        newest=_here() if _before() else "",
        spans=SPANS,
        outcome_words=OUTCOME_WORDS,
        members=members.of_workspace(_workspace_id()),
    )


@blueprint.get("/dashboard/audit/<uuid:execution_id>")
@door(may(Permission.AUDIT_VIEW))
def execution(execution_id: object) -> Any:
    """One call: who, what, what came of it, and what the gate said."""
    row = search.get(_workspace_id(), str(execution_id))
    return web.respond(
        "audit/execution.html",
        "audit/_execution.html",
        row=row,
        names=search.names([row]),
        arguments=_arguments(row),
        is_masked=not web.principal().may(Permission.AUDIT_PAYLOADS),
        trail=trail.of(row),
        outcome_words=OUTCOME_WORDS,
        back=_here(),
    )


@blueprint.get("/dashboard/audit/export.<kind>")
@door(may(Permission.AUDIT_VIEW))
def export_executions(kind: str) -> Any:
    """What the filters show, all of it, as a download."""
    if kind not in export.FORMATS:
        raise NotFound("export: jsonl or csv")
    mimetype, write = export.FORMATS[kind]
    payloads = web.principal().may(Permission.AUDIT_PAYLOADS)
    body = write(_workspace_id(), _filters(), reads_payloads=payloads)
    name = f"halo-audit-{web.principal().workspace_slug}-{now():%Y%m%d-%H%M%S}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(stream_with_context(body), content_type=mimetype, headers=headers)


@blueprint.get("/dashboard/audit/changes")
@door(may(Permission.AUDIT_VIEW))
def changes() -> Any:
    """Changes of configuration in sentences, with before and after."""
    rows, more = search.changes(_workspace_id(), before=_before())
    return render_template(
        "audit/changes.html",
        changes=rows,
        sentence=events.sentence,
        older=url_for("audit.changes", before=more) if more else "",
        newest=url_for("audit.changes") if _before() else "",
    )


@blueprint.get("/dashboard/audit/why")
@door(MEMBER)
def explain() -> Any:
    """Why a connected app sees a tool or not, as the gate answers it now."""
    principal = web.principal()
    grant_id, name = request.args.get("grant", ""), request.args.get("tool", "")
    return render_template(
        "audit/explain.html",
        connections=why.connections(principal=principal),
        tools=why.tools(),
        grant_id=grant_id,
        tool=name,
        answer=why.explain(grant_id, name, principal=principal) if grant_id and name else None,
    )


@blueprint.app_template_filter("said")
def said(value: Any) -> str | None:
    """A value of before or after, as a person reads it."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')}: {said(part)}" for name, part in value.items()) or None
    return ", ".join(str(part) for part in value) or None if isinstance(value, list) else str(value)


def _workspace_id() -> str:
    return str(web.principal().workspace_id)


def _arguments(row: ActionExecution) -> str | None:
    """The arguments as readable JSON, masked for who may not read personal data."""
    if row.arguments is None:
        return None
    reads = web.principal().may(Permission.AUDIT_PAYLOADS)
    shown = row.arguments if reads else mask.masked(row.arguments, row.tool)
    return orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode()


def _query() -> dict[str, str]:
    """The filters of the URL that have a value, as they stand there."""
    names = ("span", "since", "until", "outcome", "reason", "tool", "client", "grant", "person", "method", "text")
    given = {name: request.args.get(name, "").strip()[:200] for name in names}
    return {name: value for name, value in given.items() if value and value.isprintable()}


def _filters() -> Filters:
    query = _query()
    span = SPANS.get(query.pop("span", ""))
    since, until = _moment(query.pop("since", "")), _moment(query.pop("until", ""))
    if span is not None:
        since = now() - datetime.timedelta(hours=span[1])
    return Filters(since=since, until=until, **dict[str, Any](query))


def _moment(text: str) -> datetime.datetime | None:
    """A moment as `datetime-local` fields send it, in the workspace's time zone."""
    try:
        typed = datetime.datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    if typed is None or typed.tzinfo is not None:
        return typed
    return typed.replace(tzinfo=zoneinfo.ZoneInfo(workspaces.current(principal=web.principal()).time_zone))


def _before() -> str | None:
    before = request.args.get("before", "")
    return before if moments.is_id(before) else None


def _here(**changed: Any) -> str:
    """This list with the URL's filters, some of them changed."""
    return url_for("audit.executions", **(dict[str, Any](_query()) | changed))


def _chips(names: search.Names) -> list[tuple[str, str, str]]:
    """(filter, value in words, address without it) for every filter that is set."""
    query = _query()
    words = {"person": names.people, "client": names.clients, "outcome": OUTCOME_WORDS}
    chips = []
    for name, value in query.items():
        said = SPANS[value][0] if name == "span" and value in SPANS else words.get(name, {}).get(value, value)
        chips.append((name.capitalize(), said, _here(**{name: None})))
    return chips
