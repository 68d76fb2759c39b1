"""What a model sends as arguments, read with good will: whatever can mean one thing only is taken as that.

Clients send numbers for ids, a list as text, one value for a list, `In Progress` for `in_progress`, a limit past the
highest. A `Parser` takes those the same way for every tool, and says of a limit that it took the highest. What can mean
nothing or several things is refused, all of it at once: each argument with what came and what would be accepted.

What is checked is the reader's `check`: a Pydantic model (`of_model`), or a JSON Schema of somebody else's tool
(`halo.ground.foreign`). Both tell what is wrong as `Fault`s, and one place makes the sentences about them
(`halo.ground.unfit`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from halo.ground import unfit
from halo.ground.unfit import KINDS, Fault, Shape, Unfit, bare, got_in_words, items_of, kind_of, kinds

LARGEST_EXACT = 2**53
"""From here on floats are rounded, and so are whole numbers of more than 64 bits, which come as floats: nobody's id."""
_NUMBER = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?")
_OURS = frozenset({"value_error", "assertion_error"})
"""Kinds of problems whose sentence a validator of ours wrote."""


class Arguments(BaseModel):
    """Parameters of a tool: unknown names are an error, white space round text is dropped."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


@dataclass(frozen=True, slots=True)
class Capped:
    """Marks an amount, such as a limit, of which a caller who asks for more than there is gets the most."""

    most: int


@dataclass(frozen=True)
class Parser:
    """How the arguments of one tool are read."""

    shapes: Mapping[str, Shape]
    """JSON Schema of each argument."""
    check: Callable[[dict[str, Any]], Any]
    """The valid arguments as the tool's handler takes them; raises `Unfit`."""
    secret: frozenset[str] = frozenset()
    """Names of arguments whose values no sentence repeats."""
    most: Mapping[str, int] = field(default_factory=dict)
    """Amounts of which a caller who asks for more gets the most (`Capped`)."""
    keeps_empty: bool = False
    """Whether empty text is a value; else it means that the argument was not given."""

    def __call__(self, sent: Mapping[str, Any]) -> tuple[Any, tuple[str, ...]]:
        """The valid arguments, and what of them was understood otherwise than said, in sentences.

        Raises `Mistake` that names every wrong argument. Null means that the argument was not given, where it is no
        value of it.
        """
        taken, notes = {}, []
        for name, value in sent.items():
            if self._is_given(name, value):
                taken[name], note = self._capped(name, _meant(value, self.shapes.get(name, {})))
                notes += note
        try:
            return self.check(taken), tuple(notes)
        except Unfit as wrong:
            raise unfit.mistake(self.shapes, self.secret, sent, wrong.faults) from None

    def _is_given(self, name: str, value: Any) -> bool:
        if value is None:
            return "null" in kinds(self.shapes.get(name, {}))
        return self.keeps_empty or value != ""

    def _capped(self, name: str, value: Any) -> tuple[Any, list[str]]:
        most = self.most.get(name)
        if most is None or not isinstance(value, (int, float)) or value <= most:
            return value, []
        return most, [f"{name}: {got_in_words(value)} is more than there can be; {most:,} was taken."]


def of_model(model: type[Arguments], schema: Shape, secret: frozenset[str] = frozenset()) -> Parser:
    """Reads what a model of ours describes."""
    most = {
        name: mark.most
        for name, known in model.model_fields.items()
        for mark in known.metadata
        if isinstance(mark, Capped)
    }

    def check(taken: dict[str, Any]) -> Arguments:
        try:
            return model.model_validate(taken)
        except ValidationError as wrong:
            raise Unfit(_fault(error) for error in wrong.errors(include_url=False)) from None

    return Parser(schema.get("properties", {}), check, secret, most)


def _fault(error: ErrorDetails) -> Fault:
    path, kind = tuple(error["loc"]), error["type"]
    says = error["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ").rstrip(".") + "."
    if len(path) == 1 and kind in ("extra_forbidden", "missing"):
        return Fault("unknown" if kind == "extra_forbidden" else "missing", path, says=says)
    limits = error.get("ctx", {})
    longest, is_empty = limits.get("max_length"), "min_length" in limits
    return Fault("said" if kind in _OURS else "wrong", path, error["input"], says, longest, is_empty)


def _meant(value: Any, shape: Shape) -> Any:
    """The value as the shape has it, where it can mean only that; else the value itself, to be refused."""
    kind = kind_of(shape)
    if kind == "array":
        return [_meant(one, items_of(shape)) for one in _listed(value, shape)]
    if isinstance(value, list) and len(value) == 1 and kind in KINDS and kind != "object":
        return _meant(value[0], shape)
    if isinstance(value, bool):
        # Pydantic would count true as 1.
        return json.dumps(value) if kind in ("integer", "number") else value
    if kind == "string" and (isinstance(value, int) or (isinstance(value, float) and abs(value) < LARGEST_EXACT)):
        value = str(value).removesuffix(".0")
    if kind in ("integer", "number") and isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return _as_number(value.strip())
    return _known_word(value, shape) if isinstance(value, str) else value


def _listed(value: Any, shape: Shape) -> Sequence[Any]:
    """The values of what stands for a list: a list, its JSON as text, words with commas between, one value."""
    if isinstance(value, list):
        return value
    if not isinstance(value, str):
        return [value]
    text = value.strip()
    if text.startswith("["):
        try:
            parsed = json.loads(text)
        except (ValueError, RecursionError):
            return [value]
        return parsed if isinstance(parsed, list) else [value]
    return text.split(",") if "enum" in items_of(shape) else [value]


def _as_number(text: str) -> int | float:
    number = float(text)
    return int(text.partition(".")[0]) if number.is_integer() else number


def _known_word(text: str, shape: Shape) -> str:
    """The word of the shape's list that this is but for its case, spaces and hyphens."""
    words = {bare(word): word for word in shape.get("enum", ()) if isinstance(word, str)}
    return words.get(bare(text), text)
