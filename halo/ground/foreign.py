"""JSON Schemas of other people's tools: held against bounds when they are taken, and against arguments at each call.

Whoever writes such a schema may mean harm. So nothing is fetched, a reference leads only within its own schema,
patterns run in linear time (those that need backtracking are left to whose tool it is), and a schema is refused that
could take too long to check. How long is worked out when it is taken: `_checks` counts the parts that may be held
against one place of the arguments, through references and down its levels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import unquote

import jsonschema_rs
import orjson
from jsonschema_rs import ReferencingError, RegexOptions, ValidationError

from halo.ground import limits
from halo.ground.arguments import Parser
from halo.ground.errors import Mistake
from halo.ground.unfit import LONGEST_GOT, Fault, Unfit, dotted, in_words, some

BYTES = 64_000
"""Of one schema of somebody else's tool: the largest that public servers list have some 20 kB."""
DEPTH = 64
"""Levels of such a schema; the library that checks has its own end at some 180."""
CHECKS = 1_000_000
"""Parts of such a schema that the arguments of one call may have to be held against, some tenths of a second: a schema
of a kilobyte can be written so that it takes hours."""
ALL_TOLD = 1_000
"""Values of one call of which all mistakes are told at once; of more than that the first is."""
PATTERN_BYTES = 200_000
"""Memory of one compiled pattern of such a schema."""
_PATTERNS = RegexOptions(size_limit=PATTERN_BYTES, dfa_size_limit=PATTERN_BYTES)
_SAME = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependencies")
"""Keywords whose schemas are held against the same value."""
_BELOW = (
    "patternProperties", "additionalProperties", "unevaluatedProperties", "propertyNames", "items", "prefixItems",
    "additionalItems", "unevaluatedItems", "contains",
)  # fmt: skip
"""Keywords whose schemas are held against any value below; `properties` names which."""
_NAMED = ("properties", "patternProperties", "dependentSchemas", "dependencies", "$defs", "definitions")
_REFERENCES_UNKNOWN = ("$dynamicRef", "$recursiveRef")
LONGEST_PATTERN = 80

Schema = Mapping[str, Any]


def reader(schema: Schema, secret: frozenset[str] = frozenset()) -> Parser:
    """Reads the arguments of a tool with this schema; raises `Mistake` that says why it cannot be used."""
    known = _Schema(schema)
    deepest = known.deepest()
    known.compiled()
    late = _Late(schema)

    def check(taken: dict[str, Any]) -> dict[str, Any]:
        validator = late.validator
        if levels(taken, deepest) > deepest:
            raise Unfit([Fault("said", (), says=f"The arguments are nested deeper than {deepest} levels.")])
        if not validator.is_valid(taken):
            raise Unfit(_faults(validator, taken))
        return taken

    return Parser(_shared(known.shapes(), schema), check, secret, keeps_empty=True)


