"""The tools that the official conformance suite wants to call. Registered by the server of its tests, never by Halo.

What a tool of Halo can do is done by a tool of Halo (`HANDLERS`); what it cannot (progress while it runs, a capability
that the client lacks, a question to the person) is played by `call_tool` in front of the real method.
"""

from __future__ import annotations

from typing import Any

import orjson
from mcp_types.jsonrpc import MISSING_REQUIRED_CLIENT_CAPABILITY
from pydantic import Field

from halo import tool
from halo.ground.principal import Principal
from halo.mcp import methods, server_info
from halo.mcp.methods import Handled, MethodCall
from halo.mcp.protocol import Problem
from halo.tool import Answer, Arguments, Tool

DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
SILENCE = "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA="
TEXT = {"type": "text", "text": "Multiple content types test:"}
IMAGE = {"type": "image", "data": DOT, "mimeType": "image/png"}
AUDIO = {"type": "audio", "data": SILENCE, "mimeType": "audio/wav"}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


class Nothing(Arguments):
    """A tool without arguments."""


class Mirrored(Arguments):
    region: str = Field(default="", description="Repeated in a header.", json_schema_extra={"x-mcp-header": "Region"})


def _resource(uri: str, kind: str, text: str) -> dict[str, Any]:
    return {"type": "resource", "resource": {"uri": uri, "mimeType": kind, "text": text}}


ANSWERS = {
    "test_simple_text": Answer("This is a simple text response for testing."),
    "test_image_content": Answer("", content=(IMAGE,)),
    "test_audio_content": Answer("", content=(AUDIO,)),
    "test_embedded_resource": Answer(
        "", content=(_resource("test://embedded-resource", "text/plain", "This is an embedded resource content."),)
    ),
    "test_multiple_content_types": Answer(
        "",
        content=(TEXT, IMAGE, _resource("test://mixed-content-resource", "application/json", '{"test":"data"}')),
    ),
    "test_error_handling": Answer("This tool intentionally returns an error for testing", is_error=True),
    "test_tool_with_progress": Answer("done"),
    "test_missing_capability": Answer("done"),
    "test_streaming_elicitation": Answer("done"),
    "test_logging_tool": Answer("Nothing was logged."),
    "test_custom_header": Answer("done"),
    "json_schema_2020_12_tool": Answer("done"),
}


def register() -> None:
    """Put the fixtures beside the product's tools, and the player in front of `tools/call`."""
    for name, answer in ANSWERS.items():
        tool.register(_declared(name, answer))
    methods.LEGACY["tools/call"] = methods.MODERN["tools/call"] = call_tool


def call_tool(asked: MethodCall) -> Handled:
    """The real method, with what the three special fixtures add."""
    params = asked.message.params or {}
    played = SPECIAL.get(params.get("name", ""))
    outcome = methods.call_tool(asked)
    return played(params.get("_meta") or {}, outcome) if played else outcome


def _with_progress(meta: dict[str, Any], outcome: Handled) -> Handled:
    if (token := meta.get("progressToken")) is not None:
        outcome.before = tuple(_progress(token, done) for done in (0, 50, 100))
    return outcome


def _progress(token: str | int, done: int) -> bytes:
    params = {"progressToken": token, "progress": done, "total": 100}
    return orjson.dumps({"jsonrpc": "2.0", "method": "notifications/progress", "params": params})


def _without_capability(meta: dict[str, Any], outcome: Handled) -> Handled:
    if "sampling" in meta.get("io.modelcontextprotocol/clientCapabilities", {}):
        return outcome
    needed = {"requiredCapabilities": {"sampling": {}}}
    raise Problem(MISSING_REQUIRED_CLIENT_CAPABILITY, "This tool needs sampling.", data=needed)


def _with_question(_: dict[str, Any], __: Handled) -> Handled:
    schema = {"type": "object", "properties": {"word": {"type": "string"}}}
    question = {"method": "elicitation/create", "params": {"message": "Which word?", "requestedSchema": schema}}
    marks = server_info.MODERN_MARKS.replace(b'"complete"', b'"input_required"')
    return Handled(b"{" + marks + orjson.dumps({"inputRequests": {"word": question}})[1:])


SPECIAL = {
    "test_tool_with_progress": _with_progress,
    "test_missing_capability": _without_capability,
    "test_streaming_elicitation": _with_question,
}


def _declared(name: str, answer: Answer) -> Tool:
    def handler(arguments: Arguments, *, principal: Principal) -> Answer:
        return answer

    says: dict[str, Any] = {
        "name": name,
        "title": name.replace("_", " "),
        "description": "A fixture of the conformance suite.",
        "scope": "docs:read",
        "group": "docs",
        "handler": handler,
        "read_only": True,
        "destructive": False,
        "idempotent": True,
        "open_world": False,
        "bound": "same",
    }
    if name == "json_schema_2020_12_tool":
        return tool.of_schema(asks=SCHEMA, **says)
    return tool.of_models(parameters=Mirrored if name == "test_custom_header" else Nothing, result=None, **says)
