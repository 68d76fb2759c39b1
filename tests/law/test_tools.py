"""What a model sees of each tool: laws that keep clients working (interop.md B6), its scope and weight, and a snapshot.

`UPDATE_SNAPSHOTS=1` writes `tests/law/tools/<tool>.json` anew; read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest

import halo.tools  # noqa: F401 - fills the registry
from halo import tool
from halo.ground import scopes
from halo.tool import Tool
from tests.support import shapes
from tests.support.parts import ROOT

PACKAGE = ROOT / "halo"
SNAPSHOTS = Path(__file__).parent / "tools"
UPDATE = os.environ.get("UPDATE_SNAPSHOTS") == "1"
TOOLS = {it.name: it for it in tool.every()}
SCOPES = {
    "docs:read": {"read_doc", "search_docs"},
    "setup:read": {"setup_get_install_snippet", "setup_get_jwt_sample"},
    "data:read": {
        "data_find_company",
        "data_find_user",
        "data_get_ticket",
        "data_get_transcript",
        "data_list_negative_feedback",
        "data_search_companies",
        "data_search_leads",
        "data_search_tickets",
        "data_search_transcripts",
        "data_search_users",
    },
}
"""Every tool that there is, under the scope that a grant needs for it."""
STEERING = re.compile(
    r"(?i)\byou (must|should|have to|need to|can)\b|\b(always|never) (call|use)\b|\bimportant\b|\bprefer this\b"
    r"|\bbefore (calling|using|answering)\b|\bcall this\b|\buse this\b|\bignore\b|\bdo not (tell|mention|use|call)\b"
)
MOST_TOOLS, WHOLE_BYTES = 32, 64_000
ASKS_BYTES, ANSWERS_BYTES = 1_900, 500
FOURTEEN_BYTES = 24_000
"""The weight law: what clients and models bear of a list of tools."""
ROOT_COMBINATORS = {"anyOf", "oneOf", "allOf", "not", "if", "then", "else", "enum", "const", "$ref"}


@pytest.fixture(params=TOOLS)
def declared(request: pytest.FixtureRequest) -> Tool:
    return TOOLS[request.param]


def schemas(declared: Tool) -> list[dict[str, Any]]:
    assert declared.output_schema is not None
    assert declared.result_schema is not None
    return [declared.input_schema, declared.bound_schema, declared.output_schema, declared.result_schema]


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every object inside a JSON value."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from parts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from parts(inner)


def weight(said: Any) -> int:
    """Bytes on the wire."""
    return len(orjson.dumps(said))


def test_every_tool_stands_in_the_table_under_its_scope() -> None:
    found: dict[str, set[str]] = {}
    for name, declared in TOOLS.items():
        found.setdefault(declared.scope, set()).add(name)
    assert found == SCOPES
    assert all(scopes.is_known(scope) for scope in found)


def test_s63_and_s64_every_schema_is_an_object_without_root_combinators(declared: Tool) -> None:
    for schema in schemas(declared):
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object"
        assert not ROOT_COMBINATORS & set(schema)
        assert schema["additionalProperties"] is False


def test_s63_no_reference_leaves_its_schema(declared: Tool) -> None:
    for schema in schemas(declared):
        for part in parts(schema):
            for key in ("$ref", "$dynamicRef"):
                assert str(part.get(key, "#/")).startswith("#/")
            assert "x-mcp-header" not in part


def test_s65_every_tool_promises_the_shape_of_its_answer(declared: Tool) -> None:
    assert declared.result_schema is not None
    assert declared.definition()["outputSchema"] == declared.output_schema


def test_s67_names_fit_behind_any_prefix() -> None:
    for name in TOOLS:
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name)
        assert len(f"mcp__halo__{name}") <= 64


def test_s68_the_whole_catalogue_is_below_the_ceilings_of_clients() -> None:
    assert len([it for it in TOOLS.values() if not it.destructive]) <= MOST_TOOLS
    assert sum(weight(it.definition()) for it in TOOLS.values()) <= WHOLE_BYTES


def test_todays_fourteen_tools_stay_light() -> None:
    """A model reads the list again and again; new tools come on top of this, and no argument grows unseen."""
    assert sum(weight(TOOLS[name].definition()) for names in SCOPES.values() for name in names) <= FOURTEEN_BYTES


def test_what_a_model_reads_of_a_tool_is_short(declared: Tool) -> None:
    said = declared.definition()
    asks = len(said["name"].encode()) + len(said["description"].encode()) + weight(said["inputSchema"])
    assert asks <= ASKS_BYTES, f"{declared.name}: {asks} bytes of name, description and input schema"
    assert weight(said["outputSchema"]) <= ANSWERS_BYTES


def test_the_output_schema_goes_to_the_first_level_and_no_further(declared: Tool) -> None:
    shown, whole = declared.output_schema, declared.result_schema
    assert shown is not None
    assert whole is not None
    assert list(shown["properties"]) == list(whole["properties"])
    assert shown["required"] == whole["required"]
    assert all(set(part) == {"type"} for part in shown["properties"].values())


def test_of_a_list_of_words_the_first_is_taken_where_none_is_sent(declared: Tool) -> None:
    for name, part in declared.parameters_schema["properties"].items():
        if "enum" in part and "default" in part:
            assert part["default"] == part["enum"][0], f"{name}: no default is shown, so it has to stand first"


def test_the_documentation_has_the_whole_shape_of_every_answer() -> None:
    whole = shapes.page(tool.every())
    if UPDATE:
        shapes.PAGE.write_text(whole)
    assert shapes.PAGE.read_text() == whole, "changed: run with UPDATE_SNAPSHOTS=1 and read the difference"


def test_s70_titles_and_hints_are_all_said(declared: Tool) -> None:
    said = declared.definition()
    assert said["title"]
    assert set(said["annotations"]) == {
        "title",
        "readOnlyHint",
        "destructiveHint",
        "idempotentHint",
        "openWorldHint",
    }
    assert not (declared.read_only and declared.destructive)


def test_s70_a_tool_that_reads_says_so_in_its_name_and_hints(declared: Tool) -> None:
    if declared.scope in scopes.READ_SCOPES:
        assert declared.read_only
        assert not declared.destructive


def test_s70_no_description_steers_the_model(declared: Tool) -> None:
    said = [declared.description, declared.title]
    said += [part["description"] for part in parts(declared.input_schema) if isinstance(part.get("description"), str)]
    for text in said:
        found = STEERING.search(text)
        assert not found, f"{declared.name} says {found.group()!r}: describe what the tool does, not what to do with it"


def test_every_argument_is_described(declared: Tool) -> None:
    for name, shape in declared.input_schema["properties"].items():
        assert shape.get("description"), f"{declared.name}: the argument {name!r} has no description"


def test_no_sentence_is_so_short_that_it_fits_two_arguments(declared: Tool) -> None:
    said = [shape["description"] for shape in declared.input_schema["properties"].values()]
    assert len(set(said)) == len(said), f"{declared.name}: each argument says what it is itself the bound of"
    assert all(len(text.split()) > 1 and text.endswith(".") for text in said)


def test_a_search_names_the_tool_that_stands_beside_it() -> None:
    for name, declared in TOOLS.items():
        if "_search_" in name or "_list_" in name:
            assert set(re.findall(r"data_\w+", declared.description)) & set(TOOLS) - {name}, name


def test_what_names_a_customer_is_an_argument(declared: Tool) -> None:
    assert set(declared.customer) <= set(declared.input_schema["properties"])
    assert not set(declared.customer) & set(declared.bound_schema["properties"])


def test_what_a_model_sees_changes_on_purpose(declared: Tool) -> None:
    seen = {
        "scope": declared.scope,
        "bound": declared.bound,
        "definition": declared.definition(),
        "checked": declared.parameters_schema,
        "answers": declared.result_schema,
    }
    written = json.dumps(seen, indent=2, ensure_ascii=False) + "\n"
    snapshot = SNAPSHOTS / f"{declared.name}.json"
    if UPDATE:
        snapshot.write_text(written)
    assert snapshot.exists(), "no snapshot: run with UPDATE_SNAPSHOTS=1 and read the new file"
    assert snapshot.read_text() == written, "changed: run with UPDATE_SNAPSHOTS=1 and read the difference"


def test_no_snapshot_outlives_its_tool() -> None:
    assert {path.stem for path in SNAPSHOTS.glob("*.json")} == set(TOOLS)


def test_only_the_catalogue_reads_the_registry_of_declared_tools() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{number}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.parent.name != "tool" and path.name != "catalogue.py"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"\btool\.(find|every)\(", line)
    ]
    assert not found, f"a workspace has tools of its own: ask catalogue.of(facts), or catalogue.declared(), at {found}"
