"""The changes of configuration: the feed with before and after, one change, and taking it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request, url_for

from halo import web
from halo.audit import history
from halo.audit.endpoints import asked, blueprint, times, workspace_id
from halo.audit.history import Wanted
from halo.ground.errors import Mistake
from halo.ground.permissions import Permission
from halo.ledger import events, reverts
from halo.ledger.changes import get
from halo.ledger.models import Change
from halo.web import door, may, queries
from halo.web.queries import Query

LABELS = {
    "span": "Time", "person": "Person", "kind": "About", "subject": "Only", "event": "Event", "from": "From",
    "until": "Until",
}  # fmt: skip
_KINDS = {
    "person": queries.text(), "kind": queries.one_of(history.SUBJECTS), "subject": queries.text(),
    "event": queries.one_of(events.EVENTS),
}  # fmt: skip


@blueprint.get("/dashboard/audit/changes")
@door(may(Permission.AUDIT_VIEW))
def changes() -> Any:
    """Changes of configuration in sentences, with before and after."""
    here = _read("before")
    query, before = _filters(here), here.get("before")
    rows, more = ([], None) if here.refused else history.page(workspace_id(), _wanted(query), before=before or None)
    people = history.people(workspace_id())
    return web.respond(
        "audit/changes.html",
        "audit/_changes.html",
        422 if here.refused else 200,
        changes=rows,
        chips=_chips(query, dict(people), rows),
        choices=_choices(people),
        query=query,
        left_out=here.refused,
        without=_here(query),
        older=_here(query, before=more) if more else "",
        newest=_here(query) if before else "",
        **_spoken(rows),
    )


@blueprint.get("/dashboard/audit/changes/<uuid:change_id>")
@door(may(Permission.AUDIT_VIEW))
def change(change_id: object) -> Any:
    """One change with what reverting it would do now."""
    return _page(get(workspace_id(), str(change_id)))


@blueprint.post("/dashboard/audit/changes/<uuid:change_id>/revert")
@door(may(Permission.AUDIT_VIEW))
def revert(change_id: object) -> Any:
    """Take the change back through its own service; a new change says so."""
    row = get(workspace_id(), str(change_id))
    typed = request.form.get("why", "")
    try:
        reverts.revert(row.id, typed, principal=web.principal())
    except Mistake as problem:
        return _page(row, problem, typed, 422)
    return web.after_change(url_for("audit.changes"), f"Reverted: {events.sentence(row.event, row.subject)}.")


def _page(row: Change, problem: Mistake | None = None, typed: str = "", status: int = 200) -> Any:
    query = _filters(_read().demand())
    return web.respond(
        "audit/change.html",
        "audit/_change_drawer.html",
        status,
        entry=row,
        plan=reverts.preview(row, principal=web.principal()),
        problem=problem,
        typed=typed,
        back=_here(query),
        query=query,
        **_spoken([row]),
    )


def _spoken(rows: list[Change]) -> dict[str, Any]:
    return {
        "sentence": events.sentence,
        "people": history.names(rows),
        "lines": history.lines,
        "label": history.label,
        "word": history.word,
        "actor": history.actor,
        "reverted_id": history.reverted_id,
        "reason_of": history.reason_of,
        "revertible": reverts.revertible(),
    }


def _read(*alone: str) -> Query:
    """What the address asks for; `alone` are the names besides the filters that it can hold."""
    zone = web.principal().time_zone
    kinds = {**times.kinds(zone), **_KINDS, **dict.fromkeys(alone, asked.PLACE)}
    return times.checked(queries.read(kinds, LABELS), zone, LABELS)


def _filters(here: Query) -> dict[str, str]:
    return {name: here.values[name] for name in LABELS if name in here.values}


def _wanted(query: Mapping[str, str]) -> Wanted:
    since, until = times.stretch(query, web.principal().time_zone)
    held = {name: query[name] for name in _KINDS if name in query}
    return Wanted(since=since, until=until, **held)


def _here(query: Mapping[str, str], **changed: Any) -> str:
    return url_for("audit.changes", **(dict[str, Any](query) | changed))


def _chips(query: dict[str, str], people: dict[str, str], rows: list[Change]) -> list[tuple[str, str, str]]:
    words = {
        "person": people,
        "kind": history.SUBJECTS,
        "subject": {row.subject_id: row.subject for row in rows},
        "span": times.SPANS,
        **{
            name: {query[name]: times.said(query[name], name, web.principal().time_zone)}
            for name in times.EDGES
            if name in query
        },
    }
    return [
        (LABELS[name], words.get(name, {}).get(value, value.replace("_", " ")), _here(query, **{name: None}))
        for name, value in query.items()
    ]


def _choices(people: list[tuple[str, str]]) -> dict[str, list[tuple[str, str]]]:
    said = sorted((event, events.EVENTS[event].replace("{subject}", "…").strip()) for event in events.EVENTS)
    return {
        "span": [("", "Any time"), *times.SPANS.items()],
        "person": [("", "Anybody"), *people],
        "kind": [("", "Anything"), *history.SUBJECTS.items()],
        "event": [("", "Any event"), *said],
    }
