"""JSON Schemas of other people's tools: our own sentences about what does not fit, and nothing fetched or endless."""

from __future__ import annotations

from typing import Any

import pytest

from halo.ground import foreign
from halo.ground.errors import Mistake

SCHEMA = {
    "type": "object",
    "properties": {
        "amount": {"type": "integer", "minimum": 3, "maximum": 90},
        "whom": {"anyOf": [{"type": "string"}, {"type": "object", "required": ["id"]}]},
        "status": {"enum": ["In Progress", "done"]},
        "tags": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}, "minItems": 2},
        "note": {"type": ["string", "null"], "maxLength": 3},
        "code": {"type": "string", "pattern": "^[a-z]+$"},
        "deep": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"type": "string"}, "more": {"$ref": "#/$defs/more"}},
            "additionalProperties": False,
        },
        "key": {"type": "integer", "writeOnly": True},
    },
    "required": ["amount"],
    "additionalProperties": False,
    "$defs": {"more": {"type": "object", "properties": {"count": {"type": "number", "exclusiveMinimum": 0}}}},
}


def says(schema: dict[str, Any], sent: dict[str, Any], **options: Any) -> str:
    with pytest.raises(Mistake) as wrong:
        foreign.reader(schema, **options)(sent)
    return wrong.value.message


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({}, "The argument 'amount' is required. Accepted: a whole number, 3 to 90."),
        ({"amount": 1}, "amount: got 1; accepted: a number of at least 3."),
        ({"amount": "many"}, 'amount: got "many"; accepted: a whole number.'),
        ({"amount": 3, "whom": 4}, "whom: got 4; accepted: text or an object."),
        ({"amount": 3, "status": "don"}, 'status: got "don"; accepted: In Progress, done. For "don": done.'),
        ({"amount": 3, "tags": ["a"]}, 'tags: got ["a"]; accepted: a list of at least 2.'),
        ({"amount": 3, "tags": ["a", "c"]}, 'tags.1: got "c"; accepted: a, b.'),
        ({"amount": 3, "note": "long"}, 'note: got "long"; accepted: text of at most 3 characters.'),
        ({"amount": 3, "code": "A1"}, 'code: got "A1"; accepted: text that fits the pattern ^[a-z]+$.'),
        ({"amount": 3, "deep": {}}, "The argument 'deep.name' is required."),
        ({"amount": 3, "deep": {"name": "x", "nme": 1}}, "deep: there is no 'nme' in deep."),
        (
            {"amount": 3, "deep": {"name": "x", "more": {"count": 0}}},
            "deep.more.count: got 0; accepted: a number above 0.",
        ),
        ({"amount": 3, "amunt": 3}, "There is no argument 'amunt'; accepted: "),
    ],
)
def test_what_does_not_fit_is_told_with_its_name_and_what_would_be_accepted(sent: Any, sentence: str) -> None:
    assert says(SCHEMA, sent).startswith(sentence)


def test_all_mistakes_are_told_at_once() -> None:
    said = says(SCHEMA, {"status": "x", "code": 4, "nobody": 1})
    assert said.splitlines()[0] == "4 arguments do not fit:"
    assert all(word in said for word in ("status: got", "'amount' is required", "no argument 'nobody'"))


