"""A form for the parameters of any tool, made of their JSON Schema, and its way back to arguments.

A parameter that a form can ask for has a field of its own: text, a number, a choice, several lines. What it cannot (an
object, a list of objects) is typed as JSON. What is left empty is left out. The schema has the last word, when the tool
is called; here only what cannot be read at all is refused.
"""

from __future__ import annotations

import json
import math
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from halo.ground.errors import Mistake

Kind = Literal["text", "secret", "date", "number", "choice", "lines", "long", "json"]
Schema = Mapping[str, Any]
PREFIX = "arg:"
"""Stands before the name of a parameter in a form."""
WHOLE = "arguments"
"""The name of the field that takes all arguments as JSON."""
LONG = 200
"""Signs of a text that wants several lines."""
CHOICES = 100
"""Of one parameter that are put up to choose from; of more one is typed."""
HINT = 500
"""Signs of a description that a form shows."""
STEPS = 4
"""References and branches that are followed to a parameter's shape."""
LEFT_OUT = "Left out"
_SCALARS = ("string", "number", "integer", "boolean")


@dataclass(frozen=True, slots=True)
class TypedField:
    """One parameter as a form asks for it."""

    id: str
    """Of the element; parameters may be named with any sign."""
    name: str
    """In the form."""
    parameter: str
    kind: Kind
    required: bool
    hint: str
    value: str
    choices: tuple[tuple[str, str], ...] = ()
    """(what is sent, what is shown)."""


def fields(schema: Schema, typed: Mapping[str, str] | None = None, without: Container[str] = ()) -> list[TypedField]:
    """A field for each parameter, those that are required first; `typed` is what the form held before, `without` are
    the parameters that nobody types."""
    required = _required(schema)
    shapes = [(name, shape) for name, shape in _shapes(schema) if name not in without]
    ordered = sorted(shapes, key=lambda it: it[0] not in required)
    return [
        _field(f"arg-{number}", name, shape, name in required, (typed or {}).get(PREFIX + name))
        for number, (name, shape) in enumerate(ordered)
    ]


def arguments(schema: Schema, typed: Mapping[str, str], without: Container[str] = ()) -> dict[str, Any]:
    """What was typed, as arguments; raises `Mistake` that names the field of the form where one cannot be read."""
    if whole := typed.get(WHOLE, "").strip():
        said = _json(WHOLE, whole)
        if not isinstance(said, dict):
            raise Mistake(WHOLE, 'Arguments are a JSON object, such as {"email": "nina@example.com"}.')
        return said
    given = {}
    for field in fields(schema, typed, without):
        said = typed.get(field.name, "")
        if said.strip():
            given[field.parameter] = _read(field, said, dict(_shapes(schema))[field.parameter])
    return given


def _field(id_: str, name: str, shape: Schema, required: bool, typed: str | None) -> TypedField:
    kind = _kind(shape)
    value = _written(shape.get("default"), kind) if typed is None and "default" in shape else typed or ""
    choices = _choices(shape) if kind == "choice" else ()
    if choices and not required:
        choices = (("", LEFT_OUT), *choices)
    return TypedField(id_, PREFIX + name, name, kind, required, _hint(shape, kind), value, choices)


def _kind(shape: Schema) -> Kind:
    if _choices(shape):
        return "choice"
    kind = _type(shape)
    if kind in ("number", "integer"):
        return "number"
    if kind == "string":
        return _kind_of_text(shape)
    items = shape.get("items")
    is_plain = kind == "array" and isinstance(items, dict) and _type(items) in _SCALARS
    return "lines" if is_plain else "json"


def _kind_of_text(shape: Schema) -> Kind:
    if shape.get("writeOnly") is True or shape.get("format") == "password":
        return "secret"
    if shape.get("format") == "date":
        return "date"
    longest = shape.get("maxLength")
    return "long" if isinstance(longest, int) and longest > LONG else "text"


def _choices(shape: Schema) -> tuple[tuple[str, str], ...]:
    if _type(shape) == "boolean":
        return ("true", "Yes"), ("false", "No")
    values = [shape["const"]] if "const" in shape else shape.get("enum")
    if not isinstance(values, list) or not 0 < len(values) <= CHOICES:
        return ()
    if not all(isinstance(value, str | int | float) for value in values):
        return ()
    return tuple((json.dumps(value), str(value)) for value in values)


def _type(shape: Schema) -> str:
    """The one type of a parameter beside null; empty where there are several, or none is said."""
    kinds = shape.get("type")
    named = [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if kind != "null"]
    return named[0] if len(named) == 1 and isinstance(named[0], str) else ""


def _hint(shape: Schema, kind: Kind) -> str:
    said = str(shape.get("description") or "").strip()
    how = {"lines": "One on each line.", "json": "As JSON."}.get(kind, "")
    examples = shape.get("examples")
    such = f"Such as {_plain(examples[0])}." if isinstance(examples, list) and examples else ""
    return " ".join(part for part in (said[:HINT], such[:HINT], how) if part)


def _read(field: TypedField, said: str, shape: Schema) -> Any:
    if field.kind in ("choice", "json"):
        return _json(field.id, said)
    if field.kind == "number":
        return _number(field.id, said.strip())
    if field.kind == "lines":
        is_text = _type(shape["items"]) == "string"
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        return lines if is_text else [_json(field.id, line) for line in lines]
    return said.replace("\r\n", "\n") if field.kind == "long" else said


def _number(field: str, said: str) -> int | float:
    try:
        number = json.loads(said, parse_constant=_finite, parse_float=_finite)
    except ValueError:
        number = None
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise Mistake(field, "A number is needed here, such as 3 or 2.5.")
    return number


def _json(field: str, said: str) -> Any:
    try:
        return json.loads(said, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError):
        raise Mistake(field, "This cannot be read as JSON: text stands in double quotes, numbers without.") from None


def _finite(said: str) -> float:
    number = float(said)
    if not math.isfinite(number):
        raise ValueError  # which JSON does not have
    return number


def _written(value: Any, kind: Kind) -> str:
    """A default as the field shows it."""
    if kind == "lines" and isinstance(value, list):
        return "\n".join(_plain(each) for each in value)
    return json.dumps(value, ensure_ascii=False) if kind in ("choice", "json", "number") else _plain(value)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _required(schema: Schema) -> frozenset[str]:
    named = schema.get("required")
    return frozenset(each for each in named if isinstance(each, str)) if isinstance(named, list) else frozenset()


def _shapes(schema: Schema) -> Iterator[tuple[str, Schema]]:
    named = schema.get("properties")
    for name, shape in named.items() if isinstance(named, dict) else ():
        yield name, _resolved(shape if isinstance(shape, dict) else {}, schema)


def _resolved(shape: Schema, root: Schema, steps: int = STEPS) -> Schema:
    """With the definition that it refers to, and with the one branch that is left where the others are null."""
    if not steps:
        return shape
    reference = shape.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/"):
        found: Any = root
        for step in reference[2:].split("/"):
            found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
        if isinstance(found, dict):
            shape = {**found, **{key: said for key, said in shape.items() if key != "$ref"}}
    branches = shape.get("anyOf") or shape.get("oneOf")
    if isinstance(branches, list):
        left = [each for each in branches if isinstance(each, dict) and each.get("type") != "null"]
        if len(left) == 1:
            return {
                **_resolved(left[0], root, steps - 1),
                **{key: said for key, said in shape.items() if key not in _UNIONS},
            }
    return shape


_UNIONS = ("anyOf", "oneOf")
