"""What a model can call: one declaration a tool, with its name, schemas, scope and hints.

To add a tool:
1. Write a Pydantic model of its parameters (`Arguments`) and one of its result (`Result`), every field described.
   A parameter whose value the audit log must not keep: `Field(..., json_schema_extra={"secret": True})`.
2. Write the handler under `@tool(...)` in `halo/tools/<group>.py`; all four hints are stated, none has a default.
   Its name is the tool's name; its docstring is the description that the model reads.
3. Run the tests with `UPDATE_SNAPSHOTS=1` and read the new file under `tests/law/tools/`.

The handler gets valid arguments and the principal, asks a slice's service, and returns an `Answer`. It never checks
a scope or writes the audit log: `halo.perform` does, the same way for every tool.
"""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any, Literal, get_type_hints

import orjson
from pydantic import BaseModel, ConfigDict

from halo.ground import arguments, schemas
from halo.ground.arguments import Arguments
from halo.ground.principal import Principal

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
LONGEST_WIRE = 100_000
"""Bytes of one answer, text and data together: clients cut or refuse results from about 150,000 characters on."""
ROOM = 0.9
"""Of that, which an answer that was too long is made anew for, so that a second attempt is enough."""
BYTES_A_TOKEN = 4
"""Of JSON in English; an estimate that serves for comparing tools."""


Whose = Literal["ours", "customer", "stranger"]
"""Who wrote what an answer holds: we, which is Halo and the workspace's team; a customer; or somebody outside."""


class Result(BaseModel):
    """The shape of a tool's structured answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call gives back: a short readable text, and the same as data that fits the tool's result shape."""

    text: str
    data: Mapping[str, Any] | Result | None = None
    is_error: bool = False
    content: tuple[Mapping[str, Any], ...] | None = None
    """Content blocks that stand in for the text block: images, links, what a connected server gave."""
    smaller: Callable[[float], Answer] | None = None
    """Makes about this share of the same answer, and says how to get the rest; None where it cannot be less."""
    word: str = ""
    """What came of it in a word or two, for the audit log: `found 12`. Of at most 40 characters, and nobody's data."""
    whose: Whose | Literal[""] = ""
    """Whose words it holds, for whoever acts on it later; empty until `halo.perform` says what the tool's are."""
    notes: tuple[str, ...] = ()
    """What was understood otherwise than said: sentences that stand below the text and in the data."""

    def noting(self, notes: tuple[str, ...]) -> Answer:
        """The same answer with these notes too, however small it is made."""
        if not notes:
            return self
        less = self.smaller
        smaller = (lambda share: less(share).noting(notes)) if less is not None else None
        return replace(self, notes=self.notes + notes, smaller=smaller)

    def plain(self) -> Mapping[str, Any] | None:
        """The data as JSON-ready values."""
        data = self.data.model_dump(mode="json") if isinstance(self.data, BaseModel) else self.data
        return {**data, "notes": list(self.notes)} if self.notes and data is not None else data

    def encoded(self) -> bytes:
        """The same as JSON, for a door that has no language of its own."""
        said = {"text": "\n".join((self.text, *self.notes)), "data": self.plain(), "is_error": self.is_error}
        return orjson.dumps(said | ({"content": self.content} if self.content else {}), default=str)

    def bounded(self, render: Callable[[Answer], bytes]) -> tuple[Answer, bytes]:
        """This answer, or as much of it as clients bear, and what `render` makes of it."""
        answer, wire = self, render(self)
        while len(wire) > LONGEST_WIRE and answer.smaller is not None:
            answer = answer.smaller(ROOM * LONGEST_WIRE / len(wire))
            wire = render(answer)
        return answer, wire


def _marked_secret(shape: Any) -> Iterator[str]:
    parts = shape.values() if isinstance(shape, dict) else shape if isinstance(shape, list) else ()
    for part in parts:
        yield from _marked_secret(part)
    named = shape.get("properties") if isinstance(shape, dict) else None
    if isinstance(named, dict):
        yield from (name for name, says in named.items() if isinstance(says, dict) and says.get("secret") is True)


def found(total: int, *, is_exact: bool = True) -> str:
    """The word of an answer that found so many."""
    if not total:
        return "found none"
    return f"found {total:,}" if is_exact else f"found over {total:,}"


Handler = Callable[..., Answer]


