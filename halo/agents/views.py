"""The doors of AI Agents: who holds actions, and the switches of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from markupsafe import Markup

from halo import web
from halo.actions import service
from halo.actions.vocabulary import EXTERNAL_CLIENTS, group_of
from halo.agents import lines
from halo.audit import overview
from halo.errors import NotFound
from halo.flags import service as flags
from halo.flags.catalogue import MCP_SERVER
from halo.permissions import Permission
from halo.web import door, may

blueprint = Blueprint("agents", __name__)
ACTIONS = "/dashboard/agents/external-clients/actions"


@blueprint.get("/dashboard/agents")
@door(may(Permission.AGENTS_VIEW))
def agents() -> Any:
    """Who can call tools here."""
    workspace_id = str(web.principal().workspace_id)
    return render_template(
        "agents/agents.html",
        summary=lines.summary(lines.of_holder(EXTERNAL_CLIENTS, workspace_id=workspace_id)),
        connections=overview.connections(workspace_id),
        last_call=overview.last_call(workspace_id),
    )


@blueprint.get(ACTIONS)
@door(may(Permission.AGENTS_VIEW))
def actions() -> Any:
    """What external clients may call, each with its switch."""
    return web.respond("agents/actions.html", "agents/_actions.html", **_context(request.args.getlist("changed")))


@blueprint.post(f"{ACTIONS}/<tool>/on")
@door(may(Permission.AGENTS_EDIT))
def switch_on(tool: str) -> Any:
    """Let external clients call it, from the next call on."""
    return _switched(service.switch_on([tool], holder=EXTERNAL_CLIENTS, principal=web.principal()), tool)


@blueprint.post(f"{ACTIONS}/<tool>/off")
@door(may(Permission.AGENTS_EDIT))
def switch_off(tool: str) -> Any:
    """Refuse it to external clients, from the next call on."""
    return _switched(service.switch_off([tool], holder=EXTERNAL_CLIENTS, principal=web.principal()), tool)


@blueprint.post(f"{ACTIONS}/groups/<group>/on")
@door(may(Permission.AGENTS_EDIT))
def switch_group_on(group: str) -> Any:
    """The same for a group, or for those of it that the form names."""
    return _switched(service.switch_on(_of_group(group), holder=EXTERNAL_CLIENTS, principal=web.principal()))


@blueprint.post(f"{ACTIONS}/groups/<group>/off")
@door(may(Permission.AGENTS_EDIT))
def switch_group_off(group: str) -> Any:
    """The same for a group, or for those of it that the form names."""
    return _switched(service.switch_off(_of_group(group), holder=EXTERNAL_CLIENTS, principal=web.principal()))


def _of_group(key: str) -> list[str]:
    """The group's tools; with `tool` in the form only those, so that undoing a press brings back what it changed."""
    held = [it.name for it in service.available(EXTERNAL_CLIENTS) if group_of(it).key == key]
    if not held:
        raise NotFound("group of actions")
    named = request.form.getlist("tool")
    return [name for name in held if name in named] if named else held


def _switched(changed: Sequence[str], tool: str = "") -> Any:
    """The changed parts for htmx; otherwise on to the page, which says what changed and how to undo it."""
    if not web.is_htmx():
        show: str | None = request.form.get("show", "all")
        q, show = request.form.get("q") or None, show if show != "all" else None
        return redirect(url_for("agents.actions", q=q, show=show, changed=list(changed)), 303)
    context = _context(changed)
    if not tool:
        listed = _part("agents/_actions.html", context)
        return listed + _part("agents/_summary.html", context, out_of_band=True) + _undo(context)
    line = next(it for it in context["every"] if it.declared.name == tool)
    section = next(it for it in lines.sections(context["every"]) if it.group == group_of(line.declared))
    return Markup("").join((
        _part("agents/_line.html", context, line=line),
        _part("agents/_summary.html", context, out_of_band=True),
        _part("agents/_group.html", context, out_of_band=True, section=section),
        _undo(context),
    ))  # fmt: skip


def _part(template: str, context: dict[str, Any], **more: Any) -> Markup:
    return Markup(render_template(template, **context | more))  # noqa: S704 - a template of ours, which escapes


def _undo(context: dict[str, Any]) -> Markup:
    """Into the page's place for messages, whatever part was asked for."""
    said = _part("agents/_undo.html", context) if context["changed"] else Markup("")
    return Markup('<div hx-swap-oob="innerHTML:#flashes">{}</div>').format(said)


def _context(changed: Sequence[str]) -> dict[str, Any]:
    principal = web.principal()
    workspace_id = str(principal.workspace_id)
    every = lines.of_holder(EXTERNAL_CLIENTS, workspace_id=workspace_id)
    text = request.values.get("q", "").strip()[:100]
    show = request.values.get("show", "all")
    show = show if show in lines.SHOWS else "all"
    done = [line for line in every if line.declared.name in changed]
    return {
        "holder": EXTERNAL_CLIENTS,
        "every": every,
        "summary": lines.summary(every),
        "sections": lines.sections(every, text=text, show=show),
        "withheld": service.withheld(EXTERNAL_CLIENTS),
        "q": text,
        "show": show,
        "shows": list(lines.SHOWS.items()),
        "changed": done if len({line.is_on for line in done}) == 1 else [],
        "group_of": group_of,
        "may_edit": principal.may(Permission.AGENTS_EDIT),
        "flag_on": flags.is_on(MCP_SERVER, workspace_id=workspace_id),
    }
