"""What a model can call: a tool is data, its name, schemas, scope, group and hints, and how it is read and run.

Tools of ours are declared with Pydantic models (`@tool`, `of_models`), those of connected servers and other people's
schemas are made by `of_schema`. Nothing that lists, gates, calls, explains or offers a tool knows which one made it.

To add a tool:
1. Write a Pydantic model of its parameters (`Arguments`) and one of its result (`Result`), every field described.
   A parameter whose value the audit log must not keep: `Field(..., json_schema_extra={"secret": True})`.
2. Write the handler under `@tool(...)` in `halo/tools/<group>.py`; all four hints are stated, none has a default.
   Its name is the tool's name; its docstring is the description that the model reads.
3. Name its group (`halo.ground.groups`), so that a person can leave it out.
4. Run the tests with `UPDATE_SNAPSHOTS=1` and read the new file under `tests/law/tools/`.

The handler gets valid arguments and the principal, asks a slice's service, and returns an `Answer`. It never checks
a scope or writes the audit log: `halo.perform` does, the same way for every tool.
"""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, Literal, get_type_hints

import orjson

from halo.ground import arguments, foreign, groups, schemas
from halo.ground.arguments import Arguments
from halo.ground.modes import STARTS, Mode
from halo.ground.permissions import Permission
from halo.ground.principal import Principal
from halo.tool.answer import Answer, Result, Whose, found

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""Of any tool (MCP, Tool names; clients bear no more)."""
OURS = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""Of a declared tool: clients put the server's name in front."""
BYTES_A_TOKEN = 4
"""Of JSON in English; an estimate that serves for comparing tools."""


def _marked_secret(shape: Any) -> Iterator[str]:
    parts = shape.values() if isinstance(shape, dict) else shape if isinstance(shape, list) else ()
    for part in parts:
        yield from _marked_secret(part)
    named = shape.get("properties") if isinstance(shape, dict) else None
    if isinstance(named, dict):
        yield from (name for name, says in named.items() if isinstance(says, dict) and _is_secret(says))


def _is_secret(says: Mapping[str, Any]) -> bool:
    """Marked so by us, or by JSON Schema's own words in a foreign tool."""
    return says.get("secret") is True or says.get("writeOnly") is True or says.get("format") == "password"


Handler = Callable[..., Answer]
Bound = Literal["same", "filtered", "locked", "absent", "unsorted"]
Parse = Callable[[Mapping[str, Any]], tuple[Any, tuple[str, ...]]]


@dataclass(frozen=True)
class Tool:
    """One thing that a model can call."""

    name: str
    title: str
    description: str
    scope: str
    """The scope that a grant must cover."""
    parameters_schema: dict[str, Any]
    """JSON Schema of the parameters, with every bound that is checked."""
    input_schema: dict[str, Any]
    """The same as `tools/list` shows it."""
    result_schema: dict[str, Any] | None
    """JSON Schema of `structuredContent` to its last field, or None where the tool promises none."""
    output_schema: dict[str, Any] | None
    """The same as `tools/list` shows it."""
    parse: Parse
    """The arguments as the handler takes them, and what was understood otherwise than said; raises `Mistake`."""
    handler: Handler
    """Takes valid arguments and the principal by keyword."""
    read_only: bool
    destructive: bool
    """Destructive tools do not exist for MCP clients."""
    idempotent: bool
    open_world: bool
    bound: Bound
    """For a caller bound to one customer: nothing of a customer in it, answers filtered, held to the customer by
    nothing but the parameters that Halo fills in, not offered at all, or not sorted by anybody yet."""
    group: str = ""
    """Key of `halo.ground.groups`: what a person can leave out of a scope; empty for the action of an integration,
    which has a scope of its own."""
    permission: Permission | None = None
    """What the person has to hold beyond the ceiling of the scope."""
    customer: Mapping[str, str] = field(default_factory=dict)
    """Parameters that name a customer -> attribute of `Customer` that Halo fills in for a bound caller."""
    integration: str | None = None
    action: str | None = None
    limit: str | None = None
    """Name of a further limit in `halo.ground.limits`, besides those of every call."""
    server_id: str | None = None
    """The connected server whose tool it is."""
    flag: str | None = None
    """Name of a flag without which it is refused to everybody."""
    for_clients: bool = True
    """Whether the workspace lets MCP clients have it."""
    starts_off: bool = False
    """Whether every holder of switches has it only once somebody switched it on."""

    @property
    def is_for_clients(self) -> bool:
        """Whether it exists for MCP clients: destructive tools never do."""
        return self.for_clients and not self.destructive

    def starts(self, holder: str) -> Mode:
        """How a holder may call it while nobody decided."""
        return Mode.NEVER if self.starts_off else STARTS.get(holder, Mode.NEVER)

    @cached_property
    def secret(self) -> frozenset[str]:
        """Names of the parameters that are marked secret, at any depth: the audit log does not keep their values."""
        return frozenset(_marked_secret(self.parameters_schema))

    @cached_property
    def bound_schema(self) -> dict[str, Any]:
        """The input schema for a bound caller: without the parameters that Halo fills in."""
        shape = dict(self.input_schema)
        if not self.customer:
            return shape
        shape["properties"] = {
            name: it for name, it in shape.get("properties", {}).items() if name not in self.customer
        }
        if "required" in shape:
            shape["required"] = [name for name in shape["required"] if name not in self.customer]
        return shape

    def definition(self, *, bound: bool = False) -> dict[str, Any]:
        """What `tools/list` says of this tool (MCP, Tool)."""
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
        """Of what a model is shown of it."""
        return hashlib.sha256(self._written()).hexdigest()

    @cached_property
    def weight(self) -> int:
        """About how many bytes a process keeps for it."""
        return len(self._written()) + len(orjson.dumps([self.parameters_schema, self.result_schema]))

    def _written(self) -> bytes:
        """The definition as bytes, for whoever sees all customers and for whoever is bound to one."""
        both = [self.definition(), self.definition(bound=True)] if self.customer else [self.definition()]
        return orjson.dumps(both, option=orjson.OPT_SORT_KEYS)

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
        return "x-mcp-header" in repr(self.input_schema)


