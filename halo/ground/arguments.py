"""What a model sends as arguments, read with good will: whatever can mean one thing only is taken as that.

Clients send numbers for ids, a list as text, one value for a list, `In Progress` for `in_progress`, a limit past the
highest. `read` takes those the same way for every tool, and says of a limit that it took the highest. What can mean
nothing or several things is refused, all of it at once: each argument with what came and what would be accepted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from halo.ground.errors import Mistake
from halo.ground.text import nearest
from halo.ground.words import SYNONYMS

LARGEST_EXACT = 2**53
"""From here on floats are rounded, and so are whole numbers of more than 64 bits, which come as floats: nobody's id."""
LONGEST_GOT = 60
"""Characters of a wrong value that are repeated."""
_NUMBER = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?")
_KINDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}
_ROUND = 1e6
"""Higher numbers than this are no limit that anybody has to know."""
_OURS = frozenset({"value_error", "assertion_error"})
"""Kinds of problems whose sentence a validator of ours wrote."""

Shape = Mapping[str, Any]


class Arguments(BaseModel):
    """Parameters of a tool: unknown names are an error, white space round text is dropped."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


@dataclass(frozen=True, slots=True)
class Capped:
    """Marks an amount, such as a limit, of which a caller who asks for more than there is gets the most."""

    most: int


@dataclass(slots=True)
class _Reading:
    """The arguments of one call on their way to being valid."""

    model: type[Arguments]
    shapes: Mapping[str, Shape]
    sent: Mapping[str, Any]
    secret: frozenset[str]
    taken: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    """A sentence for each argument that does not fit."""


def read(
    model: type[Arguments], schema: Shape, sent: Mapping[str, Any], secret: frozenset[str] = frozenset()
) -> tuple[Arguments, tuple[str, ...]]:
    """The arguments as a valid model, and what of them was understood otherwise than said, in sentences.

    Raises `Mistake` that names every wrong argument. Null and empty text mean that the argument was not given.
    """
    reading = _Reading(model, schema.get("properties", {}), sent, secret)
    for name, value in sent.items():
        if value is not None and value != "":
            reading.taken[name] = _capped(reading, name, _meant(value, reading.shapes.get(name, {})))
    try:
        return model.model_validate(reading.taken), tuple(reading.notes)
    except ValidationError as wrong:
        raise _mistake(reading, wrong.errors(include_url=False)) from None


def _meant(value: Any, shape: Shape) -> Any:
    """The value as the shape has it, where it can mean only that; else the value itself, to be refused."""
    kind = shape.get("type")
    if kind == "array":
        return [_meant(one, shape.get("items", {})) for one in _listed(value, shape)]
    if isinstance(value, list) and len(value) == 1 and kind in _KINDS and kind != "object":
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
    return text.split(",") if "enum" in shape.get("items", {}) else [value]


def _as_number(text: str) -> int | float:
    number = float(text)
    return int(text.partition(".")[0]) if number.is_integer() else number


def _known_word(text: str, shape: Shape) -> str:
    """The word of the shape's list that this is but for its case, spaces and hyphens."""
    words = {_bare(word): word for word in shape.get("enum", ()) if isinstance(word, str)}
    return words.get(_bare(text), text)


def _bare(word: str) -> str:
    return re.sub(r"[\s_.-]+", "", word.casefold())


def _capped(reading: _Reading, name: str, value: Any) -> Any:
    known = reading.model.model_fields.get(name)
    for mark in known.metadata if known else ():
        if isinstance(mark, Capped) and isinstance(value, (int, float)) and value > mark.most:
            reading.notes.append(f"{name}: {_got(value)} is more than there can be; {mark.most:,} was taken.")
            return mark.most
    return value


