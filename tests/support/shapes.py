"""The page of the documentation that tells the whole shape of every tool's answer, from the declarations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from halo.tool import Tool
from tests.support.parts import ROOT

PAGE = ROOT / "halo" / "docs" / "tool-answers.md"
_HEAD = """---
title: Answers of the tools
summary: Every field of the structured data that each tool answers, with its kind.
section: MCP
order: 26
---
`tools/list` shows what a tool answers to the first level only, because a model reads that list again and again. These
are the whole shapes of `structuredContent`. A field that may be null says so; `[]` stands for each part of a list. All
answers may carry `notes` besides: what was understood otherwise than said, in sentences.
"""

Shape = Mapping[str, Any]


def page(tools: Iterable[Tool]) -> str:
    """The page as it has to be."""
    said = [_HEAD]
    for declared in tools:
        schema = declared.result_schema
        assert schema is not None
        said.append(f"\n## {declared.name}\n\n| Field | Kind | |\n|---|---|---|\n")
        said += [f"| `{path}` | {kind} | {says} |\n" for path, kind, says in _rows(schema, schema, "")]
    return "".join(said)


def _rows(shape: Shape, root: Shape, at: str) -> Iterator[tuple[str, str, str]]:
    for name, part in shape.get("properties", {}).items():
        if not at and name == "notes":
            continue
        inner, kind = _resolved(part, root)
        says = str(part.get("description", ""))
        path = f"{at}{name}"
        yield path, kind, says
        if items := inner.get("items"):
            yield from _rows(_resolved(items, root)[0], root, f"{path}[].")
        else:
            yield from _rows(inner, root, f"{path}.")


def _resolved(part: Shape, root: Shape) -> tuple[Shape, str]:
    """The shape that a part stands for, and its kind in words."""
    branches = [branch for branch in part.get("anyOf", ()) if branch.get("type") != "null"]
    if branches:
        inner, kind = _resolved(branches[0], root)
        return inner, f"{kind} or null"
    if "$ref" in part:
        return _resolved(root["$defs"][part["$ref"].rpartition("/")[2]], root)
    kinds = part["type"] if isinstance(part["type"], list) else [part["type"]]
    said = " or ".join(_WORDS.get(str(kind), str(kind)) for kind in kinds)
    return part, "list of text" if said == "list" and part.get("items", {}).get("type") == "string" else said


_WORDS = {"string": "text", "integer": "whole number", "boolean": "true or false", "array": "list"}
