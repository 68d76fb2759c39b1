"""A form for any tool's parameters: a field for each, and back to arguments."""

from __future__ import annotations

from typing import Any

import pytest

from halo.ground.errors import Mistake
from halo.trial import fields as made

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["email", "count"],
    "properties": {
        "status": {"enum": ["open", "closed"], "description": "Which ones."},
        "email": {"type": "string"},
        "count": {"type": "integer", "examples": [3]},
        "urgent": {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
        "body": {"type": "string", "maxLength": 5000},
        "key": {"type": "string", "writeOnly": True},
        "day": {"type": "string", "format": "date"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "levels": {"type": "array", "items": {"type": "integer"}},
        "address": {"$ref": "#/$defs/place"},
        "anything": {},
        "size": {"type": ["number", "null"], "default": 2.5},
    },
    "$defs": {"place": {"type": "object", "description": "Where to."}},
}


def test_each_parameter_has_a_field_of_its_kind_and_the_required_ones_come_first() -> None:
    found = made.fields(SCHEMA)
    assert [each.parameter for each in found][:2] == ["email", "count"]
    assert {each.parameter: each.kind for each in found} == {
        "email": "text", "count": "number", "status": "choice", "urgent": "choice", "body": "long", "key": "secret",
        "day": "date", "tags": "lines", "levels": "lines", "address": "json", "anything": "json", "size": "number",
    }  # fmt: skip
    by_name = {each.parameter: each for each in found}
    assert by_name["address"].hint == "Where to. As JSON."
    assert by_name["count"].hint == "Such as 3."
    assert by_name["size"].value == "2.5"
    assert by_name["status"].choices == (("", "Left out"), ('"open"', "open"), ('"closed"', "closed"))


@pytest.mark.parametrize(("parameter", "typed", "meant"), [
    ("email", "nina@example.com", "nina@example.com"), ("count", " 7 ", 7), ("size", "2.5", 2.5),
    ("status", '"open"', "open"), ("urgent", "true", True), ("tags", "a\r\n b \r\n\r\n", ["a", "b"]),
    ("levels", "1\n2", [1, 2]), ("address", '{"city": "Lyon"}', {"city": "Lyon"}), ("body", "a\r\nb", "a\nb"),
    ("anything", "null", None), ("count", "123456789012345678901", 123456789012345678901),
])  # fmt: skip
def test_what_is_typed_becomes_the_argument(parameter: str, typed: str, meant: object) -> None:
    assert made.arguments(SCHEMA, {f"arg:{parameter}": typed}) == {parameter: meant}


def test_what_is_left_empty_or_is_not_there_is_left_out() -> None:
    assert made.arguments(SCHEMA, {"arg:email": "  ", "arg:nowhere": "x", "csrf_token": "y"}) == {}


@pytest.mark.parametrize(("parameter", "typed"), [
    ("count", "seven"), ("count", "true"), ("size", "1e999"), ("size", "NaN"), ("address", "{city: Lyon}"),
    ("levels", "1\ntwo"), ("anything", "[" * 100_000),
])  # fmt: skip
def test_what_cannot_be_read_names_its_field(parameter: str, typed: str) -> None:
    field = next(each for each in made.fields(SCHEMA) if each.parameter == parameter)
    with pytest.raises(Mistake) as problem:
        made.arguments(SCHEMA, {field.name: typed})
    assert problem.value.field == field.id


def test_all_arguments_can_be_given_as_json_and_count_instead_of_the_fields() -> None:
    assert made.arguments(SCHEMA, {"arg:email": "x", "arguments": '{"email": "y"}'}) == {"email": "y"}
    with pytest.raises(Mistake, match="JSON object") as problem:
        made.arguments(SCHEMA, {"arguments": "[1]"})
    assert problem.value.field == "arguments"


def test_what_was_typed_stands_in_the_field_again_and_what_halo_fills_in_has_none() -> None:
    found = made.fields(SCHEMA, {"arg:count": "seven"}, without={"email"})
    assert next(each for each in found if each.parameter == "count").value == "seven"
    assert "email" not in {each.parameter for each in found}
    assert made.arguments(SCHEMA, {"arg:email": "x"}, without={"email"}) == {}


@pytest.mark.parametrize("schema", [
    {}, {"properties": []}, {"properties": {"a": True, "b": None}, "required": "a"},
    {"properties": {"a": {"$ref": "#/properties/a"}}},
    {"properties": {"a": {"anyOf": [{"$ref": "#/properties/a"}, {"type": "null"}]}}},
    {"properties": {"a": {"enum": [{}]}, "b": {"enum": []}, "c": {"type": "array", "items": True}}},
])  # fmt: skip
def test_odd_schemas_have_a_form_too(schema: dict[str, Any]) -> None:
    assert {each.kind for each in made.fields(schema)} <= {"json"}