@dataclass(frozen=True)
class Tool:
    """One thing that a model can call."""

    name: str
    title: str
    description: str
    scope: str
    """The scope that a grant must cover."""
    parameters: type[Arguments]
    result: type[Result] | None
    handler: Handler
    read_only: bool
    destructive: bool
    """Destructive tools do not exist for MCP clients."""
    idempotent: bool
    open_world: bool
    bound: Literal["same", "filtered", "absent"]
    """For a caller bound to one customer: nothing of a customer in it, answers filtered, or not offered at all."""
    customer: Mapping[str, str] = field(default_factory=dict)
    """Parameters that name a customer -> attribute of `Customer` that Halo fills in for a bound caller."""
    integration: str | None = None
    action: str | None = None
    limit: str | None = None
    """Name of a further limit in `halo.ground.limits`, besides those of every call."""
    fixture: Mapping[str, Any] | None = None
    """A complete wire definition that replaces the derived one (conformance fixtures only)."""

    @cached_property
    def parameters_schema(self) -> dict[str, Any]:
        """JSON Schema of the parameters, with every bound that is checked."""
        return schemas.of_arguments(self.parameters)

    @cached_property
    def input_schema(self) -> dict[str, Any]:
        """The same as `tools/list` shows it."""
        return schemas.shown(self.parameters_schema)

    @cached_property
    def secret(self) -> frozenset[str]:
        """Names of the parameters that are marked secret, at any depth: the audit log does not keep their values."""
        return frozenset(_marked_secret(self.definition()["inputSchema"]))

    @cached_property
    def bound_schema(self) -> dict[str, Any]:
        """The input schema for a bound caller: without the parameters that Halo fills in."""
        shape = dict(self.input_schema)
        shape["properties"] = {name: value for name, value in shape["properties"].items() if name not in self.customer}
        if "required" in shape:
            shape["required"] = [name for name in shape["required"] if name not in self.customer]
        return shape

    @cached_property
    def result_schema(self) -> dict[str, Any] | None:
        """JSON Schema of `structuredContent` to its last field, or None where the tool promises none."""
        return schemas.of_result(self.result) if self.result is not None else None

    @cached_property
    def output_schema(self) -> dict[str, Any] | None:
        """The same to its first level, as `tools/list` shows it."""
        return schemas.first_level(self.result_schema) if self.result_schema is not None else None

    def definition(self, *, bound: bool = False) -> dict[str, Any]:
        """What `tools/list` says of this tool (MCP, Tool)."""
        if self.fixture is not None:
            return dict(self.fixture)
        says: dict[str, Any] = {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputSchema": self.bound_schema if bound else self.input_schema,
            "annotations": {
                "title": self.title,
                "readOnlyHint": self.read_only,
                "destructiveHint": self.destructive,
                "idempotentHint": self.idempotent,
                "openWorldHint": self.open_world,
            },
        }
        if self.output_schema is not None:
            says["outputSchema"] = self.output_schema
        return says

    @cached_property
    def digest(self) -> str:
        """Of what a model is shown."""
        both = [self.definition(), self.definition(bound=True)]
        return hashlib.sha256(orjson.dumps(both, option=orjson.OPT_SORT_KEYS)).hexdigest()

    @property
    def whose(self) -> Whose:
        """Whose words its answers hold, where an answer does not say so itself."""
        return "stranger" if self.open_world else "ours" if self.bound == "same" else "customer"

    @cached_property
    def tokens(self) -> int:
        """About how many tokens the definition costs a model each time that it reads the list."""
        return len(orjson.dumps(self.definition())) // BYTES_A_TOKEN

    @cached_property
    def mirrors(self) -> bool:
        """Whether the input schema asks clients to repeat an argument in a header (`x-mcp-header`)."""
        return "x-mcp-header" in repr(self.definition()["inputSchema"])

    def parse(self, sent: Mapping[str, Any]) -> tuple[Arguments, tuple[str, ...]]:
        """The arguments as a valid model, and what of them was understood otherwise than said (`arguments`)."""
        return arguments.read(self.parameters, self.parameters_schema, sent, self.secret)


_declared: dict[str, Tool] = {}


def tool(
    *,
    title: str,
    scope: str,
    result: type[Result] | None,
    read_only: bool,
    destructive: bool,
    idempotent: bool,
    open_world: bool,
    bound: Literal["same", "filtered", "absent"],
    customer: Mapping[str, str] | None = None,
    limit: str | None = None,
) -> Callable[[Handler], Handler]:
    """Declare a tool; name, description and parameters come from the function underneath."""

    def declare(handler: Handler) -> Handler:
        name = handler.__name__
        parameters = get_type_hints(handler)["arguments"]
        register(
            Tool(
                name=name,
                title=title,
                description=inspect.cleandoc(handler.__doc__ or ""),
                scope=scope,
                parameters=parameters,
                result=result,
                handler=handler,
                read_only=read_only,
                destructive=destructive,
                idempotent=idempotent,
                open_world=open_world,
                bound=bound,
                customer=customer or {},
                limit=limit,
            )
        )
        return handler

    return declare


def register(declared: Tool) -> None:
    """Take a tool into the registry; raises on a bad or repeated name or a missing sentence."""
    if not NAME.fullmatch(declared.name):
        raise ValueError(f"tool name {declared.name!r}: at most 40 of a-z, 0-9 and _")
    if declared.name in _declared:
        raise ValueError(f"tool {declared.name!r} is declared twice")
    if not declared.description or not declared.title:
        raise ValueError(f"tool {declared.name!r} needs a title and a docstring")
    _declared[declared.name] = declared
    every.cache_clear()


def forget(name: str) -> None:
    """Take a tool out again (fixtures of tests)."""
    _declared.pop(name, None)
    every.cache_clear()


def find(name: str) -> Tool | None:
    """The tool of that name."""
    return _declared.get(name)


@cache
def every() -> tuple[Tool, ...]:
    """All declared tools, in the order of their names; the same tuple until one comes or goes."""
    return tuple(_declared[name] for name in sorted(_declared))


__all__ = [
    "Answer",
    "Arguments",
    "Principal",
    "Result",
    "Tool",
    "every",
    "find",
    "found",
    "forget",
    "register",
    "tool",
]
