"""A tool as a person reads it before they allow it: what it gives back, what it may touch, what it costs a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from halo.gate.table import INTEGRATION
from halo.ground.errors import Reason
from halo.tool import Tool

SHOWN_FIELDS = 8
_OF_PAGING = frozenset({"total", "total_is_exact", "next_cursor", "next_after", "notes"})
"""What lists say of themselves, not of anybody."""


@dataclass(frozen=True)
class ToolLine:
    """One tool of a card."""

    name: str
    title: str
    sentence: str
    returns: str
    """The fields of its answer, in words; empty where it promises no shape."""
    hints: tuple[str, ...]
    """Its annotations, as short words."""
    read_only: bool
    open_world: bool
    tokens: int
    refusal: str
    """Why a call would be refused now whatever is allowed here; empty where it would not."""
    group: str = ""
    """What it is about (`halo.ground.groups`)."""
    is_new: bool = False
    """Added after the person last allowed its scope, and not part of what they allowed."""


def line_of(declared: Tool, refused: Reason | None, *, is_new: bool = False) -> ToolLine:
    """The line of a tool; `refused` is what the gate says of it to this person."""
    is_told = refused is Reason.toggle_off or refused in INTEGRATION
    return ToolLine(
        declared.name,
        declared.title,
        declared.description.split("\n\n")[0].split("\n")[0],
        _returns(declared.result_schema or {}),
        tuple(_hints(declared)),
        declared.read_only,
        declared.open_world,
        declared.tokens,
        f"{refused.sentence} {refused.lifted_by}" if refused is not None and is_told else "",
        declared.group,
        is_new,
    )


def _hints(declared: Tool) -> Iterator[str]:
    yield "changes nothing" if declared.read_only else "changes things"
    if not declared.read_only:
        yield "same result when repeated" if declared.idempotent else "each call counts"
    yield "reaches the open web" if declared.open_world else "stays inside this workspace"


def _returns(schema: Mapping[str, Any]) -> str:
    parts = []
    for name, shape in schema.get("properties", {}).items():
        if name in _OF_PAGING:
            continue
        inner = [it for it in _properties(shape, schema) if it != "id"]
        parts.append(f"{_plain(name)} ({_some(inner)})" if inner else _plain(name))
    return _some(parts)


def _properties(shape: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Names of the fields of an object, or of the objects in a list."""
    if items := shape.get("items"):
        return _properties(items, schema)
    if reference := shape.get("$ref"):
        return _properties(schema["$defs"][reference.rpartition("/")[2]], schema)
    for branch in shape.get("anyOf", ()):
        if found := _properties(branch, schema):
            return found
    return list(shape.get("properties", ()))


def _some(words: list[str]) -> str:
    shown = ", ".join(_plain(word) for word in words[:SHOWN_FIELDS])
    return f"{shown} and {len(words) - SHOWN_FIELDS} more" if len(words) > SHOWN_FIELDS else shown


def _plain(name: str) -> str:
    return name.replace("_", " ")