@pytest.mark.parametrize(
    ("schema", "sentence"),
    [
        (
            {"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]},
            "One of these arguments has to be given: phone",
        ),
        ({"minProperties": 1}, "The arguments do not fit together: the tool's schema (minProperties)"),
    ],
)
def test_what_concerns_several_arguments_is_told_of_them_together(schema: dict[str, Any], sentence: str) -> None:
    assert says(schema, {}).startswith(sentence)


def test_what_can_mean_one_thing_only_is_taken_as_that() -> None:
    sent = {"amount": "5", "status": "in-progress", "tags": "a, b", "note": None, "whom": "", "code": None}
    taken, notes = foreign.reader(SCHEMA)(sent)
    assert taken == {"amount": 5, "status": "In Progress", "tags": ["a", "b"], "note": None, "whom": ""}
    assert notes == ()


def test_a_value_that_is_marked_secret_is_in_no_sentence() -> None:
    assert says(SCHEMA, {"amount": 3, "key": "hunter2"}, secret=frozenset({"key"})) == (
        "key: got a value; accepted: a whole number."
    )


def doubling(times: int) -> dict[str, Any]:
    parts: dict[str, Any] = {"l0": {"type": "integer"}}
    for level in range(1, times):
        parts[f"l{level}"] = {"allOf": [{"$ref": f"#/$defs/l{level - 1}"}] * 2}
    return {"$defs": parts, "properties": {"x": {"$ref": f"#/$defs/l{times - 1}"}}}


def chain(times: int) -> dict[str, Any]:
    links = {f"l{level}": {"$ref": f"#/$defs/l{level - 1}"} for level in range(1, times)}
    return {"$defs": {"l0": {}, **links}, "$ref": f"#/$defs/l{times - 1}"}


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"properties": {"x": {"$ref": "https://example.com/schema.json"}}}, "leads out of it, and nothing is fetched"),
        ({"properties": {"x": {"$ref": "file:///etc/passwd"}}}, "leads out of it, and nothing is fetched"),
        ({"$schema": "https://example.com/mine"}, "it is no valid JSON Schema"),
        ({"$dynamicRef": "#x"}, "it uses $dynamicRef"),
        ({"properties": {"x": {"$ref": "#/$defs/none"}}}, "'#/$defs/none' leads nowhere"),
        ({"properties": {"x": {"type": "objct"}}}, "it is no valid JSON Schema at properties.x.type"),
        ({"type": "array"}, "the type of the arguments has to be object"),
        (doubling(28), "it takes too long to check, because its references multiply"),
        (chain(900), "its references lead too far"),
        (nested(100), "it is nested deeper than 64 levels"),
        (nested(5000), "it is nested deeper than 64 levels"),
        ({"description": "x" * foreign.BYTES}, "64,000 are the most"),
    ],
)
def test_a_schema_that_could_do_harm_is_refused_with_the_reason(schema: dict[str, Any], why: str) -> None:
    with pytest.raises(Mistake) as refused:
        foreign.reader(schema)
    assert refused.value.message.startswith("The input schema cannot be used: ")
    assert why in refused.value.message


@pytest.mark.parametrize("pattern", [r"(?=.*\d)(a|aa)+$", r"([a-z]+)*\1$", "(a{1000}){1000}{1000}", "["])
def test_a_pattern_that_would_need_backtracking_is_left_to_whose_tool_it_is(pattern: str) -> None:
    read = foreign.reader({"properties": {"x": {"type": "string", "pattern": pattern}, "y": {"type": "integer"}}})
    assert read({"x": "a" * 50_000})[0]
    with pytest.raises(Mistake):
        read({"y": "no"})


def test_a_schema_that_leads_back_to_itself_is_checked_as_deep_as_time_allows() -> None:
    node = {"$ref": "#/$defs/node"}
    tree = {
        "$defs": {"node": {"type": "object", "properties": {"left": node, "right": node}}},
        "properties": {"t": node},
    }
    assert foreign.reader(tree)({"t": {"left": {"right": {}}}})[0]
    assert says(tree, {"t": {"left": {"right": 3}}}) == "t.left.right: got 3; accepted: an object."
    multiplied = {"$defs": {"node": {"properties": {"a": {"allOf": [node] * 9}}}}, **node}
    deep: dict[str, Any] = {}
    for _ in range(12):
        deep = {"a": deep}
    assert "nested deeper than" in says(multiplied, deep)


def test_of_very_many_values_the_first_mistake_is_told() -> None:
    schema = {"properties": {"x": {"type": "array", "items": {"type": "integer"}}}}
    assert says(schema, {"x": ["no"] * (foreign.ALL_TOLD + 1)}) == 'x.0: got "no"; accepted: a whole number.'


@pytest.mark.parametrize(
    "draft", ["http://json-schema.org/draft-07/schema#", "http://json-schema.org/draft-04/schema#"]
)
def test_older_drafts_are_read_as_they_say(draft: str) -> None:
    schema = {
        "$schema": draft,
        "definitions": {"size": {"type": "integer"}},
        "properties": {"x": {"$ref": "#/definitions/size"}},
    }
    assert foreign.reader(schema)({"x": "4"})[0] == {"x": 4}
    assert says(schema, {"x": "four"}) == 'x: got "four"; accepted: a whole number.'
