"""A server that a workspace connected and accepted tools of, as rows; and who calls them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from halo import facts
from halo.actions.models import ActionSwitch
from halo.flags.models import FlagValue
from halo.flags.vocabulary import MCP_EXTERNAL_SERVERS
from halo.ground.database import db, one_change
from halo.ground.modes import Mode
from halo.ground.permissions import Permission
from halo.ground.principal import Caller, Customer, Trying
from halo.ledger import changes
from halo.ledger.models import ActionExecution
from halo.perform import Answered, Refusal, perform
from halo.servers import lock
from halo.servers.aliases import alias
from halo.servers.models import Server, ServerTool, ToolDefinition
from tests import cast, factories
from tests.support.agents import an_agent_run, switch

JANE = Customer("01900000-0000-7000-8000-0000000000a1", "42", "jane@customer.test", None, is_proven=True)
FIND: dict[str, Any] = {
    "name": "find_orders",
    "description": "Finds orders.",
    "inputSchema": {
        "type": "object",
        "properties": {"email": {"type": "string"}, "status": {"type": "string"}},
        "required": ["email"],
    },
    "annotations": {"readOnlyHint": True},
}
SHIP: dict[str, Any] = {
    "name": "ship",
    "description": "Ships an order.",
    "inputSchema": {"type": "object", "properties": {"order": {"type": "string"}}},
    "annotations": {"destructiveHint": False},
}


def a_server(
    url: str,
    *definitions: Mapping[str, Any],
    slug: str = "shop",
    workspace: str = cast.ACME,
    locks: Mapping[str, str] | None = None,
    reach: str = "public",
    **columns: Any,
) -> Server:
    """Connected in the workspace, with these tools accepted, its flag on; the row as it was then. Inside an app
    context."""
    workspace_id = cast.workspace(workspace).id
    values: dict[str, Any] = {"slug": slug, "name": slug.title(), "url": url, "auth_method": "none"}
    with one_change() as rows:
        server = Server(workspace_id=workspace_id, **(values | columns))
        rows.add(server)
        rows.flush()
        for definition in definitions:
            add(server, definition, reach="customers" if locks else reach, locks=dict(locks or {}))
        set_flag(workspace_id, is_on=True)
    db.session.refresh(server)
    db.session.expunge(server)
    return server


def add(server: Server, definition: Mapping[str, Any], **columns: Any) -> ServerTool:
    """One more accepted tool; inside a change."""
    of = lock.definition(definition)
    digest = lock.digest(of)
    known = select(ToolDefinition).where(
        ToolDefinition.workspace_id == server.workspace_id, ToolDefinition.digest == digest
    )
    if db.session.scalar(known) is None:
        db.session.add(ToolDefinition(workspace_id=server.workspace_id, digest=digest, definition=json.dumps(of)))
    row = ServerTool(
        workspace_id=server.workspace_id,
        server_id=server.id,
        name=definition["name"],
        alias=alias(server.slug, definition["name"]),
        accepted=digest,
        listed=digest,
        **columns,
    )
    db.session.add(row)
    return row


def change(server: Server, **columns: Any) -> None:
    """Of the server's row, as a service does it."""
    with one_change() as rows:
        row = rows.get_one(Server, server.id)
        for name, value in columns.items():
            setattr(row, name, value)
        row.revision += 1
        changes.raise_version(row.workspace_id)


def set_flag(workspace_id: str, *, is_on: bool) -> None:
    with one_change() as rows:
        of_it = (FlagValue.workspace_id == workspace_id) & (FlagValue.name == MCP_EXTERNAL_SERVERS)
        row = rows.scalar(select(FlagValue).where(of_it))
        if row is None:
            rows.add(FlagValue(workspace_id=workspace_id, name=MCP_EXTERNAL_SERVERS, is_on=is_on))
        else:
            row.is_on = is_on
        changes.raise_version(workspace_id)


def set_mode(holder: str, name: str, mode: Mode, slug: str = cast.ACME) -> None:
    """Of a switch, whether there was one or not."""
    workspace_id = cast.workspace(slug).id
    with one_change() as rows:
        of_it = (ActionSwitch.holder == holder) & (ActionSwitch.action == name)
        row = rows.scalar(select(ActionSwitch).where(ActionSwitch.workspace_id == workspace_id, of_it))
        if row is None:
            row = ActionSwitch(workspace_id=workspace_id, holder=holder, action=name)
            rows.add(row)
        row.is_on, row.mode = mode is not Mode.NEVER, (Mode.AUTO if mode is Mode.NEVER else mode).value
        changes.raise_version(workspace_id)


def an_agent(*names: str, slug: str = cast.ACME, **columns: Any) -> Caller:
    """An agent that has these switched on, in a conversation with Jane, who proved who she is."""
    for name in names:
        switch(name, Mode.AUTO, slug)
    return an_agent_run(slug, **({"customer": JANE} | columns))


def a_person(slug: str = cast.ACME, *, is_sure: bool = True, **columns: Any) -> Trying:
    """A person of the team who tries a tool, and is sure."""
    values: dict[str, Any] = {
        "person_id": cast.person(cast.OWNER).id,
        "person_name": "Olivia Owner",
        "is_member": True,
        "permissions": frozenset(Permission),
        "workspace": facts.now_of(cast.workspace(slug).id),
        "customer": None,
    }
    return Trying(is_sure=is_sure, **(values | columns))


def call(caller: Caller, name: str, arguments: Mapping[str, Any] | None = None) -> Answered | Refusal:
    return perform(name, arguments or {}, principal=caller, context=factories.a_context())


def answered(caller: Caller, name: str, arguments: Mapping[str, Any] | None = None) -> Answered:
    done = call(caller, name, arguments)
    assert isinstance(done, Answered), done
    return done


def last_row() -> ActionExecution:
    db.session.rollback()
    row = db.session.scalar(select(ActionExecution).order_by(ActionExecution.id.desc()).limit(1))
    assert row is not None
    return row


def found(server: Server) -> Server:
    """The row as it stands now."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Server, server.id)
