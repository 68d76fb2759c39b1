"""*Try it*: a tool of a server, called by a person as themselves, with the very request that went out."""

from __future__ import annotations

import time
from typing import Any

import orjson
from flask import request

from halo import catalogue, facts, trial, web
from halo.external.endpoints import blueprint, page
from halo.external.endpoints.page import MANAGE, VIEW
from halo.ground.errors import Mistake, NotFound
from halo.ground.outbound import overheard
from halo.ground.permissions import Permission, demand
from halo.perform import Answered, Refusal
from halo.servers import connecting, loading
from halo.tool import Tool
from halo.trial import fields
from halo.web import door, may

TAB = "try_tool"
DESTRUCTIVE = (
    "Halo takes this tool for destructive, so nobody calls it before a teammate can approve a call. Who manages "
    "integrations can say on the Tools tab that it is not."
)


@blueprint.get("/dashboard/integrations/mcp/<server>/tools/<alias>/trial")
@door(may(VIEW))
def try_tool(server: str, alias: str) -> Any:
    """The form that is made of the tool's schema."""
    return _page(server, alias)


@blueprint.post("/dashboard/integrations/mcp/<server>/tools/<alias>/trial")
@door(may(VIEW))
def run_tool(server: str, alias: str) -> Any:
    """Call it; what may change something is asked about once more, with what would be sent."""
    declared = _declared(connecting.get(server, principal=web.principal()), alias)
    try:
        given = fields.arguments(declared.input_schema, request.form)
    except Mistake as problem:
        return _page(server, alias, 422, errors={problem.field: problem.message})
    if not declared.read_only:
        demand(MANAGE, principal=web.principal())
    is_sure = request.form.get("sure") == "on"
    if not (declared.read_only or declared.destructive or is_sure):
        return _page(server, alias, asks=_pretty(given))
    began = time.perf_counter()
    with overheard.listening() as heard:
        done = trial.run(alias, given, member=web.principal(), is_sure=is_sure)
    return _page(server, alias, done=_told(done), heard=heard, took_ms=(time.perf_counter() - began) * 1000)


def _declared(found: Any, alias: str) -> Tool:
    """The tool as the catalogue has it; raises NotFound for what is not accepted, and for tools of other servers."""
    declared = catalogue.of(facts.now_of(found.workspace_id)).find(alias)
    if declared is None or declared.server_id != found.id:
        raise NotFound("tool")
    return declared


def _page(server: str, alias: str, status: int = 200, **context: Any) -> Any:
    found = connecting.get(server, principal=web.principal())
    declared = _declared(found, alias)
    typed = request.form.to_dict()
    needs_more = not declared.read_only and not web.principal().may(MANAGE)
    return page.shown(
        TAB,
        "_trial",
        server,
        status,
        found=found,
        tool=declared,
        row=loading.tool(found, alias),
        fields=fields.fields(declared.input_schema, typed or None),
        typed={name: value for name, value in typed.items() if name != "csrf_token"},
        withheld=DESTRUCTIVE if declared.destructive else "",
        needs_more=needs_more and not declared.destructive,
        access="destructive" if declared.destructive else "read" if declared.read_only else "write",
        reads_audit=web.principal().may(Permission.AUDIT_VIEW),
        **{"asks": "", "done": None, "heard": (), "took_ms": 0.0} | context,
    )


def _told(done: Answered | Refusal) -> dict[str, Any]:
    """What came back, for the page."""
    if isinstance(done, Refusal):
        return {"reason": done.reason, "says": done.sentence, "row_id": done.row_id}
    answer = done.answer
    data = answer.plain()
    return {
        "is_error": answer.is_error,
        "text": answer.text,
        "data": "" if data is None else _pretty(data),
        "others": [block.get("type", "") for block in answer.content or () if block.get("type") != "text"],
        "size": len(done.wire),
        "row_id": done.row_id,
    }


def _pretty(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode()
