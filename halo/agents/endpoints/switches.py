"""The Actions page of each holder: its switches, alone, by the group, copied from another, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from markupsafe import Markup

from halo import facts, web
from halo.actions import holders, service
from halo.actions.kinds import group_of
from halo.actions.vocabulary import EXTERNAL_CLIENTS, WITHHELD, Holder
from halo.agents import holding, lines, sections
from halo.agents import service as agents
from halo.agents.endpoints import blueprint
from halo.agents.endpoints.agent import words
from halo.flags import service as flags
from halo.ground.errors import Mistake, NotFound
from halo.ground.modes import MODES, Mode
from halo.ground.permissions import Permission
from halo.ground.principal import WorkspaceFacts
from halo.web import door, may, queries
from halo.web.queries import Query

ACTIONS = "/dashboard/agents/<holder>/actions"


@blueprint.get(ACTIONS)
@door(may(Permission.AGENTS_VIEW))
def actions(holder: str) -> Any:
    """What this holder may call, each with its switch or its mode."""
    context = _context(_holder(holder), _modes(request.args.getlist("was")))
    return web.respond("agents/actions.html", "agents/_actions.html", **context)


@blueprint.post(f"{ACTIONS}/<tool>/on")
@door(may(Permission.AGENTS_EDIT))
def switch_on(holder: str, tool: str) -> Any:
    """Let the holder call it, from the next call on."""
    held = _holder(holder)
    return _switched(held, service.switch_on([tool], **_by(held)), tool)


@blueprint.post(f"{ACTIONS}/<tool>/off")
@door(may(Permission.AGENTS_EDIT))
def switch_off(holder: str, tool: str) -> Any:
    """Refuse it to the holder, from the next call on."""
    held = _holder(holder)
    return _switched(held, service.switch_off([tool], **_by(held)), tool)


@blueprint.post(f"{ACTIONS}/<tool>/mode/<mode>")
@door(may(Permission.AGENTS_EDIT))
def set_mode(holder: str, tool: str, mode: str) -> Any:
    """Choose how the holder may call it, from the next call on."""
    held = _holder(holder)
    if mode not in MODES:
        raise NotFound("mode")
    return _switched(held, service.set_mode([tool], MODES[mode], **_by(held)), tool)


@blueprint.post(f"{ACTIONS}/groups/<group>/on")
@door(may(Permission.AGENTS_EDIT))
def switch_group_on(holder: str, group: str) -> Any:
    """The same for a group."""
    held = _holder(holder)
    return _switched(held, service.switch_on(_of_group(held, group), **_by(held)))


@blueprint.post(f"{ACTIONS}/groups/<group>/off")
@door(may(Permission.AGENTS_EDIT))
def switch_group_off(holder: str, group: str) -> Any:
    """The same for a group."""
    held = _holder(holder)
    return _switched(held, service.switch_off(_of_group(held, group), **_by(held)))


@blueprint.post(f"{ACTIONS}/copy")
@door(may(Permission.AGENTS_EDIT))
def copy_switches(holder: str) -> Any:
    """Give the agent the switches of another one; what it had is one press of Undo away."""
    held, chosen = _holder(holder), request.form.get("from", "")
    source = next((it for it in _others(held) if it.key == chosen), None)
    if source is None:
        raise Mistake("from", "Choose one of the other agents of this workspace, whose switches are copied.")
    before = service.set_modes(service.copied(source, held, _workspace()), **_by(held))
    if not before:
        flash(f"{held.name} has the same switches as {source.name} already.")
    return _switched(held, before)


@blueprint.post(f"{ACTIONS}/back")
@door(may(Permission.AGENTS_EDIT))
def set_back(holder: str) -> Any:
    """Undo a press: what it changed is held as it was before, and nothing else is touched."""
    held, before = _holder(holder), _modes(request.form.getlist("was"))
    return _switched(held, service.set_modes(before, **_by(held)))


def _holder(slug: str) -> Holder:
    return holders.get(slug, principal=web.principal())


def _workspace() -> WorkspaceFacts:
    return facts.now_of(web.principal().workspace_id)


def _by(holder: Holder) -> dict[str, Any]:
    """Whose switches, where, and who presses them."""
    return {"holder": holder, "workspace": _workspace(), "principal": web.principal()}


def _of_group(holder: Holder, key: str) -> list[str]:
    held = [it.name for it in service.available(holder, _workspace()) if group_of(it).key == key]
    if not held:
        raise NotFound("group of actions")
    return held


def _others(holder: Holder) -> list[Holder]:
    """Whose switches an agent may be given; external clients hold what no agent does, and the other way round."""
    every = holding.holders(web.principal().workspace_id)
    return [it for it in every if it.key != holder.key] if holder in every else []


def _modes(said: Iterable[str]) -> dict[str, Mode]:
    """What `<mode>:<tool>,<tool>` says, in a form or an address; what is no mode is left out."""
    pairs = [each.partition(":") for each in said]
    return {name: MODES[mode] for mode, _, names in pairs if mode in MODES for name in names.split(",")}


def _said(modes: Mapping[str, Mode]) -> list[str]:
    """The same the other way, short enough for an address that names a whole server's tools."""
    found: dict[Mode, list[str]] = {}
    for name, mode in modes.items():
        found.setdefault(mode, []).append(name)
    return [f"{mode}:{','.join(names)}" for mode, names in found.items()]


