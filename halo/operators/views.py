"""The operators' doors to flags: every workspace's values, what a switch would hit, the switches, what they did."""

from __future__ import annotations

import datetime
from typing import Any

from flask import Blueprint, render_template, request, url_for

from halo import web
from halo.flags import service, vocabulary, when
from halo.flags.models import MESSAGE
from halo.flags.vocabulary import Flag
from halo.ground import spoken
from halo.ground.database import now
from halo.ground.errors import Mistake, NotFound
from halo.operators import board, decisions, effect
from halo.web import OPERATOR, door, queries
from halo.workspaces import workspaces
from halo.workspaces.accounts import people
from halo.workspaces.models import Workspace

blueprint = Blueprint("operators", __name__)
SPANS = (("", "Until switched back"), ("1h", "1 hour"), ("4h", "4 hours"), ("1d", "1 day"))
"""How long a decision can hold, beside a moment of the operator's own."""
_FILTERS = {
    "q": queries.text(100), "show": queries.one_of(board.SHOWS), "flag": queries.one_of(vocabulary.CATALOGUE),
    "after": queries.text(),
}  # fmt: skip


@blueprint.get("/admin/flags")
@door(OPERATOR)
def flags() -> Any:
    """The flags that exist, and their values in the workspaces that the search finds."""
    asked = queries.read(_FILTERS).demand()
    text, show, flag, after = (asked.get(name) for name in ("q", "show", "flag", "after"))
    found = board.page(text, show=show, flag=flag, after=after or None)
    return render_template(
        "operators/flags.html",
        flags=vocabulary.CATALOGUE,
        overrides=board.overrides(),
        shows=board.SHOWS,
        flag_choices=[("", "Any"), *((known.name, known.title) for known in vocabulary.CATALOGUE.values())],
        found=found,
        asked={"q": text, "show": show, "flag": flag},
        is_first=not after,
    )


@blueprint.get("/admin/flags/<slug>")
@door(OPERATOR)
def workspace_flags(slug: str) -> Any:
    """One workspace's flags, with where each value comes from and its history."""
    workspace = workspaces.of_slug(slug)
    cards = [_facts(workspace, flag) for flag in vocabulary.CATALOGUE.values()]
    return render_template("operators/workspace_flags.html", workspace=workspace, cards=cards)


@blueprint.get("/admin/flags/<slug>/<name>")
@door(OPERATOR)
def flag(slug: str, name: str) -> Any:
    """One flag of the workspace; what it did since it was switched off is counted anew."""
    workspace, found = workspaces.of_slug(slug), _flag(name)
    facts = _facts(workspace, found)
    if web.is_htmx() and request.args.get("part") == "effect":
        return render_template("operators/_effect.html", **facts)
    return web.respond("operators/workspace_flags.html", "operators/_flag.html", cards=[facts], **facts)


@blueprint.get("/admin/flags/<slug>/<name>/on/confirmation")
@door(OPERATOR)
def confirm_on(slug: str, name: str) -> Any:
    """What switching on means, and the form."""
    return _ask(slug, name, True)


@blueprint.get("/admin/flags/<slug>/<name>/off/confirmation")
@door(OPERATOR)
def confirm_off(slug: str, name: str) -> Any:
    """What switching off would hit, and the form."""
    return _ask(slug, name, False)


@blueprint.post("/admin/flags/<slug>/<name>/on")
@door(OPERATOR)
def turn_on(slug: str, name: str) -> Any:
    """Switch the flag on in the workspace."""
    return _switch(slug, name, True)


@blueprint.post("/admin/flags/<slug>/<name>/off")
@door(OPERATOR)
def turn_off(slug: str, name: str) -> Any:
    """Switch the flag off in the workspace."""
    return _switch(slug, name, False)


def _ask(slug: str, name: str, is_on: bool, problem: Mistake | None = None) -> Any:
    workspace, found = workspaces.of_slug(slug), _flag(name)
    held = _held(workspace, found)
    return web.respond(
        "operators/switch.html",
        "operators/_switch.html",
        422 if problem else 200,
        workspace=workspace,
        flag=found,
        turns_on=is_on,
        radius=None if is_on else effect.radius(found, workspace.id),
        spans=SPANS,
        longest=MESSAGE,
        typed=request.form if problem else _typed_before(held, is_on),
        errors={problem.field: problem.message} if problem else {},
    )


def _typed_before(held: service.Held, is_on: bool) -> dict[str, str]:
    """A plan that is changed keeps its words."""
    row = held.row
    return {"why": row.why, "message": row.message} if row is not None and row.is_on is is_on else {}


def _switch(slug: str, name: str, is_on: bool) -> Any:
    workspace, found = workspaces.of_slug(slug), _flag(name)
    form = request.form
    try:
        given: dict[str, Any] = _times(form) | {"why": form.get("why", ""), "principal": web.person()}
        if is_on:
            service.turn_on(name, workspace_id=workspace.id, **given)
        else:
            service.turn_off(name, workspace_id=workspace.id, message=form.get("message", ""), **given)
    except Mistake as problem:
        return _ask(slug, name, is_on, problem)
    target = url_for("operators.workspace_flags", slug=slug)
    message = _told(found, workspace, is_on, given["starts_at"])
    return web.after_change(target, message, partial="operators/_flag.html", **_facts(workspace, found))


def _told(flag: Flag, workspace: Workspace, is_on: bool, starts_at: datetime.datetime | None) -> str:
    """What was decided: it holds from the next call on, or is only planned."""
    value = "on" if is_on else "off"
    if starts_at is not None and starts_at > now():
        return f"{flag.title} will be {value} for {workspace.name} from {spoken.utc(starts_at)}."
    return f"{flag.title} is {value} for {workspace.name}, from the next call on."


def _times(form: Any) -> dict[str, datetime.datetime | None]:
    """From when until when, as the form says; an end of the operator's own goes before the choice."""
    start, end, span = (form.get(name, "").strip() for name in ("starts_at", "ends_at", "span"))
    starts_at = when.moment(start, "starts_at") if start else None
    ends_at = when.moment(end, "ends_at", is_end=True) if end else None
    if span and ends_at is None:
        ends_at = (starts_at or now()) + when.span(span, "span")
    return {"starts_at": starts_at, "ends_at": ends_at}


def _flag(name: str) -> Flag:
    if name not in vocabulary.CATALOGUE:
        raise NotFound("flag")
    return vocabulary.get(name)


def _held(workspace: Workspace, flag: Flag) -> service.Held:
    return next(held for held in service.held_in(workspace.id, named=people.names_of) if held.state.flag is flag)


def _facts(workspace: Workspace, flag: Flag) -> dict[str, Any]:
    """What the card of one flag shows."""
    held = _held(workspace, flag)
    return {
        "workspace": workspace,
        "held": held,
        "history": decisions.taken_in(workspace.id, flag.name),
        "effect": effect.since_switch(held, workspace.id),
    }
