"""JSON Schemas as models are shown them: what helps to call a tool and to read its answer, and no byte more.

A model reads the whole list of tools again and again. So an input schema leaves out what only the check needs (lengths
of text; `halo.ground.arguments` says them where one does not fit), and an output schema goes down to the first level:
what an answer holds, not what stands in each row. The full shapes are in the documentation and in the tests' snapshots.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

_TITLES = frozenset({"title"})
_ONLY_CHECKED = frozenset({"minLength", "maxLength", "maxItems", "minimum", "maximum"})
"""What a model does not need to know beforehand: no good call is turned away by it, and a sentence says what is."""


class _PlainSchema(GenerateJsonSchema):
    """JSON Schema without what models stumble over: generated titles, and `null` branches for optional values."""

    schema_dialect = "https://json-schema.org/draft/2020-12/schema"

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        shape = super().default_schema(schema)
        if shape.get("default", ...) is None:
            del shape["default"]
        return shape

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - Pydantic's signature
        return False


class _NullableSchema(_PlainSchema):
    """The same for results, where `null` is an honest value."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        inner = self.generate_inner(schema["schema"])
        if isinstance(inner.get("type"), str):
            return {**inner, "type": [inner["type"], "null"]}
        return {"anyOf": [inner, {"type": "null"}]}


def of_arguments(model: type[BaseModel]) -> dict[str, Any]:
    """JSON Schema 2020-12 of a tool's parameters; root `type: object`, no root combinators."""
    shape: dict[str, Any] = _lean(model.model_json_schema(schema_generator=_PlainSchema), _TITLES)
    shape.pop("description", None)
    shape.setdefault("properties", {})
    return shape


def shown(shape: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of parameters as `tools/list` has it. Of a list of words the first is what is taken where none is."""
    lean: dict[str, Any] = _lean(shape, _ONLY_CHECKED)
    for part in lean["properties"].values():
        if part.get("default") == [] or "enum" in part:
            part.pop("default", None)
    return lean


def of_result(model: type[BaseModel]) -> dict[str, Any]:
    """JSON Schema of a whole answer, with a sentence where one helps."""
    shape: dict[str, Any] = _lean(
        model.model_json_schema(schema_generator=_NullableSchema, mode="serialization"), _TITLES
    )
    shape.pop("description", None)
    shape["properties"]["notes"] = NOTES
    return shape


NOTES: Mapping[str, Any] = {"type": "array", "items": {"type": "string"}}
"""What was understood otherwise than said; every answer may carry it."""


def first_level(shape: Mapping[str, Any]) -> dict[str, Any]:
    """The same schema with the kinds of its own properties and nothing of what is inside them."""
    properties = {name: _kind(part) for name, part in shape["properties"].items()}
    return {**{key: value for key, value in shape.items() if key != "$defs"}, "properties": properties}


def _kind(part: Mapping[str, Any]) -> dict[str, Any]:
    if branches := part.get("anyOf"):
        return {"type": [_kind(branch)["type"] for branch in branches]}
    return {"type": "object" if "$ref" in part else part["type"]}


def _lean(shape: Any, without: frozenset[str]) -> Any:
    """A schema without these keywords; a property may be called like one."""
    if isinstance(shape, list):
        return [_lean(value, without) for value in shape]
    if not isinstance(shape, dict):
        return shape
    kept = {}
    for key, value in shape.items():
        if key in ("properties", "$defs"):
            kept[key] = {name: _lean(part, without) for name, part in value.items()}
        elif key not in without:
            kept[key] = _lean(value, without)
    return kept
