"""What a person decides of a server's tools: which definition counts, whose data each reaches, and what is destructive.

A decision is about what was looked at: with `seen` (tool -> digest) it is refused where the server lists something else
by now. Each is a row in the history of changes, can be taken back (`halo.servers.reverts`), and is in force on the next
call of every process. What there is to decide show `halo.servers.tool_lines`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from halo.actions import switched
from halo.ground.database import db, now, one_change
from halo.ground.errors import Mistake, NotFound, Taken
from halo.ground.permissions import Permission
from halo.ground.principal import Member
from halo.ledger import changes
from halo.ledger.models import Change
from halo.servers import loading, reach, snapshot, source, suspicion
from halo.servers.models import Server, ServerTool
from halo.servers.reach import ATTRIBUTES, Reach

CLASSES = {
    "": "By what its server says of it",
    "destructive": "Destructive, whatever its server says",
    "safe": "Not destructive, whatever its server says",
}
"""How a person may classify a tool."""
_COUNTS = ("accepted", "kept", "reach", "locks", "classified")
"""What people decided of a tool, by the names of the row's columns."""


def accept(
    slug: str, names: Iterable[str], *, principal: Member, seen: Mapping[str, str | None] | None = None
) -> list[ServerTool]:
    """Take what the server lists of these: it counts from the next call on; a tool that is gone is removed."""
    with one_change():
        server = _server(slug, principal)
        return [_accept(server, _seen(loading.tool(server, name), seen), principal) for name in _each(names)]


def accept_readers(slug: str, *, principal: Member) -> list[ServerTool]:
    """Accept all held tools that only read, as far as their server says so and no mark is on them."""
    with one_change():
        server = _server(slug, principal)
        rows = [row for row in loading.tools(server) if snapshot.is_held(row)]
        listed = loading.definitions(server.workspace_id, (row.listed for row in rows))
        others = snapshot.names_of_others(server.id, workspace_id=server.workspace_id)
        return [_accept(server, row, principal) for row in rows if _only_reads(listed[str(row.listed)], others)]


def keep(
    slug: str, names: Iterable[str], *, principal: Member, seen: Mapping[str, str | None] | None = None
) -> list[ServerTool]:
    """Stay with what was accepted, or with nothing: what the server lists of these is held no longer."""
    with one_change():
        server = _server(slug, principal)
        return [_keep(server, _seen(loading.tool(server, name), seen), principal) for name in _each(names)]


def roll_back(slug: str, name: str, digest: str, *, principal: Member) -> ServerTool:
    """Let calls run on a definition again that was accepted once."""
    with one_change():
        server = _server(slug, principal)
        row = loading.tool(server, name)
        if digest not in earlier(row):
            raise NotFound("earlier definition")
        before = decided(row)
        _let_count(row, digest, principal)
        row.kept = row.listed if row.listed != digest else None
        _recorded("server_tool.rolled_back", server, row, before, principal)
        return row


def earlier(row: ServerTool) -> list[str]:
    """Digests of the definitions that were accepted of this tool before, the newest first."""
    told = select(Change.before, Change.after).where(
        Change.workspace_id == row.workspace_id, Change.subject_kind == "server_tool", Change.subject_id == row.id
    )
    found: dict[str, None] = {}
    for before, after in db.session.execute(told.order_by(Change.id.desc())):
        for facts in (after, before):
            if digest := (facts or {}).get("accepted"):
                found[digest] = None
    known = loading.definitions(row.workspace_id, found)
    return [it for it in found if it != row.accepted and it in known and known[it]["name"] == row.name]


def sort(slug: str, name: str, reach_: str, locks: Mapping[str, Any] | None = None, *, principal: Member) -> ServerTool:
    """Say whose data the tool reaches, and what of the customer Halo fills its parameters with."""
    with one_change():
        server = _server(slug, principal)
        row = loading.tool(server, name)
        before = decided(row)
        row.reach, row.locks = _reach(reach_), _locks(reach_, locks or {}, _counting(row))
        _recorded("server_tool.sorted", server, row, before, principal)
        return row


def classify(slug: str, name: str, word: str, *, principal: Member) -> ServerTool:
    """Say whether the tool is destructive: `destructive`, `safe`, or empty for what its server says."""
    if word not in CLASSES:
        raise Mistake("classified", "A tool is classified as destructive, as safe, or by what its server says.")
    with one_change():
        server = _server(slug, principal)
        row = loading.tool(server, name)
        before = decided(row)
        row.classified = word
        _recorded("server_tool.classified", server, row, before, principal)
        return row


def restore(tool_id: str, facts: Mapping[str, Any], event: str, *, principal: Member) -> ServerTool:
    """Set a tool's decisions to what they were (`halo.servers.reverts`)."""
    with one_change():
        loading.demand(Permission.INTEGRATIONS_MANAGE, principal=principal)
        row = by_id(tool_id, principal=principal)
        server = _server(loading.by_id(row.server_id, workspace_id=row.workspace_id).slug, principal)
        db.session.refresh(row)
        before = decided(row)
        for name in _COUNTS:
            if name in facts:
                setattr(row, name, facts[name])
        _fit_locks(row)
        _recorded(event, server, row, before, principal)
        return row


def by_id(tool_id: str, *, principal: Member) -> ServerTool:
    """A tool of the workspace; raises NotFound."""
    mine = select(ServerTool).where(ServerTool.workspace_id == principal.workspace_id, ServerTool.id == tool_id)
    found = db.session.scalar(mine)
    if found is None:
        raise NotFound("tool")
    return found