def of_models(
    *, name: str, description: str, parameters: type[Arguments], result: type[Result] | None, **says: Any
) -> Tool:
    """A tool of ours: its schemas and the reading of its arguments come from Pydantic models; `says` are the other
    fields."""
    asks, answers = schemas.of_arguments(parameters), schemas.of_result(result) if result is not None else None
    return Tool(
        name=_fitting(OURS, name, "at most 40 of a-z, 0-9 and _"),
        description=description,
        parameters_schema=asks,
        input_schema=schemas.shown(asks),
        result_schema=answers,
        output_schema=schemas.first_level(answers) if answers is not None else None,
        parse=arguments.of_model(parameters, asks, frozenset(_marked_secret(asks))),
        **says,
    )


def of_schema(
    *, name: str, description: str, asks: Mapping[str, Any], answers: Mapping[str, Any] | None = None, **says: Any
) -> Tool:
    """Somebody else's tool, by the JSON Schemas of its parameters and its answer; its handler gets a dict.

    Raises `Mistake` that says why the schema of the parameters cannot be used.
    """
    shape = dict(asks) | {"type": asks.get("type", "object")}
    whole = dict(answers) if answers is not None else None
    return Tool(
        name=_fitting(NAME, name, "at most 64 of A-Z, a-z, 0-9, _ and -"),
        description=description,
        parameters_schema=shape,
        input_schema=shape,
        result_schema=whole,
        output_schema=whole,
        parse=foreign.reader(shape, frozenset(_marked_secret(shape))),
        **says,
    )


def _fitting(pattern: re.Pattern[str], name: str, says: str) -> str:
    if not pattern.fullmatch(name):
        raise ValueError(f"tool name {name!r}: {says}")
    return name


_declared: dict[str, Tool] = {}


def tool(
    *,
    title: str,
    scope: str,
    group: str,
    result: type[Result] | None,
    read_only: bool,
    destructive: bool,
    idempotent: bool,
    open_world: bool,
    bound: Bound,
    permission: Permission | None = None,
    customer: Mapping[str, str] | None = None,
    limit: str | None = None,
) -> Callable[[Handler], Handler]:
    """Declare a tool; name, description and parameters come from the function underneath."""

    def declare(handler: Handler) -> Handler:
        register(
            of_models(
                name=handler.__name__,
                title=title,
                description=inspect.cleandoc(handler.__doc__ or ""),
                scope=scope,
                group=group,
                parameters=get_type_hints(handler)["arguments"],
                result=result,
                handler=handler,
                read_only=read_only,
                destructive=destructive,
                idempotent=idempotent,
                open_world=open_world,
                bound=bound,
                permission=permission,
                customer=customer or {},
                limit=limit,
            )
        )
        return handler

    return declare


def register(declared: Tool) -> None:
    """Take a tool into the registry; raises on a bad or repeated name, a missing sentence or an unknown group."""
    _fitting(OURS, declared.name, "at most 40 of a-z, 0-9 and _")
    if declared.name in _declared:
        raise ValueError(f"tool {declared.name!r} is declared twice")
    if not declared.description or not declared.title:
        raise ValueError(f"tool {declared.name!r} needs a title and a docstring")
    if declared.group not in groups.GROUPS and not declared.integration:
        raise ValueError(f"tool {declared.name!r} needs a group: one of {', '.join(groups.GROUPS)}")
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
    "of_models",
    "of_schema",
    "register",
    "tool",
]