def _switched(holder: Holder, before: Mapping[str, Mode], tool: str = "") -> Any:
    """The changed parts for htmx; otherwise on to the page, which says what changed and how to undo it."""
    if not web.is_htmx():
        show: str | None = request.form.get("show", "all")
        q, show = request.form.get("q") or None, show if show != "all" else None
        return redirect(url_for("agents.actions", holder=holder.slug, q=q, show=show, was=_said(before)), 303)
    context = _context(holder, before)
    if not tool:
        listed = _part("agents/_actions.html", context)
        return listed + _part("agents/_summary.html", context, out_of_band=True) + _undo(context)
    line = next(it for it in context["every"] if it.declared.name == tool)
    section = next(it for it in context["whole"] if it.group.key == group_of(line.declared).key)
    return Markup("").join((
        _part("agents/_line.html", context, line=line, section=section),
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


def _asked(shows: Iterable[str]) -> Query:
    """What narrows the list. After a change the list is drawn whatever the form held: the change is made."""
    kinds = {"q": queries.text(100), "show": queries.one_of(shows)}
    asked = queries.read(kinds, sent=((name, request.values.getlist(name)) for name in kinds))
    return asked if request.method == "POST" else asked.demand()


def _context(holder: Holder, before: Mapping[str, Mode]) -> dict[str, Any]:
    principal = web.principal()
    workspace = _workspace()
    every = lines.of_holder(holder, workspace)
    blocks = sections.servers_of(holder, workspace)
    shows = sections.shows(holder, blocks)
    asked = _asked(shows)
    text, show = asked.get("q"), asked.get("show") or "all"
    whole = sections.sections(every, blocks, workspace)
    titles = {section.group.key: section.group.title for section in whole}
    changed = [line for line in every if line.mode is not before.get(line.declared.name, line.mode)]
    return {
        "holder": holder,
        "every": every,
        "summary": lines.summary(every),
        "sections": sections.sections(every, blocks, workspace, text=text, show=show),
        "whole": whole,
        "has_servers": bool(blocks),
        "withheld": service.withheld(holder, workspace),
        "why_withheld": WITHHELD,
        "q": text,
        "show": show,
        "shows": list(shows.items()),
        "changed": changed,
        "changed_groups": list(dict.fromkeys(titles[group_of(line.declared).key] for line in changed)),
        "undoes": _said({line.declared.name: before[line.declared.name] for line in changed}),
        "flag_on": holder.flag is None or flags.is_on(holder.flag, workspace_id=workspace.id),
        "agent": None if holder is EXTERNAL_CLIENTS else agents.find(holder.key, principal=principal),
        "others": _others(holder),
        **words(),
    }