class _Late:
    """The validator of a schema that is known to be usable, made at its first use: it is as large as ten schemas, and
    most tools are never called."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    @cached_property
    def validator(self) -> jsonschema_rs.Validator:
        return _Schema(self._schema).compiled()


def _shared(shapes: dict[str, dict[str, Any]], schema: Schema) -> dict[str, dict[str, Any]]:
    """The same shapes, as parts of the schema itself where they are: nothing is kept twice."""
    said = schema.get("properties", {})
    return {name: said[name] if said.get(name) == shape else shape for name, shape in shapes.items()}


class Checker:
    """Holds any value against a schema, that of an answer or of arguments; raises `Mistake` for one that cannot be
    used."""

    def __init__(self, schema: Schema) -> None:
        known = _Schema(schema, is_of_arguments=False)
        self._deepest, self._validator = known.deepest(), known.compiled()

    def fits(self, value: Any) -> bool:
        """Whether the value is what the schema says."""
        return levels(value, self._deepest) <= self._deepest and bool(self._validator.is_valid(value))

    def first_mistake(self, value: Any) -> str | None:
        """Where the value is first not what the schema says; empty for the value as a whole, None where it fits."""
        if self.fits(value):
            return None
        found = next(self._validator.iter_errors(value), None)
        return dotted(found.instance_path) if found is not None else ""


class _Schema:
    """One schema while it is looked at."""

    def __init__(self, schema: Schema, *, is_of_arguments: bool = True) -> None:
        if levels(schema, DEPTH) > DEPTH:
            raise _unusable(f"it is nested deeper than {DEPTH} levels")
        raw = orjson.dumps(schema)
        if len(raw) > BYTES:
            raise _unusable(f"it has {len(raw):,} bytes, and {BYTES:,} are the most")
        self.root: dict[str, Any] = orjson.loads(raw)
        if is_of_arguments and self.root.setdefault("type", "object") != "object":
            raise _unusable("the type of the arguments has to be object")
        for part in _parts(self.root):
            _without_hard_patterns(part)
        self._anchors = {part["$anchor"]: part for part in _parts(self.root) if isinstance(part.get("$anchor"), str)}

    def compiled(self) -> jsonschema_rs.Validator:
        try:
            return jsonschema_rs.validator_for(
                self.root, offline=True, pattern_options=_PATTERNS, validate_formats=False
            )
        except (ValidationError, ReferencingError, ValueError) as wrong:
            at = dotted(getattr(wrong, "instance_path", ()))
            raise _unusable(f"it is no valid JSON Schema{f' at {at}' if at else ''}") from None

    def deepest(self) -> int:
        """Down to which level arguments can be checked in time; without references that is as deep as they come."""
        memo: dict[tuple[int, int], int] = {}
        fits = 0
        try:
            while fits < limits.JSON_DEPTH and self._checks(self.root, fits + 1, memo, ()) <= CHECKS:
                fits += 1
        except RecursionError:
            raise _unusable("its references lead too far") from None
        if not fits:
            raise _unusable("it takes too long to check, because its references multiply")
        return fits

    def shapes(self) -> dict[str, dict[str, Any]]:
        """The shape of each argument, as far as it says something by itself."""
        found = {}
        for name, said in self.root.get("properties", {}).items():
            shape = said if isinstance(said, dict) else {}
            reference = shape.get("$ref")
            found[name] = {**self._led_to(reference), **shape} if isinstance(reference, str) else shape
        return found

    def _checks(self, part: Any, depth: int, memo: dict[tuple[int, int], int], inside: tuple[int, ...]) -> int:
        """How many parts may at most be held against one value, where `depth` levels of values are below it."""
        if not isinstance(part, dict) or id(part) in inside:
            return 1  # what leads back to itself at one place is met once
        if len(inside) > DEPTH:
            raise RecursionError
        key = (id(part), depth)
        if key not in memo:
            here = (*inside, id(part))
            count = 1 + sum(self._checks(one, depth, memo, here) for one in self._held_here(part))
            if depth > 0 and count <= CHECKS:
                named = [self._checks(one, depth - 1, memo, ()) for one in part.get("properties", {}).values()]
                count += max(named, default=0)
                count += sum(self._checks(one, depth - 1, memo, ()) for key in _BELOW for one in _under(part, key))
            memo[key] = min(count, CHECKS + 1)
        return memo[key]

    def _held_here(self, part: Schema) -> Iterator[Any]:
        for key in _SAME:
            yield from _under(part, key)
        if isinstance(part.get("$ref"), str):
            yield self._led_to(part["$ref"])
        if any(key in part for key in _REFERENCES_UNKNOWN):
            raise _unusable("it uses $dynamicRef or $recursiveRef, which are not read here")

    def _led_to(self, reference: str) -> dict[str, Any]:
        """The part that a reference of this schema names."""
        if not reference.startswith("#"):
            raise _unusable(f"the reference {reference[:LONGEST_PATTERN]!r} leads out of it, and nothing is fetched")
        if reference[1:] in self._anchors:
            return self._anchors[reference[1:]]
        found: Any = self.root
        for escaped in unquote(reference[1:]).split("/")[1:]:
            step = escaped.replace("~1", "/").replace("~0", "~")
            try:
                found = found[int(step)] if isinstance(found, list) else found[step]
            except (KeyError, ValueError, IndexError, TypeError):
                raise _unusable(f"the reference {reference[:LONGEST_PATTERN]!r} leads nowhere") from None
        return found if isinstance(found, dict) else {}


def _under(part: Schema, key: str) -> Iterable[Any]:
    """The schemas that stand under a keyword, which may be one, a list of them, or named ones."""
    held = part.get(key)
    if isinstance(held, list):
        return held
    if isinstance(held, dict):
        return held.values() if key in _NAMED else (held,)
    return ()


def _parts(part: Any) -> Iterator[dict[str, Any]]:
    """Every schema within a schema, itself included."""
    if not isinstance(part, dict):
        return
    yield part
    for key in (*_SAME, *_BELOW, "properties", "$defs", "definitions"):
        for one in _under(part, key):
            yield from _parts(one)


def _without_hard_patterns(part: dict[str, Any]) -> None:
    """Leave out a pattern that only a backtracking engine reads: whose tool it is checks it anyway."""
    pattern = part.get("pattern")
    if isinstance(pattern, str):
        try:
            jsonschema_rs.validator_for({"pattern": pattern}, offline=True, pattern_options=_PATTERNS)
        except (ValidationError, ValueError):
            del part["pattern"]


def levels(value: Any, most: int) -> int:
    """How deep a value is nested; one more than `most` where it is deeper."""
    level, below = 0, [value]
    while below and level <= most:
        below = [
            one
            for held in below
            if isinstance(held, (dict, list))
            for one in (held.values() if isinstance(held, dict) else held)
        ]
        level += bool(below)
    return level


def _unusable(why: str) -> Mistake:
    return Mistake("inputSchema", f"The input schema cannot be used: {why}.")


def _faults(validator: jsonschema_rs.Validator, taken: dict[str, Any]) -> list[Fault]:
    """What is wrong; of very many values only the first mistake, because finding all takes long."""
    if _values(taken) > ALL_TOLD:
        try:
            validator.validate(taken)
        except ValidationError as wrong:
            return list(_fault(wrong))
    return [fault for wrong in validator.iter_errors(taken) for fault in _fault(wrong)]


def _values(value: Any) -> int:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(_values(part) for part in parts)


def _fault(wrong: ValidationError) -> Iterator[Fault]:
    path, kind = tuple(wrong.instance_path), wrong.kind
    if kind.name == "required":
        yield Fault("missing", (*path, kind.value))
    elif kind.name in ("additionalProperties", "unevaluatedProperties"):
        yield from (_unknown(path, name) for name in kind.value)
    elif not path:
        yield Fault("said", (), says=_together(wrong))
    else:
        yield Fault("wrong", path, wrong.instance, accepts=_accepts(wrong))


def _unknown(path: tuple[str | int, ...], name: str) -> Fault:
    if not path:
        return Fault("unknown", (name,))
    return Fault("said", (*path, name), name, f"there is no {name[:LONGEST_GOT]!r} in {dotted(path)}.")


def _together(wrong: ValidationError) -> str:
    """What is wrong with several arguments at once."""
    branches = getattr(wrong.kind, "context", None) or ()
    named = [error.kind.value for branch in branches for error in branch if error.kind.name == "required"]
    if named:
        return f"One of these arguments has to be given: {some(list(dict.fromkeys(named)))}."
    return f"The arguments do not fit together: the tool's schema ({wrong.kind.name}) does not allow them so."


def _accepts(wrong: ValidationError) -> str:
    """What would be accepted in its place."""
    kind, value = wrong.kind, wrong.kind.value
    if says := _SAYS.get(kind.name):
        return says.format(str(value)[:LONGEST_PATTERN])
    if kind.name == "type":
        return in_words(value)
    if kind.name == "enum":
        return some(value)
    if kind.name in ("anyOf", "oneOf"):
        here = len(wrong.instance_path)
        firsts = [branch[0] for branch in getattr(kind, "context", ()) if branch]
        said = [_accepts(first) for first in firsts if len(first.instance_path) in (0, here)]
        return " or ".join(dict.fromkeys(said)) or "one of the shapes of its schema"
    return "what its schema allows"


_SAYS = {
    "const": "{}",
    "minimum": "a number of at least {}",
    "maximum": "a number of at most {}",
    "exclusiveMinimum": "a number above {}",
    "exclusiveMaximum": "a number below {}",
    "multipleOf": "a multiple of {}",
    "minLength": "text of at least {} characters",
    "maxLength": "text of at most {} characters",
    "pattern": "text that fits the pattern {}",
    "minItems": "a list of at least {}",
    "maxItems": "a list of at most {}",
    "uniqueItems": "a list without repetitions",
    "contains": "a list that holds what its schema asks for",
    "minProperties": "an object of at least {} fields",
    "maxProperties": "an object of at most {} fields",
    "not": "anything but what its schema rules out",
}
