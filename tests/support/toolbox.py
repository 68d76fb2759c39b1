"""Tools that a test declares for a while, and a source that gives each workspace its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import halo.tools  # noqa: F401 - fills the registry
from halo import catalogue, tool
from halo.ground.principal import WorkspaceFacts
from halo.servers import source as servers
from halo.tool import Answer, Tool
from halo.wiring import wire

ASKS = {
    "type": "object",
    "properties": {
        "about": {"type": "string", "description": "What the note is about.", "minLength": 2},
        "email": {"type": "string", "description": "Whose."},
        "pin": {"type": "string", "description": "Nobody may read it.", "writeOnly": True},
    },
    "required": ["about"],
    "additionalProperties": False,
}


@contextmanager
def declared(*tools: Tool) -> Iterator[None]:
    """Every workspace has these meanwhile."""
    for one in tools:
        tool.register(one)
    try:
        yield
    finally:
        for one in tools:
            tool.forget(one.name)


def a_group_tool(name: str, group: str, *, scope: str = "data:read", **changes: Any) -> Tool:
    """A tool like one of ours, of another group."""
    known = tool.find("data_find_user")
    assert known is not None
    words: dict[str, Any] = {"title": name.replace("_", " ").capitalize(), "bound": "same", "customer": {}}
    words |= {"handler": lambda _arguments, *, principal: Answer("done"), "result_schema": None, "output_schema": None}
    return replace(known, name=name, group=group, scope=scope, **(words | changes))


def of_crm(facts: WorkspaceFacts) -> Iterable[Tool]:
    """The tools of an integration `crm`, as this workspace has it: a note that names the workspace in its definition
    and its answer, and something that cannot be undone."""
    yield _crm(facts, "crm__note", f"Writes a note of {facts.name}.", read_only=False, customer={"email": "email"})
    yield _crm(facts, "crm__find", f"Finds a note of {facts.name}.", read_only=True)
    yield _crm(facts, "crm__erase", f"Erases a note of {facts.name}.", read_only=False, destructive=True)


def _crm(facts: WorkspaceFacts, name: str, sentence: str, **says: Any) -> Tool:
    action = name.partition("__")[2]
    hints: dict[str, Any] = {
        "read_only": False,
        "destructive": False,
        "idempotent": False,
        "open_world": True,
        "customer": {},
    }
    return tool.of_schema(
        name=name,
        title=f"{action.capitalize()} at {facts.name}",
        description=sentence,
        scope=f"actions:crm:{action}",
        asks=ASKS | {"title": facts.name},
        handler=lambda arguments, *, principal: Answer(
            f"{facts.slug}: {arguments['about']} of {arguments.get('email')}"
        ),
        bound="same",
        integration="crm",
        action=action,
        **(hints | says),
    )


@contextmanager
def given(source: Callable[[WorkspaceFacts], Iterable[Tool]] = of_crm) -> Iterator[None]:
    """This source of tools meanwhile, and no other."""
    catalogue.forget(servers.tools)
    catalogue.source(source)
    try:
        yield
    finally:
        catalogue.forget(source)
        wire()
