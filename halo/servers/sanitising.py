"""The copy of a foreign definition that a model may see, or the reason why there is none.

A client drops all tools of a server because of one bad schema, so what clients stumble over is taken out: combinators
at the root, references to other places, bounds past what JSON numbers hold, invisible text. What cannot be mended is
quarantined with its reason; the other tools of the server work. The accepted definition stays as it is: calls are
checked against that, only the copy is lean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from halo.ground.errors import Mistake
from halo.ground.foreign import DEPTH, Checker, levels
from halo.ground.limits import SERVER_DEFINITION_BYTES
from halo.ground.text import names
from halo.servers.lock import SAFE_INTEGER, canonical, definition

NAME = re.compile(r"[A-Za-z0-9_./-]{1,128}")
_TERMINAL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_UNPRINTED = re.compile(r"[^\x20-\x7e\t\n\r]")
"""In ASCII: what is not seen."""
ROOT_COMBINATORS = ("anyOf", "oneOf", "allOf", "not", "if", "then", "else", "enum", "const")
BOUNDS = frozenset({
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "minItems",
    "maxItems", "minProperties", "maxProperties",
})  # fmt: skip


def reason_against(listed: Mapping[str, Any]) -> str | None:
    """Why a tool cannot be used at all, as its server lists it; None for one that can."""
    name = listed.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return "Its name is not one of up to 128 letters, digits and _ . / -"
    schema = listed.get("inputSchema")
    if not isinstance(schema, dict) or schema.get("type", "object") != "object":
        return "Its input schema is not one of an object."
    if any(text(parameter, len(parameter)) != parameter for parameter in _parameters(schema)):
        return "The name of a parameter holds signs that cannot be seen."
    for part in ("inputSchema", "outputSchema"):
        if (problem := _wrong(listed.get(part))) is not None:
            return f"Its {'input' if part == 'inputSchema' else 'output'} schema {problem}"
    if _runs_only_as_task(listed.get("execution")):
        return "It runs only as a task, which Halo does not follow."
    try:
        size = len(canonical(definition(listed)))
    except Mistake as problem:
        return problem.message
    return (
        f"Its definition is longer than {SERVER_DEFINITION_BYTES:,} bytes." if size > SERVER_DEFINITION_BYTES else None
    )


def _parameters(schema: Mapping[str, Any]) -> Iterable[str]:
    """Their names: a model would send them as it sees them, and a lock holds what is written."""
    found = schema.get("properties")
    return found if isinstance(found, dict) else ()


def _runs_only_as_task(execution: Any) -> bool:
    """Whether a tool refuses a plain call (2025-11-25, tasks)."""
    return isinstance(execution, dict) and execution.get("taskSupport") == "required"


def _wrong(schema: Any) -> str | None:
    if schema is None:
        return None
    if not isinstance(schema, dict):
        return "is not an object."
    if levels(schema, DEPTH) > DEPTH:
        return f"is nested deeper than {DEPTH} levels."
    try:
        checker(schema)
    except Mistake as problem:
        return f"cannot be used: {problem.message}"
    return None


def checker(schema: Mapping[str, Any]) -> Checker:
    """What holds values against an accepted schema; raises `Mistake` for one that cannot be used."""
    return Checker(_local(schema))


def shown(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The input schema as a model sees it: an object at the root, nothing that clients drop a tool for."""
    lean = _lean(_local(schema))
    for combinator in ROOT_COMBINATORS:
        lean.pop(combinator, None)
    lean["type"] = "object"
    if not isinstance(lean.get("properties"), dict):
        lean["properties"] = {}
    return dict(lean)


def text(said: object, most: int = 4000) -> str:
    """Words of a server with no sign in them that is not seen, at a length that can be borne."""
    if not isinstance(said, str):
        return ""
    if said.isascii() and _UNPRINTED.search(said) is None:
        return said[:most]
    plain = _TERMINAL.sub("", said)
    return "".join(sign for at, sign in enumerate(plain) if not names.is_unseen(plain, at))[:most]


def _local(schema: Any) -> Any:
    """The schema without references to other places: what they pointed at may be anything, and is not fetched."""
    if isinstance(schema, list):
        return [_local(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    is_foreign = isinstance(schema.get("$ref"), str) and not schema["$ref"].startswith("#")
    return {key: _local(part) for key, part in schema.items() if not (is_foreign and key == "$ref")}


def _lean(schema: Any) -> Any:
    """With bounds that JSON numbers hold, and no unseen sign in any text."""
    if isinstance(schema, list):
        return [_lean(part) for part in schema]
    if isinstance(schema, str):
        return text(schema)
    if not isinstance(schema, dict):
        return schema
    return {text(key, 200): _lean(part) for key, part in schema.items() if not (key in BOUNDS and _is_past(part))}


def _is_past(bound: Any) -> bool:
    return isinstance(bound, int | float) and not isinstance(bound, bool) and abs(bound) > SAFE_INTEGER