def decided(row: ServerTool) -> dict[str, Any]:
    """What people decided of a tool."""
    return {name: getattr(row, name) for name in _COUNTS}


def _server(slug: str, principal: Member) -> Server:
    loading.demand(Permission.INTEGRATIONS_MANAGE, principal=principal)
    return loading.server(slug, workspace_id=principal.workspace_id, locks=True)


def _each(names: Iterable[str]) -> list[str]:
    found = list(dict.fromkeys(names))
    if not found:
        raise Mistake("tool", "Choose at least one tool.")
    return found


def _seen(row: ServerTool, seen: Mapping[str, str | None] | None) -> ServerTool:
    if seen is not None and (looked_at := seen.get(row.name, seen.get(row.alias))) and looked_at != row.listed:
        raise Taken("digest", f"The server lists {row.alias} otherwise by now. Look at it again.")
    return row


def _accept(server: Server, row: ServerTool, principal: Member) -> ServerTool:
    if row.unusable:
        raise Mistake("tool", f"{row.alias} cannot be used: {row.unusable}")
    if row.listed is None:
        return _remove(server, row, principal)
    if row.listed == row.accepted:
        return row
    before = decided(row)
    if row.renamed_from:
        _take_over(server, row, principal)
    _let_count(row, row.listed, principal)
    row.kept = None
    _recorded("server_tool.accepted", server, row, before, principal)
    return row


def _let_count(row: ServerTool, digest: str, principal: Member) -> None:
    """Calls run on this definition."""
    row.accepted, row.accepted_at, row.accepted_by = digest, now(), principal.person_id
    _fit_locks(row)


def _fit_locks(row: ServerTool) -> None:
    """A lock on a parameter that the definition has not ends. A customer's tool that lost one is sorted no more, so
    that no conversation is offered it: what it held may have another name now."""
    definition = _counting(row)
    if row.reach != Reach.customers.name or reach.holds(row.locks, definition):
        return
    parameters = _parameters(definition)
    row.locks = {name: attribute for name, attribute in row.locks.items() if reach.takes_text(parameters.get(name))}
    row.reach = Reach.unsorted.name


def _take_over(server: Server, row: ServerTool, principal: Member) -> None:
    """What was decided of the tool under its old name holds under the new one; switches stay behind."""
    old = next((each for each in loading.tools(server) if each.name == row.renamed_from), None)
    if old is not None and old.listed is None and not old.unusable:
        row.reach, row.locks, row.classified = old.reach, dict(old.locks), old.classified
        _remove(server, old, principal)
    row.renamed_from = ""


def _remove(server: Server, row: ServerTool, principal: Member) -> ServerTool:
    _recorded("server_tool.removed", server, row, decided(row), principal, after={})
    switched.forget([row.alias], workspace_id=row.workspace_id)
    db.session.delete(row)
    db.session.flush()
    return row


def _keep(server: Server, row: ServerTool, principal: Member) -> ServerTool:
    if not snapshot.is_held(row):
        return row
    before = decided(row)
    row.kept = row.listed
    _recorded("server_tool.kept", server, row, before, principal)
    return row


def _only_reads(definition: Mapping[str, Any], others: Iterable[str]) -> bool:
    return source.hints(definition).get("readOnlyHint") is True and not suspicion.marks(definition, others)


def _reach(name: str) -> str:
    if name not in Reach.__members__:
        raise Mistake("reach", f"The reach is one of {', '.join(Reach.__members__)}.")
    return name


def _locks(reach_: str, given: Mapping[str, Any], definition: Mapping[str, Any]) -> dict[str, str]:
    if reach_ != Reach.customers.name:
        return {}
    parameters = _parameters(definition)
    for name, attribute in given.items():
        if name not in parameters:
            raise Mistake("locks", f"The tool has no parameter {str(name)[:100]!r}.")
        if not reach.takes_text(parameters[name]):
            raise Mistake("locks", f"{name} takes no text, so it cannot be filled with what is known of a customer.")
        if attribute not in ATTRIBUTES:
            raise Mistake("locks", f"{name} can be locked to {', '.join(ATTRIBUTES)}.")
    if not given:
        raise Mistake("locks", "Lock at least one parameter to the customer, or say that the tool is public.")
    return {str(name): str(attribute) for name, attribute in given.items()}


def _counting(row: ServerTool) -> Mapping[str, Any]:
    """The definition that a decision is about: the accepted one, else what is listed."""
    digest = row.accepted or row.listed
    found = loading.definitions(row.workspace_id, [digest])
    if digest not in found:
        raise Mistake("tool", f"{row.alias} cannot be used: {row.unusable or 'nothing of it is known.'}")
    return found[digest]


def _parameters(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    found = definition["inputSchema"].get("properties")
    return found if isinstance(found, dict) else {}


def _recorded(
    event: str,
    server: Server,
    row: ServerTool,
    before: dict[str, Any],
    principal: Member,
    after: dict[str, Any] | None = None,
) -> None:
    """Nothing where nothing is otherwise; else the difference, and every process makes the server's tools anew."""
    now_ = decided(row) if after is None else after
    differs = [name for name in before if before[name] != now_.get(name)]
    if not differs and after is None:
        return
    server.revision = Server.revision + 1
    changes.record(
        event,
        workspace_id=server.workspace_id,
        principal=principal,
        subject=("server_tool", row.id, row.alias),
        before={name: before[name] for name in differs},
        after={name: now_[name] for name in differs if name in now_} | {"server": server.slug},
    )
