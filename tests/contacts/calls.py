"""Calling a record tool as a client would: through the gate, with the answer checked against its own schema."""

from __future__ import annotations

import dataclasses
from typing import Any

import jsonschema
import orjson

import halo.tools.records  # noqa: F401 - declares the tools
from halo import tool
from halo.contacts import customers
from halo.contacts.models import EndUser
from halo.ground.principal import Client
from halo.mcp import refusals, results
from halo.perform import Refusal, perform
from tests import factories

NAMES = tuple(one.name for one in tool.every() if one.scope == "data:read")
"""Every record tool."""


@dataclasses.dataclass
class Result:
    """What the client got."""

    text: str
    data: dict[str, Any]
    is_error: bool


def call(name: str, caller: Client | None = None, /, **arguments: Any) -> Result:
    """The answer of a tool; for Acme's owner unless another caller is given."""
    performed = perform(
        name, arguments, principal=caller or factories.a_caller(), context=factories.a_context(), render=results.written
    )
    if isinstance(performed, Refusal):
        return Result(refusals.as_answer(performed.denied).text, {}, True)
    wire = orjson.loads(performed.wire)
    if not wire["isError"]:
        jsonschema.validate(wire["structuredContent"], tool.find(name).result_schema)
    return Result(wire["content"][0]["text"], wire.get("structuredContent", {}), wire["isError"])


def a_busy_caller() -> Client:
    """Acme's owner without a limit worth speaking of, for tests that call hundreds of times."""
    caller = factories.a_caller()
    limits = {"calls_per_workspace": 100_000, "calls_per_client": 100_000}
    return dataclasses.replace(caller, workspace=dataclasses.replace(caller.workspace, limits=limits))


def bound_to(user: EndUser) -> Client:
    """A caller of the user's workspace who is bound to this end user."""
    return dataclasses.replace(
        factories.a_caller(), customer=customers.customer(user.id, workspace_id=user.workspace_id)
    )
