"""Reviewing a server's tools: what is held on top, and what people decide of each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import request

from halo import catalogue, facts, web
from halo.external import marking
from halo.external.endpoints import blueprint, page
from halo.external.endpoints.page import MANAGE, VIEW
from halo.ground.errors import Mistake, NotFound
from halo.servers import connecting, loading, reviewing, sanitising, source, tool_lines
from halo.servers.reach import ATTRIBUTES, Reach, takes_text
from halo.servers.tool_lines import ToolLine
from halo.tool import BYTES_A_TOKEN
from halo.web import door, may

TAB, PARTIAL = "server_tools", "_review"
REACHES = {Reach.unsorted: "Unsorted", Reach.public: "Public", Reach.customers: "The customer's"}
WHY = {"new": "New", "changed": "Changed", "renamed": "Renamed"}


@blueprint.get("/dashboard/integrations/mcp/<server>/tools")
@door(may(VIEW))
def server_tools(server: str) -> Any:
    """All tools: held, unusable, gone, accepted; each with what a person has to know before deciding."""
    return _page(server)


@blueprint.post("/dashboard/integrations/mcp/<server>/tools/acceptance")
@door(may(MANAGE))
def accept_readers(server: str) -> Any:
    """Accept all held tools that only read."""
    rows = reviewing.accept_readers(server, principal=web.principal())
    return _changed(server, f"{len(rows)} accepted: those that only read, without a mark.")


@blueprint.post("/dashboard/integrations/mcp/<server>/tools/<alias>/acceptance")
@door(may(MANAGE))
def accept_listed(server: str, alias: str) -> Any:
    """Take what the server lists of this tool."""
    row = _row(server, alias)
    reviewing.accept(server, [row.name], principal=web.principal(), seen=_seen(row.name))
    return _changed(server, f"{alias} is accepted as it is listed, from the next call on.")


@blueprint.post("/dashboard/integrations/mcp/<server>/tools/<alias>/keeping")
@door(may(MANAGE))
def keep_accepted(server: str, alias: str) -> Any:
    """Stay with what was accepted."""
    row = _row(server, alias)
    reviewing.keep(server, [row.name], principal=web.principal(), seen=_seen(row.name))
    return _changed(server, f"{alias} stays as it was.")


@blueprint.post("/dashboard/integrations/mcp/<server>/tools/<alias>/roll-back")
@door(may(MANAGE))
def roll_back_tool(server: str, alias: str) -> Any:
    """Let calls run on an earlier definition again."""
    digest = request.form.get("digest", "")
    reviewing.roll_back(server, _row(server, alias).name, digest, principal=web.principal())
    drawn = partial(page.shown, "server_changes", "_changes")
    return page.changed("server_changes", drawn, server, f"{alias} is what it was before, from the next call on.")


@blueprint.post("/dashboard/integrations/mcp/<server>/tools/<alias>/reach")
@door(may(MANAGE))
def sort_tool(server: str, alias: str) -> Any:
    """Say whose data the tool reaches, and lock parameters to the customer."""
    typed = request.form
    locks = {name.removeprefix("lock:"): value for name, value in typed.items() if name.startswith("lock:") and value}
    try:
        reviewing.sort(server, _row(server, alias).name, typed.get("reach", ""), locks, principal=web.principal())
    except Mistake as problem:
        return _page(server, 422, errors={f"reach-{alias}": problem.message})
    return _changed(server, f"Whose data {alias} reaches is said.")


@blueprint.post("/dashboard/integrations/mcp/<server>/tools/<alias>/classification")
@door(may(MANAGE))
def classify_tool(server: str, alias: str) -> Any:
    """Say whether the tool is destructive."""
    word = request.form.get("classified", "")
    reviewing.classify(server, _row(server, alias).name, word, principal=web.principal())
    return _changed(server, f"{alias} is classified.")


def _seen(name: str) -> dict[str, str]:
    """The definition that stood on the page: another one is not what this person looked at."""
    return {name: request.form.get("seen", "")}


def _row(server: str, alias: str) -> Any:
    return loading.tool(connecting.get(server, principal=web.principal()), alias)


def _changed(server: str, message: str) -> Any:
    return page.changed(TAB, _page, server, message)


def _page(slug: str, status: int = 200, **context: Any) -> Any:
    found = connecting.get(slug, principal=web.principal())
    lines = tool_lines.lines(found, principal=web.principal())
    groups = {standing: [line for line in lines if line.standing == standing] for standing in _GROUPS}
    return page.shown(TAB, PARTIAL, slug, status, found=found, groups=groups, lines=lines, **words(found), **context)


_GROUPS = ("held", "unusable", "removed", "accepted", "kept")


def line_of(found: Any, alias: str) -> ToolLine:
    """One tool as it is reviewed; raises NotFound."""
    every = tool_lines.lines(found, principal=web.principal())
    line = next((each for each in every if each.row.alias == alias), None)
    if line is None:
        raise NotFound("tool")
    return line


def words(found: Any) -> dict[str, Any]:
    """What the drawing of a tool takes."""
    offered = catalogue.of(facts.now_of(found.workspace_id))
    return {
        "reaches": {reach.name: label for reach, label in REACHES.items()},
        "reach_sentences": {reach.name: reach.sentence for reach in Reach},
        "attributes": ATTRIBUTES,
        "classes": reviewing.CLASSES,
        "why_words": WHY,
        "pieces": marking.pieces,
        "claims": _claims,
        "access": _access,
        "parameters": _parameters,
        "takes_text": takes_text,
        "title_of": _title,
        "suggested_form": _suggested_form,
        "cost": _cost,
        "pretty": _pretty,
        "is_offered": lambda line: offered.find(line.row.alias) is not None,
    }


def _title(line: ToolLine) -> str:
    """What the server calls it for people; empty where it says only its name."""
    said = sanitising.text(line.definition.get("title") or source.hints(line.definition).get("title"), 100)
    return "" if said == line.row.name else said


def _suggested_form(line: ToolLine) -> dict[str, str]:
    """What the form of its reach would send, were Halo's suggestion taken."""
    return {"reach": Reach.customers.name} | {f"lock:{name}": value for name, value in line.suggested.items()}


def _claims(line: ToolLine) -> str:
    """What the server says of it."""
    hints = source.hints(line.definition)
    if hints.get("readOnlyHint") is True:
        return "claims to read only"
    if hints.get("destructiveHint") is False:
        return "claims to destroy nothing"
    return "claims to destroy" if hints.get("destructiveHint") is True else "claims nothing"


def _access(line: ToolLine) -> str:
    """What Halo takes it for."""
    if line.is_destructive:
        return "destructive"
    return "read" if line.is_read_only else "write"


def _parameters(line: ToolLine) -> Mapping[str, Any]:
    schema = line.definition.get("inputSchema", {})
    found = schema.get("properties") if isinstance(schema, dict) else None
    return found if isinstance(found, dict) else {}


def _pretty(definition: Mapping[str, Any]) -> str:
    """A definition to read; what its words hold that nobody sees stands as escapes."""
    return json.dumps(dict(definition), indent=2)


def _cost(line: ToolLine) -> int:
    """About how many tokens its definition costs a model."""
    return len(json.dumps(dict(line.definition))) // BYTES_A_TOKEN