def _mistake(reading: _Reading, errors: Iterable[ErrorDetails]) -> Mistake:
    """Every argument that does not fit, a line each; what concerns no argument of its own stands as it is."""
    unknown = []
    for error in errors:
        name = str(error["loc"][0]) if error["loc"] else ""
        if error["type"] == "extra_forbidden" and len(error["loc"]) == 1:
            unknown.append(name)
        else:
            reading.problems.setdefault(name, _problem(reading, name, error))
    says = list(reading.problems.values())
    if unknown:
        says.append(_unknown(unknown, reading.shapes))
    wrong = len(reading.problems) + len(unknown)
    first = next(iter(reading.problems), None) or (unknown[0] if unknown else "arguments")
    if len(says) == 1:
        return Mistake(first, says[0])
    return Mistake(first, f"{wrong} arguments do not fit:\n" + "\n".join(f"- {one}" for one in says))


def _problem(reading: _Reading, name: str, error: ErrorDetails) -> str:
    shape = reading.shapes.get(name, {})
    if not name:
        return _sentence(error)
    if error["type"] == "missing" and len(error["loc"]) == 1:
        came = f" {_got(reading.sent[name])} came." if name in reading.sent else ""
        return f"The argument {name!r} is required.{came} Accepted: {_accepted(shape)}."
    value = error["input"] if len(error["loc"]) > 1 else reading.sent.get(name)
    got = "a value" if name in reading.secret else _got(value)
    if error["type"] in _OURS:
        says = _sentence(error)
        return f"{name}: {says[:1].lower()}{says[1:]}" + ("" if repr(value)[1:-1][:20] in says else f" Got {got}.")
    if shape.get("type") == "object":
        return f"{'.'.join(str(part) for part in error['loc'])}: {_sentence(error)} Got {got}."
    return f"{name}: got {got}; accepted: {_accepted(shape, error)}.{_nearest(value, shape)}"


def _sentence(error: ErrorDetails) -> str:
    return error["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ").rstrip(".") + "."


def _accepted(shape: Shape, error: ErrorDetails | None = None) -> str:
    """What an argument of this shape may be."""
    if words := shape.get("enum"):
        return ", ".join(str(word) for word in words)
    if "const" in shape:
        return str(shape["const"])
    kind = shape.get("type")
    if kind == "array":
        return f"any of {_accepted(shape['items'])}" if "enum" in shape.get("items", {}) else "a list"
    says = _KINDS.get(str(kind), "another value")
    least, most = shape.get("minimum"), shape.get("maximum")
    if least is not None and most is not None:
        return f"{says}, {least:,g} to {most:,g}" if most < _ROUND else f"{says} of at least {least:,g}"
    limit = error.get("ctx", {}) if error is not None and kind == "string" else {}
    if "max_length" in limit:
        return f"{says} of at most {limit['max_length']:,} characters"
    return f"{says} that is not empty" if "min_length" in limit else says


def _nearest(value: Any, shape: Shape) -> str:
    """Where a word is wrong: the words that exist and come closest to it."""
    words: list[str] = list(shape.get("enum", ()) or shape.get("items", {}).get("enum", ()))
    if not words or not isinstance(value, str):
        return ""
    said = _bare(value)
    near = [word for word in SYNONYMS.get(said, ()) if word in words]
    near = near or nearest.near(said[:LONGEST_GOT], words)[:2]
    return f" For {_got(value)}: {' or '.join(near)}." if near else ""


def _unknown(names: Sequence[str], shapes: Mapping[str, Shape]) -> str:
    said = " or ".join(repr(name[:LONGEST_GOT]) for name in names)
    near = [found for name in names for found in nearest.near(name[:LONGEST_GOT], shapes)[:1]]
    meant = f" Did you mean {' and '.join(near)}?" if near else ""
    return f"There is no argument {said}; accepted: {', '.join(sorted(shapes)) or 'none'}.{meant}"


def _got(value: Any) -> str:
    """A wrong value as it came, on one line, cut at a length."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    text = text if text.isprintable() else json.dumps(value, default=str)
    return text if len(text) <= LONGEST_GOT else text[: LONGEST_GOT - 2] + " …"
